//! GHC's output read as diagnostics. Pure.
//!
//! Two forms are mixed on stderr: one JSON object a line (`-fdiagnostics-as-json`), and plain text,
//! which GHC uses for messages of C compilers and linkers, and where it dies.
//! Lines that are neither are left out; the caller still has the whole text.

use serde_json::Value;

use crate::error::{Diagnostic, Severity};

/// All diagnostics, in the order printed.
pub(crate) fn parse(stderr: &str) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut lines = stderr.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with('{')
            && let Ok(value) = serde_json::from_str::<Value>(line)
        {
            diagnostics.extend(from_json(&value));
        } else if let Some(mut diagnostic) = linker_line(line).or_else(|| command_line(line)) {
            while let Some(more) = lines.next_if(|more| more.starts_with(">>>") || more.starts_with("    ")) {
                diagnostic.message.push('\n');
                diagnostic.message.push_str(more.trim_start());
            }
            diagnostics.push(diagnostic);
        } else if let Some(mut diagnostic) = header(line) {
            let mut body = Vec::new();
            while let Some(more) = lines.next_if(|more| more.starts_with(' ')) {
                body.push(more);
            }
            if finish(&mut diagnostic, &body) {
                diagnostics.push(diagnostic);
            }
        }
    }
    diagnostics
}

/// Whether a line is one of GHC's JSON objects, which nobody wants to read in a terminal.
pub(crate) fn is_json(line: &str) -> bool {
    line.starts_with('{')
        && serde_json::from_str::<Value>(line).is_ok_and(|value| value.get("message").is_some())
}

fn placeless(severity: Severity, message: &str) -> Diagnostic {
    let message = message.to_owned();
    Diagnostic {
        file: None,
        line: None,
        column: None,
        end_line: None,
        end_column: None,
        severity,
        code: None,
        message,
    }
}

/// One object of `-fdiagnostics-as-json`, schema 1.x.
fn from_json(value: &Value) -> Option<Diagnostic> {
    let severity = match value.get("severity")?.as_str()? {
        "Error" => Severity::Error,
        _ => Severity::Warning,
    };
    let texts = |key: &str| -> Vec<String> {
        let items = value.get(key).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|item| item.as_str().map(curly_quotes)).collect()
    };
    let message = bullets(&texts("message"));
    let message = match texts("hints").as_slice() {
        [] => message,
        [only] => format!("{message}\nSuggested fix: {}", indent(only, "  ").trim_start()),
        several => format!("{message}\nSuggested fixes:\n{}", indent(&bullets(several), "  ")),
    };
    let mut diagnostic = placeless(severity, &message);
    diagnostic.code = value.get("code").and_then(Value::as_u64).map(|code| format!("GHC-{code:05}"));
    if let Some(span) = value.get("span").filter(|span| !span.is_null()) {
        let number = |end: &str, key: &str| u32::try_from(span.get(end)?.get(key)?.as_u64()?).ok();
        diagnostic.file = span.get("file").and_then(Value::as_str).map(str::to_owned);
        diagnostic.line = number("start", "line");
        diagnostic.column = number("start", "column");
        diagnostic.end_line = number("end", "line");
        diagnostic.end_column = number("end", "column");
    }
    Some(diagnostic)
}

/// GHC marks the parts of a message when there are several.
fn bullets(parts: &[String]) -> String {
    match parts {
        [only] => only.clone(),
        several => {
            let marked: Vec<_> =
                several.iter().map(|part| format!("• {}", indent(part, "  ").trim_start())).collect();
            marked.join("\n")
        }
    }
}

pub(crate) fn indent(text: &str, by: &str) -> String {
    let lines: Vec<_> = text
        .lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("{by}{line}") })
        .collect();
    lines.join("\n")
}

/// GHC's JSON has a backquote and a tick around names; its terminal output, and so ours, has ‘these’.
fn curly_quotes(text: &str) -> String {
    let mut curly = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('`') {
        let (before, after) = rest.split_at(open);
        curly.push_str(before);
        let inner = &after[1..];
        if let Some(close) = closing_quote(inner) {
            curly.extend(["‘", &inner[..close], "’"]);
            rest = &inner[close + 1..];
        } else {
            curly.push('`');
            rest = inner;
        }
    }
    curly.push_str(rest);
    curly
}

/// Offset of the quote that ends `` `…' ``; an infix `` `div` `` and the prime of a name do not end it.
fn closing_quote(inner: &str) -> Option<usize> {
    if inner.starts_with([' ', '\n']) {
        return None;
    }
    let end = inner.find(['`', '\n']).unwrap_or(inner.len());
    let is_end =
        |at: usize| !inner[at + 1..].starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '\'');
    inner[..end].match_indices('\'').map(|(at, _)| at).find(|at| *at > 0 && is_end(*at))
}

/// `wasm-ld-22: error: a.o: undefined symbol: f`.
fn linker_line(line: &str) -> Option<Diagnostic> {
    let (program, rest) = line.split_once(": ")?;
    if !program.rsplit('/').next()?.starts_with("wasm-ld") {
        return None;
    }
    let (severity, message) = severity_and_message(rest)?;
    Some(placeless(severity, message))
}

/// `<command line>: cannot satisfy -package x` and `ghc-9.10.3: unrecognised flag: -x`.
fn command_line(line: &str) -> Option<Diagnostic> {
    let (program, message) = line.split_once(": ")?;
    let is_ghc = program.starts_with("ghc-") || program.ends_with("-ghc") || program == "ghc";
    // That a program failed is said again, better, by the program itself.
    let is_echo = message.contains("failed in phase");
    (program == "<command line>" || is_ghc && !is_echo).then(|| placeless(Severity::Error, message))
}

fn severity_and_message(rest: &str) -> Option<(Severity, &str)> {
    let (word, message) = rest.split_once(':').unwrap_or((rest, ""));
    match word.trim() {
        "error" | "fatal error" => Some((Severity::Error, message.trim())),
        "warning" => Some((Severity::Warning, message.trim())),
        _ => None,
    }
}

/// `A.hs:3:5-9: error: [GHC-12345] [-Wflag]` in its forms, and `<no location info>: error:`.
fn header(line: &str) -> Option<Diagnostic> {
    let (at, _) = line.match_indices(": error").chain(line.match_indices(": warning")).min()?;
    let (place, rest) = (&line[..at], &line[at + 2..]);
    let (severity, rest) = severity_and_message(rest)?;
    let mut diagnostic = placeless(severity, "");
    diagnostic.code = rest
        .split(['[', ']'])
        .find(|part| part.starts_with("GHC-") && part[4..].bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned);
    let text = rest.rsplit("] ").next().unwrap_or_default();
    if !text.starts_with('[') {
        text.clone_into(&mut diagnostic.message);
    }
    // How a C compiler came to the header of the next message; GHC takes it for one.
    if place.starts_with("In file included from ") {
        return None;
    }
    if !place.starts_with('<') {
        locate(&mut diagnostic, place)?;
    }
    Some(diagnostic)
}

/// `file:line:column`, `file:line:column-end`, `file:(line,column)-(line,column)`; ends are inclusive here.
fn locate(diagnostic: &mut Diagnostic, place: &str) -> Option<()> {
    let number = |text: &str| text.parse::<u32>().ok();
    if let Some((file, range)) = place.split_once(":(") {
        let pair = |text: &str| {
            let (line, column) = text.split_once(',')?;
            Some((number(line)?, number(column)?))
        };
        let (start, end) = range.trim_end_matches(')').split_once(")-(")?;
        let ((line, column), (end_line, end_column)) = (pair(start)?, pair(end)?);
        diagnostic.file = Some(file.to_owned());
        (diagnostic.line, diagnostic.column) = (Some(line), Some(column));
        (diagnostic.end_line, diagnostic.end_column) = (Some(end_line), Some(end_column + 1));
        return Some(());
    }
    let (rest, columns) = place.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    let (column, end) = columns.split_once('-').unwrap_or((columns, columns));
    diagnostic.file = Some(file.to_owned());
    (diagnostic.line, diagnostic.end_line) = (Some(number(line)?), Some(number(line)?));
    (diagnostic.column, diagnostic.end_column) = (Some(number(column)?), Some(number(end)? + 1));
    Some(())
}

/// Puts the lines below a header into the message, without GHC's code frame. `false` for a C compiler's
/// note, which only adds to the message before it.
fn finish(diagnostic: &mut Diagnostic, body: &[&str]) -> bool {
    let is_frame = |line: &&&str| {
        line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|')
    };
    let text: Vec<&str> = body.iter().filter(|line| !is_frame(line)).copied().collect();
    let margin = text
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min();
    let text: Vec<&str> =
        text.iter().map(|line| line.get(margin.unwrap_or(0)..).unwrap_or_default()).collect();
    let text = text.join("\n");
    // GHC calls each message of the C compiler an error and repeats what it is.
    let (severity, text) = match text.split_once(':') {
        Some(("error" | "fatal error", rest)) => (Severity::Error, rest.trim()),
        Some(("warning", rest)) => (Severity::Warning, rest.trim()),
        Some(("note", _)) => return false,
        _ => (diagnostic.severity, text.trim()),
    };
    diagnostic.severity = severity;
    if !diagnostic.message.is_empty() && !text.is_empty() {
        diagnostic.message.push('\n');
    }
    diagnostic.message.push_str(text);
    true
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::error::{Diagnostic, Severity};

    fn only(stderr: &str) -> Diagnostic {
        let mut diagnostics = parse(stderr);
        assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
        diagnostics.remove(0)
    }

    fn place(diagnostic: &Diagnostic) -> (&str, [Option<u32>; 4]) {
        let Diagnostic { file, line, column, end_line, end_column, .. } = diagnostic;
        (file.as_deref().unwrap_or(""), [*line, *column, *end_line, *end_column])
    }

    #[test]
    fn json_becomes_what_ghc_shows() {
        let found = only(
            r#"{"version":"1.0","ghcVersion":"ghc-9.10.3","span":{"file":"E.hs","start":{"line":6,"column":4},"end":{"line":6,"column":7}},"severity":"Error","code":83865,"message":["Couldn't match expected type `[Char]' with actual type `Char'","In the expression: \"\u03bb\" ++ 'c'\nIn an equation for `x'': x' = a `div` 'c'"],"hints":[]}"#,
        );
        assert_eq!(place(&found), ("E.hs", [Some(6), Some(4), Some(6), Some(7)]));
        assert_eq!(found.code.as_deref(), Some("GHC-83865"));
        assert_eq!(
            found.message,
            "• Couldn't match expected type ‘[Char]’ with actual type ‘Char’\n• In the expression: \"λ\" ++ 'c'\n  \
             In an equation for ‘x'’: x' = a `div` 'c'"
        );
    }

    #[test]
    fn json_hints_are_suggestions() {
        let with = |hints: &str| {
            only(&format!(
                r#"{{"span":null,"severity":"Warning","code":null,"message":["m"],"hints":{hints}}}"#
            ))
            .message
        };
        assert_eq!(with(r#"["use `x'"]"#), "m\nSuggested fix: use ‘x’");
        assert_eq!(with(r#"["a\nb","c"]"#), "m\nSuggested fixes:\n  • a\n    b\n  • c");
    }

    #[test]
    fn plain_text_of_older_compilers_is_read() {
        let found = parse(
            "\nE.hs:(3,5)-(4,8): error: [GHC-83865]\n    • Couldn't match\n      more\n  |\n3 | x = f\n  |     ^...\n\n\
             E.hs:1:2-4: warning: [GHC-38417] [-Wmissing-fields]\n    Fields\n\nE.hs:9:1: error:\n    Old style\n    |\n",
        );
        assert_eq!(place(&found[0]), ("E.hs", [Some(3), Some(5), Some(4), Some(9)]));
        assert_eq!(found[0].message, "• Couldn't match\n  more");
        assert_eq!(place(&found[1]), ("E.hs", [Some(1), Some(2), Some(1), Some(5)]));
        assert_eq!((found[1].code.as_deref(), found[1].severity), (Some("GHC-38417"), Severity::Warning));
        assert_eq!((found[2].code.as_deref(), found[2].message.as_str()), (None, "Old style"));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn messages_of_the_c_compiler_have_their_own_severity() {
        let found = only(
            "C.hs:3:10: error:\n     fatal error: 'nope.h' file not found\n        3 | #include \"nope.h\"\n          |          ^~~~~~~~\n  |\n3 | #include \"nope.h\"\n  |          ^\n\n1 error generated.\n",
        );
        assert_eq!((found.message.as_str(), found.severity), ("'nope.h' file not found", Severity::Error));
        let found = only(
            "/t/ghc_2.c:13:1: error:\n     warning: return type of 'main' is not 'int'\n\n\
             /t/ghc_2.c:13:1: error:\n     note: change return type to 'int'\n",
        );
        assert_eq!(found.severity, Severity::Warning);
        let found = only(
            "In file included from c/x.c:1:0: error:\n    \n\nc/x.h:3:22: error:\n     error: use of undeclared identifier 'y'\n\n1 error generated.\n",
        );
        assert_eq!((found.file.as_deref(), found.line), (Some("c/x.h"), Some(3)));
    }

    #[test]
    fn linker_and_command_line_have_no_place() {
        let found = parse(
            "wasm-ld-22: error: duplicate symbol: f\n>>> defined in o/A.o\n>>> defined in o/B.o\nclang: error: linker command failed\n\
             ghc-9.10.3: `wasm32-wasi-clang' failed in phase `Linker'. (Exit code: 1)\nHasCallStack backtrace:\n  collectBacktraces\n",
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "duplicate symbol: f\n>>> defined in o/A.o\n>>> defined in o/B.o");
        let found =
            only("<command line>: cannot satisfy -package nosuch\n    (use -v for more information)\n");
        assert_eq!(found.message, "cannot satisfy -package nosuch\n(use -v for more information)");
        assert_eq!(only("ghc-9.10.3: unrecognised flag: -x\n\nUsage: …").message, "unrecognised flag: -x");
    }
}
