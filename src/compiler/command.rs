//! From a plan to GHC's arguments. Pure: each flag stands beside its reason.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::options::CompileOptions;
use super::plan::{MAIN_EXPORT, Plan};
use super::sources::is_foreign_input;

/// A module that no project has: makes `Main` an ordinary module, which need not define `main`.
const NO_MAIN: &str = "HsWasmNoMain";

/// Where GHC reads and writes.
pub(crate) struct Paths<'a> {
    /// The entry as given to GHC.
    pub(crate) entry: &'a Path,
    /// The generated module that runs `main`, if the plan has one.
    pub(crate) shim: Option<&'a Path>,
    /// The C file of the option `preinitialize`, if it is given.
    pub(crate) preinitialize: Option<&'a Path>,
    /// The import path.
    pub(crate) roots: &'a [PathBuf],
    /// For objects and interfaces.
    pub(crate) objects: &'a Path,
    /// For files that nobody needs afterwards.
    pub(crate) tmp: &'a Path,
}

/// How many blocks GHC's storage manager has in use: a variable of the rts (`rts/sm/BlockAlloc.h`), exported so that
/// the heap's size can be told from outside.
const HEAP_BLOCKS: &str = "n_alloc_blocks";
/// Ends GHC's runtime in good order: buffers are flushed, the event log and the heap profile are finished.
const EXIT: &str = "hs_exit";

/// Arguments that make `output`.
pub(crate) fn compile_arguments(
    options: &CompileOptions,
    plan: &Plan,
    paths: &Paths<'_>,
    output: &Path,
    jobs: usize,
) -> Vec<OsString> {
    let mut arguments = Arguments::common(options, paths);
    arguments.push(options.optimize.flag());
    arguments.push("-outputdir");
    arguments.push(paths.objects);
    if jobs > 1 {
        arguments.push(format!("-j{jobs}"));
    }
    if matches!(plan, Plan::Command { .. }) {
        // So that the caller's `rtsOptions` all work; before the user's own, who may say otherwise.
        arguments.push("-rtsopts");
    }
    arguments.user(options, |_| true);
    match plan {
        Plan::Command { main_is } => {
            arguments.output(output);
            if let Some(main) = main_is {
                arguments.push("-main-is");
                arguments.push(main);
            }
        }
        Plan::Reactor { exports, .. } => {
            arguments.output(output);
            arguments.no_main();
            arguments.push("-no-hs-main");
            arguments.push("-optl-mexec-model=reactor");
            // Not `--export`, which fails on what the preprocessor removed; the result is checked instead.
            let main = paths.shim.is_some().then_some(MAIN_EXPORT);
            for name in exports.iter().map(String::as_str).chain(main).chain([HEAP_BLOCKS, EXIT]) {
                arguments.push(format!("-optl-Wl,--export-if-defined={name}"));
            }
        }
        Plan::Check => {
            arguments.no_main();
            arguments.push("-no-link");
        }
    }
    arguments.push(paths.entry);
    arguments.0.extend([paths.shim, paths.preinitialize].into_iter().flatten().map(Into::into));
    arguments.0
}

/// Arguments that list the files GHC would read, as a makefile.
pub(crate) fn depend_arguments(
    options: &CompileOptions,
    paths: &Paths<'_>,
    makefile: &Path,
) -> Vec<OsString> {
    let mut arguments = Arguments::common(options, paths);
    arguments.push("-M");
    arguments.push("-include-cpp-deps");
    arguments.push("-dep-suffix");
    arguments.push("");
    arguments.push("-dep-makefile");
    arguments.push(makefile);
    // GHC takes a C file here for the name of a module.
    arguments.user(options, |option| !is_foreign_input(option));
    arguments.push(paths.entry);
    arguments.0
}

struct Arguments(Vec<OsString>);

impl Arguments {
    fn common(options: &CompileOptions, paths: &Paths<'_>) -> Self {
        let mut arguments = Self(Vec::new());
        arguments.push("-fdiagnostics-as-json");
        // What is no JSON all the same has its ends too.
        arguments.push("-ferror-spans");
        // Package environments in the working folder or above would decide what is visible.
        arguments.push("-package-env");
        arguments.push("-");
        arguments.push("-tmpdir");
        arguments.push(paths.tmp);
        // A bare `-i` forgets the working folder, GHC's default.
        arguments.push("-i");
        for root in paths.roots {
            let mut argument = OsString::from("-i");
            argument.push(root);
            arguments.push(argument);
        }
        for package in &options.packages {
            arguments.push("-package");
            arguments.push(package);
        }
        arguments
    }

    /// The user's options, except `-main-is`, which is part of the plan, and those not `wanted`.
    fn user(&mut self, options: &CompileOptions, wanted: impl Fn(&str) -> bool) {
        let mut given = options.ghc_options.iter();
        while let Some(option) = given.next() {
            if option == "-main-is" {
                given.next();
            } else if wanted(option) {
                self.push(option);
            }
        }
    }

    fn output(&mut self, output: &Path) {
        self.push("-o");
        self.push(output);
        // Else clang runs whichever wasm-opt is on the PATH (binaryen of some project's node_modules): slow, and no names.
        self.push("-optl--no-wasm-opt");
    }

    fn no_main(&mut self) {
        self.push("-main-is");
        self.push(NO_MAIN);
    }

    fn push(&mut self, argument: impl Into<OsString>) {
        self.0.push(argument.into());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};

    use super::{Paths, compile_arguments, depend_arguments};
    use crate::compiler::options::{CompileOptions, Input};
    use crate::compiler::plan::Plan;

    fn options() -> CompileOptions {
        let mut options = CompileOptions::new(Input::Path("src/Main.hs".into()), "/p", "/c");
        options.packages = vec!["text".into()];
        options.ghc_options = ["-Wall", "-main-is", "App", "cbits/x.c"].map(String::from).to_vec();
        options
    }

    fn with_paths<T>(shim: Option<&str>, run: impl FnOnce(&Paths<'_>) -> T) -> T {
        run(&Paths {
            entry: Path::new("src/Main.hs"),
            shim: shim.map(Path::new),
            preinitialize: None,
            roots: &[PathBuf::from("src"), PathBuf::from("a b")],
            objects: Path::new("/o"),
            tmp: Path::new("/t"),
        })
    }

    fn joined(arguments: Vec<OsString>) -> String {
        let arguments: Vec<_> =
            arguments.into_iter().map(|argument| argument.into_string().unwrap()).collect();
        arguments.join("|")
    }

    fn compile(plan: &Plan, shim: Option<&str>) -> String {
        joined(with_paths(shim, |paths| compile_arguments(&options(), plan, paths, Path::new("/x.wasm"), 2)))
    }

    const HEAD: &str = "-fdiagnostics-as-json|-ferror-spans|-package-env|-|-tmpdir|/t|-i|-isrc|-ia b|-package|text|-O1|-outputdir|/o|-j2|-Wall|cbits/x.c|";

    #[test]
    fn a_command_is_a_plain_program() {
        let plan = Plan::Command { main_is: Some("App.main".into()) };
        let head = HEAD.replace("|-Wall", "|-rtsopts|-Wall");
        let expected = format!("{head}-o|/x.wasm|-optl--no-wasm-opt|-main-is|App.main|src/Main.hs");
        assert_eq!(compile(&plan, None), expected);
    }

    #[test]
    fn a_reactor_has_the_flags_of_the_guide() {
        let plan = Plan::Reactor { exports: BTreeSet::from(["f".into(), "g".into()]), main: None };
        let tail = "-o|/x.wasm|-optl--no-wasm-opt|-main-is|HsWasmNoMain|-no-hs-main|-optl-mexec-model=reactor|\
                    -optl-Wl,--export-if-defined=f|-optl-Wl,--export-if-defined=g|";
        let shim = "-optl-Wl,--export-if-defined=hs_wasm_main|-optl-Wl,--export-if-defined=n_alloc_blocks|-optl-Wl,--export-if-defined=hs_exit|src/Main.hs|/t/HsWasmMain.hs";
        let blocks = "-optl-Wl,--export-if-defined=n_alloc_blocks|-optl-Wl,--export-if-defined=hs_exit|";
        assert_eq!(compile(&plan, None), format!("{HEAD}{tail}{blocks}src/Main.hs"));
        assert_eq!(compile(&plan, Some("/t/HsWasmMain.hs")), format!("{HEAD}{tail}{shim}"));
    }

    #[test]
    fn a_check_does_not_link() {
        assert!(compile(&Plan::Check, None).ends_with("|-main-is|HsWasmNoMain|-no-link|src/Main.hs"));
    }

    #[test]
    fn the_list_of_files_is_asked_without_c_files() {
        let arguments =
            joined(with_paths(None, |paths| depend_arguments(&options(), paths, Path::new("/t/m"))));
        let head =
            "-fdiagnostics-as-json|-ferror-spans|-package-env|-|-tmpdir|/t|-i|-isrc|-ia b|-package|text|";
        assert_eq!(
            arguments,
            format!("{head}-M|-include-cpp-deps|-dep-suffix||-dep-makefile|/t/m|-Wall|src/Main.hs")
        );
    }
}
