//! A module → everything needed to instantiate it.

use std::path::Path;

use once_cell::sync::OnceCell;
use serde::Serialize;
use wasmtime::InstancePre;

use super::imports;
use super::labels::Names;
use super::section::{JSFFI, parse};
use super::snippet::{Snippet, join};
use crate::error::{Error, Result};
use crate::host::guest::GuestInstance;
use crate::host::inspect::{Import, Inspection, Kind};
use crate::host::linker::base;
use crate::host::module::Module;
use crate::host::preview1::is_wasi;
use crate::host::state::HostState;
use crate::host::weave::Post;

/// Which JSFFI a module was compiled for. Read from the module, never from a compiler's version: builds of
/// "9.10" exist with the newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Abi {
    /// No JSFFI at all.
    None,
    /// GHC 9.10 and 9.12 as released: sync imports must not re-enter.
    #[serde(rename = "9.10")]
    Stock,
    /// GHC 9.14 and the backports: sync exports, `throwTo`, re-entry.
    #[serde(rename = "9.14")]
    Reentrant,
}

/// A module that lacks only a store.
#[derive(Clone)]
pub struct Linked {
    /// The module.
    pub module: Module,
    /// The JavaScript functions it imports; their numbers are their places.
    pub snippets: Vec<Snippet>,
    /// Its JSFFI.
    pub abi: Abi,
    /// Ready to be instantiated.
    pre: InstancePre<HostState>,
    /// The same with better code, once that was made and wanted.
    better: OnceCell<InstancePre<HostState>>,
    /// The same with code that counts what it executes, once it was wanted.
    counting: OnceCell<InstancePre<HostState>>,
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Linked").field("abi", &self.abi).finish_non_exhaustive()
    }
}

impl Linked {
    /// Which custom sections [`Module::new`] has to keep.
    pub const KEPT: [&str; 1] = [JSFFI];

    /// Links WASI and JSFFI.
    ///
    /// # Errors
    /// [`Error::UnknownImport`] naming every import that nobody provides, and what [`parse`] and [`join`] find.
    pub fn new(module: Module) -> Result<Self> {
        let inspection = &module.inspection;
        let unknown: Vec<String> =
            inspection.imports.iter().filter(|import| !is_known(import)).map(describe).collect();
        if !unknown.is_empty() {
            return Err(Error::UnknownImport(format!(
                "the module imports what is neither WASI preview1 nor JSFFI: {}; link it for wasm32-wasi with GHC's \
                 wasm backend, and bring C functions it needs as C sources",
                unknown.join(", ")
            )));
        }
        let snippets = snippets_of(inspection)?;
        let pre = link(&module.code, inspection, &snippets)?;
        let abi = abi_of(inspection);
        Ok(Self { module, snippets, abi, pre, better: OnceCell::new(), counting: OnceCell::new() })
    }

    /// Makes sure that guests with a limit of fuel can be instantiated: their code counts what it executes and is compiled
    /// when it is first wanted, or found in `cache`.
    ///
    /// # Errors
    /// As [`Module::new`].
    pub fn prepare_fuel(&self, cache: Option<&Path>) -> Result<()> {
        let make = || link(&self.module.counting(cache)?.code, &self.module.inspection, &self.snippets);
        self.counting.get_or_try_init(make).map(|_| ())
    }

    /// Instantiates, after [`Self::prepare_fuel`] if the state limits fuel; see [`GuestInstance::new`].
    ///
    /// # Errors
    /// As [`GuestInstance::new`].
    pub async fn instantiate(&self, state: HostState) -> Result<GuestInstance> {
        let unprepared = || Error::Internal("fuel was not prepared".into());
        let pre = match state.fuel {
            Some(_) => self.counting.get().ok_or_else(unprepared)?,
            None => self.better().unwrap_or(&self.pre),
        };
        GuestInstance::new(pre, &self.module, state).await
    }

    /// The same with better code, if that was made since.
    fn better(&self) -> Option<&InstancePre<HostState>> {
        let code = self.module.better()?;
        // What was linked once can be linked again.
        self.better.get_or_try_init(|| link(code, &self.module.inspection, &self.snippets)).ok()
    }

    /// Whether better code was made since.
    #[inline]
    pub fn is_better_there(&self) -> bool {
        self.module.better().is_some()
    }

    /// Has `guest`, which is one of this module and not in a call, go on in better code, if that is there. Where there is no memory for
    /// another instance just now, it goes on as it is.
    pub fn improve(&self, guest: &mut GuestInstance) {
        if let Some(pre) = self.better() {
            guest.move_to(pre, &self.module).ok();
        }
    }

    /// What its functions are called in Haskell, and where they are.
    pub fn names(&self) -> Names<'_> {
        // What cannot be read any more has no names.
        Names::of(self.module.source.bytes().unwrap_or_default(), self.module.functions())
    }

    /// Number of the export `name`.
    pub fn export(&self, name: &str) -> Option<u32> {
        let place = self.module.inspection.exports.iter().position(|export| export.name == name);
        place.and_then(|place| u32::try_from(place).ok())
    }

    /// For each snippet its place among the imports whose calls the guest may take note of, if it is one.
    pub fn posts(&self) -> Vec<Option<(usize, Post)>> {
        let Inspection { imports, known, .. } = &*self.module.inspection;
        let place = |snippet: &Snippet| {
            let is_its =
                |post: &&Post| imports.get(post.import).is_some_and(|import| import.name == snippet.name);
            known.posts.iter().enumerate().find(|(_, post)| is_its(post)).map(|(place, post)| (place, *post))
        };
        self.snippets.iter().map(place).collect()
    }

    /// Command or reactor.
    pub fn kind(&self) -> Kind {
        self.module.inspection.kind
    }
}

/// Which JSFFI a module was compiled for.
pub fn abi_of(inspection: &Inspection) -> Abi {
    let has = |name: &str| inspection.exports.iter().any(|export| export.name == name);
    match (jsffi_imports(inspection).next().is_none(), has("rts_promiseThrowTo")) {
        (true, _) => Abi::None,
        (false, true) => Abi::Reentrant,
        (false, false) => Abi::Stock,
    }
}

fn link(
    code: &wasmtime::Module,
    inspection: &Inspection,
    snippets: &[Snippet],
) -> Result<InstancePre<HostState>> {
    let mut linker = base(code.engine());
    let jsffi: Vec<&Import> = jsffi_imports(inspection).collect();
    imports::define(&mut linker, &jsffi, snippets)?;
    linker.instantiate_pre(code).map_err(|error| Error::InvalidModule(format!("{error:#}")))
}

/// The snippets that a module imports, with their texts.
///
/// # Errors
/// What [`parse`] and [`join`] find.
pub fn snippets_of(inspection: &Inspection) -> Result<Vec<Snippet>> {
    let records = parse(inspection.custom.get(JSFFI).map_or(&[][..], Vec::as_slice))?;
    let imports: Vec<_> =
        jsffi_imports(inspection).filter(|import| !imports::is_runtime(&import.name)).collect();
    join(&imports, &records)
}

fn jsffi_imports(inspection: &Inspection) -> impl Iterator<Item = &Import> {
    inspection.imports.iter().filter(|import| import.module == JSFFI && import.signature.is_some())
}

fn is_known(import: &Import) -> bool {
    import.signature.is_some() && (import.module == JSFFI || is_wasi(&import.module, &import.name))
}

fn describe(import: &Import) -> String {
    let what = if import.signature.is_some() { "" } else { " (not a function)" };
    format!("{}.{}{what}", import.module, import.name)
}
