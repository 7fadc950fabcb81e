//! Bytes → a module that can be instantiated.

use std::path::Path;
use std::sync::Arc;

use wasmtime::Engine;

use super::engine::{counting_engine, engine};
use super::inspect::{Inspection, inspect};
use super::origin::Origin;
use super::precompiled::Precompiled;
use super::rewrite::rewrite;
use super::weave::weave;
use crate::error::{Error, Result};

/// A compiled module and what is known of it. Cheap to clone.
#[derive(Clone)]
pub struct Module {
    /// The file as it was given.
    pub wasm: Arc<[u8]>,
    /// What the file says of itself.
    pub inspection: Arc<Inspection>,
    /// What it was before it was changed for compilation.
    pub(super) origin: Arc<Origin>,
    /// The machine code.
    pub(crate) code: wasmtime::Module,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("inspection", &self.inspection).finish_non_exhaustive()
    }
}

impl Module {
    /// Reads, checks and compiles `wasm`, or finds it compiled in `cache`. Takes about half a second per
    /// megabyte where it was never compiled: not for the JavaScript thread.
    ///
    /// # Errors
    /// [`Error::InvalidModule`].
    pub fn new(wasm: Vec<u8>, keep: impl Fn(&str) -> bool, cache: Option<&Path>) -> Result<Self> {
        let inspection = inspect(&wasm, keep)?;
        let wasm: Arc<[u8]> = wasm.into();
        let origin = Arc::new(Origin::new(Arc::clone(&wasm)));
        let code = compile(engine(), &wasm, &origin, &inspection, cache)?;
        Ok(Self { wasm, inspection: Arc::new(inspection), origin, code })
    }

    /// The same module in machine code that counts what it executes; takes as long as [`Self::new`].
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn counting(&self, cache: Option<&Path>) -> Result<Self> {
        let code = compile(counting_engine(), &self.wasm, &self.origin, &self.inspection, cache)?;
        Ok(Self { code, ..self.clone() })
    }
}

fn compile(
    engine: &Engine,
    wasm: &[u8],
    origin: &Origin,
    inspection: &Inspection,
    cache: Option<&Path>,
) -> Result<wasmtime::Module> {
    let rewritten = (!inspection.externrefs.is_empty()).then(|| rewrite(wasm, &inspection.externrefs));
    let bytes = rewritten.as_deref().unwrap_or(wasm);
    let precompiled = cache.map(Precompiled::new);
    if let Some(code) = precompiled.as_ref().and_then(|cache| cache.load(engine, bytes)) {
        return Ok(code);
    }
    // Neither change touches what the other does.
    let in_pieces = origin.edits().map(|edits| edits.apply(bytes));
    let bytes_in_pieces = in_pieces.as_deref().unwrap_or(bytes);
    let invalid = |error: &_| refused(wasm, error, rewritten.is_some());
    wasmtime::Module::validate(engine, bytes).map_err(|error| invalid(&error))?;
    // Code that counts what it executes has wasmtime's own checks.
    let woven = if Engine::same(engine, self::engine()) { weave(bytes_in_pieces) } else { None };
    let code = wasmtime::Module::from_binary(engine, woven.as_deref().unwrap_or(bytes_in_pieces))
        .map_err(|error| invalid(&error))?;
    if let Some(cache) = &precompiled {
        cache.store(engine, bytes, &code);
    }
    Ok(code)
}

/// Says why a module was refused: it is invalid as given, or only with its externrefs exchanged.
fn refused(wasm: &[u8], error: &wasmtime::Error, rewritten: bool) -> Error {
    if rewritten && wasmparser::validate(wasm).is_ok() {
        return Error::InvalidModule(format!(
            "expected a module that only passes externrefs, as GHC's do; this one stores them in a table, \
             a global or with a ref instruction, which is not supported: {error:#}"
        ));
    }
    Error::InvalidModule(format!("expected a valid WebAssembly module: {error:#}"))
}
