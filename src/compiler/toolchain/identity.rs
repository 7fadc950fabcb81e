//! What makes one toolchain different from another, for the keys of caches.
//!
//! Read on every use and never remembered: a toolchain that was updated in place must not hit old entries. It takes
//! two small files, well under a millisecond. Invariant: equal content gives an equal identity, wherever the
//! toolchain lies.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use blake3::Hasher;

/// The identity of the compiler of this version with this library folder: its version, and a hash of its settings
/// and of its package database (which holds the hash of every package's interface).
///
/// # Errors
/// When the folder has no readable `settings`: it is no library folder.
pub(super) fn identity(version: &str, libdir: &Path) -> io::Result<String> {
    let mut hasher = Hasher::new();
    let settings = fs::read(libdir.join("settings"))
        .map_err(|cause| io::Error::new(cause.kind(), format!("settings: {cause}")))?;
    hasher.update(&settings);
    match fs::read(libdir.join("package.conf.d/package.cache")) {
        Ok(packages) => {
            hasher.update(&packages);
        }
        // a compiler may keep its database elsewhere: the settings' own age has to do
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            let changed = fs::metadata(libdir.join("settings"))?.modified()?;
            hasher.update(format!("{changed:?}").as_bytes());
        }
        Err(cause) => return Err(cause),
    }
    Ok(format!("{version}-{}", &hasher.finalize().to_hex()[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_content_and_not_place() {
        let here = tempfile::tempdir().unwrap();
        let there = tempfile::tempdir().unwrap();
        for folder in [&here, &there] {
            fs::create_dir(folder.path().join("package.conf.d")).unwrap();
            fs::write(folder.path().join("settings"), "[]").unwrap();
            fs::write(folder.path().join("package.conf.d/package.cache"), "abi 1").unwrap();
        }
        let before = identity("9.10.3", here.path()).unwrap();
        assert_eq!(before, identity("9.10.3", there.path()).unwrap());
        assert!(before.starts_with("9.10.3-"));
        fs::write(here.path().join("package.conf.d/package.cache"), "abi 2").unwrap();
        assert_ne!(before, identity("9.10.3", here.path()).unwrap());
    }

    #[test]
    fn a_folder_without_settings_is_no_library_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(identity("9.10.3", folder.path()).unwrap_err().to_string().contains("settings"));
    }
}
