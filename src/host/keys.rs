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
//! # Note [The key of null]
//!
//! A local of type externref is null before anything is put there; rewritten to an integer it is 0. So key 0 is
//! `null`: it is always live, belongs to nobody and cannot be freed. (A `null` that comes from JavaScript gets
//! a key like any other value.)

use crate::error::Error;

/// A key as the guest holds it: slot in the low [`SLOT_BITS`] bits, generation above.
pub type Key = u32;

/// The import with which a guest looks a claimed key up. The host gives it back as it is: what is wrong with it is noticed where it
/// is used.
pub const LOOK_UP: &str = "getJSVal";

/// See Note [The key of null].
const NULL: Key = 0;

/// How many bits of a key are its slot. `lib/bridge.js` masks with the same number.
pub const SLOT_BITS: u32 = 24;
const SLOT_MASK: u32 = (1 << SLOT_BITS) - 1;
const GENERATIONS: u32 = 1 << (31 - SLOT_BITS);
/// Transit keys are swept when there are this many, so that one long call does not collect them all.
const SWEEP_AT: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Free,
    Transit,
    Claimed,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    generation: u32,
    state: Use,
    /// Whether it is among those whose value JavaScript has still to let go.
    released: bool,
}

impl Slot {
    fn new(state: Use) -> Self {
        Self { generation: 0, state, released: false }
    }
}

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
#[derive(Debug)]
pub struct KeyTable {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// Keys that were in transit when they were added; some have been claimed since.
    transit: Vec<Key>,
    sweep_at: usize,
    /// Slots whose value JavaScript has still to let go.
    released: Vec<u32>,
    claimed: usize,
}

impl Default for KeyTable {
    fn default() -> Self {
        let null = Slot::new(Use::Claimed);
        Self {
            slots: vec![null],
            free: Vec::new(),
            transit: Vec::new(),
            sweep_at: 0,
            released: Vec::new(),
            claimed: 0,
        }
    }
}

impl KeyTable {
    /// A fresh key in transit, or `None` when all 2^24 slots are in use.
    pub fn reserve(&mut self) -> Option<Key> {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None if self.slots.len() > SLOT_MASK as usize => return None,
            None => {
                self.slots.push(Slot::new(Use::Free));
                u32::try_from(self.slots.len() - 1).ok()?
            }
        };
        let entry = &mut self.slots[slot as usize];
        entry.state = Use::Transit;
        let key = slot | (entry.generation << SLOT_BITS);
        self.transit.push(key);
        Some(key)
    }

    /// Makes a key in transit the guest's own. `None`: the key is not live.
    pub fn claim(&mut self, key: Key) -> Option<Claim> {
        match self.state(key) {
            Use::Free => None,
            Use::Transit => {
                self.slots[(key & SLOT_MASK) as usize].state = Use::Claimed;
                self.claimed += 1;
                if self.transit.last() == Some(&key) {
                    self.transit.pop();
                }
                Some(Claim::Own(key))
            }
            Use::Claimed => {
                let to = self.reserve()?;
                self.claim(to)?;
                Some(Claim::Copy { from: key, to })
            }
        }
    }

    /// Whether a value may be read at `key`.
    pub fn is_live(&self, key: Key) -> bool {
        self.state(key) != Use::Free
    }

    /// Gives up a claimed key. `false`: it was not claimed (freed twice, or never made).
    pub fn release(&mut self, key: Key) -> bool {
        if key == NULL || self.state(key) != Use::Claimed {
            return false;
        }
        self.claimed -= 1;
        self.free_slot(key);
        true
    }

    /// Frees what is still in transit if that has become much. Keys that the running guest has just
    /// been handed survive: the newest half stays.
    pub fn sweep_if_large(&mut self) {
        if self.transit.len() < self.sweep_at.max(SWEEP_AT) {
            return;
        }
        let states = &self.slots;
        self.transit.retain(|key| {
            let slot = states[(key & SLOT_MASK) as usize];
            slot.state == Use::Transit && slot.generation == key >> SLOT_BITS
        });
        self.sweep_at = self.transit.len() * 2;
    }

    /// Ends the outermost call: every key still in transit is freed.
    pub fn end_transit(&mut self) {
        while let Some(key) = self.transit.pop() {
            if self.state(key) == Use::Transit {
                self.free_slot(key);
            }
        }
        self.sweep_at = 0;
    }

    /// Takes slots whose values JavaScript can let go, at most `most`. Slots in use again are skipped.
    pub fn take_released(&mut self, most: usize) -> impl Iterator<Item = u32> + '_ {
        let Self { slots, released, .. } = self;
        let mut left = most;
        std::iter::from_fn(move || {
            while left > 0 {
                let slot = released.pop()?;
                slots[slot as usize].released = false;
                if slots[slot as usize].state == Use::Free {
                    left -= 1;
                    return Some(slot);
                }
            }
            None
        })
    }

    /// Whether [`Self::take_released`] may have something to give.
    pub fn has_released(&self) -> bool {
        !self.released.is_empty()
    }

    /// How many keys the guest has claimed: its live JSVals.
    pub fn claimed(&self) -> usize {
        self.claimed
    }

    fn state(&self, key: Key) -> Use {
        match self.slots.get((key & SLOT_MASK) as usize) {
            Some(slot) if slot.generation == key >> SLOT_BITS => slot.state,
            _ => Use::Free,
        }
    }

    fn free_slot(&mut self, key: Key) {
        let slot = key & SLOT_MASK;
        let entry = &mut self.slots[slot as usize];
        entry.state = Use::Free;
        entry.generation = (entry.generation + 1) % GENERATIONS;
        self.free.push(slot);
        if !entry.released {
            entry.released = true;
            self.released.push(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed(table: &mut KeyTable) -> Key {
        let key = table.reserve().expect("room");
        assert_eq!(table.claim(key), Some(Claim::Own(key)));
        key
    }

    #[test]
    fn a_freed_key_is_stale_although_its_slot_is_used_again() {
        let mut table = KeyTable::default();
        let first = claimed(&mut table);
        assert!(table.release(first));
        let second = claimed(&mut table);
        assert_eq!(first & SLOT_MASK, second & SLOT_MASK);
        assert_ne!(first, second);
        assert!(!table.is_live(first));
        assert!(table.is_live(second));
        assert!(!table.release(first), "freeing twice is noticed");
        assert_eq!(table.claimed(), 1);
    }

    #[test]
    fn null_is_live_and_nobodys() {
        let mut table = KeyTable::default();
        assert!(table.is_live(NULL));
        assert_eq!(table.claimed(), 0);
        let Some(Claim::Copy { from: NULL, to }) = table.claim(NULL) else { panic!("expected a copy") };
        assert_ne!(to, NULL);
        assert!(!table.release(NULL));
        assert!(table.release(to));
        assert!(table.is_live(NULL));
    }

    #[test]
    fn what_is_not_claimed_ends_with_the_call() {
        let mut table = KeyTable::default();
        let kept = claimed(&mut table);
        let passing = table.reserve().expect("room");
        table.end_transit();
        assert!(table.is_live(kept));
        assert!(!table.is_live(passing));
        assert_eq!(table.take_released(8).collect::<Vec<_>>(), vec![passing & SLOT_MASK]);
    }

    #[test]
    fn a_second_claim_gets_a_key_of_its_own() {
        let mut table = KeyTable::default();
        let first = claimed(&mut table);
        let Some(Claim::Copy { from, to }) = table.claim(first) else { panic!("expected a copy") };
        assert_eq!(from, first);
        assert!(table.release(first));
        assert!(table.is_live(to));
    }

    #[test]
    fn a_slot_is_released_once_however_often_it_was_in_use() {
        let mut table = KeyTable::default();
        for _ in 0..3 {
            let key = claimed(&mut table);
            table.release(key);
        }
        assert_eq!(table.take_released(8).collect::<Vec<_>>(), vec![1]);
        assert_eq!(table.take_released(8).count(), 0);
        let again = claimed(&mut table);
        table.release(again);
        assert_eq!(table.take_released(8).count(), 1);
    }

    #[test]
    fn a_slot_in_use_again_is_not_released() {
        let mut table = KeyTable::default();
        let first = claimed(&mut table);
        table.release(first);
        let again = claimed(&mut table);
        assert_eq!(table.take_released(8).count(), 0);
        assert!(table.is_live(again));
    }

    #[test]
    fn keys_stay_non_negative_as_the_guest_sees_them() {
        let mut table = KeyTable::default();
        for _ in 0..1000 {
            let key = claimed(&mut table);
            assert!(i32::try_from(key).is_ok());
            table.release(key);
        }
    }

    #[test]
    fn sweeping_keeps_live_transit_keys() {
        let mut table = KeyTable::default();
        let early = table.reserve().expect("room");
        for _ in 0..SWEEP_AT {
            let key = table.reserve().expect("room");
            table.transit.insert(0, key);
            table.claim(key);
        }
        table.sweep_if_large();
        assert!(table.is_live(early));
        assert_eq!(table.transit, vec![early]);
    }
}
