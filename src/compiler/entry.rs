//! From what the user names to the file that GHC starts at. Looks at names and folders, reads no file.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::options::{CompileOptions, Input};
use crate::error::{Error, Result};

/// Where a compilation starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The file as the user spells it, for GHC puts this spelling into messages and call stacks.
    /// `Main.hs` for a source that is in no file.
    pub(crate) path: PathBuf,
    /// The text, if the input is a source.
    pub(crate) text: Option<String>,
    /// The folder, if the input is one.
    pub(crate) folder: Option<PathBuf>,
    /// Whether GHC's options name every folder of modules, as cabal's do.
    pub(crate) has_all_roots: bool,
}

impl Entry {
    /// Finds the entry of `options.input`.
    pub(crate) fn find(options: &CompileOptions) -> Result<Self> {
        let path = match &options.input {
            Input::Source(text) => {
                return Ok(Self { text: Some(text.clone()), ..Self::file("Main.hs".into()) });
            }
            Input::Path(path) if path.as_os_str().is_empty() => {
                return Err(invalid(
                    "input",
                    "expected the path of a file or folder, found an empty one".into(),
                ));
            }
            Input::Path(path) => &without_dots(path),
        };
        let metadata = fs::metadata(options.cwd.join(path))
            .map_err(|cause| Error::io(format_args!("cannot compile {}", path.display()), &cause))?;
        if metadata.is_dir() {
            let entry = entry_of_folder(path, options)?;
            return Ok(Self { folder: Some(path.clone()), ..Self::file(without_dots(&entry)) });
        }
        if options.main.is_some() {
            return Err(invalid(
                "options.main",
                "it names the entry of a folder, but the input is a file".into(),
            ));
        }
        if !is_haskell(path) {
            let advice = match extension(path) {
                "wasm" => "; load() takes compiled modules",
                _ => "",
            };
            let expected = "expected a .hs, .lhs or .cabal file, a folder with such files, a cabal.project, or { source }";
            return Err(invalid("input", format!("{expected}; found {}{advice}", path.display())));
        }
        Ok(Self::file(path.clone()))
    }

    /// The file itself.
    pub(crate) fn file(path: PathBuf) -> Self {
        Self { path, text: None, folder: None, has_all_roots: false }
    }

    /// The folders in which imported modules are looked for, given the entry's module name:
    /// `src/App/Main.hs` with module `App.Main` is rooted in `src`.
    pub(crate) fn roots(&self, module: &str, options: &CompileOptions) -> Vec<PathBuf> {
        let mut roots: Vec<PathBuf> = self.folder.iter().cloned().collect();
        let mut root = self.path.with_extension("");
        if self.has_all_roots {
            // Nothing to add.
        } else if module
            .split('.')
            .rev()
            .all(|part| root.file_name().is_some_and(|name| name == part) && root.pop())
        {
            roots.push(root);
        } else {
            roots.push(self.path.parent().map(Path::to_owned).unwrap_or_default());
        }
        for folders in options.ghc_options.iter().filter_map(|option| option.strip_prefix("-i")) {
            roots.extend(folders.split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from));
        }
        if !self.has_all_roots {
            roots.extend(options.library.clone());
        }
        let mut unique = Vec::new();
        for root in roots {
            let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
            if !unique.contains(&root) {
                unique.push(root);
            }
        }
        unique
    }
}

/// `Main.hs`, the file that `main` names, or the only module there is.
fn entry_of_folder(folder: &Path, options: &CompileOptions) -> Result<PathBuf> {
    if let Some(main) = &options.main {
        let inside = folder.join(main);
        return [inside.clone(), main.clone()]
            .into_iter()
            .find(|path| options.cwd.join(path).is_file())
            .ok_or_else(|| invalid("options.main", format!("there is no file {}", inside.display())));
    }
    for name in ["Main.hs", "Main.lhs"] {
        if options.cwd.join(folder).join(name).is_file() {
            return Ok(folder.join(name));
        }
    }
    let listing = fs::read_dir(options.cwd.join(folder))
        .map_err(|cause| Error::io(format_args!("cannot read the folder {}", folder.display()), &cause))?;
    let mut modules: Vec<PathBuf> =
        listing.flatten().map(|file| folder.join(file.file_name())).filter(|path| is_haskell(path)).collect();
    modules.sort();
    let shown = folder.display();
    match modules.as_slice() {
        [] => {
            Err(invalid("input", format!("expected Haskell modules in {shown}, found no .hs or .lhs file")))
        }
        [only] => Ok(only.clone()),
        several => {
            let names: Vec<_> = several.iter().filter_map(|path| path.file_name()?.to_str()).collect();
            let first = names.first().copied().unwrap_or_default();
            let names = names.join(", ");
            let fix = format!("name the entry, for example {{ main: '{first}' }}");
            Err(invalid("input", format!("expected Main.hs in {shown}, found {names}; {fix}")))
        }
    }
}

/// The path without `.` components, as GHC writes it, and not to be taken for a flag.
fn without_dots(path: &Path) -> PathBuf {
    let plain: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    match plain.as_os_str().as_encoded_bytes().first() {
        None => PathBuf::from("."),
        Some(b'-') => Path::new(".").join(plain),
        Some(_) => plain,
    }
}

/// Whether the file's name is that of a Haskell module.
pub(crate) fn is_haskell(path: &Path) -> bool {
    matches!(extension(path), "hs" | "lhs")
}

/// Whether the file is literate.
pub(crate) fn is_literate(path: &Path) -> bool {
    matches!(extension(path), "lhs" | "lhs-boot" | "lhsig")
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

fn invalid(what: &str, message: String) -> Error {
    Error::InvalidArg { path: format!("compile.{what}"), message }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::Entry;
    use crate::compiler::options::{CompileOptions, Input};

    fn find(files: &[&str], input: &str, main: Option<&str>) -> Result<PathBuf, String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let mut options = CompileOptions::new(Input::Path(input.into()), folder.path(), "/c");
        options.main = main.map(PathBuf::from);
        Entry::find(&options).map(|entry| entry.path).map_err(|error| error.to_string())
    }

    #[test]
    fn a_folder_starts_at_its_main() {
        assert_eq!(find(&["p/Main.hs", "p/B.hs"], "p", None).unwrap(), Path::new("p/Main.hs"));
        assert_eq!(find(&["Main.hs"], ".", None).unwrap(), Path::new("Main.hs"));
        assert_eq!(find(&["-x.hs"], "./-x.hs", None).unwrap(), Path::new("./-x.hs"));
        assert_eq!(find(&["p/Only.lhs", "p/x.txt"], "p", None).unwrap(), Path::new("p/Only.lhs"));
        assert_eq!(find(&["p/Main.hs", "p/B.hs"], "p", Some("B.hs")).unwrap(), Path::new("p/B.hs"));
        assert_eq!(find(&["p/Main.hs", "p/B.hs"], "p", Some("p/B.hs")).unwrap(), Path::new("p/B.hs"));
    }

    #[test]
    fn what_is_no_entry_is_said() {
        assert!(find(&[], "gone.hs", None).unwrap_err().starts_with("cannot compile gone.hs: "));
        assert!(find(&["p/x.txt"], "p", None).unwrap_err().contains("found no .hs or .lhs file"));
        assert_eq!(
            find(&["p/B.hs", "p/A.hs"], "p", None).unwrap_err(),
            "compile.input: expected Main.hs in p, found A.hs, B.hs; name the entry, for example { main: 'A.hs' }"
        );
        assert!(find(&["a.txt"], "a.txt", None).unwrap_err().ends_with("found a.txt"));
        assert!(find(&[], "", None).unwrap_err().contains("found an empty one"));
        assert!(find(&["a.wasm"], "a.wasm", None).unwrap_err().contains("load()"));
        assert!(find(&["p/Main.hs"], "p", Some("X.hs")).unwrap_err().contains("there is no file p/X.hs"));
        assert!(find(&["A.hs"], "A.hs", Some("B.hs")).unwrap_err().contains("the input is a file"));
    }

    #[test]
    fn roots_follow_from_the_module_name() {
        let mut options = CompileOptions::new(Input::Source(String::new()), "/p", "/c");
        let entry = |path: &str| Entry::file(path.into());
        assert_eq!(entry("src/App/Main.hs").roots("App.Main", &options), [Path::new("src")]);
        assert_eq!(entry("src/App/Main.hs").roots("Main", &options), [Path::new("src/App")]);
        assert_eq!(entry("Main.hs").roots("Main", &options), [Path::new(".")]);
        assert_eq!(entry("x/app.hs").roots("Main", &options), [Path::new("x")]);
        options.ghc_options = vec!["-ilib:gen".into(), "-i".into()];
        options.library = Some("/library".into());
        let of_cabal = Entry { has_all_roots: true, ..entry("x/app.hs") };
        assert_eq!(of_cabal.roots("Main", &options), ["lib", "gen"].map(Path::new));
        assert_eq!(entry("x/app.hs").roots("Main", &options), ["x", "lib", "gen", "/library"].map(Path::new));
    }
}
