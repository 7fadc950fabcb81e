//! When a running guest has to give way, and when it has to stop.
//!
//! # Note [Slices]
//!
//! A guest that computes asks [`Control::tick`] about every 50 µs what to do (Note [Checks] in [`super::weave`]); one that counts what it
//! executes, when the epoch changes: each millisecond, or at a [`super::engine::kick`]. It goes on, it *gives way* (its fiber is suspended
//! and whoever polls it gets control back) or it stops with an error. What it may do before it gives way depends on where
//! it runs: on the JavaScript thread it has a slice, after which it moves to a worker; on a worker it has a turn, after which other
//! guests have theirs; and where somebody waits on the stack below for its result, it never gives way.
//!
//! Slices are counted in ticks, which costs nothing to read when a call begins; limits are times, and are compared at each tick.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use wasmtime::UpdateDeadline;

use super::engine::{kick, ticks};
use crate::error::Error;

/// What a guest may compute on a worker before others there have their turn, in ticks.
const TURN: u64 = 5;
/// No limit.
const NEVER: u64 = u64::MAX;

/// See [`end`].
static ENDING: AtomicBool = AtomicBool::new(false);

static BEGINNING: Lazy<Instant> = Lazy::new(Instant::now);

/// Says that the process is about to end. Nobody can hear any more of what a guest computes on a worker, and a process that ends waits
/// for threads of Node and V8 that want a processor too. So guests on workers give way and do not go on by themselves; who
/// wants a value of one fetches it as ever.
pub fn end() {
    ENDING.store(true, Ordering::Relaxed);
    kick();
}

/// Where a guest runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Place {
    /// On a thread that needs its result: it never gives way.
    Pinned,
    /// On the JavaScript thread, for a slice.
    Slice,
    /// On a worker.
    Worker,
}

/// Why a guest gave way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Gave {
    /// It did not: it waits for something.
    No,
    /// Its slice or its turn is over.
    Spent,
    /// It was summoned.
    Summoned,
}

/// What is shared between a guest and those who run it. All of it may be used from any thread.
#[derive(Debug)]
pub struct Control {
    place: AtomicU8,
    until: AtomicU64,
    summoned: AtomicBool,
    gave: AtomicU8,
    /// When to stop, in nanoseconds since [`BEGINNING`].
    stop_at: AtomicU64,
    stop_as: Mutex<Option<Error>>,
    /// The most that one call into the guest may take, in nanoseconds, and when the present one has to stop.
    most: AtomicU64,
    call_ends_at: AtomicU64,
    memory_bytes: AtomicUsize,
    is_copy: AtomicBool,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            place: AtomicU8::new(Place::Pinned as u8),
            until: AtomicU64::new(0),
            summoned: AtomicBool::new(false),
            gave: AtomicU8::new(Gave::No as u8),
            stop_at: AtomicU64::new(NEVER),
            stop_as: Mutex::new(None),
            most: AtomicU64::new(NEVER),
            call_ends_at: AtomicU64::new(NEVER),
            memory_bytes: AtomicUsize::new(0),
            is_copy: AtomicBool::new(false),
        }
    }
}

impl Control {
    /// For a guest that lives on workers.
    pub fn on_worker() -> Self {
        let control = Self::default();
        control.begin(Place::Worker, TURN);
        control
    }

    /// Says that the guest is about to be polled at `place`, where it may compute for so many ticks. Where it is polled by who
    /// would summon it, nobody is waiting for it.
    pub fn begin(&self, place: Place, slice: u64) {
        if place != Place::Worker {
            self.summoned.store(false, Ordering::Relaxed);
        }
        self.place.store(place as u8, Ordering::Relaxed);
        self.until.store(ticks() + slice, Ordering::Relaxed);
        self.gave.store(Gave::No as u8, Ordering::Relaxed);
    }

    /// Says that the guest is about to be polled on a worker.
    pub fn begin_turn(&self) {
        self.begin(Place::Worker, TURN);
    }

    /// Why the last poll was pending.
    pub fn gave(&self) -> Gave {
        match self.gave.load(Ordering::Relaxed) {
            spent if spent == Gave::Spent as u8 => Gave::Spent,
            summoned if summoned == Gave::Summoned as u8 => Gave::Summoned,
            _ => Gave::No,
        }
    }

    /// Makes the guest give way as soon as it can: within some tens of microseconds, if it computes.
    pub fn summon(&self) {
        self.summoned.store(true, Ordering::Release);
        kick();
    }

    /// Ends a summons; `true` if there was one.
    pub fn end_summons(&self) -> bool {
        self.summoned.swap(false, Ordering::AcqRel)
    }

    /// For a guest no call into which may take longer than `most`.
    #[must_use]
    pub fn limited(self, most: Duration) -> Self {
        self.most.store(nanoseconds(most), Ordering::Relaxed);
        self
    }

    /// Says that a call into the guest begins.
    pub fn begin_call(&self) {
        let most = self.most.load(Ordering::Relaxed);
        if most != NEVER {
            self.call_ends_at.store(now().saturating_add(most), Ordering::Release);
        }
    }

    /// Makes the guest stop with `error` when `after` has passed, if it computes then. Takes the place of an earlier wish.
    pub fn stop_after(&self, after: Duration, error: Error) {
        *lock(&self.stop_as) = Some(error);
        self.stop_at.store(now().saturating_add(nanoseconds(after)), Ordering::Release);
        if after.is_zero() {
            kick();
        }
    }

    /// Ends the wish of [`Self::stop_after`].
    pub fn go_on(&self) {
        self.stop_at.store(NEVER, Ordering::Release);
    }

    /// The error with which the guest has to stop, if it has to.
    pub fn overdue(&self) -> Option<Error> {
        let (stop_at, call_ends_at) = self.ends();
        if stop_at.min(call_ends_at) == NEVER {
            return None;
        }
        let now = now();
        if now >= stop_at {
            return lock(&self.stop_as).clone();
        }
        // Who limits a call by itself knows better than the instance's own limit.
        (stop_at == NEVER && now >= call_ends_at).then(|| {
            let most = Duration::from_nanos(self.most.load(Ordering::Relaxed));
            Error::Limit {
                limit: "time",
                message: format!("a call into the guest took longer than timeoutMs = {}", most.as_millis()),
            }
        })
    }

    /// How long a thread may wait for the guest, if there is a limit.
    pub fn time_left(&self) -> Option<Duration> {
        let (stop_at, call_ends_at) = self.ends();
        let at = if stop_at == NEVER { call_ends_at } else { stop_at };
        (at != NEVER).then(|| Duration::from_nanos(at.saturating_sub(now())))
    }

    fn ends(&self) -> (u64, u64) {
        (self.stop_at.load(Ordering::Acquire), self.call_ends_at.load(Ordering::Acquire))
    }

    /// How large the guest's only memory is; 0 if it has several or none.
    pub fn memory_bytes(&self) -> usize {
        self.memory_bytes.load(Ordering::Acquire)
    }

    /// Takes note of the size of the guest's only memory.
    pub(super) fn set_memory_bytes(&self, bytes: usize) {
        self.memory_bytes.store(bytes, Ordering::Release);
    }

    /// Whether the guest began in a snapshot instead of starting itself: see Note [Snapshots] in `super::snapshot`.
    pub fn is_copy(&self) -> bool {
        self.is_copy.load(Ordering::Acquire)
    }

    pub(super) fn set_copy(&self) {
        self.is_copy.store(true, Ordering::Release);
    }

    /// What a guest has to do that asks, with or without other calls of it on the stack below.
    pub(super) fn tick(&self, nested: bool) -> wasmtime::Result<UpdateDeadline> {
        if let Some(error) = self.overdue() {
            return Err(wasmtime::Error::new(error));
        }
        let place = self.place.load(Ordering::Relaxed);
        if nested || place == Place::Pinned as u8 {
            return Ok(UpdateDeadline::Continue(1));
        }
        let is_away = place == Place::Worker as u8;
        let is_over = is_away && ENDING.load(Ordering::Relaxed);
        let gave = if self.summoned.load(Ordering::Acquire) {
            Gave::Summoned
        } else if is_over || ticks() >= self.until.load(Ordering::Relaxed) {
            Gave::Spent
        } else {
            return Ok(UpdateDeadline::Continue(1));
        };
        self.gave.store(gave as u8, Ordering::Relaxed);
        // On a worker others have their turn and then it goes on; elsewhere somebody decides what becomes of it.
        let goes_on = gave == Gave::Spent && is_away && !is_over;
        if goes_on {
            self.until.store(ticks() + TURN, Ordering::Relaxed);
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(GiveWay { goes_on, gave_way: false })))
    }
}

/// Pending once.
struct GiveWay {
    goes_on: bool,
    gave_way: bool,
}

impl Future for GiveWay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.gave_way {
            return Poll::Ready(());
        }
        self.gave_way = true;
        if self.goes_on {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(NEVER)
}

fn now() -> u64 {
    nanoseconds(BEGINNING.elapsed())
}

/// A lock whose holder panicked is still a lock: what it guards is whole at every moment.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn continues(control: &Control, nested: bool) -> bool {
        matches!(control.tick(nested), Ok(UpdateDeadline::Continue(_)))
    }

    #[test]
    fn a_guest_that_somebody_waits_for_never_gives_way() {
        let control = Control::default();
        control.begin(Place::Pinned, 0);
        control.summon();
        assert!(continues(&control, false));
        assert_eq!(control.gave(), Gave::No);
    }

    #[test]
    fn a_spent_slice_and_a_summons_are_told_apart() {
        let control = Control::default();
        control.begin(Place::Slice, 0);
        assert!(continues(&control, true), "not with JavaScript on the stack below");
        assert!(!continues(&control, false));
        assert_eq!(control.gave(), Gave::Spent);
        control.begin(Place::Slice, 1_000_000);
        assert!(continues(&control, false));
        control.summon();
        assert!(!continues(&control, false));
        assert_eq!(control.gave(), Gave::Summoned);
        assert!(control.end_summons());
        assert!(!control.end_summons());
    }

    #[test]
    fn a_limit_holds_everywhere_until_it_is_lifted() {
        let control = Control::default();
        control.stop_after(Duration::from_secs(1000), Error::Aborted);
        assert!(continues(&control, true));
        assert!(control.time_left().is_some());
        control.stop_after(Duration::ZERO, Error::Aborted);
        assert!(control.tick(true).is_err());
        control.go_on();
        assert!(continues(&control, true));
        assert_eq!(control.time_left(), None);
    }

    #[test]
    fn the_limit_of_a_call_begins_with_the_call() {
        let control = Control::default().limited(Duration::from_millis(1));
        std::thread::sleep(Duration::from_millis(2));
        assert!(continues(&control, false));
        control.begin_call();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(control.overdue().as_ref().map(Error::code), Some("ERR_HS_LIMIT"));
        control.begin_call();
        assert!(control.time_left().is_some());
    }
}
