//! Runs cabal, offline and with folders of its own, and reads what it and GHC say.
//!
//! All that cabal writes goes below the work folder: products, its configuration, its store. Nothing of the user's
//! own cabal is read except the project.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Instant;

use tokio::process::Command;

use super::find::tool;
use super::script;
use crate::compiler::cache::write;
use crate::compiler::diagnostics::parse;
use crate::compiler::explain::{Context, explain};
use crate::compiler::options::CompileOptions;
use crate::compiler::outcome::Step;
use crate::compiler::progress::Progress;
use crate::compiler::report::compile_error;
use crate::compiler::run::run;
use crate::compiler::sources::Project;
use crate::compiler::toolchain::Toolchain;
use crate::error::{Diagnostic, Error, Result, Severity};

/// What cabal takes for GHC.
const GHC: &str = include_str!("ghc.sh");

/// Cabal at work.
pub(super) struct Session<'a> {
    pub(super) cabal: PathBuf,
    pub(super) toolchain: &'a Toolchain,
    pub(super) options: &'a CompileOptions,
    /// Where everything is that is kept.
    pub(super) folder: &'a Path,
    /// A private folder for what is not.
    pub(super) scratch: &'a Path,
    /// The `cabal.project`.
    pub(super) project: PathBuf,
    pub(super) started: Instant,
    pub(super) on_progress: &'a (dyn Fn(Progress) + Send + Sync),
}

/// What a run of cabal said.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// GHC's warnings, files absolute.
    pub(super) warnings: Vec<Diagnostic>,
    /// The files of the modules that were compiled, absolute.
    pub(super) compiled: Vec<String>,
}

impl Session<'_> {
    /// Makes the work folder ready.
    pub(super) fn open(&self) -> Result<()> {
        let script = self.compiler();
        // Cabal configures everything anew when its compiler changes.
        if script::is_there(&script, GHC) {
            return Ok(());
        }
        write(&self.folder.join("home/config"), b"-- No package servers: everything is local.\n")?;
        script::put(&script, &self.scratch.join("script"), GHC)
            .map_err(|cause| Error::io(format_args!("cannot write {}", script.display()), &cause))
    }

    fn compiler(&self) -> PathBuf {
        self.folder.join("wasm32-wasi-ghc")
    }

    /// Where cabal builds.
    pub(super) fn dist(&self) -> PathBuf {
        self.folder.join("dist")
    }

    /// Where the arguments of the session at the end of `cabal repl` are noted.
    pub(super) fn arguments(&self) -> PathBuf {
        self.scratch.join("arguments")
    }

    /// Runs a command of cabal's with targets, which consist of these Haskell files.
    ///
    /// # Errors
    /// [`Error::Compile`] if it fails, with the diagnostics of GHC or, if it did not come to GHC, cabal's words.
    pub(super) async fn run(&self, command: &str, arguments: &[String], files: &[PathBuf]) -> Result<Said> {
        let mut compiled = Vec::new();
        let mut folder = PathBuf::new();
        let name = self.cabal.display().to_string();
        let output = run(self.command(command, arguments), &name, self.scratch, |line| {
            if let Some(ghc) = line.strip_prefix("::ghc ") {
                folder = ghc.into();
            } else if let Some(step) = Step::parse(line) {
                compiled.extend(step.file.map(|file| in_folder(&folder, file)));
                self.report(&step);
            }
        })
        .await?;
        let (diagnostics, cabal) = read(&output.stderr);
        let context = Context {
            project: &Project::of_modules(if diagnostics.is_empty() { &[] } else { files }),
            toolchain: self.toolchain,
            tmp: self.scratch,
            objects: &self.dist(),
            stderr: &output.stderr,
            signal: output.signal(),
        };
        let diagnostics = explain(diagnostics, &context);
        if !output.status.success() {
            return Err(failure(diagnostics, &cabal, &output.stderr, command));
        }
        let is_warning = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Warning;
        Ok(Said { warnings: diagnostics.into_iter().filter(is_warning).collect(), compiled })
    }

    fn command(&self, name: &str, arguments: &[String]) -> Command {
        let mut command = Command::new(&self.cabal);
        let with = |flag: &str, path: &Path| format!("--{flag}={}", path.display());
        command.arg(name).args(["-v1", "--offline", "--jobs=1", "--disable-tests", "--disable-benchmarks"]);
        command.args(["--disable-shared", "--disable-executable-dynamic", "--disable-library-for-ghci"]);
        command.arg(format!("--enable-optimization={}", &self.options.optimize.flag()[2..]));
        command.arg(with("builddir", &self.dist())).arg(with("with-compiler", &self.compiler()));
        for (flag, tool_name) in
            [("with-hc-pkg", "wasm32-wasi-ghc-pkg"), ("with-hsc2hs", "wasm32-wasi-hsc2hs")]
        {
            command.args(tool(self.toolchain, tool_name).map(|path| with(flag, &path)));
        }
        if let (Some(folder), Some(file)) = (self.project.parent(), self.project.file_name()) {
            command.current_dir(folder).arg(with("project-file", Path::new(file)));
        }
        let flag = |(name, on): &(String, bool)| format!("{}{name}", if *on { '+' } else { '-' });
        if !self.options.flags.is_empty() {
            let flags: Vec<_> = self.options.flags.iter().map(flag).collect();
            command.arg(format!("--flags={}", flags.join(" ")));
        }
        command.args(arguments);
        let home = self.folder.join("home");
        command.env("CABAL_CONFIG", home.join("config")).env("CABAL_DIR", home).env_remove("CABAL_BUILDDIR");
        command.env("HS_WASM_ARGUMENTS", self.arguments()).env("HS_WASM_COMPILER", &self.toolchain.ghc);
        command.env("HS_WASM_JOBS", available_parallelism().map_or(1, |n| n.get().min(8)).to_string());
        command
    }

    fn report(&self, step: &Step<'_>) {
        (self.on_progress)(Progress::new(
            step.phase,
            step.name,
            step.index,
            step.total,
            self.started.elapsed(),
        ));
    }
}

/// GHC's diagnostics with absolute files, and what cabal said beside them.
fn read(stderr: &str) -> (Vec<Diagnostic>, String) {
    let mut diagnostics = Vec::new();
    let mut cabal = String::new();
    for (at, part) in stderr.split("::ghc ").enumerate() {
        let (ghc, rest) =
            if at == 0 { ("", part) } else { part.split_once("::cabal\n").unwrap_or((part, "")) };
        cabal.push_str(rest);
        let Some((folder, said)) = ghc.split_once('\n') else { continue };
        diagnostics.extend(parse(said).into_iter().map(|mut diagnostic| {
            diagnostic.file = diagnostic.file.map(|file| in_folder(Path::new(folder), &file));
            diagnostic
        }));
    }
    let said = |line: &&str| {
        !line.contains("No remote package servers") && *line != "one specified in the config file."
    };
    (diagnostics, cabal.lines().filter(said).collect::<Vec<_>>().join("\n"))
}

fn failure(diagnostics: Vec<Diagnostic>, cabal: &str, stderr: &str, command: &str) -> Error {
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return compile_error(diagnostics, stderr, |file| fs::read_to_string(file).ok());
    }
    let mut message = format!("`cabal {command}` failed and said:\n{}", cabal.trim());
    if cabal.contains("unknown package") || cabal.contains("Could not resolve dependencies") {
        message.push_str(
            "\nCabal works offline here: packages are those of the compiler, of the project, and of the option \
             `packages`, for example { packages: ['./my-lib'] }.",
        );
    }
    Error::Compile { message, diagnostics, stderr: stderr.to_owned() }
}

/// A file as GHC names it in this folder.
fn in_folder(folder: &Path, file: &str) -> String {
    folder.join(file).components().collect::<PathBuf>().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::{failure, read};

    #[test]
    fn messages_are_of_the_package_that_ghc_was_started_in() {
        let stderr = "Warning: x\n::ghc /p/a\nsrc/A.hs:1:2: error: [GHC-1]\n    wrong\n::cabal\nError: [Cabal-7125]\n\
                      ::ghc /p/b\n/q/B.hs:3:4: warning:\n    odd\n::cabal\n";
        let (diagnostics, cabal) = read(stderr);
        let files: Vec<_> =
            diagnostics.iter().map(|diagnostic| diagnostic.file.as_deref().unwrap()).collect();
        assert_eq!(files, ["/p/a/src/A.hs", "/q/B.hs"]);
        assert_eq!(cabal, "Warning: x\nError: [Cabal-7125]");
    }

    #[test]
    fn cabal_s_own_words_are_the_message_where_ghc_said_nothing() {
        let error = failure(Vec::new(), "Error: unknown package: aeson", "", "build").to_string();
        assert!(
            error.starts_with("`cabal build` failed and said:\nError: unknown package: aeson\n"),
            "{error}"
        );
        assert!(error.contains("{ packages: ['./my-lib'] }"));
    }
}
