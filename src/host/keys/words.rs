//! The words of a table's first slots, in memory of the host's or of the guest's.
#![expect(unsafe_code, reason = "the words are memory of a guest, whose code uses them too")]

use std::ptr::NonNull;

use super::layout::{FREE, RELEASED_COUNT, SLOTS, TRANSIT, USED, WORDS};
use crate::host::port::MemoryView;

/// See [`super::layout`].
pub(super) enum Words {
    /// Until a guest has some; what is not there is zero.
    Own(Vec<u32>),
    /// In a memory of the guest in whose store this is.
    Guests(NonNull<u32>),
}

// SAFETY: who has the store has this and the memory, and nobody else uses the words.
unsafe impl Send for Words {}

impl Default for Words {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl Words {
    pub(super) fn get(&self, index: usize) -> u32 {
        match self {
            Self::Own(words) => words.get(index).copied().unwrap_or_default(),
            Self::Guests(words) => {
                let word = place(*words, index);
                // SAFETY: it is one of the words, which live as long as this: see `move_to`.
                unsafe { word.read() }
            }
        }
    }

    pub(super) fn set(&mut self, index: usize, word: u32) {
        match self {
            Self::Own(words) => {
                if words.len() <= index {
                    words.resize(index + 1, 0);
                }
                words[index] = word;
            }
            Self::Guests(words) => {
                let old = place(*words, index);
                // SAFETY: as in `get`.
                unsafe { old.write(word) };
            }
        }
    }

    /// Goes on in `memory`, in which nobody has used the words yet. It lives as long as this, or until this moves on.
    pub(super) fn move_to(&mut self, memory: MemoryView) {
        let there = NonNull::new(std::ptr::with_exposed_provenance_mut::<u32>(memory.base));
        let there = there.expect("a memory is somewhere");
        assert!(memory.bytes >= WORDS * size_of::<u32>() && there.is_aligned());
        let before = std::mem::replace(self, Self::Guests(there));
        let end = SLOTS + 1 + before.get(USED) as usize;
        for index in (FREE..=RELEASED_COUNT).chain(TRANSIT..end.min(WORDS)) {
            self.set(index, before.get(index));
        }
    }
}

fn place(words: NonNull<u32>, index: usize) -> NonNull<u32> {
    assert!(index < WORDS);
    // SAFETY: there are so many words.
    unsafe { words.add(index) }
}
