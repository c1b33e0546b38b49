//! A trust policy is about the role, and about those whom it lets in: a rule on assuming roles is
//! about them.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;

use crate::events::{answered, iam};
use crate::run::{SILENCE, TRAILS_STAY, on_each_store, run_by, transitions};
use crate::world::{ADMIN, PROD, account, allow, alone, role, trust, user};

const NOBODY_BECOMES_VAULT: &str = "
version: 1
guardrails:
  - id: vault-is-closed
    title: Nobody becomes Vault
    severity: critical
    forbid: [ { Action: sts:AssumeRole, Resource: \"arn:aws:iam::*:role/Vault\" } ]
";

fn trusting(principal: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
}

/// A user and a role who may assume any role that lets them in, and the vault.
fn world(vault: Option<Value>) -> Inventory {
    let mut all = account(PROD)
        .with(&user("ana").inline("assume", allow("sts:AssumeRole")))
        .with(&role("Ops").inline("assume", allow("sts:AssumeRole")))
        .with(&user("idle"));
    if let Some(trust) = vault {
        all = all.with(&role("Vault").trusting(trust));
    }
    alone(&[all])
}

fn update(id: &str, trust: &Value) -> Value {
    iam(id, "UpdateAssumeRolePolicy", json!({"roleName": "Vault", "policyDocument": trust.to_string()}))
}

const ANA: &str = "arn:aws:iam::111122223333:user/ana";

#[test]
fn whom_a_trust_policy_lets_in_is_looked_at() {
    let open = trusting(json!({"AWS": ANA}));
    on_each_store(|store| {
        let told = run_by(NOBODY_BECOMES_VAULT, store, &world(Some(open.clone())), &[update("e1", &open)]);
        assert_eq!(told, ["opened vault-is-closed 111122223333:user/ana: seen on e1, caused by -"]);
    });
}

#[test]
fn an_account_that_is_let_in_is_everyone_in_it() {
    let open = trusting(json!({"AWS": "arn:aws:iam::111122223333:root"}));
    on_each_store(|store| {
        let told = run_by(NOBODY_BECOMES_VAULT, store, &world(Some(open.clone())), &[update("e1", &open)]);
        assert_eq!(
            told,
            [
                "opened vault-is-closed 111122223333:role/Ops: seen on e1, caused by -",
                "opened vault-is-closed 111122223333:user/ana: seen on e1, caused by -",
            ]
        );
    });
}

/// The inventory of after the change does not say whom the old trust policy let in.
#[test]
fn whom_a_trust_policy_let_in_before_is_looked_at_again() {
    let (open, shut) = (trusting(json!({"AWS": ANA})), trust());
    on_each_store(|store| {
        run_by(NOBODY_BECOMES_VAULT, store, &world(Some(open.clone())), &[update("e1", &open)]);
        let told = run_by(NOBODY_BECOMES_VAULT, store, &world(Some(shut.clone())), &[update("e2", &shut)]);
        assert_eq!(told, ["resolved vault-is-closed 111122223333:user/ana: seen on e2, caused by -"]);
    });
}

#[test]
fn a_role_that_goes_lets_nobody_in() {
    let open = trusting(json!({"AWS": ANA}));
    on_each_store(|store| {
        run_by(NOBODY_BECOMES_VAULT, store, &world(Some(open.clone())), &[update("e1", &open)]);
        let gone = iam("e2", "DeleteRole", json!({"roleName": "Vault"}));
        let told = run_by(NOBODY_BECOMES_VAULT, store, &world(None), &[gone]);
        assert_eq!(told, ["resolved vault-is-closed 111122223333:user/ana: seen on e2, caused by -"]);
    });
}

/// A role that is made has no trust policy before it: its making is to blame.
#[test]
fn a_role_that_is_made_is_the_cause() {
    let open = trusting(json!({"AWS": ANA}));
    let parameters = json!({"roleName": "Vault", "path": "/", "assumeRolePolicyDocument": open.to_string()});
    let made = json!({"role": {"roleName": "Vault", "path": "/", "roleId": "AROAEXAMPLEVAULT",
        "arn": "arn:aws:iam::111122223333:role/Vault"}});
    let create = answered(iam("e1", "CreateRole", parameters), made);
    on_each_store(|store| {
        let told =
            run_by(NOBODY_BECOMES_VAULT, store, &world(Some(open.clone())), std::slice::from_ref(&create));
        assert_eq!(told, ["opened vault-is-closed 111122223333:user/ana: seen on e1, caused by e1"]);
    });
}

/// Other rules do not ask who becomes whom: the role alone is looked at.
#[test]
fn a_rulebook_that_is_not_about_roles_looks_at_the_role_alone() {
    let open = trusting(json!({"AWS": "*"}));
    let everyone = alone(&[account(PROD)
        .with(&user("ana").attach(ADMIN))
        .with(&role("Vault").trusting(open.clone()).attach(ADMIN))]);
    on_each_store(|store| {
        let told = transitions(TRAILS_STAY, store, &everyone, &[update("e1", &open)]);
        let principals: Vec<_> = told.iter().filter_map(|t| t.finding.principal.as_deref()).collect();
        assert_eq!(principals, ["arn:aws:iam::111122223333:role/Vault"]);
    });
}

#[test]
fn a_trust_policy_that_lets_in_whom_it_let_in_is_no_news() {
    let open = trusting(json!({"AWS": ANA}));
    on_each_store(|store| {
        run_by(NOBODY_BECOMES_VAULT, store, &world(Some(open.clone())), &[update("e1", &open)]);
        let again = run_by(NOBODY_BECOMES_VAULT, store, &world(Some(open.clone())), &[update("e2", &open)]);
        assert_eq!(again, SILENCE);
    });
}
