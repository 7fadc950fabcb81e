//! What GHC made of a module's foreign exports, read from the module's object file.
//!
//! GHC writes a C function for each export (`compiler/GHC/HsToCore/Foreign/Wasm.hs` and `C.hs`): it
//! makes each argument with `rts_mk<Type>` in order, and takes the result with `rts_get<Type>`; the
//! promise of an asynchronous export is resolved in Haskell by `js_promiseResolve<Type>`. The types are
//! those that really cross, all synonyms and newtypes seen through. An object that is not as expected
//! tells nothing: the caller then has what the source says.

use std::ops::Range;

use wasmparser::{KnownCustom, Linking, Parser, Payload, RelocationEntry, SymbolFlags, SymbolInfo, TypeRef};

use super::signature::TYPES;

/// One foreign export in an object file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stub {
    /// The name in the wasm module.
    pub(crate) name: String,
    /// The exported binding, if it can be told.
    pub(crate) haskell_name: Option<String>,
    /// Whether it is a `foreign export javascript`, which the linker exports by itself.
    pub(crate) is_javascript: bool,
    /// Whether a call gives a promise.
    pub(crate) is_async: bool,
    /// The types of [`TYPES`] that cross.
    pub(crate) args: Vec<String>,
    /// A type of [`TYPES`] or `()`, if it can be told.
    pub(crate) result: Option<String>,
    /// Where it cannot: how the names of all types begin that it may be, `Int` or `Word`.
    pub(crate) family: Option<&'static str>,
}

/// The foreign exports in an object file; none if it is not one of wasm's.
pub(crate) fn stubs(object: &[u8]) -> Vec<Stub> {
    Object::read(object).map(|object| object.stubs()).unwrap_or_default()
}

/// How GHC names the bindings behind foreign exports.
const STABLE: &str = "zdfstable";

/// Begins the names of what GHC makes for `"wrapper"` imports.
const WRAPPERS: [&str; 2] = ["ghczuwasmzujsffi", "ghcwrapper"];

struct Function<'a> {
    name: &'a str,
    flags: SymbolFlags,
    body: Range<usize>,
}

#[derive(Default)]
struct Object<'a> {
    functions: Vec<Function<'a>>,
    /// What the code names, by its place in the code.
    mentions: Vec<(usize, &'a str)>,
}

impl<'a> Object<'a> {
    fn read(object: &'a [u8]) -> wasmparser::Result<Self> {
        let mut imported = Vec::new();
        let (mut code, mut bodies) = (0, Vec::new());
        let (mut symbols, mut relocations) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(object) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        if matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                            imported.push(import.name);
                        }
                    }
                }
                Payload::CodeSectionStart { range, .. } => code = range.start,
                Payload::CodeSectionEntry(body) => bodies.push(body.range()),
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Linking(linking) => {
                        for part in linking.subsections() {
                            if let Linking::SymbolTable(table) = part? {
                                symbols = table.into_iter().collect::<Result<_, _>>()?;
                            }
                        }
                    }
                    KnownCustom::Reloc(found) if section.name() == "reloc.CODE" => {
                        relocations = found.entries().into_iter().collect::<Result<_, _>>()?;
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        let body = |index: u32| bodies.get((index as usize).checked_sub(imported.len())?);
        let functions = symbols.iter().filter_map(|symbol| match symbol {
            SymbolInfo::Func { flags, index, name: Some(name) } => {
                body(*index).map(|body| Function { name, flags: *flags, body: body.clone() })
            }
            _ => None,
        });
        let name = |entry: &RelocationEntry| match symbols.get(entry.index as usize)? {
            SymbolInfo::Func { name: Some(name), .. } | SymbolInfo::Data { name, .. } => Some(*name),
            SymbolInfo::Func { index, .. } => imported.get(*index as usize).copied(),
            _ => None,
        };
        let mentions =
            relocations.iter().filter_map(|entry| Some((code + entry.offset as usize, name(entry)?)));
        Ok(Self { functions: functions.collect(), mentions: mentions.collect() })
    }

    fn mentions_in(&self, body: &Range<usize>) -> &[(usize, &'a str)] {
        let begin = self.mentions.partition_point(|(at, _)| *at < body.start);
        let end = self.mentions.partition_point(|(at, _)| *at < body.end);
        &self.mentions[begin..end]
    }

    fn stubs(&self) -> Vec<Stub> {
        let is_wrapper = |name: &str| WRAPPERS.iter().any(|prefix| name.starts_with(prefix));
        self.functions
            .iter()
            .filter(|function| !is_wrapper(function.name))
            .filter_map(|function| self.stub(function))
            .collect()
    }

    fn stub(&self, function: &Function<'_>) -> Option<Stub> {
        let mentions = self.mentions_in(&function.body);
        let mentioned = || mentions.iter().map(|(_, name)| *name);
        mentioned().find(|name| *name == "rts_lock")?;
        let binding = mentioned().find(|name| name.contains(STABLE))?.strip_suffix("_closure")?;
        let promised = self.promised(binding);
        let taken = mentioned().filter_map(|name| name.strip_prefix("rts_get")).next_back();
        Some(Stub {
            name: function.name.to_owned(),
            haskell_name: haskell_name(binding),
            is_javascript: function.flags.contains(SymbolFlags::EXPORTED),
            is_async: promised.is_some(),
            family: promised.as_ref().and_then(|resolved| resolved.family),
            args: mentioned().filter_map(|name| name.strip_prefix("rts_mk")).map(str::to_owned).collect(),
            result: match promised {
                Some(resolved) => resolved.exact,
                None => Some(taken.unwrap_or("()").to_owned()),
            },
        })
    }

    /// The type with which the Haskell code of an asynchronous export resolves its promise.
    fn promised(&self, binding: &str) -> Option<Resolved> {
        let of_binding = self.functions.iter().filter(|function| function.name.starts_with(binding));
        of_binding
            .flat_map(|function| self.mentions_in(&function.body))
            .find_map(|(_, name)| name.split_once("jszupromiseResolve"))
            .and_then(|(_, rest)| resolved_type(rest.strip_suffix("_closure")?))
    }
}

/// With which type a promise is resolved.
#[derive(Debug, Default, PartialEq, Eq)]
struct Resolved {
    exact: Option<String>,
    family: Option<&'static str>,
}

/// `JSVal` of `JSVal1`: GHC numbers what it takes out of a function, and numbers that stand there already give way. So
/// `Int3` may be any of `Int` to `Int64`, while `Int64` is itself.
fn resolved_type(text: &str) -> Option<Resolved> {
    let is_type = |name: &str| TYPES.contains(&name) || name == "Unit";
    let base = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let name = if is_type(text) { text } else { base };
    let family = ["Int", "Word"].into_iter().find(|family| *family == name && name != text);
    let exact = || Some(if name == "Unit" { "()" } else { name }.to_owned());
    is_type(name).then(|| Resolved { exact: if family.is_some() { None } else { exact() }, family })
}

/// The binding in `A_jsffizuzdfstableZZC3ZZCmainZZCAZZCfib`: what stands after the last z-encoded colon.
fn haskell_name(binding: &str) -> Option<String> {
    let (_, name) = binding.rsplit_once("ZZC")?;
    // The name was encoded twice, as part of a name that was.
    let decoded = z_decode(&z_decode(name)?)?;
    (!decoded.is_empty()).then_some(decoded)
}

/// Undoes GHC's z-encoding, of the characters that the name of an exported function can have.
fn z_decode(text: &str) -> Option<String> {
    let mut decoded = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        decoded.push(match c {
            'z' => match rest.next()? {
                'z' => 'z',
                'u' => '_',
                'q' => '\'',
                _ => return None,
            },
            'Z' => (rest.next()? == 'Z').then_some('Z')?,
            _ => c,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::{haskell_name, resolved_type, stubs};

    #[test]
    fn numbers_that_ghc_adds_are_no_part_of_a_type() {
        let exact = |text: &str| resolved_type(text).unwrap().exact.unwrap();
        let types = ["Int", "Int8", "Int64", "Word16", "JSVal1", "Double2", "Unit1"].map(exact);
        assert_eq!(types, ["Int", "Int8", "Int64", "Word16", "JSVal", "Double", "()"]);
        assert_eq!(resolved_type("Text"), None);
    }

    #[test]
    fn numbers_of_integers_may_be_either() {
        for (text, family) in [("Int1", "Int"), ("Int5", "Int"), ("Word3", "Word")] {
            let resolved = resolved_type(text).unwrap();
            assert_eq!((resolved.exact, resolved.family), (None, Some(family)));
        }
    }

    #[test]
    fn the_binding_is_named_in_its_symbol() {
        let name = |text: &str| haskell_name(&format!("A_jsffizuzdfstableZZC3ZZCmainZZCAZZC{text}"));
        assert_eq!(name("fib").as_deref(), Some("fib"));
        assert_eq!(name("myzzuffzzq").as_deref(), Some("my_ff'"));
        assert_eq!(haskell_name("A_x"), None);
    }

    #[test]
    fn what_is_no_object_has_none() {
        assert_eq!(stubs(b"\0asm"), []);
        assert_eq!(stubs(b"!<arch>\n"), []);
        assert_eq!(stubs(&wat::parse_str("(module (func (export \"f\")))").unwrap()), []);
    }
}
