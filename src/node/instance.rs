//! Instances on the JavaScript thread: entering, waiting, coming back, ending.
#![expect(clippy::needless_pass_by_value, reason = "what crosses from JavaScript is owned")]

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use napi::bindgen_prelude::{Buffer, Object, This, Unknown};
use napi::{Env, JsValue};
use napi_derive::napi;
use serde_json::{Value, json};

use super::js::{FIRST_ARG, Hooks, NodeJs, flag};
use super::lend::Reach;
use super::module::NativeModule;
use super::outcome::Outcome;
use super::raw::{self, Hot, Js, Reference};
use super::stdio::WorldOptions;
use super::wake::{Bell, NativeLoop};
use crate::error::{Error, Result};
use crate::host::engine::stay_entered;
use crate::host::guest::GuestInstance;
use crate::host::inspect::Kind;
use crate::host::limits::Limits;
use crate::host::port::{Cell, Guest, lend_js};
use crate::host::state::HostState;
use crate::host::wait::finish;
use crate::host::wasi::{self, Stdio};
use crate::jsffi::link::{Abi, Linked};

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

type Called = (Box<GuestInstance>, Result<Cell>);
type Call = Pin<Box<dyn Future<Output = Called> + Send>>;

enum State {
    Idle(Box<GuestInstance>),
    /// A call is on the stack.
    Running,
    /// A call waits.
    Suspended(Call),
    Closed,
}

/// An instance; everything but what is hot is reached through [`NativeInstance`].
pub struct NodeInstance {
    js: Rc<NodeJs>,
    linked: Arc<Linked>,
    state: RefCell<State>,
    error: RefCell<Option<Error>>,
    bell: Arc<Bell>,
    stdio: Stdio,
}

impl NodeInstance {
    /// Calls the export whose number is in `number`, with the arguments in the cells.
    fn enter(&self, number: u32) -> i32 {
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
    fn resume(&self, number: u32) -> i32 {
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
                drop(guest);
                self.give_up(error)
            }
            Err(error) => {
                self.js.set_flags(false);
                self.close();
                drop(call);
                self.fail(error)
            }
        }
    }

    /// A fresh key, put into the second half-cell of cell 1.
    fn reserve(&self, _: u32) -> i32 {
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
    fn close(&self) {
        self.js.memory.refresh(None);
        let ended = self.state.replace(State::Closed);
        self.stdio.stdout.close();
        self.stdio.stderr.close();
        drop(ended);
    }
}

fn closed() -> Error {
    Error::Closed("the instance is closed".into())
}

impl Drop for NodeInstance {
    fn drop(&mut self) {
        self.close();
    }
}

/// An instance of a module.
#[napi]
pub struct NativeInstance {
    instance: Rc<NodeInstance>,
}

#[napi]
impl NativeInstance {
    /// The hot functions `[enter, resume, reserve]`; see Note [The hot road] in [`super`].
    #[napi(ts_return_type = "Array<(number: number) => number | undefined>")]
    pub fn hot(&self, env: Env) -> napi::Result<Vec<Unknown<'static>>> {
        let hot: [Hot<NodeInstance>; 3] = [NodeInstance::enter, NodeInstance::resume, NodeInstance::reserve];
        hot.map(|hot| raw::hot_function(Js::of(&env), Rc::clone(&self.instance), hot)).into_iter().collect()
    }

    /// The record of what made the last hot function fail.
    #[napi]
    pub fn take_error(&self) -> Option<Value> {
        self.instance.error.borrow_mut().take().map(|error| error.record())
    }

    /// Slots whose values JavaScript is to let go.
    #[napi]
    pub fn take_released(&self) -> Vec<u32> {
        let take = |guest: &mut GuestInstance| guest.state().keys.take_released(usize::MAX).collect();
        match &mut *self.instance.state.borrow_mut() {
            State::Idle(guest) => take(guest),
            _ => Vec::new(),
        }
    }

    /// Takes what the guest wrote to descriptor `fd` (1 or 2), as `forward` and `capture` keep it.
    #[napi]
    pub fn take_output(&self, fd: u32) -> Buffer {
        let stdio = &self.instance.stdio;
        self.instance.js.streams.store(false, Ordering::Release);
        if fd == 2 { stdio.stderr.take() } else { stdio.stdout.take() }.into()
    }

    /// Whether the guest waits for input.
    #[napi]
    pub fn wants_input(&self) -> bool {
        self.instance.stdio.stdin.is_asked()
    }

    /// Gives the guest something to read, or says with nothing that there is no more. Gives how many bytes wait.
    #[napi]
    pub fn feed(&self, bytes: Option<Buffer>) -> f64 {
        feed(&self.instance.stdio, bytes)
    }

    /// `memory.buffer`.
    #[napi(ts_return_type = "ArrayBuffer | null")]
    pub fn buffer(&self, this: This<'_, Object<'_>>) -> Option<Unknown<'static>> {
        self.instance.js.memory.get(this.object.to_unknown())
    }

    /// `memory.grow(pages)`.
    #[napi(ts_return_type = "any")]
    pub fn grow(&self, pages: f64) -> Outcome<f64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "lib/memory.js has converted it"
        )]
        let pages = pages as u64;
        let js = &self.instance.js;
        let grow = |guest: &mut dyn Guest| {
            let grown = guest.grow_memory(pages);
            js.memory.refresh(guest.memory());
            grown
        };
        let lent = js.lent.with(|guest| grow(guest));
        let grown = match (lent, &mut *self.instance.state.borrow_mut()) {
            (Some(grown), _) => grown,
            (None, State::Idle(guest)) => grow(&mut **guest),
            (None, State::Closed) => Err(closed()),
            (None, _) => Err(Error::Busy("memory.grow: the instance is waiting in a call".into())),
        };
        #[expect(clippy::cast_precision_loss, reason = "a wasm32 memory has at most 2^16 pages")]
        Outcome(grown.map(|pages| pages as f64))
    }

    /// Live JSVals and bytes of memory, as far as they can be read now.
    #[napi]
    pub fn stats(&self) -> Value {
        let jsvals = match &mut *self.instance.state.borrow_mut() {
            State::Idle(guest) => Some(guest.state().keys.claimed()),
            _ => None,
        };
        json!({ "jsvals": jsvals, "memoryBytes": self.instance.js.memory.bytes() })
    }

    /// Ends the instance. `false`: a call is on the stack; it ends when JavaScript returns to it.
    #[napi]
    pub fn close(&self) -> bool {
        if matches!(*self.instance.state.borrow(), State::Running) {
            let why = "the instance was disposed of during this call";
            *self.instance.js.doomed.borrow_mut() = Some(Error::Closed(why.into()));
            return false;
        }
        self.instance.close();
        true
    }
}

/// Feeds a guest's stdin; nothing ends it.
pub(super) fn feed(stdio: &Stdio, bytes: Option<Buffer>) -> f64 {
    let Some(bytes) = bytes else {
        stdio.stdin.end();
        return 0.0;
    };
    #[expect(clippy::cast_precision_loss, reason = "a number of bytes in memory")]
    let waiting = stdio.stdin.feed(bytes.to_vec()) as f64;
    waiting
}

/// Instantiates `module`. `hooks` are the `ArrayBuffer` of cells, the function that copies a value, the one that
/// serves the streams, and one shim for each snippet.
#[napi(ts_return_type = "any")]
pub fn instantiate(
    env: Env,
    module: &NativeModule,
    world: WorldOptions,
    bells: &NativeLoop,
    id: u32,
    hooks: Vec<Unknown<'_>>,
) -> Outcome<NativeInstance> {
    Outcome(create(env, &module.linked, &world, bells.bell(id), &hooks))
}

fn create(
    env: Env,
    linked: &Arc<Linked>,
    world: &WorldOptions,
    bell: Arc<Bell>,
    hooks: &[Unknown<'_>],
) -> Result<NativeInstance> {
    stay_entered();
    let wanted = || Error::Internal("expected a buffer and functions".into());
    let hooks = hooks.iter().map(|hook| Reference::weak(Js::of(&env), *hook));
    let mut hooks = hooks.collect::<Option<Vec<_>>>().ok_or_else(wanted)?.into_iter();
    let (cells, copy, serve) = (hooks.next(), hooks.next(), hooks.next());
    let (Some(cells), Some(copy), Some(serve)) = (cells, copy, serve) else { return Err(wanted()) };
    let hooks = Hooks { copy, serve, shims: hooks.collect() };
    if hooks.shims.len() != linked.snippets.len() {
        return Err(wanted());
    }
    let signatures = linked.module.inspection.exports.iter().map(|export| &export.signature);
    let signatures = signatures.chain(linked.snippets.iter().map(|snippet| &snippet.signature));
    let widest = signatures.map(|signature| signature.params.len()).max().unwrap_or(0);
    let reentrant = linked.snippets.iter().map(|snippet| snippet.is_async || linked.abi == Abi::Reentrant);
    let streams = Arc::new(AtomicBool::new(false));
    let mut stdio = world.stdio(&bell, &streams);
    if linked.abi != Abi::None && linked.kind() == Kind::Reactor {
        stdio.stdin = stdio.stdin.hurried();
    }
    let js = Rc::new(NodeJs::new(Js::of(&env), hooks, reentrant.collect(), &cells, widest, streams)?);
    let state = HostState::new(
        wasi::build(&world.wasi(), &stdio)?,
        stdio.stdin.clone(),
        Limits::new(world.memory_limit()),
    );
    let guest = linked.instantiate(state, None);
    let mut guest = lend_js(Rc::clone(&js) as Rc<_>, || pollster::block_on(guest))?;
    js.memory.refresh(guest.memory());
    let instance = NodeInstance {
        js,
        linked: Arc::clone(linked),
        state: RefCell::new(State::Idle(Box::new(guest))),
        error: RefCell::new(None),
        bell,
        stdio,
    };
    Ok(NativeInstance { instance: Rc::new(instance) })
}
