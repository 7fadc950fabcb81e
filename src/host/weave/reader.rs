//! What has to be known of a module to weave into it.

use std::iter::repeat_n;
use std::ops::Range;

use super::index::index;
use super::keep::Kept;
use super::live::wanted_by_loops;
use super::share::each;
use super::stand_ins::{StandIn, stand_ins};
use super::{Known, Post};
use crate::host::preview1::may_print;
use crate::host::tier::Tier;
use wasmparser::{
    CompositeInnerType, DataKind, ElementItems, ElementKind, ElementSectionReader, ExternalKind,
    FunctionBody, GlobalType, Operator, OperatorsReader, Parser, Payload, Result, Table, TableInit, TypeRef,
    ValType,
};

/// Magic and version.
pub(super) const HEADER_BYTES: usize = 8;

/// What loops want is not looked for in a function with more.
const MOST_LOCALS: usize = 512;

/// A section: its number, and where in the file it and its content are.
pub(super) struct Section {
    pub(super) id: u8,
    pub(super) whole: Range<usize>,
    pub(super) content: Range<usize>,
}

/// What one function does.
#[derive(Default)]
pub(super) struct Facts {
    /// Which of the module's own functions it calls by name: their places.
    pub(super) calls: Vec<usize>,
    /// Whether it calls functions by reference.
    pub(super) is_indirect: bool,
    /// Whether it has loops, calls imports, or operates on memory in a way that may take long.
    pub(super) takes_time: bool,
    /// What a check keeps when it is entered.
    pub(super) on_entry: Kept,
    /// What the checks of its loops keep, in the order of the file; nothing of those that are not here.
    pub(super) in_loops: Vec<Kept>,
    /// Numbers in its code that it gives, if it has the type of a step.
    pub(super) gives: Vec<u32>,
    /// What it says of the module.
    says: Says,
}

/// What the code of a function says of its module.
#[derive(Clone, Copy, Default)]
struct Says {
    /// It has a trampoline.
    has_trampoline: bool,
    /// Tables may grow.
    tables_grow: bool,
    /// There is more to tables than segments and plain calls.
    tables_are_used: bool,
}

/// The place of a segment of functions in the table, and their indices.
pub(super) type Segment = (u32, Vec<u32>);

/// A module's tables.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) count: u32,
    /// The number of places of the last one.
    pub(super) size: u32,
    /// Whether they may grow: one is shared, or some code lets it.
    pub(super) grow: bool,
    /// Whether there is more to them than segments and plain calls.
    pub(super) are_used: bool,
    /// Whether one is indexed by i64.
    pub(super) are_wide: bool,
}

/// A module, read once.
#[derive(Default)]
pub(super) struct Shape<'a> {
    pub(super) wasm: &'a [u8],
    tier: Tier,
    pub(super) sections: Vec<Section>,
    /// The parameters of each type, if it is a function's.
    pub(super) types: Vec<Vec<ValType>>,
    /// The types `() -> i32`, which are the same by any index.
    pub(super) asking: Vec<u32>,
    /// The type of each function, imported ones first.
    pub(super) functions: Vec<u32>,
    pub(super) imported: usize,
    /// For each imported function whether it is one of WASI's that may print.
    pub(super) may_print: Vec<bool>,
    /// The imports whose calls are taken note of.
    pub(super) posts: &'a [Post],
    /// What is called in place of imports.
    pub(super) stand_ins: Vec<StandIn>,
    /// Those whose calls are left out.
    pub(super) identities: &'a [u32],
    pub(super) memories: u32,
    pub(super) tables: Tables,
    pub(super) globals: u32,
    /// Those that are variable.
    pub(super) variables: Vec<u32>,
    /// Whether an instance has state that cannot be reached from outside: see Note [Moving to better code] in [`crate::host::moving`].
    pub(super) hides_state: bool,
    /// What the table has from which place on, if all of it is said by numbers; in the order of the file.
    pub(super) elements: Option<Vec<Segment>>,
    /// Whether a loop calls first of all what a local says, with the type that checks have.
    pub(super) has_trampoline: bool,
    pub(super) start: Option<u32>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    pub(super) facts: Vec<Facts>,
}

impl<'a> Shape<'a> {
    pub(super) fn read(wasm: &'a [u8], known: &'a Known, tier: Tier) -> Result<Self> {
        let Known { posts, identities, .. } = known;
        let mut shape =
            Self { wasm, tier, posts, identities, stand_ins: stand_ins(known), ..Self::default() };
        for payload in Parser::new(0).parse_all(wasm) {
            shape.payload(payload?)?;
        }
        let facts = each(&shape.bodies, |place, body| shape.facts(place, body));
        shape.facts = facts.into_iter().collect::<Result<_>>()?;
        for Facts { says, .. } in &shape.facts {
            shape.has_trampoline |= says.has_trampoline;
            shape.tables.grow |= says.tables_grow;
            shape.tables.are_used |= says.tables_are_used;
        }
        shape.hides_state |= shape.memories > 1 || shape.tables.grow || shape.tables.are_used;
        Ok(shape)
    }

    /// The parameters of the function of this index.
    pub(super) fn param_types(&self, function: usize) -> &[ValType] {
        let ty = self.functions.get(function).and_then(|ty| self.types.get(*ty as usize));
        ty.map_or(&[], Vec::as_slice)
    }

    /// The place in `stand_ins` of the one for the import of this index.
    pub(super) fn stand_in(&self, import: u32) -> Option<usize> {
        self.stand_ins.iter().position(|stand_in| stand_in.import == import)
    }

    fn payload(&mut self, payload: Payload<'a>) -> Result<()> {
        if let Some((id, content)) = payload.as_section() {
            let from = self.sections.last().map_or(HEADER_BYTES, |section| section.whole.end);
            self.sections.push(Section { id, whole: from..content.end, content });
        }
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    let group = group?;
                    let is_alone = !group.is_explicit_rec_group();
                    for ty in group.into_types() {
                        let is_plain = is_alone && ty.is_final && ty.supertype_idx.is_none();
                        self.add_type(&ty.composite_type.inner, is_plain);
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                            self.functions.push(ty);
                            self.may_print.push(may_print(import.module, import.name));
                        }
                        TypeRef::Memory(_) => {
                            self.memories += 1;
                            self.hides_state = true;
                        }
                        TypeRef::Table(ty) => {
                            self.tables.are_wide |= ty.table64;
                            self.tables.count += 1;
                            self.tables.grow = true;
                        }
                        TypeRef::Global(_) => {
                            self.globals += 1;
                            self.hides_state = true;
                        }
                        TypeRef::Tag(_) => {}
                    }
                }
                self.imported = self.may_print.len();
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::MemorySection(section) => self.memories += section.count(),
            Payload::TableSection(section) => {
                self.tables.count += section.count();
                for table in section {
                    let Table { ty, init } = table?;
                    self.tables.are_wide |= ty.table64;
                    self.tables.are_used |= !matches!(init, TableInit::RefNull);
                    self.tables.size = u32::try_from(ty.initial).unwrap_or(u32::MAX);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let GlobalType { content_type, mutable, .. } = global?.ty;
                    self.variables.extend(mutable.then_some(self.globals));
                    self.hides_state |= mutable && content_type.is_reference_type();
                    self.globals += 1;
                }
            }
            Payload::ExportSection(section) => {
                let mut shows_memory = false;
                for export in section {
                    let kind = export?.kind;
                    self.tables.grow |= kind == ExternalKind::Table;
                    shows_memory |= kind == ExternalKind::Memory;
                }
                self.hides_state |= self.memories > 0 && !shows_memory;
            }
            Payload::DataSection(section) => {
                for segment in section {
                    let segment = segment?;
                    // wizer leaves empty ones, of which nothing can be lost.
                    let is_passive = matches!(segment.kind, DataKind::Passive);
                    self.hides_state |= is_passive && !segment.data.is_empty();
                }
            }
            Payload::ElementSection(section) => self.elements = elements(section)?,
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            _ => {}
        }
        Ok(())
    }

    fn add_type(&mut self, ty: &CompositeInnerType, is_plain: bool) {
        let mut params = Vec::new();
        if let CompositeInnerType::Func(ty) = ty {
            params.extend(ty.params());
            if is_plain && params.is_empty() && ty.results() == [ValType::I32] {
                self.asking.push(index(self.types.len()));
            }
        }
        self.types.push(params);
    }

    fn facts(&self, place: usize, body: &FunctionBody<'a>) -> Result<Facts> {
        let mut facts = Facts::default();
        let mut has_loops = false;
        let mut number = None;
        let is_asking = self.functions.get(self.imported + place).is_some_and(|ty| self.asking.contains(ty));
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let operator = reader.read()?;
            if is_asking && matches!(operator, Operator::Return | Operator::End) {
                facts.gives.extend(number);
            }
            number =
                if let Operator::I32Const { value } = operator { Some(value.cast_unsigned()) } else { None };
            has_loops |= matches!(operator, Operator::Loop { .. });
            if matches!(operator, Operator::Loop { .. })
                && let Some(Trampoline { ty, .. }) = Trampoline::read(&reader)
            {
                facts.says.has_trampoline |= self.asking.contains(&ty);
            }
            match operator {
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    let defined = (function_index as usize).checked_sub(self.imported);
                    facts.takes_time |= defined.is_none();
                    facts.calls.extend(defined);
                }
                Operator::ReturnCallIndirect { .. } => {
                    facts.is_indirect = true;
                    facts.says.tables_are_used = true;
                }
                Operator::CallIndirect { .. } | Operator::CallRef { .. } | Operator::ReturnCallRef { .. } => {
                    facts.is_indirect = true;
                }
                Operator::Loop { .. } | Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } => {
                    facts.takes_time = true;
                }
                Operator::TableGrow { .. } => facts.says.tables_grow = true,
                Operator::TableGet { .. }
                | Operator::TableSet { .. }
                | Operator::TableInit { .. }
                | Operator::TableCopy { .. }
                | Operator::TableFill { .. } => facts.says.tables_are_used = true,
                _ => {}
            }
        }
        facts.gives.sort_unstable();
        facts.gives.dedup();
        facts.calls.sort_unstable();
        facts.calls.dedup();
        if self.tier == Tier::Optimized {
            self.keep(place, body, &mut facts, has_loops)?;
        }
        Ok(facts)
    }

    /// Finds out what the checks of a function keep: see Note [Kept locals].
    fn keep(&self, place: usize, body: &FunctionBody<'a>, facts: &mut Facts, has_loops: bool) -> Result<()> {
        let mut types = self.param_types(self.imported + place).to_vec();
        let params: Vec<u32> = (0..index(types.len())).collect();
        facts.on_entry = Kept::of(&params, &types);
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            types.extend(repeat_n(ty, (count as usize).min(MOST_LOCALS)));
            // In a module that is not valid there may be any number.
            if types.len() > MOST_LOCALS {
                break;
            }
        }
        if has_loops && types.len() <= MOST_LOCALS {
            let wanted = wanted_by_loops(body, types.len())?;
            facts.in_loops = wanted.iter().map(|wanted| Kept::of(wanted, &types)).collect();
        }
        Ok(())
    }
}

/// A loop that calls first of all what a local says, as GHC's `StgRun` does with all of Haskell: what runs there is on no stack of
/// calls when the loop's head asks.
#[derive(Clone, Debug)]
pub(super) struct Trampoline {
    /// The local with the function.
    pub(super) local: u32,
    /// The type of the call.
    pub(super) ty: u32,
    /// Where in the file the call is, the local before it left out.
    pub(super) call: Range<usize>,
    /// Where the loop's end is, if all that it does is to put the call's result into the local and go on unless that is 0.
    pub(super) end: Option<usize>,
}

impl Trampoline {
    /// What `inside`, the inside of a loop, begins with.
    pub(super) fn read(inside: &OperatorsReader<'_>) -> Option<Self> {
        let mut ahead = inside.clone();
        let Operator::LocalGet { local_index: local } = ahead.read().ok()? else { return None };
        let start = ahead.original_position();
        let Operator::CallIndirect { type_index: ty, .. } = ahead.read().ok()? else { return None };
        let call = start..ahead.original_position();
        Some(Self { local, ty, call, end: Self::end(ahead, local) })
    }

    fn end(mut ahead: OperatorsReader<'_>, local: u32) -> Option<usize> {
        let is_kept =
            matches!(ahead.read().ok()?, Operator::LocalTee { local_index } if local_index == local);
        let goes_on = matches!(ahead.read().ok()?, Operator::BrIf { relative_depth: 0 });
        let end = ahead.original_position();
        let is_over = matches!(ahead.read().ok()?, Operator::End);
        (is_kept && goes_on && is_over).then_some(end)
    }
}

/// The segments of the table, if each is a list of functions for a place that is a number.
fn elements(section: ElementSectionReader<'_>) -> Result<Option<Vec<Segment>>> {
    let mut elements = Vec::new();
    for segment in section {
        let segment = segment?;
        let ElementKind::Active { table_index: None | Some(0), offset_expr } = segment.kind else {
            return Ok(None);
        };
        let mut offset = offset_expr.get_operators_reader();
        let (Operator::I32Const { value }, Operator::End) = (offset.read()?, offset.read()?) else {
            return Ok(None);
        };
        let ElementItems::Functions(functions) = segment.items else { return Ok(None) };
        elements.push((value.cast_unsigned(), functions.into_iter().collect::<Result<_>>()?));
    }
    Ok(Some(elements))
}
