//! CPU samples of guests.

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use common::{FakeJs, Running};

const COMPUTING: &str = r#"(module
    (func $leaf (param i32) (result i32)
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0))
    (func $outer (export "run") (param i32) (result i32) (call $leaf (local.get 0))))"#;

#[test]
fn samples_are_stacks_of_functions_of_the_file() {
    let mut guest = Running::new(COMPUTING, &[], FakeJs::default());
    let sampler = Arc::clone(&guest.guest.state().sampler);
    sampler.begin(Duration::ZERO);
    guest.call("run", &[10_000_000]).expect("it ends");
    let seen = sampler.end().expect("it has begun");
    assert!(!seen.times.is_empty());
    assert_eq!(seen.times.len(), seen.stacks.len());
    assert!(seen.times.is_sorted(), "{:?}", seen.times);
    let names: BTreeSet<&str> = seen.names.values().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["outer", "leaf"]), "no check of ours");
    assert_eq!(seen.nodes, [(None, 1), (Some(0), 0)], "the caller is below");
    assert!(seen.stacks.iter().all(|stack| *stack == 1));
}

#[test]
fn a_long_interval_has_one_sample() {
    let mut guest = Running::new(COMPUTING, &[], FakeJs::default());
    let sampler = Arc::clone(&guest.guest.state().sampler);
    sampler.begin(Duration::from_hours(1));
    for _ in 0..3 {
        guest.call("run", &[10_000_000]).expect("it ends");
    }
    assert_eq!(sampler.end().expect("it has begun").times.len(), 1);
}

#[test]
fn who_was_not_asked_has_seen_nothing() {
    let mut guest = Running::new(COMPUTING, &[], FakeJs::default());
    let sampler = Arc::clone(&guest.guest.state().sampler);
    guest.call("run", &[10_000_000]).expect("it ends");
    assert!(sampler.end().is_none());
}
