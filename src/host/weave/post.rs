//! Calls of imports that the guest itself takes note of.
//!
//! # Note [The woven queue]
//!
//! A call of a host function costs as much as ten of the guest's own instructions, and more than what the queue of calls
//! (Note [Queued calls] in `src/node/queue.rs`) does with it. So a module gets a memory of its own for the queue, which its other
//! code cannot reach, and in place of each import that may be queued a function that looks whether it may be just
//! now, writes number and arguments to the end of the queue and returns; else it calls the import. What may be queued
//! the host decides: it writes a *grant* for the import, which is good as long as the *era* is the one it was given for. The host begins
//! another whenever other code runs; a call of WASI that may print does so here. What may be queued whoever else runs is
//! granted for an era of output, which ends with calls of WASI only, and where JavaScript takes no queue just now.
//!
//! Where the import gives a JavaScript value, the function reserves a key for it, under which JavaScript puts the value when it makes the
//! call (see [`super::claims`]). A value among the arguments has to live, which the host has seen if the grant is for it, and
//! the function looks for otherwise.

use serde::{Deserialize, Serialize};
use wasm_encoder::{BlockType, Instruction as I, MemArg};

use super::body::{Body, Means, Weaver};
use super::claims::Words;
use super::index::index;
use super::layout::{ANY, CALL_CELLS, CELL, END, ERA, OUTPUT_ERA, Places, control};
use super::reader::Shape;

/// The most parameters of an import that is queued.
const MOST_PARAMS: usize = 16;

/// An import whose calls the guest may take note of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Its index among the functions.
    pub function: u32,
    /// Its place among the imports.
    pub import: usize,
    /// Which parameters are JavaScript values: a bit for each.
    pub values: u16,
    /// Whether it gives a JavaScript value.
    pub gives_value: bool,
}

impl Post {
    /// For the import at place `import`, which is function number `function`; none if its calls cannot be taken note of.
    pub fn new(
        function: u32,
        import: usize,
        params: usize,
        values: &[usize],
        gives_value: bool,
    ) -> Option<Self> {
        (params <= MOST_PARAMS).then(|| {
            let values = values.iter().fold(0, |values, place| values | 1 << place);
            Self { function, import, values, gives_value }
        })
    }
}

/// The function that takes the place of the import at `place` among those that may be queued.
pub(super) fn post(shape: &Shape<'_>, means: &Means, place: usize) -> Body {
    let Post { function, values, gives_value, .. } = shape.posts[place];
    let params = shape.param_types(function as usize).to_vec();
    let count = index(params.len());
    let mut weaver = Weaver::new(shape, means, 0);
    let at = |offset: u64, align| MemArg { offset, align, memory_index: shape.memories };
    let calls = Places::new(shape.posts.len()).calls_at();
    let control = control(place as u64);
    let size = 8 * (1 + params.len() + usize::from(gives_value));
    let (size, last) = (signed(size), signed(8 * CALL_CELLS - size));
    // Three locals, of type i32: the end, the key or object, and one for what comes up.
    let (end, key, any) = (count, count + 1, count + 2);
    weaver.body.bytes.extend([1, 3, 0x7F]);
    weaver.add([I::Block(BlockType::Empty)]);
    weaver.add([I::I32Const(0), I::I64Load(at(control, 3))]);
    weaver.add([I::I32Const(0), I::I32Load(at(control + 16, 2)), I::I64Load(at(0, 3))]);
    weaver.add([I::I64Const(1), I::I64Add, I::I64Ne, I::BrIf(0)]);
    if values != 0 {
        weaver.add([I::I32Const(0), I::I32Load(at(control + 12, 2)), I::LocalTee(key)]);
        weaver.add([I::I32Const(ANY.cast_signed()), I::I32Ne, I::If(BlockType::Empty)]);
        weaver.add([I::LocalGet(key), I::LocalGet(0), I::I32Ne, I::BrIf(1), I::Else]);
        for value in (0..count).filter(|param| values & 1 << param != 0) {
            Words::of(&mut weaver).leave_unless_live(value, any, 1);
        }
        weaver.add([I::End]);
    }
    weaver.add([I::I32Const(0), I::I32Load(at(END, 2)), I::LocalTee(end)]);
    weaver.add([I::I32Const(last), I::I32GtU, I::BrIf(0)]);
    if gives_value {
        Words::of(&mut weaver).reserve(key, any);
    }
    weaver.add([I::LocalGet(end), I::I32Const(0), I::I32Load(at(control + 8, 2)), I::I32Store(at(calls, 2))]);
    for (param, ty) in (0..count).zip(&params) {
        let offset = calls + CELL * (1 + u64::from(param));
        weaver.add([I::LocalGet(end), I::LocalGet(param)]);
        weaver.add([match ty {
            wasmparser::ValType::I64 => I::I64Store(at(offset, 3)),
            wasmparser::ValType::F32 => I::F32Store(at(offset, 2)),
            wasmparser::ValType::F64 => I::F64Store(at(offset, 3)),
            _ => I::I32Store(at(offset, 2)),
        }]);
    }
    if gives_value {
        let offset = calls + CELL * (1 + u64::from(count));
        weaver.add([I::LocalGet(end), I::LocalGet(key), I::I32Store(at(offset, 2))]);
    }
    weaver.add([I::I32Const(0), I::LocalGet(end), I::I32Const(size), I::I32Add, I::I32Store(at(END, 2))]);
    weaver.add(gives_value.then_some(I::LocalGet(key)));
    weaver.add([I::Return, I::End]);
    weaver.call_import(function);
    weaver.body
}

/// Begins other eras.
pub(super) fn end_eras(weaver: &mut Weaver<'_, '_>) {
    for era in [ERA, OUTPUT_ERA] {
        let era = MemArg { offset: era, align: 3, memory_index: weaver.shape.memories };
        weaver.add([I::I32Const(0), I::I32Const(0), I::I64Load(era), I::I64Const(1), I::I64Add]);
        weaver.add([I::I64Store(era)]);
    }
}

fn signed(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
