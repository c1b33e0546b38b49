//! What cannot be read is neither a violation nor none, and ends no finding.

use serde_json::{Value, json};
use stanchion_findings::{State, Store};
use stanchion_inventory::Inventory;
use stanchion_rules::{Evaluator, Rulebook};

use crate::events::{attach, put, tag};
use crate::run::{SILENCE, TRAILS_STAY, on_each_store, run};
use crate::world::{ADMIN, Entity, NO_TRAILS, PROD, account, allow, alone, deny, role};

fn unreadable() -> Value {
    json!("{\"Statement\": [")
}

fn inventory(role: &Entity) -> Inventory {
    alone(&[account(PROD).with(role)])
}

fn only_finding(store: &dyn Store) -> stanchion_findings::Finding {
    let found = store.findings_of_principal("arn:aws:iam::111122223333:role/Deploy");
    let [finding] = found.expect("the store can be read").try_into().expect("one finding");
    finding
}

const INDETERMINATE: &str = "indeterminate trails-stay 111122223333:role/Deploy: seen on e1, caused by -";

#[test]
fn an_unreadable_policy_is_told_once_with_what_is_unknown() {
    let inventory = inventory(&role("Deploy").inline("own", unreadable()));
    on_each_store(|store| {
        assert_eq!(run(store, &inventory, &[tag("e1", "Deploy")]), [INDETERMINATE]);
        assert_eq!(run(store, &inventory, &[tag("e2", "Deploy")]), SILENCE);
        let finding = only_finding(store);
        assert_eq!(finding.state, State::Indeterminate);
        assert!(finding.unknowns.iter().any(|unknown| unknown.contains("own")), "{:?}", finding.unknowns);
        assert_eq!(finding.witness, None);
    });
}

#[test]
fn a_policy_that_is_not_in_the_input_is_unreadable_too() {
    let gone = "arn:aws:iam::111122223333:policy/Gone";
    on_each_store(|store| {
        let told = run(store, &inventory(&role("Deploy").attach(gone)), &[tag("e1", "Deploy")]);
        assert_eq!(told, [INDETERMINATE]);
    });
}

#[test]
fn mended_and_clean_it_resolves() {
    on_each_store(|store| {
        run(store, &inventory(&role("Deploy").inline("own", unreadable())), &[tag("e1", "Deploy")]);
        let mended = inventory(&role("Deploy").inline("own", allow("s3:Get*")));
        let told = run(store, &mended, &[put("e2", "Deploy", "own", &allow("s3:Get*"))]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by -"]);
    });
}

#[test]
fn mended_and_violating_it_opens() {
    on_each_store(|store| {
        run(store, &inventory(&role("Deploy").inline("own", unreadable())), &[tag("e1", "Deploy")]);
        let mended = inventory(&role("Deploy").inline("own", allow("cloudtrail:*")));
        let told = run(store, &mended, &[put("e2", "Deploy", "own", &allow("cloudtrail:*"))]);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e2, caused by -"]);
    });
}

/// A Deny somewhere else settles the matter: what the unreadable policy says does not count.
#[test]
fn an_unreadable_policy_that_could_change_nothing_is_no_news() {
    let denied = role("Deploy").inline("own", unreadable()).attach(NO_TRAILS);
    on_each_store(|store| assert_eq!(run(store, &inventory(&denied), &[tag("e1", "Deploy")]), SILENCE));
}

#[test]
fn an_open_finding_that_cannot_be_proven_any_more_stays_open_in_silence() {
    on_each_store(|store| {
        run(store, &inventory(&role("Deploy").attach(ADMIN)), &[attach("e1", "Deploy", ADMIN)]);
        let witness = only_finding(store).witness.expect("a witness");
        // It may deny what was possible, and nobody can tell.
        let veiled = inventory(&role("Deploy").attach(ADMIN).inline("own", unreadable()));
        assert_eq!(run(store, &veiled, &[put("e2", "Deploy", "own", &unreadable())]), SILENCE);
        let finding = only_finding(store);
        assert_eq!(finding.state, State::Open);
        assert_eq!(finding.witness, Some(witness), "what was proven stays in the record");
        assert!(!finding.unknowns.is_empty(), "and why it cannot be proven now is added");

        let denied = inventory(&role("Deploy").attach(ADMIN).inline("own", deny("cloudtrail:*")));
        let told = run(store, &denied, &[put("e3", "Deploy", "own", &deny("cloudtrail:*"))]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e3, caused by e1"]);
    });
}

#[test]
fn an_open_finding_that_is_proven_again_was_open_all_the_time() {
    let with = inventory(&role("Deploy").attach(ADMIN));
    on_each_store(|store| {
        run(store, &with, &[attach("e1", "Deploy", ADMIN)]);
        let veiled = inventory(&role("Deploy").attach(ADMIN).inline("own", unreadable()));
        run(store, &veiled, &[put("e2", "Deploy", "own", &unreadable())]);
        assert_eq!(run(store, &with, &[tag("e3", "Deploy")]), SILENCE);
        assert_eq!(only_finding(store).unknowns, [""; 0], "nothing is unknown any more");
    });
}

#[test]
fn questions_that_run_out_of_their_budget_are_counted() {
    let inventory = inventory(&role("Deploy").attach(ADMIN));
    let rulebook = Rulebook::parse(TRAILS_STAY, "rulebook").expect("a rulebook");
    let check =
        |steps| stanchion_pipeline::check(&Evaluator::new(&rulebook, &inventory, None).with_steps(steps));
    let (short, enough) = (check(1), check(100_000));
    assert_eq!((short.out_of_budget(), short.findings.len()), (1, 1));
    assert_eq!((enough.out_of_budget(), enough.findings.len()), (0, 1));
}
