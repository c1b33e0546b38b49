//! A service control policy reaches everyone under what it is attached to, and nobody else.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;

use crate::events::organizations;
use crate::run::{SILENCE, first_look, on_each_store, run};
use crate::world::{ADMIN, MANAGEMENT, PROD, TEST, account, organization, role};

const WORKLOAD: &str = "ou-ab12-workload";

/// An administrator in each account, and a service-linked role; no root user is of interest here.
fn organized(targets: &[&str]) -> Inventory {
    let service = role("AWSServiceRoleForTrails").path("/aws-service-role/trails.amazonaws.com/");
    organization(targets).member(PROD, WORKLOAD).member(TEST, WORKLOAD).with(&[
        account(PROD).with(&role("Admin").id("AROAEXAMPLE1").attach(ADMIN)).with(&service.attach(ADMIN)),
        account(TEST).with(&role("Admin").id("AROAEXAMPLE2").attach(ADMIN)),
        account(MANAGEMENT).with(&role("Admin").id("AROAEXAMPLE3").attach(ADMIN)),
    ])
}

fn change(id: &str, name: &str, target: &str) -> Value {
    organizations(id, name, json!({"policyId": "p-trails00", "targetId": target}))
}

/// Who violates, of the lines of a run, without the rule and the account of who looked.
fn opened(told: &[String]) -> Vec<&str> {
    told.iter().map(|line| line.trim_start_matches("opened trails-stay ")).collect()
}

#[test]
fn detaching_opens_in_every_account_and_attaching_resolves() {
    on_each_store(|store| {
        let before = first_look(store, &organized(&[WORKLOAD]));
        assert_eq!(
            opened(&before),
            [
                "111122223333:role/aws-service-role/trails.amazonaws.com/AWSServiceRoleForTrails: seen on -, caused by -",
                "999988887777:role/Admin: seen on -, caused by -",
            ],
            "SCPs bind neither the management account nor service-linked roles"
        );
        let told = run(store, &organized(&[]), &[change("e1", "DetachPolicy", WORKLOAD)]);
        assert_eq!(
            opened(&told),
            [
                "111122223333:role/Admin: seen on e1, caused by e1",
                "111122223333:root: seen on e1, caused by e1",
                "444455556666:role/Admin: seen on e1, caused by e1",
                "444455556666:root: seen on e1, caused by e1",
            ]
        );
        let told = run(store, &organized(&[WORKLOAD]), &[change("e2", "AttachPolicy", WORKLOAD)]);
        assert_eq!(
            told,
            [
                "resolved trails-stay 111122223333:role/Admin: seen on e2, caused by e1",
                "resolved trails-stay 111122223333:root: seen on e2, caused by e1",
                "resolved trails-stay 444455556666:role/Admin: seen on e2, caused by e1",
                "resolved trails-stay 444455556666:root: seen on e2, caused by e1",
            ]
        );
    });
}

#[test]
fn detaching_is_the_cause_by_undoing_alone() {
    on_each_store(|store| {
        let told = run(store, &organized(&[]), &[change("e1", "DetachPolicy", WORKLOAD)]);
        let blamed = told.iter().filter(|line| line.ends_with("seen on e1, caused by e1"));
        assert_eq!(blamed.count(), 4, "{told:#?}");
    });
}

#[test]
fn a_policy_that_still_holds_higher_up_keeps_everyone_clean() {
    on_each_store(|store| {
        first_look(store, &organized(&["r-ab12", WORKLOAD]));
        assert_eq!(run(store, &organized(&["r-ab12"]), &[change("e1", "DetachPolicy", WORKLOAD)]), SILENCE);
    });
}

#[test]
fn detaching_from_one_account_opens_there_alone() {
    on_each_store(|store| {
        first_look(store, &organized(&[PROD, TEST]));
        let told = run(store, &organized(&[PROD]), &[change("e1", "DetachPolicy", TEST)]);
        assert_eq!(
            opened(&told),
            [
                "444455556666:role/Admin: seen on e1, caused by e1",
                "444455556666:root: seen on e1, caused by e1"
            ]
        );
    });
}
