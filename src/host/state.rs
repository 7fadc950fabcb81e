//! The data of a store: what host functions need to know of the guest that calls them.

use wasmtime::Memory;
use wasmtime_wasi::HostMonotonicClock;
use wasmtime_wasi::p1::WasiP1Ctx;

use super::clock::{MachineClock, ManualClock};
use super::control::Control;
use super::desk::Desk;
use super::engine::Active;
use super::exports::Exports;
use super::keys::KeyTable;
use super::limits::Limits;
use super::origin::WayBack;
use super::pace::Pace;
use super::sampler::Sampler;
use super::stdio::InputPipe;
use super::wasi::WasiOptions;
use std::sync::Arc;

/// The `T` of every `Store<T>`.
pub struct HostState {
    /// WASI's own state: arguments, environment, descriptors.
    pub wasi: WasiP1Ctx,
    /// What descriptor 0 reads.
    pub stdin: InputPipe,
    /// The clock that sleepers go by, if it is not the machine's.
    pub clock: Option<ManualClock>,
    /// Memory bounds.
    pub limits: Limits,
    /// The JavaScript values this guest holds.
    pub keys: KeyTable,
    /// The exported memory, once instantiated.
    pub memory: Option<Memory>,
    /// The exported functions, once instantiated.
    pub exports: Arc<Exports>,
    /// Calls of exports that are on the stack now; 1 for the outermost.
    pub depth: u32,
    /// When this guest has to give way or to stop.
    pub control: Arc<Control>,
    /// How often it asks.
    pub pace: Pace,
    /// Where the code of its module was in the file.
    pub(super) way_back: WayBack,
    /// Where this guest asks for JavaScript when it is away from its thread; `None` where it never is.
    pub desk: Option<Arc<Desk>>,
    /// Whether the guest wants its `rts_schedulerLoop` to be called later, from a clean stack.
    pub schedule: bool,
    /// How much the guest may execute at first, as wasmtime counts; `None` if nothing counts it.
    pub fuel: Option<u64>,
    /// Sees what this guest computes, if somebody wants to know.
    pub sampler: Arc<Sampler>,
    /// What the guest was given, if it may begin in a snapshot: see Note [Snapshots] in `super::snapshot`.
    pub world: Option<Arc<WasiOptions>>,
    /// Keeps the ticker ticking.
    pub active: Option<Active>,
}

impl HostState {
    /// The state of a guest that has not been instantiated yet.
    pub fn new(wasi: WasiP1Ctx, stdin: InputPipe, limits: Limits) -> Self {
        Self {
            wasi,
            stdin,
            clock: None,
            limits,
            keys: KeyTable::default(),
            memory: None,
            exports: Arc::default(),
            depth: 0,
            control: Arc::default(),
            pace: Pace::default(),
            way_back: WayBack::default(),
            desk: None,
            schedule: false,
            fuel: None,
            sampler: Arc::default(),
            world: None,
            active: None,
        }
    }
    /// The same state with a clock that sleepers go by.
    #[must_use]
    pub fn with_clock(mut self, clock: Option<ManualClock>) -> Self {
        self.clock = clock;
        self
    }

    /// What its monotonic clock shows, in nanoseconds.
    pub(super) fn now(&self) -> u64 {
        self.clock.as_ref().map_or_else(|| MachineClock.now(), HostMonotonicClock::now)
    }
}
