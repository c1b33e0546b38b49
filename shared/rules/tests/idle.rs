//! Policies of an organization that do nothing, and statements of them, and of rules.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_rules::{Evaluator, Rulebook};

const MANAGEMENT: &str = "999988887777";
const PROD: &str = "111122223333";
const TEST: &str = "444455556666";
const SCP: &str = "SERVICE_CONTROL_POLICY";
const RCP: &str = "RESOURCE_CONTROL_POLICY";

/// An organization of two members, with one policy of its own, attached to these.
fn organization(kind: &str, targets: &[&str], statements: &Value) -> Value {
    let content = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    json!({
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": MANAGEMENT},
        "Roots": [{"Id": "r-ab12", "PolicyTypes": [
            {"Type": SCP, "Status": "ENABLED"}, {"Type": RCP, "Status": "ENABLED"}]}],
        "OrganizationalUnits": [
            {"Id": "ou-ab12-workload", "Name": "Workloads", "ParentId": "r-ab12"},
            {"Id": "ou-ab12-vacant00", "Name": "Vacant", "ParentId": "r-ab12"}],
        "Accounts": [{"Id": MANAGEMENT, "ParentId": "r-ab12"}, {"Id": PROD, "ParentId": "ou-ab12-workload"},
            {"Id": TEST, "ParentId": "r-ab12"}],
        "Policies": [
            {"PolicySummary": {"Id": "p-FullAWSAccess", "Type": SCP}, "TargetIds": ["r-ab12", PROD, TEST, MANAGEMENT]},
            {"PolicySummary": {"Id": "p-own00000", "Name": "Own", "Type": kind}, "Content": content,
             "TargetIds": targets}]
    })
}

fn said(organization: &Value, rules: &str) -> Vec<String> {
    let rulebook =
        Rulebook::parse(&format!("version: 1\nguardrails: [ {rules} ]"), "test").expect("a rulebook");
    let inventory = Inventory::from_parts(Some(&organization.to_string()), &[]).expect("an inventory");
    Evaluator::new(&rulebook, &inventory, None).idle()
}

/// What is said of one policy.
fn of(kind: &str, targets: &[&str], statements: &Value) -> Vec<String> {
    said(&organization(kind, targets, statements), "")
}

fn deny(action: &str, condition: Value) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition})
}

#[test]
fn a_policy_that_binds_no_account() {
    let stay = json!([deny("organizations:LeaveOrganization", json!({}))]);
    assert_eq!(of(SCP, &["r-ab12"], &stay), [""; 0]);
    assert_eq!(of(SCP, &[], &stay), ["SCP p-own00000 (Own) does nothing: it is attached to nothing"]);
    for target in [MANAGEMENT, "ou-ab12-vacant00"] {
        let told = format!(
            "SCP p-own00000 (Own) does nothing: in {target} there is no account that it could bind, since the management account is bound by none"
        );
        assert_eq!(of(SCP, &[target], &stay), [told]);
    }
    let mut not_enabled = organization(SCP, &["r-ab12"], &stay);
    not_enabled["Roots"][0]["PolicyTypes"] = json!([]);
    assert_eq!(
        said(&not_enabled, ""),
        ["SCP p-own00000 (Own) does nothing: policies of its type are not enabled in the organization"]
    );
    // What a policy is attached to, or whom a target holds, may not be known.
    let mut no_targets = organization(SCP, &[], &stay);
    no_targets["Policies"][1].as_object_mut().expect("a policy").remove("TargetIds");
    assert_eq!(said(&no_targets, ""), [""; 0]);
    let mut no_accounts = organization(SCP, &["ou-ab12-vacant00"], &stay);
    no_accounts.as_object_mut().expect("an organization").remove("Accounts");
    assert_eq!(said(&no_accounts, ""), [""; 0]);
}

#[test]
fn statements_are_told_by_their_names() {
    let mut misspelt = deny("cloudtrail:StopLoging", json!({}));
    misspelt["Sid"] = "Trails".into();
    let told = of(SCP, &["r-ab12"], &json!([deny("s3:DeleteBucket", json!({})), misspelt]));
    let [told] = told.as_slice() else { panic!("one note: {told:?}") };
    assert!(
        told.starts_with("SCP p-own00000 (Own) has a statement that may do nothing: the catalogue"),
        "{told}"
    );
    assert!(told.ends_with("no action `cloudtrail:StopLoging` (statement `Trails`)"), "{told}");
    let mut beyond = deny("ec2:RunInstances", json!({}));
    beyond["Principal"] = "*".into();
    assert_eq!(
        of(RCP, &["r-ab12"], &json!([beyond])),
        [
            "RCP p-own00000 (Own) has a statement that may do nothing: RCPs bind the actions of other services, and not `ec2:RunInstances` (statement 0)"
        ]
    );
}

#[test]
fn what_holds_for_nobody_depends_on_the_accounts_below() {
    let of_test = json!([deny("s3:*", json!({"StringEquals": {"aws:PrincipalAccount": TEST}}))]);
    assert_eq!(of(SCP, &["r-ab12"], &of_test), [""; 0]);
    assert_eq!(
        of(SCP, &["ou-ab12-workload"], &of_test),
        [
            "SCP p-own00000 (Own) has a statement that does nothing: `StringEquals` of `aws:PrincipalAccount` holds for nobody whom it binds (statement 0)"
        ]
    );
    let of_others = json!([deny("s3:*", json!({"StringEquals": {"aws:PrincipalOrgID": "o-anotherorg1"}}))]);
    assert_eq!(of(SCP, &["r-ab12"], &of_others).len(), 1);
    let of_unit = json!({"StringLike": {"aws:PrincipalOrgPaths": "o-exampleorg1/r-ab12/ou-ab12-workload/"}});
    assert_eq!(of(SCP, &["r-ab12"], &json!([deny("s3:*", of_unit)])), [""; 0]);
}

#[test]
fn of_two_statements_that_deny_the_same_the_later_is_told() {
    let stay = deny("organizations:LeaveOrganization", json!({}));
    let told =
        "SCP p-own00000 (Own) has a statement that denies nothing which the others do not deny (statement 1)";
    assert_eq!(of(SCP, &["r-ab12"], &json!([stay, stay])), [told]);
    let narrower = deny("s3:PutObject", json!({"Bool": {"aws:SecureTransport": "false"}}));
    assert_eq!(of(SCP, &["r-ab12"], &json!([deny("s3:*", json!({})), narrower])), [told]);
    assert_eq!(of(SCP, &["r-ab12"], &json!([narrower, deny("s3:*", json!({}))])).len(), 1);
}

#[test]
fn rules_that_ask_whether_something_is_enforced_and_match_nothing() {
    let organization = organization(SCP, &["r-ab12"], &json!([deny("s3:*", json!({}))]));
    let rule = |by: &str, forbid: &str| {
        format!("{{ id: a, title: t, severity: low, {by} forbid: [ {{ Action: s3:PutObject }}, {forbid} ] }}")
    };
    let never = "{ Action: s3:GetObject, Resource: \"arn:aws:s3:::docs\" }";
    assert_eq!(
        said(&organization, &rule("enforced_by: scp,", never)),
        ["a: statement 1 of `forbid` does nothing: none of its actions works on `arn:aws:s3:::docs`"]
    );
    // Without `enforced_by` the linter of rulebooks tells.
    assert_eq!(said(&organization, &rule("", never)), [""; 0]);
    assert_eq!(said(&organization, &rule("enforced_by: scp,", "{ Action: s3:GetObject }")), [""; 0]);
}

#[test]
fn accounts_that_stand_alone_have_no_policies() {
    let rulebook = Rulebook::parse("version: 1\nguardrails: []", "test").expect("a rulebook");
    let details = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []});
    let inventory = Inventory::from_parts(None, &[(PROD, &details.to_string())]).expect("an inventory");
    assert_eq!(Evaluator::new(&rulebook, &inventory, None).idle(), [""; 0]);
}
