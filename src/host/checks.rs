//! What a guest's checks ask: whether it goes on, and for how long.
//!
//! See Note [Checks] in [`super::weave`] for where they are, and Note [Slices] in [`super::control`] for what is decided.

use std::time::{Duration, Instant};

use wasmtime::{Caller, Func, Global, Instance, Ref, Store, UpdateDeadline, Val};

use super::sampler::sample;
use super::state::HostState;
use super::weave::{BUDGET, CHECKS, NEXT, START};

/// How long a budget should last: what a summons may have to wait for.
const TARGET: Duration = Duration::from_micros(50);
/// The least and the most that a budget is.
const LEAST: i32 = 128;
const MOST: i32 = 1 << 16;

/// How large budgets are. What is paid with them takes a nanosecond or a microsecond, so that they follow the clock.
#[derive(Debug)]
pub struct Pace {
    budget: i32,
    asked: Option<Instant>,
    pub(super) asking: Asking,
}

impl Default for Pace {
    fn default() -> Self {
        Self { budget: 1 << 13, asked: None, asking: Asking::default() }
    }
}

impl Pace {
    /// The next budget.
    fn renew(&mut self) -> i32 {
        let now = Instant::now();
        if let Some(before) = self.asked.replace(now) {
            let lasted = now - before;
            self.budget = if lasted > TARGET { self.budget / 4 } else { self.budget.saturating_mul(2) };
            self.budget = self.budget.clamp(LEAST, MOST);
        }
        self.budget
    }
}

/// Where an instance keeps what its checks look at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asking {
    /// What the guest has left of its budget, for guests with checks.
    left: Option<Global>,
    /// What a trampoline calls next, likewise.
    next: Option<Global>,
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
