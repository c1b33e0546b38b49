//! One account's many jobs, and another's only one: ten workers, and a queue that is fair or is not.

use std::collections::BTreeMap;

use stanchion_hub::budget::Bucket;
use stanchion_hub::evaluate::{Did, evaluate};
use stanchion_hub::memory::Posted;
use stanchion_hub::work::{Job, Kind};
use stanchion_hub::{Key, Millis, Table};

use crate::common::acts::Act;
use crate::common::desk::{Desk, done};
use crate::common::{PAYMENTS, SANDBOX, START};

/// How many jobs the busy account has.
const MANY: usize = 5_000;
/// How many workers there are.
const WORKERS: usize = 10;
/// How long a job takes that does not come to read AWS, and how long one that does.
const BRIEF: Millis = 50;
const LONG: Millis = 1_000;

fn role(account: &str, number: usize) -> Key {
    Key::Principal { account: account.to_owned(), kind: Kind::Role, name: format!("busy-{number}") }
}

/// A queue of SQS: when each message is to be seen, in the order in which it was sent, by group.
#[derive(Default)]
struct Line {
    groups: BTreeMap<String, BTreeMap<(Millis, usize), Job>>,
    sent: usize,
}

impl Line {
    fn send(&mut self, job: Job, at: Millis) {
        self.sent += 1;
        self.groups.entry(job.key.account().to_owned()).or_default().insert((at, self.sent), job);
    }

    /// When the next message is to be seen.
    fn next(&self) -> Option<Millis> {
        self.groups.values().filter_map(|group| group.keys().next()).map(|(at, _)| *at).min()
    }

    /// Takes a message: if the queue is fair, of the group of which the fewest are in flight.
    fn take(&mut self, now: Millis, in_flight: impl Fn(&str) -> usize, fair: bool) -> Option<Job> {
        let seen = self.groups.iter_mut().filter_map(|(name, group)| {
            let first = *group.keys().next().filter(|(at, _)| *at <= now)?;
            Some((if fair { in_flight(name) } else { 0 }, first, group))
        });
        let (_, first, group) = seen.min_by_key(|(busy, first, _)| (*busy, *first))?;
        group.remove(&first)
    }
}

struct Day {
    /// When each job of the busy account was done with, in order.
    busy: Vec<Millis>,
    /// When the other account's was.
    other: Millis,
    /// How often a worker took a message.
    taken: usize,
}

/// Sees to so many jobs of the busy account, and to the one of the other, which was sent last. Times are of the beginning.
fn live(many: usize, bucket: Bucket, fair: bool) -> Day {
    let mut desk = Desk::settled();
    desk.pass(3_600_000);
    desk.hub.settings.bucket = bucket;
    let hub = &desk.hub;
    let start = desk.now();
    assert!(start > START);
    let mut line = Line::default();
    let keys = (0..many).map(|number| role(PAYMENTS, number)).chain([role(SANDBOX, 0)]);
    for key in keys {
        done(hub.table.raise(&key, None, start)).expect("raised");
        line.send(Job::new(key), start);
    }
    let mut workers = vec![(start, String::new()); WORKERS];
    let mut day = Day { busy: Vec::new(), other: 0, taken: 0 };
    while let Some(next) = line.next() {
        let (at, free) = workers.iter().enumerate().min_by_key(|(_, (free, _))| *free).expect("workers");
        let now = free.0.max(next);
        let in_flight =
            |account: &str| workers.iter().filter(|(until, of)| *until > now && of == account).count();
        let job = line.take(now, in_flight, fair).expect("a message");
        hub.cloud.world().now = now;
        let reads = hub.cloud.world().reads;
        let did = done(evaluate(hub, &serde_json::to_string(&job).expect("JSON"), now)).expect("a job").did;
        let until = now + if hub.cloud.world().reads > reads { LONG } else { BRIEF };
        workers[at] = (until, job.key.account().to_owned());
        day.taken += 1;
        if did == Did::Looked {
            match job.key.account() {
                SANDBOX => day.other = until - start,
                _ => day.busy.push(until - start),
            }
        }
        for posted in hub.queue.take() {
            if let Posted::Job(job, delay) = posted {
                line.send(job, now + i64::from(delay) * 1000);
            }
        }
    }
    day
}

/// As many calls as anybody could want.
const ALL: Bucket = Bucket { burst: 1_000_000, per_second: 1_000_000 };

/// A job without calls is soon out of the way.
#[test]
fn a_busy_account_does_not_hold_up_another_even_if_the_queue_is_not_fair() {
    let day = live(MANY, Bucket::default(), false);
    assert_eq!(day.busy.len(), MANY);
    assert!(day.other <= 60_000, "{} ms", day.other);
    let without = live(MANY / 5, ALL, false);
    assert!(
        without.other >= 100_000,
        "without buckets it would wait for all, of a fifth of them: {} ms",
        without.other
    );
}

#[test]
fn a_busy_account_has_the_calls_that_there_are_and_another_does_not_wait() {
    let bucket = Bucket::default();
    let day = live(MANY, bucket, true);
    assert!(day.other <= 2_000, "{} ms", day.other);
    assert_eq!(day.busy.len(), MANY, "and nobody's job is lost");
    for (looks, at) in day.busy.iter().enumerate() {
        let calls = 5 * (i64::try_from(looks).expect("few") + 1);
        let most = i64::from(bucket.burst) + i64::from(bucket.per_second) * at / 1000;
        assert!(calls <= most, "{calls} calls by {at} ms");
    }
    let last = day.busy.last().expect("some");
    let least = (5 * 5_000 - 400) / 20 * 1000;
    assert!((least..least + 120_000).contains(last), "as soon as there are calls: {last} ms");
    assert!(day.taken <= 3 * MANY, "{} messages", day.taken);
}

/// Every reading is paid for, and only a reading that shows nothing yet counts as an attempt.
#[test]
fn a_look_that_is_put_off_takes_calls_anew() {
    let mut desk = Desk::settled();
    desk.pass(3_600_000);
    desk.hub.settings.bucket = Bucket { burst: 5, per_second: 1 };
    {
        let mut world = desk.hub.cloud.world();
        world.lag = 14_000;
        world.draw = Box::new(|most| most - 1);
    }
    let arn = format!("arn:aws:iam::{SANDBOX}:policy/Buckets");
    desk.act(&Act::Attach { account: SANDBOX.into(), who: "user/ana".into(), arn });
    let start = desk.now();
    let mut did = Vec::new();
    for _ in 0..5 {
        let word = match desk.next().expect("a job").did {
            Did::PutOff(_) => "put off",
            Did::Waits => "waits",
            Did::Looked => "looked",
            other => panic!("{other:?}"),
        };
        did.push((word, (desk.now() - start) / 1000));
    }
    assert_eq!(did, [("put off", 5), ("waits", 7), ("put off", 10), ("waits", 14), ("looked", 15)]);
}
