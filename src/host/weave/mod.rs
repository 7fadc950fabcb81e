//! What is woven into a module before compilation, so that it can be interrupted and loses little by it.
//!
//! # Note [Checks]
//!
//! wasmtime's own epochs are looked at whenever a function is entered, and code whose functions are a few instructions long, as
//! GHC's are, spends a fifth of its time on that. But who runs for ever passes the head of some loop, or enters some
//! function on a cycle of calls, again and again. Only there ([`graph`]), and after calls of imports, we add a check ([`body`]): it
//! takes from a budget, which is a global of the instance, and calls the host when that is spent. The host ([`super::checks`]) decides whether the guest goes on, and
//! gives a new budget, about 50 µs large. A loop counts its turns in a local of its function, which stays in a register, and pays for
//! [`body::STRIDE`] of them at once.
//!
//! Nothing changes its index: types, tables, memories, globals, functions and exports are added at the end. Offsets in code do change;
//! when a trap has to be explained, [`Origins`] finds out where its code was in the file.

mod body;
mod claims;
mod graph;
mod index;
mod keep;
mod layout;
mod live;
mod origins;
mod post;
mod reader;
mod share;
mod stand_ins;
mod steps;
mod writer;

use serde::{Deserialize, Serialize};

pub use self::layout::{ANY, CALL_CELLS, Eras, Places, QUEUE};
pub use self::origins::Origins;
pub use self::post::Post;
use self::reader::Shape;
use super::tier::Tier;

/// The export of the table in which the host puts what checks call: a function `() -> i32` that gives the next budget.
pub const CHECKS: &str = "\u{1}checks";
/// The export of the module's start function, which the host calls when the table is filled.
pub const START: &str = "\u{1}start";

/// The export of the global with the budget.
pub const BUDGET: &str = "\u{1}budget";

/// What is known of a module's imports.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Known {
    /// Those whose calls the guest may take note of.
    pub posts: Vec<Post>,
    /// Those that only give back what they get: calls of them are left out.
    pub identities: Vec<u32>,
    /// The one that claims a JavaScript value's key, `(key) -> key`.
    pub claim: Option<u32>,
    /// The one that gives a key up, `(key) -> ()`.
    pub give_up: Option<u32>,
}

/// The export of the global that says, while a trampoline's check asks, which function of the table it calls next; 0 otherwise. GHC's
/// `StgRun` is one: all of Haskell is called by it. What the host puts there instead is how many turns the next check
/// comes earlier, of which fewer than half of [`body::STRIDE`] count.
pub const NEXT: &str = "\u{1}next";

/// The exports of the globals that are the state of an instance, together with its memory and what the host knows of the queue. They are
/// numbered from 0, and there are none where there is more to the state: see Note [Moving to better code] in [`super::moving`].
pub fn state(number: usize) -> String {
    format!("\u{1}state {number}")
}

/// The module with checks, and with a queue for calls that may be queued; `None` if nothing in it can take long. Of a
/// module that is not valid it is anything. For [`Tier::Quick`] no locals are kept, since there what is wanted stays in no register anyway.
pub fn weave(wasm: &[u8], known: &Known, tier: Tier) -> Option<Vec<u8>> {
    let woven = writer::write(&Shape::read(wasm, known, tier).ok()?).ok()??;
    Some(woven.wasm)
}

#[cfg(test)]
mod tests;
