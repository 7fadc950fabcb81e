//! Finds a GHC that makes wasm: the user's own first, then the one that hs-wasm installed.
//!
//! It looks in the places of [`Places`], in the order of [`Origin`], and takes the first compiler that works.
//! It installs nothing (`compiler::install` does) and compiles nothing. Invariants: a compiler that the user names is
//! used or reported, never passed over; one that was only come across is passed over when it does not work, and
//! named in the final error; a [`Toolchain`] targets wasm32 and is at least GHC 9.10.

mod identity;
pub mod own;
mod places;
mod probe;
mod survey;

use std::path::{Path, PathBuf};

use serde::Serialize;

use self::identity::identity;
use self::own::find_own;
pub use self::places::Places;
use self::probe::probe;
pub use self::survey::{Finding, survey};
use crate::error::{Error, Result};

/// The compiler's command name, to which a version may be appended.
const COMMAND: &str = "wasm32-wasi-ghc";

/// The oldest GHC with JSFFI.
const MINIMUM: [u32; 2] = [9, 10];

/// A GHC that makes wasm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Toolchain {
    /// The `wasm32-wasi-ghc` command, an absolute path.
    pub ghc: PathBuf,
    /// GHC's version, such as `9.10.3`.
    pub version: String,
    /// GHC's library folder: `settings`, `post-link.mjs`, the package database.
    pub libdir: PathBuf,
    /// Where it was found.
    pub origin: Origin,
    /// Changes whenever the compiler or its packages do: part of the keys of every cache.
    pub identity: String,
}

/// Where a toolchain comes from, in the order in which these are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The caller's option `toolchain`.
    Option,
    /// The variable `HS_WASM_GHC`.
    Environment,
    /// `wasm32-wasi-ghc`, or the newest `wasm32-wasi-ghc-<version>`, in `PATH`.
    Path,
    /// ghc-wasm-meta's folder `~/.ghc-wasm`.
    GhcWasmMeta,
    /// ghcup's cross compilers.
    Ghcup,
    /// Installed by hs-wasm in its cache folder.
    Own,
}

/// Finds the compiler to use.
///
/// # Errors
/// `ERR_HS_TOOLCHAIN_UNSUPPORTED` when a compiler that was asked for does not make wasm or is too old,
/// `ERR_HS_TOOLCHAIN_NOT_FOUND` when one that was asked for does not run, or when there is none at all.
pub async fn find(places: &Places) -> Result<Toolchain> {
    for (origin, asked, by) in [
        (Origin::Option, &places.explicit, "the option `toolchain`"),
        (Origin::Environment, &places.env_ghc, "HS_WASM_GHC"),
    ] {
        if let Some(asked) = asked {
            return match places.command_at(asked) {
                Some(ghc) => check(&ghc, origin, &places.cache).await.map_err(|error| error.asked_by(by)),
                None => Err(Error::ToolchainNotFound(format!(
                    "{by} is {}, where there is no compiler. Give the path of a wasm32-wasi-ghc, or of a folder \
                     with bin/wasm32-wasi-ghc.",
                    asked.display()
                ))),
            };
        }
    }
    let mut broken = Vec::new();
    for (origin, ghc) in places.candidates() {
        match check(&ghc, origin, &places.cache).await {
            Ok(toolchain) => return Ok(toolchain),
            Err(error) => broken.push(error.text()),
        }
    }
    match find_own(&places.cache).await {
        Ok(Some(toolchain)) => return Ok(toolchain),
        Ok(None) => {}
        Err(reason) => broken.push(reason),
    }
    Err(not_found(&places.cache, &broken))
}

/// Why a compiler is not used.
enum Unusable {
    /// It cannot be run.
    Broken(String),
    /// It runs and is the wrong one.
    Unsupported(String),
}

impl Unusable {
    fn text(self) -> String {
        match self {
            Self::Broken(text) | Self::Unsupported(text) => text,
        }
    }

    fn asked_by(self, by: &str) -> Error {
        match self {
            Self::Broken(text) => Error::ToolchainNotFound(format!("{text} (asked for by {by})")),
            Self::Unsupported(text) => Error::ToolchainUnsupported(format!("{text} (asked for by {by})")),
        }
    }
}

/// Runs (or remembers) a compiler and judges it.
async fn check(ghc: &Path, origin: Origin, cache: &Path) -> std::result::Result<Toolchain, Unusable> {
    let info = probe(ghc, cache).await.map_err(Unusable::Broken)?;
    let shown = ghc.display();
    if info.target_arch != "ArchWasm32" {
        return Err(Unusable::Unsupported(format!(
            "{shown} is GHC {} for {}, but a compiler for wasm32 is needed: a wasm32-wasi-ghc",
            info.version, info.target_platform
        )));
    }
    if numbers(&info.version).as_slice() < MINIMUM.as_slice() {
        return Err(Unusable::Unsupported(format!(
            "{shown} is GHC {}, but JSFFI needs GHC {}.{} or newer",
            info.version, MINIMUM[0], MINIMUM[1]
        )));
    }
    let identity = identity(&info.version, &info.libdir).map_err(|cause| {
        Unusable::Broken(format!("{shown} says its libraries are in {}: {cause}", info.libdir.display()))
    })?;
    Ok(Toolchain { ghc: ghc.to_owned(), version: info.version, libdir: info.libdir, origin, identity })
}

/// The error when nothing was found, with what was passed over and what to do.
fn not_found(cache: &Path, broken: &[String]) -> Error {
    let mut text = format!(
        "no GHC that makes WebAssembly was found. Looked for {COMMAND} in PATH, in ~/.ghc-wasm, among ghcup's \
         compilers and in {}.",
        cache.join("toolchains").display()
    );
    for reason in broken {
        text.push_str("\nNot usable: ");
        text.push_str(reason);
    }
    text.push_str(
        "\nInstall one with toolchain.install(), which takes some minutes and no privileges, or set HS_WASM_GHC to \
         the path of a wasm32-wasi-ghc.",
    );
    Error::ToolchainNotFound(text)
}

/// The numbers of a version, comparable.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests;
