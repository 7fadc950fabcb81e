//! What a wasm file says of itself, read without running or compiling it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wasmparser::{
    CompositeInnerType, Data, DataKind, ExternalKind, Operator, Parser, Payload, TypeRef, ValType,
};

use super::keys::{CLAIM, GIVE_UP, LOOK_UP};
use super::preview1::WASI;
use super::rewrite::{externrefs_of_locals, externrefs_of_types};
use super::weave::{Known, Post};
use crate::error::{Error, Result};

/// A wasm value type, as far as it can cross to JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// A JavaScript value.
    ExternRef,
    /// A type that JavaScript cannot have (`v128`, `funcref`, …).
    Other,
}

/// The type of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Types of the arguments.
    pub params: Vec<Type>,
    /// Types of the results.
    pub results: Vec<Type>,
}

impl Signature {
    /// The places of the parameters that are JavaScript values.
    pub fn values(&self) -> impl Iterator<Item = usize> + '_ {
        let params = self.params.iter().enumerate();
        params.filter(|(_, ty)| **ty == Type::ExternRef).map(|(place, _)| place)
    }

    /// Whether the result is a JavaScript value.
    pub fn gives_value(&self) -> bool {
        self.results.first() == Some(&Type::ExternRef)
    }
}

/// How a module is meant to be run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `_start` runs once.
    Command,
    /// `_initialize` runs once (unless it ran at build time), then exports are called.
    #[default]
    Reactor,
}

/// A function that the module wants from its host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The module it is imported from.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// Its type; `None` for a memory, table, global or tag.
    pub signature: Option<Signature>,
}

/// A function that the module offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Its type.
    pub signature: Signature,
}

/// What [`inspect`] found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Inspection {
    /// Command or reactor.
    pub kind: Kind,
    /// Imports in the order of the file.
    pub imports: Vec<Import>,
    /// Imports of which calls are changed: see [`super::weave`].
    pub known: Known,
    /// Exported functions in the order of the file.
    pub exports: Vec<Export>,
    /// Exported constants: addresses in linear memory, as the linker exports data by name.
    pub constants: BTreeMap<String, i32>,
    /// How many memories the module has of its own.
    pub memories: u32,
    /// Name of the exported memory.
    pub memory: Option<String>,
    /// Where in memory the module's data end; `usize::MAX` where the file does not say it by a number.
    pub data_end: usize,
    /// Custom sections by name; sections of one name in the order of the file.
    pub custom: BTreeMap<String, Vec<Vec<u8>>>,
    /// Where externrefs appear in types and locals, as offsets into the file: see [`super::rewrite`].
    pub externrefs: Vec<usize>,
}

/// Reads `wasm`. Custom sections whose name `keep` accepts are copied.
///
/// # Errors
/// [`Error::InvalidModule`]: not wasm, a component, or broken.
pub fn inspect(wasm: &[u8], keep: impl Fn(&str) -> bool) -> Result<Inspection> {
    check_header(wasm)?;
    let mut reader = Reader { wasm, ..Reader::default() };
    let read = || -> wasmparser::Result<Inspection> {
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::CustomSection(section) if keep(section.name()) => {
                    let sections = reader.found.custom.entry(section.name().to_owned()).or_default();
                    sections.push(section.data().to_owned());
                }
                other => reader.read(other)?,
            }
        }
        if reader.found.exports.iter().any(|export| export.name == "_start") {
            reader.found.kind = Kind::Command;
        }
        Ok(reader.found)
    };
    read().map_err(|error| {
        Error::InvalidModule(format!(
            "expected a whole WebAssembly module; it is damaged or cut off: {} (at byte {} of {})",
            error.message(),
            error.offset(),
            wasm.len()
        ))
    })
}

/// What has been read so far, by index where later sections refer to it.
#[derive(Default)]
struct Reader<'a> {
    wasm: &'a [u8],
    types: Vec<Signature>,
    functions: Vec<u32>,
    /// The value of each global that is a constant.
    globals: Vec<Option<i32>>,
    found: Inspection,
}

impl Reader<'_> {
    fn read(&mut self, payload: Payload<'_>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                externrefs_of_types(&section, self.wasm, &mut self.found.externrefs);
                for group in section {
                    self.types.extend(group?.into_types().map(|ty| signature(&ty.composite_type.inner)));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    self.import(&import?);
                }
            }
            Payload::FunctionSection(section) => {
                for index in section {
                    self.functions.push(index?);
                }
            }
            Payload::MemorySection(section) => self.found.memories += section.count(),
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global?;
                    self.globals.push(match global.init_expr.get_operators_reader().read()? {
                        Operator::I32Const { value } if !global.ty.mutable => Some(value),
                        _ => None,
                    });
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    self.export(&export?);
                }
            }
            Payload::DataSection(section) => {
                for segment in section {
                    self.found.data_end = self.found.data_end.max(end(&segment?)?);
                }
            }
            Payload::CodeSectionEntry(body) => {
                externrefs_of_locals(&body, self.wasm, &mut self.found.externrefs);
            }
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, import: &wasmparser::Import<'_>) {
        let signature = match import.ty {
            TypeRef::Func(index) => {
                let signature = self.types.get(index as usize).cloned();
                if let (Some(signature), true) = (&signature, import.module != WASI) {
                    self.know(import.name, signature);
                }
                self.functions.push(index);
                signature
            }
            TypeRef::Global(_) => {
                self.globals.push(None);
                None
            }
            _ => None,
        };
        let (module, name) = (import.module.to_owned(), import.name.to_owned());
        self.found.imports.push(Import { module, name, signature });
    }

    /// Takes note of what may be done with calls of the next import, a function that is not WASI's.
    fn know(&mut self, name: &str, signature: &Signature) {
        let values: Vec<usize> = signature.values().collect();
        let Signature { params, results } = signature;
        let Ok(function) = u32::try_from(self.functions.len()) else { return };
        let known = &mut self.found.known;
        match (name, params.as_slice(), results.as_slice()) {
            (LOOK_UP, [Type::I32], [Type::ExternRef]) => known.identities.push(function),
            (CLAIM, [Type::ExternRef], [Type::I32]) => known.claim = Some(function),
            (GIVE_UP, [Type::I32], []) => known.give_up = Some(function),
            // There is nothing that could be queued.
            (_, [], []) => {}
            (_, params, [] | [Type::ExternRef]) if !params.contains(&Type::Other) => {
                let import = self.found.imports.len();
                known.posts.extend(Post::new(function, import, params.len(), &values, !results.is_empty()));
            }
            _ => {}
        }
    }

    fn export(&mut self, export: &wasmparser::Export<'_>) {
        let (index, name) = (export.index as usize, export.name.to_owned());
        match export.kind {
            ExternalKind::Func => {
                let ty = self.functions.get(index).and_then(|ty| self.types.get(*ty as usize));
                self.found.exports.push(Export { name, signature: ty.cloned().unwrap_or_default() });
            }
            ExternalKind::Memory => self.found.memory = Some(name),
            ExternalKind::Global => {
                if let Some(Some(value)) = self.globals.get(index) {
                    self.found.constants.insert(name, *value);
                }
            }
            _ => {}
        }
    }
}

/// Where in memory the data of a segment end.
fn end(segment: &Data<'_>) -> wasmparser::Result<usize> {
    let DataKind::Active { offset_expr, .. } = &segment.kind else { return Ok(0) };
    Ok(match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => value.cast_unsigned() as usize + segment.data.len(),
        _ => usize::MAX,
    })
}

fn signature(ty: &CompositeInnerType) -> Signature {
    match ty {
        CompositeInnerType::Func(ty) => Signature {
            params: ty.params().iter().copied().map(value_type).collect(),
            results: ty.results().iter().copied().map(value_type).collect(),
        },
        _ => Signature::default(),
    }
}

fn check_header(wasm: &[u8]) -> Result<()> {
    if Parser::is_component(wasm) {
        return Err(Error::InvalidModule(
            "expected a core WebAssembly module, found a component; GHC makes core modules, and a \
             component can be run with jco or the wasmtime command line"
                .into(),
        ));
    }
    if Parser::is_core_wasm(wasm) {
        return Ok(());
    }
    let found = match wasm {
        [] => "no bytes at all".to_owned(),
        [0x7f, b'E', b'L', b'F', ..] => "an ELF file (a native program, or a .cwasm)".to_owned(),
        _ if wasm.starts_with(b"\0asm") => "a wasm header that is cut off or of another version".to_owned(),
        _ => format!("{:?}", String::from_utf8_lossy(&wasm[..wasm.len().min(16)])),
    };
    Err(Error::InvalidModule(format!(
        "expected a WebAssembly module (it starts with \"\\0asm\" and version 1), found {found}"
    )))
}

fn value_type(ty: ValType) -> Type {
    match ty {
        ValType::I32 => Type::I32,
        ValType::I64 => Type::I64,
        ValType::F32 => Type::F32,
        ValType::F64 => Type::F64,
        ValType::Ref(reference) if reference.is_extern_ref() => Type::ExternRef,
        _ => Type::Other,
    }
}
