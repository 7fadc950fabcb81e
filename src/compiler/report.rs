//! The message of a `CompileError`: the first error as GHC shows it in a terminal, with a code frame.

use super::diagnostics::{indent, is_json, parse};
use crate::error::{Diagnostic, Error, Severity};

/// The error of a failed compilation. `source` gives the text of a file that a diagnostic names.
pub(crate) fn compile_error(
    diagnostics: Vec<Diagnostic>,
    stderr: &str,
    source: impl Fn(&str) -> Option<String>,
) -> Error {
    let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
    let message = match errors.as_slice() {
        [] => format!("GHC failed and said:\n{}", indent(plain_text(stderr).trim(), "    ")),
        [first, more @ ..] => {
            let shown = render(first, first.file.as_deref().and_then(&source).as_deref());
            match more.len() {
                0 => shown,
                1 => format!("{shown}\n(1 more error in `diagnostics`)"),
                more => format!("{shown}\n({more} more errors in `diagnostics`)"),
            }
        }
    };
    Error::Compile { message, diagnostics, stderr: readable(stderr, source) }
}

/// What GHC printed, with its JSON as it would look in a terminal.
fn readable(stderr: &str, source: impl Fn(&str) -> Option<String>) -> String {
    let mut text = String::new();
    for line in stderr.lines() {
        if is_json(line) {
            for diagnostic in parse(line) {
                text.push_str(&render(&diagnostic, diagnostic.file.as_deref().and_then(&source).as_deref()));
                text.push('\n');
            }
        } else {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

/// A diagnostic as text; with a code frame if the source is at hand.
pub(crate) fn render(diagnostic: &Diagnostic, source: Option<&str>) -> String {
    let Diagnostic { file, line, column, code, message, .. } = diagnostic;
    let place: String = match file {
        Some(file) => {
            let numbers =
                [line, column].into_iter().map_while(|number| number.map(|number| format!("{number}:")));
            format!("{file}:{} ", numbers.collect::<String>())
        }
        None => String::new(),
    };
    let severity = match diagnostic.severity {
        Severity::Error => "error:",
        Severity::Warning => "warning:",
    };
    let code = code.as_ref().map(|code| format!(" [{code}]")).unwrap_or_default();
    let message =
        if place.is_empty() { format!(" {message}") } else { format!("\n{}", indent(message, "    ")) };
    let frame = source.and_then(|source| code_frame(diagnostic, source)).unwrap_or_default();
    format!("{place}{severity}{code}{message}{frame}")
}

/// The line of the source with carets below the place, as GHC draws it.
fn code_frame(diagnostic: &Diagnostic, source: &str) -> Option<String> {
    let line = diagnostic.line?;
    let column = usize::try_from(diagnostic.column?).ok()?;
    let code = untab(source.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)?);
    let length = code.chars().count();
    let goes_on = diagnostic.end_line.is_some_and(|end| end > line);
    let end = match diagnostic.end_column {
        _ if goes_on => length + 1,
        Some(end) => usize::try_from(end).ok()?.min(length + 1),
        None => column + 1,
    };
    let carets = "^".repeat(end.saturating_sub(column).max(1));
    let (number, space) = (line.to_string(), " ".repeat(column.saturating_sub(1)));
    let margin = " ".repeat(number.len());
    let dots = if goes_on { "..." } else { "" };
    Some(format!("\n{margin} |\n{number} | {code}\n{margin} | {space}{carets}{dots}"))
}

/// Tabs as GHC counts them.
fn untab(line: &str) -> String {
    let mut plain = String::new();
    let mut column = 0;
    for c in line.chars() {
        let width = if c == '\t' { 8 - column % 8 } else { 1 };
        column += width;
        if c == '\t' {
            plain.push_str(&" ".repeat(width));
        } else {
            plain.push(c);
        }
    }
    plain
}

/// What GHC printed for people: no JSON, and no backtrace of the compiler itself.
fn plain_text(stderr: &str) -> String {
    let without_backtrace = stderr.split("HasCallStack backtrace:").next().unwrap_or_default();
    let lines: Vec<&str> = without_backtrace.lines().filter(|line| !is_json(line)).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{compile_error, render};
    use crate::error::{Diagnostic, Error, Severity};

    fn diagnostic(line: u32, columns: (u32, u32), end_line: u32) -> Diagnostic {
        Diagnostic {
            file: Some("E.hs".into()),
            line: Some(line),
            column: Some(columns.0),
            end_line: Some(end_line),
            end_column: Some(columns.1),
            severity: Severity::Error,
            code: Some("GHC-83865".into()),
            message: "• Couldn't match\n• In the expression".into(),
        }
    }

    #[test]
    fn the_first_error_is_shown_as_ghc_shows_it() {
        let text = render(&diagnostic(2, (5, 8), 2), Some("a\nx = \"λ\" ++"));
        assert_eq!(
            text,
            "E.hs:2:5: error: [GHC-83865]\n    • Couldn't match\n    • In the expression\n  |\n2 | x = \"λ\" ++\n  |     ^^^"
        );
        assert!(
            render(&diagnostic(1, (3, 2), 4), Some("\tab")).ends_with("\n1 |         ab\n  |   ^^^^^^^^...")
        );
        assert!(
            render(&diagnostic(9, (3, 2), 9), Some("a")).ends_with("In the expression"),
            "no frame past the end"
        );
    }

    #[test]
    fn further_errors_are_counted() {
        let many = vec![diagnostic(1, (1, 2), 1); 3];
        assert!(
            compile_error(many, "", |_| None).to_string().ends_with("\n(2 more errors in `diagnostics`)")
        );
        let silent =
            compile_error(Vec::new(), "{\"message\":[]}\npanic!\nHasCallStack backtrace:\n  x", |_| None);
        assert_eq!(silent.to_string(), "GHC failed and said:\n    panic!");
    }

    #[test]
    fn what_was_printed_is_readable() {
        let stderr =
            "clang: warning\n{\"span\":null,\"severity\":\"Error\",\"code\":7,\"message\":[\"no\"]}\n";
        let Error::Compile { stderr, .. } = compile_error(Vec::new(), stderr, |_| None) else { panic!() };
        assert_eq!(stderr, "clang: warning\nerror: [GHC-00007] no\n\n");
    }
}
