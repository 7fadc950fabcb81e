//! What `compile` takes and gives: plain data, checked here, interpreted elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::cabal::is_path;
use super::lint::SnippetDecl;
use super::signature::ResultType;
use super::trace::Trace;
use crate::error::{Diagnostic, Error, Result};

/// What is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The text of one module.
    Source(String),
    /// A `.hs` or `.lhs` file, a folder of modules, a `.cabal` file or its folder, or a `cabal.project`; relative to [`CompileOptions::cwd`].
    Path(PathBuf),
}

/// How much GHC optimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Optimize {
    /// `-O0`: compiles fastest.
    None,
    /// `-O1`.
    #[default]
    Normal,
    /// `-O2`.
    Full,
}

impl Optimize {
    /// The level that a user names 0, 1 or 2.
    ///
    /// # Errors
    /// [`Error::InvalidArg`] for any other number.
    pub fn from_level(level: u32) -> Result<Self> {
        match level {
            0 => Ok(Self::None),
            1 => Ok(Self::Normal),
            2 => Ok(Self::Full),
            _ => Err(Error::InvalidArg {
                path: "compile.options.optimize".into(),
                message: format!("expected 0, 1 or 2, found {level}"),
            }),
        }
    }

    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::None => "-O0",
            Self::Normal => "-O1",
            Self::Full => "-O2",
        }
    }
}

/// Everything that decides what comes out of `compile`, save the compiler itself.
#[derive(Clone, Debug)]
pub struct CompileOptions {
    /// What is compiled.
    pub input: Input,
    /// The entry module's file in a folder; default `Main.hs`.
    pub main: Option<PathBuf>,
    /// Passed to GHC after the flags of this crate. C files in it are compiled and linked.
    pub ghc_options: Vec<String>,
    /// Packages to expose beyond those that are: names of installed ones, and folders with a `.cabal` file, which begin
    /// with `./`, `../` or `/`.
    pub packages: Vec<String>,
    /// The executable or library of a package to make a module of; default: the only one.
    pub component: Option<String>,
    /// Values for the flags of packages.
    pub flags: Vec<(String, bool)>,
    /// How much GHC optimises.
    pub optimize: Optimize,
    /// Where object files and the module stay; default: in the cache.
    pub out_dir: Option<PathBuf>,
    /// Whether an earlier result may be given and this one kept.
    pub cache: bool,
    /// The cache folder of hs-wasm.
    pub cache_dir: PathBuf,
    /// Names to export beyond the foreign exports found, such as those of C functions.
    pub exports: Vec<String>,
    /// What relative paths are relative to; also the folder GHC runs in.
    pub cwd: PathBuf,
    /// Whether `main` must be callable even if the module has exports: then
    /// [`Artifact::main_export`] is there although the module is a reactor of the user's making.
    pub force_run: bool,
    /// Whether the module gets the functions by which its start can be made beforehand. It must be a reactor then.
    pub preinitialize: bool,
    /// The folder of the recipes by which cabal is installed if it is needed and there is none.
    pub recipe: Option<PathBuf>,
    /// The folder of Haskell modules that come with this crate: those whose names begin with `HsWasm`, looked for last.
    pub library: Option<PathBuf>,
    /// Where the compilation notes what it reads.
    pub trace: Trace,
}

impl CompileOptions {
    /// The defaults.
    pub fn new(input: Input, cwd: impl Into<PathBuf>, cache_dir: impl Into<PathBuf>) -> Self {
        Self {
            input,
            main: None,
            ghc_options: Vec::new(),
            packages: Vec::new(),
            component: None,
            flags: Vec::new(),
            optimize: Optimize::default(),
            out_dir: None,
            cache: true,
            cache_dir: cache_dir.into(),
            exports: Vec::new(),
            cwd: cwd.into(),
            force_run: false,
            preinitialize: false,
            recipe: None,
            library: None,
            trace: Trace::default(),
        }
    }

    /// Checks what can be wrong by itself.
    pub(crate) fn check(&self) -> Result<()> {
        for (at, option) in self.ghc_options.iter().enumerate() {
            if let Some((_, instead)) = RESERVED.iter().find(|(flags, _)| flags.contains(&option.as_str())) {
                return Err(Error::InvalidArg {
                    path: format!("compile.options.ghcOptions[{at}]"),
                    message: format!("hs-wasm sets `{option}` itself; {instead}"),
                });
            }
        }
        let named = self.packages.iter().enumerate().filter(|(_, package)| !is_path(package));
        for (at, package) in named {
            if package.is_empty() || package.starts_with('-') || package.contains(char::is_whitespace) {
                return Err(Error::InvalidArg {
                    path: format!("compile.options.packages[{at}]"),
                    message: format!(
                        "expected the name of an installed package, such as `text`, or a folder, such as `./lib`; found `{package}`"
                    ),
                });
            }
        }
        for (name, _) in &self.flags {
            let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
            if !name.starts_with(|c: char| c.is_alphanumeric() || c == '_') || !name.chars().all(is_word) {
                return Err(Error::InvalidArg {
                    path: "compile.options.flags".into(),
                    message: format!("expected names of flags, found `{name}`"),
                });
            }
        }
        for (at, name) in self.exports.iter().enumerate() {
            if name.is_empty() || name.contains(|c: char| c == ',' || c.is_whitespace()) {
                return Err(Error::InvalidArg {
                    path: format!("compile.options.exports[{at}]"),
                    message: format!("expected the name of a function, found `{name}`"),
                });
            }
        }
        Ok(())
    }

    /// The value of GHC's `-main-is`, if the user gave one.
    pub(crate) fn main_is(&self) -> Option<&str> {
        let at = self.ghc_options.iter().rposition(|option| option == "-main-is")?;
        self.ghc_options.get(at + 1).map(String::as_str)
    }

    /// Whether the user asks for a reactor as GHC's guide says, which is not needed but right.
    pub(crate) fn wants_reactor(&self) -> bool {
        let of_guide = ["-no-hs-main", "-optl-mexec-model=reactor"];
        !self.exports.is_empty() || self.ghc_options.iter().any(|option| of_guide.contains(&option.as_str()))
    }
}

/// Flags that would take the result out of our hands, and what to use instead.
const RESERVED: [(&[&str], &str); 3] = [
    (
        &["-o", "-outputdir", "-odir", "-hidir", "-stubdir", "-tmpdir", "-osuf", "-hisuf"],
        "use the option `outDir`",
    ),
    (
        &[
            "-c",
            "-S",
            "-C",
            "-E",
            "-M",
            "-e",
            "-no-link",
            "-fno-code",
            "-shared",
            "--make",
            "--interactive",
            "--run",
        ],
        "compile() always makes one wasm module",
    ),
    (
        &["-fdiagnostics-as-json", "-V", "--version", "--numeric-version", "--info", "-?", "--help"],
        "leave it out",
    ),
];

/// How a module is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `_start` runs it once.
    Command,
    /// `_initialize`, then any number of calls of exports.
    Reactor,
}

/// A foreign export that is in the compiled module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportDecl {
    /// The name in the wasm module.
    pub name: String,
    /// The Haskell module that exports it.
    pub module: String,
    /// The exported binding.
    pub haskell_name: String,
    /// Its type as written, in one line; `None` if the declaration came out of a macro.
    pub haskell_type: Option<String>,
    /// Whether a call gives a promise: true for `foreign export javascript` without `sync`.
    pub is_async: bool,
    /// What crosses as arguments: types by their names, synonyms and newtypes seen through.
    pub args: Vec<String>,
    /// What crosses as the result.
    pub result: ResultType,
    /// The Haddock comment of the export or, if it has none, of the function.
    pub doc: Option<String>,
    /// The source file, as GHC names it.
    pub file: String,
    /// From 1; `None` if the declaration came out of a macro.
    pub line: Option<u32>,
}

/// A compiled module.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// The file of the module. It lives in the cache or in `out_dir`; without both, as long as this value
    /// and its clones: read it before dropping them.
    pub wasm: PathBuf,
    /// The hash of the module, hexadecimal BLAKE3.
    pub wasm_hash: String,
    /// The name of the program or library, if a package was compiled.
    pub name: Option<String>,
    /// How it is run.
    pub kind: Kind,
    /// Its foreign exports.
    pub exports: Vec<ExportDecl>,
    /// The JavaScript export that runs `main`, flushes, and ends in `proc_exit`, for a program that
    /// uses JSFFI: such a program cannot be a command.
    pub main_export: Option<String>,
    /// What the compiler, and this crate, find questionable.
    pub warnings: Vec<Diagnostic>,
    /// The JavaScript in its sources, for checks that need a JavaScript parser.
    pub snippets: Vec<SnippetDecl>,
    /// Whether it was there already.
    pub cached: bool,
    /// The files it was made of, absolute.
    pub sources: Vec<PathBuf>,
    /// Keeps the folder of a module that is neither cached nor put into `out_dir`.
    pub(crate) scratch: Option<Arc<TempDir>>,
}

impl Artifact {
    /// The bytes of the module.
    ///
    /// # Errors
    /// [`Error::Io`] if the file has been removed since.
    pub fn read(&self) -> Result<Vec<u8>> {
        let cannot = |cause| Error::io(format_args!("cannot read {}", self.wasm.display()), &cause);
        std::fs::read(&self.wasm).map_err(cannot)
    }
}

#[cfg(test)]
mod tests {
    use super::{CompileOptions, Input, Optimize};

    fn options(ghc_options: &[&str]) -> CompileOptions {
        let mut options = CompileOptions::new(Input::Source(String::new()), "/p", "/c");
        options.ghc_options = ghc_options.iter().map(ToString::to_string).collect();
        options
    }

    #[test]
    fn flags_that_take_the_result_away_are_refused_with_advice() {
        let error = options(&["-Wall", "-o"]).check().unwrap_err().to_string();
        assert_eq!(error, "compile.options.ghcOptions[1]: hs-wasm sets `-o` itself; use the option `outDir`");
        options(&["-Wall", "-optl-mexec-model=reactor", "-main-is", "App"]).check().unwrap();
    }

    #[test]
    fn names_are_checked() {
        let mut with_package = options(&[]);
        with_package.packages = vec!["text".into(), "-v".into()];
        assert!(with_package.check().unwrap_err().to_string().starts_with("compile.options.packages[1]: "));
        let mut with_export = options(&[]);
        with_export.exports = vec!["a,b".into()];
        assert!(with_export.check().unwrap_err().to_string().contains("found `a,b`"));
        assert!(Optimize::from_level(3).unwrap_err().to_string().contains("expected 0, 1 or 2, found 3"));
    }

    #[test]
    fn the_flags_of_the_guide_mean_a_reactor() {
        assert!(options(&["-no-hs-main"]).wants_reactor());
        assert!(!options(&["-Wall"]).wants_reactor());
        assert_eq!(options(&["-main-is", "A", "-main-is", "B.run"]).main_is(), Some("B.run"));
    }
}
