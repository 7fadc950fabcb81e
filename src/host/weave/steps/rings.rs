//! Steps that give each other in a circle.
//!
//! # Note [Rings]
//!
//! A loop in Haskell is often some steps that give each other, each of a few instructions, of which a call and a return are half. So such a
//! ring is written once more, one step after the other in a loop of one function, which a trampoline calls in place of the first of
//! them; it gives what the step gave that left the ring. That is right because a trampoline would call the next in any case. Others that
//! call steps may want their results, and do so as before.
//!
//! The loop does not ask whether it may go on, since a function that calls nothing is entered and left sooner: after some turns it leaves that to
//! the trampoline. The copies are known to come from the steps, which traces name.

use wasm_encoder::{BlockType, Encode, Instruction as I, ValType::I32};
use wasmparser::{FunctionBody, Operator, Result, ValType};

use super::super::body::{Body, Means, Weaver};
use super::super::index::index;
use super::super::keep::TYPES;
use super::super::reader::Shape;
use super::Steps;
use super::chains::Chains;

/// How many bytes of code a step in a ring may have.
const MOST_BYTES: usize = 1000;
/// How many locals it may have.
const MOST_LOCALS: usize = 64;
/// After so many turns the trampoline is asked.
const TURNS: i32 = 16;

/// The rings among the steps `functions` that are short and simple. Each begins with the step of it that is called last; in the order of these.
pub(super) fn rings(shape: &Shape<'_>, chains: &Chains, functions: &[Option<u32>]) -> Vec<Vec<usize>> {
    let numbers = chains.numbers();
    let is_simple = |step: &usize| functions[*step].is_some_and(|function| is_simple(shape, function));
    let ring = |step: usize| {
        let is_before = |other: usize| numbers[other] <= numbers[step];
        let before = chains.next[step].iter().copied().filter(|other| is_before(*other));
        let mut rings =
            before.filter_map(|from| Some([vec![step], chains.way(from, step, is_before)?].concat()));
        rings.find(|ring| ring.iter().all(is_simple))
    };
    (0..functions.len()).filter_map(ring).collect()
}

/// Whether the code of a function can stand in another's: it has no checks, and gives what it gives at its end or by a branch there.
fn is_simple(shape: &Shape<'_>, function: u32) -> bool {
    let Some(place) = (function as usize).checked_sub(shape.imported) else { return false };
    let (facts, body) = (&shape.facts[place], &shape.bodies[place]);
    let stays = |operator: Result<Operator<'_>>| {
        use Operator::{Delegate, ReturnCall, ReturnCallRef, Try, TryTable};
        let leaves = |operator: &Operator<'_>| {
            matches!(
                operator,
                ReturnCall { .. } | ReturnCallRef { .. } | Try { .. } | Delegate { .. } | TryTable { .. }
            )
        };
        operator.is_ok_and(|operator| !leaves(&operator))
    };
    !facts.takes_time
        && !facts.is_indirect
        && body.range().len() <= MOST_BYTES
        && locals(body)
            .is_ok_and(|locals| locals.len() <= MOST_LOCALS && locals.iter().all(|ty| zero(*ty).is_some()))
        && body.get_operators_reader().is_ok_and(|operators| operators.into_iter().all(stays))
}

/// The locals of a function without parameters, or of a larger one a few more than a simple one has.
fn locals(body: &FunctionBody<'_>) -> Result<Vec<ValType>> {
    let mut locals = Vec::new();
    for group in body.get_locals_reader()? {
        let (count, ty) = group?;
        let room = (MOST_LOCALS + 1).saturating_sub(locals.len());
        locals.extend(std::iter::repeat_n(ty, room.min(count as usize)));
    }
    Ok(locals)
}

/// What a local has to begin with, if that is a number.
fn zero(ty: ValType) -> Option<I<'static>> {
    Some(match ty {
        ValType::I32 => I::I32Const(0),
        ValType::I64 => I::I64Const(0),
        ValType::F32 => I::F32Const(0.0.into()),
        ValType::F64 => I::F64Const(0.0.into()),
        ValType::V128 | ValType::Ref(_) => return None,
    })
}

/// The function of a ring of steps, a `() -> i32`.
pub(super) fn ring(shape: &Shape<'_>, means: &Means, steps: &Steps, ring: &[usize]) -> Result<Body> {
    let body = |step: &usize| {
        let function = steps.functions[*step].map_or(0, |function| function as usize);
        &shape.bodies[function - shape.imported]
    };
    let locals: Vec<_> = ring.iter().map(|step| locals(body(step))).collect::<Result<_>>()?;
    let all = locals.concat();
    let (turns, next) = (index(all.len()), index(all.len()) + 1);
    let mut weaver = Weaver::new(shape, means, turns);
    (index(all.len()) + 1).encode(&mut weaver.body.bytes);
    for ty in all {
        weaver.body.bytes.push(1);
        weaver.body.bytes.extend(byte(ty));
    }
    // The two of ours.
    weaver.body.bytes.push(2);
    weaver.body.bytes.extend(byte(ValType::I32));
    weaver.add([I::Loop(BlockType::Empty)]);
    let followers = ring.iter().cycle().skip(1);
    let mut first = 0;
    for ((step, follower), locals) in ring.iter().zip(followers).zip(locals) {
        weaver.add([I::Block(BlockType::Result(I32))]);
        for (local, ty) in (first..).zip(&locals) {
            weaver.add(zero(*ty));
            weaver.add([I::LocalSet(local)]);
        }
        inline(&mut weaver, body(step), first)?;
        first += index(locals.len());
        let number = (steps.first + index(*follower)).cast_signed();
        weaver.add([I::End, I::LocalTee(next), I::I32Const(number), I::I32Ne]);
        weaver.add([I::If(BlockType::Empty), I::LocalGet(next), I::Return, I::End]);
    }
    weaver.add([I::LocalGet(turns), I::I32Const(1), I::I32Add, I::LocalTee(turns)]);
    weaver.add([I::I32Const(TURNS), I::I32LtU, I::BrIf(0), I::End, I::LocalGet(next), I::End]);
    Ok(weaver.body)
}

/// The code of a function inside a block that gives what it gives; its locals are those from `first` on.
fn inline(weaver: &mut Weaver<'_, '_>, body: &FunctionBody<'_>, first: u32) -> Result<()> {
    let mut reader = body.get_operators_reader()?;
    let mut from = reader.original_position();
    let mut depth = 0;
    while !reader.eof() {
        let at = reader.original_position();
        let instead = match reader.read()? {
            Operator::LocalGet { local_index } => Some(I::LocalGet(first + local_index)),
            Operator::LocalSet { local_index } => Some(I::LocalSet(first + local_index)),
            Operator::LocalTee { local_index } => Some(I::LocalTee(first + local_index)),
            Operator::Return => Some(I::Br(depth)),
            Operator::Block { .. } | Operator::If { .. } => {
                depth += 1;
                None
            }
            // A branch to it leads to the end of the block as well.
            Operator::End if depth == 0 => {
                weaver.copy(from..at);
                return Ok(());
            }
            Operator::End => {
                depth -= 1;
                None
            }
            _ => None,
        };
        if let Some(instead) = instead {
            weaver.copy(from..at);
            weaver.add([instead]);
            from = reader.original_position();
        }
    }
    Ok(())
}

/// A type of numbers, as it is written.
fn byte(ty: ValType) -> Option<u8> {
    TYPES.iter().find(|(other, _)| *other == ty).map(|(_, byte)| *byte)
}

#[cfg(test)]
mod tests {
    use super::super::super::Known;
    use super::*;
    use crate::host::tier::Tier;

    #[test]
    fn a_step_with_many_locals_or_with_other_than_numbers_is_not_simple() {
        let few = "i32 ".repeat(MOST_LOCALS);
        for (locals, expected) in [(few.as_str(), true), (&format!("{few} i64"), false), ("externref", false)]
        {
            let text = format!("(module (func (result i32) (local {locals}) (i32.const 1)))");
            let wasm = wat::parse_str(text).expect("valid text");
            let known = Known::default();
            let shape = Shape::read(&wasm, &known, Tier::Optimized).expect("a module");
            assert_eq!(is_simple(&shape, 0), expected, "{locals}");
        }
    }
}
