//! What was wrong before anybody looked is not blamed on the event that made us look.

use stanchion_findings::{State, Subject};

use crate::events::{attach, tag};
use crate::run::{SILENCE, TRAILS_STAY, first_look, on_each_store, run, run_by};
use crate::world::{ADMIN, PROD, READ, account, alone, role};

#[test]
fn a_first_look_names_what_made_us_look_and_no_cause() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    on_each_store(|store| {
        let told = run(store, &inventory, &[tag("e1", "Deploy")]);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e1, caused by -"]);
    });
}

#[test]
fn a_harmless_policy_is_not_blamed_for_what_another_allows() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN).attach(READ))]);
    on_each_store(|store| {
        let told = run(store, &inventory, &[attach("e1", "Deploy", READ)]);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e1, caused by -"]);
    });
}

#[test]
fn a_look_without_an_event_names_none() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN)).with(&role("Reports"))]);
    on_each_store(|store| {
        let told = first_look(store, &inventory);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on -, caused by -"]);
        assert_eq!(run(store, &inventory, &[tag("e1", "Deploy")]), SILENCE, "it is known already");
    });
}

#[test]
fn every_subject_has_a_baseline_of_its_own() {
    let before = alone(&[account(PROD).with(&role("Deploy"))]);
    let after = alone(&[account(PROD).with(&role("Deploy")).with(&role("Old").attach(ADMIN))]);
    on_each_store(|store| {
        assert_eq!(run(store, &before, &[tag("e1", "Deploy")]), SILENCE);
        let told = run(store, &after, &[tag("e2", "Old")]);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Old: seen on e2, caused by -"]);
    });
}

#[test]
fn what_a_new_rule_finds_is_not_blamed_on_todays_change() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    let other_rule = "version: 1\nguardrails: []\n";
    on_each_store(|store| {
        assert_eq!(run_by(other_rule, store, &inventory, &[tag("e1", "Deploy")]), SILENCE);
        let told = run_by(TRAILS_STAY, store, &inventory, &[tag("e2", "Deploy")]);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e2, caused by -"]);
    });
}

#[test]
fn a_clean_first_look_is_remembered_without_a_finding() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").id("AROAEXAMPLE1"))]);
    on_each_store(|store| {
        assert_eq!(first_look(store, &inventory), SILENCE);
        let subject = Subject::principal("AROAEXAMPLE1");
        assert!(store.subject(&subject).expect("the store can be read").is_some());
        assert_eq!(store.findings_of_subject(&subject).expect("the store can be read"), []);
    });
}

#[test]
fn a_finding_of_the_baseline_is_open_with_its_witness() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    on_each_store(|store| {
        first_look(store, &inventory);
        let open = store.unresolved().expect("the store can be read");
        let [finding] = open.as_slice() else { panic!("one finding, not {open:?}") };
        assert_eq!(finding.state, State::Open);
        assert_eq!(finding.witness.as_ref().expect("a witness").action, "cloudtrail:StopLogging");
        let policies: Vec<_> = finding.because.iter().map(|because| because.policy.as_str()).collect();
        assert_eq!(policies, [ADMIN]);
    });
}
