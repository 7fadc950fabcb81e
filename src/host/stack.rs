//! Leaving a fiber's stack for the thread's own.
//!
//! # Note [JavaScript runs on the thread's own stack]
//!
//! V8 compares the stack pointer with the bounds of the thread's stack. On a fiber's stack the
//! comparison says "overflow" (`RangeError: Maximum call stack size exceeded`), or, where the fiber
//! happens to lie above, says nothing at all and guards nothing. So an import that calls JavaScript
//! switches to the thread's stack first, below the frames that are polling the fiber, and comes back
//! when JavaScript has returned. The switch costs about 3 ns.
#![expect(unsafe_code, reason = "switching stacks has no safe form")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, Result};

/// Room left for the frames between the poll of a fiber and the switch to it.
const GAP_BYTES: usize = 32 * 1024;
/// What `psm` is told to be the new stack's size; it only computes its top from it.
const REGION_BYTES: usize = 64 * 1024;
/// More than any supported target asks of a stack's alignment.
const ALIGN: usize = 64;

/// Runs `body` on the thread's own stack, below `stack_pointer`, and returns what it returns.
///
/// Only for [`super::port::Lent::enter`], which knows that `stack_pointer` is of this thread and still active, and
/// that nothing else runs below it.
///
/// # Errors
/// [`Error::Internal`] if `body` panicked.
pub(super) fn on_thread_stack<R>(stack_pointer: usize, body: impl FnOnce() -> Result<R>) -> Result<R> {
    let top = (stack_pointer - GAP_BYTES) & !(ALIGN - 1);
    let base = (top - REGION_BYTES) as *mut u8;
    let guarded = || catch_unwind(AssertUnwindSafe(body));
    // SAFETY: `lend_js` recorded the thread's stack pointer before it polled the fiber that now runs, and has
    // not returned, so all below that pointer is the thread's own stack, of which only the frames that lead to
    // the fiber are in use: GAP_BYTES covers them. `entered` sees to it that nothing else is put there
    // until this call returns, and `guarded` never unwinds. Both addresses are multiples of ALIGN.
    let outcome = unsafe { psm::on_stack(base, REGION_BYTES, guarded) };
    outcome.unwrap_or_else(|panic| Err(Error::Internal(panic_text(&*panic))))
}

/// The text of a panic.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".into())
}
