//! The module, written again with what is added.

use std::ops::Range;

use wasm_encoder::{BranchHint, BranchHints, Encode, Function, Instruction as I, Section as _};
use wasmparser::{BinaryReader, Result};

use super::body::{Means, Origin, body};
use super::graph::entries;
use super::index::index;
use super::keep::Keepers;
use super::layout::{Places, QUEUE};
use super::reader::{HEADER_BYTES, Section, Shape};
use super::share::each;
use super::steps::Steps;
use super::{BUDGET, CHECKS, NEXT, START, state};

const CUSTOM: u8 = 0;
const TYPES: u8 = 1;
const FUNCTIONS: u8 = 3;
const TABLES: u8 = 4;
const MEMORIES: u8 = 5;
const GLOBALS: u8 = 6;
const EXPORTS: u8 = 7;
const START_SECTION: u8 = 8;
const ELEMENTS: u8 = 9;
const CODE: u8 = 10;
/// All sections but custom ones, in the order in which they have to be.
const ORDER: [u8; 13] =
    [TYPES, 2, FUNCTIONS, TABLES, MEMORIES, 13, GLOBALS, EXPORTS, START_SECTION, ELEMENTS, 12, CODE, 11];
const HINTS: &[u8] = b"\x19metadata.code.branch_hint";
const NAMES: &[u8] = b"\x04name";
const I32: u8 = 0x7F;
const FUNCREF: u8 = 0x70;

/// A module with checks.
pub(super) struct Woven {
    pub(super) wasm: Vec<u8>,
    /// Where in it each body is, and where that came from.
    pub(super) bodies: Vec<(Range<usize>, Vec<Origin>)>,
}

/// What is added to a section: so many items.
type Addition = (u32, Vec<u8>);

/// The module with checks, if it needs any.
pub(super) fn write(shape: &Shape<'_>) -> Result<Option<Woven>> {
    let functions = index(shape.functions.len());
    let steps = Steps::of(shape, functions + 1 + index(shape.stand_ins.len()));
    let entries = entries(shape);
    let kept = shape.facts.iter().zip(&entries).flat_map(|(facts, checks_entry)| {
        checks_entry.then_some(&facts.on_entry).into_iter().chain(&facts.in_loops)
    });
    let ours = 1 + shape.stand_ins.len() + steps.as_ref().map_or(0, Steps::count);
    let means = Means {
        keepers: Keepers::new(functions + index(ours), kept),
        budget: shape.globals,
        next: shape.globals + 1,
        ask: functions,
        stand_ins: functions + 1,
        steps,
    };
    let (mut code, mut bodies, mut hints) = (Vec::new(), Vec::new(), BranchHints::new());
    let mut is_changed = false;
    let new = each(&entries, |place, checks_entry| body(shape, &means, place, *checks_entry));
    for (place, new) in new.into_iter().enumerate() {
        let old = shape.bodies[place].range();
        let whole = Origin { at: 0, from: old.start, length: old.len() };
        let new = new?;
        is_changed |= new.is_some();
        let bytes = new.as_ref().map_or(&shape.wasm[old], |new| &new.bytes);
        bytes.encode(&mut code);
        let range = code.len() - bytes.len()..code.len();
        bodies.push((range, new.as_ref().map_or_else(|| vec![whole], |new| new.origins.clone())));
        if let Some(new) = new {
            let rare = new.rare.iter();
            let rare = rare.map(|at| BranchHint { branch_func_offset: index(*at), branch_hint_value: 0 });
            hints.function_hints(index(shape.imported + place), rare);
        }
    }
    if !is_changed {
        return Ok(None);
    }
    let mut ask = Function::new([]);
    let ty = shape.asking.first().copied().unwrap_or(index(shape.types.len()));
    ask.instruction(&I::I32Const(0));
    ask.instruction(&I::CallIndirect { type_index: ty, table_index: shape.tables.count });
    ask.instruction(&I::End);
    ask.encode(&mut code);
    for stand_in in &shape.stand_ins {
        stand_in.body(shape, &means).bytes.encode(&mut code);
    }
    let dispatchers = means.steps.as_ref().map_or_else(Vec::new, |steps| steps.dispatchers(shape, &means));
    for new in &dispatchers {
        new.bytes.encode(&mut code);
    }
    if let Some(steps) = &means.steps {
        for new in steps.rings(shape, &means)? {
            new.bytes.encode(&mut code);
            bodies.push((code.len() - new.bytes.len()..code.len(), new.origins));
        }
    }
    for new in means.keepers.functions(means.ask, means.budget) {
        new.encode(&mut code);
    }
    let count = shape.bodies.len() + ours + means.keepers.count();

    let mut wasm = shape.wasm[..HEADER_BYTES].to_vec();
    let additions = |id: u8| added(shape, &means, id, ty);
    let mut due = 0;
    for section in &shape.sections {
        if let Some(place) = ORDER.iter().position(|id| *id == section.id) {
            for id in &ORDER[due..place] {
                if let Some((count, bytes)) = additions(*id) {
                    put(&mut wasm, *id, count, &[&bytes]);
                }
            }
            due = place + 1;
        }
        match section.id {
            START_SECTION => {}
            // Names are the file's affair (see `functions`): the machine code is a tenth smaller and sooner mapped without.
            CUSTOM
                if [HINTS, NAMES]
                    .iter()
                    .any(|name| shape.wasm[section.content.clone()].starts_with(name)) => {}
            ELEMENTS if let Some(steps) = &means.steps => {
                let (count, bytes) = steps.elements(shape, &means);
                put(&mut wasm, ELEMENTS, count, &[&bytes]);
            }
            CODE => {
                hints.append_to(&mut wasm);
                put(&mut wasm, CODE, index(count), &[&code]);
                let at = wasm.len() - code.len();
                for (range, _) in &mut bodies {
                    *range = range.start + at..range.end + at;
                }
            }
            id => match additions(id) {
                Some((more, bytes)) => {
                    let (count, old) = items(shape, section)?;
                    put(&mut wasm, id, count + more, &[&old, &bytes]);
                }
                None => wasm.extend(&shape.wasm[section.whole.clone()]),
            },
        }
    }
    Ok(Some(Woven { wasm, bodies }))
}

/// What is added to the section `id`.
fn added(shape: &Shape<'_>, means: &Means, id: u8, ty: u32) -> Option<Addition> {
    let mut bytes = Vec::new();
    let mut count = 1;
    match id {
        TYPES => {
            // The dispatcher's; there are steps only where there is the other.
            if means.steps.is_some() {
                bytes.extend([0x60, 1, I32, 1, I32]);
            } else if shape.asking.is_empty() {
                bytes.extend([0x60, 0, 1, I32]);
            } else {
                count = 0;
            }
            count += index(means.keepers.count());
            bytes.extend(means.keepers.types());
        }
        FUNCTIONS => {
            ty.encode(&mut bytes);
            for stand_in in &shape.stand_ins {
                shape.functions[stand_in.import as usize].encode(&mut bytes);
                count += 1;
            }
            let dispatchers = means.steps.as_ref().map_or(0, Steps::dispatcher_count);
            for place in 0..means.steps.as_ref().map_or(0, Steps::count) {
                let own = index(shape.types.len());
                (if place < dispatchers { own } else { ty }).encode(&mut bytes);
                count += 1;
            }
            let own = u32::from(means.steps.is_some() || shape.asking.is_empty());
            for place in 0..index(means.keepers.count()) {
                (index(shape.types.len()) + own + place).encode(&mut bytes);
                count += 1;
            }
        }
        MEMORIES if !shape.stand_ins.is_empty() => {
            let pages = Places::new(shape.posts.len()).pages();
            // It never grows.
            bytes.push(1);
            pages.encode(&mut bytes);
            pages.encode(&mut bytes);
        }
        // One function, and never more.
        TABLES => bytes.extend([FUNCREF, 1, 1, 1]),
        // Both variable, and zero to begin with.
        GLOBALS => {
            bytes.extend([I32, 1, 0x41, 0, 0x0B].repeat(2));
            count += 1;
        }
        EXPORTS => {
            CHECKS.encode(&mut bytes);
            bytes.push(1);
            shape.tables.count.encode(&mut bytes);
            BUDGET.encode(&mut bytes);
            bytes.push(3);
            shape.globals.encode(&mut bytes);
            NEXT.encode(&mut bytes);
            bytes.push(3);
            (shape.globals + 1).encode(&mut bytes);
            count += 2;
            if !shape.stand_ins.is_empty() {
                QUEUE.encode(&mut bytes);
                bytes.push(2);
                shape.memories.encode(&mut bytes);
                count += 1;
            }
            for (place, variable) in variables(shape).enumerate() {
                state(place).encode(&mut bytes);
                bytes.push(3);
                variable.encode(&mut bytes);
                count += 1;
            }
            if let Some(start) = shape.start {
                START.encode(&mut bytes);
                bytes.push(0);
                start.encode(&mut bytes);
                count += 1;
            }
        }
        _ => return None,
    }
    Some((count, bytes))
}

/// The globals by which the state of an instance is known, together with its memory; none if that is not all of it.
fn variables(shape: &Shape<'_>) -> impl Iterator<Item = u32> {
    let ours = [shape.globals, shape.globals + 1];
    let all = shape.variables.iter().copied().chain(ours);
    all.filter(|_| !shape.hides_state)
}

/// How many items a section has, and the items. A table that never grows gets a bound, so that calls through it need not load its size.
fn items(shape: &Shape<'_>, section: &Section) -> Result<(u32, Vec<u8>)> {
    let content = &shape.wasm[section.content.clone()];
    let mut reader = BinaryReader::new(content, 0);
    let count = reader.read_var_u32()?;
    let mut items = content[reader.original_position()..].to_vec();
    if section.id == TABLES && !shape.tables.grow && count == 1 && items.starts_with(&[FUNCREF, 0]) {
        items[1] = 1;
        items.extend_from_within(2..);
    }
    Ok((count, items))
}

/// Writes a section.
fn put(wasm: &mut Vec<u8>, id: u8, count: u32, parts: &[&[u8]]) {
    let mut content = Vec::new();
    count.encode(&mut content);
    for part in parts {
        content.extend(*part);
    }
    wasm.push(id);
    content.encode(wasm);
}
