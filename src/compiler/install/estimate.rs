//! How long an install will still take, from how fast it has been.
//!
//! The recipe knows how many seconds each part took on the machine where it was measured; here is found how this
//! machine compares. Invariant: no estimate is given from less than a few seconds of evidence but the recipe's own.

use std::time::Duration;

/// The least of the recipe's seconds from which a speed is told.
const EVIDENCE_S: u32 = 10;

/// The speed of a running install.
#[derive(Debug, Default)]
pub(super) struct Estimate {
    /// The first report: when it came, and the recipe's seconds that were left.
    first: Option<(Duration, u32)>,
}

impl Estimate {
    /// What is left when `left` of the recipe's seconds are, `elapsed` after the start.
    pub(super) fn remaining(&mut self, elapsed: Duration, left: u32) -> Duration {
        let (began, all) = *self.first.get_or_insert((elapsed, left));
        let done = all.saturating_sub(left);
        let slowness = if done < EVIDENCE_S {
            1.0
        } else {
            (elapsed.saturating_sub(began)).as_secs_f64() / f64::from(done)
        };
        Duration::from_secs_f64(f64::from(left) * slowness)
    }
}

/// What is left when `done` of `total` bytes took `elapsed`. Nothing before there is anything to tell from.
pub(super) fn rest(elapsed: Duration, done: u64, total: u64) -> Option<Duration> {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let share = done as f64 / total as f64;
    (share > 0.01).then(|| elapsed.mul_f64((1.0 - share.min(1.0)) / share))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn the_speed_so_far_is_that_of_the_rest() {
        let mut estimate = Estimate::default();
        assert_eq!(estimate.remaining(seconds(3), 200), seconds(200));
        assert_eq!(estimate.remaining(seconds(4), 195), seconds(195), "too early to tell");
        assert_eq!(estimate.remaining(seconds(203), 100), seconds(200), "half as fast");
        assert_eq!(estimate.remaining(seconds(403), 0), seconds(0));
    }
}
