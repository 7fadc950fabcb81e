//! Guests that begin in a snapshot of a start: they are as if they had started, and whose start depends on more than can be said
//! beforehand starts itself.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;

use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{FakeJs, Running, code, link, link_as};
use hs_wasm::host::clock::ManualClock;
use hs_wasm::host::limits::Limits;
use hs_wasm::host::port::Guest;
use hs_wasm::host::tier::Tier;
use hs_wasm::host::wasi::{Preopen, WasiOptions};
use hs_wasm::jsffi::link::Linked;

/// What a test's module begins with: imports, a memory with data, and what lets its state be reached.
const BEGINNING: &str = r#"
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 2)
    (data (i32.const 100000) "data")
    (global $started (mut i32) (i32.const 0))
    (func (export "started") (result i32) (global.get $started))
    (func (export "load") (param i32) (result i64) (i64.load (local.get 0)))
    (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
    (func (export "hs_exit") (drop (memory.grow (i32.const 1)))
        (i32.store (i32.const 200000) (i32.const 1)) (i32.store (i32.const 300000) (i32.const 1)))
    (func (export "grow") (result i32) (memory.grow (i32.const 1)))
    (func (export "size") (result i32) (local $n i32)
        (loop (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 10))))
        (memory.size))
"#;

/// Asks for everything that may be asked, grows, and counts how often it ran.
const STARTS: &str = r"
    (drop (call $args_sizes (i32.const 0) (i32.const 8)))
    (drop (call $env_sizes (i32.const 16) (i32.const 24)))
    (drop (call $prestat (i32.const 3) (i32.const 32)))
    (drop (call $time (i32.const 1) (i64.const 1) (i32.const 64)))
    (i64.store (i32.const 72) (i64.div_u (i64.load (i32.const 64)) (i64.const 1000000000)))
    (i32.store (i32.const 80) (i32.wrap_i64 (i64.rem_u (i64.load (i32.const 64)) (i64.const 1000000000))))
    (i64.store (i32.const 88) (i64.sub (i64.load (i32.const 64)) (i64.const 5)))
    (drop (memory.grow (i32.const 3)))
    (i32.store (i32.const 327676) (i32.const 77))
    (i32.store8 (i32.const 100000) (i32.const 88))
    (global.set $started (i32.add (global.get $started) (i32.const 1)))";

fn module(start: &str) -> Linked {
    link(&format!("(module {BEGINNING} (func (export \"_initialize\") {start}))"), &[]).unwrap()
}

fn started(linked: &Linked, world: &WasiOptions) -> Running {
    let linked = linked.clone();
    let mut running = Running::given(linked, FakeJs::default(), Limits::new(None), world.clone());
    running.call("_initialize", &[]).unwrap();
    running
}

fn is_copy(running: &mut Running) -> bool {
    running.guest.state().control.is_copy()
}

/// A guest that began in a snapshot, if there is one some time.
fn copied(linked: &Linked, world: &WasiOptions) -> Option<Running> {
    let end = Instant::now() + Duration::from_secs(10);
    for turn in 0.. {
        let mut running = started(linked, world);
        if is_copy(&mut running) {
            return Some(running);
        }
        if Instant::now() > end {
            break;
        }
        sleep(Duration::from_millis(1 << turn.min(5)));
    }
    None
}

/// Whether there is never one. What takes snapshots has one thread: when it has taken one for `other`, it has taken those before, or
/// tried to.
fn is_never_copied(linked: &Linked, world: &WasiOptions) -> bool {
    for _ in 0..3 {
        started(linked, world);
    }
    copied(&module(STARTS), &WasiOptions::default()).unwrap();
    !is_copy(&mut started(linked, world))
}

fn words(running: &mut Running, places: &[u64]) -> Vec<u64> {
    places.iter().map(|place| running.call("load", &[*place]).unwrap()).collect()
}

#[test]
fn a_copy_is_as_if_it_had_started() {
    let linked = module(STARTS);
    let folder = tempfile::tempdir().unwrap();
    let world = WasiOptions {
        args: vec!["main".into(), "two".into()],
        env: vec![("A".into(), "1".into())],
        preopens: vec![Preopen { guest: "/here".into(), host: folder.path().to_owned(), read_only: false }],
        ..WasiOptions::default()
    };
    let mut plain = started(&linked, &world);
    sleep(Duration::from_millis(20));
    assert!(!is_copy(&mut plain) && !is_copy(&mut started(&linked, &world)), "two start themselves");
    let mut copy = copied(&linked, &world).unwrap();
    let places = [0, 8, 16, 24, 32, 36, 100_000, 327_672];
    assert_eq!(words(&mut copy, &places), words(&mut plain, &places));
    assert_eq!(words(&mut copy, &[0, 8, 16])[..], [2, 9, 1].map(|n: u64| n));
    for running in [&mut plain, &mut copy] {
        assert_eq!(running.call("started", &[]).unwrap(), 1);
        assert_eq!(running.call("size", &[]).unwrap(), 5);
        assert_eq!(running.guest.memory().unwrap().bytes, 5 << 16);
        assert_eq!(running.call("grow", &[]).unwrap(), 5);
        running.call("store", &[(5 << 16) + 4, 9]).unwrap();
        assert_eq!(running.call("load", &[5 << 16]).unwrap(), 9 << 32);
    }
}

#[test]
fn a_copy_has_its_own_time_in_all_forms_that_times_have() {
    let linked = module(STARTS);
    copied(&linked, &WasiOptions::default()).unwrap();
    let clock = ManualClock::new(Duration::ZERO);
    clock.advance(Duration::new(7, 30));
    let world = WasiOptions { clock: Some(clock), ..WasiOptions::default() };
    let mut copy = started(&linked, &world);
    assert!(is_copy(&mut copy), "a clock is no part of the world");
    let now = 7_000_000_030;
    assert_eq!(words(&mut copy, &[64, 72, 80, 88]), [now, 7, 30, now - 5]);
    let before = words(&mut started(&linked, &WasiOptions::default()), &[64]);
    let after = words(&mut started(&linked, &WasiOptions::default()), &[64]);
    assert!(before < after, "the machine's clock goes on");
}

#[test]
fn copies_share_nothing_that_they_write() {
    let linked = module(STARTS);
    let world = WasiOptions::default();
    let mut one = copied(&linked, &world).unwrap();
    for at in [0, 4096, 100_000, 200_000, 327_672] {
        one.call("store", &[at, 5]).unwrap();
    }
    one.call("hs_exit", &[]).unwrap();
    let mut other = started(&linked, &world);
    assert!(is_copy(&mut other));
    assert_eq!(words(&mut other, &[4096, 200_000, 300_000]), [0, 0, 0]);
    assert_eq!(other.call("load", &[100_000]).unwrap() & 0xFF, 88);
    assert_eq!(one.call("load", &[100_000]).unwrap() & 0xFF, 5);
}

#[test]
fn a_snapshot_is_for_one_world() {
    let linked = module(STARTS);
    let world = WasiOptions::default();
    copied(&linked, &world).unwrap();
    let mut other = WasiOptions { args: vec!["one".into()], ..world.clone() };
    let mut guest = started(&linked, &other);
    assert!(!is_copy(&mut guest));
    assert_eq!(guest.call("load", &[0]).unwrap(), 1);
    assert_eq!(copied(&linked, &other).unwrap().call("load", &[0]).unwrap(), 1);
    assert!(is_copy(&mut started(&linked, &world)), "there can be several");
    other.env.push(("A".into(), "1".into()));
    assert!(!is_copy(&mut started(&linked, &other)));
}

#[test]
fn snapshots_are_for_the_last_few_worlds() {
    let linked = module(STARTS);
    let world = |number: usize| WasiOptions { args: vec!["x".into(); number], ..WasiOptions::default() };
    for number in 0..5 {
        assert_eq!(copied(&linked, &world(number)).unwrap().call("load", &[0]).unwrap(), number as u64);
    }
    for number in 1..5 {
        assert!(is_copy(&mut started(&linked, &world(number))));
    }
    assert!(!is_copy(&mut started(&linked, &world(0))), "the oldest has given way");
}

#[test]
fn what_may_differ_is_never_copied() {
    let world = WasiOptions::default();
    for (start, why) in [
        ("(drop (call $random (i32.const 0) (i32.const 8)))", "random bytes"),
        ("(drop (call $write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 16)))", "output"),
        ("(drop (call $time (i32.const 0) (i64.const 1) (i32.const 0)))", "the time of the day"),
        (
            "(drop (call $time (i32.const 1) (i64.const 1) (i32.const 0)))
             (i64.store (i32.const 0) (i64.mul (i64.load (i32.const 0)) (i64.const 2)))",
            "what is made of a time",
        ),
        (
            "(drop (call $time (i32.const 1) (i64.const 1) (i32.const 0)))
             (global.set $started (i32.load (i32.const 0))) (i64.store (i32.const 0) (i64.const 0))",
            "a time in a global",
        ),
        (
            "(drop (call $time (i32.const 1) (i64.const 1) (i32.const 0)))
             (i64.store (i32.const 0) (i64.rem_u (i64.load (i32.const 0)) (i64.const 1000)))",
            "what is little of a time",
        ),
        ("(drop (memory.grow (i32.const 2000)))", "more memory than is kept"),
    ] {
        assert!(is_never_copied(&module(start), &world), "{why}");
    }
    let hidden = link(
        "(module (memory 1) (func (loop (br 0))) (func (export \"_initialize\")
            (i32.store (i32.const 0) (i32.const 1))))",
        &[],
    );
    assert!(is_never_copied(&hidden.unwrap(), &world), "a memory that nobody sees");
}

#[test]
fn a_start_that_fails_fails_each_time() {
    let linked = module("(drop (memory.grow (i32.const 1))) unreachable");
    for _ in 0..4 {
        let js = FakeJs::default();
        let mut running = Running::given(linked.clone(), js, Limits::new(None), WasiOptions::default());
        assert_eq!(code(running.call("_initialize", &[])), "ERR_HS_TRAP");
    }
}

#[test]
fn a_copy_has_its_memory_limit() {
    let linked = module(STARTS);
    let world = WasiOptions::default();
    copied(&linked, &world).unwrap();
    let limits = Limits::new(Some(4 << 16));
    let mut small = Running::given(linked.clone(), FakeJs::default(), limits, world.clone());
    assert_eq!(code(small.call("_initialize", &[])), "ERR_HS_LIMIT");
    let limits = Limits::new(Some(5 << 16));
    let mut tight = Running::given(linked, FakeJs::default(), limits, world);
    tight.call("_initialize", &[]).unwrap();
    assert!(is_copy(&mut tight));
    assert_eq!(tight.call("grow", &[]).unwrap(), u64::from(u32::MAX));
}

#[test]
fn a_copy_goes_on_in_better_code() {
    let text = format!("(module {BEGINNING} (func (export \"_initialize\") {STARTS}))");
    let linked = link_as(&text, &[], Tier::Quick).unwrap();
    let Some(mut copy) = copied(&linked, &WasiOptions::default()) else {
        panic!("there was no snapshot");
    };
    if copy.guest.tier() != Tier::Quick {
        return;
    }
    assert_eq!(copy.call("grow", &[]).unwrap(), 5);
    copy.call("store", &[(5 << 16) + 8, 3]).unwrap();
    copy.call("store", &[200_000, 4]).unwrap();
    let places = [0, 64, 72, 88, 100_000, 200_000, 327_672, (5 << 16) + 8];
    let before = words(&mut copy, &places);
    let end = Instant::now() + Duration::from_mins(1);
    while !copy.linked.is_better_there() {
        assert!(Instant::now() < end, "better code was never made");
        sleep(Duration::from_millis(5));
    }
    copy.linked.improve(&mut copy.guest);
    assert_eq!(copy.guest.tier(), Tier::Optimized);
    assert_eq!(words(&mut copy, &places), before);
    assert_eq!(copy.call("started", &[]).unwrap(), 1);
    copy.call("store", &[200_000, 6]).unwrap();
    let mut other = started(&copy.linked, &WasiOptions::default());
    assert!(is_copy(&mut other), "also in better code");
    assert_eq!(words(&mut other, &[200_000, 100_000]), [0, u64::from_le_bytes(*b"Xata\0\0\0\0")]);
}
