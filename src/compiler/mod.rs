//! The compiler side: from Haskell to a wasm module, by GHC. It knows neither host nor JSFFI's runtime.
//!
//! [`compile`] goes this way, each station in its file:
//!
//! 1. `options`, `entry`: what the user wants, checked; the file GHC starts at.
//! 2. `cache`, `stamp`, `lock`: is there a module of the same contents, flags and compiler already?
//!    `cabal`: packages, of which the rest is built first; `folder`: what they consist of.
//! 3. `sources`, `scan`, `lexer`, `literal`: the files, as GHC lists them, and what they say of themselves.
//! 4. `plan`: command or reactor, and which exports the linker must keep.
//! 5. `command`, `foreign`, `run`, `objects`: GHC's arguments, GHC itself, and what it leaves for the next time;
//!    `build` repeats 3 to 5 where needed.
//! 6. `outcome`, `diagnostics`, `explain`, `lint`, `report`: what GHC said, in words a user can act on.
//! 7. `exports`, `stubs`, `signature`, `doc`: what is in the module that came out, with its types; `section` writes it
//!    into the module.
//!
//! Files are read and hashed on the calling task: a project's worth of that is a few milliseconds.
//! `toolchain`, `install`, `progress` and `cache_dir` are about having a GHC in the first place.

mod build;
mod cabal;
mod cache;
pub mod cache_dir;
mod command;
mod diagnostics;
mod doc;
mod entry;
mod explain;
mod exports;
mod folder;
mod foreign;
pub mod install;
mod lexer;
mod lint;
mod literal;
mod lock;
mod objects;
mod options;
mod outcome;
mod plan;
pub mod progress;
mod report;
mod run;
mod scan;
pub mod section;
mod signature;
mod sources;
mod stamp;
mod stubs;
pub mod toolchain;
pub mod trace;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use self::build::{Builder, Built};
use self::cabal::{Prepared, Request, Surroundings, check_haskell, prepare};
use self::cache::{Record, State, Store, build_key, key};
use self::entry::Entry;
pub use self::lint::SnippetDecl;
use self::lock::Lock;
use self::objects::Objects;
pub use self::options::{Artifact, CompileOptions, ExportDecl, Input, Kind, Optimize};
use self::progress::Progress;
use self::run::Scratch;
pub use self::signature::ResultType;
use self::toolchain::Toolchain;
use crate::error::{Error, Result};

/// Compiles Haskell to a wasm module, or finds it compiled.
///
/// Dropping the future ends GHC and all it started, and removes what was temporary.
///
/// # Errors
/// [`Error::InvalidArg`] for wrong options, [`Error::Io`] for files that cannot be read,
/// [`Error::Compile`] with diagnostics for wrong Haskell and for a project with nothing to run or
/// call, [`Error::MissingExport`] for a listed export that is not there,
/// [`Error::ToolchainUnsupported`] for a compiler that does not start.
pub async fn compile(
    options: CompileOptions,
    toolchain: &Toolchain,
    on_progress: impl Fn(Progress) + Send + Sync,
) -> Result<Artifact> {
    let started = Instant::now();
    options.check()?;
    let request = Request::of(&options)?;
    let entry = match request.as_ref().and_then(|request| request.input.clone()) {
        Some(input) => Entry::file(input),
        None => check_haskell(&options).and_then(|()| Entry::find(&options))?,
    };
    let key = key(&entry, &options, toolchain);
    let store = options.cache.then(|| Store::new(&options.cache_dir, &key, options.library.as_deref()));
    if let Some(artifact) = find(store.as_ref(), &entry, &options)? {
        return Ok(artifact);
    }
    let build_key = build_key(&key, &entry, &options);
    let waiting = || {
        let wait = Progress::new("wait", "", 0, 0, started.elapsed());
        on_progress(wait.with_message("another process builds this project; waiting for it"));
    };
    let _lock = match &store {
        None if options.out_dir.is_none() => None,
        _ => Some(Lock::acquire(&options.cache_dir, &build_key, waiting).await?),
    };
    if let Some(artifact) = find(store.as_ref(), &entry, &options)? {
        return Ok(artifact);
    }
    let scratch = Scratch::new()?;
    let around = Surroundings {
        options: &options,
        toolchain,
        scratch: scratch.path(),
        started,
        on_progress: &on_progress,
    };
    let prepared = match &request {
        Some(request) => prepare(request, &entry, &around).await?,
        None => Prepared::haskell(&entry, &options),
    };
    // Objects are kept where there is a project that will be built again.
    let build = options.cache_dir.join("build").join(&build_key);
    let is_kept = entry.text.is_none() && options.cache;
    let objects = match &options.out_dir {
        Some(folder) => options.cwd.join(folder),
        None if is_kept => build.join("objects"),
        None => scratch.path().join("objects"),
    };
    let objects = Objects::open(objects)?;
    let mut state = if is_kept { State::load(&build) } else { State::default() };
    let builder = Builder {
        options: &prepared.options,
        toolchain,
        entry: &prepared.entry,
        packages: &prepared.packages.modules,
        scratch: scratch.path(),
        objects: &objects,
        started,
        on_progress: &on_progress,
    };
    let outcome = builder.build(&mut state).await;
    objects.close();
    if is_kept {
        state.save(&build)?;
    }
    finish(prepared.complete(outcome?), store.as_ref(), &entry, &options, scratch)
}

/// The artifact from the cache, if it is there.
fn find(store: Option<&Store>, entry: &Entry, options: &CompileOptions) -> Result<Option<Artifact>> {
    let Some((record, cached)) = store.and_then(|store| store.find(&options.cwd)) else { return Ok(None) };
    options.trace.note(&options.cwd, &record.stamps, &record.absent);
    let wasm = match out_file(entry, options, record.name.as_deref()) {
        Some(file) => {
            copy(&cached, &file)?;
            file
        }
        None => cached,
    };
    Ok(Some(artifact(record, wasm, options, true)))
}

/// Puts a new module where it stays.
fn finish(
    built: Built,
    store: Option<&Store>,
    entry: &Entry,
    options: &CompileOptions,
    scratch: Scratch,
) -> Result<Artifact> {
    // A file that changed meanwhile may be in the module in either state.
    let is_consistent = built.project.holds(&options.cwd, built.stamped_ns);
    let record = Record {
        stamped_ns: built.stamped_ns,
        library: built.project.library().map(Path::to_owned),
        stamps: built.project.stamps,
        absent: built.project.absent,
        wasm_hash: blake3::hash(&built.wasm).to_hex().to_string(),
        name: built.name,
        kind: built.kind,
        exports: built.exports,
        main_export: built.main_export,
        warnings: built.warnings,
        snippets: built.snippets,
    };
    let stored = match store.filter(|_| is_consistent) {
        Some(store) => Some(store.insert(record.clone(), &built.wasm)?),
        None => None,
    };
    if let Some(file) = out_file(entry, options, record.name.as_deref()) {
        cache::write(&file, &built.wasm)?;
        return Ok(artifact(record, file, options, false));
    }
    if let Some(file) = stored {
        return Ok(artifact(record, file, options, false));
    }
    let Some(folder) = scratch.into_inner() else { return Err(Error::Internal("no folder".into())) };
    let mut artifact = artifact(record, folder.path().join("module.wasm"), options, false);
    artifact.scratch = Some(Arc::new(folder));
    Ok(artifact)
}

fn artifact(record: Record, wasm: PathBuf, options: &CompileOptions, cached: bool) -> Artifact {
    Artifact {
        wasm,
        wasm_hash: record.wasm_hash,
        name: record.name,
        kind: record.kind,
        exports: record.exports,
        main_export: record.main_export,
        warnings: record.warnings,
        snippets: record.snippets,
        cached,
        sources: record.stamps.into_iter().map(|stamp| options.cwd.join(stamp.path)).collect(),
        scratch: None,
    }
}

/// The module's file in `out_dir`, named like the component or the entry.
fn out_file(entry: &Entry, options: &CompileOptions, component: Option<&str>) -> Option<PathBuf> {
    let folder = options.out_dir.as_ref()?;
    let name = match component {
        Some(name) => format!("{name}.wasm").into(),
        None => Path::new(entry.path.file_name()?).with_extension("wasm"),
    };
    Some(options.cwd.join(folder).join(name))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let wasm = std::fs::read(from)
        .map_err(|cause| Error::io(format_args!("cannot read {}", from.display()), &cause))?;
    if std::fs::read(to).is_ok_and(|there| there == wasm) { Ok(()) } else { cache::write(to, &wasm) }
}
