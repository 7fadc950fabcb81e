//! The type of a foreign export as words that tell a caller what to pass and what to expect.
//!
//! [`Signature::parse`] takes a type apart as it is written. [`normal`] names each part by one of
//! [`TYPES`]: what GHC made of it decides (see [`super::stubs`]), since only GHC knows all synonyms and
//! newtypes; the source decides where GHC's code does not, between a `JSVal` and its newtypes.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::lexer::{Kind, Token, tokens};
use super::stubs::Stub;

/// Every type that can cross, by its name in Haskell.
pub(crate) const TYPES: [&str; 20] = [
    "Bool",
    "Char",
    "Int",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "Word",
    "Word8",
    "Word16",
    "Word32",
    "Word64",
    "Float",
    "Double",
    "Ptr",
    "FunPtr",
    "StablePtr",
    "JSVal",
    "JSString",
    "JSException",
];

/// The types of `Foreign.C.Types` that are whole numbers, by what they are for wasm: in no source of the project, but common.
const OF_C: [(&str, &str); 18] = [
    ("CBool", "Word8"),
    ("CChar", "Int8"),
    ("CSChar", "Int8"),
    ("CUChar", "Word8"),
    ("CShort", "Int16"),
    ("CUShort", "Word16"),
    ("CInt", "Int32"),
    ("CUInt", "Word32"),
    ("CLong", "Int32"),
    ("CULong", "Word32"),
    ("CLLong", "Int64"),
    ("CULLong", "Word64"),
    ("CSize", "Word32"),
    ("CPtrdiff", "Int32"),
    ("CIntPtr", "Int32"),
    ("CUIntPtr", "Word32"),
    ("CIntMax", "Int64"),
    ("CUIntMax", "Word64"),
];

/// The result of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultType {
    /// Whether the function is an action, `IO` of the type.
    pub io: bool,
    /// The type's name, `()` if there is no value.
    #[serde(rename = "type")]
    pub ty: String,
}

/// A type taken apart: argument types and result, as texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) args: Vec<String>,
    pub(crate) result: ResultType,
}

/// The types that stand for others, without parameters: synonyms and newtypes by their names.
#[derive(Debug, Default)]
pub(crate) struct Names<'a>(HashMap<&'a str, &'a str>);

impl<'a> Names<'a> {
    /// Of two with one name the later counts.
    pub(crate) fn new(all: impl Iterator<Item = &'a (String, String)>) -> Self {
        Self(all.map(|(name, stands_for)| (name.as_str(), stands_for.as_str())).collect())
    }

    /// The type of [`TYPES`], or `()`, that a type stands for, as far as the source tells.
    fn resolve(&self, written: &str) -> Option<&'static str> {
        let mut written = written;
        for _ in 0..16 {
            if is_unit(written) {
                return Some("()");
            }
            let head = head(written)?;
            if let Some(known) = TYPES.iter().find(|known| **known == head) {
                return Some(known);
            }
            let of_c = || OF_C.iter().find(|(name, _)| *name == head).map(|(_, stands_for)| stands_for);
            written = self.0.get(head).or_else(of_c)?;
        }
        None
    }

    /// The type that a whole signature's name stands for: `type Handler = Int -> IO ()`.
    fn expand<'t>(&self, written: &'t str) -> &'t str
    where
        'a: 't,
    {
        let is_name = |text: &str| tokens(text).len() == 1;
        let mut written = written;
        for _ in 0..16 {
            match self.0.get(last_part(written.trim())) {
                Some(stands_for) if is_name(written) => written = stands_for,
                _ => break,
            }
        }
        written
    }
}

impl Signature {
    /// Takes a type apart.
    pub(crate) fn parse(text: &str, names: &Names<'_>) -> Self {
        let mut parts = arrows(names.expand(text));
        let last = parts.pop().unwrap_or_default();
        let last = names.expand(&last);
        // A synonym may stand for the rest of the arrows.
        let mut rest = arrows(last);
        let last = rest.pop().unwrap_or_default();
        parts.append(&mut rest);
        let result = match head(&last) {
            Some("IO") => {
                let inner = without_parens(&last).trim_start();
                let inner = inner.split_once(char::is_whitespace).map_or("()", |(_, inner)| inner);
                ResultType { io: true, ty: without_parens(inner).to_owned() }
            }
            _ => ResultType { io: false, ty: last },
        };
        Self { args: parts, result }
    }
}

/// The signature in the words of [`TYPES`]; a type that nobody can name stays as it is written.
pub(crate) fn normal(written: &Signature, stub: Option<&Stub>, names: &Names<'_>) -> Signature {
    let one = |written: Option<&str>, seen: Option<&str>| -> String {
        let told = written.and_then(|written| names.resolve(written));
        match (seen, told) {
            (Some("JSVal"), Some(told @ ("JSString" | "JSException"))) | (None, Some(told)) => {
                told.to_owned()
            }
            (Some(seen), _) => seen.to_owned(),
            (None, None) => written.unwrap_or_default().to_owned(),
        }
    };
    let args = match stub {
        Some(stub) => stub
            .args
            .iter()
            .enumerate()
            .map(|(at, seen)| one(written.args.get(at).map(String::as_str), Some(seen)))
            .collect(),
        None => written.args.iter().map(|text| one(Some(text), None)).collect(),
    };
    let seen = stub.and_then(|stub| stub.result.as_deref());
    let told = one(Some(&written.result.ty), seen);
    let ty = match stub.and_then(|stub| stub.family) {
        // What the source says of one of the family is right; what it says of another type is about another name.
        Some(family) if TYPES.contains(&told.as_str()) && !told.starts_with(family) => {
            written.result.ty.clone()
        }
        _ => told,
    };
    Signature { args, result: ResultType { io: written.result.io, ty } }
}

/// What `type Name = …` or `newtype Name = …` stands for, given the tokens after the keyword and the
/// text of the declaration's right side.
pub(crate) fn stands_for(is_newtype: bool, right: &str) -> Option<String> {
    if !is_newtype {
        return Some(right.to_owned());
    }
    let (constructor, field) = right.split_once(|c: char| c.is_whitespace() || c == '{')?;
    constructor.starts_with(char::is_uppercase).then_some(())?;
    let field = field.split(" deriving").next()?;
    let field = field.rsplit_once("::").map_or(field, |(_, ty)| ty);
    Some(without_parens(field).to_owned())
}

/// The parts between the arrows, without quantifier and context.
fn arrows(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut begin, mut depth) = (0, 0_i32);
    for token in tokens(text) {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "->" | "→" | "⊸" if depth == 0 => {
                parts.push(trimmed(&text[begin..token.start]));
                begin = token.end();
            }
            // What stands before is no argument.
            "." | "=>" | "⇒" if depth == 0 => begin = token.end(),
            _ => {}
        }
    }
    parts.push(trimmed(&text[begin..]));
    parts
}

fn trimmed(text: &str) -> String {
    without_parens(text).to_owned()
}

/// The text without the parentheses around the whole of it.
fn without_parens(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        let mut depth = 0_i32;
        let closes_early = inner.chars().any(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth < 0 || c == ',' && depth == 0
        });
        if closes_early || inner.trim().is_empty() {
            break;
        }
        text = inner.trim();
    }
    text
}

fn is_unit(text: &str) -> bool {
    text.split_whitespace().collect::<String>() == "()"
}

/// The constructor that is applied, without its qualifier.
fn head(text: &str) -> Option<&str> {
    let inner = without_parens(text);
    let first: Token<'_> = *tokens(inner).first()?;
    (first.kind == Kind::Name).then(|| last_part(first.text))
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{Names, Signature, normal, stands_for};
    use crate::compiler::stubs::Stub;

    fn parsed(text: &str, names: &[(&str, &str)], stub: Option<&Stub>) -> (String, bool, String) {
        let names: Vec<_> = names.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let names = Names::new(names.iter());
        let found = normal(&Signature::parse(text, &names), stub, &names);
        (found.args.join(" "), found.result.io, found.result.ty)
    }

    fn stub(args: &[&str], result: &str) -> Stub {
        let args = args.iter().map(ToString::to_string).collect();
        Stub { args, result: Some(result.into()), ..Stub::default() }
    }

    #[test]
    fn a_type_is_taken_apart() {
        let plain = |text| parsed(text, &[], None);
        assert_eq!(plain("Int"), (String::new(), false, "Int".into()));
        assert_eq!(plain("Int -> (Prim.JSVal) -> IO (Ptr CChar)"), ("Int JSVal".into(), true, "Ptr".into()));
        assert_eq!(
            plain("forall a. Show a => StablePtr a -> IO ()"),
            ("StablePtr".into(), true, "()".into())
        );
        assert_eq!(plain("FunPtr (Int -> IO ()) -> ()"), ("FunPtr".into(), false, "()".into()));
        assert_eq!(plain("Unknown Int -> Mine"), ("Unknown Int".into(), false, "Mine".into()));
    }

    #[test]
    fn names_of_the_source_are_followed() {
        let names = [
            ("Foo", "Int"),
            ("Bar", "Foo"),
            ("Handler", "Foo -> Act"),
            ("Act", "IO Text"),
            ("Text", "JSString"),
        ];
        assert_eq!(parsed("Bar -> A.Foo", &names, None), ("Int".into(), false, "Int".into()));
        assert_eq!(parsed("Handler", &names, None), ("Int".into(), true, "JSString".into()));
        assert_eq!(parsed("Loop", &[("Loop", "Loop")], None).2, "Loop");
    }

    #[test]
    fn what_ghc_made_of_it_decides() {
        let seen = stub(&["Int32", "JSVal"], "JSVal");
        let names = [("CInt", "Bool")];
        assert_eq!(
            parsed("CInt -> JSString -> JSException", &names, Some(&seen)),
            ("Int32 JSString".into(), false, "JSException".into())
        );
        assert_eq!(parsed("F", &[], Some(&seen)), ("Int32 JSVal".into(), false, "JSVal".into()));
    }

    #[test]
    fn of_a_family_the_source_tells_which() {
        let seen = Stub { args: Vec::new(), result: None, family: Some("Word"), ..Stub::default() };
        let result = |text: &str, names: &[(&str, &str)]| parsed(text, names, Some(&seen)).2;
        assert_eq!(result("IO Word64", &[]), "Word64");
        assert_eq!(result("IO Key", &[("Key", "Word16")]), "Word16");
        assert_eq!(result("IO CULLong", &[]), "Word64");
        assert_eq!(result("IO Other", &[]), "Other");
        assert_eq!(result("IO Key", &[("Key", "Bool")]), "Key");
    }

    #[test]
    fn a_newtype_stands_for_its_field() {
        assert_eq!(stands_for(true, "Email JSString deriving Show").unwrap(), "JSString");
        assert_eq!(stands_for(true, "Id { unId :: Word64").unwrap(), "Word64");
        assert_eq!(stands_for(true, "P (Ptr ())").unwrap(), "Ptr ()");
        assert_eq!(stands_for(false, "Int -> Int").unwrap(), "Int -> Int");
        assert_eq!(stands_for(true, "Int"), None);
    }
}
