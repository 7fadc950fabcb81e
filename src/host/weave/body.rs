//! A function with checks.

use std::ops::Range;

use wasm_encoder::{BlockType, Encode, Instruction as I};
use wasmparser::{BlockType as Kind, Operator, Result};

use super::index::index;
use super::keep::{Keepers, Kept};
use super::post::end_eras;
use super::reader::{Shape, Trampoline};
use super::steps::Steps;

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
    /// The first of those that are called in place of imports.
    pub stand_ins: u32,
    /// What is called by a jump.
    pub steps: Option<Steps>,
    /// The global with what a trampoline calls next.
    pub next: u32,
    /// What calls checks for loops.
    pub keepers: Keepers,
}

impl Means {
    /// The function that is called where `function` was.
    pub(super) fn called(&self, shape: &Shape<'_>, function: u32) -> u32 {
        shape.stand_in(function).map_or(function, |place| self.stand_ins + index(place))
    }
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
    let (groups, mut counter) = (locals.get_count(), index(shape.param_types(shape.imported + place).len()));
    let from = locals.original_position();
    for _ in 0..groups {
        counter = counter.saturating_add(locals.read()?.0);
    }
    let mut weaver = Weaver::new(shape, means, counter);
    (groups + 1).encode(&mut weaver.body.bytes);
    weaver.copy(from..locals.original_position());
    // One more local, an i32.
    weaver.body.bytes.extend([1, 0x7F]);
    weaver.body.origins.clear();
    if checks_entry {
        weaver.charge_before(1, None, &shape.facts[place].on_entry);
    }
    weaver.operators(old, &shape.facts[place].in_loops)?;
    Ok(Some(weaver.body))
}

/// Writes a body.
pub(super) struct Weaver<'a, 'b> {
    pub(super) shape: &'b Shape<'a>,
    means: &'b Means,
    /// The local that counts turns.
    counter: u32,
    pub(super) body: Body,
}

impl<'a, 'b> Weaver<'a, 'b> {
    /// Of an empty one.
    pub(super) fn new(shape: &'b Shape<'a>, means: &'b Means, counter: u32) -> Self {
        Self { shape, means, counter, body: Body::default() }
    }

    fn operators(&mut self, old: &wasmparser::FunctionBody<'_>, in_loops: &[Kept]) -> Result<()> {
        let mut in_loops = in_loops.iter();
        let mut reader = old.get_operators_reader()?;
        let mut from = reader.original_position();
        let mut head = None;
        while !reader.eof() {
            let at = reader.original_position();
            match reader.read()? {
                Operator::Loop { blockty } => {
                    let kept = in_loops.next();
                    let found = Trampoline::read(&reader).filter(|_| !self.shape.tables.are_wide);
                    let found = found.map(|found| (self.is_step(found.ty), found));
                    if let (Some((true, Trampoline { local, call, end: Some(end), .. })), Kind::Empty) =
                        (&found, blockty)
                        && self.means.steps.as_ref().is_some_and(Steps::can_go_on)
                    {
                        self.copy(from..at);
                        self.trampoline(*local, call);
                        while reader.original_position() < *end {
                            reader.read()?;
                        }
                        from = *end;
                        continue;
                    }
                    let inside = reader.original_position();
                    self.copy(from..inside);
                    from = inside;
                    match found {
                        Some((is_step, Trampoline { local, .. })) => {
                            head = is_step.then_some(local);
                            self.turn(Some(local), None);
                        }
                        None => self.turn(None, kept),
                    }
                }
                Operator::CallIndirect { type_index, .. } if self.is_step(type_index) => {
                    let after = reader.original_position();
                    self.copy(from..at);
                    from = after;
                    self.step(head.take(), at..after);
                }
                Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } => {
                    self.copy(from..at);
                    from = at;
                    self.charge(BULK);
                }
                Operator::Call { function_index } if (function_index as usize) < self.shape.imported => {
                    let after = reader.original_position();
                    self.copy(from..at);
                    from = after;
                    self.import(function_index as usize, at..after);
                }
                _ => {}
            }
        }
        self.copy(from..reader.original_position());
        Ok(())
    }

    fn is_step(&self, ty: u32) -> bool {
        self.means.steps.is_some() && self.shape.asking.contains(&ty)
    }

    /// Calls a step as the instruction at `call` does; `head` has the local with its index, if a trampoline calls it.
    fn step(&mut self, head: Option<u32>, call: Range<usize>) {
        let Some(steps) = &self.means.steps else { return self.copy(call) };
        // All of it is where the call was.
        self.origin(&(call.start..call.start + 1));
        match head {
            Some(local) => {
                self.add([I::Drop, I::Block(BlockType::Result(wasm_encoder::ValType::I32))]);
                steps.call(self, local);
                self.add([I::End]);
            }
            None => self.add([I::Call(steps.dispatcher)]),
        }
    }

    /// The loop that calls the step whose index is in `local`, by the instruction at `call`, until it is 0; its end comes after. That it
    /// is 0 is found out where no step is: a jump to one costs nothing more.
    fn trampoline(&mut self, local: u32, call: &Range<usize>) {
        let Some(steps) = &self.means.steps else { return };
        let called = [I::LocalGet(local), I::CallIndirect { type_index: steps.ty, table_index: 0 }];
        self.origin(&(call.start..call.start + 1));
        // It is not known that the loop is not entered with 0.
        self.add([I::LocalGet(local), I::I32Eqz, I::If(BlockType::Empty)]);
        self.add(called.clone());
        self.add([I::LocalSet(local), I::End]);
        // The check is in a loop around the loop: where the two ways from a check meet, everything would have to be in its place.
        self.add([I::Loop(BlockType::Empty), I::LocalGet(self.counter)]);
        self.rarely();
        self.charge_before(STRIDE, Some(local), &Kept::default());
        self.add([I::End, I::Loop(BlockType::Empty)]);
        self.count();
        self.body.rare.push(self.body.bytes.len());
        self.add([I::BrIf(1)]);
        steps.go_on(self, local);
        self.add([I::LocalGet(local), I::If(BlockType::Empty)]);
        self.add(called);
        self.add([I::LocalTee(local), I::BrIf(1), I::End, I::End]);
    }

    /// Calls an import, as the instruction at `call` does.
    fn import(&mut self, function: usize, call: Range<usize>) {
        if self.shape.identities.iter().any(|identity| *identity as usize == function) {
            return;
        }
        let called = self.means.called(self.shape, index(function));
        if called != index(function) {
            self.origin(&call);
            return self.add([I::Call(called)]);
        }
        self.copy(call);
        if self.shape.may_print[function] && !self.shape.stand_ins.is_empty() {
            end_eras(self);
        }
        // The host may want the guest to give way at once: see `ask_next` in `super::super::checks`.
        self.charge(1);
    }

    /// Calls an import with the parameters of the function that stands in for it, and ends that.
    pub(super) fn call_import(&mut self, function: u32) {
        let count = self.shape.param_types(function as usize).len();
        self.add((0..index(count)).map(I::LocalGet));
        self.add([I::Call(function)]);
        self.charge(1);
        self.add([I::End]);
    }

    pub(super) fn add<'i>(&mut self, instructions: impl IntoIterator<Item = I<'i>>) {
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
    pub(super) fn charge(&mut self, price: i32) {
        self.charge_before(price, None, &Kept::default());
    }

    /// The same, and says in what local the next function is. What the host puts in its place shifts the turn that asks next: a
    /// profile of a cycle of calls would see the same one of them each time. What is `kept`: see Note [Kept locals].
    fn charge_before(&mut self, price: i32, next_function: Option<u32>, kept: &Kept) {
        let &Means { budget, ask, next, ref keepers, .. } = self.means;
        self.add([I::GlobalGet(budget), I::I32Const(price), I::I32Sub, I::GlobalSet(budget)]);
        self.add([I::GlobalGet(budget), I::I32Const(0), I::I32LtS]);
        self.rarely();
        if let Some(local) = next_function {
            self.add([I::LocalGet(local), I::GlobalSet(next)]);
        }
        match keepers.keeper(kept) {
            None => self.add([I::Call(ask), I::GlobalSet(budget)]),
            Some(keeper) => {
                self.add(kept.locals.iter().copied().map(I::LocalGet));
                self.add([I::Call(keeper)]);
                self.add(kept.locals.iter().rev().copied().map(I::LocalSet));
            }
        }
        if next_function.is_some() {
            let counter = self.counter;
            // Never as far as the next check: it has to go on.
            self.add([I::GlobalGet(next), I::I32Const(STRIDE / 2 - 1), I::I32And, I::LocalSet(counter)]);
            self.add([I::I32Const(0), I::GlobalSet(next)]);
        }
        self.add([I::End]);
    }

    /// Counts a turn of a loop. One counter serves all loops of a function.
    fn turn(&mut self, next_function: Option<u32>, kept: Option<&Kept>) {
        self.count();
        self.rarely();
        self.charge_before(STRIDE, next_function, kept.unwrap_or(&Kept::default()));
        self.add([I::End]);
    }

    /// Counts a turn, and says whether it is one with a check.
    fn count(&mut self) {
        self.add([I::LocalGet(self.counter), I::I32Const(1), I::I32Add, I::LocalTee(self.counter)]);
        self.add([I::I32Const(STRIDE - 1), I::I32And, I::I32Eqz]);
    }

    pub(super) fn copy(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.origin(&range);
            self.body.bytes.extend(&self.shape.wasm[range]);
        }
    }

    /// What is written next comes from `range`.
    fn origin(&mut self, range: &Range<usize>) {
        self.body.origins.push(Origin { at: self.body.bytes.len(), from: range.start, length: range.len() });
    }
}
