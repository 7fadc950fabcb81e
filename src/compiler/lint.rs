//! Warnings about JavaScript snippets that GHC compiles without a word and that then do something else.
//!
//! Whether a snippet is JavaScript at all is not judged here: only a JavaScript parser can.

use super::scan::Snippet;
use super::sources::Project;
use crate::error::{Diagnostic, Severity};

/// The warnings for all snippets of a project.
pub(crate) fn lint(project: &Project) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for module in &project.modules {
        for snippet in &module.scan.snippets {
            let file = module.path.display().to_string();
            let texts = [lost_value(snippet), mangled(snippet).map(|text| format!("GHC mangles {text}"))];
            warnings
                .extend(texts.into_iter().flatten().map(|text| at(&file, snippet, Severity::Warning, text)));
        }
    }
    warnings
}

/// A diagnostic at a snippet.
pub(crate) fn at(file: &str, snippet: &Snippet, severity: Severity, message: String) -> Diagnostic {
    Diagnostic {
        file: Some(file.to_owned()),
        line: Some(snippet.line),
        column: Some(snippet.column),
        end_line: None,
        end_column: None,
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

/// `f($1);` is a statement: its value, and for an asynchronous import its promise, is lost.
fn lost_value(snippet: &Snippet) -> Option<String> {
    let body = snippet.text.trim();
    let expression = body.strip_suffix(';')?.trim_end();
    let result = snippet.haskell_type.rsplit("->").next().unwrap_or_default();
    let has_result = result.split_whitespace().collect::<String>() != "IO()";
    if !(has_result || snippet.is_async) || !is_one_expression(expression) {
        return None;
    }
    let lost = if has_result {
        "its value is lost and the result is undefined"
    } else {
        "nothing waits for its promise"
    };
    Some(format!(
        "the JavaScript snippet of ‘{}’ ends in ‘;’, which makes it a statement: {lost}; leave the ‘;’ out",
        snippet.haskell_name
    ))
}

/// Whether JavaScript text without a final `;` looks like one expression: no statement keyword in
/// front, and no second statement outside of brackets and strings.
fn is_one_expression(text: &str) -> bool {
    const STATEMENTS: [&str; 17] = [
        "return", "let", "const", "var", "if", "for", "while", "do", "switch", "throw", "try", "break",
        "continue", "debugger", "function", "class", "import",
    ];
    let first = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next().unwrap_or_default();
    let is_call = text[first.len()..].trim_start().starts_with('(');
    if text.is_empty()
        || text.starts_with('{')
        || STATEMENTS.contains(&first) && !(first == "import" && is_call)
    {
        return false;
    }
    let mut depth = 0_i32;
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '"' | '\'' | '`' => {
                while let Some((_, inner)) = rest.next().filter(|(_, inner)| *inner != c) {
                    if inner == '\\' {
                        rest.next();
                    }
                }
            }
            '/' if text[at..].starts_with("//") || text[at..].starts_with("/*") => return false,
            ';' if depth == 0 => return false,
            // A new line that no operator continues begins a statement.
            '\n' if depth == 0
                && !text[at..].trim_start().starts_with(|c: char| ".?:+-*/%&|=<>,)]}([`".contains(c)) =>
            {
                return false;
            }
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{lost_value, mangled};
    use crate::compiler::scan::{Scan, Snippet};

    fn snippet(literal: &str, haskell_type: &str, safety: &str) -> Snippet {
        let source = format!("foreign import javascript {safety} \"{literal}\" f :: {haskell_type}");
        Scan::of(&source, false).snippets.remove(0)
    }

    #[test]
    fn a_final_semicolon_loses_the_value_of_an_expression() {
        let loses = |text, haskell_type, safety| lost_value(&snippet(text, haskell_type, safety)).is_some();
        assert!(loses("$1 + 1;", "Int -> Int", "unsafe"));
        assert!(loses("  g(() => { a; b; }, ';') ; ", "Int -> IO Int", "unsafe"));
        assert!(loses("fetch($1)\\n  .then(x);", "JSVal -> IO ()", "safe"));
        assert!(loses("import('node:fs');", "IO JSVal", "safe"));
        assert!(!loses("console.log($1);", "Int -> IO ()", "unsafe"));
        assert!(!loses("$1 + 1", "Int -> Int", "unsafe"));
        assert!(!loses("let x = 1; return x;", "IO Int", "unsafe"));
        assert!(!loses("return $1;", "Int -> Int", "unsafe"));
        assert!(!loses("a(); b();", "IO Int", "safe"));
        assert!(!loses("a()\\nreturn 1;", "IO Int", "safe"));
        assert!(!loses("{ a: 1 };", "IO Int", "unsafe"));
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
