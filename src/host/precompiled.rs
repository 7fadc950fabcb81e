//! Machine code kept on disk and mapped, so that nothing is compiled twice.
//!
//! An entry is named by the hash of the module's file and of everything of the engine that decides
//! about the code (version, settings, CPU features). It is written to a temporary file and renamed, so it
//! is there whole or not at all; a damaged one is made again. The folder is the user's own (mode 0700): machine
//! code found elsewhere is never loaded.
#![expect(unsafe_code, reason = "loading machine code trusts the file")]

use std::fs::File;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use wasmtime::{Engine, Module};

use super::background;
use super::keys::layout::SLOT_COUNT;
use crate::eviction::{sweep_if_due, used_file};
use crate::sealed::put;

/// What is done to modules before they are compiled; to be changed with that.
pub(super) const FORM: &[u8] =
    b"integers for externrefs; no names; bulk operations in pieces of 1 MiB; checks in loops (trampolines say what is next) and cycles of calls and after imports; a queue of calls, also of those that give a value; the first 4096 keys claimed and given up, also by way of the table; no look-ups of keys; steps by jumps; kept locals but where it is quick; loops of steps in chains and small rings of 16; exported state, where data may be passive and empty";

// What is said there by a number.
const _: () = assert!(SLOT_COUNT == 4096);

/// The folder of the entries, or nothing if entries are not kept.
#[derive(Clone, Debug)]
pub struct Precompiled {
    folder: PathBuf,
}

struct Blake(blake3::Hasher);

impl Hasher for Blake {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0.finalize().as_bytes()[..8]);
        u64::from_le_bytes(first)
    }
}

impl Precompiled {
    /// Entries in `cache/cwasm`.
    pub fn new(cache: &Path) -> Self {
        Self { folder: cache.join("cwasm") }
    }

    /// Entries in a folder that goes along with the modules.
    pub fn beside(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn path(&self, engine: &Engine, wasm: &blake3::Hash) -> PathBuf {
        self.folder.join(name(engine, wasm))
    }

    /// The module compiled from the file with this hash before, if there is an entry that is whole.
    pub fn load(&self, engine: &Engine, wasm: &blake3::Hash) -> Option<Module> {
        let path = self.path(engine, wasm);
        let file = File::open(&path).ok()?;
        used_file(&file);
        map(engine, file).inspect_err(|_| drop(std::fs::remove_file(&path))).ok()
    }

    /// The module compiled from the file with this hash by one engine, for another that can run its code. Nothing is removed.
    pub fn load_made_by(&self, maker: &Engine, engine: &Engine, wasm: &blake3::Hash) -> Option<Module> {
        map(engine, File::open(self.path(maker, wasm)).ok()?).ok()
    }

    /// Writes machine code that `maker` made of `wasm`, and gives its file.
    ///
    /// # Errors
    /// If the folder cannot be made or written.
    pub fn write(&self, maker: &Engine, wasm: &blake3::Hash, code: &[u8]) -> std::io::Result<PathBuf> {
        std::fs::create_dir_all(&self.folder)?;
        let path = self.path(maker, wasm);
        put(&path, &[code])?;
        Ok(path)
    }

    /// Keeps `module`, compiled from `wasm`. A cache that cannot be written is no cache, not an error.
    pub fn store(&self, engine: &Engine, wasm: &blake3::Hash, module: &Module) {
        let write = || -> Option<()> {
            make_private(&self.folder).ok()?;
            self.write(engine, wasm, &module.serialize().ok()?).ok()?;
            let cache = self.folder.parent()?.to_owned();
            background::does(move || sweep_if_due(&cache));
            Some(())
        };
        write();
    }
}

/// The module in a file.
fn map(engine: &Engine, file: File) -> wasmtime::Result<Module> {
    // SAFETY: the cache belongs to the user alone and only `store` writes into it; of a folder of their own, the caller
    // says that it holds what `write` made, as they say of the addon itself. wasmtime refuses code of another version or
    // setting.
    unsafe { Module::deserialize_open_file(engine, file) }
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// What the machine code is called that `engine` made of a file.
fn name(engine: &Engine, wasm: &blake3::Hash) -> String {
    let mut hasher = Blake(blake3::Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.write(FORM);
    hasher.write(wasm.as_bytes());
    format!("{}.cwasm", hasher.0.finalize().to_hex())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::engine::{counting_engine, engine, quick_engine};

    #[test]
    fn an_entry_is_found_again_and_a_damaged_one_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Precompiled::new(folder.path());
        let wasm = wat::parse_str("(module (func (export \"f\")))").expect("valid text");
        let hash = &blake3::hash(&wasm);
        assert!(cache.load(engine(), hash).is_none());
        let module = Module::new(engine(), &wasm).expect("a module");
        cache.store(engine(), hash, &module);
        assert!(cache.load(engine(), hash).is_some());
        assert!(cache.load(counting_engine(), hash).is_none(), "of other settings");
        assert!(quick_engine().is_none_or(|quick| cache.load(quick, hash).is_none()), "of another compiler");
        let path = cache.path(engine(), hash);
        std::fs::write(&path, b"damaged").expect("written");
        assert!(cache.load(engine(), hash).is_none());
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_cache_and_no_error() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let cache = Precompiled::new(file.path());
        let wasm = wat::parse_str("(module)").expect("valid text");
        let hash = &blake3::hash(&wasm);
        cache.store(engine(), hash, &Module::new(engine(), &wasm).expect("a module"));
        assert!(cache.load(engine(), hash).is_none());
    }
}
