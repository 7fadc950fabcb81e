//! Damaged modules: whatever happens to a file on its way, reading it ends with a module or with an error in words.

mod common;

use std::fmt::Write;

use common::section_of;
use hs_wasm::host::bulk::in_pieces;
use hs_wasm::host::inspect::inspect;
use hs_wasm::host::module::{Code, Module};
use hs_wasm::host::tier::Tier;
use hs_wasm::host::weave::weave;
use hs_wasm::jsffi::link::{Linked, snippets_of};

/// How many damaged modules are read. It takes a second.
const READ: usize = 30_000;
/// Every so many of them is compiled and linked as well.
const COMPILED: usize = 60;

/// A small generator of numbers, the same ones each time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("it is below a usize")
    }
}

/// What a module of GHC has: externrefs in types, locals and results, code, names, exports, records of snippets.
fn whole() -> Vec<u8> {
    let wat = r#"(module $m
        (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
        (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
        (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
        (import "ghc_wasm_jsffi" "f" (func $f (param externref i32 i64 f32 f64) (result externref)))
        (import "ghc_wasm_jsffi" "g" (func $g (param f64)))
        (memory (export "memory") 1)
        (table 2 funcref)
        (elem (i32.const 0) $run $run)
        (global $n (mut i32) (i32.const 7))
        (global (export "constant") i32 (i32.const 7))
        (data (i32.const 16) "data")
        (func $run (export "run") (param externref i32) (result i32) (local externref i64)
            (local.set 2 (call $f (local.get 0) (local.get 1) (local.get 3) (f32.const 1) (f64.const 2)))
            (call_indirect (param externref i32) (result i32) (local.get 2) (local.get 1) (global.get $n)))
        (func (export "_initialize")))"#;
    let mut wasm = wat::parse_str(wat).expect("valid text");
    wasm.extend(section_of(&[["f", "($1,$2,$3,$4,$5)", "[$1,$2,$3,$4,$5]"], ["g", "async ($1)", "g($1)"]]));
    wasm
}

fn damage(wasm: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.below(3) {
        if wasm.is_empty() {
            return;
        }
        // The header is left alone: without it everything ends at once.
        let at = numbers.below(wasm.len()).max(8.min(wasm.len() - 1));
        let byte = u8::try_from(numbers.below(256)).expect("a byte");
        match numbers.below(6) {
            0 => wasm[at] ^= 1 << (byte % 8),
            1 => wasm[at] = byte,
            2 => wasm.insert(at, byte),
            3 => drop(wasm.remove(at)),
            4 => wasm.truncate(at),
            _ => {
                let end = (at + usize::from(byte)).min(wasm.len());
                wasm.extend_from_within(at..end);
            }
        }
    }
}

#[test]
fn a_damaged_module_is_read_or_refused_and_nothing_else() {
    let whole = whole();
    assert!(Module::new(whole.clone(), &Linked::KEPT, Code::default()).and_then(Linked::new).is_ok());
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let (mut read, mut refused) = (0, 0);
    for round in 0..READ {
        let mut wasm = whole.clone();
        damage(&mut wasm, &mut numbers);
        let found = inspect(&wasm, |section| Linked::KEPT.contains(&section))
            .and_then(|inspection| snippets_of(&inspection));
        match &found {
            Ok(_) => read += 1,
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
        if round % COMPILED == 0 {
            // A valid one is compiled; one that only looks valid is refused here at the latest.
            let linked = Module::new(wasm, &Linked::KEPT, Code::default()).and_then(Linked::new);
            assert!(found.is_ok() || linked.is_err());
        }
    }
    assert!(read > READ / 20 && refused > READ / 20, "{read} read, {refused} refused: what was damaged?");
}

/// What checks are woven into: loops, cycles of calls, operations on memory, imports, a trampoline with its steps.
fn computing() -> Vec<u8> {
    let (mut steps, mut names) = (String::new(), String::new());
    for next in 0..70 {
        write!(steps, "(func $s{next} (result i32) (i32.const {next}))").expect("written");
        write!(names, " $s{next}").expect("written");
    }
    let text = format!(
        r#"(module
        (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
        (import "ghc_wasm_jsffi" "post" (func $post (param i32)))
        (type $step (func (result i32)))
        (memory 1) (table 80 80 funcref) (elem (i32.const 1) {names}) {steps}
        (func $trampoline (param i32) (loop (br_if 0 (local.tee 0 (call_indirect (type $step) (local.get 0))))))
        (func $cycle (param i32) (result i32) (local i64 f32) (drop (call $yield)) (call $post (local.get 0))
            (loop (memory.copy (i32.const 0) (i32.const 9) (local.get 0)) (memory.fill (i32.const 0) (i32.const 9) (local.get 0))
                (if (local.get 0) (then (local.set 1 (i64.const 1))) (else (br 1))) (br_if 0 (local.get 0)))
            (call $cycle (local.get 0))))"#
    );
    wat::parse_str(text).expect("valid text")
}

#[test]
fn checks_are_woven_into_a_module_while_it_is_validated() {
    let whole = computing();
    let known = inspect(&whole, |_| false).expect("a module").known;
    let woven = weave(&whole, &known, Tier::Optimized).expect("checks");
    wasmparser::validate(&woven).expect("a valid module");
    assert!(in_pieces(&whole).is_some());
    let mut numbers = Numbers(0x2545_F491_4F6C_DD1D);
    let (mut valid, mut invalid) = (0, 0);
    for _ in 0..READ {
        let mut wasm = whole.clone();
        damage(&mut wasm, &mut numbers);
        let Ok(found) = inspect(&wasm, |_| false) else { continue };
        // Whatever comes of it, it comes without a panic.
        let pieces = in_pieces(&wasm).map(|edits| edits.apply(&wasm));
        let woven = weave(pieces.as_deref().unwrap_or(&wasm), &found.known, Tier::Optimized);
        if wasmparser::validate(&wasm).is_ok() {
            valid += 1;
            assert!(woven.is_none_or(|woven| wasmparser::validate(&woven).is_ok()));
        } else {
            invalid += 1;
        }
    }
    assert!(valid > READ / 50 && invalid > READ / 20, "{valid} valid, {invalid} invalid: what was damaged?");
}
