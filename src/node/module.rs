//! Loading modules.
#![expect(clippy::needless_pass_by_value, reason = "what crosses from JavaScript is owned")]

use std::path::Path;
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Buffer, Object};
use napi_derive::napi;
use serde_json::{Value, json};

use super::outcome::{Outcome, promise, wait};
use crate::compiler::section::EXPORTS_SECTION;
use crate::error::{Error, Result};
use crate::host::engine::runtime;
use crate::host::inspect::{Export, Inspection, inspect};
use crate::host::module::{Code, Module};
use crate::host::preinitialize::SECTION as PREINITIALIZED;
use crate::host::tier::Tier;
use crate::jsffi::link::{Linked, abi_of, snippets_of};
use crate::jsffi::report::report;
use crate::jsffi::section::JSFFI;
use crate::jsffi::snippet::Snippet;
use crate::zdecode::import_origin;

/// A compiled and linked module.
#[napi]
pub struct NativeModule {
    pub(super) linked: Arc<Linked>,
}

#[napi]
impl NativeModule {
    /// What JavaScript needs to know of the module, as JSON: V8 reads that sooner than napi makes objects.
    #[napi]
    pub fn info(&self) -> String {
        let inspection = &self.linked.module.inspection;
        let declarations = inspection.custom.get(EXPORTS_SECTION).and_then(|sections| sections.last());
        // What is no JSON counts as absent: a module runs as well without it.
        let declarations = declarations.and_then(|json| serde_json::from_slice::<Value>(json).ok());
        json!({
            "kind": inspection.kind,
            "abi": self.linked.abi,
            "preinitialized": inspection.custom.contains_key(PREINITIALIZED),
            "exports": exports(inspection),
            "constants": inspection.constants,
            "imports": inspection.imports,
            "declarations": declarations,
            "snippets": self.linked.snippets.iter().map(describe).collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// The file.
    #[napi(ts_return_type = "any")]
    pub fn wasm(&self) -> Outcome<Buffer> {
        Outcome(self.linked.module.source.bytes().map(Into::into))
    }

    /// Writes machine code into `folder`, for every processor of this architecture or for this one. Resolves with its file.
    #[napi(ts_return_type = "Promise<any>")]
    pub fn precompile(&self, env: Env, folder: String, portable: bool) -> napi::Result<Object<'static>> {
        let module = self.linked.module.clone();
        promise(&env, async move {
            let blocking = move || module.precompile(Path::new(&folder), portable);
            let written = runtime().spawn_blocking(blocking).await;
            let written = written.map_err(|failure| Error::Internal(failure.to_string()))??;
            Ok(written.display().to_string())
        })
    }

    /// Makes machine code that counts what it executes, or finds it in the folder `cache`.
    #[napi(ts_return_type = "Promise<any>")]
    pub fn prepare_fuel(&self, env: Env, cache: Option<String>) -> napi::Result<Object<'static>> {
        let linked = Arc::clone(&self.linked);
        promise(&env, async move {
            let blocking = move || linked.prepare_fuel(cache.as_deref().map(Path::new));
            let prepared = runtime().spawn_blocking(blocking).await;
            prepared.map_err(|failure| Error::Internal(failure.to_string()))?
        })
    }
}

/// Loads the module at `path` or made of `bytes`. Machine code is kept in the folder `cache`, and looked for in `code` first. If it has to
/// be made, `tier` says what matters, `quick` or `optimized`; without it the kind of the module decides.
#[napi(ts_return_type = "Promise<any>")]
pub fn load_module(
    env: Env,
    path: Option<String>,
    bytes: Option<Buffer>,
    cache: Option<String>,
    code: Option<String>,
    tier: Option<String>,
) -> napi::Result<Object<'static>> {
    promise(&env, loaded(path, bytes.map(|bytes| bytes.to_vec()), cache, code, wanted(tier)))
}

/// Loads the module at `path`, and blocks the thread meanwhile.
#[napi(ts_return_type = "any")]
pub fn load_module_sync(path: String, cache: Option<String>, tier: Option<String>) -> Outcome<NativeModule> {
    wait(loaded(Some(path), None, cache, None, wanted(tier)))
}

/// `lib/options.js` has seen that it is one of the two.
fn wanted(tier: Option<String>) -> Option<Tier> {
    tier.map(|tier| if tier == "quick" { Tier::Quick } else { Tier::Optimized })
}

async fn loaded(
    path: Option<String>,
    bytes: Option<Vec<u8>>,
    cache: Option<String>,
    code: Option<String>,
    tier: Option<Tier>,
) -> Result<NativeModule> {
    let blocking = move || {
        let [path, cache, code] = [&path, &cache, &code].map(|path| path.as_deref().map(Path::new));
        load(path, bytes, cache, code, tier)
    };
    let linked = runtime().spawn_blocking(blocking).await;
    let linked = linked.map_err(|failure| Error::Internal(failure.to_string()))??;
    Ok(NativeModule { linked: Arc::new(linked) })
}

fn load(
    path: Option<&Path>,
    bytes: Option<Vec<u8>>,
    cache: Option<&Path>,
    folder: Option<&Path>,
    tier: Option<Tier>,
) -> Result<Linked> {
    let in_file = |error| match (error, path) {
        (Error::InvalidModule(message), Some(path)) => {
            Error::InvalidModule(format!("{}: {message}", path.display()))
        }
        (Error::UnknownImport(message), Some(path)) => {
            Error::UnknownImport(format!("{}: {message}", path.display()))
        }
        (other, _) => other,
    };
    let code = Code { cache, folder, tier };
    let module = match (bytes, path) {
        (Some(bytes), _) => Module::new(bytes, &KEPT, code),
        (None, Some(path)) => Module::of_file(path, &KEPT, code),
        (None, None) => Err(Error::Internal("nothing to load".into())),
    };
    module.and_then(Linked::new).map_err(in_file)
}

/// The custom sections that mean something here.
const KEPT: [&str; 3] = [JSFFI, EXPORTS_SECTION, PREINITIALIZED];

/// The snippets of the module `wasm`, which is read but not compiled.
#[napi(ts_return_type = "any")]
pub fn jsffi_snippets(wasm: Buffer) -> Outcome<Value> {
    let read = || -> Result<Value> {
        let inspection = inspect(&wasm, |section| Linked::KEPT.contains(&section))?;
        Ok(snippets_of(&inspection)?.iter().map(describe).collect())
    };
    Outcome(read())
}

/// What the module `wasm` is and how large its parts are. It is read but not compiled.
#[napi(ts_return_type = "any")]
pub fn inspect_module(wasm: Buffer) -> Outcome<Value> {
    let read = || -> Result<Value> {
        let inspection = inspect(&wasm, |section| KEPT.contains(&section))?;
        let mut record = json!(report(&wasm)?);
        record["kind"] = json!(inspection.kind);
        record["preinitialized"] = json!(inspection.custom.contains_key(PREINITIALIZED));
        record["abi"] = json!(abi_of(&inspection));
        record["imports"] = json!(inspection.imports);
        record["exports"] = exports(&inspection);
        record["snippets"] = snippets_of(&inspection)?.iter().map(describe).collect();
        Ok(record)
    };
    Outcome(read())
}

/// The exported functions, each in one piece with its signature.
fn exports(inspection: &Inspection) -> Value {
    let described = |Export { name, signature }: &Export| {
        let mut record = json!(signature);
        record["name"] = json!(name);
        record
    };
    inspection.exports.iter().map(described).collect()
}

fn describe(snippet: &Snippet) -> Value {
    let mut record = json!(snippet);
    record["origin"] = json!(import_origin(&snippet.name).map(|(unit, module)| format!("{unit}:{module}")));
    record["forms"] = json!(snippet.forms());
    record
}
