//! The toolchains that hs-wasm installed: `toolchains/<id>/` in the cache folder.
//!
//! A toolchain is built in place, because the paths of its programs are fixed in them, and becomes one by its
//! manifest `toolchain.json`, which the recipe writes last and in one rename. Invariant: a folder without a
//! manifest, or with one of another recipe or another place, is not a toolchain.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::identity::identity;
use super::{Origin, Toolchain};

/// The recipe that this crate goes with: `series` (of GHC) and `recipe` (its version), one assignment a line.
const RECIPE: &str = include_str!("../../../toolchain/RECIPE");

/// What the recipe says about the toolchain that it made.
#[derive(Debug, Deserialize)]
struct Manifest {
    id: String,
    ghc: String,
    prefix: PathBuf,
}

/// The name of the toolchain that the recipe makes, such as `ghc-9.10-r1`.
pub(in crate::compiler) fn own_id() -> String {
    let value = |name: &str| {
        let line = RECIPE.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_default().trim()
    };
    format!("ghc-{}-r{}", value("series"), value("recipe"))
}

/// The folder of that toolchain, installed or not.
pub(in crate::compiler) fn own_prefix(cache: &Path) -> PathBuf {
    cache.join("toolchains").join(own_id())
}

/// Our own toolchain, if it is installed.
pub(in crate::compiler) fn find_own(cache: &Path) -> Option<Toolchain> {
    let prefix = own_prefix(cache);
    let manifest: Manifest = serde_json::from_slice(&fs::read(prefix.join("toolchain.json")).ok()?).ok()?;
    let real = fs::canonicalize(&prefix).ok()?;
    if manifest.id != own_id() || fs::canonicalize(&manifest.prefix).ok()? != real {
        return None;
    }
    let ghc = prefix.join("bin/wasm32-wasi-ghc");
    let libdir = prefix.join("lib");
    let identity = identity(&manifest.ghc, &libdir).ok()?;
    ghc.is_file().then_some(Toolchain { ghc, version: manifest.ghc, libdir, origin: Origin::Own, identity })
}

#[cfg(test)]
pub(in crate::compiler) mod tests {
    use super::*;

    /// Makes what a finished install looks like to [`find_own`].
    pub(in crate::compiler) fn pretend_installed(cache: &Path) -> PathBuf {
        let prefix = own_prefix(cache);
        for folder in ["bin", "lib/package.conf.d"] {
            fs::create_dir_all(prefix.join(folder)).unwrap();
        }
        for file in ["bin/wasm32-wasi-ghc", "lib/settings", "lib/package.conf.d/package.cache"] {
            fs::write(prefix.join(file), "").unwrap();
        }
        let manifest = serde_json::json!({ "id": own_id(), "ghc": "9.10.3", "recipe": 1, "prefix": prefix });
        fs::write(prefix.join("toolchain.json"), manifest.to_string()).unwrap();
        prefix
    }

    #[test]
    fn the_id_names_series_and_recipe() {
        let id = own_id();
        let (series, recipe) = id.strip_prefix("ghc-").unwrap().split_once("-r").unwrap();
        assert!(series.split('.').all(|number| number.parse::<u32>().is_ok()));
        assert!(recipe.parse::<u32>().is_ok());
    }

    #[test]
    fn an_installed_toolchain_is_found() {
        let cache = tempfile::tempdir().unwrap();
        assert_eq!(find_own(cache.path()), None);
        pretend_installed(cache.path());
        let toolchain = find_own(cache.path()).unwrap();
        assert_eq!((toolchain.version.as_str(), toolchain.origin), ("9.10.3", Origin::Own));
    }

    #[test]
    fn half_an_install_is_not() {
        let cache = tempfile::tempdir().unwrap();
        let prefix = pretend_installed(cache.path());
        fs::write(prefix.join("toolchain.json"), "{\"id\":").unwrap();
        assert_eq!(find_own(cache.path()), None);
        fs::remove_file(prefix.join("toolchain.json")).unwrap();
        assert_eq!(find_own(cache.path()), None);
    }

    #[test]
    fn a_moved_install_is_not() {
        let cache = tempfile::tempdir().unwrap();
        pretend_installed(cache.path());
        let moved = cache.path().join("moved");
        fs::create_dir(&moved).unwrap();
        fs::rename(cache.path().join("toolchains"), moved.join("toolchains")).unwrap();
        assert_eq!(find_own(&moved), None);
    }
}
