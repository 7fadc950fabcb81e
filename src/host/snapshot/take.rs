//! Two starts of a module, of which a snapshot is made.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::{InstancePre, Linker, Val};

use super::image::Image;
use super::times::{CLOCKS, Time};
use super::{START, Snapshot, state};
use crate::host::clock::ManualClock;
use crate::host::contents::{PAGE, WASM_PAGE, differing};
use crate::host::control::Control;
use crate::host::guest::GuestInstance;
use crate::host::limits::Limits;
use crate::host::linker::base;
use crate::host::module::Module;
use crate::host::preview1::WASI;
use crate::host::state::HostState;
use crate::host::stdio::{InputPipe, OutputPipe};
use crate::host::wasi::{Stdio, WasiOptions, build};

/// What a module may call while it starts. What comes of them is said by the world, or is a time.
const ANSWERED: [&str; 7] = [
    "args_get",
    "args_sizes_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_prestat_dir_name",
    "fd_prestat_get",
];

/// What ends GHC's runtime.
const END: &str = "hs_exit";

/// How many of the variable globals are the host's own: those of the budget and of what comes next.
const OURS: usize = 2;
/// How long a start may take, and how large a memory it may leave.
const MOST_TIME: Duration = Duration::from_secs(2);
const MOST_BYTES: usize = 64 << 20;

/// What times of the day the starts see. What depends on them is told from what depends on [`CLOCKS`].
const DAYS: [Duration; 2] = [Duration::new(1_000_000_007, 1), Duration::new(1_555_555_551, 444_444_443)];

/// What an instance of `pre` is when it has started; nothing if that depends on more than `world`.
pub(super) fn take(pre: &InstancePre<HostState>, module: &Module, world: &WasiOptions) -> Option<Snapshot> {
    let pre = strict(pre).ok()?;
    let [first, second] = [0, 1].map(|which| started(&pre, module, world, which));
    let (mut first, mut second) = (first?, second?);
    let globals = variables(&mut first)?;
    if globals.iter().map(bits).ne(variables(&mut second)?.iter().map(bits)) {
        return None;
    }
    let memory = bytes(&first)?;
    let times = Time::all(memory, bytes(&second)?)?;
    let is_whole = memory.len().is_multiple_of(WASM_PAGE);
    // What any call writes, this does, too; it soon asks for something that it does not get, which is all the same.
    call(&mut second, END).ok();
    let written = parts(differing(memory, bytes(&second)?));
    let image = is_whole.then(|| Image::new(memory, written).ok())??;
    Some(Snapshot { image, globals, times })
}

/// The same with imports that refuse what is not in [`ANSWERED`].
fn strict(pre: &InstancePre<HostState>) -> wasmtime::Result<InstancePre<HostState>> {
    let code = pre.module();
    let mut linker: Linker<HostState> = base(code.engine());
    linker.allow_shadowing(true);
    for import in code.imports() {
        let is_answered = import.module() == WASI && ANSWERED.contains(&import.name());
        if let (Some(ty), false) = (import.ty().func(), is_answered) {
            linker.func_new(import.module(), import.name(), ty.clone(), |_, _, _| {
                Err(wasmtime::format_err!("what comes of it may not be the same for all instances"))
            })?;
        }
    }
    linker.instantiate_pre(code)
}

/// An instance that has started, by the clock and on the day of this number.
fn started(
    pre: &InstancePre<HostState>,
    module: &Module,
    world: &WasiOptions,
    which: usize,
) -> Option<GuestInstance> {
    let clock = ManualClock::new(DAYS[which]);
    clock.advance(Duration::from_nanos(CLOCKS[which]));
    let world = WasiOptions { clock: Some(clock.clone()), ..world.clone() };
    let input = InputPipe::bytes(Vec::new());
    let stdio = Stdio { stdin: input.clone(), stdout: OutputPipe::ignore(), stderr: OutputPipe::ignore() };
    let wasi = build(&world, &stdio).ok()?;
    let mut state = HostState::new(wasi, input, Limits::new(Some(MOST_BYTES))).with_clock(Some(clock));
    state.control = Arc::new(Control::default().limited(MOST_TIME));
    let mut guest = pollster::block_on(GuestInstance::new(pre, module, state)).ok()?;
    guest.state().control.begin_call();
    call(&mut guest, START).ok()?;
    // By us, not by whoever makes the instances.
    let is_refused = guest.state().limits.memory_refused;
    (!is_refused).then_some(guest)
}

/// Calls an export without parameters and results. Where it fails nobody is told where, which takes milliseconds to find out.
fn call(GuestInstance { store, instance, .. }: &mut GuestInstance, name: &str) -> wasmtime::Result<()> {
    let function = instance.get_typed_func::<(), ()>(&mut *store, name)?;
    pollster::block_on(function.call_async(store, ()))
}

/// The variable globals that are a module's own, if its state can be reached: see Note [Moving to better code] in
/// [`crate::host::moving`].
fn variables(GuestInstance { store, instance, .. }: &mut GuestInstance) -> Option<Vec<Val>> {
    let global = |number| instance.get_global(&mut *store, &state(number));
    let globals: Vec<_> = (0..).map_while(global).collect();
    let own = globals.len().checked_sub(OURS)?;
    Some(globals[..own].iter().map(|global| global.get(&mut *store)).collect())
}

/// What a number is, if it is one.
fn bits(value: &Val) -> Option<u128> {
    match value {
        Val::I32(value) => Some(value.cast_unsigned().into()),
        Val::I64(value) => Some(value.cast_unsigned().into()),
        Val::F32(bits) => Some((*bits).into()),
        Val::F64(bits) => Some((*bits).into()),
        Val::V128(value) => Some(value.as_u128()),
        _ => None,
    }
}

fn bytes(GuestInstance { store, .. }: &GuestInstance) -> Option<&[u8]> {
    store.data().memory.map(|memory| memory.data(store))
}

/// Pages that begin here, as parts of a memory.
fn parts(pages: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for at in pages {
        match parts.last_mut().filter(|part| part.end == at) {
            Some(part) => part.end += PAGE,
            None => parts.push(at..at + PAGE),
        }
    }
    parts
}
