//! Whom a role lets in from outside opens and is resolved with its trust policy, facet by facet.

use serde_json::{Value, json};
use stanchion_findings::{MemoryStore, Store};
use stanchion_inventory::Inventory;
use stanchion_pipeline::published;

use crate::events::iam;
use crate::run::transitions;
use crate::world::{PROD, account, alone, role};

const RULES: &str = "
version: 1
third_parties:
  - id: vendors
    title: Only vendors come
    severity: high
    vendors: [{ name: Acme, accounts: ['777788889999'] }]
federation:
  - id: providers
    title: Only our workflows come
    severity: high
    github: { organizations: [example] }
service_trust:
  - id: services
    title: Services come for us
    severity: low
    services: documented
";

/// The transitions of an update to a trust policy of these statements, the inventory being as it is then.
fn updated(store: &mut dyn Store, id: &str, statements: &[Value]) -> Vec<String> {
    let trust = json!({"Version": "2012-10-17", "Statement": statements});
    let update =
        iam(id, "UpdateAssumeRolePolicy", json!({"roleName": "Lent", "policyDocument": trust.to_string()}));
    let inventory: Inventory = alone(&[account(PROD).with(&role("Lent").trusting(trust))]);
    let transitions = transitions(RULES, store, &inventory, &[update]);
    published(store, &transitions).expect("the store can be written");
    let line = |transition: &stanchion_findings::Transition| {
        let finding = &transition.finding;
        let facet = finding.facet.as_deref().unwrap_or("-");
        format!("{} {} {facet}", transition.kind, finding.rule_id)
    };
    transitions.iter().map(line).collect()
}

fn lets_in(principal: &Value, action: &str, condition: &Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition})
}

#[test]
fn each_way_in_opens_and_is_closed_by_itself() {
    let mut store = MemoryStore::new();
    let vendor = |condition: Value| lets_in(&json!({"AWS": "777788889999"}), "sts:AssumeRole", &condition);
    let github = |subject: &str| {
        let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
        let condition = json!({
            "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
            "StringLike": {"token.actions.githubusercontent.com:sub": subject},
        });
        lets_in(&json!({"Federated": provider}), "sts:AssumeRoleWithWebIdentity", &condition)
    };
    let service = lets_in(&json!({"Service": "scheduler.amazonaws.com"}), "sts:AssumeRole", &json!({}));

    let all = [vendor(json!({})), github("repo:example*"), service];
    assert_eq!(
        updated(&mut store, "e1", &all),
        [
            "opened vendors external-id:missing:acme",
            "opened providers subject:token.actions.githubusercontent.com",
            "opened services service:scheduler.amazonaws.com",
        ]
    );
    let asked = vendor(json!({"StringEquals": {"sts:ExternalId": "6f1d2c0e-8a4b-4f7e-9d35-1b2a7c90e4d8"}}));
    assert_eq!(
        updated(&mut store, "e2", &[asked.clone(), github("repo:example*")]),
        ["resolved vendors external-id:missing:acme", "resolved services service:scheduler.amazonaws.com"]
    );
    let stranger = lets_in(&json!({"AWS": "888899990000"}), "sts:AssumeRole", &json!({}));
    assert_eq!(
        updated(&mut store, "e3", &[asked, github("repo:example/*"), stranger]),
        [
            "opened vendors account:888899990000",
            "resolved providers subject:token.actions.githubusercontent.com",
        ]
    );
}
