//! Haskell → a wasm file.

use std::path::PathBuf;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use serde_json::{Value, json};

use super::job::NativeJob;
use super::outcome::{Outcome, promise, wait};
use crate::compiler::cache_dir::cache_dir;
use crate::compiler::progress::Progress;
use crate::compiler::toolchain::{Places, find};
use crate::compiler::trace::Trace;
use crate::compiler::{Artifact, CompileOptions, Input, Optimize};
use crate::error::{Error, Result};

/// What is to be compiled and how; `lib/options.js` has checked it.
#[napi(object)]
pub struct CompileRequest {
    /// The text of one module, or nothing.
    pub source: Option<String>,
    /// The file or folder, where there is no text.
    pub path: Option<String>,
    /// The component of a package.
    pub component: Option<String>,
    /// Values for flags of packages.
    pub flags: Vec<Flag>,
    /// The entry module's file in a folder.
    pub main: Option<String>,
    /// More options for GHC.
    pub ghc_options: Vec<String>,
    /// Packages to expose.
    pub packages: Vec<String>,
    /// GHC's `-O`.
    pub optimize: u32,
    /// Where object files and the module stay.
    pub out_dir: Option<String>,
    /// Whether results are kept and found again.
    pub cache: bool,
    /// The compiler.
    pub toolchain: Option<String>,
    /// More names to export.
    pub exports: Vec<String>,
    /// Whether the module is wanted to be run.
    pub force_run: bool,
    /// Whether its start is to be made beforehand.
    pub preinitialize: bool,
    /// The folder of the recipes by which what is missing is installed.
    pub recipe: String,
    /// The folder that paths among GHC's options are relative to; default: the process's.
    pub cwd: Option<String>,
    /// The folder of the Haskell modules that come with the package.
    pub library: String,
}

/// A flag of a package.
#[napi(object)]
pub struct Flag {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: bool,
}

/// What came of compiling. The file may live only as long as this does.
#[napi]
pub struct NativeArtifact {
    artifact: Artifact,
}

#[napi]
impl NativeArtifact {
    /// The record of the artifact.
    #[napi]
    pub fn info(&self) -> Value {
        let Artifact { wasm, wasm_hash, name, exports, main_export, warnings, snippets, cached, .. } =
            &self.artifact;
        json!({
            "wasm": wasm,
            "hash": wasm_hash,
            "name": name,
            "exports": exports,
            "main": main_export,
            "warnings": warnings,
            "snippets": snippets,
            "cached": cached,
        })
    }
}

/// Compiles. Resolves with the artifact.
#[napi(ts_return_type = "Promise<any>")]
pub fn compile(env: Env, request: CompileRequest, job: &NativeJob) -> napi::Result<Object<'static>> {
    promise(&env, job.stoppable(artifact(request, job.trace(), job.progress())))
}

/// Compiles, and blocks the thread meanwhile.
#[napi(ts_return_type = "any")]
pub fn compile_sync(request: CompileRequest) -> Outcome<NativeArtifact> {
    wait(artifact(request, Trace::default(), |_| ()))
}

async fn artifact(
    request: CompileRequest,
    trace: Trace,
    progress: impl Fn(Progress) + Send + Sync,
) -> Result<NativeArtifact> {
    let toolchain = find(&Places::from_env(request.toolchain.clone().map(PathBuf::from))).await?;
    let options = CompileOptions { trace, ..options(request)? };
    let artifact = crate::compiler::compile(options, &toolchain, progress).await?;
    Ok(NativeArtifact { artifact })
}

fn options(request: CompileRequest) -> Result<CompileOptions> {
    let input = match (request.source, request.path) {
        (Some(source), _) => Input::Source(source),
        (None, path) => Input::Path(path.unwrap_or_default().into()),
    };
    let cwd = match request.cwd {
        Some(folder) => folder.into(),
        None => std::env::current_dir().map_err(|cause| Error::io("the current folder", &cause))?,
    };
    let mut options = CompileOptions::new(input, cwd, cache_dir());
    options.main = request.main.map(PathBuf::from);
    options.ghc_options = request.ghc_options;
    options.packages = request.packages;
    options.component = request.component;
    options.flags = request.flags.into_iter().map(|flag| (flag.name, flag.value)).collect();
    options.recipe = Some(request.recipe.into());
    options.library = Some(request.library.into());
    options.optimize = Optimize::from_level(request.optimize)?;
    options.out_dir = request.out_dir.map(PathBuf::from);
    options.cache = request.cache;
    options.exports = request.exports;
    options.force_run = request.force_run;
    options.preinitialize = request.preinitialize;
    Ok(options)
}
