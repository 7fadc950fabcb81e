//! Calls of checks that keep nothing waiting.
//!
//! # Note [Kept locals]
//!
//! What a function still wants after a call cannot stay in most registers, and the register allocator makes room in the whole loop for
//! a call that happens once in a thousand turns. So the locals that a loop wants are given to a check and taken
//! back: what was in registers ends with the call, and what comes back is another value. The check is called by a *keeper*, a function
//! of ours that gives back what it gets; there is one for each kind of list.

use std::collections::BTreeSet;

use wasm_encoder::{Encode, Function, Instruction as I};
use wasmparser::ValType;

use super::index::index;

/// What does not fit in registers is better kept where it is.
const MOST: usize = 12;

/// The types of what can be kept, in the order in which it is given, and how they are written.
pub(super) const TYPES: [(ValType, u8); 4] =
    [(ValType::I32, 0x7F), (ValType::I64, 0x7E), (ValType::F32, 0x7D), (ValType::F64, 0x7C)];

/// How many locals of each type.
type Kind = [usize; TYPES.len()];

/// What one check keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    kind: Kind,
    /// The locals, in the order in which the keeper takes them.
    pub(super) locals: Vec<u32>,
}

impl Kept {
    /// What can be kept of `locals`, which are of the `types` of a function's.
    pub(super) fn of(locals: &[u32], types: &[ValType]) -> Self {
        let mut kept = Self::default();
        for ((ty, _), count) in TYPES.iter().zip(&mut kept.kind) {
            let of_type = locals.iter().filter(|local| types.get(**local as usize) == Some(ty));
            let before = kept.locals.len();
            kept.locals.extend(of_type.copied().take(MOST - before));
            *count = kept.locals.len() - before;
        }
        kept
    }
}

/// The keepers of a module.
pub(super) struct Keepers {
    /// The function that is the first.
    first: u32,
    kinds: Vec<Kind>,
}

impl Keepers {
    /// For all that is kept in a module. The first is to have the index given.
    pub(super) fn new<'a>(first: u32, kept: impl Iterator<Item = &'a Kept>) -> Self {
        let kinds: BTreeSet<Kind> =
            kept.filter(|kept| !kept.locals.is_empty()).map(|kept| kept.kind).collect();
        Self { first, kinds: kinds.into_iter().collect() }
    }

    /// The function that keeps this, if it is anything.
    pub(super) fn keeper(&self, kept: &Kept) -> Option<u32> {
        let place = self.kinds.binary_search(&kept.kind).ok()?;
        Some(self.first + index(place))
    }

    pub(super) fn count(&self) -> usize {
        self.kinds.len()
    }

    /// Their types, as they stand in a module.
    pub(super) fn types(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for kind in &self.kinds {
            let list: Vec<u8> = list(kind).collect();
            bytes.push(0x60);
            list.encode(&mut bytes);
            list.encode(&mut bytes);
        }
        bytes
    }

    /// The functions, each with the check that `ask` makes for the global `budget`.
    pub(super) fn functions(&self, ask: u32, budget: u32) -> Vec<Function> {
        let function = |kind: &Kind| {
            let mut function = Function::new([]);
            function.instruction(&I::Call(ask)).instruction(&I::GlobalSet(budget));
            for place in 0..list(kind).count() {
                function.instruction(&I::LocalGet(index(place)));
            }
            function.instruction(&I::End);
            function
        };
        self.kinds.iter().map(function).collect()
    }
}

fn list(kind: &Kind) -> impl Iterator<Item = u8> {
    kind.iter().zip(TYPES).flat_map(|(count, (_, byte))| std::iter::repeat_n(byte, *count))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::super::tests::{instantiate, outcome_with, test_engine};
    use super::super::{Known, weave};
    use crate::host::tier::Tier;

    /// Counts down with locals of every type, more than are kept.
    fn guest() -> String {
        let (mut steps, mut sum) = (String::new(), "(i32.const 0)".to_owned());
        for (number, ty) in ["i32", "i64", "f32", "f64"].iter().cycle().take(24).enumerate() {
            let local = number + 1;
            let one = if ty.starts_with('i') { local } else { 2 * local };
            write!(steps, "(local.set {local} ({ty}.add (local.get {local}) ({ty}.const {one})))")
                .expect("written");
            sum = format!(
                "(i32.add (i32.mul (i32.const 31) {sum}) {})",
                match *ty {
                    "i32" => format!("(local.get {local})"),
                    "i64" => format!("(i32.wrap_i64 (local.get {local}))"),
                    ty => format!("(i32.trunc_{ty}_s (local.get {local}))"),
                }
            );
        }
        let types = "i32 i64 f32 f64 ".repeat(6);
        format!(
            r#"(module
                (func (export "run") (param i32) (result i32) (local {types} externref)
                    (loop {steps}
                        (br_if 0 (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))
                    {sum})
                (func $down (export "down") (param i32) (result i32) (if (result i32) (i32.eqz (local.get 0))
                    (then (i32.const 1)) (else (i32.add (local.get 0) (call $down (i32.sub (local.get 0) (i32.const 1))))))))"#
        )
    }

    #[test]
    fn what_is_kept_comes_back() {
        let engine = test_engine();
        let wasm = wat::parse_str(guest()).expect("valid text");
        let woven = weave(&wasm, &Known::default(), Tier::Optimized).expect("checks");
        let (mut before, old) = instantiate(&engine, &wasm, 0, 0);
        for budget in [0, 1, 1000] {
            let (mut store, new) = instantiate(&engine, &woven, budget, u32::MAX);
            for (name, param) in [("run", 1000), ("run", 5), ("down", 90)] {
                let expected = outcome_with(&mut before, &old, name, param, None);
                assert_eq!(outcome_with(&mut store, &new, name, param, None), expected, "{name}");
            }
            assert!(*store.data() < u32::MAX, "nothing was asked");
        }
    }
}
