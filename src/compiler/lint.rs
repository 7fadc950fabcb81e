//! Warnings about JavaScript snippets that GHC compiles without a word and that then do something else.
//!
//! What is judged here follows from GHC. Whether a snippet is JavaScript only a JavaScript parser can tell: for that
//! the snippets leave this crate as [`SnippetDecl`]s (`lib/snippet-lint.js`).

use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};

use super::scan::Snippet;
use super::signature::{Names, Signature};
use super::sources::Project;
use crate::error::{Diagnostic, Severity};

/// A snippet of the source, for who can read JavaScript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnippetDecl {
    /// The source file, as GHC names it.
    pub file: String,
    /// Where the string literal begins, from 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// Where the string literal ends.
    pub end_line: u32,
    /// The column after it.
    pub end_column: u32,
    /// Whether the literal is the text between quotes, without escapes: then places in the text are places in the file.
    pub is_plain: bool,
    /// The imported Haskell function.
    pub haskell_name: String,
    /// The JavaScript.
    pub text: String,
    /// Everything but `unsafe` is asynchronous.
    pub is_async: bool,
    /// Whether the import has a result other than `()`.
    pub has_result: bool,
}

/// What stands in the place of JavaScript and means something to GHC.
const SPECIAL: [&str; 3] = ["dynamic", "wrapper", "wrapper sync"];

/// The snippets that are JavaScript.
pub(crate) fn snippets(project: &Project) -> Vec<SnippetDecl> {
    let types = Names::new(project.modules.iter().flat_map(|module| &module.scan.synonyms));
    let all =
        project.modules.iter().flat_map(|module| module.scan.snippets.iter().map(move |it| (module, it)));
    all.filter(|(_, snippet)| !SPECIAL.contains(&snippet.text.as_str()))
        .map(|(module, snippet)| SnippetDecl {
            file: module.path.display().to_string(),
            line: snippet.line,
            column: snippet.column,
            end_line: snippet.end_line,
            end_column: snippet.end_column,
            is_plain: snippet.is_plain,
            haskell_name: snippet.haskell_name.clone(),
            text: snippet.text.clone(),
            is_async: snippet.is_async,
            has_result: Signature::parse(&snippet.haskell_type, &types).result.ty != "()",
        })
        .collect()
}

/// The warnings for all snippets of a project.
pub(crate) fn lint(project: &Project) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for module in &project.modules {
        for snippet in &module.scan.snippets {
            let file = module.path.display().to_string();
            let text = mangled(snippet).map(|text| format!("GHC mangles {text}"));
            warnings.extend(text.map(|text| at(&file, snippet, Severity::Warning, text)));
        }
    }
    warnings
}

/// The errors where GHC made something of the snippets that it, or nobody, can read.
pub(crate) fn garbled(project: &Project) -> Vec<Diagnostic> {
    let all =
        project.modules.iter().flat_map(|module| module.scan.snippets.iter().map(move |it| (module, it)));
    all.filter_map(|(module, snippet)| {
        let text = format!("GHC cannot compile {}", mangled(snippet)?);
        Some(at(&module.path.display().to_string(), snippet, Severity::Error, text))
    })
    .collect()
}

/// Whether the snippets in a module are no text any more.
pub(crate) fn is_garbled(wasm: &[u8]) -> bool {
    let is_bad = |payload| match payload {
        Payload::CustomSection(section) => {
            section.name() == "ghc_wasm_jsffi" && std::str::from_utf8(section.data()).is_err()
        }
        _ => false,
    };
    Parser::new(0).parse_all(wasm).flatten().any(is_bad)
}

/// A diagnostic at a snippet.
pub(crate) fn at(file: &str, snippet: &Snippet, severity: Severity, message: String) -> Diagnostic {
    Diagnostic {
        file: Some(file.to_owned()),
        line: Some(snippet.line),
        column: Some(snippet.column),
        end_line: Some(snippet.end_line),
        end_column: Some(snippet.end_column),
        severity,
        code: None,
        message,
    }
}

/// Characters that do not survive GHC: it writes them as decimal escapes into an assembler string,
/// where escapes are octal. Returns what to do about them.
pub(crate) fn mangled(snippet: &Snippet) -> Option<String> {
    let survives = |c: char| (' '..='~').contains(&c) || "\n\t\r\u{8}\u{c}".contains(c);
    let mut bad: Vec<char> = snippet.text.chars().filter(|c| !survives(*c)).collect();
    bad.dedup();
    let first = *bad.first()?;
    let shown: String = bad.iter().filter(|c| !c.is_control()).take(8).collect();
    let shown = if shown.is_empty() { "control characters".to_owned() } else { format!("‘{shown}’") };
    let mut units = [0; 2];
    let escape = first
        .encode_utf16(&mut units)
        .iter()
        .map(|unit| format!("\\\\u{unit:04x}"))
        .collect::<Vec<_>>()
        .concat();
    Some(format!(
        "{shown} in the JavaScript snippet of ‘{}’: write ‘{escape}’ for the first, and so on",
        snippet.haskell_name
    ))
}

#[cfg(test)]
mod tests {
    use super::{is_garbled, mangled};
    use crate::compiler::scan::{Scan, Snippet};

    #[test]
    fn snippets_that_are_no_text_are_noticed() {
        let with = |name: &str, data: &str| {
            wat::parse_str(format!("(module (@custom \"{name}\" \"{data}\"))")).unwrap()
        };
        assert!(is_garbled(&with("ghc_wasm_jsffi", "a\\93")));
        assert!(!is_garbled(&with("ghc_wasm_jsffi", "\\c3\\9f")));
        assert!(!is_garbled(&with("other", "\\93")));
    }

    fn snippet(literal: &str, haskell_type: &str, safety: &str) -> Snippet {
        let source = format!("foreign import javascript {safety} \"{literal}\" f :: {haskell_type}");
        Scan::of(&source, false).snippets.remove(0)
    }

    #[test]
    fn characters_that_ghc_mangles_are_named_with_their_escape() {
        let text = mangled(&snippet("log('λ é')", "IO ()", "unsafe")).unwrap();
        assert_eq!(text, "‘λé’ in the JavaScript snippet of ‘f’: write ‘\\\\u03bb’ for the first, and so on");
        assert!(mangled(&snippet("'😀'", "IO ()", "unsafe")).unwrap().contains("‘\\\\ud83d\\\\ude00’"));
        assert!(
            mangled(&snippet("'\\SOH'", "IO ()", "unsafe")).unwrap().starts_with("control characters in")
        );
        assert_eq!(mangled(&snippet("'\\\\u03bb'\\n\\t", "IO ()", "unsafe")), None);
    }
}
