//! Looks at every place where a compiler may lie, for who wants to know why one is used or none.
//!
//! The places and their order are those of `find`; unlike it, nothing is passed over in silence.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::own::{find_own, own_prefix};
use super::{Origin, Places, check};

/// What there is at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Which place.
    pub origin: Origin,
    /// What was looked at: a path, or the value of a variable. Nothing where the place does not exist, such as a
    /// variable that is not set.
    pub looked_at: Option<String>,
    /// The compiler found there.
    pub ghc: Option<PathBuf>,
    /// Its version, if it can be used.
    pub version: Option<String>,
    /// Why it cannot.
    pub problem: Option<String>,
}

impl Finding {
    fn nothing(origin: Origin, looked_at: Option<String>) -> Self {
        Self { origin, looked_at, ghc: None, version: None, problem: None }
    }
}

/// What there is at each place, in the order in which these are looked at; several where a place has several.
pub async fn survey(places: &Places) -> Vec<Finding> {
    let shown = |path: Option<PathBuf>| path.map(|path| path.to_string_lossy().into_owned());
    let mut found = Vec::new();
    let asked = places.env_ghc.clone();
    let mut named = Finding::nothing(Origin::Environment, shown(asked.clone()));
    if let Some(asked) = asked {
        match places.command_at(&asked) {
            Some(ghc) => named = judged(named, &ghc, &places.cache).await,
            None => named.problem = Some(format!("there is no compiler at {}", asked.display())),
        }
    }
    found.push(named);
    let candidates = places.candidates();
    for (origin, looked_at) in [
        (Origin::Path, Some(format!("{} folders", places.folders().len()))),
        (Origin::GhcWasmMeta, shown(places.ghc_wasm_meta())),
        (Origin::Ghcup, shown(places.ghcup())),
    ] {
        let here: Vec<_> = candidates.iter().filter(|(of, _)| *of == origin).collect();
        if here.is_empty() {
            found.push(Finding::nothing(origin, looked_at.clone()));
        }
        for (_, ghc) in here {
            found.push(judged(Finding::nothing(origin, looked_at.clone()), ghc, &places.cache).await);
        }
    }
    let mut own = Finding::nothing(Origin::Own, shown(Some(own_prefix(&places.cache))));
    match find_own(&places.cache).await {
        Ok(Some(toolchain)) => (own.ghc, own.version) = (Some(toolchain.ghc), Some(toolchain.version)),
        Ok(None) => {}
        Err(problem) => own.problem = Some(problem),
    }
    found.push(own);
    found
}

async fn judged(mut finding: Finding, ghc: &Path, cache: &Path) -> Finding {
    finding.ghc = Some(ghc.to_owned());
    match check(ghc, finding.origin, cache).await {
        Ok(toolchain) => finding.version = Some(toolchain.version),
        Err(problem) => finding.problem = Some(problem.text()),
    }
    finding
}
