//! What a process has once: the engines, the ticker of slices, the tokio runtime.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use once_cell::sync::Lazy;
use tokio::runtime::{Builder, Handle, Runtime};
use wasmtime::{Config, Engine, OptLevel, RegallocAlgorithm, Strategy};

use super::space;
use crate::setting::Setting;

/// How deep a guest's own calls may go, in bytes of stack.
pub(super) const WASM_STACK_BYTES: usize = 1 << 20;
/// The stack of a fiber: the guest's part and a part for host functions, which must not overflow.
const FIBER_STACK_BYTES: usize = WASM_STACK_BYTES + (1 << 20);
/// The time between two ticks while a guest runs.
const TICK: Duration = Duration::from_millis(1);
/// How many ticks the ticker goes on when no guest runs.
const LINGER: u32 = 50;

/// How many threads the runtime has.
pub static WORKER_THREADS: Setting<usize> = Setting::new("configure.options.workerThreads", || {
    (thread::available_parallelism().map_or(2, NonZeroUsize::get), "its default, the number of processors")
});

/// How long a guest computes before it gives way, in milliseconds. A tick lasts one.
pub static SLICE_MS: Setting<u32> = Setting::new("configure.options.sliceMs", || (5, "its default"));

static ENGINE: Lazy<Engine> = Lazy::new(|| make(&config()));

/// Counts what guests execute, which costs them a fifth of their speed: for those only that have a limit on it.
/// They are interrupted by wasmtime's epochs: checks of ours would be counted.
static COUNTING: Lazy<Engine> = Lazy::new(|| make(config().consume_fuel(true).epoch_interruption(true)));

/// Makes code for every processor of this architecture; what it needs is the least that there is.
static PORTABLE: Lazy<Engine> = Lazy::new(|| {
    let mut config = config();
    config.target(env!("HS_WASM_TARGET")).expect("the compiler of this crate knows the target too");
    make(&config)
});

/// Makes code in a third of the processor time, which runs at less than half the speed: Winch's. Cranelift still makes the ways in, one
/// for each function in a table, and makes them quickly. Winch does not know every processor.
static QUICK: Lazy<Option<Engine>> = Lazy::new(|| {
    let mut config = config();
    config
        .strategy(Strategy::Winch)
        .cranelift_opt_level(OptLevel::None)
        .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    Engine::new(&config).ok()
});

fn config() -> Config {
    let mut config = Config::new();
    config
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(FIBER_STACK_BYTES)
        // Which of the branches that were woven in are rare.
        .wasm_branch_hinting(true)
        .wasm_backtrace_max_frames(NonZeroUsize::new(64))
        // Nobody unwinds through guests, and without the tables a .cwasm is a third smaller.
        .native_unwind_info(false);
    space::economise(&mut config);
    config
}

fn make(config: &Config) -> Engine {
    Engine::new(config).expect("the configuration is a constant, valid on every supported target")
}

static RUNTIME: Lazy<Runtime> = Lazy::new(|| {
    Builder::new_multi_thread()
        .worker_threads(*WORKER_THREADS.get())
        .thread_name("hs-wasm")
        .enable_all()
        .build()
        .expect("a process that cannot start threads cannot run guests")
});

/// How many guests are running; the ticker sleeps some time after there are none.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);
/// Whether the ticker ticks.
static AWAKE: AtomicBool = AtomicBool::new(false);
/// How often it has ticked.
static TICKS: AtomicU64 = AtomicU64::new(0);

static TICKER: Lazy<thread::Thread> = Lazy::new(|| {
    let handle = thread::Builder::new().name("hs-wasm-ticks".into()).spawn(tick);
    handle.expect("a process that cannot start threads cannot run guests").thread().clone()
});

/// Ticks while guests run and a little longer: to wake the ticker for every short call would cost more than the call.
fn tick() {
    let mut idle = 0;
    loop {
        idle = if ACTIVE.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
        if idle > LINGER {
            AWAKE.store(false, Ordering::SeqCst);
            // Who became active in between has seen that we sleep, or is seen by us.
            if ACTIVE.load(Ordering::SeqCst) == 0 {
                thread::park();
            }
            AWAKE.store(true, Ordering::SeqCst);
            idle = 0;
        }
        thread::sleep(TICK);
        TICKS.fetch_add(1, Ordering::Relaxed);
        kick();
    }
}

/// The clock of slices: about one tick each millisecond while guests run.
pub fn ticks() -> u64 {
    TICKS.load(Ordering::Relaxed)
}

/// Makes every guest that counts what it executes look whether it has to give way. The others look often enough by themselves.
pub fn kick() {
    if let Some(counting) = Lazy::get(&COUNTING) {
        counting.increment_epoch();
    }
}

/// The engine of guests whose fuel is limited; their modules are compiled once more.
pub fn counting_engine() -> &'static Engine {
    &COUNTING
}

/// The engine that every module of this process is compiled for.
pub fn engine() -> &'static Engine {
    &ENGINE
}

/// The engine whose code can be taken to another processor. [`engine`] runs it.
pub fn portable_engine() -> &'static Engine {
    &PORTABLE
}

/// The engine whose code is there soonest, where there is one. Modules that it does not understand are for [`engine`].
pub fn quick_engine() -> Option<&'static Engine> {
    QUICK.as_ref()
}

/// The runtime that waits (timers, files, processes) and runs the guests that need no JavaScript.
pub fn runtime() -> &'static Runtime {
    &RUNTIME
}

/// Makes this thread find [`runtime`] as long as it lives. WASI's timers and files want a runtime where they are polled,
/// and to enter it for each call would cost more than the call.
pub fn stay_entered() {
    if Handle::try_current().is_err() {
        std::mem::forget(runtime().enter());
    }
}

/// While one of these lives, the ticker ticks.
#[derive(Debug)]
pub struct Active(());

impl Active {
    /// Starts the ticker if it sleeps.
    pub fn new() -> Self {
        ACTIVE.fetch_add(1, Ordering::SeqCst);
        if !AWAKE.load(Ordering::SeqCst) {
            TICKER.unpark();
        }
        Self(())
    }
}

impl Default for Active {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        ACTIVE.fetch_sub(1, Ordering::SeqCst);
    }
}
