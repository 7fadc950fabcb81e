//! Which keys of JavaScript values are live.
//!
//! A guest holds a JavaScript value as an integer key (see Note [Externrefs are keys] in
//! [`super::rewrite`]); the value itself sits in an array on the JavaScript side at the key's slot.
//! This table decides which slots are in use; the array is dumb.
//!
//! # Note [Transit and claimed]
//!
//! A key that crosses into the guest is *in transit*: it lives until the outermost call into the
//! guest ends. The guest may *claim* it (GHC's `newJSVal`); then it lives until it is freed
//! (`freeJSVal`). Claiming a key that is claimed already would give two owners one key, so the second
//! owner gets a key of its own, for which the value has to be copied on the JavaScript side. Whoever has claimed a
//! reference must not use the reference itself once the claim is given up; GHC's stubs claim and forget.
//!
//! A key is a slot with a generation above it, so a key that was freed is recognised as stale although
//! its slot is in use again (until the slot has been freed 128 times more).
//!
//! The first slots lie where code that is woven into the guest finds them ([`layout`]): it claims keys, gives them up and reserves them
//! by itself where that is simple (Note [Woven claims] in [`super::weave::claims`]).
//!
//! # Note [The key of null]
//!
//! A local of type externref is null before anything is put there; rewritten to an integer it is 0. So key 0 is
//! `null`: it is always live, belongs to nobody and cannot be freed. (A `null` that comes from JavaScript gets
//! a key like any other value.)

pub mod layout;
mod words;

use self::layout::{
    FREE, GENERATION, IS_CLAIMED, IS_FREE, IS_NULL, IS_RELEASED, IS_TRANSIT, MOST_RELEASED, MOST_TRANSIT,
    NEXT, RELEASED, RELEASED_COUNT, SLOT_COUNT, SLOTS, STATE, TRANSIT, TRANSIT_COUNT, USED,
};
use self::words::Words;
use super::port::MemoryView;
use crate::error::Error;

/// A key as the guest holds it: slot in the low [`SLOT_BITS`] bits, generation above.
pub type Key = u32;

/// The import with which a guest looks a claimed key up. The host gives it back as it is: what is wrong with it is noticed where it
/// is used.
pub const LOOK_UP: &str = "getJSVal";
/// The import with which a guest claims a key.
pub const CLAIM: &str = "newJSVal";
/// The import with which a guest gives a claimed key up.
pub const GIVE_UP: &str = "freeJSVal";

/// How many bits of a key are its slot. `lib/bridge.js` masks with the same number.
pub const SLOT_BITS: u32 = 24;
/// The slot of a key.
pub const SLOT_MASK: u32 = (1 << SLOT_BITS) - 1;
/// Transit keys are swept when there are this many, so that one long call does not collect them all.
const SWEEP_AT: usize = 4096;

/// What came of claiming a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The key is now the claimer's.
    Own(Key),
    /// The key has an owner: the claimer's key is `to`, and the value has to be copied there.
    Copy {
        /// The key that the value is at.
        from: Key,
        /// The key that the claimer gets.
        to: Key,
    },
}

/// The error for the use of a key that was freed: `call` met it, `wanted` says for what.
pub fn stale(call: &str, key: Key, wanted: &str) -> Error {
    Error::Trap {
        trap: "StaleJSVal".into(),
        message: format!(
            "{call}({key}): this JSVal was freed before, and freeJSVal allows no use afterwards{wanted}"
        ),
        frames: Vec::new(),
    }
}

/// The table of one instance.
pub struct KeyTable {
    /// The first slots, and lists in which they come first.
    words: Words,
    /// The other slots, written in the same way.
    more: Vec<u32>,
    /// Those of them that are free.
    free: Vec<u32>,
    /// As [`TRANSIT`], which is full.
    transit: Vec<Key>,
    sweep_at: usize,
    /// As [`RELEASED`], for the other slots and when that is full.
    released: Vec<u32>,
    /// How many of the other slots are claimed.
    claimed: usize,
}

impl Default for KeyTable {
    fn default() -> Self {
        let mut words = Words::default();
        words.set(SLOTS, IS_NULL);
        Self {
            words,
            more: Vec::new(),
            free: Vec::new(),
            transit: Vec::new(),
            sweep_at: 0,
            released: Vec::new(),
            claimed: 0,
        }
    }
}

impl KeyTable {
    /// Keeps the first slots in `memory` from now on, which nobody uses and which lives as long as this, or until this is called again.
    pub fn move_to(&mut self, memory: MemoryView) {
        self.words.move_to(memory);
    }

    /// A fresh key in transit, or `None` when all 2^24 slots are in use.
    pub fn reserve(&mut self) -> Option<Key> {
        let slot = self.take_slot()?;
        let word = self.word(slot) & (GENERATION | IS_RELEASED) | IS_TRANSIT;
        self.set_word(slot, word);
        let key = slot | (word & GENERATION);
        self.add_transit(key);
        Some(key)
    }

    /// A slot that nobody has.
    fn take_slot(&mut self) -> Option<u32> {
        let (free, used) = (self.words.get(FREE), self.words.get(USED));
        if free != 0 {
            self.words.set(FREE, self.word(free) & NEXT);
            return Some(free);
        }
        if used + 1 < SLOT_COUNT {
            self.words.set(USED, used + 1);
            return Some(used + 1);
        }
        if let Some(slot) = self.free.pop() {
            return Some(slot);
        }
        let slot = u32::try_from(self.more.len()).ok()? + SLOT_COUNT;
        (slot <= SLOT_MASK).then(|| {
            self.more.push(IS_FREE);
            slot
        })
    }

    /// Makes a key in transit the guest's own. `None`: the key is not live.
    pub fn claim(&mut self, key: Key) -> Option<Claim> {
        match self.state(key) {
            IS_FREE => None,
            IS_TRANSIT => {
                let slot = key & SLOT_MASK;
                self.set_word(slot, self.word(slot) ^ (IS_TRANSIT | IS_CLAIMED));
                self.claimed += usize::from(slot >= SLOT_COUNT);
                if self.last_transit() == Some(key) {
                    self.pop_transit();
                }
                Some(Claim::Own(key))
            }
            _ => {
                let to = self.reserve()?;
                self.claim(to)?;
                Some(Claim::Copy { from: key, to })
            }
        }
    }

    /// Whether a value may be read at `key`.
    pub fn is_live(&self, key: Key) -> bool {
        self.state(key) != IS_FREE
    }

    /// Gives up a claimed key. `false`: it was not claimed (freed twice, or never made).
    pub fn release(&mut self, key: Key) -> bool {
        if self.state(key) != IS_CLAIMED {
            return false;
        }
        self.claimed -= usize::from(key & SLOT_MASK >= SLOT_COUNT);
        self.free_slot(key);
        true
    }

    /// Forgets what is no longer in transit if that has become much. Keys that the running guest has just been handed survive.
    pub fn sweep_if_large(&mut self) {
        if self.transit.len() < self.sweep_at.max(SWEEP_AT) {
            return;
        }
        let mut transit = std::mem::take(&mut self.transit);
        transit.retain(|key| self.state(*key) == IS_TRANSIT);
        self.sweep_at = transit.len() * 2;
        self.transit = transit;
    }

    /// Ends the outermost call: every key still in transit is freed.
    pub fn end_transit(&mut self) {
        while let Some(key) = self.pop_transit() {
            if self.state(key) == IS_TRANSIT {
                self.free_slot(key);
            }
        }
        self.sweep_at = 0;
    }

    /// Takes slots whose values JavaScript can let go, at most `most`. Slots in use again are skipped.
    pub fn take_released(&mut self, most: usize) -> impl Iterator<Item = u32> + '_ {
        let mut left = most;
        std::iter::from_fn(move || {
            while left > 0 {
                let slot = self.pop_released()?;
                let word = self.word(slot) & !IS_RELEASED;
                self.set_word(slot, word);
                if word & STATE == IS_FREE {
                    left -= 1;
                    return Some(slot);
                }
            }
            None
        })
    }

    /// Whether [`Self::take_released`] may have something to give.
    pub fn has_released(&self) -> bool {
        self.words.get(RELEASED_COUNT) != 0 || !self.released.is_empty()
    }

    /// How many keys the guest has claimed: its live JSVals.
    pub fn claimed(&self) -> usize {
        let used = self.words.get(USED).min(SLOT_COUNT - 1);
        let first = (1..=used).filter(|slot| self.word(*slot) & STATE == IS_CLAIMED);
        first.count() + self.claimed
    }

    fn state(&self, key: Key) -> u32 {
        let slot = key & SLOT_MASK;
        if slot >= SLOT_COUNT && self.more.len() <= (slot - SLOT_COUNT) as usize {
            return IS_FREE;
        }
        let word = self.word(slot);
        if word & GENERATION == key & !SLOT_MASK { word & STATE } else { IS_FREE }
    }

    fn free_slot(&mut self, key: Key) {
        let slot = key & SLOT_MASK;
        let word = self.word(slot);
        let next = if slot < SLOT_COUNT { self.words.get(FREE) } else { 0 };
        let generation = word.wrapping_add(1 << SLOT_BITS) & GENERATION;
        self.set_word(slot, generation | IS_RELEASED | next);
        if slot < SLOT_COUNT {
            self.words.set(FREE, slot);
        } else {
            self.free.push(slot);
        }
        if word & IS_RELEASED == 0 {
            self.add_released(slot);
        }
    }

    fn word(&self, slot: u32) -> u32 {
        if slot < SLOT_COUNT {
            self.words.get(SLOTS + slot as usize)
        } else {
            self.more[(slot - SLOT_COUNT) as usize]
        }
    }

    fn set_word(&mut self, slot: u32, word: u32) {
        if slot < SLOT_COUNT {
            self.words.set(SLOTS + slot as usize, word);
        } else {
            self.more[(slot - SLOT_COUNT) as usize] = word;
        }
    }

    fn add_transit(&mut self, key: Key) {
        let mut count = self.words.get(TRANSIT_COUNT);
        if count >= MOST_TRANSIT && self.transit.is_empty() {
            count = self.forget_claimed();
        }
        if count < MOST_TRANSIT {
            self.words.set(TRANSIT + count as usize, key);
            self.words.set(TRANSIT_COUNT, count + 1);
        } else {
            self.transit.push(key);
        }
    }

    /// Forgets of the first keys what is no longer in transit; gives how many are left.
    fn forget_claimed(&mut self) -> u32 {
        let mut left = 0;
        for place in 0..self.words.get(TRANSIT_COUNT).min(MOST_TRANSIT) {
            let key = self.words.get(TRANSIT + place as usize);
            if self.state(key) == IS_TRANSIT {
                self.words.set(TRANSIT + left as usize, key);
                left += 1;
            }
        }
        self.words.set(TRANSIT_COUNT, left);
        left
    }

    fn last_transit(&self) -> Option<Key> {
        let count = self.words.get(TRANSIT_COUNT);
        let first = || count.checked_sub(1).map(|last| self.words.get(TRANSIT + last as usize));
        self.transit.last().copied().or_else(first)
    }

    fn pop_transit(&mut self) -> Option<Key> {
        let last = self.last_transit();
        if self.transit.pop().is_none() && last.is_some() {
            self.words.set(TRANSIT_COUNT, self.words.get(TRANSIT_COUNT) - 1);
        }
        last
    }

    fn add_released(&mut self, slot: u32) {
        let count = self.words.get(RELEASED_COUNT);
        if count < MOST_RELEASED && slot < SLOT_COUNT {
            self.words.set(RELEASED + count as usize, slot);
            self.words.set(RELEASED_COUNT, count + 1);
        } else {
            self.released.push(slot);
        }
    }

    fn pop_released(&mut self) -> Option<u32> {
        self.released.pop().or_else(|| {
            let last = self.words.get(RELEASED_COUNT).checked_sub(1)?;
            self.words.set(RELEASED_COUNT, last);
            Some(self.words.get(RELEASED + last as usize))
        })
    }
}

#[cfg(test)]
mod tests;
