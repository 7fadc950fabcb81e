//! Guests move to better code while they live.
//!
//! # Note [Moving to better code]
//!
//! A module that nobody has loaded before begins with code that is there soon ([`super::tier::Tier::Quick`]); better code is made
//! meanwhile. A guest in which no call is under way is no more than its memory, its variable globals and what the host knows of
//! it: no code of it is on any stack. So between two calls it can move: an instance is made of the better code, memory and globals
//! are moved into it, and the host's state goes along. JavaScript sees nothing of it but that the buffer of the memory is another one, as when
//! the memory grows.
//!
//! Tables are not copied: a guest moves only if none of its code, and nobody else, can change one, so that those of a new instance are
//! the same. That, and that every variable global can be reached, is found out when checks are woven in
//! ([`super::weave::state`]). Both codes are woven from the same file, so the globals have the same numbers; what is in the
//! queue's memory was handed over before or goes along with the table of keys, and grants are given anew.

use wasmtime::{Global, InstancePre};
use wasmtime_wasi::WasiCtxBuilder;

use super::checks::let_ask;
use super::contents::{Mapped, move_contents};
use super::guest::{GuestInstance, open};
use super::limits::Limits;
use super::module::Module;
use super::state::HostState;
use super::stdio::InputPipe;
use super::weave::state;

impl GuestInstance {
    /// Whether all of its state can be moved.
    pub fn can_move(&mut self) -> bool {
        self.instance.get_global(&mut self.store, &state(0)).is_some()
    }

    /// Moves to the code of `pre`, which was made of the same `module`. If that fails, which lack of memory may cause, the guest is as it
    /// was.
    ///
    /// # Errors
    /// What wasmtime says.
    ///
    /// # Panics
    /// If `pre` is of another module.
    pub fn move_to(&mut self, pre: &InstancePre<HostState>, module: &Module) -> wasmtime::Result<()> {
        let nothing = InputPipe::bytes(Vec::new());
        // In the place of the guest's, and at the end in the old one.
        let stand_in = HostState::new(WasiCtxBuilder::new().build_p1(), nothing, Limits::new(None));
        let mut store = open(pre, module, stand_in)?;
        let instance = pollster::block_on(pre.instantiate_async(&mut store))?;
        let memories = match &module.inspection.memory {
            Some(name) => {
                let from = self.instance.get_memory(&mut self.store, name);
                let both = from.zip(instance.get_memory(&mut store, name));
                Some(both.ok_or_else(|| wasmtime::format_err!("a memory that is shared stays where it is"))?)
            }
            None => None,
        };
        if let Some((from, to)) = memories {
            let pages = from.size(&self.store) - to.size(&store);
            pollster::block_on(to.grow_async(&mut store, pages))?;
        }
        for number in 0.. {
            let name = state(number);
            let Some(from) = self.instance.get_global(&mut self.store, &name) else { break };
            let to: Global = instance.get_global(&mut store, &name).expect("both are of the same file");
            let value = from.get(&mut self.store);
            to.set(&mut store, value)?;
        }
        let asking = let_ask(&mut store, &instance)?;
        // From here on nothing fails.
        if let Some((from, to)) = memories {
            let data_end = module.inspection.data_end;
            move_contents((&mut self.store, from), (&mut store, to), Mapped { data_end, bytes: self.mapped });
        }
        let way_back = std::mem::take(&mut store.data_mut().way_back);
        std::mem::swap(self.store.data_mut(), store.data_mut());
        let state = store.data_mut();
        state.pace.asking = asking;
        state.way_back = way_back;
        let mapped = self.mapped;
        *self = Self::of(store, instance, module);
        self.mapped = mapped;
        Ok(())
    }
}
