//! A snapshot of what an instance is when it has started, in which others begin.
//!
//! # Note [Snapshots]
//!
//! GHC's runtime starts in `_initialize`: it grows its memory seventy times and lays out its heap there, which takes a quarter of
//! the time and of the memory that an instance takes. What comes of it is the same each time, if the guest was given the same arguments,
//! environment and folders, but for what time it was. So when a module has been started twice for the same *world*, in the background it is
//! started twice more ([`take`]), with two clocks, and what it leaves is compared. What differs must be times ([`times`]): those are
//! where they are remembered. The rest is kept as an image ([`image`]). From then on a call of `_initialize` for that world maps the image into
//! the instance's memory, where all instances share what none of them writes, sets the variable globals, and puts in the time that it is.
//!
//! Pages that every guest writes soon it is given at once ([`take`] has the end of the runtime begun to find them). Linux would map them for
//! reading first, with those around, and to take that back costs an interrupt of all processors, for each page.
//!
//! That is as if `_initialize` had run, for while it is started in the background a module may only ask for arguments, environment, names of
//! folders, and the time. If it calls anything else, has state that cannot be reached (as in Note [Moving to better code] in
//! [`super::moving`]), or leaves something else that differs, there is no snapshot of it, and its instances start as ever.
//! No instance of the user's is ever looked at for it.
//!
//! It is done on Linux only, which has the means to map an image that is no file. Guests whose fuel is counted start as ever, since
//! that takes fuel.

mod image;
mod take;
mod times;

use std::sync::{Arc, Mutex};

use wasmtime::{Instance, InstancePre, Store, Val};

use self::image::Image;
use self::take::take;
use self::times::Time;
use super::background;
use super::control::lock;
use super::module::Module;
use super::state::HostState;
use super::wasi::WasiOptions;
use super::weave::state;

/// The function that starts a reactor.
const START: &str = "_initialize";

/// What an instance is that has started.
struct Snapshot {
    image: Image,
    globals: Vec<Val>,
    times: Vec<Time>,
}

/// For how many worlds it is kept what starts leave; the oldest gives way.
const MOST_WORLDS: usize = 4;

/// What is known of the starts of a module.
#[derive(Default)]
pub(super) struct Snapshots(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// For what an instance has started itself last.
    last: Option<Arc<WasiOptions>>,
    /// What it is when it has started for a world; nothing where that depends on more.
    taken: Vec<(Arc<WasiOptions>, Option<Arc<Snapshot>>)>,
    /// Whether a snapshot is being taken.
    is_busy: bool,
}

impl Known {
    fn of(&self, world: &WasiOptions) -> Option<&Option<Arc<Snapshot>>> {
        let known = self.taken.iter().find(|(known, _)| known.are_like(world));
        known.map(|(_, snapshot)| snapshot)
    }
}

/// An instance that has not started.
pub(super) struct Unstarted {
    module: Module,
    pre: InstancePre<HostState>,
    world: Arc<WasiOptions>,
    /// The number of [`START`].
    start: u32,
}

impl Unstarted {
    /// A new instance of `module`, made by `pre`, to which `state` was given; nothing if it starts as ever.
    pub(super) fn new(pre: &InstancePre<HostState>, module: &Module, state: &HostState) -> Option<Self> {
        let world = state.world.as_ref().filter(|_| state.fuel.is_none() && Image::ARE_POSSIBLE)?;
        let start = module.inspection.exports.iter().position(|export| export.name == START)?;
        Some(Self {
            module: module.clone(),
            pre: pre.clone(),
            world: Arc::clone(world),
            start: u32::try_from(start).ok()?,
        })
    }

    /// Whether a call of this export starts it.
    pub(super) fn is_started_by(&self, export: u32) -> bool {
        self.start == export
    }

    /// Makes the instance what it would be had it started, if there is a snapshot for its world. Gives how much of its memory was
    /// mapped for that, in bytes.
    ///
    /// # Errors
    /// Of the system. Then the instance is unusable.
    pub(super) fn restore(
        &self,
        store: &mut Store<HostState>,
        instance: &Instance,
    ) -> wasmtime::Result<Option<usize>> {
        let snapshot = lock(&self.module.snapshots.0).of(&self.world).cloned().flatten();
        snapshot.map_or(Ok(None), |snapshot| snapshot.restore(store, instance))
    }

    /// Takes note that the instance has started itself.
    pub(super) fn has_started(self) {
        let mut known = lock(&self.module.snapshots.0);
        if known.is_busy || known.of(&self.world).is_some() {
            return;
        }
        if !known.last.as_ref().is_some_and(|last| last.are_like(&self.world)) {
            known.last = Some(self.world);
            return;
        }
        known.is_busy = true;
        drop(known);
        background::does_briefly(move || {
            let snapshot = take(&self.pre, &self.module, &self.world).map(Arc::new);
            let mut known = lock(&self.module.snapshots.0);
            known.is_busy = false;
            if known.taken.len() == MOST_WORLDS {
                known.taken.remove(0);
            }
            known.taken.push((self.world, snapshot));
        });
    }
}

impl Snapshot {
    fn restore(&self, store: &mut Store<HostState>, instance: &Instance) -> wasmtime::Result<Option<usize>> {
        let HostState { memory, limits, .. } = store.data();
        // Where it does not fit, the guest cannot start either, and will say so.
        let Some(memory) = memory.filter(|_| self.image.bytes() <= limits.memory_bytes) else {
            return Ok(None);
        };
        let pages = (self.image.bytes() as u64 / memory.page_size(&*store)).checked_sub(memory.size(&*store));
        let Some(pages) = pages else { return Ok(None) };
        pollster::block_on(memory.grow_async(&mut *store, pages))?;
        let now = store.data().now();
        let bytes = memory.data_mut(&mut *store);
        self.image.map(bytes)?;
        for time in &self.times {
            time.put(bytes, now);
        }
        for (number, value) in self.globals.iter().enumerate() {
            let global = instance.get_global(&mut *store, &state(number));
            let global = global.ok_or_else(|| wasmtime::format_err!("both are of the same file"))?;
            global.set(&mut *store, *value)?;
        }
        Ok(Some(self.image.bytes()))
    }
}
