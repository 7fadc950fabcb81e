//! Whatever steps give, they are called in the order they were, and who runs for ever asks for ever.

use std::fmt::Write;

use super::super::tests::{instantiate, outcome_with, test_engine};
use super::super::{Known, Origins, weave};
use super::FEWEST;
use super::chains::MOST_BACK;
use crate::host::tier::Tier;

const STEPS: usize = 2 * FEWEST;

/// A small generator of numbers, the same ones each time (xorshift).
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % bound
    }

    /// The index of a step, more often one nearby, so that there are cycles of all lengths. Rarely that of one that traps, or of none.
    fn index(&mut self, step: usize) -> usize {
        match self.below(24) {
            0 => STEPS + 1 + self.below(2),
            1..=6 => 1 + self.below(STEPS),
            _ => (STEPS + step + 5 - self.below(8)) % STEPS + 1,
        }
    }
}

/// A trampoline for steps with these bodies, and one more that traps.
fn guest(body: impl FnMut(usize) -> String) -> String {
    let (mut names, mut functions) = (String::new(), String::new());
    for (step, body) in (0..STEPS).map(body).enumerate() {
        write!(names, " $s{step}").expect("written");
        write!(functions, "(func $s{step} (result i32) {body})").expect("written");
    }
    format!(
        r#"(module
            (type $step (func (result i32)))
            (table {size} funcref)
            (global $sum (mut i32) (i32.const 0))
            (global $dynamic (mut i32) (i32.const 0))
            (global $left (mut i32) (i32.const 0))
            (elem (i32.const 1) func{names} $fails)
            {functions}
            (func $fails (result i32) (unreachable))
            (func (export "run") (param i32) (result i32)
                (global.set $left (local.get 0))
                (local.set 0 (i32.add (i32.const 1) (i32.rem_u (local.get 0) (i32.const {STEPS}))))
                (loop (br_if 0 (local.tee 0 (call_indirect (type $step) (local.get 0)))))
                (global.get $sum))
            (func (export "sum") (param i32) (result i32) (global.get $sum)))"#,
        size = STEPS + 2,
    )
}

/// Steps that give each other in various ways, until so many were called.
fn mesh(seed: u32) -> String {
    let mut numbers = Numbers(seed);
    guest(|step| {
        let [one, other] = [numbers.index(step), numbers.index(step)];
        let condition = format!("(i32.and (global.get $sum) (i32.const {}))", 1 + numbers.below(7));
        let gives = match numbers.below(6) {
            0 => format!("(i32.const {one})"),
            1 => format!("(if {condition} (then (return (i32.const {one})))) (i32.const {other})"),
            2 => format!("(if (result i32) {condition} (then (i32.const {one})) (else (i32.const {other})))"),
            3 => format!("(if {condition} (then (return (i32.const {one})))) (global.get $dynamic)"),
            // What stands there is not what it gives.
            4 => format!(
                "(drop (block (result i32) (i32.const {one}))) (i32.sub (i32.const {other}) (i32.const 1))"
            ),
            _ => "(global.get $dynamic)".to_owned(),
        };
        // A local is zero to begin with, each time; some steps trap on their way.
        let (small, large, locals) = if step % 2 == 0 { (0, 1, "i32 i64") } else { (1, 0, "i64 i32") };
        format!(
            "(local {locals})
            (global.set $sum (i32.add (i32.mul (global.get $sum) (i32.const 31)) (i32.const {step})))
            (global.set $sum (i32.add (global.get $sum) (i32.add (local.get {small}) (i32.wrap_i64 (local.get {large})))))
            (local.set {large} (i64.extend_i32_u (local.tee {small} (global.get $sum))))
            (global.set $dynamic (i32.add (i32.const 1) (i32.rem_u (local.get {small}) (i32.const {STEPS}))))
            (global.set $left (i32.sub (global.get $left) (i32.const 1)))
            (if (i32.eqz (global.get $left)) (then (return (i32.const 0))))
            (if (i32.eqz (i32.rem_u (local.get {small}) (i32.const 997))) (then (unreachable)))
            {gives}"
        )
    })
}

#[test]
fn steps_follow_each_other_as_they_did() {
    let engine = test_engine();
    let mut traps = 0;
    for (seed, tier, budget) in [
        (1, Tier::Optimized, 0),
        (2, Tier::Optimized, 7),
        (3, Tier::Optimized, 1 << 20),
        (4, Tier::Quick, 3),
        (5, Tier::Optimized, 1),
    ] {
        let wasm = wat::parse_str(mesh(seed)).expect("valid text");
        let woven = weave(&wasm, &Known::default(), tier).expect("checks");
        let origins = Origins::of(&wasm, &Known::default(), tier);
        let (mut before, old) = instantiate(&engine, &wasm, 0, 0);
        let (mut after, new) = instantiate(&engine, &woven, budget, u32::MAX);
        for (name, param) in (1..400).flat_map(|left| [("run", 7 * left), ("sum", 0)]) {
            let expected = outcome_with(&mut before, &old, name, param, None);
            assert_eq!(outcome_with(&mut after, &new, name, param, Some(&origins)), expected, "{seed}");
            traps += usize::from(!expected.starts_with('['));
        }
    }
    assert!(traps > 100, "many end in a trap, by far not all because they were led to one: {traps}");
}

#[test]
fn steps_that_follow_each_other_for_ever_ask_for_ever() {
    let engine = test_engine();
    for cycle in [1, 2, MOST_BACK + 1, MOST_BACK + 2, 9] {
        let next = |step| if step < cycle { (step + 1) % cycle } else { step % cycle };
        let wasm =
            wat::parse_str(guest(|step| format!("(i32.const {})", 1 + next(step)))).expect("valid text");
        let woven = weave(&wasm, &Known::default(), Tier::Optimized).expect("checks");
        for entry in [0, cycle + 1] {
            let (mut store, instance) = instantiate(&engine, &woven, 1000, 5);
            let param = i32::try_from(entry).expect("small");
            let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
            let error = run.call(&mut store, param).expect_err("ended");
            assert_eq!(error.root_cause().to_string(), "enough", "{cycle} steps, entered at {entry}");
        }
    }
}
