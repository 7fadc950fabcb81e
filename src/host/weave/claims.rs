//! Keys of JavaScript values that the guest itself claims, gives up and reserves.
//!
//! # Note [Woven claims]
//!
//! GHC's runtime claims each JavaScript value that it is given, and gives up each that it has done with, by calls of the host that do next to
//! nothing. So the first slots of the table ([`crate::host::keys`]) lie in the memory of the woven queue, and in place of those
//! imports there are functions that do what is simple: a key is claimed that is in transit, or given up that is claimed, and its slot
//! is one of the first. Everything else, errors included, they leave to the import, which uses the same table.
//!
//! While the host has granted calls for an object, it has to hear which keys are given up or in use again: then all is left to it.

use wasm_encoder::{BlockType, Instruction as I, MemArg};

use super::body::{Body, Means, Weaver};
use super::layout::{OBJECTS, WORD};
use super::reader::Shape;
use crate::host::keys::SLOT_MASK;
use crate::host::keys::layout::{
    FREE, GENERATION, IS_CLAIMED, IS_RELEASED, IS_TRANSIT, MOST_RELEASED, MOST_TRANSIT, NEXT, RELEASED,
    RELEASED_COUNT, SLOT_COUNT, SLOTS, STATE, TRANSIT, TRANSIT_COUNT,
};

/// What a key has besides its slot.
const ABOVE: u32 = !SLOT_MASK;

/// Writes what is done with words of the table. Blocks are left by branches to a label, counted from where the code is put.
pub(super) struct Words<'w, 'a, 'b> {
    weaver: &'w mut Weaver<'a, 'b>,
}

impl<'w, 'a, 'b> Words<'w, 'a, 'b> {
    pub(super) fn of(weaver: &'w mut Weaver<'a, 'b>) -> Self {
        Self { weaver }
    }

    fn add<'i>(&mut self, instructions: impl IntoIterator<Item = I<'i>>) {
        self.weaver.add(instructions);
    }

    /// The word at `index`, counted from the address on the stack.
    fn at(&self, index: usize) -> MemArg {
        MemArg { offset: index as u64 * WORD, align: 2, memory_index: self.weaver.shape.memories }
    }

    /// Pushes the word at `index`.
    fn load(&mut self, index: usize) {
        let at = self.at(index);
        self.add([I::I32Const(0), I::I32Load(at)]);
    }

    /// Leaves unless the slot of the key in the local is one of the first; else puts where its word is into `place`.
    fn find(&mut self, key: u32, place: u32, label: u32) {
        self.add([I::LocalGet(key), I::I32Const(constant(SLOT_MASK)), I::I32And, I::LocalTee(place)]);
        self.add([I::I32Const(constant(SLOT_COUNT)), I::I32GeU, I::BrIf(label)]);
        self.add([I::LocalGet(place), I::I32Const(2), I::I32Shl, I::LocalSet(place)]);
    }

    /// Leaves the block around unless the word on the stack is that of the key in the local, in this state.
    fn leave_unless(&mut self, key: u32, state: u32) {
        self.add([I::I32Const(constant(!IS_RELEASED)), I::I32And]);
        self.add([I::LocalGet(key), I::I32Const(constant(ABOVE)), I::I32And]);
        self.add([I::I32Const(constant(state)), I::I32Or, I::I32Ne, I::BrIf(0)]);
    }

    /// Leaves unless the key in the local `key` is live.
    pub(super) fn leave_unless_live(&mut self, key: u32, place: u32, label: u32) {
        self.find(key, place, label);
        let slot = self.at(SLOTS);
        self.add([I::LocalGet(place), I::I32Load(slot), I::LocalTee(place), I::LocalGet(key), I::I32Xor]);
        self.add([I::I32Const(constant(ABOVE)), I::I32And, I::BrIf(label)]);
        self.add([I::LocalGet(place), I::I32Const(constant(STATE)), I::I32And, I::I32Eqz, I::BrIf(label)]);
    }

    /// Leaves the block around unless a key can be reserved for a value; else puts it into `key`, where its slot's number is until then.
    pub(super) fn reserve(&mut self, key: u32, word: u32) {
        self.leave_if_watched();
        self.load(FREE);
        self.add([I::LocalTee(key), I::I32Eqz, I::BrIf(0)]);
        self.load(TRANSIT_COUNT);
        self.add([I::I32Const(constant(MOST_TRANSIT)), I::I32GeU, I::BrIf(0)]);
        let (slot, free, count, transit) =
            (self.at(SLOTS), self.at(FREE), self.at(TRANSIT_COUNT), self.at(TRANSIT));
        self.add([I::LocalGet(key), I::I32Const(2), I::I32Shl, I::I32Load(slot), I::LocalSet(word)]);
        self.add([I::I32Const(0), I::LocalGet(word), I::I32Const(constant(NEXT)), I::I32And]);
        self.add([I::I32Store(free)]);
        self.add([I::LocalGet(key), I::I32Const(2), I::I32Shl]);
        self.add([I::LocalGet(word), I::I32Const(constant(GENERATION | IS_RELEASED)), I::I32And]);
        self.add([I::I32Const(constant(IS_TRANSIT)), I::I32Or, I::I32Store(slot)]);
        self.add([I::LocalGet(key), I::LocalGet(word), I::I32Const(constant(GENERATION)), I::I32And]);
        self.add([I::I32Or, I::LocalSet(key)]);
        self.load(TRANSIT_COUNT);
        self.add([I::LocalTee(word), I::I32Const(2), I::I32Shl, I::LocalGet(key), I::I32Store(transit)]);
        self.add([I::I32Const(0), I::LocalGet(word), I::I32Const(1), I::I32Add, I::I32Store(count)]);
    }

    /// Leaves the block around while the host has granted for objects.
    fn leave_if_watched(&mut self) {
        let objects = MemArg { offset: OBJECTS, align: 2, memory_index: self.weaver.shape.memories };
        self.add([I::I32Const(0), I::I32Load(objects), I::BrIf(0)]);
    }
}

/// The function that claims a key, `(key) -> key`, in place of `import`.
pub(super) fn claim(shape: &Shape<'_>, means: &Means, import: u32) -> Body {
    let mut weaver = Weaver::new(shape, means, 0);
    let (key, place, last) = (0, 1, 2);
    weaver.body.bytes.extend([1, 2, 0x7F]);
    weaver.add([I::Block(BlockType::Empty)]);
    let mut words = Words::of(&mut weaver);
    let (slot, transit, count) = (words.at(SLOTS), words.at(TRANSIT), words.at(TRANSIT_COUNT));
    words.find(key, place, 0);
    words.add([I::LocalGet(place), I::I32Load(slot)]);
    words.leave_unless(key, IS_TRANSIT);
    words.add([I::LocalGet(place), I::LocalGet(place), I::I32Load(slot)]);
    words.add([I::I32Const(constant(IS_TRANSIT | IS_CLAIMED)), I::I32Xor, I::I32Store(slot)]);
    // As a rule it is the last that was reserved.
    words.add([I::Block(BlockType::Empty)]);
    words.load(TRANSIT_COUNT);
    words.add([I::LocalTee(last), I::I32Eqz, I::BrIf(0)]);
    words.add([I::LocalGet(last), I::I32Const(1), I::I32Sub, I::LocalTee(last)]);
    words.add([I::I32Const(2), I::I32Shl, I::I32Load(transit), I::LocalGet(key), I::I32Ne, I::BrIf(0)]);
    words.add([I::I32Const(0), I::LocalGet(last), I::I32Store(count), I::End]);
    weaver.add([I::LocalGet(key), I::Return, I::End]);
    weaver.call_import(import);
    weaver.body
}

/// The function that gives up a key, `(key) -> ()`, in place of `import`.
pub(super) fn give_up(shape: &Shape<'_>, means: &Means, import: u32) -> Body {
    let mut weaver = Weaver::new(shape, means, 0);
    let (key, place, word, count) = (0, 1, 2, 3);
    weaver.body.bytes.extend([1, 3, 0x7F]);
    weaver.add([I::Block(BlockType::Empty)]);
    let mut words = Words::of(&mut weaver);
    let (slot, free) = (words.at(SLOTS), words.at(FREE));
    let (released, released_count) = (words.at(RELEASED), words.at(RELEASED_COUNT));
    words.leave_if_watched();
    words.find(key, place, 0);
    words.add([I::LocalGet(place), I::I32Load(slot), I::LocalTee(word)]);
    words.leave_unless(key, IS_CLAIMED);
    words.add([I::LocalGet(word), I::I32Const(constant(IS_RELEASED)), I::I32And, I::I32Eqz]);
    words.add([I::If(BlockType::Empty)]);
    words.load(RELEASED_COUNT);
    words.add([I::LocalTee(count), I::I32Const(constant(MOST_RELEASED)), I::I32GeU, I::BrIf(1)]);
    words.add([I::LocalGet(count), I::I32Const(2), I::I32Shl]);
    words.add([I::LocalGet(place), I::I32Const(2), I::I32ShrU, I::I32Store(released)]);
    words.add([I::I32Const(0), I::LocalGet(count), I::I32Const(1), I::I32Add, I::I32Store(released_count)]);
    words.add([I::End]);
    // The next generation.
    words.add([I::LocalGet(place), I::LocalGet(word), I::I32Const(constant(SLOT_MASK + 1)), I::I32Add]);
    words.add([I::I32Const(constant(GENERATION)), I::I32And, I::I32Const(constant(IS_RELEASED)), I::I32Or]);
    words.load(FREE);
    words.add([I::I32Or, I::I32Store(slot)]);
    words.add([I::I32Const(0), I::LocalGet(place), I::I32Const(2), I::I32ShrU, I::I32Store(free)]);
    weaver.add([I::Return, I::End]);
    weaver.call_import(import);
    weaver.body
}

fn constant(bits: u32) -> i32 {
    bits.cast_signed()
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
