//! Whole days in the life of a hub, on bad ones: AWS shows old states for a while, calls fail, answers are
//! lost, messages come twice, late and in any order, and processes are killed between any two calls.
//!
//! When all is quiet again, the open findings are those of a clean run, and every transition was told.

#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "the tests of one step at a time use the rest")]
mod common;
mod coverage;
mod run;

use run::{Bad, Day, run};

/// How many days are lived through; `STANCHION_DAYS` says otherwise.
fn days(default: u64) -> u64 {
    std::env::var("STANCHION_DAYS").ok().and_then(|days| days.parse().ok()).unwrap_or(default)
}

fn live_through(default: u64, day: impl Fn(u64) -> Day) {
    for seed in 0..days(default) {
        run(&day(seed)).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
}

#[test]
fn on_good_days_everything_is_told_exactly_once() {
    live_through(12, |seed| Day { seed, ..Day::default() });
}

#[test]
fn on_bad_days_nothing_is_lost() {
    live_through(20, |seed| Day { seed, faults: 40, ..Day::default() });
}

#[test]
fn many_at_a_time_nothing_is_lost() {
    live_through(20, |seed| Day { seed, faults: 40, others: 3, ..Day::default() });
}

#[test]
fn nothing_is_lost_where_calls_are_slow() {
    live_through(20, |seed| Day { seed, faults: 20, others: 5, slow: 4_000, ..Day::default() });
}

#[test]
fn on_terrible_days_nothing_is_lost_either() {
    live_through(10, |seed| Day { seed, faults: 150, others: 3, ..Day::default() });
}

/// EventBridge does not promise to deliver what CloudTrail tells.
#[test]
fn what_events_do_not_tell_the_next_sweep_finds() {
    live_through(10, |seed| Day { seed, faults: 40, lost_events: 400, others: 3, ..Day::default() });
}

/// The first day on which something goes wrong without a safeguard.
fn goes_wrong(day: &Day) -> Option<String> {
    (0..days(60)).find_map(|seed| run(&Day { seed, others: 5, ..day.clone() }).err())
}

#[test]
fn an_older_look_would_overwrite_a_newer_one_without_the_condition() {
    let day = Day { without: Some(Bad::Condition), slow: 4_000, ..Day::default() };
    assert!(goes_wrong(&day).is_some(), "the condition on `looks` is not needed");
}

#[test]
fn alerts_would_be_lost_if_pending_ones_were_not_told_again() {
    let why = goes_wrong(&Day { without: Some(Bad::Pending), faults: 60, ..Day::default() });
    let why = why.expect("pending alerts need not be told again");
    assert!(why.contains("never told"), "{why}");
}

#[test]
fn a_job_that_comes_before_its_row_is_raised_would_be_lost() {
    let why = goes_wrong(&Day { without: Some(Bad::RaiseFirst), ..Day::default() });
    let why = why.expect("rows need not be raised first");
    assert!(why.contains("left over"), "{why}");
}
