//! Compiled modules, kept by content: what went in decides, not when or where it was made.
//!
//! Below the cache folder: `wasm/<key>/` holds `manifest.json` and modules named by their hash, where
//! the key covers the entry, the flags, the compiler and [`RECIPE`]; each record of a manifest lists
//! the files read, by which a hit is verified. `build/<key>/` holds GHC's objects of one project for
//! the next build. Everything is written beside and moved into place; what is damaged reads as absent.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::entry::Entry;
use super::foreign::PREINITIALIZE;
use super::lint::SnippetDecl;
use super::options::{CompileOptions, ExportDecl, Kind};
use super::sources::Project;
use super::stamp::Stamp;
use super::toolchain::Toolchain;
use crate::error::{Diagnostic, Error, Result, Severity};
use crate::eviction::used;

/// Changes when this crate makes another module of the same input.
const RECIPE: u32 = 4;

/// How many results of one input are kept, so that switching between branches stays cheap.
const RECORDS: usize = 4;

/// The name of everything but the contents of files: same key, same module for the same contents.
pub(crate) fn key(entry: &Entry, options: &CompileOptions, toolchain: &Toolchain) -> String {
    let CompileOptions { ghc_options, packages, exports, force_run, flags, component, .. } = options;
    let mut parts = json!([
        RECIPE,
        toolchain.identity,
        entry.path,
        entry.folder,
        entry.text,
        options.optimize.flag(),
        ghc_options,
        packages,
        exports,
        force_run,
        flags,
        component
    ]);
    if let (true, Some(parts)) = (options.preinitialize, parts.as_array_mut()) {
        parts.push(PREINITIALIZE.into());
    }
    hash(&parts)
}

/// The name of the folder of objects, and of the lock on it: one for each project on this machine.
/// In a folder of the user's choice all projects share objects, so they share the lock.
pub(crate) fn build_key(key: &str, entry: &Entry, options: &CompileOptions) -> String {
    match &options.out_dir {
        Some(folder) => hash(&json!([options.cwd.join(folder)])),
        None => hash(&json!([key, entry.text.is_none().then_some(&options.cwd)])),
    }
}

/// A name for a value.
pub(crate) fn hash(value: &serde_json::Value) -> String {
    blake3::hash(value.to_string().as_bytes()).to_hex()[..32].to_owned()
}

/// What is known of a compiled module without reading it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// When the files were stamped.
    pub(crate) stamped_ns: u64,
    pub(crate) stamps: Vec<Stamp>,
    pub(crate) absent: Vec<PathBuf>,
    /// Where the modules that come with this crate were found, if any was used: another copy of it has its own.
    pub(crate) library: Option<PathBuf>,
    pub(crate) wasm_hash: String,
    /// The name of the component, for packages.
    pub(crate) name: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) exports: Vec<ExportDecl>,
    pub(crate) main_export: Option<String>,
    #[serde(deserialize_with = "diagnostics")]
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) snippets: Vec<SnippetDecl>,
}

#[derive(Default, Serialize, Deserialize)]
struct Manifest {
    /// The newest first.
    records: Vec<Record>,
}

/// The results for one key.
pub(crate) struct Store {
    folder: PathBuf,
    library: Option<PathBuf>,
}

impl Store {
    /// `library`: where modules that come with this crate are found now.
    pub(crate) fn new(cache_dir: &Path, key: &str, library: Option<&Path>) -> Self {
        Self { folder: cache_dir.join("wasm").join(key), library: library.map(Path::to_owned) }
    }

    /// The record whose files are what they were, if its module is whole.
    pub(crate) fn find(&self, cwd: &Path) -> Option<(Record, PathBuf)> {
        let manifest: Manifest = read_json(&self.manifest())?;
        let fits = |record: &Record| {
            (record.library.is_none() || record.library == self.library)
                && record.stamps.iter().all(|stamp| stamp.holds(cwd, record.stamped_ns))
                && !record.absent.iter().any(|path| cwd.join(path).exists())
        };
        let record = manifest.records.into_iter().find(fits)?;
        let wasm = self.wasm(&record);
        let contents = fs::read(&wasm).ok()?;
        let is_whole = blake3::hash(&contents).to_hex().as_str() == record.wasm_hash;
        is_whole.then(|| {
            used(&self.folder);
            (record, wasm)
        })
    }

    /// Keeps a module; returns its file.
    pub(crate) fn insert(&self, record: Record, wasm: &[u8]) -> Result<PathBuf> {
        let path = self.wasm(&record);
        write(&path, wasm)?;
        let mut manifest: Manifest = read_json(&self.manifest()).unwrap_or_default();
        manifest.records.retain(|old| old.stamps != record.stamps || old.absent != record.absent);
        manifest.records.insert(0, record);
        for old in manifest.records.split_off(manifest.records.len().min(RECORDS)) {
            if manifest.records.iter().all(|kept| kept.wasm_hash != old.wasm_hash) {
                // A module that stays costs room only.
                let _ = fs::remove_file(self.wasm(&old));
            }
        }
        write_json(&self.manifest(), &manifest)?;
        Ok(path)
    }

    fn manifest(&self) -> PathBuf {
        self.folder.join("manifest.json")
    }

    fn wasm(&self, record: &Record) -> PathBuf {
        self.folder.join(format!("{}.wasm", record.wasm_hash))
    }
}

/// What the next build of a project begins with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// The files that GHC listed last.
    pub(crate) files: Vec<PathBuf>,
    /// GHC's warnings; it repeats those of modules it compiles again only.
    #[serde(deserialize_with = "diagnostics")]
    pub(crate) warnings: Vec<Diagnostic>,
}

impl State {
    pub(crate) fn load(build: &Path) -> Self {
        used(build);
        read_json(&build.join("state.json")).unwrap_or_default()
    }

    pub(crate) fn save(&self, build: &Path) -> Result<()> {
        write_json(&build.join("state.json"), self)
    }

    /// Forgets warnings of modules that are compiled again or gone.
    pub(crate) fn retain(&mut self, project: &Project, compiled: &[String]) {
        let stays = |file: &String| project.module_at(file).is_some() && !compiled.contains(file);
        self.warnings.retain(|warning| warning.file.as_ref().is_some_and(stays));
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let json = serde_json::to_vec(value).map_err(|cause| Error::Internal(cause.to_string()))?;
    write(path, &json)
}

/// Writes a file so that readers see the old or the new one, whole.
pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| {
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
        file.write_all(contents)?;
        make_readable(file.as_file())?;
        file.persist(path).map_err(|failed| failed.error)
    });
    written.map(drop).map_err(|cause| Error::io(format_args!("cannot write {}", path.display()), &cause))
}

/// Temporary files are private; what is moved into place is an ordinary file.
#[cfg(unix)]
fn make_readable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &File) -> std::io::Result<()> {
    Ok(())
}

#[derive(Deserialize)]
#[serde(remote = "Severity", rename_all = "lowercase")]
enum StoredSeverity {
    Error,
    Warning,
}

#[derive(Deserialize)]
#[serde(remote = "Diagnostic", rename_all = "camelCase")]
struct StoredDiagnostic {
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    #[serde(with = "StoredSeverity")]
    severity: Severity,
    code: Option<String>,
    message: String,
}

/// Reads diagnostics back; the crate's error type itself is write-only.
fn diagnostics<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Diagnostic>, D::Error> {
    #[derive(Deserialize)]
    struct Item(#[serde(with = "StoredDiagnostic")] Diagnostic);
    let items = Vec::<Item>::deserialize(from)?;
    Ok(items.into_iter().map(|Item(diagnostic)| diagnostic).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Record, Store};
    use crate::compiler::options::Kind;
    use crate::compiler::stamp::{Stamp, now_ns};
    use crate::error::{Diagnostic, Severity};

    fn record(folder: &Path, wasm: &[u8]) -> Record {
        let (stamp, _) = Stamp::read(Path::new("A.hs"), folder).unwrap();
        let warning = Diagnostic {
            file: Some("A.hs".into()),
            line: Some(1),
            column: None,
            end_line: None,
            end_column: Some(2),
            severity: Severity::Warning,
            code: Some("GHC-00001".into()),
            message: "m".into(),
        };
        Record {
            stamped_ns: now_ns(),
            stamps: vec![stamp],
            absent: vec![PathBuf::from("B.hs")],
            library: None,
            wasm_hash: blake3::hash(wasm).to_hex().to_string(),
            name: None,
            kind: Kind::Reactor,
            exports: Vec::new(),
            main_export: None,
            warnings: vec![warning],
            snippets: Vec::new(),
        }
    }

    #[test]
    fn a_record_is_found_while_its_files_are_what_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let store = Store::new(here, "key", None);
        fs::write(here.join("A.hs"), "one").unwrap();
        assert!(store.find(here).is_none());
        let first = record(here, b"wasm 1");
        store.insert(first.clone(), b"wasm 1").unwrap();
        assert_eq!(store.find(here).unwrap().0, first);

        fs::write(here.join("A.hs"), "two!").unwrap();
        assert!(store.find(here).is_none(), "other contents");
        let second = record(here, b"wasm 2");
        store.insert(second.clone(), b"wasm 2").unwrap();
        assert_eq!(store.find(here).unwrap().0.wasm_hash, second.wasm_hash);
        fs::write(here.join("A.hs"), "one").unwrap();
        assert_eq!(store.find(here).unwrap().0.wasm_hash, first.wasm_hash, "both are kept");

        fs::write(here.join("B.hs"), "").unwrap();
        assert!(store.find(here).is_none(), "a file that would be read instead of another");
    }

    #[test]
    fn what_is_damaged_is_absent_and_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let store = Store::new(here, "key", None);
        fs::write(here.join("A.hs"), "one").unwrap();
        let path = store.insert(record(here, b"wasm"), b"wasm").unwrap();
        fs::write(&path, b"wa").unwrap();
        assert!(store.find(here).is_none());
        store.insert(record(here, b"wasm"), b"wasm").unwrap();
        assert!(store.find(here).is_some());
        fs::write(here.join("wasm/key/manifest.json"), "{\"records\":[{").unwrap();
        assert!(store.find(here).is_none());
        store.insert(record(here, b"wasm"), b"wasm").unwrap();
        assert!(store.find(here).is_some());
        let left: Vec<_> = fs::read_dir(here.join("wasm/key")).unwrap().collect();
        assert_eq!(left.len(), 2, "no file is left half written");
    }

    #[test]
    fn old_results_make_room() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let store = Store::new(here, "key", None);
        for number in 0..7 {
            let contents = format!("contents {number}");
            fs::write(here.join("A.hs"), &contents).unwrap();
            store.insert(record(here, contents.as_bytes()), contents.as_bytes()).unwrap();
        }
        assert_eq!(fs::read_dir(here.join("wasm/key")).unwrap().count(), super::RECORDS + 1);
    }
}
