//! How much of an account's IAM the hub uses: a bucket of calls for each account.
//!
//! IAM's limits are an account's, and its owners need them too. A look takes calls out of the bucket before it
//! reads AWS; if there are none, the calls that come next are set aside for it, and its job is delayed until
//! they are there. So no job comes twice for nothing, however many there are, and nobody waits in a function.

use crate::work::{Key, Millis};

/// How far ahead calls are set aside: as long as a message can be delayed (SQS Developer Guide, "Delay
/// queues").
pub const AHEAD: Millis = 900_000;

/// A bucket of calls. IAM publishes no limits, so that the defaults are ours: where AWS refuses calls all the
/// same, both are to be less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// How many calls are in a full one: as many as the roles of a large deployment need, so that these are
    /// looked at without delay.
    pub burst: u32,
    /// How many come in each second.
    pub per_second: u32,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { burst: 400, per_second: 20 }
    }
}

/// About how many calls one principal takes: a user four, and one for each policy that is not known.
const PRINCIPAL: u32 = 5;

/// About how many an account takes: a page for each thousand entries, and its credential report. Such a page is
/// more work for IAM than any other call.
const ACCOUNT: u32 = 20;

/// What a look takes, as the time in which that many calls come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The time in which the calls of the look come in.
    pub span: Millis,
    /// The time in which an empty bucket fills.
    pub burst: Millis,
}

impl Draft {
    /// What a look at a row takes; `whole` if a principal's account is read with it.
    pub(crate) fn of(key: &Key, whole: bool, bucket: Bucket) -> Self {
        let calls = match key {
            Key::Principal { .. } if !whole => PRINCIPAL,
            _ => ACCOUNT,
        };
        let millis = |calls: u32| Millis::from(calls) * 1000 / Millis::from(bucket.per_second.max(1));
        // What a look takes is never more than a bucket holds.
        let burst = millis(bucket.burst.max(calls));
        Self { span: millis(calls), burst }
    }

    /// What becomes of a bucket that will be full at `full`, if nobody takes anything: when the calls are
    /// there, and when it will be full then.
    pub fn take(self, full: Millis, now: Millis) -> (Grant, Millis) {
        let after = full.max(now).saturating_add(self.span);
        let moment = after.saturating_sub(self.burst).max(now);
        if moment - now > AHEAD { (Grant::NotBefore(now + AHEAD), full) } else { (Grant::At(moment), after) }
    }

    /// Until when a bucket may be taken to be full, for its calls still to be set aside.
    pub fn most(self, now: Millis) -> Millis {
        now.saturating_add(AHEAD).saturating_add(self.burst).saturating_sub(self.span)
    }
}

/// What a bucket gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The calls may be made from this moment on: they are set aside.
    At(Millis),
    /// Too much is set aside already: ask again at this moment.
    NotBefore(Millis),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> Key {
        Key::Principal { account: "1".to_owned(), kind: crate::work::Kind::Role, name: "r".to_owned() }
    }

    #[test]
    fn what_is_in_the_bucket_may_be_taken_at_once_and_the_rest_as_it_comes_in() {
        let draft = Draft::of(&role(), false, Bucket { burst: 10, per_second: 5 });
        let mut full = 0;
        let mut moments = Vec::new();
        for _ in 0..4 {
            let (grant, after) = draft.take(full, 100_000);
            full = after;
            moments.push(grant);
        }
        assert_eq!(moments, [100_000, 100_000, 101_000, 102_000].map(Grant::At));
        // A while later it is full again.
        assert_eq!(draft.take(full, 105_000).0, Grant::At(105_000));
    }

    #[test]
    fn not_more_is_set_aside_than_a_message_can_wait_for() {
        let draft = Draft::of(&role(), false, Bucket { burst: 5, per_second: 1 });
        let (mut full, mut granted) = (0, 0);
        while let (Grant::At(moment), after) = draft.take(full, 0) {
            assert!(moment <= AHEAD);
            (full, granted) = (after, granted + 1);
        }
        assert_eq!(granted, 1 + 180);
        assert!(full > draft.most(0) && full - draft.span <= draft.most(0));
        assert_eq!(draft.take(full, 0), (Grant::NotBefore(AHEAD), full));
        assert_eq!(draft.take(full, 5_000).0, Grant::At(905_000));
    }

    #[test]
    fn a_whole_account_takes_more_and_never_more_than_there_can_be() {
        let bucket = Bucket { burst: 1, per_second: 1 };
        let whole = Draft::of(&role(), true, bucket);
        assert!(whole.span > Draft::of(&role(), false, bucket).span);
        assert_eq!(whole.take(0, 7).0, Grant::At(7));
    }
}
