//! Keys made, claimed, freed.

use super::*;

/// See Note [The key of null].
const NULL: Key = 0;

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
    let early: Vec<Key> = (0..=MOST_TRANSIT).map(|_| table.reserve().expect("room")).collect();
    assert_eq!(table.transit, early[MOST_TRANSIT as usize..]);
    for _ in 0..SWEEP_AT {
        let key = table.reserve().expect("room");
        table.transit.insert(0, key);
        table.claim(key);
    }
    table.sweep_if_large();
    assert!(early.iter().all(|key| table.is_live(*key)));
    assert_eq!(table.transit, early[MOST_TRANSIT as usize..]);
}

#[test]
fn what_was_claimed_makes_room_for_keys_in_transit() {
    let mut table = KeyTable::default();
    let keys: Vec<Key> = (0..MOST_TRANSIT).map(|_| table.reserve().expect("room")).collect();
    for key in &keys[1..] {
        assert_eq!(table.claim(*key), Some(Claim::Own(*key)));
    }
    // The last was still at hand when it was claimed.
    assert_eq!(table.words.get(TRANSIT_COUNT), MOST_TRANSIT - 1);
    table.reserve().expect("room");
    let last = table.reserve().expect("room");
    assert_eq!(table.words.get(TRANSIT_COUNT), 3);
    table.end_transit();
    assert!(!table.is_live(keys[0]) && !table.is_live(last));
    assert!(keys[1..].iter().all(|key| table.is_live(*key)));
}

#[test]
fn slots_beyond_the_first_are_like_them() {
    let mut table = KeyTable::default();
    let keys: Vec<Key> = (0..3 * SLOT_COUNT).map(|_| claimed(&mut table)).collect();
    assert_eq!(table.claimed(), keys.len());
    assert!(!table.is_live(3 * SLOT_COUNT + 1), "never made");
    for key in &keys {
        assert!(table.release(*key) && !table.release(*key) && !table.is_live(*key));
    }
    assert_eq!(table.claimed(), 0);
    let mut released: Vec<u32> = table.take_released(usize::MAX).collect();
    released.sort_unstable();
    assert_eq!(released, (1..=3 * SLOT_COUNT).collect::<Vec<_>>());
    let mut again: Vec<u32> = keys.iter().map(|_| claimed(&mut table) & SLOT_MASK).collect();
    again.sort_unstable();
    assert_eq!(again, released, "no slot is lost");
}

#[test]
fn a_table_goes_on_in_other_memory() {
    let mut table = KeyTable::default();
    let (kept, freed, passing) = (claimed(&mut table), claimed(&mut table), table.reserve().expect("room"));
    assert!(table.release(freed));
    let mut there = vec![0_u64; layout::WORDS.div_ceil(2)];
    let base = there.as_mut_ptr().expose_provenance();
    table.move_to(MemoryView { base, bytes: there.len() * 8 });
    assert!(table.is_live(kept) && table.is_live(passing) && !table.is_live(freed));
    assert_eq!(table.claimed(), 1);
    assert_eq!(claimed(&mut table) & SLOT_MASK, freed & SLOT_MASK);
    table.end_transit();
    assert!(!table.is_live(passing));
    assert!(table.is_live(0), "null");
}
