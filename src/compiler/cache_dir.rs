//! Where hs-wasm keeps what it has made: `HS_WASM_CACHE`, else `hs-wasm` in the platform's cache folder.
//!
//! Inside: `toolchains/<id>/` (our own compilers), `wasm/` (compiled sources), `cwasm/` (machine code), `locks/`.
//! Nothing is created here; who writes creates.

use std::env;
use std::path::PathBuf;

use etcetera::{BaseStrategy, choose_base_strategy};

/// The cache folder of this user, an absolute path. It may not exist yet.
pub fn cache_dir() -> PathBuf {
    let chosen = match env::var_os("HS_WASM_CACHE") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        _ => choose_base_strategy()
            // A user without a home folder, as in some containers, still gets one of their own machine.
            .map_or_else(|_| env::temp_dir(), |strategy| strategy.cache_dir())
            .join("hs-wasm"),
    };
    std::path::absolute(&chosen).unwrap_or(chosen)
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
