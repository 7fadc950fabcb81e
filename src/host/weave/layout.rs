//! Where things are in the memory that is woven into a module: see Note [The woven queue] in [`super::post`].
//!
//! First come the numbers of eras and of bytes in use, with the keys that code of the module sees to itself
//! ([`crate::host::keys::layout`]) around them; then for each import that may be queued what [`Control`] says; then the queue.

use crate::host::keys::layout::WORDS;

/// The export of the memory.
pub const QUEUE: &str = "\u{1}queue";

/// How many cells of 8 bytes calls have. About three hundred calls; more would leave the processor's nearest cache.
pub const CALL_CELLS: usize = 1022;

pub(super) const CELL: u64 = 8;
const PAGE: u64 = 1 << 16;
/// Where the number of the present era is. Zero to begin with, as all is.
pub(super) const ERA: u64 = 0;
/// Where it is told how many bytes of calls there are.
pub(super) const END: u64 = CELL;
/// Where it is told whether the host has granted for objects: 0 or 1.
pub(super) const OBJECTS: u64 = 8 * WORD;
/// Where the number of the present era of output is.
pub(super) const OUTPUT_ERA: u64 = 5 * CELL;
/// The size of a word of the keys' layout.
pub(super) const WORD: u64 = 4;
const FIRST_CONTROL: u64 = WORDS as u64 * WORD;
const CONTROL_BYTES: u64 = 3 * CELL;

/// Where things are in the memory for so many imports, in cells.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    posts: u64,
}

/// Where the host says of an import whether it is queued, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// The era in which calls are queued, and one.
    pub grant: usize,
    /// In the low half the number that is written into the queue, in the high half the object that the grant is for, or [`ANY`].
    pub call: usize,
    /// In the low half where the number of the era is: one of [`Eras`].
    pub era: usize,
}

/// In place of an object: whatever lives.
pub const ANY: u32 = u32::MAX;

/// Eras for which the host grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Eras {
    /// They end when other code runs.
    Plain = ERA,
    /// They end when the guest may have printed.
    Output = OUTPUT_ERA,
}

impl Eras {
    /// Where the number of the present one is.
    pub fn cell(self) -> usize {
        cells(self as u64)
    }
}

impl Places {
    /// For so many imports.
    pub fn new(posts: usize) -> Self {
        Self { posts: posts as u64 }
    }

    /// The number of the era.
    pub const ERA: usize = cells(ERA);
    /// How many bytes of calls there are.
    pub const END: usize = cells(END);
    /// Whether the host has granted for objects: 0 or 1.
    pub const OBJECTS: usize = cells(OBJECTS);
    /// The number of the era of output.
    pub const OUTPUT_ERA: usize = cells(OUTPUT_ERA);
    /// How many cells there are up to here.
    pub const HEAD: usize = Self::OUTPUT_ERA + 1;

    /// For the import at `place` among those that may be queued.
    pub fn control(place: usize) -> Control {
        let grant = cells(control(place as u64));
        Control { grant, call: grant + 1, era: grant + 2 }
    }

    /// The first call.
    pub fn calls(self) -> usize {
        cells(self.calls_at())
    }

    /// How many cells there are.
    pub fn count(self) -> usize {
        self.calls() + CALL_CELLS
    }

    pub(super) fn calls_at(self) -> u64 {
        control(self.posts)
    }

    /// How many pages the memory has.
    pub(super) fn pages(self) -> u64 {
        (self.count() as u64 * CELL).div_ceil(PAGE)
    }
}

pub(super) const fn control(place: u64) -> u64 {
    FIRST_CONTROL + place * CONTROL_BYTES
}

const fn cells(bytes: u64) -> usize {
    (bytes / CELL) as usize
}
