//! The numbers in which JavaScript and the hot functions speak: the statuses they return, the flags they take, and where in the
//! cells things are.

use napi_derive::napi;
use serde_json::{Value, json};

use super::js::{FIRST_ARG, RELEASED, TICK, flag};
use super::queue::{CELLS, FIRST_CALL, GRANT};

/// The call has ended; its result is in the first argument cell.
pub(super) const DONE: i32 = 0;
/// The guest waits or is away; `resume` sees to it after the bell has rung.
pub(super) const PENDING: i32 = 1;
/// The call has failed; `takeError` has the record.
pub(super) const FAILED: i32 = 2;
/// Another call waits in this guest; nothing was done.
pub(super) const BUSY: i32 = 3;
/// There was nothing to resume.
pub(super) const NOTHING: i32 = 4;
/// A fault of ours.
pub(super) const PANICKED: i32 = 5;
/// The guest has used its slice: `depart` lets it go to a worker, `resume` lets it go on here.
pub(super) const SPENT: i32 = 6;
/// As `PENDING`; nothing of the call has run yet.
pub(super) const AWAY: i32 = 7;

/// Set in the number given to `enter` or `resume`: wait for the result, whatever the guest waits for.
pub(super) const BLOCK: u32 = 1 << 31;
/// Set in the number given to `enter`: the caller gets a promise, so the guest may begin on a worker.
pub(super) const ROAM: u32 = 1 << 30;
/// Given to `resume`: fetch the guest from where it is and let it go on here until it ends or waits.
pub(super) const HURRY: u32 = 1 << 30;

/// What `lib/bridge.js` has to know of the layout of cells and of the statuses.
#[napi]
pub fn layout() -> Value {
    json!({
        "firstArg": FIRST_ARG,
        "tick": TICK,
        "released": RELEASED,
        "queue": { "firstCall": FIRST_CALL, "grant": GRANT, "cells": CELLS },
        "slotMask": (1u32 << crate::host::keys::SLOT_BITS) - 1,
        "flags": { "schedule": flag::SCHEDULE, "released": flag::RELEASED, "fewReleased": flag::FEW_RELEASED, "streams": flag::STREAMS },
        "status": { "pending": PENDING, "failed": FAILED, "busy": BUSY, "nothing": NOTHING, "spent": SPENT, "away": AWAY },
        "block": BLOCK,
        "roam": ROAM,
        "hurry": HURRY,
    })
}
