//! The same again is no news: neither the same run, nor another event about the same state.

use crate::events::{attach, detach, tag};
use crate::run::{SILENCE, on_each_store, run};
use crate::world::{ADMIN, PROD, account, alone, role};

#[test]
fn the_same_run_again_says_nothing() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    let events = [attach("e1", "Deploy", ADMIN)];
    on_each_store(|store| {
        assert_eq!(run(store, &inventory, &events).len(), 1);
        assert_eq!(run(store, &inventory, &events), SILENCE);
        assert_eq!(run(store, &inventory, &events), SILENCE);
    });
}

#[test]
fn a_resolved_finding_is_told_once() {
    let with = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    let without = alone(&[account(PROD).with(&role("Deploy"))]);
    let events = [detach("e2", "Deploy", ADMIN)];
    on_each_store(|store| {
        run(store, &with, &[attach("e1", "Deploy", ADMIN)]);
        assert_eq!(run(store, &without, &events).len(), 1);
        assert_eq!(run(store, &without, &events), SILENCE);
    });
}

#[test]
fn another_event_about_the_same_state_says_nothing() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    on_each_store(|store| {
        run(store, &inventory, &[attach("e1", "Deploy", ADMIN)]);
        assert_eq!(run(store, &inventory, &[tag("e2", "Deploy"), tag("e3", "Deploy")]), SILENCE);
    });
}

#[test]
fn no_events_say_nothing() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    on_each_store(|store| assert_eq!(run(store, &inventory, &[]), SILENCE));
}

/// The same events and inventory give the same transitions, ids included, on any store.
#[test]
fn equal_runs_are_equal_to_the_last_field() {
    let roles = account(PROD).with(&role("A").attach(ADMIN)).with(&role("B").attach(ADMIN));
    let inventory = alone(&[roles]);
    let events = [attach("e1", "A", ADMIN), attach("e2", "B", ADMIN)];
    let runs = std::cell::RefCell::new(Vec::new());
    for _ in 0..2 {
        on_each_store(|store| {
            let told = crate::run::transitions(crate::run::TRAILS_STAY, store, &inventory, &events);
            runs.borrow_mut().push(told);
        });
    }
    let runs = runs.into_inner();
    assert_eq!(runs.len(), 4);
    assert!(runs.iter().all(|run| *run == runs[0]), "{runs:#?}");
}
