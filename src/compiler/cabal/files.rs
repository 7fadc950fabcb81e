//! Everything that the components of a build are made of.
//!
//! Of each package all files count that lie in its folder and could be read, because only cabal knows which are: too
//! many cost a needless look at what has not changed. Folders count too: a module may be added.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::plan::{Plan, Unit};
use crate::compiler::folder;
use crate::compiler::sources::is_module;
use crate::compiler::stamp::{Stamp, now_ns};
use crate::error::{Error, Result};

/// Files and folders, read.
pub(super) struct Files {
    pub(super) stamps: Vec<Stamp>,
    /// When they were read.
    pub(super) stamped_ns: u64,
    /// Files that cabal would read if they were there.
    pub(super) absent: Vec<PathBuf>,
    paths: BTreeSet<PathBuf>,
}

impl Files {
    /// Reads the project's files and the packages of `units`.
    pub(super) fn read(project: Option<&Path>, plan: &Plan, units: &[&Unit]) -> Result<Self> {
        let mut paths = BTreeSet::new();
        let mut absent = Vec::new();
        let beside =
            |file: &Path| ["", ".local", ".freeze"].map(|ending| format!("{}{ending}", file.display()));
        for file in project.into_iter().flat_map(beside).map(PathBuf::from) {
            if file.is_file() {
                paths.insert(file);
            } else {
                absent.push(file);
            }
        }
        let folders: BTreeSet<PathBuf> = units.iter().filter_map(|unit| unit.folder()).collect();
        for folder in &folders {
            paths.extend(package(folder)?);
        }
        // The others take part in the plan.
        for folder in plan.local().filter_map(Unit::folder).filter(|folder| !folders.contains(folder)) {
            paths.extend(folder::cabal_files(&folder).unwrap_or_default());
        }
        let stamped_ns = now_ns();
        let mut stamps = Vec::new();
        for path in &paths {
            let (stamp, _) = Stamp::read(path, Path::new("/"))
                .map_err(|cause| Error::io(format_args!("cannot read {}", path.display()), &cause))?;
            stamps.push(stamp);
        }
        Ok(Self { stamps, stamped_ns, absent, paths })
    }

    /// Whether a file is one of these.
    pub(super) fn contains(&self, file: &Path) -> bool {
        self.paths.contains(file)
    }

    /// The Haskell files.
    pub(super) fn haskell(&self) -> Vec<PathBuf> {
        self.paths.iter().filter(|path| is_module(path)).cloned().collect()
    }

    /// What the header files hold, as a short text.
    pub(super) fn headers(&self) -> String {
        let is_header = |path: &Path| {
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            ["h", "hh", "hpp", "hxx", "inc", "def"].contains(&ending)
        };
        let mut hasher = blake3::Hasher::new();
        for stamp in self.stamps.iter().filter(|stamp| is_header(&stamp.path)) {
            hasher.update(stamp.path.as_os_str().as_encoded_bytes()).update(stamp.hash.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// The files of the modules that a built library consists of (the sources, or what a preprocessor made) and their
    /// objects.
    pub(super) fn modules(&self, unit: &Unit) -> Vec<(PathBuf, PathBuf)> {
        let Some(build) = unit.dist_dir.as_ref().map(|dist| dist.join("build")) else { return Vec::new() };
        let Some(folder) = unit.folder() else { return Vec::new() };
        let mut found = Vec::new();
        for interface in interfaces(&build) {
            let Ok(module) = interface.strip_prefix(&build) else { continue };
            // A library that is not the package's main one builds in a folder of its name.
            let module = module.strip_prefix(unit.name()).unwrap_or(module);
            let names = ["hs", "lhs"].map(|ending| module.with_extension(ending));
            let is_source =
                |path: &&PathBuf| path.starts_with(&folder) && names.iter().any(|name| path.ends_with(name));
            let before = found.len();
            let object = || interface.with_extension("o");
            found.extend(self.paths.iter().filter(is_source).map(|path| (path.clone(), object())));
            if found.len() == before {
                let made = Some(interface.with_extension("hs")).filter(|file| file.is_file());
                found.extend(made.map(|file| (file, object())));
            }
        }
        found
    }
}

/// All of a package: its folder, and what its `.cabal` file names outside.
fn package(package: &Path) -> Result<BTreeSet<PathBuf>> {
    let cannot = |path: &Path| {
        let what = format!("cannot read {}", path.display());
        move |cause: std::io::Error| Error::io(what.clone(), &cause)
    };
    let mut paths = folder::package(package).map_err(cannot(package))?;
    for file in folder::cabal_files(package).map_err(cannot(package))? {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let words = text.split(|c: char| c.is_whitespace() || c == ',').map(|word| word.trim_matches('"'));
        for outside in words.filter(|word| word.starts_with("../")).map(|word| package.join(word)) {
            if outside.is_dir() {
                paths.extend(folder::package(&outside).map_err(cannot(&outside))?);
            } else if outside.is_file() {
                paths.insert(outside);
            }
        }
    }
    Ok(paths)
}

/// The interface files below a folder.
fn interfaces(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|ending| ending == "hi") {
                found.push(path);
            } else if path.is_dir() {
                open.push(path);
            }
        }
    }
    found.sort();
    found
}
