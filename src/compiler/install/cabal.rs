//! Installs cabal: the distribution's, by the recipe `toolchain/cabal.sh`, into `tools/` of the cache folder.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::recipe::{Task, run_recipe};
use super::{last_lines, own_id};
use crate::compiler::lock::Lock;
use crate::compiler::progress::Progress;
use crate::error::{Error, Result};

/// Our own cabal, installed or not. It goes with a recipe of the compiler, for it comes from the same distribution.
pub(in crate::compiler) fn cabal_command(cache: &Path) -> PathBuf {
    prefix(cache).join("bin/cabal")
}

fn prefix(cache: &Path) -> PathBuf {
    cache.join("tools").join(format!("cabal-for-{}", own_id()))
}

/// Installs our own cabal, or finds it installed, as [`super::install`] does the compiler.
///
/// # Errors
/// `ERR_HS_TOOLCHAIN_INSTALL`, with the end of the log and what to do.
pub(in crate::compiler) async fn install_cabal(
    cache: &Path,
    recipe: &Path,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<PathBuf> {
    let began = Instant::now();
    let waits = || {
        let text = "another process is installing it";
        on_progress(Progress::new("wait", "cabal", 1, 1, began.elapsed()).with_message(text));
    };
    let _lock = Lock::acquire(cache, "cabal", waits).await?;
    let command = cabal_command(cache);
    if command.is_file() {
        return Ok(command);
    }
    let prefix = prefix(cache);
    let report = |progress| on_progress(progress);
    let script = recipe.join("cabal.sh");
    let task = Task { script: &script, prefix: &prefix, jobs: None, node: None, adopt: false, began };
    let outcome = run_recipe(task, &report).await?;
    if outcome.status.success() && command.is_file() {
        return Ok(command);
    }
    let log = prefix.join("install.log");
    let why = outcome.error.unwrap_or_else(|| format!("its recipe ended with {}.", outcome.status));
    Err(Error::ToolchainInstall(format!(
        "this input needs cabal, which could not be installed: {why}\nThe log ends with:\n{}\n\
         The whole log is {}. Any other cabal can be used: put it into PATH, or set HS_WASM_CABAL to its path.",
        last_lines(&log),
        log.display()
    )))
}
