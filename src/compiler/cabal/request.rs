//! What of a compilation is cabal's: the input, if it is a package or a project, and packages of the user's own.
//! Looks at names and folders, reads no file.

use std::path::{Path, PathBuf};

use crate::compiler::folder::cabal_files;
use crate::compiler::options::{CompileOptions, Input};
use crate::error::{Error, Result};

/// What cabal is to build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The `.cabal` file or `cabal.project` that is the input. Without one, the input is Haskell.
    pub(crate) input: Option<PathBuf>,
    /// The user's project, if there is one: a `cabal.project`.
    pub(crate) project: Option<PathBuf>,
    /// The `.cabal` files of the option `packages`.
    pub(crate) packages: Vec<PathBuf>,
}

impl Request {
    /// What of these options is cabal's, if anything is. All paths are absolute.
    pub(crate) fn of(options: &CompileOptions) -> Result<Option<Self>> {
        let input = input(options)?;
        let mut packages = Vec::new();
        for (at, package) in options.packages.iter().enumerate().filter(|(_, package)| is_path(package)) {
            let folder = options.cwd.join(package);
            packages.push(cabal_file(&folder, &format!("options.packages[{at}]"))?);
        }
        if input.is_none() && packages.is_empty() {
            return Ok(None);
        }
        let project = input.as_deref().and_then(project_of);
        if let (Some(project), false) = (&project, packages.is_empty()) {
            let text = format!(
                "the packages of this input are those of {}: add the folder to its `packages:`",
                project.display()
            );
            return Err(invalid("options.packages", text));
        }
        Ok(Some(Self { input, project, packages }))
    }

    /// The folder of the one package whose components are meant, unless those of all are.
    pub(crate) fn folder(&self) -> Option<&Path> {
        let input = self.input.as_deref()?;
        let folder = input.parent()?;
        let is_package = !is_project(input) || cabal_files(folder).is_ok_and(|files| !files.is_empty());
        is_package.then_some(folder)
    }
}

/// Whether an element of `packages` is a folder, not the name of an installed package.
pub(crate) fn is_path(package: &str) -> bool {
    package.starts_with("./") || package.starts_with("../") || Path::new(package).is_absolute()
}

/// The options that only a package or a project has.
pub(crate) fn check_haskell(options: &CompileOptions) -> Result<()> {
    let misplaced = [("component", options.component.is_some()), ("flags", !options.flags.is_empty())];
    match misplaced.into_iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(invalid(
            &format!("options.{name}"),
            "it is about a .cabal file or a cabal.project, but the input is neither".into(),
        )),
        None => Ok(()),
    }
}

/// The input, if it is cabal's: a folder is if it has a `.cabal` file or a `cabal.project` and no entry is named.
fn input(options: &CompileOptions) -> Result<Option<PathBuf>> {
    let Input::Path(path) = &options.input else { return Ok(None) };
    let path = options.cwd.join(path).components().collect::<PathBuf>();
    let is_cabal = path.extension().is_some_and(|ending| ending == "cabal");
    if path.is_dir() {
        let project = path.join("cabal.project");
        if options.main.is_some() {
            return Ok(None);
        }
        if project.is_file() {
            return Ok(Some(project));
        }
        let has_package = cabal_files(&path).is_ok_and(|files| !files.is_empty());
        return if has_package { cabal_file(&path, "input").map(Some) } else { Ok(None) };
    }
    if !is_cabal && !is_project(&path) || !path.is_file() {
        return Ok(None);
    }
    if options.main.is_some() {
        let text = "it names the entry of a folder of modules; name an executable with `component`";
        return Err(invalid("options.main", text.into()));
    }
    Ok(Some(path))
}

fn is_project(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "project")
}

/// The project of an input, as cabal finds it: in the package's folder or above.
fn project_of(input: &Path) -> Option<PathBuf> {
    if is_project(input) {
        return Some(input.to_owned());
    }
    let folders = input.ancestors().skip(1);
    folders.map(|folder| folder.join("cabal.project")).find(|project| project.is_file())
}

/// The `.cabal` file in a folder, which must be one.
fn cabal_file(folder: &Path, option: &str) -> Result<PathBuf> {
    if folder.extension().is_some_and(|ending| ending == "cabal") && folder.is_file() {
        return Ok(folder.to_owned());
    }
    let shown = folder.display();
    let expected = format!("expected the folder of a package, with one .cabal file, in {shown}");
    let files = cabal_files(folder).map_err(|cause| invalid(option, format!("{expected}: {cause}")))?;
    match files.as_slice() {
        [file] => Ok(file.clone()),
        [] => Err(invalid(
            option,
            format!(
                "{expected}, found none. Write one, or pass the folder's modules to GHC: ghcOptions: ['-i{shown}']"
            ),
        )),
        several => {
            let names: Vec<_> = several.iter().filter_map(|file| file.file_name()?.to_str()).collect();
            Err(invalid(option, format!("{expected}, found {}; name one of them", names.join(", "))))
        }
    }
}

pub(super) fn invalid(what: &str, message: String) -> Error {
    Error::InvalidArg { path: format!("compile.{what}"), message }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::Request;
    use crate::compiler::options::{CompileOptions, Input};

    fn request(
        files: &[&str],
        input: &str,
        change: impl FnOnce(&mut CompileOptions),
    ) -> Result<Option<[Option<String>; 2]>, String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let mut options = CompileOptions::new(Input::Path(input.into()), folder.path(), "/c");
        change(&mut options);
        let shown = |path: &Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
        let found = Request::of(&options).map_err(|error| error.to_string())?;
        Ok(found.map(|found| [found.input, found.project].map(|path| path.as_deref().map(shown))))
    }

    #[test]
    fn packages_and_projects_are_cabal_s() {
        let of = |files: &[&str], input: &str| request(files, input, |_| ()).unwrap();
        let some = |input: &str, project: Option<&str>| Some([Some(input.into()), project.map(String::from)]);
        assert_eq!(of(&["p/a.cabal"], "p/a.cabal"), some("p/a.cabal", None));
        assert_eq!(of(&["p/a.cabal", "p/Main.hs"], "./p"), some("p/a.cabal", None));
        assert_eq!(of(&["p/a.cabal", "cabal.project"], "p"), some("p/a.cabal", Some("cabal.project")));
        assert_eq!(of(&["cabal.project"], "."), some("cabal.project", Some("cabal.project")));
        assert_eq!(of(&["p/Main.hs"], "p"), None);
        assert_eq!(of(&["p/Main.hs"], "p/Main.hs"), None);
        let with_entry = request(&["a.cabal", "B.hs"], ".", |options| options.main = Some("B.hs".into()));
        assert_eq!(with_entry, Ok(None));
    }

    #[test]
    fn a_package_of_one_s_own_is_a_folder_with_a_cabal_file() {
        let with = |files: &[&str], package: &str| {
            request(files, "Main.hs", |options| options.packages = vec!["text".into(), package.into()])
        };
        assert_eq!(with(&["lib/l.cabal"], "./lib"), Ok(Some([None, None])));
        assert_eq!(with(&[], "containers"), Ok(None));
        let none = with(&["lib/L.hs"], "./lib").unwrap_err();
        assert!(none.starts_with("compile.options.packages[1]: expected the folder of a package"), "{none}");
        assert!(
            with(&["lib/a.cabal", "lib/b.cabal"], "./lib").unwrap_err().contains("found a.cabal, b.cabal")
        );
        assert!(with(&[], "../gone").unwrap_err().contains("No such file"));
    }
}
