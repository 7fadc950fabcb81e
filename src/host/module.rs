//! Bytes → a module that can be instantiated.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use wasmtime::Engine;

use super::background;
use super::engine::{counting_engine, engine, patient_engine, portable_engine, quick_engine};
use super::functions::Functions;
use super::inspect::{Inspection, inspect};
use super::origin::Origin;
use super::precompiled::Precompiled;
use super::rewrite::Keyed;
use super::weave::{Known, weave};
use crate::error::{Error, Result};

/// What matters more of the machine code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// That it is there soon. Better code is made meanwhile, for the next time.
    Quick,
    /// That it runs fast.
    #[default]
    Optimized,
}

/// A compiled module and what is known of it. Cheap to clone.
#[derive(Clone)]
pub struct Module {
    /// The file as it was given.
    pub wasm: Arc<Vec<u8>>,
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
        Self::with_code(wasm, keep, cache, None, Tier::Optimized)
    }

    /// As [`Self::new`], but machine code is looked for in the folder `code` first, where [`Self::precompile`] has put it.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_code(
        wasm: Vec<u8>,
        keep: impl Fn(&str) -> bool,
        cache: Option<&Path>,
        code: Option<&Path>,
        tier: Tier,
    ) -> Result<Self> {
        let inspection = inspect(&wasm, keep)?;
        let wasm = Arc::new(wasm);
        let origin = Arc::new(Origin::new(Arc::clone(&wasm), inspection.known.clone()));
        let form = Form::new(&wasm, &origin, &inspection);
        let code = match code.and_then(|folder| form.precompiled_in(folder)) {
            Some(code) => Some(code),
            None if tier == Tier::Quick => form.quick(cache),
            None => None,
        };
        let code = code.map_or_else(|| form.compile(engine(), cache), Ok)?;
        let module = Self { wasm, inspection: Arc::new(inspection), origin, code };
        if let Some(cache) = cache.filter(|_| !module.is_optimized()) {
            module.optimize_later(cache);
        }
        Ok(module)
    }

    /// Writes machine code of this module into `folder`, for this processor or for every one of its architecture, and gives its
    /// file. The second takes as long as [`Self::new`].
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn precompile(&self, folder: &Path, portable: bool) -> Result<PathBuf> {
        let form = Form::new(&self.wasm, &self.origin, &self.inspection);
        let maker = if portable { portable_engine() } else { engine() };
        let made = if portable || !self.is_optimized() { &form.compile(maker, None)? } else { &self.code };
        let code = made.serialize();
        let code = code.map_err(|error| Error::Internal(error.to_string()))?;
        let written = Precompiled::beside(folder).write(maker, form.keyed, &code);
        written.map_err(|cause| {
            Error::io(format_args!("cannot write machine code into {}", folder.display()), &cause)
        })
    }

    /// What the file says of its functions.
    pub fn functions(&self) -> &Functions {
        self.origin.functions()
    }

    fn is_optimized(&self) -> bool {
        Engine::same(self.code.engine(), engine())
    }

    /// Has the better code made for the next time, if this process lives long enough.
    fn optimize_later(&self, cache: &Path) {
        let (module, cache) = (self.clone(), cache.to_owned());
        background::does(move || {
            let form = Form::new(&module.wasm, &module.origin, &module.inspection);
            drop(form.compile(patient_engine(), Some(&cache)));
        });
    }

    /// The same module in machine code that counts what it executes; takes as long as [`Self::new`].
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn counting(&self, cache: Option<&Path>) -> Result<Self> {
        let form = Form::new(&self.wasm, &self.origin, &self.inspection);
        Ok(Self { code: form.compile(counting_engine(), cache)?, ..self.clone() })
    }
}

/// A module as it is handed to the compiler.
struct Form<'a> {
    wasm: &'a [u8],
    origin: &'a Origin,
    known: &'a Known,
    /// With keys for externrefs: what machine code is named after.
    keyed: Keyed<'a>,
}

impl<'a> Form<'a> {
    fn new(wasm: &'a [u8], origin: &'a Origin, inspection: &'a Inspection) -> Self {
        Self { wasm, origin, known: &inspection.known, keyed: Keyed::new(wasm, &inspection.externrefs) }
    }

    /// Code that was made for this processor or, if there is none, for all of them.
    fn precompiled_in(&self, folder: &Path) -> Option<wasmtime::Module> {
        let precompiled = Precompiled::beside(folder);
        let made_by = |maker| precompiled.load_made_by(maker, engine(), self.keyed);
        made_by(engine()).or_else(|| made_by(portable_engine()))
    }

    /// The best code that is there at once or soon; none if the module needs what [`quick_engine`] cannot do.
    fn quick(&self, cache: Option<&Path>) -> Option<wasmtime::Module> {
        let optimized = cache.and_then(|cache| Precompiled::new(cache).load(engine(), self.keyed));
        optimized.or_else(|| self.compile(quick_engine()?, cache).ok())
    }

    fn compile(&self, engine: &Engine, cache: Option<&Path>) -> Result<wasmtime::Module> {
        let precompiled = cache.map(Precompiled::new);
        if let Some(code) = precompiled.as_ref().and_then(|cache| cache.load(engine, self.keyed)) {
            return Ok(code);
        }
        let invalid = |error: &_| refused(self.wasm, error, self.keyed.is_rewritten());
        let keyed = self.keyed.bytes();
        wasmtime::Module::validate(engine, &keyed).map_err(|error| invalid(&error))?;
        // Neither change touches what the other does.
        let in_pieces = self.origin.edits().map(|edits| edits.apply(&keyed));
        let bytes = in_pieces.as_deref().unwrap_or(&keyed);
        // Code that counts what it executes has wasmtime's own checks.
        let woven = if Engine::same(engine, counting_engine()) { None } else { weave(bytes, self.known) };
        let code = wasmtime::Module::from_binary(engine, woven.as_deref().unwrap_or(bytes))
            .map_err(|error| invalid(&error))?;
        if let Some(cache) = &precompiled {
            cache.store(engine, self.keyed, &code);
        }
        Ok(code)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn module(text: &str) -> Module {
        Module::new(wat::parse_str(text).expect("valid text"), |_| false, None).expect("a module")
    }

    fn finds(module: &Module, folder: &Path) -> bool {
        Form::new(&module.wasm, &module.origin, &module.inspection).precompiled_in(folder).is_some()
    }

    #[test]
    fn code_in_a_folder_is_found_for_its_module_only() {
        let one = module(r#"(module (func (export "f") (loop (br 0))))"#);
        let other = module(r#"(module (func (export "g") (loop (br 0))))"#);
        for portable in [false, true] {
            let folder = tempfile::tempdir().expect("a folder");
            let inside = folder.path().join("made");
            let file = one.precompile(&inside, portable).expect("written");
            assert!(finds(&one, &inside) && !finds(&other, &inside));
            std::fs::write(&file, b"damaged").expect("written");
            assert!(!finds(&one, &inside));
            assert!(file.exists(), "what belongs to the user stays");
        }
    }
}
