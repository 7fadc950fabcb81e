//! GHC's folder of objects and interfaces, kept from build to build.
//!
//! GHC trusts what it finds there, and panics on a truncated interface. A build that is killed may
//! leave one; so a marker stands in the folder while GHC writes, and a marker found at the start says
//! since when files are not to be trusted. Only interfaces are removed: GHC then makes the rest again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Error, Result};

const MARKER: &str = ".hs-wasm-building";

/// A folder that GHC is about to write to.
pub(crate) struct Objects {
    folder: PathBuf,
}

impl Objects {
    /// Makes the folder, or what an interrupted build left of it, ready.
    pub(crate) fn open(folder: PathBuf) -> Result<Self> {
        let objects = Self { folder };
        let marker = objects.folder.join(MARKER);
        if let Ok(interrupted) = modified(&marker) {
            objects.distrust(Some(interrupted));
        }
        fs::create_dir_all(&objects.folder).and_then(|()| fs::write(&marker, "")).map_err(|cause| {
            Error::io(format_args!("cannot write to {}", objects.folder.display()), &cause)
        })?;
        Ok(objects)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes GHC compile everything again.
    pub(crate) fn clear(&self) {
        self.distrust(None);
    }

    /// Says that GHC has ended by itself.
    pub(crate) fn close(self) {
        // A marker that stays costs a few modules' compilation.
        let _ = fs::remove_file(self.folder.join(MARKER));
    }

    /// Removes interfaces that are, or whose objects are, as new as `since`; all without it.
    fn distrust(&self, since: Option<SystemTime>) {
        let is_new = |path: &Path| since.is_none_or(|since| modified(path).is_ok_and(|time| time >= since));
        let mut open = vec![self.folder.clone()];
        while let Some(folder) = open.pop() {
            for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()) {
                let object = match path.extension().and_then(|extension| extension.to_str()) {
                    Some("hi") => path.with_extension("o"),
                    Some("hi-boot") => path.with_extension("o-boot"),
                    _ => {
                        open.extend(path.is_dir().then_some(path));
                        continue;
                    }
                };
                if is_new(&path) || is_new(&object) {
                    // What cannot be removed GHC cannot write either, and will say so.
                    let _ = fs::remove_file(&path);
                }
            }
        }
    }
}

fn modified(path: &Path) -> std::io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::thread::sleep;
    use std::time::Duration;

    use super::Objects;

    fn write(folder: &Path, names: &[&str]) {
        for name in names {
            fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
            fs::write(folder.join(name), "x").unwrap();
        }
    }

    #[test]
    fn what_an_interrupted_build_wrote_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        write(
            here,
            &[
                "Old.hi",
                "Old.o",
                "New.hi",
                "Object.hi",
                "Object.o",
                "A/Boot.hi-boot",
                "A/Boot.o-boot",
                "notes",
            ],
        );
        sleep(Duration::from_millis(30));
        let interrupted = Objects::open(here.to_owned()).unwrap();
        write(here, &["New.hi", "New.o", "Object.o", "A/Boot.o-boot"]);
        drop(interrupted);
        let objects = Objects::open(here.to_owned()).unwrap();
        let is_there = |name: &str| here.join(name).exists();
        assert!(is_there("Old.hi") && is_there("notes") && is_there("New.o"));
        assert!(!is_there("New.hi") && !is_there("Object.hi") && !is_there("A/Boot.hi-boot"));

        objects.close();
        write(here, &["New.hi"]);
        let objects = Objects::open(here.to_owned()).unwrap();
        assert!(is_there("New.hi"), "a build that ended is trusted");
        objects.clear();
        assert!(!is_there("New.hi") && !is_there("Old.hi") && is_there("Old.o"));
    }
}
