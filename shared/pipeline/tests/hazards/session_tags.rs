//! A finding that rests on session tags stays open as long as the trust policy lets them be passed, and
//! no longer; what the role's own tags are does not matter to it.

use serde_json::{Value, json};

use crate::events::{iam, tag};
use crate::run::{SILENCE, on_each_store, run};
use crate::world::{Entity, PROD, account, alone, role};

/// Lets a service assume the role, and call these too.
fn trusting(actions: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": actions}]})
}

/// A role that may do what the rule forbids if its tag `team` is `ops`.
fn deploy(trust: &Value) -> Entity {
    let allowed = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "cloudtrail:*",
        "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "ops"}}}});
    role("Deploy").inline("p", allowed).trusting(trust.clone())
}

fn update(id: &str, trust: &Value) -> Value {
    iam(id, "UpdateAssumeRolePolicy", json!({"roleName": "Deploy", "policyDocument": trust.to_string()}))
}

fn untag(id: &str) -> Value {
    iam(id, "UntagRole", json!({"roleName": "Deploy", "tagKeys": ["team"]}))
}

#[test]
fn tags_that_can_be_passed_keep_a_finding_open_until_the_trust_policy_forbids_them() {
    let with = trusting(json!(["sts:AssumeRole", "sts:TagSession"]));
    let without = trusting(json!("sts:AssumeRole"));
    on_each_store(|store| {
        let open = alone(&[account(PROD).with(&deploy(&with))]);
        let told = run(store, &open, &[tag("e1", "Deploy")]);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e1, caused by -"]);
        assert_eq!(run(store, &open, &[tag("e2", "Deploy")]), SILENCE);
        let told = run(store, &alone(&[account(PROD).with(&deploy(&without))]), &[update("e3", &without)]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e3, caused by -"]);
        let told = run(store, &open, &[update("e4", &with)]);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e4, caused by e4"]);
    });
}

#[test]
fn a_tag_of_the_role_that_is_taken_away_can_still_be_passed() {
    let with = trusting(json!(["sts:AssumeRole", "sts:TagSession"]));
    let without = trusting(json!("sts:AssumeRole"));
    on_each_store(|store| {
        let tagged = alone(&[account(PROD).with(&deploy(&with).tag("team", "ops"))]);
        let told = run(store, &tagged, &[tag("e1", "Deploy")]);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e1, caused by -"]);
        let untagged = alone(&[account(PROD).with(&deploy(&with))]);
        assert_eq!(run(store, &untagged, &[untag("e2")]), SILENCE);
        assert_eq!(run(store, &tagged, &[tag("e3", "Deploy")]), SILENCE);
        assert_eq!(run(store, &untagged, &[untag("e4")]), SILENCE);
        let told = run(store, &alone(&[account(PROD).with(&deploy(&without))]), &[update("e5", &without)]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e5, caused by -"]);
    });
}

#[test]
fn tags_that_the_trust_policy_narrows_are_held_to_it() {
    let only = |value: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": PROD}, "Action": ["sts:AssumeRole", "sts:TagSession"],
             "Condition": {"StringEquals": {"aws:RequestTag/team": value}}}]})
    };
    on_each_store(|store| {
        let inventory = |value: &str| alone(&[account(PROD).with(&deploy(&only(value)))]);
        let told = run(store, &inventory("ops"), &[tag("e1", "Deploy")]);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e1, caused by -"]);
        let told = run(store, &inventory("dev"), &[update("e2", &only("dev"))]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by -"]);
    });
}
