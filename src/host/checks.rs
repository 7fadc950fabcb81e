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
    /// What the guest has left of it, for guests with checks.
    left: Option<Global>,
    /// What a trampoline calls next, likewise.
    next: Option<Global>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { budget: 1 << 13, asked: None, left: None, next: None }
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

/// Lets the checks of a new instance find what they ask, and then runs its start function.
pub(super) async fn begin(store: &mut Store<HostState>, instance: &Instance) -> wasmtime::Result<()> {
    let Some(table) = instance.get_table(&mut *store, CHECKS) else { return Ok(()) };
    let check = Func::wrap_async(&mut *store, |mut caller: Caller<'_, HostState>, ()| {
        let next = caller.data().pace.next;
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
    store.data_mut().pace.left = instance.get_global(&mut *store, BUDGET);
    store.data_mut().pace.next = instance.get_global(&mut *store, NEXT);
    if let Some(start) = instance.get_func(&mut *store, START) {
        start.typed::<(), ()>(&*store)?.call_async(&mut *store, ()).await?;
    }
    Ok(())
}

/// Makes a guest ask as soon as the import returns that it is calling. One that calls JavaScript from a worker spends its budget many
/// hundred times slower than it was made for, and would hop all that time.
pub fn ask_next(caller: &mut Caller<'_, HostState>) {
    if let Some(left) = caller.data().pace.left {
        left.set(caller, Val::I32(0)).ok();
    }
}
