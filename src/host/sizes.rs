//! How large the parts of a wasm file are: its sections, and each function with its name.

use wasmparser::{KnownCustom, Name, Parser, Payload};

use crate::error::{Error, Result};

/// A section of a wasm file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `code`, `data`, …; a custom section's own name.
    pub name: String,
    /// Bytes, without the section's header.
    pub bytes: usize,
    /// Whether it is a custom section, which costs nothing at run time.
    pub is_custom: bool,
}

/// A function defined in a wasm file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name in the name section; empty where there is none.
    pub name: String,
    /// Bytes of its code.
    pub bytes: usize,
}

/// What [`sizes`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// In the order of the file.
    pub sections: Vec<Section>,
    /// In the order of the file.
    pub functions: Vec<Function>,
}

/// Reads `wasm`, which [`super::inspect::inspect`] has accepted.
///
/// # Errors
/// [`Error::InvalidModule`] if it is broken.
pub fn sizes(wasm: &[u8]) -> Result<Sizes> {
    read(wasm).map_err(|error| Error::InvalidModule(format!("the module is damaged: {error}")))
}

fn read(wasm: &[u8]) -> wasmparser::Result<Sizes> {
    let mut found = Sizes::default();
    let mut imported = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::CodeSectionEntry(body) => {
                found.functions.push(Function { name: String::new(), bytes: body.range().len() });
                continue;
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    imported += usize::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    name_functions(names, imported, &mut found.functions)?;
                }
                let (name, bytes) = (section.name().to_owned(), section.data().len());
                found.sections.push(Section { name, bytes, is_custom: true });
                continue;
            }
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            let name = NAMES.get(usize::from(id)).copied().unwrap_or("unknown").to_owned();
            found.sections.push(Section { name, bytes: range.len(), is_custom: false });
        }
    }
    Ok(found)
}

/// The sections by their number in the file.
const NAMES: [&str; 14] = [
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count",
    "tag",
];

fn name_functions(
    names: wasmparser::NameSectionReader<'_>,
    imported: usize,
    functions: &mut [Function],
) -> wasmparser::Result<()> {
    for subsection in names {
        if let Name::Function(map) = subsection? {
            for naming in map {
                let naming = naming?;
                let place = (naming.index as usize).checked_sub(imported);
                if let Some(function) = place.and_then(|place| functions.get_mut(place)) {
                    naming.name.clone_into(&mut function.name);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_their_names_and_sizes() {
        let wasm = wat::parse_str(
            r#"(module (import "a" "b" (func $imported)) (func $small) (func $large (drop (i32.const 1)) (drop (i32.const 2)))
                (memory 1) (data (i32.const 0) "twelve bytes"))"#,
        )
        .expect("valid");
        let found = sizes(&wasm).expect("valid");
        let [small, large] = &found.functions[..] else { panic!("two functions: {found:?}") };
        assert_eq!((small.name.as_str(), large.name.as_str()), ("small", "large"));
        assert_eq!(large.bytes - small.bytes, 6);
        let sections: Vec<_> = found.sections.iter().map(|section| section.name.as_str()).collect();
        assert_eq!(sections, ["type", "import", "function", "memory", "code", "data", "name"]);
        let all: usize = found.sections.iter().map(|section| section.bytes).sum();
        assert!(all < wasm.len() && all + 6 * (sections.len() + 2) > wasm.len(), "{all} of {}", wasm.len());
    }
}
