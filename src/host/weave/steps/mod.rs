//! Calls of GHC's steps by a table of jumps.
//!
//! # Note [Steps]
//!
//! GHC's code is thousands of functions `() -> i32`, each of which gives the index of the next in the table, and a loop
//! that calls them, the trampoline. A call through a table looks whether the index is in the table, whether the
//! function has been put there, and whether its type is the right one; and wasmtime makes for each function of a table a way in for
//! the host, a quarter of all machine code. If nobody else can see the table, then what an index stands for is known here, and a
//! jump to the direct call of just that function does the same. So the functions of that type leave the table; what is left there
//! traps as it did. In the trampoline the jump stands in the loop, and each call goes on at the loop's head: that there is no next, an index of 0, is
//! found out where all else is that is no step, and by no jump where it is known which step is next (Note [Chains] in [`chains`]). Other calls
//! of that type call a function of ours, the dispatcher.

mod calls;
mod chains;
mod rings;

use std::collections::BTreeMap;
use std::iter;

use wasm_encoder::{BlockType, Encode, Instruction as I};
use wasmparser::Result;

use self::calls::Calls;
use self::chains::Chains;
use super::body::{Body, Means, Weaver};
use super::index::index;
use super::reader::{Segment, Shape, Tables};

/// Fewer functions are not worth it.
const FEWEST: usize = 64;
/// How many places of the table one dispatcher knows: the time to compile a jump grows with the square of its targets.
const PART: usize = 1024;
/// What is further behind in the table stays there, for the same reason.
const MOST: usize = 16 * PART;

/// What the table of a module has.
pub(super) struct Steps {
    /// Their type.
    pub(super) ty: u32,
    /// The dispatcher. Those of the parts of the table follow it.
    pub(super) dispatcher: u32,
    /// The index in the table of the first.
    first: u32,
    /// For that and each after it the function, if it is a step.
    functions: Vec<Option<u32>>,
    chains: Chains,
    /// Those of them that are called as one, the first of each in order.
    rings: Vec<Vec<usize>>,
    /// All other functions in the table, as segments.
    others: Vec<Segment>,
}

impl Steps {
    /// Those of a module, if they can be called directly; the dispatcher is to have the index given.
    pub(super) fn of(shape: &Shape<'_>, dispatcher: u32) -> Option<Self> {
        let Tables { count: 1, grow: false, are_used: false, size, .. } = shape.tables else { return None };
        let ty = *shape.asking.first().filter(|_| shape.has_trampoline)?;
        let mut slots = BTreeMap::new();
        for (from, functions) in shape.elements.as_ref()? {
            // What is beyond the table fails, and a later segment wins: not here.
            if u64::from(*from) + functions.len() as u64 > u64::from(size) {
                return None;
            }
            for (place, function) in (*from..).zip(functions) {
                if slots.insert(place, *function).is_some() {
                    return None;
                }
            }
        }
        let is_step = |function: u32| {
            shape.functions.get(function as usize).is_some_and(|ty| shape.asking.contains(ty))
        };
        let first = *slots.iter().find(|(_, function)| is_step(**function))?.0;
        let mut functions = Vec::new();
        let mut others: Vec<Segment> = Vec::new();
        for (place, function) in slots {
            let step = place.checked_sub(first).map(|step| step as usize).filter(|step| *step < MOST);
            match (step, others.last_mut()) {
                (Some(step), _) if is_step(function) => {
                    functions.resize(step, None);
                    functions.push(Some(function));
                }
                (_, Some((from, run))) if *from + index(run.len()) == place => run.push(function),
                _ => others.push((place, vec![function])),
            }
        }
        if functions.iter().flatten().count() < FEWEST {
            return None;
        }
        let chains = Chains::of(shape, first, &functions);
        let rings = rings::rings(shape, &chains, &functions);
        Some(Self { ty, dispatcher, first, functions, chains, rings, others })
    }

    /// How many dispatchers there are.
    pub(super) fn dispatcher_count(&self) -> usize {
        1 + self.functions.chunks(PART).len()
    }

    /// How many functions of ours there are: the dispatchers, and behind them those of the rings.
    pub(super) fn count(&self) -> usize {
        self.dispatcher_count() + self.rings.len()
    }

    /// The functions of the rings, each of the type of a step.
    pub(super) fn rings(&self, shape: &Shape<'_>, means: &Means) -> Result<Vec<Body>> {
        self.rings.iter().map(|ring| rings::ring(shape, means, self, ring)).collect()
    }

    /// The function of the ring that a step begins, and its steps.
    fn ring(&self, step: usize) -> Option<(u32, &[usize])> {
        let place = self.rings.binary_search_by_key(&step, |ring| ring[0]).ok()?;
        Some((self.dispatcher + index(self.dispatcher_count() + place), &self.rings[place]))
    }

    /// The dispatchers, each `(i32) -> i32`: the one for all, then those of the parts.
    pub(super) fn dispatchers(&self, shape: &Shape<'_>, means: &Means) -> Vec<Body> {
        let parts: Vec<_> = self.functions.chunks(PART).collect();
        let functions: Vec<_> = (self.dispatcher + 1..).take(parts.len()).map(Some).collect();
        let dispatcher = |case: Case<'_>, first| {
            let mut weaver = Weaver::new(shape, means, 0);
            weaver.body.bytes.push(0);
            self.jump(&mut weaver, 0, first, case);
            weaver.add([I::End]);
            weaver.body
        };
        let all = dispatcher(Case::Parts(&functions), self.first);
        let parts = parts.into_iter().zip((self.first..).step_by(PART));
        iter::once(all).chain(parts.map(|(steps, first)| dispatcher(Case::Steps(steps), first))).collect()
    }

    /// Calls the function whose index is in `local`, inside a block that gives an i32.
    pub(super) fn call(&self, weaver: &mut Weaver<'_, '_>, local: u32) {
        self.jump(weaver, local, self.first, Case::Steps(&self.functions));
    }

    /// Whether 0 is no step, so that it can end a loop of them.
    pub(super) fn can_go_on(&self) -> bool {
        self.first > 0
    }

    /// Calls the step whose index is in `local`, inside a loop, and goes on there with what it gives. What comes then is for other indices.
    pub(super) fn go_on(&self, weaver: &mut Weaver<'_, '_>, local: u32) {
        Calls::new(weaver, self, local).write();
    }

    /// Calls what `case` leads to, or what else has the index in `local`; the first case is the one for the index `first`.
    fn jump(&self, weaver: &mut Weaver<'_, '_>, local: u32, first: u32, case: Case<'_>) {
        let (Case::Steps(functions) | Case::Parts(functions)) = case;
        let calls: Vec<u32> = functions.iter().copied().flatten().collect();
        let count = index(calls.len());
        weaver.add((0..=count).map(|_| I::Block(BlockType::Empty)));
        weaver.add([I::LocalGet(local), I::I32Const(first.cast_signed()), I::I32Sub]);
        if matches!(case, Case::Parts(_)) {
            weaver.add([I::I32Const(PART.ilog2().cast_signed()), I::I32ShrU]);
        }
        let mut labels = 0..count;
        let label = |function: &Option<u32>| function.and_then(|_| labels.next()).unwrap_or(count);
        let labels: Vec<u32> = functions.iter().map(label).collect();
        weaver.add([I::BrTable(labels.into(), count), I::End]);
        for (place, function) in (0..count).zip(calls) {
            weaver.add(matches!(case, Case::Parts(_)).then_some(I::LocalGet(local)));
            weaver.add([I::Call(function), I::Br(count - place), I::End]);
        }
        weaver.add([I::LocalGet(local), I::CallIndirect { type_index: self.ty, table_index: 0 }]);
    }

    /// The segments of what stays in the table: how many, and their bytes. In place of an import there is what is called in its place: GHC's
    /// finalizers of JSVals are such.
    pub(super) fn elements(&self, shape: &Shape<'_>, means: &Means) -> (u32, Vec<u8>) {
        let mut bytes = Vec::new();
        for (from, functions) in &self.others {
            bytes.push(0);
            I::I32Const(from.cast_signed()).encode(&mut bytes);
            I::End.encode(&mut bytes);
            index(functions.len()).encode(&mut bytes);
            for function in functions {
                means.called(shape, *function).encode(&mut bytes);
            }
        }
        (index(self.others.len()), bytes)
    }
}

/// What a jump leads to calls of.
#[derive(Clone, Copy)]
enum Case<'a> {
    /// The function of each place, if it is a step.
    Steps(&'a [Option<u32>]),
    /// The dispatchers of the parts.
    Parts(&'a [Option<u32>]),
}

#[cfg(test)]
mod calls_tests;
#[cfg(test)]
mod tests;
