//! The arguments with which cabal starts GHC on a component, made ours. Pure.
//!
//! They come from `cabal repl`, which prepares a component, builds all it needs, and then starts GHC. What they
//! say about the result is dropped: that is decided in `compiler::plan` and `compiler::command`.

use std::path::{Path, PathBuf};

use crate::compiler::entry::is_haskell;
use crate::compiler::sources::is_foreign_input;

/// A component as GHC is told about it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Component {
    /// The file of an executable's `main-is`.
    pub(super) main: Option<PathBuf>,
    /// The other modules.
    pub(super) modules: Vec<String>,
    /// Everything else.
    pub(super) options: Vec<String>,
}

/// Options about where products go, with a value.
const PLACES: [&str; 8] =
    ["-outputdir", "-odir", "-hidir", "-hiedir", "-stubdir", "-dumpdir", "-tmpdir", "-dyno"];

/// Options of an interactive session, and those that wasm cannot honour: there is one runtime, without threads.
const DROPPED: [&str; 6] = ["--interactive", "-O0", "-i", "-threaded", "-fdiagnostics-as-json", "-dynamic"];

impl Component {
    /// Reads cabal's arguments, in which paths are relative to `base`.
    pub(super) fn parse(arguments: Vec<String>, base: &Path) -> Self {
        let mut component = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if PLACES.contains(&argument.as_str()) {
                arguments.next();
            } else if let Some(options) = argument.strip_prefix("-with-rtsopts=") {
                component.options.extend(runtime_options(options));
            } else if !DROPPED.contains(&argument.as_str()) && !is_verbosity(&argument) {
                component.add(argument, &mut arguments, base);
            }
        }
        component
    }

    fn add(&mut self, argument: String, rest: &mut impl Iterator<Item = String>, base: &Path) {
        if argument.starts_with('-') {
            let value = takes_value(&argument).then(|| rest.next()).flatten();
            self.options.extend(absolute(std::iter::once(argument).chain(value), base));
        } else if is_haskell(Path::new(&argument)) {
            self.main = Some(base.join(argument).components().collect());
        } else if is_module_name(&argument) {
            self.modules.push(argument);
        } else {
            self.options.extend(absolute([argument], base));
        }
    }

    /// The files of the modules, which GHC is told instead of their names: it takes a name for that of a file in the
    /// working folder if there is one. A name without a file is left to GHC.
    pub(super) fn module_files(&self) -> Vec<String> {
        let folders = self.options.iter().filter_map(|option| option.strip_prefix("-i"));
        let roots: Vec<&str> = folders.flat_map(|folders| folders.split(':')).collect();
        let file_of = |module: &String| {
            let stem = module.replace('.', "/");
            let named =
                |root: &&str| ["hs", "lhs"].map(|ending| Path::new(root).join(format!("{stem}.{ending}")));
            let found = roots.iter().flat_map(named).find(|file| file.is_file());
            found.map_or_else(|| module.clone(), |file| file.to_string_lossy().into_owned())
        };
        self.modules.iter().map(file_of).collect()
    }

    /// A module that imports all of a library, which has no file to start at.
    pub(super) fn library_entry(&self) -> String {
        let head = ["{-# OPTIONS_GHC -w #-}".to_owned(), "module HsWasmLibrary () where".to_owned()];
        let imports = self.modules.iter().map(|module| format!("import {module} ()"));
        head.into_iter().chain(imports).map(|line| line + "\n").collect()
    }
}

/// Options of GHC with the paths of files and search folders made absolute.
pub(super) fn absolute(options: impl IntoIterator<Item = String>, base: &Path) -> Vec<String> {
    let join = |path: &str| base.join(path).components().collect::<PathBuf>().to_string_lossy().into_owned();
    let mut is_database = false;
    let mut made = Vec::new();
    for option in options {
        let is_search =
            |flag: &&str| option.len() > flag.len() && option.starts_with(flag) && !is_word(&option);
        let new = match ["-i", "-I", "-L"].into_iter().find(is_search) {
            Some("-i") => format!("-i{}", option[2..].split(':').map(join).collect::<Vec<_>>().join(":")),
            Some(flag) => format!("{flag}{}", join(&option[2..])),
            None if is_database || is_foreign_input(&option) => join(&option),
            None => option.clone(),
        };
        is_database = option == "-package-db";
        made.push(new);
    }
    made
}

/// Whether this is one of GHC's options that look like `-i` with a folder.
fn is_word(option: &str) -> bool {
    let words = ["-ignore-", "-include-", "-instantiated-with", "-interactive-print"];
    words.iter().any(|word| option.starts_with(word))
}

/// Whether the next argument belongs to this one.
fn takes_value(option: &str) -> bool {
    [
        "-package-db",
        "-package-id",
        "-package",
        "-this-unit-id",
        "-main-is",
        "-package-env",
        "-x",
        "-framework",
        "-pgmF",
    ]
    .contains(&option)
}

fn is_verbosity(option: &str) -> bool {
    let is_numbered = |flag: &str| {
        option.strip_prefix(flag).is_some_and(|rest| rest.chars().all(|digit| digit.is_ascii_digit()))
    };
    is_numbered("-v") || is_numbered("-j")
}

/// `-N` counts processors for a runtime with threads; the others work.
fn runtime_options(options: &str) -> Option<String> {
    let kept: Vec<_> =
        options.split_whitespace().filter(|option| !option.trim_matches('"').starts_with("-N")).collect();
    (!kept.is_empty()).then(|| format!("-with-rtsopts={}", kept.join(" ")))
}

fn is_module_name(argument: &str) -> bool {
    argument.split('.').all(|part| part.starts_with(char::is_uppercase)) && !argument.contains('/')
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Component, absolute};

    fn parse(arguments: &[&str]) -> Component {
        Component::parse(arguments.iter().map(ToString::to_string).collect(), Path::new("/p"))
    }

    #[test]
    fn an_executable_keeps_what_is_not_about_the_result() {
        let component = parse(&[
            "--interactive",
            "-O0",
            "-outputdir",
            "/d",
            "-i",
            "-iapp",
            "-i/gen:src",
            "-Iinclude",
            "-hide-all-packages",
            "-package-db",
            "db",
            "-package-id",
            "base-4",
            "-XLambdaCase",
            "app/Main.hs",
            "/d/cbits/x.o",
            "Paths_a",
            "-Wall",
            "-threaded",
            "-with-rtsopts=-N -A4m",
            "-j2",
        ]);
        assert_eq!(component.main.as_deref(), Some(Path::new("/p/app/Main.hs")));
        assert_eq!(component.modules, ["Paths_a"]);
        let expected = [
            "-i/p/app",
            "-i/gen:/p/src",
            "-I/p/include",
            "-hide-all-packages",
            "-package-db",
            "/p/db",
            "-package-id",
            "base-4",
            "-XLambdaCase",
            "/d/cbits/x.o",
            "-Wall",
            "-with-rtsopts=-A4m",
        ];
        assert_eq!(component.options, expected);
    }

    #[test]
    fn a_library_has_an_entry_that_imports_it() {
        let component = parse(&["-isrc", "Lib", "Deep.Hidden", "-with-rtsopts=-N"]);
        assert_eq!(
            (component.main.as_ref(), component.options.as_slice()),
            (None, &["-i/p/src".to_owned()][..])
        );
        assert!(component.library_entry().ends_with("where\nimport Lib ()\nimport Deep.Hidden ()\n"));
    }

    #[test]
    fn modules_are_given_as_files_where_there_are_some() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("A")).unwrap();
        std::fs::write(folder.path().join("A/B.lhs"), "").unwrap();
        let root = folder.path().display();
        let component = parse(&[&format!("-i/nowhere:{root}"), "A.B", "Made"]);
        assert_eq!(component.module_files(), [format!("{root}/A/B.lhs"), "Made".into()]);
    }

    #[test]
    fn what_a_user_adds_is_relative_to_another_folder() {
        let options = ["-Wall", "cbits/x.c", "-Icbits", "-main-is", "App"].map(String::from);
        assert_eq!(
            absolute(options, Path::new("/u")),
            ["-Wall", "/u/cbits/x.c", "-I/u/cbits", "-main-is", "App"]
        );
    }
}
