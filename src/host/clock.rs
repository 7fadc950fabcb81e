//! A clock that stands still until somebody moves it: for tests, on whatever thread the guests are.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

static BEGINNING: Lazy<Instant> = Lazy::new(Instant::now);

/// The machine's monotonic clock, counted from when it was first asked for.
#[derive(Clone, Copy, Debug)]
pub struct MachineClock;

impl HostMonotonicClock for MachineClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        nanoseconds(BEGINNING.elapsed())
    }
}

/// Wall clock and monotonic clock of any number of guests. Clones share it.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    times: Mutex<Times>,
    moved: Notify,
}

#[derive(Clone, Copy, Debug)]
struct Times {
    /// Since 1970.
    wall: Duration,
    /// Since the clock was made.
    elapsed: Duration,
}

impl ManualClock {
    /// A clock that shows the time `wall` since 1970.
    pub fn new(wall: Duration) -> Self {
        let times = Mutex::new(Times { wall, elapsed: Duration::ZERO });
        Self(Arc::new(Shared { times, moved: Notify::new() }))
    }

    /// The time since 1970.
    pub fn wall(&self) -> Duration {
        self.times().wall
    }

    /// How far the clock was moved since it was made.
    pub fn elapsed(&self) -> Duration {
        self.times().elapsed
    }

    /// Moves both clocks on, and wakes whoever sleeps until then.
    pub fn advance(&self, by: Duration) {
        let mut times = self.times();
        times.wall = times.wall.saturating_add(by);
        times.elapsed = times.elapsed.saturating_add(by);
        drop(times);
        self.0.moved.notify_waiters();
    }

    /// Sets the wall clock, as a user of the machine does: what has elapsed stays as it is.
    pub fn set_wall(&self, wall: Duration) {
        self.times().wall = wall;
        self.0.moved.notify_waiters();
    }

    /// Ends when the clock is moved after this call.
    pub fn moved(&self) -> Notified<'_> {
        self.0.moved.notified()
    }

    /// A lock whose holder panicked is still a lock: the times are whole at every moment.
    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HostWallClock for ManualClock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        self.wall()
    }
}

impl HostMonotonicClock for ManualClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        nanoseconds(self.elapsed())
    }
}

/// A duration as WASI counts it.
pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_told_of_every_move() {
        let clock = ManualClock::new(Duration::from_secs(5));
        for (wall, elapsed) in [(7, 2), (9, 4)] {
            let moved = clock.moved();
            clock.clone().advance(Duration::from_secs(2));
            moved.await;
            assert_eq!((clock.wall().as_secs(), clock.elapsed().as_secs()), (wall, elapsed));
        }
    }

    #[test]
    fn setting_the_time_is_no_passing_of_time() {
        let clock = ManualClock::new(Duration::ZERO);
        clock.advance(Duration::from_secs(1));
        clock.set_wall(Duration::from_secs(100));
        assert_eq!((clock.wall().as_secs(), clock.elapsed().as_secs()), (100, 1));
    }

    #[test]
    fn a_clock_ends_rather_than_overflows() {
        let clock = ManualClock::new(Duration::MAX);
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.wall(), Duration::MAX);
        assert_eq!(nanoseconds(clock.wall()), u64::MAX);
    }
}
