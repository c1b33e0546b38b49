//! Fault injection: the functions' own handlers over the emulator's real tables, queues and topics, behind a proxy of
//! ours that throttles, fails, delays, resets, takes batches in part, delivers twice and late, and kills.
//!
//! A schedule is a few changes and what meets them, by a seed. When all is quiet again, the open findings are those of a
//! clean run, every transition was told under one id, and none more often than the faults excuse. `cargo xtask faults`
//! starts the emulator and runs this.

mod aws;
#[path = "../../../shared/hub/tests/common/mod.rs"]
#[expect(dead_code, reason = "the tests of one step at a time use the rest")]
mod common;
mod gate;
mod oracle;
mod process;
#[path = "../proxy/mod.rs"]
mod proxy;
mod run;
mod scene;
mod without;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use run::{Setting, Tally, first_sweep, run};
use stanchion_inventory::Inventory;
use without::Safeguard;

/// How many schedules there are, unless `STANCHION_FAULTS_SCHEDULES` says otherwise.
const SCHEDULES: u64 = 1_000;
/// How many changes a schedule has.
const ACTS: u64 = 4;
/// How many are run at once: while one waits for the emulator, another goes on.
const AT_ONCE: usize = 3;
/// Within how many schedules something must go wrong without a safeguard.
const WITHOUT: u64 = 100;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is `{value}`")))
}

/// A runtime of its own, so that nothing of a schedule outlives it.
fn alone<R>(future: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn setting(without: Option<Safeguard>) -> Setting {
    let endpoint =
        std::env::var("STANCHION_E2E_ENDPOINT").expect("STANCHION_E2E_ENDPOINT is the emulator's address");
    let endpoint: SocketAddr = endpoint.trim_start_matches("http://").parse().expect("an address");
    let rules = (&*Box::leak(Box::new(scene::rulebook())), &*Box::leak(Box::new(Inventory::default())));
    let setting = Setting { endpoint, rules, items: Arc::default(), without: None, acts: ACTS, busy: false };
    let items = Arc::new(alone(first_sweep(&setting)).expect("a first sweep"));
    Setting { items, without, ..setting }
}

/// Runs schedules, some at once, until all are over or `is_enough` of one; says what went wrong, by seed.
fn run_all(
    setting: &Setting,
    seeds: Range<u64>,
    is_enough: impl Fn(&Result<Tally, String>) -> bool + Sync,
) -> (Tally, BTreeMap<u64, String>) {
    let next = AtomicU64::new(seeds.start);
    let (sum, failed) = (Mutex::new(Tally::default()), Mutex::new(BTreeMap::new()));
    std::thread::scope(|threads| {
        for _ in 0..AT_ONCE {
            threads.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let outcome = alone(run(setting, seed));
                    if is_enough(&outcome) {
                        next.store(seeds.end, Ordering::Relaxed);
                    }
                    match outcome {
                        Ok(tally) => sum.lock().expect("no panic").add(tally),
                        Err(why) => drop(failed.lock().expect("no panic").insert(seed, why)),
                    }
                }
            });
        }
    });
    (sum.into_inner().expect("no panic"), failed.into_inner().expect("no panic"))
}

#[test]
#[expect(clippy::print_stdout, reason = "what the schedules went through is the result")]
fn whatever_fails_nothing_is_lost_and_nothing_told_too_often() {
    let seeds = match number("STANCHION_FAULTS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("STANCHION_FAULTS_SCHEDULES").unwrap_or(SCHEDULES),
    };
    let (count, started) = (seeds.end - seeds.start, Instant::now());
    let (sum, failed) = run_all(&setting(None), seeds, |_| false);
    println!("{count} schedules in {:.0?}: {sum:?}", started.elapsed());
    let lines: Vec<String> = failed.iter().map(|(seed, why)| format!("seed {seed}: {why}")).collect();
    assert!(lines.is_empty(), "{} of {count} schedules went wrong:\n{}", lines.len(), lines.join("\n"));
}

/// What goes wrong without a safeguard.
#[expect(clippy::print_stdout, reason = "what it was is the result")]
fn goes_wrong(without: Safeguard) -> String {
    let busy = without == Safeguard::Condition;
    let setting = Setting { acts: 2 * ACTS, busy, ..setting(Some(without)) };
    let (_, failed) = run_all(&setting, 0..WITHOUT, Result::is_err);
    let (seed, why) = failed.into_iter().next().unwrap_or_else(|| panic!("{without:?} is not needed"));
    println!("without {without:?}, seed {seed}: {why}");
    why
}

#[test]
fn an_older_look_would_overwrite_a_newer_one_without_the_condition() {
    let why = goes_wrong(Safeguard::Condition);
    assert!(["missing", "never told", "id of two", "tells"].iter().any(|it| why.contains(it)), "{why}");
}

#[test]
fn alerts_would_be_lost_if_they_were_marked_before_they_are_told() {
    let why = goes_wrong(Safeguard::Order);
    assert!(why.contains("never told"), "{why}");
}

#[test]
fn work_would_stay_undone_without_the_reaper() {
    let why = goes_wrong(Safeguard::Reaper);
    assert!(why.contains("left over"), "{why}");
}

#[test]
fn changes_would_be_missed_if_messages_were_taken_off_before_they_are_seen_to() {
    let why = goes_wrong(Safeguard::Redelivery);
    assert!(why.contains("missing"), "{why}");
}
