//! Whose code is behind a label that only GHC knows.
//!
//! GHC cuts a function into pieces wherever it evaluates something: `_blk_c2Kh` is what `Main.go` does next, and `s2J8_entry` a thunk
//! or a function within it. The linker keeps their labels in no order that would tell. But code names what it goes on with: the
//! place of a piece in the table, which it returns to the trampoline, or the piece's info table, which it pushes or stores and whose first
//! word is that place. So a piece belongs to the function from which it can be reached by such mentions.

use std::collections::{HashMap, VecDeque};

use wasmparser::{FunctionBody, Operator, Parser, Payload, Result, TypeRef};

use super::image::Image;
use super::places::places;
use crate::host::functions::Functions;
use crate::zdecode::{Symbol, symbol};

/// The functions that have only a label of GHC's, and whose they are.
fn owners(wasm: &[u8], functions: &Functions) -> HashMap<u32, u32> {
    Code::read(wasm).map(|code| code.owners(functions)).unwrap_or_default()
}

/// What functions of a module are called in Haskell, and where in its source they are.
#[derive(Debug)]
pub struct Names<'a> {
    functions: &'a Functions,
    owners: HashMap<u32, u32>,
    places: HashMap<u32, String>,
}

impl<'a> Names<'a> {
    /// For the module `wasm` with these functions. Takes some 10 ms per megabyte.
    pub fn of(wasm: &[u8], functions: &'a Functions) -> Self {
        Self { functions, owners: owners(wasm, functions), places: places(wasm, functions) }
    }

    /// The name of a function of the file.
    pub fn name(&self, function: u32) -> Option<String> {
        let name = self.functions.name(function)?;
        let Some(owner) = self.owners.get(&function).and_then(|owner| self.functions.name(*owner)) else {
            return Some(symbol(name));
        };
        // What a function does after it has evaluated something is its own; what it only makes has a label of its own.
        let piece = name.strip_prefix("_blk_").map_or_else(|| format!(" ({name})"), |_| String::new());
        Some(symbol(owner) + &piece)
    }

    /// Where its source is, or that of the function that it is a piece of.
    pub fn place(&self, function: u32) -> Option<&str> {
        let own = self.places.get(&function);
        let place = own.or_else(|| self.places.get(self.owners.get(&function)?))?;
        Some(place)
    }
}

/// Whether a name is a label: `_blk_c2Kh`, `s2J8_entry`.
fn is_label(name: &str) -> bool {
    let stem = || name.strip_suffix("_entry").or_else(|| name.strip_suffix("_info"));
    let is_short = |stem: &str| {
        stem.starts_with(|first: char| first.is_ascii_lowercase())
            && stem.chars().all(|each| each.is_ascii_alphanumeric())
    };
    name.starts_with("_blk_") || stem().is_some_and(is_short)
}

#[derive(Default)]
struct Code<'a> {
    imported: u32,
    bodies: Vec<FunctionBody<'a>>,
    image: Image<'a>,
}

impl<'a> Code<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut code = Self { image: Image::read(wasm)?, ..Self::default() };
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        code.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => code.bodies.push(body),
                _ => {}
            }
        }
        Ok(code)
    }

    fn owners(&self, functions: &Functions) -> HashMap<u32, u32> {
        let mentions: Vec<_> = self.bodies.iter().map(|body| self.mentions(body, functions)).collect();
        let mentions = |function: u32| {
            let place = function.checked_sub(self.imported).map(|place| place as usize);
            place.and_then(|place| mentions.get(place)).map_or(&[][..], Vec::as_slice)
        };
        let all = self.imported..self.imported + u32::try_from(self.bodies.len()).unwrap_or_default();
        let is_named =
            |function: &u32| functions.name(*function).is_some_and(|name| Symbol::parse(name).is_some());
        let mut waiting: VecDeque<(u32, u32)> = all.filter(is_named).map(|named| (named, named)).collect();
        let mut owners = HashMap::new();
        while let Some((function, owner)) = waiting.pop_front() {
            for piece in mentions(function) {
                if functions.name(*piece).is_some_and(is_label) && !owners.contains_key(piece) {
                    owners.insert(*piece, owner);
                    waiting.push_back((*piece, owner));
                }
            }
        }
        owners
    }

    /// The functions that a body goes on with or makes closures of; others that a number happens to name are no labels, most of them.
    fn mentions(&self, body: &FunctionBody<'_>, functions: &Functions) -> Vec<u32> {
        let mut found = Vec::new();
        let Ok(mut reader) = body.get_operators_reader() else { return found };
        let mut last = None;
        while let Ok(operator) = reader.read() {
            let function = |place| functions.in_table(place).map(|(function, _)| function);
            match (last.take(), operator) {
                (Some(place), Operator::Return | Operator::End) => found.extend(function(place)),
                (_, Operator::I32Const { value }) => {
                    last = Some(value.cast_unsigned());
                    found.extend(self.image.word(value.cast_unsigned()).and_then(function));
                }
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_told_from_names() {
        for label in ["_blk_c2Kh", "s2J8_entry", "r2Iw_info"] {
            assert!(is_label(label), "{label}");
        }
        for name in ["Main_go_entry", "main", "stg_ap_0_fast", "hs_init", "stg_upd_frame_info"] {
            assert!(!is_label(name), "{name}");
        }
    }

    #[test]
    fn pieces_belong_to_who_goes_on_with_them() {
        // The info table at 16 is of the place 2; go on with what it pushes, and that with place 3.
        let text = r#"(module (memory 1) (table 5 funcref) (elem (i32.const 1) $Main_go_entry $_blk_c1 $s2_entry $Main_run_entry)
            (func $Main_go_entry (result i32) (i32.store (i32.const 100) (i32.const 16)) (i32.const 4))
            (func $_blk_c1 (result i32) (i32.const 3))
            (func $s2_entry (result i32) (i32.const 0))
            (func $Main_run_entry (result i32) (i32.const 1))
            (data (i32.const 16) "\02\00\00\00"))"#;
        let wasm = wat::parse_str(text).expect("valid text");
        let owners = owners(&wasm, &Functions::of(&wasm));
        assert_eq!(owners, HashMap::from([(1, 0), (2, 0)]));
    }
}
