//! The calls of a trampoline, one after the other: see Note [Chains] in [`super::chains`].

use wasm_encoder::{BlockType, Instruction as I};

use super::super::body::Weaver;
use super::super::writer::index;
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
        let order = &steps.chains.order;
        let count = index(order.len());
        // What is no step is behind all of them.
        let mut numbers = vec![count; steps.functions.len()];
        for (number, step) in (0..count).zip(order) {
            numbers[*step] = number;
        }
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

    /// The call of `step`, which is `number`, and jumps to those that follow.
    fn links(&mut self, number: u32, step: usize) {
        let ways = self.ways_back(number, step);
        if ways.is_empty() {
            self.call(step);
            return self.go_on(number, step, 0);
        }
        self.weaver.add([I::Loop(BlockType::Empty)]);
        self.call(step);
        self.go_on(number, step, 1);
        for way in ways {
            let ends = [&way[..], &[step]].concat();
            self.compare(ends[0]);
            self.weaver.add([I::I32Eq, I::If(BlockType::Empty)]);
            let head = self.count - number + 2;
            self.weaver.count_or_leave(head);
            for (step, follower) in way.iter().zip(&ends[1..]) {
                self.call(*step);
                self.go_on(number, *step, 2);
                self.compare(*follower);
                self.weaver.add([I::I32Ne, I::BrIf(head)]);
            }
            self.weaver.add([I::Br(1), I::End]);
        }
        self.weaver.add([I::End]);
    }

    /// The ways to `step` from those that follow it but stand before it.
    fn ways_back(&self, number: u32, step: usize) -> Vec<Vec<usize>> {
        let is_before = |step: usize| self.numbers[step] <= number;
        let before = self.steps.chains.next[step].iter().copied().filter(|step| is_before(*step));
        before.filter_map(|from| self.steps.chains.way(from, step, is_before)).collect()
    }

    fn call(&mut self, step: usize) {
        self.weaver.add(self.steps.functions[step].map(I::Call));
        self.weaver.add([I::LocalSet(self.local)]);
    }

    /// Goes on with what follows `step` behind the call `number`, from so many blocks inside it.
    fn go_on(&mut self, number: u32, step: usize, depth: u32) {
        let steps = self.steps;
        for follower in &steps.chains.next[step] {
            let call = self.numbers[*follower];
            if call > number {
                self.compare(*follower);
                self.weaver.add([I::I32Eq, I::BrIf(call - number - 1 + depth)]);
            }
        }
    }

    /// What a comparison of the next with `step` is made with.
    fn compare(&mut self, step: usize) {
        let number = (self.steps.first + index(step)).cast_signed();
        self.weaver.add([I::LocalGet(self.local), I::I32Const(number)]);
    }
}
