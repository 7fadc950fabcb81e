//! Bulk memory operations in pieces.
//!
//! # Note [Bulk operations give way]
//!
//! A guest looks at the epoch in loops and at function entries, but `memory.fill` and `memory.copy` are one instruction however
//! long they take: a quarter of a second for 256 MiB that were never touched. So before compilation each of them whose length is not
//! a small constant becomes a call of a function that is added to the module. That does at once what is short; what is
//! long it does in a loop over pieces, which the compiler gives a check of the epoch like any other. What would trap is left
//! whole, since it must trap before it writes anything. `memory.init` is no longer than the file, and `table.*` have no
//! more than [`super::limits::MOST_ELEMENTS`] elements to go through, some tenths of a second.

use std::ops::Range;

use wasm_encoder::{BlockType, Encode, Function, Instruction as I};
use wasmparser::{CompositeInnerType, FunctionBody, Operator, Parser, Payload, TypeRef, ValType};

use super::edits::Edits;
use super::rewrite::Bytes;

/// What is done at a time: some tenths of a millisecond.
const PIECE: i32 = 1 << 20;
const TYPES: u8 = 1;
const FUNCTIONS: u8 = 3;
const CODE: u8 = 10;
/// Magic and version.
const HEADER_BYTES: usize = 8;
const PARAMS: [ValType; 3] = [ValType::I32; 3];
/// The type `(i32, i32, i32) -> ()`.
const TYPE: [u8; 6] = [0x60, 3, 0x7F, 0x7F, 0x7F, 0];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Fill,
    Copy,
}

/// What makes the long operations of a module ones in pieces; nothing if it has none. Memories but the first are not looked
/// after, nor one with 64-bit addresses: GHC has no such.
pub fn in_pieces(wasm: &[u8]) -> Option<Edits> {
    let plan = Plan::of(wasm)?;
    let mut edits = Edits::new(plan.functions);
    let mut added = Vec::new();
    let mut end = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::CodeSectionStart { range, .. } => {
                let mut count = Bytes { wasm, at: range.start, end: range.end };
                count.number()?;
                end = count.at;
            }
            Payload::CodeSectionEntry(body) => {
                for (at, operation) in operations(&body).ok()? {
                    let place = added.iter().position(|other| *other == operation).unwrap_or_else(|| {
                        added.push(operation);
                        added.len() - 1
                    });
                    let call = I::Call(plan.functions + u32::try_from(place).ok()?);
                    edits.replace(at, encoded(&call));
                }
                let size = end..body.range().start;
                end = body.range().end;
                resize(&mut edits, size, &body.range());
            }
            _ => {}
        }
    }
    if added.is_empty() {
        return None;
    }
    for section in sections(wasm)? {
        let more: Vec<Vec<u8>> = match section.id {
            TYPES if !plan.has_type => vec![TYPE.to_vec()],
            FUNCTIONS => added.iter().map(|_| encoded(&plan.ty)).collect(),
            CODE => added.iter().map(|operation| encoded(&function(*operation))).collect(),
            _ => continue,
        };
        append(&mut edits, wasm, section, &more)?;
    }
    Some(edits)
}

/// What has to be known of a module to add functions to it.
struct Plan {
    /// The index of [`TYPE`], and whether there is one.
    ty: u32,
    has_type: bool,
    /// How many functions the module has, imported ones included.
    functions: u32,
}

impl Plan {
    /// Reads everything but the code.
    fn of(wasm: &[u8]) -> Option<Self> {
        let (mut types, mut ours, mut functions, mut memories) = (0, None, 0, Vec::new());
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.ok()? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter().flatten().flat_map(wasmparser::RecGroup::into_types) {
                        let is_ours = matches!(&ty.composite_type.inner, CompositeInnerType::Func(ty)
                            if ty.params() == PARAMS && ty.results().is_empty());
                        ours = ours.or(is_ours.then_some(types));
                        types += 1;
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import.ok()?.ty {
                            TypeRef::Func(_) => functions += 1,
                            TypeRef::Memory(memory) => memories.push(memory),
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(section) => functions += section.count(),
                Payload::MemorySection(section) => memories.extend(section.into_iter().flatten()),
                Payload::CodeSectionStart { .. } => break,
                _ => {}
            }
        }
        let is_narrow = memories.first().is_some_and(|memory| !memory.memory64);
        is_narrow.then(|| Self { ty: ours.unwrap_or(types), has_type: ours.is_some(), functions })
    }
}

/// One section: its number, and where in the file its size and its content are.
struct Section {
    id: u8,
    size: Range<usize>,
    content: Range<usize>,
}

fn sections(wasm: &[u8]) -> Option<Vec<Section>> {
    let mut reader = Bytes { wasm, at: HEADER_BYTES, end: wasm.len() };
    let mut sections = Vec::new();
    while reader.at < reader.end {
        let id = reader.byte()?;
        let from = reader.at;
        let size = reader.number()? as usize;
        let end = reader.at.checked_add(size).filter(|end| *end <= wasm.len())?;
        sections.push(Section { id, size: from..reader.at, content: reader.at..end });
        reader.at = end;
    }
    Some(sections)
}

fn encoded(what: &impl Encode) -> Vec<u8> {
    let mut bytes = Vec::new();
    what.encode(&mut bytes);
    bytes
}

/// Makes the number in `size` say how long `content` is now.
fn resize(edits: &mut Edits, size: Range<usize>, content: &Range<usize>) {
    let growth = edits.growth(content);
    if growth != 0 {
        edits.replace(size, encoded(&content.len().saturating_add_signed(growth)));
    }
}

/// Adds items to the end of a section.
fn append(edits: &mut Edits, wasm: &[u8], section: Section, items: &[Vec<u8>]) -> Option<()> {
    let Section { size, content, .. } = section;
    let mut count = Bytes { wasm, at: content.start, end: content.end };
    let more = count.number()?.checked_add(u32::try_from(items.len()).ok()?)?;
    edits.replace(content.start..count.at, encoded(&more));
    edits.replace(content.end..content.end, items.concat());
    resize(edits, size, &content);
    Some(())
}

/// Whether two bytes of code may be the beginning of an operation: the second may be one of several bytes of the number 10 or 11.
fn may_be_one(bytes: &[u8]) -> bool {
    matches!(bytes, [0xFC, second] if matches!(second & 0x7F, 10 | 11))
}

/// The operations of a function that may be long, and where in the file they are.
fn operations(body: &FunctionBody<'_>) -> wasmparser::Result<Vec<(Range<usize>, Operation)>> {
    let mut found = Vec::new();
    if !body.as_bytes().windows(2).any(may_be_one) {
        return Ok(found);
    }
    let mut reader = body.get_operators_reader()?;
    let mut is_short = false;
    while !reader.eof() {
        let at = reader.original_position();
        let operator = reader.read()?;
        let operation = match operator {
            Operator::MemoryFill { mem: 0 } => Some(Operation::Fill),
            Operator::MemoryCopy { dst_mem: 0, src_mem: 0 } => Some(Operation::Copy),
            _ => None,
        };
        if let Some(operation) = operation.filter(|_| !is_short) {
            found.push((at..reader.original_position(), operation));
        }
        is_short = matches!(operator, Operator::I32Const { value } if (0..=PIECE).contains(&value));
    }
    Ok(found)
}

const TO: u32 = 0;
/// The value, for `memory.fill`.
const FROM: u32 = 1;
const LENGTH: u32 = 2;
const FILL: I<'static> = I::MemoryFill(0);
const COPY: I<'static> = I::MemoryCopy { src_mem: 0, dst_mem: 0 };

fn function(operation: Operation) -> Function {
    let mut body = Function::new([]);
    match operation {
        Operation::Fill => {
            whole_if_short_or_outside(&mut body, &FILL, &[TO]);
            forwards(&mut body, &FILL, &[TO]);
            add(&mut body, [I::LocalGet(TO), I::LocalGet(FROM), I::LocalGet(LENGTH), FILL]);
        }
        Operation::Copy => {
            whole_if_short_or_outside(&mut body, &COPY, &[TO, FROM]);
            // From the end where the pieces would overwrite what is still to be read.
            add(&mut body, [I::LocalGet(TO), I::LocalGet(FROM), I::I32LeU, I::If(BlockType::Empty)]);
            forwards(&mut body, &COPY, &[TO, FROM]);
            add(&mut body, [I::Else]);
            backwards(&mut body);
            add(&mut body, [I::End, I::LocalGet(TO), I::LocalGet(FROM), I::LocalGet(LENGTH), COPY]);
        }
    }
    add(&mut body, [I::End]);
    body
}

fn add<'a>(body: &mut Function, instructions: impl IntoIterator<Item = I<'a>>) {
    for instruction in instructions {
        body.instruction(&instruction);
    }
}

/// Does the operation as it is and returns if it is short, or if one of `places` with the length is outside of the memory.
fn whole_if_short_or_outside(body: &mut Function, operation: &I<'_>, places: &[u32]) {
    let whole = [I::LocalGet(TO), I::LocalGet(FROM), I::LocalGet(LENGTH), operation.clone(), I::Return];
    let whole = || [I::If(BlockType::Empty)].into_iter().chain(whole.clone()).chain([I::End]);
    add(body, [I::LocalGet(LENGTH), I::I32Const(PIECE), I::I32LeU]);
    add(body, whole());
    for place in places {
        let wide = |local| [I::LocalGet(local), I::I64ExtendI32U];
        add(body, wide(*place).into_iter().chain(wide(LENGTH)).chain([I::I64Add]));
        add(body, [I::MemorySize(0), I::I64ExtendI32U, I::I64Const(16), I::I64Shl, I::I64GtU]);
        add(body, whole());
    }
}

/// Does pieces until no more than one is left, and moves `places` on.
fn forwards(body: &mut Function, operation: &I<'_>, places: &[u32]) {
    let piece = [I::LocalGet(TO), I::LocalGet(FROM), I::I32Const(PIECE), operation.clone()];
    add(body, [I::Loop(BlockType::Empty)].into_iter().chain(piece));
    for place in places {
        add(body, [I::LocalGet(*place), I::I32Const(PIECE), I::I32Add, I::LocalSet(*place)]);
    }
    shorten(body);
    again(body);
}

/// Copies pieces from the end until no more than one is left.
fn backwards(body: &mut Function) {
    add(body, [I::Loop(BlockType::Empty)]);
    shorten(body);
    let end = |place| [I::LocalGet(place), I::LocalGet(LENGTH), I::I32Add];
    add(body, end(TO).into_iter().chain(end(FROM)).chain([I::I32Const(PIECE), COPY]));
    again(body);
}

fn shorten(body: &mut Function) {
    add(body, [I::LocalGet(LENGTH), I::I32Const(PIECE), I::I32Sub, I::LocalSet(LENGTH)]);
}

fn again(body: &mut Function) {
    add(body, [I::LocalGet(LENGTH), I::I32Const(PIECE), I::I32GtU, I::BrIf(0), I::End]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::engine::engine;
    use wasmtime::{Instance, Module, Store};

    /// Bytes of the guest's memory.
    const ALL: i32 = 80 * 65_536;
    const GUEST: &str = r#"(module
        (import "m" "f" (func (param i32)))
        (memory (export "memory") 80)
        (func (export "fill") (param i32 i32 i32)
            (memory.fill (local.get 0) (local.get 1) (local.get 2)))
        (func (export "copy") (param i32 i32 i32)
            (memory.copy (local.get 0) (local.get 1) (local.get 2)))
        (func (export "both") (param i32 i32 i32) (local i64)
            (memory.copy (local.get 0) (local.get 1) (local.get 2))
            (memory.fill (local.get 1) (local.get 0) (local.get 2)))
        (func (export "short") (memory.fill (i32.const 0) (i32.const 1) (i32.const 64)) unreachable))"#;

    fn pieces(wat: &str) -> (Vec<u8>, Vec<u8>, Edits) {
        let wasm = wat::parse_str(wat).expect("valid text");
        let edits = in_pieces(&wasm).expect("pieces");
        (edits.apply(&wasm), wasm, edits)
    }

    /// Calls of one module, each with a memory of the same pattern.
    struct Guest {
        store: Store<()>,
        instance: Instance,
        pattern: Vec<u8>,
    }

    impl Guest {
        fn new(wasm: &[u8]) -> Self {
            let module = Module::new(engine(), wasm).expect("valid");
            let mut store = Store::new(engine(), ());
            store.set_epoch_deadline(u64::MAX / 2);
            let nothing = wasmtime::Func::wrap(&mut store, |_: i32| {});
            let instance = Instance::new(&mut store, &module, &[nothing.into()]).expect("instantiated");
            Self { store, instance, pattern: (0..=250).cycle().take(ALL as usize).collect() }
        }

        /// Whether `export(args)` ended well, and the memory after it.
        fn after(&mut self, export: &str, args: (i32, i32, i32)) -> (bool, &[u8]) {
            let Self { store, instance, pattern } = self;
            let memory = instance.get_memory(&mut *store, "memory").expect("a memory");
            memory.data_mut(&mut *store).copy_from_slice(pattern);
            let func = instance.get_typed_func::<(i32, i32, i32), ()>(&mut *store, export).expect("typed");
            let ended = func.call(&mut *store, args).is_ok();
            (ended, memory.data(store))
        }
    }

    /// Calls `export` of the module in pieces and of the module as it is: the same happens.
    fn agree(calls: impl Iterator<Item = (i32, i32, i32)>, exports: &[&str]) {
        let (pieces, wasm, _) = pieces(GUEST);
        let (mut pieces, mut whole) = (Guest::new(&pieces), Guest::new(&wasm));
        for args in calls {
            for export in exports {
                let same = pieces.after(export, args) == whole.after(export, args);
                assert!(same, "{export} {args:?}");
            }
        }
    }

    #[test]
    fn pieces_do_what_the_whole_does() {
        let lengths = [0, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7, 3 * PIECE];
        let places = |length| {
            [(5, 77), (77, 5), (0, PIECE), (PIECE, 0), (PIECE / 2, 3), (ALL - length, 1)]
                .map(|(to, from)| (to, from, length))
        };
        agree(lengths.into_iter().flat_map(places), &["fill", "copy", "both"]);
    }

    #[test]
    fn what_reaches_outside_writes_nothing() {
        let outside =
            [(0, 0, ALL + 1), (1, 0, ALL), (0, 1, ALL), (-1, 0, 3 * PIECE), (0, -1, 2 * PIECE), (0, 0, -1)];
        agree(outside.into_iter(), &["fill", "copy"]);
    }

    #[test]
    fn every_function_is_found_where_it_was() {
        let bodies = |wasm: &[u8]| -> Vec<Range<usize>> {
            let payloads = Parser::new(0).parse_all(wasm).map(|payload| payload.expect("valid"));
            payloads
                .filter_map(|payload| match payload {
                    Payload::CodeSectionEntry(body) => Some(body.range()),
                    _ => None,
                })
                .collect()
        };
        // With so many functions a call needs more bytes than the operation that it takes the place of.
        let many = GUEST.replace("(func (export \"short\")", &"(func)".repeat(20_000)).replace(
            "(memory.fill (i32.const 0) (i32.const 1) (i32.const 64)) unreachable)",
            "(func (export \"short\") unreachable)",
        );
        for text in [GUEST, &many] {
            let (pieces, wasm, edits) = pieces(text);
            wasmparser::validate(&pieces).expect("valid");
            let (before, now) = (bodies(&wasm), bodies(&pieces));
            assert_eq!(now.len(), before.len() + 2);
            for (before, now) in before.iter().zip(&now) {
                assert_eq!(
                    [edits.origin(now.start), edits.origin(now.end - 1)],
                    [before.start, before.end - 1]
                );
            }
        }
    }

    #[test]
    fn modules_without_long_operations_stay_as_they_are() {
        for text in [
            "(module (func (export \"f\")))",
            "(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 1) (i32.const 64))))",
            "(module (memory i64 1) (func (param i64) (memory.fill (local.get 0) (i32.const 1) (local.get 0))))",
        ] {
            assert!(in_pieces(&wat::parse_str(text).expect("valid text")).is_none(), "{text}");
        }
    }
}
