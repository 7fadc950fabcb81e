//! Changes of a wasm file, and the way back: where in the file was what is at some place of the changed one?

use std::ops::Range;

/// What is in `at` becomes `bytes`.
#[derive(Debug)]
struct Edit {
    at: Range<usize>,
    bytes: Vec<u8>,
}

impl Edit {
    fn growth(&self) -> isize {
        self.bytes.len().cast_signed() - self.at.len().cast_signed()
    }
}

/// Changes that do not overlap.
#[derive(Debug)]
pub struct Edits {
    /// In the order of the file.
    edits: Vec<Edit>,
    /// The index of the first function that is added; those of the file are below it.
    pub first_added: u32,
}

impl Edits {
    /// None yet, of a file with so many functions, imported ones included.
    pub fn new(functions: u32) -> Self {
        Self { edits: Vec::new(), first_added: functions }
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Adds a change: what is in `at` becomes `bytes`.
    pub fn replace(&mut self, at: Range<usize>, bytes: Vec<u8>) {
        let place = self.edits.partition_point(|edit| edit.at.start <= at.start);
        self.edits.insert(place, Edit { at, bytes });
    }

    /// By how many bytes a part of the file grows.
    pub fn growth(&self, part: &Range<usize>) -> isize {
        let first = self.edits.partition_point(|edit| edit.at.start < part.start);
        let inside = self.edits[first..].iter().take_while(|edit| edit.at.end <= part.end);
        inside.map(Edit::growth).sum()
    }

    /// The changed file.
    pub fn apply(&self, wasm: &[u8]) -> Vec<u8> {
        let mut changed = Vec::with_capacity(wasm.len() + 512);
        let mut done = 0;
        for Edit { at, bytes } in &self.edits {
            changed.extend(&wasm[done..at.start]);
            changed.extend(bytes);
            done = at.end;
        }
        changed.extend(&wasm[done..]);
        changed
    }

    /// Where in the file was what is at `place` in the changed one? Of what is new: the beginning of what it took the place of.
    pub fn origin(&self, place: usize) -> usize {
        let mut shift = 0;
        for edit in &self.edits {
            let begins = edit.at.start.saturating_add_signed(shift);
            if place < begins {
                break;
            }
            if place < begins + edit.bytes.len() {
                return edit.at.start;
            }
            shift += edit.growth();
        }
        place.saturating_add_signed(-shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_again() {
        let file = b"0123456789";
        let mut edits = Edits::new(0);
        edits.replace(6..8, b"Z".to_vec());
        edits.replace(2..3, b"XYX".to_vec());
        edits.replace(10..10, b"end".to_vec());
        let changed = edits.apply(file);
        assert_eq!(changed, b"01XYX345Z89end");
        let origins: Vec<usize> = (0..changed.len()).map(|place| edits.origin(place)).collect();
        assert_eq!(origins, [0, 1, 2, 2, 2, 3, 4, 5, 6, 8, 9, 10, 10, 10]);
        assert_eq!([edits.growth(&(0..10)), edits.growth(&(2..3)), edits.growth(&(4..9))], [4, 2, -1]);
    }
}
