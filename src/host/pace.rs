//! How often a guest's checks ask.

use std::time::{Duration, Instant};

use wasmtime::Global;

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
    pub(super) fn renew(&mut self) -> i32 {
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
    pub(super) left: Option<Global>,
    /// What a trampoline calls next, likewise.
    pub(super) next: Option<Global>,
}
