//! Several events about one principal make one evaluation, and the right one of them is named.

use crate::events::{attach, create, detach, put, tag};
use crate::run::{SILENCE, first_look, on_each_store, run};
use crate::world::{ADMIN, NO_TRAILS, PROD, READ, TRAILS, account, alone, deny, role};

fn clean() -> stanchion_inventory::Inventory {
    alone(&[account(PROD).with(&role("Deploy"))])
}

#[test]
fn the_cause_is_named_wherever_it_stands_among_the_events() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN).attach(READ))]);
    for (cause, harmless) in [("e1", "e2"), ("e2", "e1")] {
        let events = [attach(cause, "Deploy", ADMIN), attach(harmless, "Deploy", READ)];
        let reversed = [events[1].clone(), events[0].clone()];
        let told = format!("opened trails-stay 111122223333:role/Deploy: seen on {cause}, caused by {cause}");
        for events in [&events, &reversed] {
            on_each_store(|store| assert_eq!(run(store, &inventory, events), [told.as_str()]));
            on_each_store(|store| {
                first_look(store, &clean());
                assert_eq!(run(store, &inventory, events), [told.as_str()]);
            });
        }
    }
}

/// Neither alone would have done; the later one made it so.
#[test]
fn of_two_that_are_both_needed_the_later_is_the_cause() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    let events = [attach("e1", "Deploy", ADMIN), detach("e2", "Deploy", NO_TRAILS)];
    let reversed = [events[1].clone(), events[0].clone()];
    for events in [&events, &reversed] {
        on_each_store(|store| {
            let told = run(store, &inventory, events);
            assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e2, caused by e2"]);
        });
    }
}

/// With either undone the rule is still broken: it was the earlier one that broke it.
#[test]
fn of_two_that_would_each_do_the_earlier_is_the_cause() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN).attach(TRAILS))]);
    let events = [attach("e1", "Deploy", ADMIN), attach("e2", "Deploy", TRAILS)];
    on_each_store(|store| {
        first_look(store, &clean());
        let told = run(store, &inventory, &events);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e1, caused by e1"]);
    });
}

#[test]
fn what_was_taken_back_within_the_run_is_not_told() {
    let denied =
        alone(&[account(PROD).with(&role("Deploy").attach(ADMIN).inline("no", deny("cloudtrail:*")))]);
    let events = [attach("e1", "Deploy", ADMIN), put("e2", "Deploy", "no", &deny("cloudtrail:*"))];
    on_each_store(|store| assert_eq!(run(store, &denied, &events), SILENCE));
    let events = [attach("e1", "Deploy", ADMIN), detach("e2", "Deploy", ADMIN)];
    on_each_store(|store| assert_eq!(run(store, &clean(), &events), SILENCE));
}

#[test]
fn many_events_make_one_transition() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    let events =
        [tag("e1", "Deploy"), attach("e2", "Deploy", ADMIN), tag("e3", "Deploy"), tag("e4", "Deploy")];
    on_each_store(|store| {
        let told = run(store, &inventory, &events);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e2, caused by e2"]);
    });
}

#[test]
fn each_principal_has_the_cause_of_its_own() {
    let roles = account(PROD).with(&role("A").attach(ADMIN)).with(&role("B").attach(ADMIN));
    let events = [attach("e2", "A", ADMIN), attach("e1", "B", ADMIN)];
    on_each_store(|store| {
        let told = run(store, &alone(std::slice::from_ref(&roles)), &events);
        assert_eq!(
            told,
            [
                "opened trails-stay 111122223333:role/A: seen on e2, caused by e2",
                "opened trails-stay 111122223333:role/B: seen on e1, caused by e1",
            ]
        );
    });
}

/// CloudTrail's times are whole seconds, and nothing orders the events of one: but a role is made
/// before anything is attached to it.
#[test]
fn within_one_second_making_a_role_comes_before_what_is_done_to_it() {
    let made = role("Deploy").id("AROAEXAMPLENEW").attach(ADMIN);
    let inventory = alone(&[account(PROD).with(&made)]);
    let (create, mut attach) = (create("e1", "Deploy", "/", "AROAEXAMPLENEW"), attach("e2", "Deploy", ADMIN));
    attach["detail"]["eventTime"] = create["detail"]["eventTime"].clone();
    for events in [[create.clone(), attach.clone()], [attach, create]] {
        on_each_store(|store| {
            let told = run(store, &inventory, &events);
            assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e2, caused by e2"]);
        });
    }
}
