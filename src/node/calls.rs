//! Calls into an instance on the JavaScript thread: entering, waiting, coming back, ending.

use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use napi_derive::napi;
use serde_json::{Value, json};

use super::js::{FIRST_ARG, NodeJs, flag};
use super::lend::Reach;
use super::raw;
use super::wake::Bell;
use crate::error::{Error, Result};
use crate::host::guest::GuestInstance;
use crate::host::port::{Cell, Guest, lend_js};
use crate::host::wait::finish;
use crate::host::wasi::Stdio;
use crate::jsffi::link::Linked;

/// The call has ended; its result is in the first argument cell.
const DONE: i32 = 0;
/// The guest waits; `resume` continues it after the bell has rung.
const PENDING: i32 = 1;
/// The call has failed; `takeError` has the record.
const FAILED: i32 = 2;
/// Another call waits in this guest; nothing was done.
const BUSY: i32 = 3;
/// There was nothing to resume.
const NOTHING: i32 = 4;
/// A fault of ours.
pub const PANICKED: i32 = 5;

/// Set in the number given to `enter`: wait for the result instead of giving `PENDING`.
const BLOCK: u32 = 1 << 31;

/// What `lib/bridge.js` has to know of the layout of cells and of the statuses.
#[napi]
pub fn layout() -> Value {
    json!({
        "firstArg": FIRST_ARG,
        "slotMask": (1u32 << crate::host::keys::SLOT_BITS) - 1,
        "flags": { "schedule": flag::SCHEDULE, "released": flag::RELEASED, "streams": flag::STREAMS },
        "status": { "pending": PENDING, "failed": FAILED, "busy": BUSY, "nothing": NOTHING },
        "block": BLOCK,
    })
}

pub(super) type Called = (Box<GuestInstance>, Result<Cell>);
pub(super) type Call = Pin<Box<dyn Future<Output = Called> + Send>>;

pub(super) enum State {
    Idle(Box<GuestInstance>),
    /// A call is on the stack.
    Running,
    /// A call waits.
    Suspended(Call),
    Closed,
}

/// An instance; everything but what is hot is reached through [`super::instance::NativeInstance`].
pub struct NodeInstance {
    pub(super) js: Rc<NodeJs>,
    pub(super) linked: Arc<Linked>,
    pub(super) state: RefCell<State>,
    pub(super) error: RefCell<Option<Error>>,
    pub(super) bell: Arc<Bell>,
    pub(super) stdio: Stdio,
    /// Guests that have ended, but whose memory can still be seen: see Note [Terminated JavaScript] in [`super::memory`].
    pub(super) buried: RefCell<Vec<Box<dyn Any>>>,
}

impl NodeInstance {
    /// Calls the export whose number is in `number`, with the arguments in the cells.
    pub(super) fn enter(&self, number: u32) -> i32 {
        let export = number & !BLOCK;
        let Some(signature) = self.linked.module.inspection.exports.get(export as usize) else {
            return self.fail(Error::Internal(format!("no export {export}")));
        };
        let args: Vec<Cell> = (0..signature.signature.params.len()).map(|index| self.js.arg(index)).collect();
        match self.js.lent.reach() {
            Reach::Outside => {}
            Reach::Reentrant => return self.enter_again(export, &args),
            Reach::Forbidden => {
                return self.fail(Error::Reentry(format!(
                    "{} was called while a synchronous import (`foreign import javascript unsafe`) was running; this \
                     module's JSFFI allows no re-entry there: import it as safe (asynchronous), or call the export \
                     later (queueMicrotask)",
                    signature.name
                )));
            }
        }
        let mut guest = match self.state.replace(State::Running) {
            State::Idle(guest) => guest,
            other => return self.refuse(other),
        };
        let call: Call = Box::pin(async move {
            let called = guest.call(export, &args).await;
            (guest, called)
        });
        self.poll(call, number & BLOCK != 0)
    }

    /// Calls an export for JavaScript that this very guest is calling.
    fn enter_again(&self, export: u32, args: &[Cell]) -> i32 {
        let _flow = self.stdio.flow();
        let called = self.js.lent.with(|guest| guest.call_export(export, args));
        match called {
            Some(Ok(result)) => {
                self.js.set_arg(0, result);
                DONE
            }
            Some(Err(error)) => {
                let why = "a call from within another call of this instance failed, which GHC's runtime cannot survive";
                *self.js.doomed.borrow_mut() = Some(match &error {
                    Error::JsThrow => Error::Closed(why.into()),
                    other => other.clone(),
                });
                self.give_up(error)
            }
            None => self.fail(Error::Reentry("the instance is already being called from here".into())),
        }
    }

    /// Continues the call that waits; with [`BLOCK`], to its end.
    pub(super) fn resume(&self, number: u32) -> i32 {
        self.bell.answer();
        match self.state.replace(State::Running) {
            State::Suspended(call) => self.poll(call, number & BLOCK != 0),
            other => {
                *self.state.borrow_mut() = other;
                NOTHING
            }
        }
    }

    fn poll(&self, mut call: Call, block: bool) -> i32 {
        let waker = self.bell.waker();
        let polled = lend_js(Rc::clone(&self.js) as Rc<_>, || {
            if block {
                let _flow = self.stdio.flow();
                finish(call.as_mut(), &self.stdio.stdin).map(Poll::Ready)
            } else {
                Ok(call.as_mut().poll(&mut Context::from_waker(&waker)))
            }
        });
        match polled {
            Ok(Poll::Pending) => {
                self.js.set_flags(false);
                *self.state.borrow_mut() = State::Suspended(call);
                PENDING
            }
            Ok(Poll::Ready((mut guest, Ok(result)))) => {
                self.js.memory.refresh(guest.memory());
                self.js.set_arg(0, result);
                self.js.set_flags(guest.state().keys.has_released());
                *self.state.borrow_mut() = State::Idle(guest);
                DONE
            }
            Ok(Poll::Ready((guest, Err(error)))) => {
                self.js.set_flags(false);
                self.close();
                self.bury(guest);
                self.give_up(error)
            }
            Err(error) => {
                self.js.set_flags(false);
                self.close();
                self.bury(call);
                self.fail(error)
            }
        }
    }

    /// A fresh key, put into the second half-cell of cell 1.
    pub(super) fn reserve(&self, _: u32) -> i32 {
        let lent = self.js.lent.with(|guest| guest.reserve_key());
        let key = match (lent, &mut *self.state.borrow_mut()) {
            (Some(key), _) => key,
            (None, State::Idle(guest)) => guest.reserve_key(),
            (None, State::Closed) => return self.fail(closed()),
            (None, _) => return BUSY,
        };
        match key {
            Ok(key) => {
                self.js.set_key(key);
                DONE
            }
            Err(error) => self.fail(error),
        }
    }

    fn refuse(&self, state: State) -> i32 {
        let closed_already = matches!(state, State::Closed);
        *self.state.borrow_mut() = state;
        if closed_already { self.fail(closed()) } else { BUSY }
    }

    fn fail(&self, error: Error) -> i32 {
        *self.error.borrow_mut() = Some(error);
        FAILED
    }

    /// Throws again what JavaScript threw, or fails.
    fn give_up(&self, error: Error) -> i32 {
        if let (Error::JsThrow, Some(thrown)) = (&error, self.js.thrown.borrow_mut().take()) {
            raw::scoped(self.js.env, || raw::throw(self.js.env, &thrown));
            return DONE;
        }
        self.fail(error)
    }

    /// Ends the instance. Views of its memory become empty first.
    pub(super) fn close(&self) {
        self.js.memory.refresh(None);
        let ended = self.state.replace(State::Closed);
        self.stdio.stdout.close();
        self.stdio.stderr.close();
        self.bury(ended);
    }

    /// Drops what is left of a guest, unless JavaScript sees its memory; then later.
    fn bury<T: 'static>(&self, guest: T) {
        if self.js.memory.is_seen() {
            self.buried.borrow_mut().push(Box::new(guest));
        }
    }
}

pub(super) fn closed() -> Error {
    Error::Closed("the instance is closed".into())
}

impl Drop for NodeInstance {
    fn drop(&mut self) {
        self.close();
    }
}
