//! Guests that go on in better code: nothing is lost on the way, and who has state that cannot be moved stays.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod common;

use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{FakeJs, Running, code, link_as};
use hs_wasm::host::limits::Limits;
use hs_wasm::host::port::Guest;
use hs_wasm::host::tier::Tier;

/// A guest in quick code; nothing where no compiler makes that.
fn quick(wat: &str, limits: Limits) -> Option<Running> {
    let running = Running::of(link_as(wat, &[], Tier::Quick).unwrap(), FakeJs::default(), limits);
    (running.guest.tier() == Tier::Quick).then_some(running)
}

/// Waits until there is better code, and has the guest go on in it.
fn improve(running: &mut Running) {
    let end = Instant::now() + Duration::from_mins(1);
    while !running.linked.is_better_there() {
        assert!(Instant::now() < end, "better code was never made");
        sleep(Duration::from_millis(5));
    }
    running.linked.improve(&mut running.guest);
}

/// State of all kinds: globals of each type, data, memory beyond the data, memory that has grown.
const STATE: &str = r#"(module
    (memory (export "memory") 2)
    (data (i32.const 100000) "data")
    (table 2 2 funcref)
    (elem (i32.const 0) $one $two)
    (global $i (mut i32) (i32.const 7))
    (global $l (mut i64) (i64.const 8))
    (global $f (mut f32) (f32.const 1.5))
    (global $d (mut f64) (f64.const 2.5))
    (global $c i32 (i32.const 3))
    (func $one (result i32) (i32.const 1))
    (func $two (result i32) (i32.const 2))
    (func (export "change") (local $n i32)
        (loop (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 10))))
        (global.set $i (i32.add (global.get $i) (i32.const 1)))
        (global.set $l (i64.add (global.get $l) (i64.const 1)))
        (global.set $f (f32.add (global.get $f) (f32.const 1)))
        (global.set $d (f64.add (global.get $d) (f64.const 1)))
        (i32.store8 (i32.const 100001) (i32.add (i32.load8_u (i32.const 100001)) (i32.const 1)))
        (drop (memory.grow (i32.const 1)))
        (i32.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)) (memory.size)))
    (func (export "sum") (result f64) (local $sum f64) (local $at i32)
        (loop
            (local.set $sum (f64.add (local.get $sum)
                (f64.convert_i32_u (i32.mul (i32.load8_u (local.get $at)) (i32.add (i32.const 1) (local.get $at))))))
            (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1)))
                (i32.mul (memory.size) (i32.const 65536)))))
        (f64.add (local.get $sum) (f64.add (global.get $d) (f64.add (f64.promote_f32 (global.get $f))
            (f64.add (f64.convert_i64_s (global.get $l)) (f64.convert_i32_s (global.get $i)))))))
    (func (export "called") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
    (func (export "trap") (loop (br_if 0 (i32.eqz (memory.size)))) unreachable))"#;

#[test]
fn a_guest_that_moves_keeps_its_state() {
    // The same calls without a move.
    let mut stays = Running::new(STATE, &[], FakeJs::default());
    let Some(mut moves) = quick(STATE, Limits::new(None)) else { return };
    for turn in 0..6 {
        if turn == 3 {
            assert!(moves.guest.can_move());
            improve(&mut moves);
            assert_eq!(moves.guest.tier(), Tier::Optimized);
        }
        for running in [&mut stays, &mut moves] {
            running.call("change", &[]).unwrap();
        }
        let [expected, found] = [&mut stays, &mut moves].map(|running| {
            let called = [0, 1].map(|place| running.call("called", &[place]).unwrap());
            (running.call("sum", &[]).unwrap(), called, running.guest.memory().unwrap().bytes)
        });
        assert_eq!(found, expected, "turn {turn}");
    }
    // Where it traps is told as before.
    let [expected, found] =
        [stays, moves].map(|mut running| format!("{:?}", running.call("trap", &[]).unwrap_err()));
    assert_eq!(found, expected);
    assert!(expected.contains("offset: Some("), "{expected}");
}

#[test]
fn a_guest_that_moved_has_its_memory_limit() {
    let Some(mut running) = quick(STATE, Limits::new(Some(5 << 16))) else { return };
    running.call("change", &[]).unwrap();
    improve(&mut running);
    running.call("change", &[]).unwrap();
    running.call("change", &[]).unwrap();
    let bytes = |running: &mut Running| running.guest.memory().unwrap().bytes;
    assert_eq!(bytes(&mut running), 5 << 16);
    running.call("change", &[]).unwrap();
    assert_eq!(bytes(&mut running), 5 << 16, "no more than its limit");
    assert_eq!(code(running.call("trap", &[])), "ERR_HS_LIMIT");
}

#[test]
fn further_guests_begin_in_better_code() {
    let Some(mut first) = quick(STATE, Limits::new(None)) else { return };
    improve(&mut first);
    let second = Running::of(first.linked, FakeJs::default(), Limits::new(None));
    assert_eq!(second.guest.tier(), Tier::Optimized);
}

#[test]
fn a_guest_with_hidden_state_stays() {
    const LOOP: &str = "(func (loop (br 0)))";
    let hidden = [
        "(memory 1)",
        r#"(memory (export "memory") 1) (data "passive")"#,
        "(global (mut funcref) (ref.null func))",
        r#"(table (export "table") 1 1 funcref)"#,
        "(table 1 funcref) (func (table.set (i32.const 0) (ref.null func)))",
        "(table 1 funcref) (func (drop (table.grow (ref.null func) (i32.const 1))))",
    ];
    let shown = [
        "",
        r#"(memory (export "memory") 1) (data (i32.const 0) "active")"#,
        "(global funcref (ref.null func))",
        "(table 1 1 funcref)",
    ];
    let cases = hidden.map(|text| (text, false)).into_iter().chain(shown.map(|text| (text, true)));
    for (text, can_move) in cases {
        let wat = format!(r#"(module (func (export "f")) {text} {LOOP})"#);
        let Some(mut running) = quick(&wat, Limits::new(None)) else { return };
        assert_eq!(running.guest.can_move(), can_move, "{text}");
        running.call("f", &[]).unwrap();
    }
}
