//! The toolchains that hs-wasm installed: `toolchains/<id>/` in the cache folder.
//!
//! One becomes a toolchain by its manifest `toolchain.json`, which the recipe writes last and in one rename. It may be
//! moved: its programs hold the path of their loader, and its own `bin/relocate` writes that anew. Invariants: a folder
//! without a manifest, or with one of another recipe, is not a toolchain; one that is given out works where it lies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::identity::identity;
use super::{Origin, Toolchain};
use crate::compiler::lock::Lock;
use crate::error::{Error, Result};

/// The recipe that this crate goes with: `series` (of GHC) and `recipe` (its version), one assignment a line.
const RECIPE: &str = include_str!("../../../toolchain/RECIPE");

/// What the recipe says about the toolchain that it made.
#[derive(Debug, Deserialize)]
struct Manifest {
    id: String,
    ghc: String,
    #[serde(default)]
    bytes: Option<u64>,
}

/// A folder of a toolchain, whole or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Installed {
    /// Its name.
    pub id: String,
    /// The folder.
    pub path: PathBuf,
    /// GHC's version; nothing where the install has not been finished.
    pub version: Option<String>,
    /// The size of its files when it was made.
    pub bytes: Option<u64>,
    /// Whether it is the one that this version of hs-wasm uses.
    pub is_current: bool,
}

/// The name of the toolchain that the recipe makes, such as `ghc-9.10-r1`.
pub(in crate::compiler) fn own_id() -> String {
    let value = |name: &str| {
        let line = RECIPE.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_default().trim()
    };
    format!("ghc-{}-r{}", value("series"), value("recipe"))
}

/// The folder of all of them.
fn folder(cache: &Path) -> PathBuf {
    cache.join("toolchains")
}

/// The folder of that toolchain, installed or not.
pub(in crate::compiler) fn own_prefix(cache: &Path) -> PathBuf {
    folder(cache).join(own_id())
}

/// The name of the lock of a toolchain.
pub(in crate::compiler) fn lock_of(id: &str) -> String {
    format!("toolchain-{id}")
}

fn manifest(prefix: &Path) -> Option<Manifest> {
    let id = prefix.file_name()?.to_str()?;
    let manifest: Manifest = serde_json::from_slice(&fs::read(prefix.join("toolchain.json")).ok()?).ok()?;
    (manifest.id == id).then_some(manifest)
}

/// Our own toolchain, if it is installed.
///
/// # Errors
/// Why it cannot be used, for the user: it was moved and cannot be changed.
pub(in crate::compiler) async fn find_own(cache: &Path) -> std::result::Result<Option<Toolchain>, String> {
    let prefix = own_prefix(cache);
    let ghc = prefix.join("bin/wasm32-wasi-ghc");
    let Some(manifest) = manifest(&prefix).filter(|_| ghc.is_file()) else { return Ok(None) };
    settle(&prefix).await?;
    let libdir = prefix.join("lib");
    let identity = identity(&manifest.ghc, &libdir);
    Ok(identity.ok().map(|identity| Toolchain {
        ghc,
        version: manifest.ghc,
        libdir,
        origin: Origin::Own,
        identity,
    }))
}

/// Makes a toolchain that was moved work where it lies.
async fn settle(prefix: &Path) -> std::result::Result<(), String> {
    let place = fs::read_to_string(prefix.join("place")).unwrap_or_default();
    if fs::canonicalize(prefix).is_ok_and(|real| Path::new(place.trim_end_matches('\n')) == real) {
        return Ok(());
    }
    let relocate = prefix.join("bin/relocate");
    let cannot = |why: &str| format!("{} was moved: {why}", prefix.display());
    let ended = Command::new(&relocate)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|cause| cannot(&format!("{} cannot be run: {cause}", relocate.display())))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    Err(cannot(said.trim().trim_start_matches("hs-wasm: ")))
}

/// Every folder of a toolchain in the cache folder, those without a manifest too.
pub fn list(cache: &Path) -> Vec<Installed> {
    let entries = fs::read_dir(folder(cache)).into_iter().flatten().filter_map(std::result::Result::ok);
    let mut found: Vec<_> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| {
            let (path, id) = (entry.path(), entry.file_name().into_string().ok()?);
            let manifest = manifest(&path);
            let is_current = id == own_id();
            let bytes = manifest.as_ref().and_then(|manifest| manifest.bytes);
            Some(Installed { id, path, version: manifest.map(|manifest| manifest.ghc), bytes, is_current })
        })
        .collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found
}

/// Removes the toolchain `id`, whole or not, or the current one. If another process installs it, this waits.
///
/// # Errors
/// `ERR_HS_TOOLCHAIN_NOT_FOUND` when there is no such toolchain, with those that there are; `ERR_HS_IO`.
pub async fn remove(cache: &Path, id: Option<String>, on_wait: impl FnOnce()) -> Result<Installed> {
    let id = id.unwrap_or_else(own_id);
    let known = list(cache);
    let Some(found) = known.iter().find(|known| known.id == id) else {
        let known: Vec<_> = known.into_iter().map(|known| known.id).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Error::ToolchainNotFound(format!(
            "there is no toolchain {id} in {}; there is {known}.",
            folder(cache).display()
        )));
    };
    let _lock = Lock::acquire(cache, &lock_of(&id), on_wait).await?;
    discard(&found.path)?;
    Ok(found.clone())
}

/// Removes a toolchain's folder. The manifest goes first: what is left when this is interrupted is no toolchain.
pub(in crate::compiler) fn discard(prefix: &Path) -> Result<()> {
    let gone = |result: std::io::Result<()>| match result {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io(format_args!("cannot remove {}", prefix.display()), &cause))
        }
        _ => Ok(()),
    };
    gone(fs::remove_file(prefix.join("toolchain.json")))?;
    gone(fs::remove_dir_all(prefix))
}

#[cfg(test)]
pub(in crate::compiler) mod tests {
    use super::*;

    /// Writes an executable script. Another process does, for one that this process has open to be written cannot be run, and while another
    /// test starts a program, that has it open too.
    pub(in crate::compiler) fn write_script(path: &Path, text: &str) {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", r#"printf '#!/bin/sh\n%s\n' "$1" >"$0" && chmod 755 "$0""#]).arg(path).arg(text);
        assert!(shell.status().unwrap().success(), "{}", path.display());
    }

    /// Makes what a finished install looks like to [`find_own`].
    pub(in crate::compiler) fn pretend_installed(cache: &Path) -> PathBuf {
        let prefix = own_prefix(cache);
        for folder in ["bin", "lib/package.conf.d"] {
            fs::create_dir_all(prefix.join(folder)).unwrap();
        }
        for file in ["bin/wasm32-wasi-ghc", "lib/settings", "lib/package.conf.d/package.cache"] {
            fs::write(prefix.join(file), "").unwrap();
        }
        write_script(&prefix.join("bin/relocate"), r#"cd "${0%/*}/.." && echo x >>moves && pwd -P >place"#);
        fs::write(prefix.join("place"), format!("{}\n", fs::canonicalize(&prefix).unwrap().display()))
            .unwrap();
        let arch = std::env::consts::ARCH;
        let manifest =
            serde_json::json!({ "id": own_id(), "ghc": "9.10.3", "recipe": 1, "arch": arch, "bytes": 7 });
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

    #[tokio::test]
    async fn an_installed_toolchain_is_found() {
        let cache = tempfile::tempdir().unwrap();
        assert_eq!(find_own(cache.path()).await, Ok(None));
        let prefix = pretend_installed(cache.path());
        let toolchain = find_own(cache.path()).await.unwrap().unwrap();
        assert_eq!((toolchain.version.as_str(), toolchain.origin), ("9.10.3", Origin::Own));
        assert!(!prefix.join("moves").exists());
    }

    #[tokio::test]
    async fn half_an_install_is_not() {
        let cache = tempfile::tempdir().unwrap();
        let prefix = pretend_installed(cache.path());
        fs::write(prefix.join("toolchain.json"), "{\"id\":").unwrap();
        assert_eq!(find_own(cache.path()).await, Ok(None));
        fs::remove_file(prefix.join("toolchain.json")).unwrap();
        assert_eq!(find_own(cache.path()).await, Ok(None));
    }

    #[tokio::test]
    async fn a_moved_install_is_mended_once_and_stays_the_same_compiler() {
        let cache = tempfile::tempdir().unwrap();
        pretend_installed(cache.path());
        let before = find_own(cache.path()).await.unwrap().unwrap();
        let moved = cache.path().join("moved");
        fs::create_dir(&moved).unwrap();
        fs::rename(cache.path().join("toolchains"), moved.join("toolchains")).unwrap();
        let after = find_own(&moved).await.unwrap().unwrap();
        assert_eq!(after.identity, before.identity);
        assert_ne!(after.ghc, before.ghc);
        assert_eq!(find_own(&moved).await.unwrap().unwrap(), after);
        assert_eq!(fs::read_to_string(own_prefix(&moved).join("moves")).unwrap(), "x\n");
    }

    #[tokio::test]
    async fn a_moved_install_that_cannot_be_mended_says_why() {
        let cache = tempfile::tempdir().unwrap();
        let prefix = pretend_installed(cache.path());
        fs::write(prefix.join("place"), "/elsewhere\n").unwrap();
        write_script(&prefix.join("bin/relocate"), "echo 'hs-wasm: no room' >&2\nexit 1");
        assert!(find_own(cache.path()).await.unwrap_err().contains("was moved: no room"));
    }

    #[tokio::test]
    async fn whole_and_half_installs_are_listed_and_removed() {
        let cache = tempfile::tempdir().unwrap();
        assert_eq!(list(cache.path()), []);
        let prefix = pretend_installed(cache.path());
        let half = folder(cache.path()).join("ghc-9.10-r1");
        fs::create_dir_all(half.join("work")).unwrap();
        fs::write(folder(cache.path()).join("probe.json"), "{}").unwrap();
        let listed = list(cache.path());
        assert_eq!(listed.len(), 2);
        assert_eq!(
            (listed[0].id.as_str(), &listed[0].version, listed[0].is_current),
            ("ghc-9.10-r1", &None, false)
        );
        assert_eq!((&listed[1].path, listed[1].bytes, listed[1].is_current), (&prefix, Some(7), true));
        for wrong in ["ghc-9.8", "..", "ghc-9.10-r1/work", ""] {
            let error = remove(cache.path(), Some(wrong.into()), || ()).await.unwrap_err();
            assert_eq!(error.code(), "ERR_HS_TOOLCHAIN_NOT_FOUND");
            assert!(error.to_string().contains("ghc-9.10-r1, ghc-"), "{error}");
        }
        assert_eq!(remove(cache.path(), None, || ()).await.unwrap(), listed[1]);
        assert_eq!(remove(cache.path(), Some("ghc-9.10-r1".into()), || ()).await.unwrap().path, half);
        assert_eq!(list(cache.path()), []);
    }
}
