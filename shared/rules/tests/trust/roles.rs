//! What a line of the page cannot say: other roles, RCPs, and roles that are AWS's own.

use serde_json::json;
use stanchion_inventory::Inventory;

use crate::world::{ACCOUNT, details, inventory, judged, lent, role, rulebook};

const VENDORS: &str = "
version: 1
third_parties:
  - id: vendors
    title: Only vendors come
    severity: high
    vendors:
      - { name: First, accounts: ['444455556666'] }
      - { name: Second, accounts: ['777788889999'] }
";

const ID: &str = "6f1d2c0e-8a4b-4f7e-9d35-1b2a7c90e4d8";

fn asks(account: &str, id: &str) -> serde_json::Value {
    json!({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": id}}})
}

#[test]
fn an_external_id_that_another_role_asks_another_vendor_for_is_shared() {
    let roles = [role("Lent", &asks("444455556666", ID)), role("Other", &asks("777788889999", ID))];
    let (told, says) = judged(&rulebook(VENDORS), &inventory(&roles, None));
    assert_eq!(told, ["external-id:shared:first"]);
    assert!(!says.contains(ID), "{says}");
    let roles = [role("Lent", &asks("444455556666", ID)), role("Other", &asks("444455556666", ID))];
    assert_eq!(judged(&rulebook(VENDORS), &inventory(&roles, None)).0, ["holds"]);
}

/// UG, "Resource control policies": they bind the role, whoever comes.
#[test]
fn an_rcp_keeps_strangers_out() {
    let open = role("Lent", &json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}));
    assert_eq!(judged(&rulebook(VENDORS), &inventory(std::slice::from_ref(&open), None)).0, ["anyone"]);
    let rcp = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example001"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}});
    let kept = inventory(&[open], Some(&rcp));
    assert_eq!(judged(&rulebook(VENDORS), &kept).0, ["holds"]);
}

#[test]
fn an_rcp_that_lets_one_account_through_names_it() {
    let open = role("Lent", &json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}));
    let rcp = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-example001", "aws:PrincipalAccount": "888899990000"}}});
    assert_eq!(judged(&rulebook(VENDORS), &inventory(&[open], Some(&rcp))).0, ["account:888899990000"]);
}

#[test]
fn roles_of_aws_are_left_alone() {
    let mut linked = role("Lent", &json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}));
    linked["Path"] = json!("/aws-reserved/sso.amazonaws.com/");
    let path = format!("arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/Lent");
    linked["Arn"] = json!(path);
    let inventory = inventory(&[linked], None);
    let rulebook = rulebook(VENDORS);
    let evaluator = stanchion_rules::Evaluator::new(&rulebook, &inventory, None);
    let judged = evaluator.principal(inventory.principal(&path).expect("the role"));
    assert!(matches!(judged[0].judgement, stanchion_rules::Judgement::OutOfScope));
}

/// Which accounts are ours is then what the inventory holds.
#[test]
fn without_an_organization_the_inventory_is_inside() {
    let roles = |trusted: &str| {
        let trust = json!({"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"});
        let (own, none) = (details(&[role("Lent", &trust)]), details(&[]));
        Inventory::from_parts(None, &[(ACCOUNT, &own), ("222233334444", &none)]).expect("an inventory")
    };
    assert_eq!(judged(&rulebook(VENDORS), &roles("222233334444")).0, ["holds"]);
    assert_eq!(judged(&rulebook(VENDORS), &roles("888899990000")).0, ["account:888899990000"]);
}

#[test]
fn whether_another_organization_is_the_own_one_may_not_be_known() {
    let trust = json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-example001"}}});
    let alone = Inventory::from_parts(None, &[(ACCOUNT, &details(&[role("Lent", &trust)]))]).expect("one");
    let (told, says) = judged(&rulebook(VENDORS), &alone);
    assert_eq!(told, ["indeterminate"]);
    assert!(says.contains("whether o-example001 is the organization's own id"), "{says}");
}

#[test]
fn every_service_may_be_asked_about() {
    let all = "version: 1\nservice_trust:\n  - { id: s, title: S, severity: low, services: all, except_services: ['lambda.*'] }\n";
    let lets_in = |service: &str| json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"});
    let told = |service: &str| judged(&rulebook(all), &lent(&lets_in(service))).0;
    assert_eq!(told("ec2.amazonaws.com"), ["service:ec2.amazonaws.com"]);
    assert_eq!(told("lambda.amazonaws.com"), ["holds"]);
}

/// Whoever reads the finding need not know it.
#[test]
fn no_external_id_is_told_in_full() {
    let inventory = lent(&asks("888899990000", ID));
    let rulebook = rulebook(VENDORS);
    let evaluator = stanchion_rules::Evaluator::new(&rulebook, &inventory, None);
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/Lent");
    let judged = evaluator.principal(inventory.principal(&arn).expect("the role"));
    let told = format!("{:?}", judged[0].judgement);
    assert!(told.contains("`6f...` of 36 characters"), "{told}");
    assert!(!told.contains(ID), "{told}");
}
