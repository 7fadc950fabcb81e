//! Installs our own toolchain: one at a time, resumable, reporting as it goes.
//!
//! The work is the recipe's (`toolchain/build.sh`); here are the lock, the reports and the words for failure.
//! Nothing outside the cache folder is touched. Invariant: a toolchain is returned only if its manifest is there,
//! and the recipe writes that last, after the compiler has compiled and run two programs.

mod recipe;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use self::recipe::{Outcome, run_recipe};
use super::lock::Lock;
use super::progress::Progress;
use super::toolchain::Toolchain;
use super::toolchain::own::{find_own, own_id, own_prefix};
use crate::error::{Error, Result};

/// How many lines of the log an error shows.
const SHOWN_LINES: usize = 20;

/// What an install needs to know.
#[derive(Clone, Debug)]
pub struct InstallOptions {
    /// The cache folder; the toolchain comes to `toolchains/<id>/` in it.
    pub cache: PathBuf,
    /// The folder `toolchain/` of this package: the recipe.
    pub recipe: PathBuf,
    /// How many processes may work at once. Default: one per processor.
    pub jobs: Option<usize>,
}

/// Installs our own toolchain, or finds it installed.
///
/// An install that was interrupted goes on where it stopped. If another process installs the same, this waits and
/// takes the result. Dropping the future ends every process of the install.
///
/// # Errors
/// `ERR_HS_TOOLCHAIN_INSTALL`, with the end of the log and what to do; `ERR_HS_IO` when the cache folder cannot be
/// written.
pub async fn install(
    options: InstallOptions,
    on_progress: impl Fn(Progress) + Send + Sync,
) -> Result<Toolchain> {
    let began = Instant::now();
    if let Some(toolchain) = find_own(&options.cache) {
        return Ok(toolchain);
    }
    let id = own_id();
    let waits = || {
        let text = "another process is installing it";
        on_progress(Progress::new("wait", &id, 1, 1, began.elapsed()).with_message(text));
    };
    let _lock = Lock::acquire(&options.cache, &format!("toolchain-{id}"), waits).await?;
    if let Some(toolchain) = find_own(&options.cache) {
        return Ok(toolchain);
    }
    let prefix = own_prefix(&options.cache);
    discard_foreign_manifest(&prefix)?;
    let outcome = run_recipe(&options.recipe, &prefix, options.jobs, began, &on_progress).await?;
    match find_own(&options.cache) {
        Some(toolchain) if outcome.status.success() => Ok(toolchain),
        _ => Err(failure(&outcome, &prefix)),
    }
}

/// Removes what [`find_own`] has just refused: a damaged toolchain, or one that was moved here, whose programs are
/// bound to another place. The recipe takes a manifest for its own.
fn discard_foreign_manifest(prefix: &Path) -> Result<()> {
    if prefix.join("toolchain.json").exists() {
        fs::remove_dir_all(prefix)
            .map_err(|cause| Error::io(format_args!("cannot remove {}", prefix.display()), &cause))?;
    }
    Ok(())
}

/// What went wrong, in the recipe's words, with the end of its log and the ways out.
fn failure(outcome: &Outcome, prefix: &Path) -> Error {
    let log = prefix.join("install.log");
    let mut text = match &outcome.error {
        Some(error) => format!("the compiler could not be installed: {error}"),
        None => format!("the compiler could not be installed: its recipe ended with {}.", outcome.status),
    };
    let lines = last_lines(&log);
    if !lines.is_empty() {
        text.push_str("\nThe log ends with:\n");
        text.push_str(&lines);
    }
    text.push_str("\nRunning the install again continues where it stopped. The whole log is ");
    text.push_str(&log.display().to_string());
    text.push_str(
        ". Instead of our own compiler, any wasm32-wasi-ghc from 9.10 can be used: set HS_WASM_GHC to its path.",
    );
    Error::ToolchainInstall(text)
}

/// The end of what the last run logged, without the report of the failure, which the error has already.
fn last_lines(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let run = text.rfind("\n== recipe ").map_or(text.as_str(), |start| &text[start..]);
    let lines: Vec<_> = run.trim().lines().filter(|line| !line.starts_with("error: ")).collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

#[cfg(test)]
mod tests;
