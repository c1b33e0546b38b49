//! What was stored and not told is told by the next run.

use stanchion_pipeline::published;

use crate::events::{attach, detach, tag};
use crate::run::{SILENCE, TRAILS_STAY, lines, on_each_store, run, transitions};
use crate::world::{ADMIN, PROD, account, alone, role};

const OPENED: &str = "opened trails-stay 111122223333:role/Deploy: seen on e1, caused by e1";

#[test]
fn the_next_run_tells_what_the_last_one_did_not_get_to_tell() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    on_each_store(|store| {
        let lost = transitions(TRAILS_STAY, store, &inventory, &[attach("e1", "Deploy", ADMIN)]);
        let told = transitions(TRAILS_STAY, store, &inventory, &[tag("e2", "Deploy")]);
        assert_eq!(told, lost, "the same transition, under the same id");
        assert_eq!(lines(&told), [OPENED]);
        assert_eq!(run(store, &inventory, &[]), [OPENED], "until it is published");
        assert_eq!(run(store, &inventory, &[]), SILENCE);
    });
}

#[test]
fn what_was_not_told_comes_before_what_happened_since() {
    let with = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    let without = alone(&[account(PROD).with(&role("Deploy"))]);
    on_each_store(|store| {
        transitions(TRAILS_STAY, store, &with, &[attach("e1", "Deploy", ADMIN)]);
        let told = run(store, &without, &[detach("e2", "Deploy", ADMIN)]);
        let resolved = "resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by e1";
        assert_eq!(told, [OPENED, resolved]);
        assert_eq!(run(store, &without, &[detach("e2", "Deploy", ADMIN)]), SILENCE);
    });
}

#[test]
fn what_was_told_before_the_crash_is_not_told_again() {
    let roles = account(PROD).with(&role("A").attach(ADMIN)).with(&role("B").attach(ADMIN));
    let inventory = alone(&[roles]);
    on_each_store(|store| {
        let events = [attach("e1", "A", ADMIN), attach("e2", "B", ADMIN)];
        let both = transitions(TRAILS_STAY, store, &inventory, &events);
        published(store, &both[..1]).expect("the store can be written");
        assert_eq!(run(store, &inventory, &events), lines(&both[1..]));
    });
}
