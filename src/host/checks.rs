//! What a guest's checks ask: whether it goes on, and for how long ([`super::pace`]).
//!
//! See Note [Checks] in [`super::weave`] for where they are, and Note [Slices] in [`super::control`] for what is decided.

use std::sync::Arc;

use wasmtime::{AsContextMut, Caller, Func, Global, Instance, Ref, Store, UpdateDeadline, Val};

use super::pace::Asking;
use super::state::HostState;
use super::weave::{BUDGET, CHECKS, NEXT, START};

/// Takes a sample of the guest that asks, if somebody wants one. `next` is the global with what a trampoline calls next.
pub(super) fn sample(mut store: impl AsContextMut<Data = HostState>, next: Option<Global>) {
    let state = store.as_context().data();
    if state.sampler.is_on() {
        let (sampler, way_back) = (Arc::clone(&state.sampler), state.way_back.clone());
        sampler.take(store.as_context_mut(), next, &way_back);
    }
}

/// Lets the checks of a new instance find what they ask. None of its code may run before [`HostState::pace`] knows where that is.
pub(super) fn let_ask(store: &mut Store<HostState>, instance: &Instance) -> wasmtime::Result<Asking> {
    let Some(table) = instance.get_table(&mut *store, CHECKS) else { return Ok(Asking::default()) };
    let check = Func::wrap_async(&mut *store, |mut caller: Caller<'_, HostState>, ()| {
        let next = caller.data().pace.asking.next;
        sample(&mut caller, next);
        let state = caller.data_mut();
        let decided = state.control.tick(state.depth > 1);
        let budget = state.pace.renew();
        Box::new(async move {
            if let UpdateDeadline::YieldCustom(_, gives_way) = decided? {
                gives_way.await;
            }
            Ok(budget)
        })
    });
    table.set(&mut *store, 0, Ref::Func(Some(check)))?;
    let [left, next] = [BUDGET, NEXT].map(|name| instance.get_global(&mut *store, name));
    Ok(Asking { left, next })
}

/// Lets the checks of a new instance find what they ask, and then runs its start function.
pub(super) async fn begin(store: &mut Store<HostState>, instance: &Instance) -> wasmtime::Result<()> {
    store.data_mut().pace.asking = let_ask(store, instance)?;
    if let Some(start) = instance.get_func(&mut *store, START) {
        start.typed::<(), ()>(&*store)?.call_async(&mut *store, ()).await?;
    }
    Ok(())
}

/// Makes a guest ask as soon as the import returns that it is calling. One that calls JavaScript from a worker spends its budget many
/// hundred times slower than it was made for, and would hop all that time.
pub fn ask_next(caller: &mut Caller<'_, HostState>) {
    if let Some(left) = caller.data().pace.asking.left {
        left.set(caller, Val::I32(0)).ok();
    }
}
