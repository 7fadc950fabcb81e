//! A module → everything needed to instantiate it.

use std::sync::Arc;

use serde::Serialize;
use wasmtime::InstancePre;

use super::imports;
use super::section::{JSFFI, parse};
use super::snippet::{Snippet, join};
use crate::error::{Error, Result};
use crate::host::guest::{GuestInstance, Interrupt};
use crate::host::inspect::{Import, Inspection, Kind};
use crate::host::linker::{base, is_wasi};
use crate::host::module::Module;
use crate::host::state::HostState;

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
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Linked").field("abi", &self.abi).finish_non_exhaustive()
    }
}

impl Linked {
    /// Which custom sections [`Module::new`] has to keep.
    pub fn keep(section: &str) -> bool {
        section == JSFFI
    }

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
        let jsffi: Vec<&Import> = jsffi_imports(inspection).collect();
        let mut linker = base();
        imports::define(&mut linker, &jsffi, &snippets)?;
        let pre = linker
            .instantiate_pre(&module.code)
            .map_err(|error| Error::InvalidModule(format!("{error:#}")))?;
        let abi = abi_of(inspection);
        Ok(Self { module, snippets, abi, pre })
    }

    /// Instantiates; see [`GuestInstance::new`].
    ///
    /// # Errors
    /// As [`GuestInstance::new`].
    pub async fn instantiate(
        &self,
        state: HostState,
        interrupt: Option<Arc<Interrupt>>,
    ) -> Result<GuestInstance> {
        GuestInstance::new(&self.pre, &self.module, state, interrupt).await
    }

    /// Number of the export `name`.
    pub fn export(&self, name: &str) -> Option<u32> {
        let place = self.module.inspection.exports.iter().position(|export| export.name == name);
        place.and_then(|place| u32::try_from(place).ok())
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
