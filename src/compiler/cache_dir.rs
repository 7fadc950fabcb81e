//! Where hs-wasm keeps what it has made: what `configure()` names, else `HS_WASM_CACHE`, else `hs-wasm` in the
//! platform's cache folder.
//!
//! Inside: `toolchains/<id>/` (our own compilers), `wasm/` (compiled sources), `cwasm/` (machine code), `known/` (what is
//! known of files that were loaded), `code/` (V8's code of this package), `locks/`.
//! Nothing is created here; who writes creates.

use std::env;
use std::path::PathBuf;

use etcetera::{BaseStrategy, choose_base_strategy};

use crate::setting::Setting;

/// The cache folder of this process, an absolute path. It may not exist yet.
pub static CACHE_DIR: Setting<PathBuf> = Setting::new("configure.options.cacheDir", usual);

/// The cache folder where `configure()` names none, and what that follows from. Asking decides nothing.
pub fn usual() -> (PathBuf, &'static str) {
    let (chosen, why) = match env::var_os("HS_WASM_CACHE") {
        Some(folder) if !folder.is_empty() => (PathBuf::from(folder), "the variable HS_WASM_CACHE"),
        _ => {
            // A user without a home folder, as in some containers, still gets one of their own machine.
            let platform =
                choose_base_strategy().map_or_else(|_| env::temp_dir(), |strategy| strategy.cache_dir());
            (platform.join("hs-wasm"), "the platform's cache folder")
        }
    };
    (std::path::absolute(&chosen).unwrap_or(chosen), why)
}

/// The value of [`CACHE_DIR`].
pub fn cache_dir() -> PathBuf {
    CACHE_DIR.get().clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_absolute_and_ours() {
        let folder = cache_dir();
        assert!(folder.is_absolute());
        if env::var_os("HS_WASM_CACHE").is_none() {
            assert_eq!(folder.file_name().unwrap(), "hs-wasm");
        }
    }
}
