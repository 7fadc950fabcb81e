//! Folders of sources: what in them can be part of a compilation, and all of it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Endings of the files that GHC, C compilers, preprocessors or cabal read.
const READ: [&str; 29] = [
    "hs", "lhs", "hs-boot", "lhs-boot", "hsig", "lhsig", "hsc", "chs", "x", "y", "ly", "c", "cc", "cpp",
    "cxx", "h", "hh", "hpp", "hxx", "inc", "def", "s", "S", "cmm", "ll", "cabal", "project", "local",
    "freeze",
];

/// Folders that builds and package managers fill; neither they nor hidden ones hold sources.
const SKIPPED: [&str; 4] = ["dist", "dist-newstyle", "node_modules", "target"];

/// What a folder holds of these: names of files, and of folders with a `/`; sorted.
pub(crate) fn listing(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_folder = entry.path().is_dir();
        if is_folder && !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
            names.push(format!("{name}/"));
        } else if !is_folder && is_read(Path::new(&name)) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Whether a file has one of these endings.
fn is_read(file: &Path) -> bool {
    file.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| READ.contains(&ending))
}

/// The `.cabal` files directly in a folder.
pub(crate) fn cabal_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(listing(folder)?.into_iter().filter(|name| is_cabal(name)).map(|name| folder.join(name)).collect())
}

fn is_cabal(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "cabal")
}

/// All folders and files of a package: below its folder, without packages that lie in it.
pub(crate) fn package(folder: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(here) = open.pop() {
        // Links can make folders contain themselves.
        if !seen.insert(fs::canonicalize(&here)?) {
            continue;
        }
        let names = listing(&here)?;
        if here != folder && names.iter().any(|name| is_cabal(name)) {
            continue;
        }
        for name in &names {
            match name.strip_suffix('/') {
                Some(inner) => open.push(here.join(inner)),
                None => {
                    found.insert(here.join(name));
                }
            }
        }
        found.insert(here);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{cabal_files, listing, package};

    #[test]
    fn a_package_is_what_lies_below_without_other_packages_and_products() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        for file in [
            "a.cabal",
            "src/A/B.hs",
            "src/notes.txt",
            ".git/x.hs",
            "dist-newstyle/y.hs",
            "inner/inner.cabal",
            "inner/I.hs",
        ] {
            fs::create_dir_all(here.join(file).parent().unwrap()).unwrap();
            fs::write(here.join(file), "").unwrap();
        }
        assert_eq!(listing(here).unwrap(), ["a.cabal", "inner/", "src/"]);
        assert_eq!(cabal_files(here).unwrap(), [here.join("a.cabal")]);
        let found: Vec<_> = package(here).unwrap().into_iter().collect();
        let expected = ["", "a.cabal", "src", "src/A", "src/A/B.hs"].map(|path| here.join(path));
        assert_eq!(found, expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_contains_itself_is_walked_once() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("A.hs"), "").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
        assert_eq!(package(folder.path()).unwrap().len(), 2);
    }
}
