//! A file or its bytes → a module that can be instantiated.

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use wasmtime::Engine;

use super::background;
use super::engine::{counting_engine, engine, portable_engine, quick_engine};
use super::functions::Functions;
use super::inspect::{Inspection, Kind, inspect};
use super::known::KnownFile;
use super::origin::Origin;
use super::precompiled::Precompiled;
use super::rewrite::Keyed;
use super::snapshot::Snapshots;
use super::source::{Source, cannot_read, contents};
use super::tier::Tier;
use super::weave::weave;
use crate::error::{Error, Result};

/// How long better code waits, so that the first calls have the processor's caches for themselves: what makes it is the last to get
/// processor time, but takes of what processors share.
const FIRST_CALLS: Duration = Duration::from_millis(200);

/// Where machine code may be, and which is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Code<'a> {
    /// The folder in which it is kept, with what is known of files.
    pub cache: Option<&'a Path>,
    /// A folder in which it is looked for first, where [`Module::precompile`] has put it.
    pub folder: Option<&'a Path>,
    /// What to make if there is none. If it is not said, a program, which begins once and may compute for long before anything can take
    /// the place of its code, gets the better, and a library what is there soon.
    pub tier: Option<Tier>,
}

/// A compiled module and what is known of it. Cheap to clone.
#[derive(Clone)]
pub struct Module {
    /// The file as it was given.
    pub source: Arc<Source>,
    /// What the file says of itself.
    pub inspection: Arc<Inspection>,
    /// What it was before it was changed for compilation.
    pub(super) origin: Arc<Origin>,
    /// The machine code.
    pub(crate) code: wasmtime::Module,
    /// Better code, where that is made later.
    better: Arc<OnceLock<wasmtime::Module>>,
    /// What its instances are when they have started.
    pub(super) snapshots: Arc<Snapshots>,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("inspection", &self.inspection).finish_non_exhaustive()
    }
}

impl Module {
    /// Reads, checks and compiles `wasm`, or finds it compiled. Takes about half a second per megabyte where it was never compiled: not for the
    /// JavaScript thread. Of its custom sections those in `kept` can be read afterwards.
    ///
    /// # Errors
    /// [`Error::InvalidModule`].
    pub fn new(wasm: Vec<u8>, kept: &[&str], code: Code<'_>) -> Result<Self> {
        let inspection = inspect(&wasm, |section| kept.contains(&section))?;
        Self::with_code(Source::new(wasm), inspection, code)
    }

    /// As [`Self::new`], of the file at `path`, which is not even read if it is known and compiled.
    ///
    /// # Errors
    /// [`Error::Io`] and as [`Self::new`].
    pub fn of_file(path: &Path, kept: &[&str], code: Code<'_>) -> Result<Self> {
        let mut file = File::open(path).map_err(|cause| cannot_read(path, &cause))?;
        // What a folder of machine code goes along with is often new where it is loaded, and loaded once.
        let cache = code.cache.filter(|_| code.folder.is_none());
        let known = cache.and_then(|cache| KnownFile::new(cache, path, &file, kept));
        if let Some(found) = known.as_ref().and_then(KnownFile::find) {
            return Self::with_code(Source::unread(file, path, found.hash), found.inspection, code);
        }
        let module = Self::new(contents(&mut file, path)?, kept, code)?;
        if let Some(known) = known {
            known.keep(&file, module.source.hash(), &module.inspection);
        }
        Ok(module)
    }

    fn with_code(source: Source, inspection: Inspection, code: Code<'_>) -> Result<Self> {
        let source = Arc::new(source);
        let origin = Arc::new(Origin::new(Arc::clone(&source), inspection.known.clone()));
        let form = Form { source: &source, origin: &origin, inspection: &inspection };
        let Code { cache, folder, tier } = code;
        let tier = tier.unwrap_or(match inspection.kind {
            Kind::Command => Tier::Optimized,
            Kind::Reactor => Tier::Quick,
        });
        let code = match folder.and_then(|folder| form.precompiled_in(folder)) {
            Some(code) => Some(code),
            None if tier == Tier::Quick => form.quick(cache),
            None => None,
        };
        let code = code.map_or_else(|| form.compile(engine(), cache), Ok)?;
        let module = Self {
            source,
            inspection: Arc::new(inspection),
            origin,
            code,
            better: Arc::default(),
            snapshots: Arc::default(),
        };
        if !module.is_optimized() {
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
        let form = self.form();
        let maker = if portable { portable_engine() } else { engine() };
        let optimized = if self.is_optimized() { Some(&self.code) } else { self.better() };
        let made = match optimized.filter(|_| !portable) {
            Some(code) => code,
            None => &form.compile(maker, None)?,
        };
        let code = made.serialize();
        let code = code.map_err(|error| Error::Internal(error.to_string()))?;
        let written = Precompiled::beside(folder).write(maker, self.source.hash(), &code);
        written.map_err(|cause| {
            Error::io(format_args!("cannot write machine code into {}", folder.display()), &cause)
        })
    }

    /// What the file says of its functions.
    pub fn functions(&self) -> &Functions {
        self.origin.functions()
    }

    fn form(&self) -> Form<'_> {
        Form { source: &self.source, origin: &self.origin, inspection: &self.inspection }
    }

    fn is_optimized(&self) -> bool {
        Engine::same(self.code.engine(), engine())
    }

    /// Better machine code than this module began with, if that was made since.
    pub(crate) fn better(&self) -> Option<&wasmtime::Module> {
        self.better.get()
    }

    /// Has the better code made, if this process lives long enough.
    fn optimize_later(&self, cache: Option<&Path>) {
        let (module, cache) = (self.clone(), cache.map(Path::to_owned));
        let begins = Instant::now() + FIRST_CALLS;
        background::does(move || {
            thread::sleep(begins.saturating_duration_since(Instant::now()));
            if cache.is_none() && Arc::strong_count(&module.better) == 1 {
                // Nobody would have it.
                return;
            }
            // What quick code was made of can be compiled. Where it cannot, nobody lacks anything.
            if let Ok(code) = module.form().compile(engine(), cache.as_deref()) {
                module.better.set(code).ok();
            }
        });
    }

    /// The same module in machine code that counts what it executes; takes as long as [`Self::new`].
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn counting(&self, cache: Option<&Path>) -> Result<Self> {
        let form = self.form();
        Ok(Self { code: form.compile(counting_engine(), cache)?, ..self.clone() })
    }
}

/// A module as it is handed to the compiler.
struct Form<'a> {
    source: &'a Source,
    origin: &'a Origin,
    inspection: &'a Inspection,
}

impl Form<'_> {
    /// Code that was made for this processor or, if there is none, for all of them.
    fn precompiled_in(&self, folder: &Path) -> Option<wasmtime::Module> {
        let precompiled = Precompiled::beside(folder);
        let made_by = |maker| precompiled.load_made_by(maker, engine(), self.source.hash());
        made_by(engine()).or_else(|| made_by(portable_engine()))
    }

    /// The best code that is there at once or soon; none if the module needs what [`quick_engine`] cannot do.
    fn quick(&self, cache: Option<&Path>) -> Option<wasmtime::Module> {
        let optimized = cache.and_then(|cache| Precompiled::new(cache).load(engine(), self.source.hash()));
        optimized.or_else(|| self.compile(quick_engine()?, cache).ok())
    }

    fn compile(&self, engine: &Engine, cache: Option<&Path>) -> Result<wasmtime::Module> {
        let precompiled = cache.map(Precompiled::new);
        if let Some(code) = precompiled.as_ref().and_then(|cache| cache.load(engine, self.source.hash())) {
            return Ok(code);
        }
        let wasm = self.source.bytes()?;
        let keyed = Keyed::new(wasm, &self.inspection.externrefs);
        let invalid = |error: &_| refused(wasm, error, keyed.is_rewritten());
        let bytes = keyed.bytes();
        let validate = || wasmtime::Module::validate(engine, &bytes);
        let (valid, changed) = thread::scope(|scope| {
            let valid = thread::Builder::new().spawn_scoped(scope, validate);
            // Of a module that is not valid this is never looked at.
            let changed = self.changed(engine, &bytes);
            // Where no thread can be started, one after the other.
            (valid.map_or_else(|_| Ok(validate()), thread::ScopedJoinHandle::join), changed)
        });
        let valid = valid.map_err(|_| Error::Internal("the validation panicked".into()))?;
        valid.map_err(|error| invalid(&error))?;
        let code = wasmtime::Module::from_binary(engine, &changed).map_err(|error| invalid(&error))?;
        if let Some(cache) = &precompiled {
            cache.store(engine, self.source.hash(), &code);
        }
        Ok(code)
    }

    /// What is compiled in the place of a module.
    fn changed<'b>(&self, engine: &Engine, keyed: &'b [u8]) -> Cow<'b, [u8]> {
        // Neither change touches what the other does.
        let in_pieces = self.origin.edits().map(|edits| edits.apply(keyed));
        let bytes = in_pieces.map_or(Cow::Borrowed(keyed), Cow::Owned);
        // Code that counts what it executes has wasmtime's own checks.
        let woven = if Engine::same(engine, counting_engine()) {
            None
        } else {
            weave(&bytes, &self.inspection.known, Tier::of(engine))
        };
        woven.map_or(bytes, Cow::Owned)
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
        Module::new(wat::parse_str(text).expect("valid text"), &[], Code::default()).expect("a module")
    }

    fn finds(module: &Module, folder: &Path) -> bool {
        module.form().precompiled_in(folder).is_some()
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
