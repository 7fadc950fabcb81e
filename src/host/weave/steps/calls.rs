//! The calls of a trampoline, one after the other: see Note [Chains] in [`super::chains`].

use std::slice;

use wasm_encoder::{BlockType, Instruction as I};

use super::super::body::Weaver;
use super::super::index::index;
use super::Steps;

/// How many places of the table may be jumped to in vain.
const FEW: u32 = 64;

/// Writes the calls of a trampoline.
pub(super) struct Calls<'c, 'w, 'a, 'b> {
    weaver: &'w mut Weaver<'a, 'b>,
    steps: &'c Steps,
    /// The local with the index of the next.
    local: u32,
    /// For each step the number of its call.
    numbers: Vec<u32>,
    count: u32,
}

impl<'c, 'w, 'a, 'b> Calls<'c, 'w, 'a, 'b> {
    /// Of `steps`, inside a loop; the index of the next is in `local`.
    pub(super) fn new(weaver: &'w mut Weaver<'a, 'b>, steps: &'c Steps, local: u32) -> Self {
        // What is no step is behind all of them.
        let numbers = steps.chains.numbers().into_iter().map(index).collect();
        let count = index(steps.chains.order.len());
        Self { weaver, steps, local, numbers, count }
    }

    /// All of them. What comes then is for other indices.
    pub(super) fn write(mut self) {
        let Self { steps, local, count, .. } = self;
        let first = steps.first;
        self.weaver.add((0..=count).map(|_| I::Block(BlockType::Empty)));
        self.weaver.add([I::LocalGet(local)]);
        // A few places more in the table of jumps cost less than a subtraction.
        let few = if first > FEW { 0 } else { first };
        self.weaver.add(
            (few < first).then_some([I::I32Const(first.cast_signed()), I::I32Sub]).into_iter().flatten(),
        );
        let calls = [&vec![count; few as usize], &self.numbers[..]].concat();
        self.weaver.add([I::BrTable(calls.as_slice().into(), count), I::End]);
        for (number, step) in (0..count).zip(&steps.chains.order) {
            self.links(number, *step);
            self.weaver.add([I::Br(count - number), I::End]);
        }
    }

    /// The call of `step`, which is `number`, or of the ring that it begins, and jumps to those that follow.
    fn links(&mut self, number: u32, step: usize) {
        let steps = self.steps;
        let ring = steps.ring(step);
        let function = ring.map(|(function, _)| function).or(steps.functions[step]);
        self.weaver.add(function.map(I::Call));
        self.weaver.add([I::LocalSet(self.local)]);
        let called = ring.map_or(slice::from_ref(&step), |(_, ring)| ring);
        for follower in called.iter().flat_map(|step| &steps.chains.next[*step]) {
            let call = self.numbers[*follower];
            if call > number {
                self.compare(*follower);
                self.weaver.add([I::BrIf(call - number - 1)]);
            }
        }
    }

    /// Whether the next is `step`.
    fn compare(&mut self, step: usize) {
        let number = (self.steps.first + index(step)).cast_signed();
        self.weaver.add([I::LocalGet(self.local), I::I32Const(number), I::I32Eq]);
    }
}
