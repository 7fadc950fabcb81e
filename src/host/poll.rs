//! `poll_oneoff` by a clock that somebody moves.
//!
//! wasmtime-wasi asks a clock that it was given for the time, but sleeps by the machine's. So where there is a
//! [`ManualClock`], subscriptions to clocks are ours, and only those to descriptors are wasmtime-wasi's.

use wasmtime::{AsContextMut, Caller};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p1::types::{
    Clockid, Errno, Event, EventFdReadwrite, Eventrwflags, Eventtype, Subclockflags, Subscription,
    SubscriptionClock, SubscriptionU,
};
use wasmtime_wasi::p1::wasi_snapshot_preview1::{self as preview1, WasiSnapshotPreview1};
use wiggle::{GuestMemory, GuestPtr, GuestType};

use super::clock::{ManualClock, nanoseconds};
use super::preview1::memory;
use super::state::HostState;

/// WASI's `poll_oneoff`.
pub(super) async fn poll_oneoff(
    mut caller: Caller<'_, HostState>,
    (subscriptions, events, count, result): (i32, i32, i32, i32),
) -> wasmtime::Result<i32> {
    let memory = memory(&mut caller)?;
    let fuel = caller.as_context_mut().hostcall_fuel();
    let (bytes, state) = memory.data_and_store_mut(&mut caller);
    let mut bytes = GuestMemory::Unshared(bytes);
    state.wasi.set_hostcall_fuel(fuel);
    let clock = match &state.clock {
        Some(clock) if count != 0 => clock.clone(),
        _ => {
            return preview1::poll_oneoff(&mut state.wasi, &mut bytes, subscriptions, events, count, result)
                .await;
        }
    };
    let outcome = match read(&bytes, subscriptions, count, &clock) {
        Ok(wanted) => wanted.wait(&mut state.wasi, &clock).await?,
        Err(errno) => Err(errno),
    };
    let errno = match outcome.and_then(|ready| write(&mut bytes, events, result, &ready)) {
        Ok(()) => Errno::Success,
        Err(errno) => errno,
    };
    Ok(errno as i32)
}

/// What a guest waits for.
#[derive(Default)]
struct Wanted {
    /// When a clock's subscription is due, in the clock's nanoseconds, with its `userdata`.
    timers: Vec<(u64, u64)>,
    descriptors: Vec<Subscription>,
}

fn read(memory: &GuestMemory<'_>, at: i32, count: i32, clock: &ManualClock) -> Result<Wanted, Errno> {
    let mut wanted = Wanted::default();
    for subscription in pointer::<Subscription>(at).as_array(count.cast_unsigned()).iter() {
        let subscription = subscription.and_then(|at| memory.read(at)).map_err(|_| Errno::Fault)?;
        match &subscription.u {
            SubscriptionU::Clock(timer) => wanted.timers.push((due(timer, clock)?, subscription.userdata)),
            _ => wanted.descriptors.push(subscription),
        }
    }
    Ok(wanted)
}

/// When a subscription is due, in nanoseconds that have elapsed by the clock.
fn due(timer: &SubscriptionClock, clock: &ManualClock) -> Result<u64, Errno> {
    let now = nanoseconds(clock.elapsed());
    let absolute = timer.flags.contains(Subclockflags::SUBSCRIPTION_CLOCK_ABSTIME);
    match timer.id {
        Clockid::Monotonic if absolute => Ok(timer.timeout),
        Clockid::Realtime if absolute => {
            Ok(now.saturating_add(timer.timeout.saturating_sub(nanoseconds(clock.wall()))))
        }
        Clockid::Monotonic | Clockid::Realtime => Ok(now.saturating_add(timer.timeout)),
        Clockid::ProcessCputimeId | Clockid::ThreadCputimeId => Err(Errno::Inval),
    }
}

impl Wanted {
    /// Waits until something is ready, and gives the events.
    async fn wait(
        &self,
        wasi: &mut WasiP1Ctx,
        clock: &ManualClock,
    ) -> wasmtime::Result<Result<Vec<Event>, Errno>> {
        loop {
            let moved = clock.moved();
            let now = nanoseconds(clock.elapsed());
            let timers = self.timers.iter().filter(|(due, _)| *due <= now);
            let mut ready: Vec<Event> = timers.map(|(_, userdata)| event(*userdata)).collect();
            if self.descriptors.is_empty() {
                if !ready.is_empty() {
                    return Ok(Ok(ready));
                }
                moved.await;
                continue;
            }
            let at_once = !ready.is_empty();
            let others = tokio::select! {
                biased;
                others = self.ask(wasi, at_once) => others?,
                () = moved, if !at_once => continue,
            };
            return Ok(others.map(|others| {
                ready.extend(others);
                ready
            }));
        }
    }

    /// wasmtime-wasi's word on the descriptors; with `at_once` it does not wait for them.
    async fn ask(&self, wasi: &mut WasiP1Ctx, at_once: bool) -> wasmtime::Result<Result<Vec<Event>, Errno>> {
        const SUBSCRIPTION: u32 = 48;
        const EVENT: u32 = 32;
        let no_wait = Subscription {
            userdata: 0,
            u: SubscriptionU::Clock(SubscriptionClock {
                id: Clockid::Monotonic,
                timeout: 0,
                precision: 0,
                flags: Subclockflags::empty(),
            }),
        };
        let asked: Vec<_> = self.descriptors.iter().chain(at_once.then_some(&no_wait)).collect();
        let count = u32::try_from(asked.len())?;
        // A memory of their own: subscriptions, events, the number of events.
        let (events, number) = (SUBSCRIPTION * count, (SUBSCRIPTION + EVENT) * count);
        let mut bytes = vec![0; number as usize + 8];
        let mut memory = GuestMemory::Unshared(&mut bytes);
        for (at, subscription) in (0..).step_by(SUBSCRIPTION as usize).zip(asked) {
            memory.write(GuestPtr::new(at), subscription.clone())?;
        }
        let cast = u32::cast_signed;
        let polled =
            preview1::poll_oneoff(wasi, &mut memory, 0, cast(events), cast(count), cast(number)).await?;
        if polled != 0 {
            return Ok(Err(Errno::try_from(polled)?));
        }
        let number: u32 = memory.read(GuestPtr::new(number))?;
        let events = GuestPtr::<Event>::new(events).as_array(number);
        let events = events.iter().map(|at| memory.read(at?)).collect::<Result<Vec<_>, _>>()?;
        Ok(Ok(events.into_iter().filter(|event| event.type_ != Eventtype::Clock).collect()))
    }
}

fn event(userdata: u64) -> Event {
    let fd_readwrite = EventFdReadwrite { nbytes: 0, flags: Eventrwflags::empty() };
    Event { userdata, error: Errno::Success, type_: Eventtype::Clock, fd_readwrite }
}

fn write(memory: &mut GuestMemory<'_>, at: i32, result: i32, ready: &[Event]) -> Result<(), Errno> {
    let count = u32::try_from(ready.len()).map_err(|_| Errno::Overflow)?;
    let events = pointer::<Event>(at).as_array(count);
    for (at, event) in events.iter().zip(ready) {
        at.and_then(|at| memory.write(at, event.clone())).map_err(|_| Errno::Fault)?;
    }
    memory.write(pointer(result), count).map_err(|_| Errno::Fault)
}

fn pointer<T: GuestType>(at: i32) -> GuestPtr<T> {
    GuestPtr::new(at.cast_unsigned())
}
