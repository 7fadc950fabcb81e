//! What one Haskell module says about itself: header, imports, `main`, and its foreign declarations.
//!
//! This is a scan of tokens, no parse: it sees both branches of an `#if` and never fails. Callers
//! therefore treat what it finds as a proposal that GHC and the linker confirm.

use std::ops::Range;

use super::doc::doc_before;
use super::lexer::{Kind, Token, tokens, unlit};
use super::literal::string_value;
use super::signature::stands_for;

/// The words of a declaration that makes a module a reactor.
pub(crate) const EXPORT_JAVASCRIPT: &str = "foreign export javascript";

/// The language a foreign declaration speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Convention {
    JavaScript,
    C,
}

/// A `foreign export`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignExport {
    pub(crate) convention: Convention,
    /// The name in the wasm module.
    pub(crate) name: String,
    /// Whether the entity says `"name sync"`.
    pub(crate) is_sync: bool,
    pub(crate) haskell_name: String,
    /// The type as written, in one line.
    pub(crate) haskell_type: String,
    /// The Haddock comment before it.
    pub(crate) doc: Option<String>,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A `foreign import javascript`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snippet {
    /// The JavaScript text, with Haskell's escapes decoded.
    pub(crate) text: String,
    /// Everything but `unsafe` is asynchronous.
    pub(crate) is_async: bool,
    pub(crate) haskell_name: String,
    /// The type as written, in one line.
    pub(crate) haskell_type: String,
    /// Whether the literal has neither escapes nor other quotes than its two.
    pub(crate) is_plain: bool,
    /// Place of the string literal, or of the declaration's keyword where there is none.
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_line: u32,
    /// The column after it.
    pub(crate) end_column: u32,
}

/// What was found in one module.
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// The name in the header; a module without header is `Main`.
    pub(crate) module: Option<String>,
    /// Whether the module defines `main` or passes it on.
    pub(crate) has_main: bool,
    /// Whether the preprocessor runs, so that other files may take part.
    pub(crate) uses_cpp: bool,
    /// Whether Template Haskell or quasi-quotes are switched on.
    pub(crate) uses_splices: bool,
    /// Names of the imported modules.
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<ForeignExport>,
    pub(crate) snippets: Vec<Snippet>,
    /// Type synonyms and newtypes without parameters: the name, and what it stands for.
    pub(crate) synonyms: Vec<(String, String)>,
    /// The documented functions: the name, and the Haddock comment before its signature.
    pub(crate) docs: Vec<(String, String)>,
    /// Whether there may be a foreign export that no token shows, made by a macro.
    pub(crate) may_hide_exports: bool,
    /// Name and type of the first function that has a signature of its own.
    pub(crate) first_function: Option<(String, String)>,
}

impl Scan {
    /// Scans the text of a module.
    pub(crate) fn of(text: &str, is_literate: bool) -> Self {
        if is_literate { Self::of_plain(&unlit(text)) } else { Self::of_plain(text) }
    }

    fn of_plain(text: &str) -> Self {
        let mut scan = Self::default();
        let (pragmas, code): (Vec<_>, Vec<_>) =
            tokens(text).into_iter().partition(|token| token.kind == Kind::Pragma);
        for pragma in pragmas {
            let mut words = pragma.text.split(|c: char| !c.is_alphanumeric() && c != '-');
            scan.uses_cpp |= words.clone().any(|word| matches!(word, "CPP" | "-cpp" | "-XCPP" | "-F"));
            scan.uses_splices |= words.any(|word| matches!(word, "TemplateHaskell" | "QuasiQuotes"));
        }
        let body = scan.header(&code);
        scan.body(text, &code[body..]);
        scan.may_hide_exports = scan.uses_cpp && scan.exports.is_empty() && text.contains(EXPORT_JAVASCRIPT);
        scan
    }

    /// Whether the module has foreign exports, or may have.
    pub(crate) fn has_exports(&self) -> bool {
        self.uses_cpp || !self.exports.is_empty()
    }

    /// The module's name in the reports of GHC.
    pub(crate) fn module_name(&self) -> &str {
        self.module.as_deref().unwrap_or("Main")
    }

    /// Reads `module Name (exports) where`; returns the index of the first token of the body.
    fn header(&mut self, code: &[Token<'_>]) -> usize {
        let [keyword, name, ..] = code else { return 0 };
        if !keyword.is_name("module") || name.kind != Kind::Name {
            return 0;
        }
        self.module = Some(name.text.to_owned());
        let end = code.iter().position(|token| token.is_name("where")).unwrap_or(code.len());
        self.has_main = code[2..end.max(2)].iter().any(|token| token.is_name("main"));
        (end + 1).min(code.len())
    }

    fn body(&mut self, text: &str, code: &[Token<'_>]) {
        let top = code.iter().find(|token| token.text != "{").map_or(1, |token| token.column);
        for (at, token) in code.iter().enumerate() {
            let rest = &code[at..];
            if token.is_name("import") {
                self.import(rest, top);
            } else if token.is_name("foreign") {
                self.foreign(text, rest);
            } else if token.column == top && (token.is_name("type") || token.is_name("newtype")) {
                self.synonym(text, rest);
            } else if token.column == top
                && token.text.starts_with(|c: char| c.is_lowercase() || c == '_')
                && rest.get(1).is_some_and(|next| next.text == "::")
            {
                self.docs.extend(doc_before(text, token.start).map(|doc| (token.text.to_owned(), doc)));
                self.first_function
                    .get_or_insert_with(|| (token.text.to_owned(), type_text(text, &rest[2..], *token)));
            }
            if token.is_name("main") {
                let begins = token.column == top || at > 0 && matches!(code[at - 1].text, ";" | "{");
                let binds = rest.get(1).is_some_and(|next| matches!(next.text, "=" | "::" | "∷" | "|" | ","));
                self.has_main |= begins && binds;
            }
        }
    }

    /// `import safe qualified "package" Name (names)`; a foreign import names no module here.
    fn import(&mut self, code: &[Token<'_>], top: u32) {
        let mut words = code[1..].iter().skip_while(|token| {
            token.is_name("safe") || token.is_name("qualified") || token.kind == Kind::String
        });
        let Some(name) = words.next() else { return };
        if name.kind != Kind::Name || !name.text.starts_with(char::is_uppercase) {
            return;
        }
        self.imports.push(name.text.to_owned());
        // A module without header exports `main` also if it only imports it.
        if self.module.is_none() {
            self.has_main |= words.take_while(|token| token.column > top).any(|token| token.is_name("main"));
        }
    }

    /// `type Name = …` and `newtype Name = …`.
    fn synonym(&mut self, text: &str, code: &[Token<'_>]) {
        let [keyword, name, equals, right @ ..] = code else { return };
        if name.kind == Kind::Name && equals.text == "=" {
            let right = type_text(text, right, *keyword);
            let stands_for = stands_for(keyword.is_name("newtype"), &right);
            self.synonyms.extend(stands_for.map(|it| (name.text.to_owned(), it)));
        }
    }

    fn foreign(&mut self, text: &str, code: &[Token<'_>]) {
        let [keyword, direction, convention, rest @ ..] = code else { return };
        let convention = match convention.text {
            "javascript" => Convention::JavaScript,
            "ccall" | "capi" => Convention::C,
            _ => return,
        };
        let mut rest = rest;
        let safety = rest.first().filter(|token| matches!(token.text, "unsafe" | "safe" | "interruptible"));
        if safety.is_some() && direction.text == "import" {
            rest = &rest[1..];
        }
        let entity = rest.first().filter(|token| token.kind == Kind::String);
        if entity.is_some() {
            rest = &rest[1..];
        }
        let Some(binder) = rest.iter().find(|token| matches!(token.kind, Kind::Name | Kind::Symbol)) else {
            return;
        };
        let Some(colons) = rest.iter().position(|token| matches!(token.text, "::" | "∷")) else { return };
        let haskell_name = binder.text.to_owned();
        let haskell_type = type_text(text, &rest[colons + 1..], *keyword);
        let place = entity.unwrap_or(keyword);
        let is_plain =
            entity.is_some_and(|token| !token.text.contains('\\') && !token.text.starts_with("\"\""));
        let entity = entity.map(|token| string_value(token.text).into_owned());
        let (end_line, end_column) = place.end_place();
        match (direction.text, convention) {
            ("export", _) => {
                let entity = entity.unwrap_or_default();
                let mut words = entity.split_whitespace();
                let name = words.next().unwrap_or(&haskell_name).to_owned();
                let is_sync = convention == Convention::C || words.next() == Some("sync");
                let (line, column) = (keyword.line, keyword.column);
                let doc = doc_before(text, keyword.start);
                self.exports.push(ForeignExport {
                    convention,
                    name,
                    is_sync,
                    haskell_name,
                    haskell_type,
                    doc,
                    line,
                    column,
                });
            }
            ("import", Convention::JavaScript) => self.snippets.push(Snippet {
                text: entity.unwrap_or_else(|| haskell_name.clone()),
                is_async: safety.is_none_or(|token| token.text != "unsafe"),
                haskell_name,
                haskell_type,
                is_plain,
                line: place.line,
                column: place.column,
                end_line,
                end_column,
            }),
            _ => {}
        }
    }
}

/// The source of a type in one line: to the end of the declaration that `keyword` begins.
fn type_text(text: &str, code: &[Token<'_>], keyword: Token<'_>) -> String {
    let mut written = String::new();
    let mut last: Option<Range<usize>> = None;
    for token in code {
        let is_next = token.line > keyword.line && token.column <= keyword.column;
        if is_next || matches!(token.text, ";" | "}") {
            break;
        }
        if last.is_some_and(|last| last.end < token.start) {
            written.push(' ');
        }
        written.push_str(&text[token.start..token.end()]);
        last = Some(token.start..token.end());
    }
    written
}

#[cfg(test)]
mod tests {
    use super::{Convention, Scan};

    #[test]
    fn finds_exports_with_name_type_and_place() {
        let scan = Scan::of(
            "module A.B (x) where\n\nforeign export javascript \"fib\" fib' :: Int -> -- why\n   IO Int\nx = 1\n\
             foreign export javascript  \"g sync\"\n  g :: ()\nforeign export ccall h :: Int; foreign export javascript (+++) :: A",
            false,
        );
        assert_eq!(scan.module.as_deref(), Some("A.B"));
        let found: Vec<_> = scan
            .exports
            .iter()
            .map(|e| (e.name.as_str(), e.haskell_name.as_str(), e.haskell_type.as_str(), e.is_sync, e.line))
            .collect();
        assert_eq!(
            found,
            [
                ("fib", "fib'", "Int -> IO Int", false, 3),
                ("g", "g", "()", true, 6),
                ("h", "h", "Int", true, 8),
                ("+++", "+++", "A", false, 8),
            ]
        );
        assert_eq!(scan.exports[2].convention, Convention::C);
    }

    #[test]
    fn exports_in_comments_strings_and_prose_are_none() {
        let scan = Scan::of(
            "{- foreign export javascript \"a\" a :: Int -}\n-- foreign export javascript \"b\" b :: Int\n\
             x = \"foreign export javascript c :: Int\"\n{-# ANN x \"foreign\" #-}\n",
            false,
        );
        assert!(scan.exports.is_empty());
        let literate = Scan::of(
            "foreign export javascript \"a\" a :: Int\n\n> foreign export javascript \"b\" b :: Int\n",
            true,
        );
        assert_eq!(literate.exports.len(), 1);
        assert_eq!((literate.exports[0].name.as_str(), literate.exports[0].column), ("b", 3));
    }

    #[test]
    fn snippets_know_their_safety_and_decoded_text() {
        let scan = Scan::of(
            "foreign import javascript unsafe \"$1 + \\\"\\955\\\"\" f :: Int -> Int\n\
             foreign import javascript \"wrapper\" w :: (Int -> IO ()) -> IO JSVal\n\
             foreign import javascript safe plain :: IO ()\nforeign import ccall unsafe \"sin\" s :: Double -> Double\n",
            false,
        );
        let found: Vec<_> = scan.snippets.iter().map(|s| (s.text.as_str(), s.is_async, s.column)).collect();
        assert_eq!(found, [("$1 + \"λ\"", false, 34), ("wrapper", true, 27), ("plain", true, 1)]);
        assert_eq!(scan.snippets[1].haskell_type, "(Int -> IO ()) -> IO JSVal");
    }

    #[test]
    fn finds_imports_of_every_form() {
        let scan = Scan::of(
            "import Prelude\nimport qualified Data.Map as M\nimport {-# SOURCE #-} A.B (c)\nimport safe \"text\" Data.Text\n\
             import Data.List qualified\nforeign import ccall \"x\" y :: Int",
            false,
        );
        assert_eq!(scan.imports, ["Prelude", "Data.Map", "A.B", "Data.Text", "Data.List"]);
    }

    #[test]
    fn knows_whether_there_is_a_main() {
        let has_main = |text| Scan::of(text, false).has_main;
        assert!(has_main("main = print 1"));
        assert!(has_main("module Main where\n  main :: IO ()\n  main = x"));
        assert!(has_main("module Main (main) where\nimport App (main)"));
        assert!(has_main("import App (main)"));
        assert!(has_main("module Main where { x = 1; main = x }"));
        assert!(!has_main("x = main where\n main = 1"));
        assert!(!has_main("module A where\nimport App (main)"));
        assert!(!has_main("-- main = 1\nfoo = 1"));
    }

    #[test]
    fn remembers_the_first_signature() {
        let scan = Scan::of(
            "module A where\ninfixl 1 +\ndata X = X { y :: Int }\nadd :: Int\n  -> Int\nadd = id\nb :: Int",
            false,
        );
        assert_eq!(scan.first_function, Some(("add".into(), "Int -> Int".into())));
    }

    #[test]
    fn sees_the_extensions_that_matter() {
        assert!(Scan::of("{-# LANGUAGE LambdaCase, CPP #-}", false).uses_cpp);
        assert!(Scan::of("{-# OPTIONS_GHC -cpp #-}", false).uses_cpp);
        assert!(Scan::of("{-# language TemplateHaskell #-}", false).uses_splices);
        assert!(!Scan::of("{-# LANGUAGE GADTs #-}\n-- CPP TemplateHaskell", false).uses_cpp);
    }
}
