//! Where a compiler may lie: the options, the environment and the folders of other installers.
//!
//! Only files are looked at here; whether one is a compiler, and which, `probe.rs` finds out.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{COMMAND, Origin, numbers};
use crate::compiler::cache_dir::cache_dir;

/// What the search depends on, so that tests can give stand-ins for the machine.
#[derive(Clone, Debug)]
pub struct Places {
    /// A compiler, or the folder of one, that the caller asked for.
    pub explicit: Option<PathBuf>,
    /// `HS_WASM_GHC`: the same, asked for by the user.
    pub env_ghc: Option<PathBuf>,
    /// `PATH`.
    pub path: Option<OsString>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// `GHCUP_INSTALL_BASE_PREFIX`: the folder of `.ghcup`, if it is not the home folder.
    pub ghcup_base: Option<PathBuf>,
    /// The cache folder of hs-wasm.
    pub cache: PathBuf,
}

impl Places {
    /// The places of this process's environment.
    pub fn from_env(explicit: Option<PathBuf>) -> Self {
        let path_of = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            explicit,
            env_ghc: path_of("HS_WASM_GHC"),
            path: env::var_os("PATH"),
            home: etcetera::home_dir().ok(),
            ghcup_base: path_of("GHCUP_INSTALL_BASE_PREFIX"),
            cache: cache_dir(),
        }
    }

    /// The compiler that was asked for: a file, a folder that has one, or the name of a command in `PATH`.
    pub(super) fn command_at(&self, asked: &Path) -> Option<PathBuf> {
        let place = std::path::absolute(asked).ok()?;
        let inside = ["", "bin", "wasm32-wasi-ghc/bin"].map(|inside| place.join(inside).join(COMMAND));
        let is_name = asked.components().count() == 1;
        let named = self.folders().into_iter().filter(|_| is_name).map(|folder| folder.join(asked));
        std::iter::once(place).chain(inside).chain(named).find(|ghc| ghc.is_file())
    }

    /// The folders of `PATH`.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let path = self.path.clone().unwrap_or_default();
        env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
    }

    /// The compilers that may lie about, the likeliest first.
    pub(super) fn candidates(&self) -> Vec<(Origin, PathBuf)> {
        let mut found: Vec<_> =
            commands_in(&self.folders()).into_iter().map(|ghc| (Origin::Path, ghc)).collect();
        if let Some(folder) = self.ghc_wasm_meta() {
            let ghc = folder.join(COMMAND);
            found.extend(ghc.is_file().then_some((Origin::GhcWasmMeta, ghc)));
        }
        if let Some(folder) = self.ghcup() {
            let commands = commands_in(&[folder]);
            found.extend(commands.into_iter().map(|ghc| (Origin::Ghcup, ghc)));
        }
        found
    }

    /// Where ghc-wasm-meta puts its compiler.
    pub(super) fn ghc_wasm_meta(&self) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(".ghc-wasm/wasm32-wasi-ghc/bin"))
    }

    /// Where ghcup puts its commands.
    pub(super) fn ghcup(&self) -> Option<PathBuf> {
        self.ghcup_base.as_ref().or(self.home.as_ref()).map(|base| base.join(".ghcup/bin"))
    }
}

/// The compilers in folders: the plain command of the first folder that has it, then the versions, newest first.
fn commands_in(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        folders.iter().map(|folder| folder.join(COMMAND)).find(|ghc| ghc.is_file()).into_iter().collect();
    let mut versions: Vec<_> = folders
        .iter()
        .filter_map(|folder| folder.read_dir().ok())
        .flat_map(|entries| entries.filter_map(std::result::Result::ok))
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(COMMAND)?.strip_prefix('-')?;
            let whole = version.chars().all(|c| c.is_ascii_digit() || c == '.')
                && version.starts_with(|c: char| c != '.');
            (whole && entry.path().is_file()).then(|| (numbers(version), entry.path()))
        })
        .collect();
    versions.sort_by(|one, other| other.0.cmp(&one.0));
    found.extend(versions.into_iter().map(|(_, ghc)| ghc));
    found
}
