//! A finding follows its rule: gone with it, as severe as it, and named after it.

use stanchion_findings::Severity;

use crate::events::{attach, tag};
use crate::run::{SILENCE, TRAILS_STAY, on_each_store, run, run_by};
use crate::world::{ADMIN, PROD, account, alone, role};

const NO_RULES: &str = "version: 1\nguardrails: []\n";

fn inventory() -> stanchion_inventory::Inventory {
    alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))])
}

#[test]
fn a_rule_that_is_removed_takes_its_findings_along() {
    on_each_store(|store| {
        run(store, &inventory(), &[attach("e1", "Deploy", ADMIN)]);
        let told = run_by(NO_RULES, store, &inventory(), &[tag("e2", "Deploy")]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by e1"]);
        assert_eq!(run_by(NO_RULES, store, &inventory(), &[tag("e3", "Deploy")]), SILENCE);
    });
}

#[test]
fn another_severity_is_an_update_that_keeps_the_cause() {
    let milder = TRAILS_STAY.replace("critical", "medium");
    on_each_store(|store| {
        run(store, &inventory(), &[attach("e1", "Deploy", ADMIN)]);
        let told = run_by(&milder, store, &inventory(), &[tag("e2", "Deploy")]);
        assert_eq!(told, ["updated trails-stay 111122223333:role/Deploy: seen on e2, caused by e1"]);
        assert_eq!(store.unresolved().expect("the store can be read")[0].severity, Severity::Medium);
    });
}

#[test]
fn another_title_is_stored_and_not_told() {
    let renamed = TRAILS_STAY.replace("Nobody stops CloudTrail", "The trail stays");
    on_each_store(|store| {
        run(store, &inventory(), &[attach("e1", "Deploy", ADMIN)]);
        assert_eq!(run_by(&renamed, store, &inventory(), &[tag("e2", "Deploy")]), SILENCE);
        assert_eq!(store.unresolved().expect("the store can be read")[0].title, "The trail stays");
    });
}

#[test]
fn a_rule_that_no_longer_forbids_the_witness_holds() {
    let other = TRAILS_STAY.replace("cloudtrail:StopLogging", "iam:CreateUser");
    let trails = alone(&[account(PROD).with(&role("Deploy").attach(crate::world::TRAILS))]);
    on_each_store(|store| {
        run(store, &trails, &[attach("e1", "Deploy", crate::world::TRAILS)]);
        let told = run_by(&other, store, &trails, &[tag("e2", "Deploy")]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by e1"]);
    });
}
