//! Calls into an instance as the JavaScript thread sees them: entering, waiting, going away, coming back.

use std::any::Any;
use std::cell::{Cell as StdCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use napi_derive::napi;

use super::js::NodeJs;
use super::lend::Reach;
use super::protocol::{AWAY, BLOCK, BUSY, DONE, FAILED, NOTHING, PENDING, ROAM, SPENT};
use super::raw;
use super::tier::Code;
use super::wake::Bell;
use crate::error::Error;
use crate::host::control::{Control, Gave, Place};
use crate::host::desk::{Call, Desk, Ended, Found, Request};
use crate::host::engine::Active;
use crate::host::fuel::Gauge;
use crate::host::guest::GuestInstance;
use crate::host::port::{Cell, Guest, JsHost, nesting_bytes};
use crate::host::sampler::Sampler;
use crate::host::wait::finish;
use crate::host::wasi::Stdio;
use crate::jsffi::link::Linked;

/// The most ticks of a slice on the JavaScript thread where the guest is to be on a worker, but may not begin there.
const SHORT_SLICE: u64 = 1;

/// How much stack calls within calls may use. V8 gives JavaScript 984 KiB, and where it finds them used up it throws through
/// everything: a guest does not survive that, but it does survive the refusal of a call.
const MOST_NESTING: usize = 832 * 1024;

thread_local! {
    /// Whether a guest has used its slice in this turn of the event loop.
    static SPENT_TURN: StdCell<bool> = const { StdCell::new(false) };
}

/// Says that a turn of the event loop has begun.
#[napi]
pub fn begin_turn() {
    SPENT_TURN.set(false);
}

/// Where a guest is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// Where it runs best.
    Auto,
    /// On the JavaScript thread.
    Main,
    /// On workers.
    Worker,
}

pub(super) enum State {
    Idle(Box<GuestInstance>),
    /// A call is on the stack.
    Running,
    /// A call waits, or has used its slice.
    Suspended(Call),
    /// A call was fetched from a worker for a moment.
    Halted(Call),
    /// A call is on the desk.
    Away,
    Closed,
}

/// An instance; everything but what is hot is reached through [`super::instance::NativeInstance`].
pub struct NodeInstance {
    pub(super) js: Rc<NodeJs>,
    pub(super) linked: Arc<Linked>,
    pub(super) state: RefCell<State>,
    pub(super) error: RefCell<Option<Error>>,
    pub(super) bell: Arc<Bell>,
    /// Rings it.
    pub(super) waker: Waker,
    pub(super) stdio: Stdio,
    /// Guests that have ended, but whose memory can still be seen: see Note [Terminated JavaScript] in [`super::memory`].
    pub(super) buried: RefCell<Vec<Box<dyn Any>>>,
    pub(super) control: Arc<Control>,
    pub(super) desk: Arc<Desk>,
    pub(super) home: Home,
    /// Ticks of a slice.
    pub(super) slice: u64,
    /// Whether the last call ended on a worker with more to do: the next begins there.
    pub(super) warm: StdCell<bool>,
    /// Whether the guest is on its way here because it wants JavaScript.
    pub(super) homing: StdCell<bool>,
    /// What it runs.
    pub(super) code: Code,
    /// What the guest may execute, if that is limited.
    pub(super) gauge: RefCell<Option<Gauge>>,
    /// Sees what the guest computes, if somebody wants to know.
    pub(super) sampler: Arc<Sampler>,
    /// How often the guest has gone to a worker.
    pub(super) migrations: StdCell<u32>,
}

impl NodeInstance {
    /// Calls the export whose number is in `number`, with the arguments in the cells.
    pub(super) fn enter(&self, number: u32) -> i32 {
        let export = number & !(BLOCK | ROAM);
        let Some(signature) = self.linked.module.inspection.exports.get(export as usize) else {
            return self.fail(Error::Internal(format!("no export {export}")));
        };
        let args = self.js.args(signature.signature.params.len());
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
        self.improve(&mut guest);
        self.control.begin_call();
        if let Some(gauge) = &mut *self.gauge.borrow_mut() {
            gauge.fill(&mut guest);
        }
        let call: Call = Box::pin(async move {
            let called = guest.call(export, &args).await;
            (Some(guest), called)
        });
        if number & ROAM != 0 && self.begins_away() {
            self.let_go(call);
            return AWAY;
        }
        self.poll(call, number & BLOCK != 0, false)
    }

    fn begins_away(&self) -> bool {
        match self.home {
            Home::Main => false,
            Home::Worker => true,
            Home::Auto => self.warm.get() || SPENT_TURN.get(),
        }
    }

    /// Lets a guest go to a worker that has used its slice.
    pub(super) fn depart(&self, _: u32) -> i32 {
        match self.state.replace(State::Running) {
            State::Suspended(call) => self.let_go(call),
            other => {
                *self.state.borrow_mut() = other;
                NOTHING
            }
        }
    }

    /// See Note [Who has the guest] in [`crate::host::desk`]. No view of the memory stays, for it would race with the
    /// guest; where V8 cannot detach just now, it is tried again.
    fn let_go(&self, call: Call) -> i32 {
        self.js.memory.detach();
        self.js.queue().end_all_grants();
        self.js.set_flags(None, false);
        if self.js.memory.is_seen() {
            *self.state.borrow_mut() = State::Halted(call);
            self.bell.ring();
            return PENDING;
        }
        self.homing.set(false);
        self.migrations.set(self.migrations.get().wrapping_add(1));
        *self.state.borrow_mut() = State::Away;
        self.desk.depart(call);
        PENDING
    }

    /// Calls an export for JavaScript that this very guest is calling.
    fn enter_again(&self, export: u32, args: &[Cell]) -> i32 {
        if nesting_bytes() > MOST_NESTING {
            return self.fail(Error::Reentry(
                "Maximum call stack size exceeded: JavaScript and Haskell call each other too deeply; call later \
                 (queueMicrotask), from a stack that has ended"
                    .into(),
            ));
        }
        let _flow = self.stdio.flow();
        let called = self.js.within(|| self.js.lent.with(|guest| guest.call_export(export, args)));
        self.js.queue().hand_over();
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

    /// Sees to the call that waits or is away; with [`BLOCK`], to its end; with [`HURRY`](super::protocol::HURRY), until it ends or waits.
    pub(super) fn resume(&self, number: u32) -> i32 {
        self.bell.answer();
        let (block, hurry) = (number & BLOCK != 0, number != 0);
        match self.state.replace(State::Running) {
            State::Suspended(call) => self.poll(call, block, hurry),
            State::Halted(call) if hurry => self.poll(call, block, hurry),
            State::Halted(call) => self.let_go(call),
            State::Away => self.fetch(block, hurry),
            other => {
                *self.state.borrow_mut() = other;
                NOTHING
            }
        }
    }

    /// Sees what there is on the desk; in a hurry, waits for the guest.
    fn fetch(&self, block: bool, hurry: bool) -> i32 {
        loop {
            match if hurry { self.desk.stop() } else { self.desk.look() } {
                Found::Hop(request) => {
                    self.serve(request);
                    if !hurry {
                        self.js.set_flags(None, false);
                        *self.state.borrow_mut() = State::Away;
                        return PENDING;
                    }
                }
                Found::Guest(call) if self.home == Home::Worker && !hurry => return self.let_go(call),
                Found::Guest(call) => return self.poll(call, block, hurry),
                Found::Ended(ended) => return self.ended(ended, true),
                Found::Nothing => {
                    *self.state.borrow_mut() = State::Away;
                    return NOTHING;
                }
            }
        }
    }

    /// Runs the JavaScript that a guest on a worker wants; see Note [Hops] in [`crate::host::desk`].
    fn serve(&self, request: Request) {
        let js: Rc<dyn JsHost> = Rc::clone(&self.js) as Rc<_>;
        self.js.within(|| {
            request.serve(&js, || {
                self.js.queue().end_all_grants();
                self.js.memory.detach();
                if self.home != Home::Worker {
                    self.homing.set(true);
                    self.control.summon();
                }
            });
        });
    }

    /// Makes the guest stand still until the event loop turns, so that its memory can be read.
    pub(super) fn halt(&self) {
        if !matches!(*self.state.borrow(), State::Away) {
            return;
        }
        if let Some(call) = self.desk.halt() {
            let is_homing = self.homing.get();
            *self.state.borrow_mut() = if is_homing { State::Suspended(call) } else { State::Halted(call) };
            self.bell.ring();
        }
        self.js.memory.resize(self.control.memory_bytes());
    }

    fn poll(&self, mut call: Call, block: bool, hurry: bool) -> i32 {
        match self.home {
            Home::Auto if !hurry && !block => self.control.begin(Place::Slice, self.slice),
            Home::Worker if !hurry && !block => self.control.begin(Place::Slice, SHORT_SLICE),
            _ => self.control.begin(Place::Pinned, 0),
        }
        let _active = Active::new();
        let polled = self.js.lend(|| {
            if block {
                let _flow = self.stdio.flow();
                finish(call.as_mut(), &self.stdio.stdin, &self.control).map(Poll::Ready)
            } else {
                Ok(call.as_mut().poll(&mut Context::from_waker(&self.waker)))
            }
        });
        match polled {
            Ok(Poll::Pending) => {
                self.js.set_flags(None, false);
                self.js.memory.resize(self.control.memory_bytes());
                *self.state.borrow_mut() = State::Suspended(call);
                if self.control.gave() == Gave::Spent {
                    SPENT_TURN.set(true);
                    return SPENT;
                }
                PENDING
            }
            Ok(Poll::Ready(ended)) => self.ended(ended, false),
            Err(error) => {
                self.js.set_flags(None, false);
                self.close();
                self.bury(call);
                self.fail(error)
            }
        }
    }

    /// The call has ended, here or on a worker.
    fn ended(&self, (guest, result): Ended, away: bool) -> i32 {
        match (guest, result) {
            (Some(mut guest), Ok(result)) => {
                if guest.has_grown() {
                    self.js.memory.refresh(guest.memory());
                }
                self.js.set_arg(0, result);
                let state = guest.state();
                let schedule = std::mem::take(&mut state.schedule);
                self.warm.set(away && schedule);
                self.js.set_flags(Some(&mut state.keys), schedule);
                *self.state.borrow_mut() = State::Idle(guest);
                DONE
            }
            (guest, result) => {
                self.js.set_flags(None, false);
                self.close();
                self.bury(guest);
                let error = result.err().unwrap_or_else(closed);
                let gauge = self.gauge.borrow();
                self.give_up(match (&error, &*gauge) {
                    (Error::Limit { limit: "fuel", .. }, Some(gauge)) => gauge.empty(),
                    _ => error,
                })
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
}

/// What a closed instance says.
pub(super) fn closed() -> Error {
    Error::Closed("the instance is closed".into())
}
