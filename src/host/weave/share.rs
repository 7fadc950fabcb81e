//! Work on many things, shared by some threads.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many things a thread takes at once.
const PART: usize = 128;
/// More threads than that have nothing to gain here.
const MOST_THREADS: usize = 8;

/// What `work` makes of each thing and its place, in their order. The threads have the priority of the one that calls, which those of a
/// pool would not.
pub(super) fn each<T: Sync, R: Send>(things: &[T], work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            let places = part * PART..things.len().min((part + 1) * PART);
            if places.is_empty() {
                return done;
            }
            done.push((part, places.map(|place| work(place, &things[place])).collect::<Vec<R>>()));
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS);
    let mut parts = thread::scope(|scope| {
        let others = threads.min(things.len() / PART);
        // Where no thread can be started, this one does everything.
        let start = |_| thread::Builder::new().spawn_scoped(scope, take).ok();
        let others: Vec<_> = (1..others).filter_map(start).collect();
        let mut parts = take();
        for other in others {
            parts.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        parts
    });
    parts.sort_unstable_by_key(|(part, _)| *part);
    parts.into_iter().flat_map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_done_once_and_in_order() {
        for count in [0, 1, PART - 1, PART, 5 * PART + 7] {
            let things: Vec<usize> = (0..count).collect();
            let made = each(&things, |place, thing| (place, *thing * 2));
            assert_eq!(made, things.iter().map(|thing| (*thing, thing * 2)).collect::<Vec<_>>());
        }
    }
}
