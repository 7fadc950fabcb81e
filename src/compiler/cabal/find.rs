//! Finds a cabal: the user's own first, then the one that hs-wasm installed, which is installed if need be.

use std::env;
use std::path::{Path, PathBuf};

use crate::compiler::install::{cabal_command, install_cabal};
use crate::compiler::progress::Progress;
use crate::compiler::toolchain::Toolchain;
use crate::error::{Error, Result};

/// The cabal to use: that of `HS_WASM_CABAL`, that of the compiler's own installation, that in `PATH`, ours.
pub(super) async fn find(
    toolchain: &Toolchain,
    cache_dir: &Path,
    recipe: Option<&Path>,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<PathBuf> {
    if let Some(asked) = env::var_os("HS_WASM_CABAL").filter(|value| !value.is_empty()) {
        let asked = PathBuf::from(asked);
        return if asked.is_file() {
            Ok(asked)
        } else {
            let shown = asked.display();
            Err(Error::ToolchainNotFound(format!(
                "HS_WASM_CABAL is {shown}, which is no file. Give the path of a cabal, or leave it unset."
            )))
        };
    }
    let beside = tool(toolchain, "wasm32-wasi-cabal");
    let in_path =
        || env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join("cabal")).find(|it| it.is_file());
    if let Some(found) = beside.or_else(in_path) {
        return Ok(found);
    }
    match (cabal_command(cache_dir), recipe) {
        (own, _) if own.is_file() => Ok(own),
        (_, Some(recipe)) => install_cabal(cache_dir, recipe, on_progress).await,
        (own, None) => Err(Error::ToolchainNotFound(format!(
            "no cabal was found: looked for wasm32-wasi-cabal beside {}, for cabal in PATH, and for {}. \
             Set HS_WASM_CABAL to the path of one.",
            toolchain.ghc.display(),
            own.display()
        ))),
    }
}

/// A tool of the compiler's installation: `wasm32-wasi-ghc-9.12` has a `wasm32-wasi-hsc2hs-9.12`, or one without.
pub(super) fn tool(toolchain: &Toolchain, name: &str) -> Option<PathBuf> {
    let folder = toolchain.ghc.parent()?;
    let command = toolchain.ghc.file_name()?.to_str()?;
    let version = command.strip_prefix("wasm32-wasi-ghc").unwrap_or_default();
    let folder_of_link = std::fs::canonicalize(&toolchain.ghc).ok()?.parent()?.to_owned();
    [folder.join(format!("{name}{version}")), folder.join(name), folder_of_link.join(name)]
        .into_iter()
        .find(|path| path.is_file())
}
