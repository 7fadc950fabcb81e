//! The compiler: finding, installing, packing and removing it.

use std::path::PathBuf;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use serde_json::{Value, json};

use super::job::NativeJob;
use super::outcome::promise;
use crate::compiler::cache_dir::cache_dir;
use crate::compiler::install::pack::pack;
use crate::compiler::install::{InstallOptions, Source, install};
use crate::compiler::progress::Progress;
use crate::compiler::toolchain::own::{list, remove};
use crate::compiler::toolchain::{Places, Toolchain, find, survey};

/// The folder of everything that is kept between processes.
#[napi]
pub fn cache_folder() -> String {
    cache_dir().to_string_lossy().into_owned()
}

/// Finds the compiler.
#[napi(ts_return_type = "Promise<any>")]
pub fn find_toolchain(env: Env, explicit: Option<String>) -> napi::Result<Object<'static>> {
    promise(&env, async move {
        find(&Places::from_env(explicit.map(PathBuf::from))).await.map(|found| describe(&found))
    })
}

/// Looks at every place where a compiler may lie.
#[napi(ts_return_type = "Promise<any>")]
pub fn survey_toolchains(env: Env) -> napi::Result<Object<'static>> {
    promise(&env, async move { Ok(json!(survey(&Places::from_env(None)).await)) })
}

/// How a compiler is installed.
#[napi(object)]
pub struct InstallRequest {
    /// The folder of the recipe.
    pub recipe: String,
    /// Processes at once.
    pub jobs: Option<u32>,
    /// The path of Node.
    pub node: String,
    /// An archive to unpack.
    pub from: Option<String>,
    /// What the user calls it.
    pub from_name: Option<String>,
}

/// Builds a compiler, or unpacks it from an archive, unless it is there.
#[napi(ts_return_type = "Promise<any>")]
pub fn install_toolchain(
    env: Env,
    request: InstallRequest,
    job: &NativeJob,
) -> napi::Result<Object<'static>> {
    let options = InstallOptions {
        cache: cache_dir(),
        recipe: request.recipe.into(),
        jobs: request.jobs.map(|jobs| jobs as usize),
        node: Some(request.node.into()),
        from: request.from.map(|file| Source {
            name: request.from_name.unwrap_or_else(|| file.clone()),
            file: file.into(),
        }),
    };
    let progress = job.progress();
    let work = async move { install(options, progress).await.map(|found| describe(&found)) };
    promise(&env, job.stoppable(work))
}

/// Packs our compiler into a file.
#[napi(ts_return_type = "Promise<any>")]
pub fn pack_toolchain(env: Env, file: String, job: &NativeJob) -> napi::Result<Object<'static>> {
    let progress = job.progress();
    let work = async move { pack(cache_dir(), file.into(), progress).await.map(|packed| json!(packed)) };
    promise(&env, job.stoppable(work))
}

/// Our compilers, finished or not.
#[napi(ts_return_type = "any")]
pub fn list_toolchains() -> Value {
    json!(list(&cache_dir()))
}

/// Removes one of our compilers.
#[napi(ts_return_type = "Promise<any>")]
pub fn remove_toolchain(env: Env, id: Option<String>, job: &NativeJob) -> napi::Result<Object<'static>> {
    let progress = job.progress();
    let work = async move {
        let waits = || {
            let wait = Progress::new("wait", "", 1, 1, std::time::Duration::ZERO);
            progress(wait.with_message("another process installs it"));
        };
        remove(&cache_dir(), id, waits).await.map(|removed| json!(removed))
    };
    promise(&env, job.stoppable(work))
}

fn describe(toolchain: &Toolchain) -> Value {
    json!({
        "ghc": toolchain.ghc,
        "version": toolchain.version,
        "libdir": toolchain.libdir,
        "source": toolchain.origin,
    })
}
