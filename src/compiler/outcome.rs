//! What a run of GHC tells beside its diagnostics: progress, and why it failed where another try helps.

use super::run::Output;
use crate::error::{Diagnostic, Severity};

/// How a run of GHC for a plan ended.
pub(crate) struct Outcome {
    pub(crate) output: Output,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Files of the modules that were compiled, not found up to date.
    pub(crate) compiled: Vec<String>,
}

impl Outcome {
    pub(crate) fn has_errors(&self) -> bool {
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        !self.output.status.success() || self.diagnostics.iter().any(is_error)
    }

    /// Whether the program uses JSFFI after all: JSFFI's runtime and a command both bring a C `main`.
    pub(crate) fn has_two_mains(&self) -> bool {
        let mains = ["main", "__main_void", "__main_argc_argv"];
        let mut duplicates = self.stderr_lines().filter_map(|line| line.split_once("duplicate symbol: "));
        duplicates.any(|(_, name)| mains.contains(&name.trim()))
    }

    /// Whether objects of an earlier build may be to blame: GHC panics, or the linker cannot read a
    /// file, and not all of the project's `modules` were compiled just now.
    pub(crate) fn may_be_damage(&self, modules: usize) -> bool {
        let is_usual = |line: &str| line.contains("undefined symbol") || line.contains("duplicate symbol");
        let is_unreadable =
            |line: &str| line.contains("wasm-ld") && line.contains(": error: ") && !is_usual(line);
        let is_panic = |line: &str| line.contains("panic! (the 'impossible' happened)");
        self.compiled.len() < modules && self.stderr_lines().any(|line| is_panic(line) || is_unreadable(line))
    }

    fn stderr_lines(&self) -> std::str::Lines<'_> {
        self.output.stderr.lines()
    }
}

/// A line of GHC's progress: `[2 of 5] Compiling A.B ( A/B.hs, o/A/B.o )`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step<'a> {
    /// `compile` or `link`.
    pub(crate) phase: &'static str,
    /// The module.
    pub(crate) name: &'a str,
    pub(crate) index: u32,
    pub(crate) total: u32,
    /// Its source file.
    pub(crate) file: Option<&'a str>,
}

impl<'a> Step<'a> {
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let (count, rest) = line.strip_prefix('[')?.split_once("] ")?;
        let (index, total) = count.split_once(" of ")?;
        let (verb, rest) = rest.split_once(' ')?;
        let phase = match verb {
            "Compiling" => "compile",
            "Linking" => "link",
            _ => return None,
        };
        let (name, files) = rest.split_once(" ( ").unwrap_or((rest, ""));
        let name = name.split(['[', ' ']).next()?;
        let file = files.split_once(", ").map(|(file, _)| file);
        let number = |text: &str| text.trim().parse().ok();
        Some(Self { phase, name, index: number(index)?, total: number(total)?, file })
    }
}

#[cfg(test)]
mod tests {
    use super::Step;

    #[test]
    fn progress_lines_are_read() {
        let step = Step::parse(
            "[ 2 of 52] Compiling A.B[boot]        ( s p/A/B.hs-boot, o/A/B.o-boot ) [Source file changed]",
        );
        assert_eq!(
            step,
            Some(Step { phase: "compile", name: "A.B", index: 2, total: 52, file: Some("s p/A/B.hs-boot") })
        );
        let step = Step::parse("[52 of 52] Linking /t/m.wasm [Objects changed]").unwrap();
        assert_eq!((step.phase, step.name, step.file), ("link", "/t/m.wasm", None));
        assert_eq!(Step::parse("Loaded package environment"), None);
    }
}
