//! How long to wait. All of it is exponential, since whoever waits does not know for what.

use crate::work::Millis;

/// The longest delay of a message (SQS Developer Guide, "Delay queues").
const LONGEST_DELAY_SECONDS: i64 = 900;

/// How long to wait for AWS to show a change, after so many times: two seconds, four, to a minute.
pub(crate) fn settling(attempts: u32) -> Millis {
    exponential(2_000, attempts, 60_000)
}

/// How long to wait after AWS, or the table, did not answer: five seconds, ten, to a quarter of an hour.
pub(crate) fn faulty(attempts: u32) -> Millis {
    exponential(5_000, attempts, 900_000)
}

fn exponential(first: Millis, attempts: u32, most: Millis) -> Millis {
    first.saturating_mul(1 << attempts.min(30)).min(most)
}

/// The delay of a message that is to be taken at a moment, in whole seconds, as far as a message can be
/// delayed.
pub(crate) fn delay(due: Millis, now: Millis) -> u32 {
    let seconds = due.saturating_sub(now).max(0).saturating_add(999) / 1000;
    u32::try_from(seconds.min(LONGEST_DELAY_SECONDS)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_most() {
        assert_eq!([0, 1, 5, 40].map(settling), [2_000, 4_000, 60_000, 60_000]);
        assert_eq!([0, 1, 40].map(faulty), [5_000, 10_000, 900_000]);
    }

    #[test]
    fn messages_come_late_rather_than_early() {
        assert_eq!(delay(10_001, 9_000), 2);
        assert_eq!(delay(5, 9_000), 0);
        assert_eq!(delay(i64::MAX, 0), 900);
    }
}
