//! The border between the guest's side and JavaScript's, in both directions, without naming either.
//!
//! Values cross as 64-bit [`Cell`]s; their types are known from the module. A JavaScript value is
//! the key it has in the guest's [`super::keys::KeyTable`].
//!
//! # Note [Lending]
//!
//! JavaScript can be called only on its own thread, and only by code that runs below a call of that
//! thread. So the thread that polls a guest's future *lends* its [`JsHost`] for the duration of the poll
//! ([`lend_js`]); an import finds it with [`with_lent`]. Where nothing is lent (a tokio worker), it has to ask
//! for JavaScript ([`super::desk::Desk::hop`]). In the other direction an import lends the running guest to the JavaScript
//! it calls, as `&mut dyn Guest`, so that a snippet may call exports of the guest that is calling it.
#![expect(unsafe_code, reason = "what is lent lies in a frame of the stack")]

use std::cell::Cell as StdCell;
use std::ptr::NonNull;
use std::rc::Rc;

use crate::error::{Error, Result};

/// A value on its way: an `i32`, `f32` (its bits) or key in the low half, an `i64` or `f64` (its bits) whole.
pub type Cell = u64;

/// The low half of a cell.
#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
pub fn low_bits(cell: Cell) -> u32 {
    cell as u32
}

/// What a guest may ask of JavaScript. Methods take `&self`: a re-entrant call must not find it borrowed.
pub trait JsHost {
    /// Calls JavaScript function number `function` with `args`.
    ///
    /// If the function's result is a JavaScript value, it is put where the key in the last cell says.
    ///
    /// # Errors
    /// [`crate::error::Error::JsThrow`] if it threw; the host keeps the value that was thrown.
    fn call(&self, guest: &mut dyn Guest, function: u32, args: &[Cell]) -> Result<Cell>;

    /// Takes note of a call that JavaScript may be given later, which nobody can tell; `false` if it has to be made now.
    /// `args` are as long as what the function reads.
    fn post(&self, function: u32, args: &[Cell]) -> bool;

    /// Takes note that the guest has given up the key `key`.
    fn freed(&self, key: u32);

    /// Copies a value from one key to another.
    ///
    /// # Errors
    /// As [`Self::call`].
    fn copy(&self, guest: &mut dyn Guest, from: u32, to: u32) -> Result<()>;
}

/// What JavaScript may ask of a guest, also in the middle of a call from that guest.
pub trait Guest {
    /// Calls export number `export`; see [`super::exports::Exports`] for the numbering.
    ///
    /// # Errors
    /// Whatever ended the call; the guest is then unusable.
    fn call_export(&mut self, export: u32, args: &[Cell]) -> Result<Cell>;

    /// A fresh key in transit for a JavaScript value.
    ///
    /// # Errors
    /// When the table is full.
    fn reserve_key(&mut self) -> Result<u32>;

    /// Where the linear memory is now, and how many bytes it has.
    fn memory(&mut self) -> Option<MemoryView>;

    /// Whether a memory may have grown since this was asked.
    fn has_grown(&mut self) -> bool;

    /// Grows the linear memory by `pages` of 64 KiB; the result is its former size in pages.
    ///
    /// # Errors
    /// When a limit forbids it.
    fn grow_memory(&mut self, pages: u64) -> Result<u64>;
}

/// Where a linear memory lies. The base never moves while the store lives: the whole of the 4 GiB that
/// a wasm32 memory can have is reserved at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryView {
    /// Address of the first byte.
    pub base: usize,
    /// Size in bytes.
    pub bytes: usize,
}

/// JavaScript as it is lent to the guests that are polled on this thread.
pub struct Lent {
    js: Rc<dyn JsHost>,
    /// The stack pointer of the thread at the poll; JavaScript runs below it.
    stack_pointer: usize,
    /// That of the outermost lending.
    outermost: usize,
    /// Whether JavaScript runs there now. Then this lending serves nobody: a guest that JavaScript calls is
    /// polled further down the stack, and whoever polls it has to lend anew.
    entered: StdCell<bool>,
}

thread_local! {
    /// The innermost lending; each lies in the frame of its [`lend_js`].
    static INNERMOST: StdCell<Option<NonNull<Lent>>> = const { StdCell::new(None) };
}

/// Runs `body`, in which imports of the guest that is polled find `js`. Calls nest.
pub fn lend_js<R>(js: Rc<dyn JsHost>, body: impl FnOnce() -> R) -> R {
    struct TakeBack(Option<NonNull<Lent>>);
    impl Drop for TakeBack {
        fn drop(&mut self) {
            INNERMOST.set(self.0);
        }
    }
    let stack_pointer = psm::stack_pointer() as usize;
    let outermost = with_lent(|outer| outer.map_or(stack_pointer, |outer| outer.outermost));
    let lent = Lent { js, stack_pointer, outermost, entered: StdCell::new(false) };
    let _take_back = TakeBack(INNERMOST.replace(Some(NonNull::from(&lent))));
    body()
}

/// Runs `body` with the JavaScript that is lent on this thread, if any is.
pub fn with_lent<R>(body: impl FnOnce(Option<&Lent>) -> R) -> R {
    // SAFETY: the lending's `lend_js` is on this thread's stack, below us, and takes the pointer back before it returns or unwinds.
    body(INNERMOST.get().map(|lent| unsafe { lent.as_ref() }))
}

/// The JavaScript that is lent on this thread, if any is.
pub fn current_js() -> Option<Rc<dyn JsHost>> {
    with_lent(|lent| lent.map(|lent| Rc::clone(&lent.js)))
}

/// How many bytes of this thread's stack lie between the outermost guest's call and here.
pub fn nesting_bytes() -> usize {
    let outermost = with_lent(|lent| lent.map(|lent| lent.outermost));
    outermost.map_or(0, |outermost| outermost.saturating_sub(psm::stack_pointer() as usize))
}

impl Lent {
    /// What is lent, for what needs no JavaScript to run.
    pub fn js(&self) -> &dyn JsHost {
        &*self.js
    }

    /// Leaves the fiber's stack and runs `body` with the JavaScript that is lent.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is lent to a guest that is calling it already, and what `body` gives.
    pub fn enter<R>(&self, body: impl FnOnce(&Rc<dyn JsHost>) -> Result<R>) -> Result<R> {
        struct Leave<'a>(&'a StdCell<bool>);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.set(false);
            }
        }
        if self.entered.replace(true) {
            return Err(Error::Internal("a guest called JavaScript where none was lent to it".into()));
        }
        let _leave = Leave(&self.entered);
        super::stack::on_thread_stack(self.stack_pointer, || body(&self.js))
    }
}
