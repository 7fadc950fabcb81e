//! A function with checks.

use std::ops::Range;

use wasm_encoder::{BlockType, Encode, Instruction as I};
use wasmparser::{Operator, Result};

use super::reader::Shape;

/// How many turns of a loop are paid for at once: a power of two.
pub(super) const STRIDE: i32 = 16;
/// The price of an operation on memory, which may be a long one.
const BULK: i32 = 256;

/// What checks use.
pub(super) struct Means {
    /// The global with the budget.
    pub budget: u32,
    /// The function that asks for another.
    pub ask: u32,
}

/// Code from `at` on in the new body was copied from `from` in the file, so many bytes of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub at: usize,
    pub from: usize,
    pub length: usize,
}

/// A new body.
#[derive(Default)]
pub(super) struct Body {
    pub bytes: Vec<u8>,
    pub origins: Vec<Origin>,
    /// Where in it are branches that are rarely taken.
    pub rare: Vec<usize>,
}

/// The function at `place` with its checks, if it needs any.
pub(super) fn body(
    shape: &Shape<'_>,
    means: &Means,
    place: usize,
    checks_entry: bool,
) -> Result<Option<Body>> {
    if !checks_entry && !shape.facts[place].takes_time {
        return Ok(None);
    }
    let old = &shape.bodies[place];
    let mut locals = old.get_locals_reader()?;
    let (groups, mut counter) = (locals.get_count(), shape.params(place));
    let from = locals.original_position();
    for _ in 0..groups {
        counter += locals.read()?.0;
    }
    let mut weaver = Weaver { shape, means, counter, body: Body::default() };
    (groups + 1).encode(&mut weaver.body.bytes);
    weaver.copy(from..locals.original_position());
    // One more local, an i32.
    weaver.body.bytes.extend([1, 0x7F]);
    weaver.body.origins.clear();
    if checks_entry {
        weaver.charge(1);
    }
    weaver.operators(old)?;
    Ok(Some(weaver.body))
}

struct Weaver<'a, 'b> {
    shape: &'b Shape<'a>,
    means: &'b Means,
    counter: u32,
    body: Body,
}

impl Weaver<'_, '_> {
    fn operators(&mut self, old: &wasmparser::FunctionBody<'_>) -> Result<()> {
        let mut reader = old.get_operators_reader()?;
        let mut from = reader.original_position();
        while !reader.eof() {
            let at = reader.original_position();
            match reader.read()? {
                Operator::Loop { .. } => {
                    let inside = reader.original_position();
                    self.copy(from..inside);
                    from = inside;
                    self.turn();
                }
                Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } => {
                    self.copy(from..at);
                    from = at;
                    self.charge(BULK);
                }
                // The host may want the guest to give way at once: see `ask_next` in `super::super::checks`.
                Operator::Call { function_index } if (function_index as usize) < self.shape.imported => {
                    let after = reader.original_position();
                    self.copy(from..after);
                    from = after;
                    self.charge(1);
                }
                _ => {}
            }
        }
        self.copy(from..reader.original_position());
        Ok(())
    }

    fn add<'i>(&mut self, instructions: impl IntoIterator<Item = I<'i>>) {
        for instruction in instructions {
            instruction.encode(&mut self.body.bytes);
        }
    }

    /// An `if` whose condition is rarely true.
    fn rarely(&mut self) {
        self.body.rare.push(self.body.bytes.len());
        self.add([I::If(BlockType::Empty)]);
    }

    /// Takes from the budget, and asks for another where it is spent.
    fn charge(&mut self, price: i32) {
        let &Means { budget, ask } = self.means;
        self.add([I::GlobalGet(budget), I::I32Const(price), I::I32Sub, I::GlobalSet(budget)]);
        self.add([I::GlobalGet(budget), I::I32Const(0), I::I32LtS]);
        self.rarely();
        self.add([I::Call(ask), I::GlobalSet(budget), I::End]);
    }

    /// Counts a turn of a loop. One counter serves all loops of a function.
    fn turn(&mut self) {
        let counter = self.counter;
        self.add([I::LocalGet(counter), I::I32Const(1), I::I32Add, I::LocalTee(counter)]);
        self.add([I::I32Const(STRIDE - 1), I::I32And, I::I32Eqz]);
        self.rarely();
        self.charge(STRIDE);
        self.add([I::End]);
    }

    fn copy(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.body.origins.push(Origin {
                at: self.body.bytes.len(),
                from: range.start,
                length: range.len(),
            });
            self.body.bytes.extend(&self.shape.wasm[range]);
        }
    }
}
