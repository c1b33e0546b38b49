//! A change is the cause if undoing its own effect leaves the rule unbroken, or if it alone has
//! happened since the rule was seen to hold.

use serde_json::json;

use crate::events::{answered, attach, create, detach, iam, put, tag};
use crate::run::{SILENCE, first_look, on_each_store, run};
use crate::world::{ADMIN, NO_TRAILS, PROD, READ, account, allow, alone, deny, role, user};

const BY_E1: &str = "opened trails-stay 111122223333:role/Deploy: seen on e1, caused by e1";
const NOT_KNOWN: &str = "opened trails-stay 111122223333:role/Deploy: seen on e1, caused by -";

#[test]
fn attaching_is_the_cause_even_for_a_store_that_knows_nothing() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(READ).attach(ADMIN))]);
    on_each_store(|store| assert_eq!(run(store, &inventory, &[attach("e1", "Deploy", ADMIN)]), [BY_E1]));
}

#[test]
fn attaching_is_the_cause_for_a_store_that_saw_the_role_clean() {
    let before = alone(&[account(PROD).with(&role("Deploy").attach(READ))]);
    let after = alone(&[account(PROD).with(&role("Deploy").attach(READ).attach(ADMIN))]);
    on_each_store(|store| {
        assert_eq!(first_look(store, &before), SILENCE);
        assert_eq!(run(store, &after, &[attach("e1", "Deploy", ADMIN)]), [BY_E1]);
    });
}

#[test]
fn detaching_a_deny_is_the_cause() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    on_each_store(|store| assert_eq!(run(store, &inventory, &[detach("e1", "Deploy", NO_TRAILS)]), [BY_E1]));
}

#[test]
fn an_inline_policy_may_have_replaced_another_so_only_the_store_tells() {
    let before = alone(&[account(PROD).with(&role("Deploy"))]);
    let document = allow("cloudtrail:*");
    let after = alone(&[account(PROD).with(&role("Deploy").inline("own", document.clone()))]);
    let event = put("e1", "Deploy", "own", &document);
    on_each_store(|store| {
        assert_eq!(run(store, &after, std::slice::from_ref(&event)), [NOT_KNOWN]);
    });
    on_each_store(|store| {
        first_look(store, &before);
        assert_eq!(run(store, &after, std::slice::from_ref(&event)), [BY_E1]);
    });
}

/// What a policy said that was detached and deleted is not known any more.
#[test]
fn a_policy_that_is_gone_may_have_been_a_deny_so_only_the_store_tells() {
    let gone = "arn:aws:iam::111122223333:policy/Gone";
    let held = role("Deploy").attach(ADMIN).attach(gone);
    let before = alone(&[account(PROD).with(&held).policy(gone, "v1", &[("v1", deny("cloudtrail:*"))])]);
    let after = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    // That it is deleted concerns nobody any more.
    let events = [detach("e1", "Deploy", gone)];
    on_each_store(|store| assert_eq!(run(store, &after, &events), [NOT_KNOWN]));
    on_each_store(|store| {
        assert_eq!(first_look(store, &before), SILENCE);
        assert_eq!(run(store, &after, &events), [BY_E1]);
    });
}

#[test]
fn removing_a_boundary_is_the_cause_if_the_store_saw_the_role_clean() {
    let before = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN).boundary(READ))]);
    let after = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    let event = iam("e1", "DeleteRolePermissionsBoundary", json!({"roleName": "Deploy"}));
    on_each_store(|store| {
        assert_eq!(first_look(store, &before), SILENCE);
        assert_eq!(run(store, &after, std::slice::from_ref(&event)), [BY_E1]);
    });
}

/// The inventory may be ahead of the events: what undoing has acquitted is not the cause, however
/// clean the store saw the role.
#[test]
fn a_change_that_undoing_acquits_is_not_the_cause() {
    let before = alone(&[account(PROD).with(&role("Deploy"))]);
    let after =
        alone(&[account(PROD).with(&role("Deploy").attach(READ).inline("own", allow("cloudtrail:*")))]);
    on_each_store(|store| {
        assert_eq!(first_look(store, &before), SILENCE);
        assert_eq!(run(store, &after, &[attach("e1", "Deploy", READ)]), [NOT_KNOWN]);
    });
}

/// An event whose effect is not to be seen in the inventory tells nothing about the state before.
#[test]
fn a_change_that_is_not_to_be_seen_is_not_the_cause() {
    let inventory = alone(&[account(PROD).with(&role("Deploy").inline("own", allow("cloudtrail:*")))]);
    on_each_store(|store| {
        assert_eq!(run(store, &inventory, &[attach("e1", "Deploy", ADMIN)]), [NOT_KNOWN]);
    });
}

#[test]
fn a_user_that_is_made_with_too_much_was_not_there_before() {
    let ana = user("ana").id("AIDAEXAMPLEANA").member_of("admins");
    let group = crate::world::group("admins").attach(ADMIN);
    let inventory = alone(&[account(PROD).with(&ana).with(&group)]);
    let joined = iam("e1", "AddUserToGroup", json!({"userName": "ana", "groupName": "admins"}));
    on_each_store(|store| {
        let told = run(store, &inventory, std::slice::from_ref(&joined));
        assert_eq!(told, ["opened trails-stay 111122223333:user/ana: seen on e1, caused by e1"]);
    });
}

/// A role is made without policies: whatever it may do too much, it was given later.
#[test]
fn making_a_role_is_not_the_cause_of_what_it_is_given_afterwards() {
    let document = allow("cloudtrail:*");
    let made = role("Deploy").id("AROAEXAMPLENEW").inline("own", document.clone());
    let inventory = alone(&[account(PROD).with(&made)]);
    let events = [create("e1", "Deploy", "/", "AROAEXAMPLENEW"), put("e2", "Deploy", "own", &document)];
    on_each_store(|store| {
        let told = run(store, &inventory, &events);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e2, caused by e2"]);
    });
}

#[test]
fn making_a_role_and_attaching_in_one_run_is_the_attachings_doing() {
    let made = role("Deploy").id("AROAEXAMPLENEW").attach(ADMIN);
    let inventory = alone(&[account(PROD).with(&made)]);
    let events = [create("e1", "Deploy", "/", "AROAEXAMPLENEW"), attach("e2", "Deploy", ADMIN)];
    on_each_store(|store| {
        let told = run(store, &inventory, &events);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e2, caused by e2"]);
    });
}

#[test]
fn a_new_version_in_force_is_the_cause_if_every_other_version_was_clean() {
    let policy = "arn:aws:iam::111122223333:policy/Own";
    let with = |versions: &[(&str, serde_json::Value)]| {
        alone(&[account(PROD).with(&role("Deploy").attach(policy)).policy(policy, "v3", versions)])
    };
    let event = answered(
        iam(
            "e1",
            "CreatePolicyVersion",
            json!({"policyArn": policy, "setAsDefault": true,
            "policyDocument": allow("cloudtrail:*").to_string()}),
        ),
        json!({"policyVersion": {"versionId": "v3", "isDefaultVersion": true}}),
    );
    let (clean, bad) = (allow("s3:Get*"), allow("cloudtrail:*"));
    on_each_store(|store| {
        let inventory = with(&[("v3", bad.clone()), ("v2", clean.clone()), ("v1", clean.clone())]);
        assert_eq!(run(store, &inventory, std::slice::from_ref(&event)), [BY_E1]);
    });
    on_each_store(|store| {
        // v1 was bad too, and may have been the one in force.
        let inventory = with(&[("v3", bad.clone()), ("v2", clean.clone()), ("v1", bad.clone())]);
        assert_eq!(run(store, &inventory, std::slice::from_ref(&event)), [NOT_KNOWN]);
    });
}

#[test]
fn what_was_indeterminate_before_was_not_known_to_be_clean() {
    let before = alone(&[account(PROD).with(&role("Deploy").inline("own", json!("no policy")))]);
    let after = alone(&[account(PROD).with(&role("Deploy").inline("own", allow("cloudtrail:*")))]);
    on_each_store(|store| {
        first_look(store, &before);
        assert_eq!(run(store, &after, &[tag("e1", "Deploy")]), [NOT_KNOWN]);
    });
}
