//! The compiler: finding and installing it.

use std::path::PathBuf;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use serde_json::{Value, json};

use super::job::NativeJob;
use super::outcome::promise;
use crate::compiler::cache_dir::cache_dir;
use crate::compiler::install::{InstallOptions, install};
use crate::compiler::toolchain::{Places, Toolchain, find};

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

/// Builds a compiler by the recipe in folder `recipe`, unless it is there.
#[napi(ts_return_type = "Promise<any>")]
pub fn install_toolchain(
    env: Env,
    recipe: String,
    jobs: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Object<'static>> {
    let options =
        InstallOptions { cache: cache_dir(), recipe: recipe.into(), jobs: jobs.map(|jobs| jobs as usize) };
    let progress = job.progress();
    let work = async move { install(options, progress).await.map(|found| describe(&found)) };
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
