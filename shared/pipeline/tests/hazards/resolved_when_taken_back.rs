//! A finding ends when the rule holds again, by whatever change, and comes back as itself.

use stanchion_findings::State;

use crate::events::{attach, detach, put, tag};
use crate::run::{SILENCE, TRAILS_STAY, on_each_store, run, transitions};
use crate::world::{ADMIN, PROD, TRAILS, account, alone, deny, role};

const RESOLVED: &str = "resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by e1";

fn inventory(role: crate::world::Entity) -> stanchion_inventory::Inventory {
    alone(&[account(PROD).with(&role)])
}

#[test]
fn detaching_resolves() {
    on_each_store(|store| {
        run(store, &inventory(role("Deploy").attach(ADMIN)), &[attach("e1", "Deploy", ADMIN)]);
        let told = run(store, &inventory(role("Deploy")), &[detach("e2", "Deploy", ADMIN)]);
        assert_eq!(told, [RESOLVED]);
    });
}

#[test]
fn denying_resolves() {
    let denied = inventory(role("Deploy").attach(ADMIN).inline("no", deny("cloudtrail:*")));
    on_each_store(|store| {
        run(store, &inventory(role("Deploy").attach(ADMIN)), &[attach("e1", "Deploy", ADMIN)]);
        let told = run(store, &denied, &[put("e2", "Deploy", "no", &deny("cloudtrail:*"))]);
        assert_eq!(told, [RESOLVED]);
    });
}

#[test]
fn a_boundary_resolves() {
    let bounded = inventory(role("Deploy").attach(ADMIN).boundary(crate::world::READ));
    on_each_store(|store| {
        run(store, &inventory(role("Deploy").attach(ADMIN)), &[attach("e1", "Deploy", ADMIN)]);
        assert_eq!(run(store, &bounded, &[tag("e2", "Deploy")]), [RESOLVED]);
    });
}

#[test]
fn a_deny_that_misses_resolves_nothing() {
    let denied = inventory(role("Deploy").attach(ADMIN).inline("no", deny("cloudtrail:DeleteTrail")));
    on_each_store(|store| {
        run(store, &inventory(role("Deploy").attach(ADMIN)), &[attach("e1", "Deploy", ADMIN)]);
        assert_eq!(
            run(store, &denied, &[put("e2", "Deploy", "no", &deny("cloudtrail:DeleteTrail"))]),
            SILENCE
        );
    });
}

/// The finding is the same as long as the rule is broken, whichever policy breaks it.
#[test]
fn another_policy_that_allows_the_same_is_no_news() {
    on_each_store(|store| {
        run(store, &inventory(role("Deploy").attach(ADMIN)), &[attach("e1", "Deploy", ADMIN)]);
        let other = inventory(role("Deploy").attach(TRAILS));
        let events = [attach("e2", "Deploy", TRAILS), detach("e3", "Deploy", ADMIN)];
        assert_eq!(run(store, &other, &events), SILENCE);
        let open = store.unresolved().expect("the store can be read");
        assert_eq!(open[0].because[0].policy, TRAILS, "what allows it is kept up to date");
    });
}

#[test]
fn what_comes_back_is_the_same_finding_with_its_new_cause() {
    let (with, without) = (inventory(role("Deploy").attach(ADMIN)), inventory(role("Deploy")));
    on_each_store(|store| {
        let first = transitions(TRAILS_STAY, store, &with, &[attach("e1", "Deploy", ADMIN)]);
        run(store, &without, &[detach("e2", "Deploy", ADMIN)]);
        let told = run(store, &with, &[attach("e3", "Deploy", ADMIN)]);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e3, caused by e3"]);
        let again = store.finding(&first[0].finding.fingerprint).expect("the store can be read");
        let again = again.expect("the finding of before");
        assert_eq!((again.state, again.times_reopened), (State::Open, 1));
    });
}
