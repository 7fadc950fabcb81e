//! Which steps follow which.
//!
//! # Note [Chains]
//!
//! What a step gives stands in its code more often than not: it evaluates something, calls a function, goes on in another part of its
//! own; there is one such index, or a few. So behind its call the trampoline compares what came with these, and jumps to
//! the call of the next, of which the processor knows beforehand where it is. The calls stand in such an order that the next comes later,
//! since blocks can be left forwards only. In a circle that cannot be for all of them: see Note [Rings] in [`super::rings`]. So a chain takes no
//! longer than the calls behind it, and needs no check.
//!
//! What is found in the code need not be true, for what a step has given is compared. It is made for few comparisons: what many steps
//! give beside something else are GHC's ways to collect garbage.

use super::super::reader::Shape;

/// How many indices are compared with what a step gives.
const MOST_NEXT: usize = 2;
/// Which part of all steps may give an index, so that it is still compared where there are others.
const POPULAR: usize = 64;
/// How many steps may lead back to one.
pub(super) const MOST_BACK: usize = 3;

/// Which steps follow which. Steps are numbers here, from 0 on.
pub(super) struct Chains {
    /// All of them, in the order of their calls.
    pub(super) order: Vec<usize>,
    /// Those that may follow each, the likely one first.
    pub(super) next: Vec<Vec<usize>>,
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

    /// The place of each in the order of their calls.
    pub(super) fn numbers(&self) -> Vec<usize> {
        let mut numbers = vec![self.order.len(); self.next.len()];
        for (number, step) in self.order.iter().enumerate() {
            numbers[*step] = number;
        }
        numbers
    }

    /// The steps that lead from one to another, the latter left out, if they are few and all `may` be there.
    pub(super) fn way(&self, from: usize, to: usize, may: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_comes_later_but_on_a_cycle() {
        let next = vec![vec![4], vec![0, 2], vec![3], vec![1], vec![], vec![3]];
        let order = order(vec![true; 6], &next);
        let place = |step: usize| order.iter().position(|other| *other == step).expect("all are there");
        let back: Vec<_> = (0..6)
            .flat_map(|step| next[step].iter().map(move |next| (step, *next)))
            .filter(|(step, next)| place(*step) >= place(*next))
            .collect();
        assert_eq!(back.len(), 1, "{order:?}");
        assert_eq!(order.len(), 6);
    }

    #[test]
    fn a_way_back_is_short() {
        let next = (0..9).map(|step| vec![(step + 1) % 9]).collect();
        let chains = Chains { order: Vec::new(), next };
        assert_eq!(chains.way(3, 3, |_| true), Some(vec![]));
        assert_eq!(chains.way(3, 3 + MOST_BACK, |_| true), Some((3..3 + MOST_BACK).collect()));
        assert_eq!(chains.way(3, 4 + MOST_BACK, |_| true), None);
        assert_eq!(chains.way(3, 5, |step| step != 4), None);
    }
}
