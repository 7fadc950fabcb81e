//! The tiers of machine code.

use serde::Serialize;
use wasmtime::Engine;

use super::engine::quick_engine;

/// What matters more of the machine code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// That it is there soon. Better code is made meanwhile, to which instances move, and which is kept for the next time.
    Quick,
    /// That it runs fast.
    #[default]
    Optimized,
}

impl Tier {
    /// Which the code for this engine of the process was made for.
    pub fn of(engine: &Engine) -> Self {
        if quick_engine().is_some_and(|quick| Engine::same(engine, quick)) {
            Self::Quick
        } else {
            Self::Optimized
        }
    }
}
