//! Where the first slots of a table of keys lie, so that code of the guest's module can reach them.
//!
//! They are 4-byte words; those that are not named here are the queue's (`super::super::weave::layout`).

/// How many slots lie there: as many as Haskell makes garbage of before it is collected, as a rule. The others are the host's alone.
pub const SLOT_COUNT: u32 = 4096;

/// The slot that is free and was last in use; 0 if none is. Each free one that was in use names the next.
pub const FREE: usize = 4;
/// How many slots were ever in use, but for that of null.
pub const USED: usize = 5;
/// How many keys [`TRANSIT`] has.
pub const TRANSIT_COUNT: usize = 6;
/// How many slots [`RELEASED`] has.
pub const RELEASED_COUNT: usize = 7;

/// Keys that were in transit when they were added; some have been claimed since.
pub const TRANSIT: usize = 12;
/// How many there is room for.
pub const MOST_TRANSIT: u32 = 52;
/// Slots whose values JavaScript has still to let go.
pub const RELEASED: usize = 64;
/// How many there is room for.
pub const MOST_RELEASED: u32 = 64;
/// The slots: each a generation in the place where a key has it, [`IS_RELEASED`], one of the states and, if it is free, the next.
pub const SLOTS: usize = 128;
/// How many words there are.
pub const WORDS: usize = SLOTS + SLOT_COUNT as usize;

/// The generation of a slot or key.
pub const GENERATION: u32 = 0x7F << super::SLOT_BITS;
/// Whether a slot is among those whose values JavaScript has still to let go.
pub const IS_RELEASED: u32 = 1 << 18;
/// The states.
pub const STATE: u32 = 3 << 16;
/// Nobody has it.
pub const IS_FREE: u32 = 0;
/// It is in transit.
pub const IS_TRANSIT: u32 = 1 << 16;
/// It is claimed.
pub const IS_CLAIMED: u32 = 2 << 16;
/// It is that of null: always live, and nobody's.
pub const IS_NULL: u32 = 3 << 16;
/// The next free slot.
pub const NEXT: u32 = 0xFFFF;
