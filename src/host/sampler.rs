//! CPU samples: what is on a guest's stack when one of its checks asks (Note [Checks] in [`super::weave`]), at most once in an interval.
//!
//! A guest that is not sampled pays one load of an atomic for each question, which is asked about every 50 µs. What waits or calls
//! JavaScript asks nothing, so that samples are of what computes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;
use wasmtime::{FrameInfo, Global, StoreContextMut, Val, WasmBacktrace};

use super::control::lock;
use super::origin::WayBack;

/// Samples a guest from [`Sampler::begin`] to [`Sampler::end`]. May be used from any thread.
#[derive(Debug, Default)]
pub struct Sampler {
    on: AtomicBool,
    recording: Mutex<Option<Recording>>,
}

#[derive(Debug)]
struct Recording {
    began: Instant,
    interval: Duration,
    due: Instant,
    nodes: HashMap<Node, u32>,
    samples: Samples,
}

/// A stack: a call of a function, by the stack below it.
type Node = (Option<u32>, u32);

/// What was seen. Times are in milliseconds.
#[derive(Debug, Default, Serialize)]
pub struct Samples {
    /// When it began, since 1970.
    pub began: f64,
    /// How long it took.
    pub took: f64,
    /// The least time between two samples.
    pub interval: f64,
    /// When the samples were taken, since it began.
    pub times: Vec<f64>,
    /// The stack that was seen each time, as an index of `nodes`.
    pub stacks: Vec<u32>,
    /// Stacks: the index of the stack below, and the function on top.
    pub nodes: Vec<Node>,
    /// The names of those functions, by their indices.
    pub names: BTreeMap<u32, String>,
}

impl Sampler {
    /// Begins anew.
    pub fn begin(&self, interval: Duration) {
        let began = Instant::now();
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let samples =
            Samples { began: milliseconds(since), interval: milliseconds(interval), ..Samples::default() };
        *lock(&self.recording) =
            Some(Recording { began, interval, due: began, nodes: HashMap::new(), samples });
        self.on.store(true, Ordering::Release);
    }

    /// What was seen since it began; nothing if it has not.
    pub fn end(&self) -> Option<Samples> {
        self.on.store(false, Ordering::Release);
        let Recording { began, mut samples, .. } = lock(&self.recording).take()?;
        samples.took = milliseconds(began.elapsed());
        Some(samples)
    }

    /// Whether somebody wants samples.
    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.on.load(Ordering::Acquire)
    }

    /// Takes a sample of the guest in `store`, if it is time for one. `next` is the global with what a trampoline calls next.
    pub(super) fn take<T>(
        &self,
        mut store: StoreContextMut<'_, T>,
        next: Option<Global>,
        way_back: &WayBack,
    ) {
        let mut recording = lock(&self.recording);
        let now = Instant::now();
        if let Some(recording) = recording.as_mut().filter(|recording| now >= recording.due) {
            let in_table = next.and_then(|next| next.get(&mut store).i32()).unwrap_or_default();
            let trace = WasmBacktrace::force_capture(&store);
            recording.add(now, &trace, in_table.cast_unsigned(), way_back);
            if let Some(next) = next.filter(|_| in_table != 0) {
                // Any number that does not repeat itself soon.
                let turns = recording.samples.times.len().wrapping_mul(0x9E37_79B9) >> 16;
                next.set(&mut store, Val::I32(i32::try_from(turns & 0xF).unwrap_or_default())).ok();
            }
        }
    }
}

impl Recording {
    fn add(&mut self, now: Instant, trace: &WasmBacktrace, in_table: u32, way_back: &WayBack) {
        let mut stack = None;
        let own = |frame: &FrameInfo| way_back.function(frame.func_index(), frame.module_offset());
        for function in trace.frames().iter().rev().filter_map(own) {
            stack = Some(self.node(stack, function));
            self.samples.names.entry(function).or_insert_with(|| named(function, way_back.name(function)));
        }
        let next = way_back.in_table(in_table);
        if let Some((function, name)) = next {
            stack = Some(self.node(stack, function));
            self.samples.names.entry(function).or_insert_with(|| named(function, name));
        }
        let Some(stack) = stack else { return };
        self.samples.times.push(milliseconds(now - self.began));
        self.samples.stacks.push(stack);
        self.due = now + self.interval;
    }

    /// The stack of a call of `function` from `below`.
    fn node(&mut self, below: Option<u32>, function: u32) -> u32 {
        let nodes = &mut self.samples.nodes;
        *self.nodes.entry((below, function)).or_insert_with(|| {
            nodes.push((below, function));
            u32::try_from(nodes.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

fn named(function: u32, name: Option<&str>) -> String {
    name.map_or_else(|| format!("wasm-function[{function}]"), ToOwned::to_owned)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
