//! The files a compilation is made of: which they are, what they held, and what they say.
//!
//! GHC itself lists the modules (`ghc -M`), as nobody else can be trusted with the preprocessor and
//! the search path. A [`Stamp`] is taken when a file is read, before GHC reads it. Limit: files that a
//! custom preprocessor or `addDependentFile` reads are not seen.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::entry::{Entry, is_literate};
use super::options::CompileOptions;
use super::scan::{EXPORT_JAVASCRIPT, Scan};
use super::stamp::Stamp;
use crate::error::{Diagnostic, Error, Result, Severity};

/// The first part of the names of all modules that come with this crate.
const LIBRARY: &str = "HsWasm";

/// A module of the project.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// As GHC names it in messages.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) scan: Scan,
}

/// All files of a compilation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Project {
    /// The entry first.
    pub(crate) modules: Vec<Module>,
    /// Every file that was read, the entry too unless it is in no file.
    pub(crate) stamps: Vec<Stamp>,
    /// Files that are not there and would be read instead of others if they were.
    pub(crate) absent: Vec<PathBuf>,
    /// The import path.
    pub(crate) roots: Vec<PathBuf>,
    /// The folder of [`LIBRARY`], which may be one of `roots`.
    library: Option<PathBuf>,
    /// Whether there may be foreign exports that only GHC sees, made by macros.
    pub(crate) may_hide_exports: bool,
}

impl Project {
    /// Reads the entry alone.
    pub(crate) fn of_entry(entry: &Entry, options: &CompileOptions) -> Result<Self> {
        Self::read(entry, &[], options)
    }

    /// Reads the entry and the `files` that GHC listed.
    pub(crate) fn read(entry: &Entry, files: &[PathBuf], options: &CompileOptions) -> Result<Self> {
        let mut project = Self { library: options.library.clone(), ..Self::default() };
        if let Some(text) = &entry.text {
            project.add_module(&entry.path, text.clone());
        } else {
            project.add(&entry.path, options)?;
        }
        project.roots = entry.roots(project.entry().module_name(), options);
        let listed = files.iter().map(|file| project.respelled(file, options)).collect::<Vec<_>>();
        for file in listed.iter().filter(|file| entry.text.is_some() || **file != entry.path) {
            project.add(file, options)?;
        }
        for file in c_closure(options) {
            project.add(&file, options)?;
        }
        project.absent = project.missing_modules();
        Ok(project)
    }

    /// Reads the entry and what it imports as far as that can be told without GHC: for a project that GHC refuses.
    pub(crate) fn of_imports(entry: &Entry, options: &CompileOptions) -> Result<Self> {
        let mut files: Vec<PathBuf> = Vec::new();
        loop {
            let project = Self::read(entry, &files, options)?;
            let is_there = |path: &PathBuf| options.cwd.join(path).is_file();
            let imports =
                project.imports().into_iter().filter_map(|name| project.candidates(name).find(is_there));
            let new: Vec<PathBuf> =
                imports.filter(|path| *path != entry.path && !files.contains(path)).collect();
            if new.is_empty() {
                return Ok(project);
            }
            files.extend(new);
        }
    }

    /// These modules and nothing else.
    pub(crate) fn of_modules<'a>(modules: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        let mut project = Self::default();
        project.add_packages(modules);
        project
    }

    /// Adds the modules of packages that are built here. What cannot be read is left to the compiler.
    pub(crate) fn add_packages<'a>(&mut self, modules: impl IntoIterator<Item = &'a PathBuf>) {
        for path in modules {
            if let Ok(text) = fs::read_to_string(path) {
                self.add_module(path, text);
            }
        }
    }

    /// What the entry module says.
    pub(crate) fn entry(&self) -> &Scan {
        &self.modules[0].scan
    }

    /// The module with this file, as GHC names it.
    pub(crate) fn module_at(&self, file: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.path == Path::new(file))
    }

    /// Whether the entry imports no module of the project and includes nothing, which makes asking
    /// GHC for the list needless.
    pub(crate) fn is_lone(&self, options: &CompileOptions) -> bool {
        let preprocesses =
            options.ghc_options.iter().any(|option| ["-cpp", "-XCPP", "-F"].contains(&option.as_str()));
        let is_there = |name: &str| self.candidates(name).any(|path| options.cwd.join(path).exists());
        !preprocesses && !self.entry().uses_cpp && !self.imports().into_iter().any(is_there)
    }

    /// The folder of the modules that come with this crate, if any of them is used.
    pub(crate) fn library(&self) -> Option<&Path> {
        self.library
            .as_deref()
            .filter(|library| self.stamps.iter().any(|stamp| stamp.path.starts_with(library)))
    }

    /// Whether every file still holds what was read.
    pub(crate) fn holds(&self, cwd: &Path, stamped_ns: u64) -> bool {
        self.stamps.iter().all(|stamp| stamp.holds(cwd, stamped_ns))
    }

    /// A file of `ghc -M` as GHC names it elsewhere: the makefile has what is below the working folder relative to it, even
    /// if the import path does not.
    fn respelled(&self, file: &Path, options: &CompileOptions) -> PathBuf {
        let full = options.cwd.join(file);
        let depth = |root: &&PathBuf| {
            let root: PathBuf = options.cwd.join(root).components().collect();
            full.starts_with(&root).then(|| root.components().count())
        };
        match self.roots.iter().max_by_key(depth) {
            Some(root) if root.is_absolute() && depth(&root).is_some() => full,
            _ => file.to_owned(),
        }
    }

    fn add(&mut self, path: &Path, options: &CompileOptions) -> Result<()> {
        let (stamp, contents) = Stamp::read(path, &options.cwd)
            .map_err(|cause| Error::io(format_args!("cannot read {}", path.display()), &cause))?;
        self.stamps.push(stamp);
        if is_module(path) {
            let text = String::from_utf8(contents).map_err(|cause| not_text(path, cause.as_bytes()))?;
            if text.contains('\0') {
                return Err(not_text(path, text.as_bytes()));
            }
            self.add_module(path, text);
        } else {
            let words = EXPORT_JAVASCRIPT.as_bytes();
            self.may_hide_exports |= contents.windows(words.len()).any(|window| window == words);
        }
        Ok(())
    }

    fn add_module(&mut self, path: &Path, text: String) {
        let scan = Scan::of(&text, is_literate(path));
        self.may_hide_exports |= scan.may_hide_exports;
        self.modules.push(Module { path: path.to_owned(), text, scan });
    }

    /// The names of all imported modules.
    fn imports(&self) -> BTreeSet<&str> {
        let written = self.modules.iter().flat_map(|module| &module.scan.imports);
        written.map(String::as_str).chain(["Prelude"]).collect()
    }

    /// The files that GHC looks at, in its order, for an imported module.
    fn candidates(&self, name: &str) -> impl Iterator<Item = PathBuf> {
        let stem = name.replace('.', "/");
        let is_ours = name.split('.').next().is_some_and(|first| first == LIBRARY);
        self.roots
            .iter()
            .filter(move |root| is_ours || self.library.as_ref() != Some(root))
            .flat_map(move |root| ["hs", "lhs"].map(|extension| root.join(format!("{stem}.{extension}"))))
    }

    fn missing_modules(&self) -> Vec<PathBuf> {
        let normal = |path: &Path| path.components().collect::<PathBuf>();
        let there: HashSet<PathBuf> = self.modules.iter().map(|module| normal(&module.path)).collect();
        self.imports()
            .into_iter()
            .flat_map(|name| self.candidates(name).take_while(|path| !there.contains(&normal(path))))
            .collect()
    }
}

/// Whether a file's name is that of a module, its signature or its boot file.
pub(crate) fn is_module(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    matches!(extension, "hs" | "lhs" | "hs-boot" | "lhs-boot" | "hsig" | "lhsig")
}

/// The error for a file that is no text.
fn not_text(path: &Path, contents: &[u8]) -> Error {
    let bad = contents.iter().position(|byte| *byte == 0);
    let at = std::str::from_utf8(contents).map_or_else(|error| error.valid_up_to(), |_| bad.unwrap_or(0));
    let line = contents[..at].split(|byte| *byte == b'\n').count();
    let file = path.display().to_string();
    let message = "this is not Haskell source: Haskell files are UTF-8 text".to_owned();
    let diagnostic = Diagnostic {
        file: Some(file.clone()),
        line: u32::try_from(line).ok(),
        column: None,
        end_line: None,
        end_column: None,
        severity: Severity::Error,
        code: None,
        message: message.clone(),
    };
    Error::Compile {
        message: format!("{file}:{line}: error: {message}"),
        diagnostics: vec![diagnostic],
        stderr: String::new(),
    }
}

/// Reads the makefile of `ghc -M`: the source files on the right of each colon.
pub(crate) fn parse_makefile(makefile: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in makefile.lines().filter(|line| !line.starts_with('#')) {
        let Some((_, dependency)) = line.split_once(" : ") else { continue };
        // GHC puts a backslash before each space of a name.
        let file = PathBuf::from(dependency.replace("\\ ", " "));
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !matches!(extension, "hi" | "hi-boot" | "o" | "o-boot") && !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

/// Whether an argument of GHC is a file to compile or link that is not Haskell.
pub(crate) fn is_foreign_input(argument: &str) -> bool {
    const EXTENSIONS: [&str; 10] = ["c", "cc", "cpp", "cxx", "s", "S", "cmm", "o", "a", "ll"];
    let extension = Path::new(argument).extension().and_then(|extension| extension.to_str());
    !argument.starts_with('-') && extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}

/// The C files among the options, the headers they include by name, and the package databases.
fn c_closure(options: &CompileOptions) -> BTreeSet<PathBuf> {
    let arguments = &options.ghc_options;
    let folders: Vec<&Path> =
        arguments.iter().filter_map(|option| option.strip_prefix("-I")).map(Path::new).collect();
    let is_there = |path: &PathBuf| options.cwd.join(path).is_file();
    let mut found = BTreeSet::new();
    let mut open: Vec<PathBuf> = arguments
        .iter()
        .filter(|argument| is_foreign_input(argument))
        .map(PathBuf::from)
        .filter(is_there)
        .collect();
    while let Some(file) = open.pop() {
        // Binary inputs include nothing, and reading them as text finds nothing.
        let text = fs::read(options.cwd.join(&file)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let included = text.lines().filter_map(|line| {
            let name = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("include")?.trim();
            name.get(1..)?.split(['"', '>']).next()
        });
        let here = file.parent().unwrap_or(Path::new(""));
        for name in included {
            let beside = std::iter::once(here).chain(folders.iter().copied());
            open.extend(
                beside.map(|folder| folder.join(name)).find(is_there).filter(|path| !found.contains(path)),
            );
        }
        found.insert(file);
    }
    let databases =
        arguments.iter().zip(arguments.iter().skip(1)).filter(|(option, _)| *option == "-package-db");
    found.extend(databases.map(|(_, folder)| Path::new(folder).join("package.cache")).filter(is_there));
    found
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Project, parse_makefile};
    use crate::compiler::entry::Entry;
    use crate::compiler::options::{CompileOptions, Input};

    fn project(
        files: &[(&str, &str)],
        listed: &[&str],
        ghc_options: &[&str],
    ) -> (tempfile::TempDir, Project) {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut options = CompileOptions::new(Input::Path(files[0].0.into()), folder.path(), "/c");
        options.ghc_options = ghc_options.iter().map(ToString::to_string).collect();
        let entry = Entry::find(&options).unwrap();
        let listed: Vec<PathBuf> = listed.iter().map(PathBuf::from).collect();
        let project = Project::read(&entry, &listed, &options).unwrap();
        (folder, project)
    }

    #[test]
    fn the_makefile_lists_sources_and_headers() {
        let makefile = "# DO NOT DELETE\no/Sp.o : s\\ p/Sp.hs\no/B.o-boot : B.hs-boot\no/B.o : o/B.hi-boot\n\
                        o/B.o : B.hs\no/Main.o : B.hs\no/Main.o : defs.h\no/Main.o : o/B.hi\n";
        assert_eq!(parse_makefile(makefile), ["s p/Sp.hs", "B.hs-boot", "B.hs", "defs.h"].map(Path::new));
    }

    #[test]
    fn a_file_that_would_shadow_another_is_known_to_be_absent() {
        let files = [("Main.hs", "import A\nimport Data.Map\n"), ("lib/A.lhs", "> module A where\n")];
        let (_folder, project) = project(&files, &["Main.hs", "lib/A.lhs"], &["-ilib"]);
        let absent = [
            "./A.hs",
            "./A.lhs",
            "lib/A.hs",
            "./Data/Map.hs",
            "./Data/Map.lhs",
            "lib/Data/Map.hs",
            "lib/Data/Map.lhs",
            "./Prelude.hs",
            "./Prelude.lhs",
            "lib/Prelude.hs",
            "lib/Prelude.lhs",
        ];
        assert_eq!(project.absent, absent.map(Path::new));
    }

    #[test]
    fn files_are_named_as_the_import_path_names_them() {
        let files =
            [("Main.hs", "import A\nimport B"), ("A.hs", "module A where"), ("lib/B.hs", "module B where")];
        let (folder, _) = project(&files, &[], &[]);
        let main = folder.path().join("Main.hs");
        let mut options = CompileOptions::new(Input::Path(main.clone()), folder.path(), "/c");
        options.ghc_options = vec!["-ilib".into()];
        let entry = Entry::find(&options).unwrap();
        let listed = ["Main.hs", "A.hs", "lib/B.hs"].map(PathBuf::from);
        let project = Project::read(&entry, &listed, &options).unwrap();
        let stamped: Vec<_> = project.stamps.iter().map(|stamp| stamp.path.clone()).collect();
        assert_eq!(stamped, [main, folder.path().join("A.hs"), "lib/B.hs".into()]);
        assert!(project.absent.iter().all(|path| !stamped.contains(path)));
    }

    #[test]
    fn c_files_bring_their_headers() {
        let files = [
            ("Main.hs", "main = x"),
            ("cbits/x.c", "#include \"x.h\"\n# include <deep.h>\n#include <stdio.h>\n"),
            ("cbits/x.h", "#include \"x.h\"\n"),
            ("include/deep.h", ""),
        ];
        let (_folder, project) = project(&files, &["Main.hs"], &["cbits/x.c", "-Iinclude", "gone.c"]);
        let stamped: Vec<_> = project.stamps.iter().map(|stamp| stamp.path.as_path()).collect();
        assert_eq!(stamped, ["Main.hs", "cbits/x.c", "cbits/x.h", "include/deep.h"].map(Path::new));
    }

    #[test]
    fn an_entry_without_imports_of_the_project_is_lone() {
        let options = |folder: &tempfile::TempDir| {
            CompileOptions::new(Input::Source(String::new()), folder.path(), "/c")
        };
        let (folder, lone) = project(&[("Main.hs", "import Data.Map"), ("B.hs", "")], &[], &[]);
        assert!(lone.is_lone(&options(&folder)));
        let (folder, with_b) = project(&[("Main.hs", "import B"), ("B.hs", "")], &[], &[]);
        assert!(!with_b.is_lone(&options(&folder)));
        let (folder, with_cpp) = project(&[("Main.hs", "{-# LANGUAGE CPP #-}")], &[], &[]);
        assert!(!with_cpp.is_lone(&options(&folder)));
    }

    #[test]
    fn what_is_no_text_is_said_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("A.hs"), b"x = 1\n\x89PNG\0").unwrap();
        let options = CompileOptions::new(Input::Path("A.hs".into()), folder.path(), "/c");
        let entry = Entry::file("A.hs".into());
        let error = Project::of_entry(&entry, &options).unwrap_err().to_string();
        assert_eq!(error, "A.hs:2: error: this is not Haskell source: Haskell files are UTF-8 text");
    }
}
