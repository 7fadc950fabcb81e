//! Times that the start of a module has left in memory: where two starts, at two times, differ.

use crate::host::contents::{PAGE, differing};

const WORD: usize = size_of::<u64>();
const SECOND: u64 = 1_000_000_000;

/// What the clock of the first start shows, in nanoseconds, and of the second: neither the seconds nor what is beyond them are the same, and
/// nothing else is likely to differ by as much.
pub(super) const CLOCKS: [u64; 2] = [1_234_567_123_456_789, 987_655_555_698_765_432];

/// A time in memory, as seconds and nanoseconds that have passed since the time that is put there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// An `i64` that counts nanoseconds.
    Nanoseconds { at: usize, since: u64 },
    /// C's `timespec`: an `i64` that counts seconds, and nanoseconds of the next in an `i32`.
    Timespec { at: usize, since: u64 },
}

impl Time {
    /// What differs in two memories whose starts saw [`CLOCKS`]; nothing if not all of it is times.
    pub(super) fn all(first: &[u8], second: &[u8]) -> Option<Vec<Self>> {
        if first.len() != second.len() {
            return None;
        }
        let mut times: Vec<Self> = Vec::new();
        for page in differing(first, second) {
            let words = (page..first.len().min(page + PAGE)).step_by(WORD);
            for at in words.filter(|at| first[*at..][..WORD] != second[*at..][..WORD]) {
                let is_known = times.last().is_some_and(|time| time.explains(first, second, at));
                if !is_known {
                    times.push(Self::read(first, second, at)?);
                }
            }
        }
        Some(times)
    }

    fn read(first: &[u8], second: &[u8], at: usize) -> Option<Self> {
        let before = u64::from_le_bytes(part(first, at));
        let apart = u64::from_le_bytes(part(second, at)).wrapping_sub(before);
        if apart == CLOCKS[1] - CLOCKS[0] {
            return Some(Self::Nanoseconds { at, since: before.wrapping_sub(CLOCKS[0]) });
        }
        let fractions = [first, second].map(|memory| u32::from_le_bytes(part(memory, at + WORD)));
        let is_timespec = apart == CLOCKS[1] / SECOND - CLOCKS[0] / SECOND
            && fractions.map(u64::from) == CLOCKS.map(|clock| clock % SECOND);
        is_timespec.then(|| Self::Timespec { at, since: before.wrapping_sub(CLOCKS[0] / SECOND) })
    }

    /// Whether the word at `other` differs for this time, and for nothing else.
    fn explains(self, first: &[u8], second: &[u8], other: usize) -> bool {
        let behind = |memory| -> [u8; size_of::<u32>()] { part(memory, other + size_of::<u32>()) };
        matches!(self, Self::Timespec { at, .. } if at + WORD == other) && behind(first) == behind(second)
    }

    /// Puts the time `now`, in nanoseconds, where the clock of the start was put.
    pub(super) fn put(self, memory: &mut [u8], now: u64) {
        match self {
            Self::Nanoseconds { at, since } => {
                memory[at..][..WORD].copy_from_slice(&now.wrapping_add(since).to_le_bytes());
            }
            Self::Timespec { at, since } => {
                memory[at..][..WORD].copy_from_slice(&(now / SECOND).wrapping_add(since).to_le_bytes());
                let fraction = u32::try_from(now % SECOND).expect("less than a second");
                memory[at + WORD..][..size_of::<u32>()].copy_from_slice(&fraction.to_le_bytes());
            }
        }
    }
}

/// A part of a memory; what is beyond its end is zero.
fn part<const N: usize>(memory: &[u8], at: usize) -> [u8; N] {
    memory.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of memory with these words, as the two starts leave it.
    fn memories(words: [[u64; 3]; 2]) -> [Vec<u8>; 2] {
        words.map(|words| {
            let mut memory = vec![0; PAGE];
            for (place, word) in words.into_iter().enumerate() {
                memory[PAGE / 2 + place * WORD..][..WORD].copy_from_slice(&word.to_le_bytes());
            }
            memory
        })
    }

    fn found(words: [[u64; 3]; 2]) -> Option<Vec<Time>> {
        let [first, second] = memories(words);
        Time::all(&first, &second)
    }

    const AT: usize = PAGE / 2;

    /// A word of two halves.
    fn with(high: u64, low: u64) -> u64 {
        high * (1 << 32) + low
    }

    #[test]
    fn times_are_found_and_moved_in_the_form_that_they_have() {
        let words = CLOCKS.map(|clock| [clock - 9, clock / SECOND, with(5, clock % SECOND)]);
        let times = found(words).expect("times");
        let expected = [
            Time::Nanoseconds { at: AT, since: 9_u64.wrapping_neg() },
            Time::Timespec { at: AT + WORD, since: 0 },
        ];
        assert_eq!(times, expected);
        let [mut memory, _] = memories(words);
        for time in times {
            time.put(&mut memory, 7_000_000_030);
        }
        assert_eq!(memory, memories([[7_000_000_021, 7, with(5, 30)]; 2])[0]);
        assert_eq!(found([[1, 2, 3]; 2]), Some(vec![]));
    }

    #[test]
    fn what_else_differs_is_no_time() {
        let [first, second] = CLOCKS;
        let seconds = |clock| clock / SECOND;
        for (one, other) in [
            ([1, 0, 0], [2, 0, 0]),
            ([first * 2, 0, 0], [second * 2, 0, 0]),
            ([first / 1000, 0, 0], [second / 1000, 0, 0]),
            // A part of a time alone, though it be beside a time.
            ([first % SECOND, 0, 0], [second % SECOND, 0, 0]),
            ([seconds(first), 0, 0], [seconds(second), 0, 0]),
            ([first, first % SECOND, 0], [second, second % SECOND, 0]),
            // What stands behind it differs too.
            ([seconds(first), with(5, first % SECOND), 0], [seconds(second), with(6, second % SECOND), 0]),
            ([seconds(first), first % SECOND, 1], [seconds(second), second % SECOND, 2]),
        ] {
            assert_eq!(found([one, other]), None, "{one:?} {other:?}");
        }
        assert_eq!(Time::all(&[0; PAGE], &[0; 2 * PAGE]), None, "sizes differ");
    }
}
