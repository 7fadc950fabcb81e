//! An instantiated module, and the calls into it.

use std::rc::Rc;
use std::sync::Arc;

use wasmtime::{AsContext, AsContextMut, Caller, Instance, InstancePre, Store};

use super::checks::{begin, sample};
use super::exports::Exports;
use super::keys::{LOOK_UP, stale};
use super::module::Module;
use super::origin::WayBack;
use super::port::{Cell, Guest, JsHost, MemoryView, lend_js, low_bits};
use super::snapshot::Unstarted;
use super::state::HostState;
use super::tier::Tier;
use super::trap::classify;
use super::wait::finish;
use super::weave::{CHECKS, QUEUE};
use crate::error::{Error, Result};

/// A store with an instance in it.
pub struct GuestInstance {
    pub(super) store: Store<HostState>,
    pub(super) instance: Instance,
    /// As in the store, where they cannot be borrowed while it is used.
    exports: Arc<Exports>,
    queue: Option<MemoryView>,
    /// Until it has started, if it may begin in a snapshot.
    unstarted: Option<Box<Unstarted>>,
    /// How much of its memory is a mapped snapshot, in bytes.
    pub(super) mapped: usize,
}

impl std::fmt::Debug for GuestInstance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuestInstance").finish_non_exhaustive()
    }
}

impl GuestInstance {
    /// Instantiates. Nothing of the guest has run yet but its start function, which GHC's have not.
    /// From then on the guest does what the state's [`super::control::Control`] says.
    ///
    /// # Errors
    /// Whatever the start function ran into, or a memory limit below the module's minimum.
    pub async fn new(pre: &InstancePre<HostState>, module: &Module, mut state: HostState) -> Result<Self> {
        if module.inspection.memories == 1 {
            state.limits.report = Some(Arc::clone(&state.control));
        }
        let mut store = open(pre, module, state)?;
        let instantiated = pre.instantiate_async(&mut store).await;
        let instance = instantiated.map_err(|error| Self::end(&store, &error))?;
        let begun = begin(&mut store, &instance).await;
        begun.map_err(|error| Self::end(&store, &error))?;
        let mut guest = Self::of(store, instance, module);
        guest.unstarted = Unstarted::new(pre, module, guest.store.data()).map(Box::new);
        let state = guest.store.data();
        if let (Some(_), Some(memory), Some(control)) = (guest.queue, state.memory, &state.limits.report) {
            // Only the guest's own counts.
            control.set_memory_bytes(memory.data_size(&guest.store));
        }
        Ok(guest)
    }

    /// A guest that has begun.
    pub(super) fn of(mut store: Store<HostState>, instance: Instance, module: &Module) -> Self {
        let exports = Arc::new(Exports::of(&mut store, &instance, &module.inspection.exports));
        let memory = module.inspection.memory.as_ref();
        let memory = memory.and_then(|name| instance.get_memory(&mut store, name));
        let queue = instance.get_memory(&mut store, QUEUE);
        let queue = queue.map(|memory| MemoryView {
            base: memory.data_ptr(&store) as usize,
            bytes: memory.data_size(&store),
        });
        let state = store.data_mut();
        state.exports = Arc::clone(&exports);
        state.memory = memory;
        if let Some(queue) = queue {
            state.keys.move_to(queue);
        }
        Self { store, instance, exports, queue, unstarted: None, mapped: 0 }
    }

    /// Calls an export. The future may be polled on any thread where what the guest imports can be served.
    ///
    /// # Errors
    /// Whatever ended the call; the guest is unusable then.
    pub async fn call(&mut self, export: u32, args: &[Cell]) -> Result<Cell> {
        let mut starts = None;
        if let Some(unstarted) = self.unstarted.take().filter(|unstarted| unstarted.is_started_by(export)) {
            let restored = unstarted.restore(&mut self.store, &self.instance);
            if let Some(mapped) = restored.map_err(|error| Self::end(&self.store, &error))? {
                self.mapped = mapped;
                self.store.data().control.set_copy();
                return Ok(0);
            }
            starts = Some(unstarted);
        }
        let called = call(&mut self.store, &self.exports, export, args).await;
        let result = called.map_err(|error| Self::end(&self.store, &error))?;
        if let Some(unstarted) = starts {
            unstarted.has_started();
        }
        Ok(result)
    }

    /// The memory in which the guest takes note of calls, if it does: see Note [The woven queue] in `super::weave::post`.
    /// It moves with the guest only.
    pub fn queue(&self) -> Option<MemoryView> {
        self.queue
    }

    /// Which its machine code was made for.
    pub fn tier(&self) -> Tier {
        Tier::of(self.store.engine())
    }

    /// How much the guest may still execute; 0 if nothing counts it.
    pub fn fuel(&self) -> u64 {
        self.store.get_fuel().unwrap_or_default()
    }

    /// Sets how much the guest may execute from now on, if that is counted.
    pub fn set_fuel(&mut self, fuel: u64) {
        self.store.set_fuel(fuel).ok();
    }

    /// The state of the store.
    pub fn state(&mut self) -> &mut HostState {
        self.store.data_mut()
    }

    fn end(store: &Store<HostState>, error: &wasmtime::Error) -> Error {
        let limits = &store.data().limits;
        match classify(error, &store.data().way_back) {
            Error::Exit(code) if limits.memory_refused => {
                memory_limit(limits.memory_bytes, &format!("exited with code {code}"))
            }
            Error::Trap { message, .. } if limits.memory_refused => {
                memory_limit(limits.memory_bytes, &message)
            }
            other => other,
        }
    }
}

/// A store for an instance of `module`, which is about to be made by `pre`.
///
/// # Errors
/// Fuel for code that does not count it.
pub(super) fn open(
    pre: &InstancePre<HostState>,
    module: &Module,
    mut state: HostState,
) -> Result<Store<HostState>> {
    // A module that counts what it executes has no checks of ours.
    let woven_for = pre.module().get_export(CHECKS).map(|_| Tier::of(pre.module().engine()));
    state.way_back = WayBack::new(Arc::clone(&module.origin), woven_for);
    let fuel = state.fuel;
    let mut store = Store::new(pre.module().engine(), state);
    if let Some(fuel) = fuel {
        store.set_fuel(fuel).map_err(|error| Error::Internal(error.to_string()))?;
    }
    store.limiter(|state| &mut state.limits);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut context| {
        sample(&mut context, None);
        let state = context.data();
        state.control.tick(state.depth > 1)
    });
    Ok(store)
}

fn memory_limit(bytes: usize, outcome: &str) -> Error {
    let message = format!("the guest needed more than memoryLimitBytes = {bytes} and {outcome}");
    Error::Limit { limit: "memory", message }
}

impl Guest for GuestInstance {
    fn call_export(&mut self, export: u32, args: &[Cell]) -> Result<Cell> {
        pollster::block_on(self.call(export, args))
    }

    fn reserve_key(&mut self) -> Result<u32> {
        reserve_key(self.store.data_mut())
    }

    fn memory(&mut self) -> Option<MemoryView> {
        memory(&self.store)
    }

    fn has_grown(&mut self) -> bool {
        std::mem::take(&mut self.store.data_mut().limits.grown)
    }

    fn grow_memory(&mut self, pages: u64) -> Result<u64> {
        grow_memory(&mut self.store, pages)
    }
}

/// The guest that is calling an import, lent to what the import calls.
pub struct CallerGuest<'a, 'b> {
    caller: &'a mut Caller<'b, HostState>,
    js: &'a Rc<dyn JsHost>,
}

impl<'a, 'b> CallerGuest<'a, 'b> {
    /// The guest behind `caller`, which has called `js`.
    pub fn new(caller: &'a mut Caller<'b, HostState>, js: &'a Rc<dyn JsHost>) -> Self {
        Self { caller, js }
    }
}

impl std::fmt::Debug for CallerGuest<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallerGuest").finish_non_exhaustive()
    }
}

impl Guest for CallerGuest<'_, '_> {
    /// Blocks the thread while the guest waits: there is JavaScript on the stack that cannot be left.
    fn call_export(&mut self, export: u32, args: &[Cell]) -> Result<Cell> {
        let state = self.caller.data();
        let (stdin, control, way_back) =
            (state.stdin.clone(), Arc::clone(&state.control), state.way_back.clone());
        let exports = Arc::clone(&state.exports);
        let call = call(&mut *self.caller, &exports, export, args);
        let called = lend_js(Rc::clone(self.js), || finish(call, &stdin, &control))?;
        called.map_err(|error| classify(&error, &way_back))
    }

    fn reserve_key(&mut self) -> Result<u32> {
        reserve_key(self.caller.data_mut())
    }

    fn memory(&mut self) -> Option<MemoryView> {
        memory(&*self.caller)
    }

    fn has_grown(&mut self) -> bool {
        std::mem::take(&mut self.caller.data_mut().limits.grown)
    }

    fn grow_memory(&mut self, pages: u64) -> Result<u64> {
        grow_memory(&mut *self.caller, pages)
    }
}

async fn call(
    mut store: impl AsContextMut<Data = HostState>,
    exports: &Exports,
    export: u32,
    args: &[Cell],
) -> wasmtime::Result<Cell> {
    let mut store = store.as_context_mut();
    store.data_mut().depth += 1;
    let (result, is_key) = exports.call(&mut store, export, args).await?;
    if is_key && !store.data().keys.is_live(low_bits(result)) {
        let wanted = "; an export was to give it to JavaScript";
        return Err(wasmtime::Error::new(stale(LOOK_UP, low_bits(result), wanted)));
    }
    let state = store.data_mut();
    state.depth -= 1;
    if state.depth == 0 {
        state.keys.end_transit();
    }
    Ok(result)
}

fn reserve_key(state: &mut HostState) -> Result<u32> {
    state.keys.reserve().ok_or_else(keys_exhausted)
}

/// The error for a table without a free slot.
pub fn keys_exhausted() -> Error {
    Error::Limit {
        limit: "memory",
        message: "the guest holds 2^24 JavaScript values, the most it can".into(),
    }
}

fn memory(store: impl AsContext<Data = HostState>) -> Option<MemoryView> {
    let store = store.as_context();
    let memory = store.data().memory?;
    Some(MemoryView { base: memory.data_ptr(&store) as usize, bytes: memory.data_size(&store) })
}

fn grow_memory(mut store: impl AsContextMut<Data = HostState>, pages: u64) -> Result<u64> {
    let mut store = store.as_context_mut();
    let memory = store.data().memory.ok_or_else(|| Error::Internal("the guest exports no memory".into()))?;
    let grown = pollster::block_on(memory.grow_async(&mut store, pages));
    grown.map_err(|error| Error::Limit { limit: "memory", message: error.to_string() })
}
