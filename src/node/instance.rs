//! The cold side of an instance: making it, and everything that is not a call. The hot side is [`super::calls`].
#![expect(clippy::needless_pass_by_value, reason = "what crosses from JavaScript is owned")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use napi::bindgen_prelude::{Buffer, BufferSlice, Object, This, Uint32Array, Unknown};
use napi::{Env, JsValue};
use napi_derive::napi;
use serde_json::{Map, Value, json};

use super::calls::{Home, NodeInstance, State, closed};
use super::js::{Hooks, NodeJs};
use super::module::NativeModule;
use super::outcome::Outcome;
use super::queue::Queue;
use super::raw::{self, Hot, Js, Reference};
use super::stdio::WorldOptions;
use super::tier::Code;
use super::wake::{Bell, NativeLoop};
use crate::error::{Error, Result};
use crate::host::control::Control;
use crate::host::desk::Desk;
use crate::host::engine::{SLICE_MS, stay_entered};
use crate::host::fuel::Gauge;
use crate::host::guest::GuestInstance;
use crate::host::inspect::Kind;
use crate::host::limits::Limits;
use crate::host::port::Guest;
use crate::host::sampler::Sampler;
use crate::host::state::HostState;
use crate::host::wasi::{self, Stdio};
use crate::jsffi::link::{Abi, Linked};

/// An instance of a module.
#[napi]
pub struct NativeInstance {
    instance: Rc<NodeInstance>,
}

#[napi]
impl NativeInstance {
    /// The hot functions `[enter, resume, reserve, depart]`; see Note [The hot road] in [`super`].
    #[napi(ts_return_type = "Array<(number: number) => number | undefined>")]
    pub fn hot(&self, env: Env) -> napi::Result<Vec<Unknown<'static>>> {
        let hot: [Hot<NodeInstance>; 4] =
            [NodeInstance::enter, NodeInstance::resume, NodeInstance::reserve, NodeInstance::depart];
        hot.map(|hot| raw::hot_function(Js::of(&env), Rc::clone(&self.instance), hot)).into_iter().collect()
    }

    /// The record of what made the last hot function fail.
    #[napi]
    pub fn take_error(&self) -> Option<Value> {
        self.instance.error.borrow_mut().take().map(|error| explained(&error, &self.instance.linked))
    }

    /// Slots whose values JavaScript is to let go.
    #[napi]
    pub fn take_released(&self) -> Uint32Array {
        let take = |guest: &mut GuestInstance| guest.state().keys.take_released(usize::MAX).collect();
        Uint32Array::new(match &mut *self.instance.state.borrow_mut() {
            State::Idle(guest) => take(guest),
            _ => Vec::new(),
        })
    }

    /// Takes what the guest wrote to descriptor `fd` (1 or 2), as `forward` and `capture` keep it; nothing if there is none.
    #[napi]
    pub fn take_output<'env>(&self, env: &'env Env, fd: u32) -> napi::Result<Option<BufferSlice<'env>>> {
        self.instance.js.streams.store(false, Ordering::Release);
        take(env, &self.instance.stdio, fd)
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

    /// The end of what the guest wrote to stderr.
    #[napi]
    pub fn last_words(&self) -> String {
        self.instance.stdio.stderr.last_words()
    }

    /// Makes the guest's writes fail as into a closed pipe.
    #[napi]
    pub fn close_output(&self, fd: u32) {
        let stdio = &self.instance.stdio;
        if fd == 2 { stdio.stderr.close() } else { stdio.stdout.close() }
    }

    /// `memory.buffer`. A guest that is away stands still first, until the event loop turns.
    #[napi(ts_return_type = "ArrayBuffer | null")]
    pub fn buffer(&self, this: This<'_, Object<'_>>) -> Option<Unknown<'static>> {
        self.instance.halt();
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
        let mut gauge = self.instance.gauge.borrow_mut();
        let (jsvals, fuel) = match &mut *self.instance.state.borrow_mut() {
            State::Idle(guest) => {
                let fuel = gauge.as_mut().map(|gauge| gauge.read(guest));
                (Some(guest.state().keys.claimed()), fuel)
            }
            _ => (None, None),
        };
        json!({
            "jsvals": jsvals,
            "memoryBytes": self.instance.js.memory.bytes(),
            "fuel": fuel,
            "tier": self.instance.code.tier(),
            "migrations": self.instance.migrations.get(),
            "isCopy": self.instance.control.is_copy(),
        })
    }

    /// Makes the guest stop with a time limit's error when so many milliseconds have passed, if it computes then.
    #[napi]
    pub fn stop_after(&self, after_ms: f64, message: String) {
        let error = Error::Limit { limit: "time", message };
        self.instance.control.stop_after(Duration::from_secs_f64(after_ms.max(0.0) / 1000.0), error);
    }

    /// Ends that wish.
    #[napi]
    pub fn go_on(&self) {
        self.instance.control.go_on();
    }

    /// Limits what the guest executes from the next call on; gives the limit's number, or nothing if this guest's fuel is
    /// not counted.
    #[napi]
    pub fn limit_fuel(&self, fuel: f64) -> Option<u32> {
        self.instance.gauge.borrow_mut().as_mut().map(|gauge| gauge.limit(whole(fuel)))
    }

    /// Ends such a limit.
    #[napi]
    pub fn lift_fuel(&self, number: u32) {
        if let Some(gauge) = &mut *self.instance.gauge.borrow_mut() {
            gauge.lift(number);
        }
    }

    /// Begins to take CPU samples, with at least so many milliseconds between two.
    #[napi]
    pub fn sample(&self, interval_ms: f64) {
        self.instance.sampler.begin(Duration::from_secs_f64(interval_ms / 1000.0));
    }

    /// Ends that, and gives what was seen.
    #[napi]
    pub fn take_samples(&self) -> Option<Value> {
        seen(&self.instance.sampler, &self.instance.linked)
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

/// What a guest has written, copied into memory of V8: that is given back as soon as V8 finds that nobody has it, and
/// memory of ours a turn of the event loop after that.
pub(super) fn take<'env>(env: &'env Env, stdio: &Stdio, fd: u32) -> napi::Result<Option<BufferSlice<'env>>> {
    let taken = if fd == 2 { stdio.stderr.take() } else { stdio.stdout.take() };
    if taken.is_empty() { Ok(None) } else { BufferSlice::copy_from(env, taken).map(Some) }
}

/// What a sampler has seen of a guest of `linked`, with Haskell's names for GHC's symbols and labels, and places in the source.
pub(super) fn seen(sampler: &Sampler, linked: &Linked) -> Option<Value> {
    let mut taken = sampler.end()?;
    let names = linked.names();
    for (function, name) in &mut taken.names {
        *name = names.name(*function).unwrap_or_else(|| std::mem::take(name));
    }
    let functions = taken.names.keys();
    let places =
        functions.filter_map(|function| Some((function.to_string(), json!(names.place(*function)?))));
    let places: Map<String, Value> = places.collect();
    let mut seen = json!(taken);
    seen["places"] = Value::Object(places);
    Some(seen)
}

/// The record of an error, whose frames are functions of `linked`, with their places in the source.
pub(super) fn explained(error: &Error, linked: &Linked) -> Value {
    let mut record = error.record();
    let frames = record.get_mut("frames").and_then(Value::as_array_mut);
    if let Some(frames) = frames.filter(|frames| !frames.is_empty()) {
        let names = linked.names();
        for frame in frames {
            let index = frame["index"].as_u64().and_then(|index| u32::try_from(index).ok());
            let Some(index) = index else { continue };
            if let Some(name) = names.name(index) {
                frame["function"] = json!(name);
            }
            if let Some(place) = names.place(index) {
                frame["source"] = json!(place);
            }
        }
    }
    record
}

/// How an instance runs.
#[napi(object)]
pub struct RunningOptions {
    /// `auto`, `main` or `worker`.
    pub thread: String,
    /// What a guest may compute on the JavaScript thread at a time, in milliseconds.
    pub slice_ms: Option<u32>,
    /// What a call into the guest may take, in milliseconds.
    pub timeout_ms: Option<f64>,
    /// What the guest may execute; [`NativeModule::prepare_fuel`] comes first.
    pub fuel: Option<f64>,
    /// For each snippet whether its calls are queued: see [`super::queue`].
    pub deferred: Vec<u32>,
}

/// A whole number from JavaScript, which has checked that it is one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be a safe integer >= 0"
)]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
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

/// Instantiates `module`. `hooks` are the `ArrayBuffer`s of cells and of the queue, the function that copies a value, the one that
/// serves the streams, and one shim for each snippet.
#[napi(ts_return_type = "any")]
pub fn instantiate(
    env: Env,
    module: &NativeModule,
    world: WorldOptions,
    running: RunningOptions,
    bells: &NativeLoop,
    id: u32,
    hooks: Vec<Unknown<'_>>,
) -> Outcome<NativeInstance> {
    Outcome(create(env, &module.linked, &world, &running, bells.bell(id), &hooks))
}

fn create(
    env: Env,
    linked: &Arc<Linked>,
    world: &WorldOptions,
    running: &RunningOptions,
    bell: Arc<Bell>,
    hooks: &[Unknown<'_>],
) -> Result<NativeInstance> {
    stay_entered();
    let wanted = || Error::Internal("expected a buffer and functions".into());
    let hooks = hooks.iter().map(|hook| Reference::weak(Js::of(&env), *hook));
    let mut hooks = hooks.collect::<Option<Vec<_>>>().ok_or_else(wanted)?.into_iter();
    let (cells, queue, copy, serve) = (hooks.next(), hooks.next(), hooks.next(), hooks.next());
    let (Some(cells), Some(queue), Some(copy), Some(serve)) = (cells, queue, copy, serve) else {
        return Err(wanted());
    };
    let queue = Queue::new(Js::of(&env), &queue, &running.deferred)?;
    let hooks = Hooks { queue, copy, serve, shims: hooks.collect() };
    if hooks.shims.len() != linked.snippets.len() || running.deferred.len() != linked.snippets.len() {
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
    let control = Control::default();
    let control = Arc::new(match running.timeout_ms {
        Some(ms) => control.limited(Duration::from_secs_f64(ms / 1000.0)),
        None => control,
    });
    let desk = Desk::new(Arc::clone(&control), bell.notice());
    let given = world.wasi();
    let wasi = wasi::build(&given, &stdio)?;
    let mut state = HostState::new(wasi, stdio.stdin.clone(), Limits::new(world.memory_limit()))
        .with_clock(world.clock());
    state.world = Some(Arc::new(given));
    state.control = Arc::clone(&control);
    state.desk = Some(Arc::clone(&desk));
    let sampler = world.sampler();
    state.sampler = Arc::clone(&sampler);
    state.fuel = running.fuel.map(whole);
    let gauge = state.fuel.map(Gauge::new);
    let guest = linked.instantiate(state);
    let mut guest = js.lend(|| pollster::block_on(guest))?;
    js.queue().attach(linked, guest.queue());
    js.memory.refresh(guest.memory());
    let code = Code::of(&mut guest);
    let instance = NodeInstance {
        js,
        linked: Arc::clone(linked),
        state: RefCell::new(State::Idle(Box::new(guest))),
        error: RefCell::new(None),
        waker: bell.waker(),
        bell,
        stdio,
        buried: RefCell::default(),
        control,
        desk,
        home: match running.thread.as_str() {
            "main" => Home::Main,
            "worker" => Home::Worker,
            _ => Home::Auto,
        },
        slice: running.slice_ms.unwrap_or_else(|| *SLICE_MS.get()).into(),
        warm: Cell::new(false),
        homing: Cell::new(false),
        code,
        gauge: RefCell::new(gauge),
        sampler,
        migrations: Cell::new(0),
    };
    Ok(NativeInstance { instance: Rc::new(instance) })
}
