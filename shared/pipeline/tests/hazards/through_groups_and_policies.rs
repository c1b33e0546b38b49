//! A change to a group, to a policy or to a boundary reaches everyone who is bound by it.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;

use crate::events::{answered, iam};
use crate::run::{SILENCE, first_look, on_each_store, run};
use crate::world::{ADMIN, PROD, account, allow, alone, deny, group, role, user};

const OWN: &str = "arn:aws:iam::111122223333:policy/Own";

#[test]
fn a_group_policy_reaches_its_members() {
    let with = |admins: &crate::world::Entity| {
        alone(&[account(PROD)
            .with(&user("ana").member_of("admins"))
            .with(&user("ben").member_of("admins"))
            .with(&user("cy"))
            .with(&role("Deploy"))
            .with(admins)])
    };
    on_each_store(|store| {
        assert_eq!(first_look(store, &with(&group("admins"))), SILENCE);
        let attached = iam("e1", "AttachGroupPolicy", json!({"groupName": "admins", "policyArn": ADMIN}));
        assert_eq!(
            run(store, &with(&group("admins").attach(ADMIN)), &[attached]),
            [
                "opened trails-stay 111122223333:user/ana: seen on e1, caused by e1",
                "opened trails-stay 111122223333:user/ben: seen on e1, caused by e1",
            ]
        );
        let denied = group("admins").attach(ADMIN).inline("no", deny("cloudtrail:*"));
        let document = deny("cloudtrail:*").to_string();
        let parameters = json!({"groupName": "admins", "policyName": "no", "policyDocument": document});
        assert_eq!(
            run(store, &with(&denied), &[iam("e2", "PutGroupPolicy", parameters)]),
            [
                "resolved trails-stay 111122223333:user/ana: seen on e2, caused by e1",
                "resolved trails-stay 111122223333:user/ben: seen on e2, caused by e1",
            ]
        );
    });
}

/// A role has the policy, a user has it through a group, and another user is only bounded by it.
fn with_version(default: &str, versions: &[(&str, Value)]) -> Inventory {
    alone(&[account(PROD)
        .with(&role("Deploy").attach(OWN))
        .with(&group("staff").attach(OWN))
        .with(&user("ana").member_of("staff"))
        .with(&user("ben").attach(ADMIN).boundary(OWN))
        .with(&user("cy"))
        .policy(OWN, default, versions)])
}

const REACHED: [&str; 3] = [
    "opened trails-stay 111122223333:role/Deploy: seen on e1, caused by e1",
    "opened trails-stay 111122223333:user/ana: seen on e1, caused by e1",
    "opened trails-stay 111122223333:user/ben: seen on e1, caused by e1",
];

#[test]
fn a_new_version_reaches_whom_it_is_attached_to_and_whom_it_bounds() {
    let (clean, bad) = (allow("s3:Get*"), allow("cloudtrail:*"));
    let parameters = json!({"policyArn": OWN, "policyDocument": bad.to_string(), "setAsDefault": true});
    let created = answered(
        iam("e1", "CreatePolicyVersion", parameters),
        json!({"policyVersion": {"versionId": "v2", "isDefaultVersion": true}}),
    );
    let after = with_version("v2", &[("v2", bad), ("v1", clean.clone())]);
    on_each_store(|store| assert_eq!(run(store, &after, std::slice::from_ref(&created)), REACHED));
    on_each_store(|store| {
        assert_eq!(first_look(store, &with_version("v1", &[("v1", clean.clone())])), SILENCE);
        assert_eq!(run(store, &after, std::slice::from_ref(&created)), REACHED);
    });
}

#[test]
fn an_older_version_in_force_again_reaches_them_too() {
    let versions = [("v2", allow("s3:Get*")), ("v1", allow("cloudtrail:*"))];
    let set = iam("e1", "SetDefaultPolicyVersion", json!({"policyArn": OWN, "versionId": "v1"}));
    on_each_store(|store| {
        assert_eq!(run(store, &with_version("v1", &versions), std::slice::from_ref(&set)), REACHED);
    });
}

#[test]
fn a_version_that_is_not_in_force_reaches_nobody() {
    let versions = [("v2", allow("cloudtrail:*")), ("v1", allow("s3:Get*"))];
    let parameters = json!({"policyArn": OWN, "policyDocument": allow("cloudtrail:*").to_string()});
    let created = answered(
        iam("e1", "CreatePolicyVersion", parameters),
        json!({"policyVersion": {"versionId": "v2", "isDefaultVersion": false}}),
    );
    on_each_store(|store| {
        assert_eq!(run(store, &with_version("v1", &versions), std::slice::from_ref(&created)), SILENCE);
    });
}
