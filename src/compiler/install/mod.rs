//! Installs our own toolchain, and cabal beside it: one at a time, resumable, reporting as it goes.
//!
//! The work is the recipe's (`toolchain/build.sh`), which builds one or proves one that was unpacked from an archive;
//! here are the lock, the reports and the words for failure. Nothing outside the cache folder is touched. Invariant: a
//! toolchain is returned only if its manifest is there, and the recipe writes that last, after the compiler has
//! compiled and run two programs.

mod archive;
mod cabal;
mod estimate;
pub mod pack;
mod recipe;
mod unpack;
mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

pub(super) use self::cabal::{cabal_command, install_cabal};
use self::recipe::{Outcome, Task, run_recipe};
use self::unpack::{Refusal, unpack};
use self::work::blocking;
use super::lock::Lock;
use super::progress::Progress;
use super::toolchain::Toolchain;
use super::toolchain::own::{discard, find_own, lock_of, own_id, own_prefix};
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
    /// Node, which runs small programs of the recipe. Default: `node` of the `PATH`.
    pub node: Option<PathBuf>,
    /// An archive that [`pack::pack`] wrote, to be unpacked instead of building.
    pub from: Option<Source>,
}

/// An archive of a toolchain.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its file.
    pub file: PathBuf,
    /// What the user calls it: a path or an address.
    pub name: String,
}

/// Installs our own toolchain, or finds it installed.
///
/// An install that was interrupted goes on where it stopped, or, from an archive, begins anew. If another process
/// installs the same, this waits and takes the result. Dropping the future ends every process of the install.
///
/// # Errors
/// `ERR_HS_TOOLCHAIN_INSTALL`, with the end of the log and what to do; `ERR_HS_IO` when the cache folder cannot be
/// written.
pub async fn install(
    options: InstallOptions,
    on_progress: impl Fn(Progress) + Send + Sync + 'static,
) -> Result<Toolchain> {
    let began = Instant::now();
    let on_progress = Arc::new(on_progress);
    if let Ok(Some(toolchain)) = find_own(&options.cache).await {
        return Ok(toolchain);
    }
    let id = own_id();
    let waits = || {
        let text = "another process is installing it";
        on_progress(Progress::new("wait", &id, 1, 1, began.elapsed()).with_message(text));
    };
    let mut lock = Lock::acquire(&options.cache, &lock_of(&id), waits).await?;
    if let Ok(Some(toolchain)) = find_own(&options.cache).await {
        return Ok(toolchain);
    }
    let prefix = own_prefix(&options.cache);
    // What has a manifest and was refused is damaged; the recipe would take it for its own.
    if prefix.join("toolchain.json").exists() {
        discard(&prefix)?;
    }
    let mut unpacked = None;
    if let Some(source) = &options.from {
        lock = unpack_into(source.clone(), prefix.clone(), lock, Arc::clone(&on_progress)).await?;
        unpacked = Some(Unproven(&prefix));
    }
    let task = Task {
        script: &options.recipe.join("build.sh"),
        prefix: &prefix,
        jobs: options.jobs,
        node: options.node.as_deref(),
        adopt: unpacked.is_some(),
        began,
    };
    let outcome = run_recipe(task, &*on_progress).await?;
    let installed = find_own(&options.cache).await;
    drop(lock);
    match installed {
        Ok(Some(toolchain)) if outcome.status.success() => {
            std::mem::forget(unpacked);
            Ok(toolchain)
        }
        _ => Err(failure(&outcome, &prefix, options.from.as_ref())),
    }
}

/// Unpacks an archive in the place of whatever half an install left. The lock is held until the last file is written,
/// even if nobody waits for it any more.
async fn unpack_into(
    source: Source,
    prefix: PathBuf,
    lock: Lock,
    told: Arc<impl Fn(Progress) + Send + Sync + 'static>,
) -> Result<Lock> {
    blocking(move |stop| {
        discard(&prefix)?;
        let unpacked = unpack(&source.file, &prefix, stop, &*told);
        let Err(refusal) = unpacked else { return Ok(lock) };
        // An archive that is refused before anything is unpacked leaves no folder.
        let _ = discard(&prefix);
        let shown = source.name;
        Err(match refusal {
            Refusal::Stopped => Error::Aborted,
            Refusal::Archive(what) => Error::ToolchainInstall(format!("the archive {shown} {what}")),
            Refusal::Io(cause) => Error::ToolchainInstall(format!(
                "the archive {shown} could not be unpacked to {}: {cause}. What was unpacked has been removed.",
                prefix.display()
            )),
        })
    })
    .await
}

/// A folder that was unpacked: removed with this value, unless it proves to be a toolchain.
struct Unproven<'a>(&'a Path);

impl Drop for Unproven<'_> {
    fn drop(&mut self) {
        // What cannot be removed has no manifest, and is removed by the next install.
        let _ = discard(self.0);
    }
}

/// What went wrong, in the recipe's words, with the end of its log and the ways out.
fn failure(outcome: &Outcome, prefix: &Path, from: Option<&Source>) -> Error {
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
    if let Some(source) = from {
        // Its log goes with it.
        text.push_str("\nIt was unpacked from ");
        text.push_str(&source.name);
        text.push_str(", and has been removed. toolchain.install() without an archive builds one.");
    } else {
        text.push_str("\nRunning the install again continues where it stopped. The whole log is ");
        text.push_str(&log.display().to_string());
        text.push('.');
    }
    text.push_str(
        " Instead of our own compiler, any wasm32-wasi-ghc from 9.10 can be used: set HS_WASM_GHC to its path.",
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
mod archive_tests;
#[cfg(test)]
mod tests;
