//! What a process decides once: its settings, and its end.
#![expect(clippy::needless_pass_by_value, reason = "what crosses from JavaScript is owned")]

use std::path::PathBuf;

use napi_derive::napi;

use super::outcome::Outcome;
use crate::compiler::cache_dir::CACHE_DIR;
use crate::error::Result;
use crate::host::control;
use crate::host::engine::{SLICE_MS, WORKER_THREADS};

/// The settings that are asked for.
#[napi(object)]
pub struct Configuration {
    /// How many threads run guests.
    pub worker_threads: Option<u32>,
    /// How long a guest computes before it gives way.
    pub slice_ms: Option<u32>,
    /// An absolute path.
    pub cache_dir: Option<String>,
}

/// Says that the process is about to end.
#[napi]
pub fn end() {
    control::end();
}

/// Fixes settings, all or none, in the name of `by`.
#[napi(ts_return_type = "any")]
pub fn configure(wanted: Configuration, by: String) -> Outcome<()> {
    Outcome(fix(wanted, &by))
}

fn fix(wanted: Configuration, by: &str) -> Result<()> {
    let threads = wanted.worker_threads.map(|threads| threads as usize);
    let cache = wanted.cache_dir.map(PathBuf::from);
    WORKER_THREADS.check(threads.as_ref())?;
    SLICE_MS.check(wanted.slice_ms.as_ref())?;
    CACHE_DIR.check(cache.as_ref())?;
    WORKER_THREADS.fix(threads, by)?;
    SLICE_MS.fix(wanted.slice_ms, by)?;
    CACHE_DIR.fix(cache, by)
}
