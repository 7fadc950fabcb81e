//! The calls of a trampoline, one after the other.
//!
//! # Note [Chains]
//!
//! What a step gives stands in its code more often than not: it evaluates something, calls a function, goes on in another part of its
//! own; there is one such index, or a few. So behind its call the trampoline compares what came with these, and jumps to
//! the call of the next, of which the processor knows beforehand where it is. The calls stand in such an order that the next comes later,
//! since blocks can be left forwards only. On a cycle that cannot be for all: behind the last one stand, in a
//! loop, those that lead back to it once more. A chain takes no longer than the calls behind it; a loop goes to the head of the
//! trampoline, where is asked whether it may go on, as often as that asks.
//!
//! What is found in the code need not be true, for what a step has given is compared. It is made for few comparisons: what many steps
//! give beside something else are GHC's ways to collect garbage.

use wasm_encoder::{BlockType, Instruction as I};

use super::super::body::Weaver;
use super::super::reader::Shape;
use super::super::writer::index;

/// How many indices are compared with what a step gives.
const MOST_NEXT: usize = 2;
/// Which part of all steps may give an index, so that it is still compared where there are others.
const POPULAR: usize = 64;
/// How many steps may lead back in a loop.
const MOST_BACK: usize = 3;
/// How many places of the table may be jumped to in vain.
const FEW: u32 = 64;

/// Which steps follow which. Steps are numbers here, from 0 on.
pub(super) struct Chains {
    /// All of them, in the order of their calls.
    order: Vec<usize>,
    /// Those that may follow each, the likely one first.
    next: Vec<Vec<usize>>,
}

impl Chains {
    /// Of `functions`, of which the first has the index `first`.
    pub(super) fn of(shape: &Shape<'_>, first: u32, functions: &[Option<u32>]) -> Self {
        let gives = |function: &Option<u32>| {
            let place = (*function)? as usize;
            Some(&shape.facts.get(place.checked_sub(shape.imported)?)?.gives)
        };
        let step = |index: &u32| {
            let step = index.checked_sub(first)? as usize;
            functions.get(step)?.map(|_| step)
        };
        let next =
            functions.iter().map(|function| gives(function).into_iter().flatten().filter_map(step).collect());
        let next = likely(next.collect());
        let is_step = functions.iter().map(Option::is_some);
        Self { order: order(is_step.collect(), &next), next }
    }

    /// The steps that lead from one to another, the latter left out, if they are few and all `may` be there.
    fn way(&self, from: usize, to: usize, may: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
        let mut ways = vec![Vec::new()];
        if from == to {
            return ways.pop();
        }
        ways[0].push(from);
        for _ in 0..MOST_BACK {
            let mut longer = Vec::new();
            for way in ways {
                for next in way.last().map_or(&[][..], |last| &self.next[*last]) {
                    if *next == to {
                        return Some(way);
                    }
                    if may(*next) && !way.contains(next) {
                        longer.push([&way[..], &[*next]].concat());
                    }
                }
            }
            ways = longer;
        }
        None
    }
}

/// The same without what is hardly ever next, the likely one first.
fn likely(mut next: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let mut popularity = vec![0_usize; next.len()];
    for step in next.iter().filter(|steps| steps.len() > 1).flatten() {
        popularity[*step] += 1;
    }
    let most = next.len() / POPULAR;
    for steps in next.iter_mut().filter(|steps| steps.len() > 1) {
        steps.retain(|step| popularity[*step] <= most);
        steps.sort_by_key(|step| popularity[*step]);
        steps.truncate(MOST_NEXT);
    }
    next
}

/// All steps, in an order in which those that may follow one come behind it wherever that can be.
fn order(is_step: Vec<bool>, next: &[Vec<usize>]) -> Vec<usize> {
    let mut is_to_come = is_step;
    let mut order = Vec::new();
    let mut stack = Vec::new();
    for root in 0..is_to_come.len() {
        if std::mem::take(&mut is_to_come[root]) {
            stack.push((root, 0));
        }
        // Depth first, on a stack of our own; backwards, they are in order.
        while let Some((step, number)) = stack.pop() {
            let Some(follower) = next[step].get(number) else {
                order.push(step);
                continue;
            };
            stack.push((step, number + 1));
            if std::mem::take(&mut is_to_come[*follower]) {
                stack.push((*follower, 0));
            }
        }
    }
    order.reverse();
    order
}

/// Writes the calls of a trampoline.
pub(super) struct Calls<'c, 'w, 'a, 'b> {
    weaver: &'w mut Weaver<'a, 'b>,
    chains: &'c Chains,
    functions: &'c [Option<u32>],
    first: u32,
    /// The local with the index of the next.
    local: u32,
    /// For each step the number of its call.
    calls: Vec<u32>,
    count: u32,
}

impl<'c, 'w, 'a, 'b> Calls<'c, 'w, 'a, 'b> {
    /// Of `functions`, of which the first has the index `first`, inside a loop; the index of the next is in `local`.
    pub(super) fn new(
        weaver: &'w mut Weaver<'a, 'b>,
        chains: &'c Chains,
        functions: &'c [Option<u32>],
        first: u32,
        local: u32,
    ) -> Self {
        let count = index(chains.order.len());
        // What is no step is behind all of them.
        let mut calls = vec![count; functions.len()];
        for (number, step) in (0..count).zip(&chains.order) {
            calls[*step] = number;
        }
        Self { weaver, chains, functions, first, local, calls, count }
    }

    /// All of them. What comes then is for other indices.
    pub(super) fn write(mut self) {
        let Self { local, first, count, .. } = self;
        self.weaver.add((0..=count).map(|_| I::Block(BlockType::Empty)));
        self.weaver.add([I::LocalGet(local)]);
        // A few places more in the table of jumps cost less than a subtraction.
        let few = if first > FEW { 0 } else { first };
        self.weaver.add(
            (few < first).then_some([I::I32Const(first.cast_signed()), I::I32Sub]).into_iter().flatten(),
        );
        let calls = [&vec![count; few as usize], &self.calls[..]].concat();
        self.weaver.add([I::BrTable(calls.as_slice().into(), count), I::End]);
        for (number, step) in (0..count).zip(&self.chains.order) {
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
        let is_before = |step: usize| self.calls[step] <= number;
        let before = self.chains.next[step].iter().copied().filter(|step| is_before(*step));
        before.filter_map(|from| self.chains.way(from, step, is_before)).collect()
    }

    fn call(&mut self, step: usize) {
        self.weaver.add(self.functions[step].map(I::Call));
        self.weaver.add([I::LocalSet(self.local)]);
    }

    /// Goes on with what follows `step` behind the call `number`, from so many blocks inside it.
    fn go_on(&mut self, number: u32, step: usize, depth: u32) {
        let chains = self.chains;
        for follower in &chains.next[step] {
            let call = self.calls[*follower];
            if call > number {
                self.compare(*follower);
                self.weaver.add([I::I32Eq, I::BrIf(call - number - 1 + depth)]);
            }
        }
    }

    /// What a comparison of the next with `step` is made with.
    fn compare(&mut self, step: usize) {
        let number = (self.first + index(step)).cast_signed();
        self.weaver.add([I::LocalGet(self.local), I::I32Const(number)]);
    }
}

#[cfg(test)]
mod tests;
