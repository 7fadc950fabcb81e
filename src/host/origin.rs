//! What a module was before it was changed for compilation: traces tell of the file as it was given.

use std::sync::Arc;

use once_cell::sync::OnceCell;

use super::bulk::in_pieces;
use super::edits::Edits;

/// The file of a module and what is changed in it. Machine code from a cache does not say what was changed; that is found out
/// again when it is asked for, which takes 10 ms per megabyte.
#[derive(Debug)]
pub struct Origin {
    wasm: Arc<[u8]>,
    edits: OnceCell<Option<Edits>>,
}

impl Origin {
    /// Of the file `wasm`.
    pub fn new(wasm: Arc<[u8]>) -> Self {
        Self { wasm, edits: OnceCell::new() }
    }

    /// What is changed, if anything is.
    pub fn edits(&self) -> Option<&Edits> {
        self.edits.get_or_init(|| in_pieces(&self.wasm)).as_ref()
    }

    /// Whether a function of the compiled module is one of the file.
    pub fn has(&self, function: u32) -> bool {
        self.edits().is_none_or(|edits| function < edits.first_added)
    }

    /// Where in the file is what is at `place` in the compiled module.
    pub fn place(&self, place: usize) -> usize {
        self.edits().map_or(place, |edits| edits.origin(place))
    }
}
