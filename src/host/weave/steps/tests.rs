//! Guests whose steps are called by jumps do what they did, but for what a call with a wrong type is said to be.

use std::fmt::Write;

use super::super::tests::{instantiate, outcome_with, test_engine};
use super::super::{Known, Origins, weave};
use super::{FEWEST, MOST};
use crate::host::tier::Tier;

/// A table with steps from 1 on, each to the one after the next, and another function; at `last` one that traps, and one that gives
/// itself for ever.
fn guest(steps: usize, last: usize) -> String {
    let (mut names, mut functions) = (String::new(), String::new());
    for step in 1..=steps {
        let next = if step + 2 > steps { 0 } else { step + 2 };
        write!(names, " $s{step}").expect("written");
        write!(
            functions,
            "(func $s{step} (result i32) (global.set 0 (i32.add (global.get 0) (i32.const {step}))) (i32.const {next}))"
        )
        .expect("written");
    }
    let other = steps + 1;
    format!(
        r#"(module
            (type $step (func (result i32)))
            (rec (type $unlike (func (result i32))) (type (func)))
            (type $same (func (result i32)))
            (table $steps {size} funcref)
            (global (mut i32) (i32.const 0))
            (elem (i32.const 1) func{names} $other)
            (elem (i32.const {last}) func $fails $again)
            {functions}
            (func $other (param i32) (result i32) (local.get 0))
            (func $fails (result i32) (global.set 0 (i32.const 5)) (unreachable))
            (func $again (result i32) (i32.const {again}))
            (func (export "run") (param i32) (result i32)
                (loop (br_if 0 (local.tee 0 (call_indirect (type $step) (local.get 0)))))
                (global.get 0))
            (func (export "plain") (param i32) (result i32)
                (i32.add (i32.const 5) (call_indirect (type $same) (local.get 0))))
            (func (export "unlike") (param i32) (result i32) (call_indirect (type $unlike) (local.get 0)))
            (func (export "other") (param i32) (result i32)
                (call_indirect (param i32) (result i32) (i32.const 9) (i32.const {other})))
            (func (export "wrong") (param i32) (result i32)
                (call_indirect (param i32) (result i32) (i32.const 9) (local.get 0))))"#,
        size = last + 6,
        again = last + 1,
    )
}

/// What `calls` end with, before and after.
fn outcomes(text: &str, calls: &[(&str, i32)]) -> [Vec<String>; 2] {
    let engine = test_engine();
    let wasm = wat::parse_str(text).expect("valid text");
    let origins = Origins::of(&wasm, &Known::default(), Tier::Optimized);
    let woven = weave(&wasm, &Known::default(), Tier::Optimized).expect("checks");
    [(&wasm, None), (&woven, Some(&origins))].map(|(wasm, origins)| {
        let (mut store, instance) = instantiate(&engine, wasm, 100, u32::MAX);
        let outcome = |(name, param): &(&str, i32)| {
            format!("{name}({param}): {}", outcome_with(&mut store, &instance, name, *param, origins))
        };
        calls.iter().map(outcome).collect()
    })
}

fn signed(number: usize) -> i32 {
    i32::try_from(number).expect("small")
}

/// Whether a call of a step with a wrong type is said to be one of no function, as it is where steps are called by jumps.
fn has_jumps(text: &str) -> bool {
    let [before, after] = outcomes(text, &[("wrong", 1)]);
    assert!(before[0].contains("BadSignature"), "{}", before[0]);
    assert!(
        ["BadSignature", "IndirectCallToNull"].iter().any(|trap| after[0].contains(trap)),
        "{}",
        after[0]
    );
    before != after
}

#[test]
fn steps_are_called_by_jumps() {
    for (steps, last) in [(FEWEST, FEWEST + 3), (FEWEST, MOST), (FEWEST, MOST + 3), (1100, 1103)] {
        let text = guest(steps, last);
        let (end, last) = (signed(steps), signed(last));
        // First and last, nothing, another function, a hole, a trap, just beyond the table, far beyond it.
        let params =
            [1, 2, end / 2, end - 1, end, 0, end + 1, end + 2, last, last + 5, last + 6, -1, i32::MIN];
        let calls = params.iter().flat_map(|param| ["run", "plain", "other"].map(|name| (name, *param)));
        let [before, after] = outcomes(&text, &calls.collect::<Vec<_>>());
        assert_eq!(before, after);
        assert!(before[0].starts_with("run(1): [I32("), "{}", before[0]);
        assert!(has_jumps(&text), "{steps} steps");
    }
}

#[test]
fn trampolines_may_look_otherwise_and_zero_may_be_something() {
    let text = guest(FEWEST, FEWEST + 3);
    let call = "(local.tee 0 (call_indirect (type $step) (local.get 0)))";
    let end = |more: &str| format!("{} {more})", text.trim_end().strip_suffix(')').expect("a module"));
    let others = [
        ("more in the loop", text.replace(&format!("(br_if 0 {call})"), &format!("(br_if 0 {call}) (nop)"))),
        (
            "another local",
            text.replace(call, &format!("(local.tee 1 {call})")).replace(
                "(param i32) (result i32)\n                (loop",
                "(param i32) (result i32) (local i32)\n                (loop",
            ),
        ),
        (
            "a loop with a result",
            text.replace(
                &format!("(loop (br_if 0 {call}))"),
                &format!("(drop (loop (result i32) (br_if 0 {call}) (local.get 0)))"),
            ),
        ),
        ("steps from 0 on", text.replace("(elem (i32.const 1)", "(elem (i32.const 0)")),
        ("a step at 0", end("(elem (i32.const 0) func $s7)")),
        ("another function at 0", end("(elem (i32.const 0) func $other)")),
    ];
    for (what, other) in others {
        assert_ne!(text, other, "{what}");
        let calls = [0, 1, 2, 7, signed(FEWEST), signed(FEWEST + 3)].map(|param| ("run", param));
        let [before, after] = outcomes(&other, &calls);
        assert_eq!(before, after, "{what}");
    }
}

#[test]
fn a_trampoline_that_runs_for_ever_asks_for_ever() {
    let woven = weave(
        &wat::parse_str(guest(FEWEST, FEWEST + 3)).expect("valid text"),
        &Known::default(),
        Tier::Optimized,
    )
    .expect("checks");
    let (mut store, instance) = instantiate(&test_engine(), &woven, 1000, 5);
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
    let error = run.call(&mut store, signed(FEWEST + 4)).expect_err("ended");
    assert_eq!(error.root_cause().to_string(), "enough");
}

#[test]
fn steps_stay_in_a_table_that_others_see() {
    let text = guest(FEWEST, FEWEST + 3);
    assert!(has_jumps(&text));
    let end = |more: &str| format!("{} {more})", text.trim_end().strip_suffix(')').expect("a module"));
    let others = [
        ("few of them", guest(FEWEST - 3, FEWEST + 3)),
        ("a table that is exported", text.replace("$steps ", "$steps (export \"t\") ")),
        ("one that grows", end("(func (drop (table.grow $steps (ref.null func) (i32.const 1))))")),
        ("one that is read", end("(func (drop (table.get $steps (i32.const 1))))")),
        ("one that is written", end("(func (table.set $steps (i32.const 1) (ref.null func)))")),
        ("another table", end("(table 1 funcref)")),
        ("places given twice", end("(elem (i32.const 2) func $s3)")),
        ("a segment that is put there later", end("(elem func $s3)")),
        ("functions as expressions", end("(elem (i32.const 0) funcref (ref.func $s1))")),
        ("tail calls", end("(func (result i32) (return_call_indirect (type $step) (i32.const 1)))")),
        ("a table that is full from the start", text.replace("funcref)", "funcref (ref.func $s1))")),
        ("no trampoline", text.replace("(loop (br_if", "(loop (nop) (br_if")),
    ];
    for (what, text) in others {
        assert!(!has_jumps(&text), "{what}");
    }
}

#[test]
fn a_segment_beyond_the_table_fails_as_it_did() {
    let text = guest(FEWEST, FEWEST + 3).replace("(elem (i32.const 1)", "(elem (i32.const -9)");
    let engine = test_engine();
    let wasm = wat::parse_str(text).expect("valid text");
    let woven = weave(&wasm, &Known::default(), Tier::Optimized).expect("checks");
    let trap_of = |wasm: &[u8]| {
        let module = wasmtime::Module::new(&engine, wasm).expect("valid");
        let mut store = wasmtime::Store::new(&engine, ());
        store.set_fuel(1000).expect("fuel is counted");
        wasmtime::Instance::new(&mut store, &module, &[]).expect_err("it fails").to_string()
    };
    assert_eq!(trap_of(&woven), trap_of(&wasm));
}
