//! Times that the start of a module has left in memory: where two starts, at two times, differ.

/// How many bytes are compared at once before it is looked at which differ.
const PAGE: usize = 4096;
const WORD: usize = size_of::<u64>();
const SECOND: u64 = 1_000_000_000;

/// What the clock of the first start shows, in nanoseconds, and of the second. They are whole seconds apart, and nothing else
/// is likely to differ by as much.
pub(super) const CLOCKS: [u64; 2] =
    [1_234_567 * SECOND + FRACTION, (1_234_567 + SECONDS_APART) * SECOND + FRACTION];
const FRACTION: u64 = 123_456_789;
const SECONDS_APART: u64 = 987_654_321;

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
        let mut times = Vec::new();
        let pages = first.chunks(PAGE).zip(second.chunks(PAGE)).enumerate();
        for (page, _) in pages.filter(|(_, (first, second))| first != second) {
            let words = (page * PAGE..first.len().min((page + 1) * PAGE)).step_by(WORD);
            for at in words.filter(|at| first[*at..][..WORD] != second[*at..][..WORD]) {
                times.push(Self::read(first, second, at)?);
            }
        }
        Some(times)
    }

    fn read(first: &[u8], second: &[u8], at: usize) -> Option<Self> {
        let [before, after] = [first, second].map(|memory| u64::from_le_bytes(part(memory, at)));
        let apart = after.wrapping_sub(before);
        if apart == CLOCKS[1] - CLOCKS[0] {
            return Some(Self::Nanoseconds { at, since: before.wrapping_sub(CLOCKS[0]) });
        }
        let has_fraction = |memory| u64::from(u32::from_le_bytes(part(memory, at + WORD))) == FRACTION;
        let is_timespec = apart == SECONDS_APART && has_fraction(first) && has_fraction(second);
        is_timespec.then(|| Self::Timespec { at, since: before.wrapping_sub(CLOCKS[0] / SECOND) })
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
