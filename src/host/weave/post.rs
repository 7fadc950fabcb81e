//! Calls of imports that the guest itself takes note of.
//!
//! # Note [The woven queue]
//!
//! A call of a host function costs as much as ten of the guest's own instructions, and more than what the queue of calls
//! (Note [Queued calls] in `src/node/queue.rs`) does with it. So a module gets a memory of its own for the queue, which its other
//! code cannot reach, and in place of each import that may be queued a function that looks whether it may be just
//! now, writes number and arguments to the end of the queue and returns; else it calls the import. What may be queued
//! the host decides: it writes a *grant* for the import, which is good as long as the *era* is the one it was given for. The host begins
//! another whenever other code runs; a call of WASI, which may print, does so here.
//!
//! The memory holds the era, the number of bytes in use, for each import what [`Control`] says, and the queue.

use serde::{Deserialize, Serialize};
use wasm_encoder::{BlockType, Instruction as I, MemArg};

use super::body::{Body, Means, Weaver};
use super::index::index;
use super::reader::Shape;

/// The export of the memory.
pub const QUEUE: &str = "\u{1}queue";

/// How many cells of 8 bytes calls have. About three hundred calls; more would leave the processor's nearest cache.
pub const CALL_CELLS: usize = 1022;

const CELL: u64 = 8;
const PAGE: u64 = 1 << 16;
/// Where the number of the present era is. Zero to begin with, as all is.
const ERA: u64 = 0;
/// Where it is told how many bytes of calls there are.
const END: u64 = CELL;
const FIRST_CONTROL: u64 = 2 * CELL;
const CONTROL_BYTES: u64 = 2 * CELL;
/// The most parameters of an import that is queued.
const MOST_PARAMS: usize = 16;

/// An import whose calls the guest may take note of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Its index among the functions.
    pub function: u32,
    /// Its place among the imports.
    pub import: usize,
    /// Whether its first parameter is a JavaScript value, for which a grant is then.
    pub for_object: bool,
}

impl Post {
    /// Whether calls of an import with so many parameters, of which those at `values` are JavaScript values, can be taken note of.
    pub fn fits(params: usize, values: &[usize]) -> bool {
        (1..=MOST_PARAMS).contains(&params) && matches!(values, [] | [0])
    }
}

/// Where things are in the memory for so many imports, in cells.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    posts: u64,
}

/// Where the host says of an import whether it is queued, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// The era in which calls are queued, and one.
    pub grant: usize,
    /// In the low half the number that is written into the queue, in the high half the object that the grant is for.
    pub call: usize,
}

impl Places {
    /// For so many imports.
    pub fn new(posts: usize) -> Self {
        Self { posts: posts as u64 }
    }

    /// The number of the era.
    pub const ERA: usize = cells(ERA);
    /// How many bytes of calls there are.
    pub const END: usize = cells(END);

    /// For the import at `place` among those that may be queued.
    pub fn control(place: usize) -> Control {
        let grant = cells(control(place as u64));
        Control { grant, call: grant + 1 }
    }

    /// The first call.
    pub fn calls(self) -> usize {
        cells(self.calls_at())
    }

    /// How many cells there are.
    pub fn count(self) -> usize {
        self.calls() + CALL_CELLS
    }

    fn calls_at(self) -> u64 {
        control(self.posts)
    }

    /// How many pages the memory has.
    pub(super) fn pages(self) -> u64 {
        (self.count() as u64 * CELL).div_ceil(PAGE)
    }
}

const fn control(place: u64) -> u64 {
    FIRST_CONTROL + place * CONTROL_BYTES
}

const fn cells(bytes: u64) -> usize {
    (bytes / CELL) as usize
}

/// The function that takes the place of the import at `place` among those that may be queued.
pub(super) fn post(shape: &Shape<'_>, means: &Means, place: usize) -> Body {
    let Post { function, for_object, .. } = shape.posts[place];
    let params = shape.param_types(function as usize).to_vec();
    let count = index(params.len());
    let mut weaver = Weaver::new(shape, means, 0);
    let at = |offset: u64, align| MemArg { offset, align, memory_index: shape.memories };
    let calls = Places::new(shape.posts.len()).calls_at();
    let control = control(place as u64);
    let size = 8 * (1 + params.len());
    let (size, last) = (signed(size), signed(8 * CALL_CELLS - size));
    // One local, an i32: the end.
    let end = count;
    weaver.body.bytes.extend([1, 1, 0x7F]);
    weaver.add([I::Block(BlockType::Empty)]);
    weaver.add([I::I32Const(0), I::I64Load(at(control, 3)), I::I32Const(0), I::I64Load(at(ERA, 3))]);
    weaver.add([I::I64Const(1), I::I64Add, I::I64Ne, I::BrIf(0)]);
    if for_object {
        weaver.add([I::LocalGet(0), I::I32Const(0), I::I32Load(at(control + 12, 2)), I::I32Ne, I::BrIf(0)]);
    }
    weaver.add([I::I32Const(0), I::I32Load(at(END, 2)), I::LocalTee(end)]);
    weaver.add([I::I32Const(last), I::I32GtU, I::BrIf(0)]);
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
    weaver.add([I::I32Const(0), I::LocalGet(end), I::I32Const(size), I::I32Add, I::I32Store(at(END, 2))]);
    weaver.add([I::Return, I::End]);
    weaver.add((0..count).map(I::LocalGet));
    weaver.add([I::Call(function)]);
    weaver.charge(1);
    weaver.add([I::End]);
    weaver.body
}

/// Begins another era.
pub(super) fn end_era(weaver: &mut Weaver<'_, '_>) {
    let era = MemArg { offset: ERA, align: 3, memory_index: weaver.shape.memories };
    weaver.add([
        I::I32Const(0),
        I::I32Const(0),
        I::I64Load(era),
        I::I64Const(1),
        I::I64Add,
        I::I64Store(era),
    ]);
}

fn signed(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
