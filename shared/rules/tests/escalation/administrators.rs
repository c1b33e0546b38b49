//! Who may do everything is told by a proof, and not by the names of policies.

use serde_json::json;

use crate::world::{World, allow};

const NOBODY: &str = "administrators: [{ id: a, title: A, severity: high }]";
const FACT: &str = "its policies allow every action on every resource";

fn said(world: &World) -> Vec<String> {
    world.said(NOBODY, "Ana")
}

fn ana(statements: &[serde_json::Value]) -> World {
    World::default().user("Ana", statements)
}

#[test]
fn whoever_may_do_everything_is_one_however_it_is_written() {
    let everything = allow(&json!("*"));
    assert_eq!(said(&ana(std::slice::from_ref(&everything))), [FACT]);
    let iam = json!({"Effect": "Allow", "Action": "iam:*", "Resource": "*"});
    let others = json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"});
    assert_eq!(said(&ana(&[iam, others])), [FACT]);
    let with_device = json!({"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}});
    assert_eq!(said(&ana(&[with_device])), [FACT]);
    let no_bills = json!({"Effect": "Deny", "Action": "aws-portal:*", "Resource": "*"});
    assert_eq!(said(&ana(&[everything.clone(), no_bills])), [FACT]);
    let all = std::slice::from_ref(&everything);
    assert_eq!(said(&ana(all).bounded(all)), [FACT]);
}

#[test]
fn who_may_do_nearly_everything_is_none() {
    let everything = || allow(&json!("*"));
    let power = json!({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"});
    assert_eq!(said(&ana(&[power])), ["holds"]);
    let no_access = json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*"});
    assert_eq!(said(&ana(&[everything(), no_access])), ["holds"]);
    assert_eq!(said(&ana(&[everything()]).bounded(&[allow(&json!("s3:*"))])), ["holds"]);
}

#[test]
fn what_is_not_known_is_told() {
    let said = said(&ana(&[allow(&json!("s3:*"))]).with_unknown());
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("? what arn:aws:iam::111122223333:policy/Unknown allows"), "{said:?}");
}

#[test]
fn those_who_are_known_are_in_order() {
    let world = ana(&[allow(&json!("*"))]);
    let known = "administrators: [{ id: a, title: A, severity: high, known: { names: [A*] } }]";
    assert_eq!(world.said(known, "Ana"), ["holds"]);
    let others = "administrators: [{ id: a, title: A, severity: high, known: { names: [B*] } }]";
    assert_eq!(world.said(others, "Ana"), [FACT]);
}

/// What is said of Ana with one statement.
fn may(action: &serde_json::Value, resource: &str, condition: &serde_json::Value) -> String {
    let statement =
        json!({"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition});
    said(&ana(&[statement])).join("; ")
}

const ANA: &str = "arn:aws:iam::111122223333:user/Ana";

#[test]
fn whoever_may_give_itself_everything_is_one() {
    let gives = |action: &str| format!("[{action}] it may give itself everything");
    for action in ["iam:AttachUserPolicy", "iam:PutUserPolicy"] {
        assert_eq!(may(&json!(action), "*", &json!({})), gives(action));
        assert_eq!(may(&json!(action), ANA, &json!({})), gives(action));
        assert_eq!(may(&json!(action), "arn:aws:iam::111122223333:user/Bea", &json!({})), "holds");
    }
    assert_eq!(may(&json!("iam:*"), "*", &json!({})), gives("iam:AttachUserPolicy"));
    // From the office it can give itself what holds anywhere.
    let office = json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}});
    assert_eq!(may(&json!("*"), "*", &office), gives("iam:AttachUserPolicy"));
    // A role's policies are not its own.
    assert_eq!(may(&json!("iam:PutRolePolicy"), "*", &json!({})), "holds");
    let some = json!({"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}});
    assert_eq!(may(&json!("iam:AttachUserPolicy"), "*", &some), "holds");
    let bounded = json!({"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/B"}});
    assert_eq!(may(&json!("iam:PutUserPolicy"), "*", &bounded), "holds");
}

#[test]
fn a_boundary_that_stays_keeps_it_from_everything() {
    let iam = || allow(&json!("iam:*"));
    assert_eq!(said(&ana(&[iam()]).bounded(&[allow(&json!(["iam:*", "s3:*"]))])), ["holds"]);
    let gives = "[iam:AttachUserPolicy] it may give itself everything";
    assert_eq!(said(&ana(&[iam()]).bounded(&[allow(&json!("*"))])), [gives]);
    let not_itself = json!({"Effect": "Deny", "Action": ["iam:AttachUserPolicy", "iam:PutUserPolicy"],
        "Resource": "arn:aws:iam::*:user/${aws:username}"});
    assert_eq!(said(&ana(&[iam(), not_itself])), ["holds"]);
}

/// One finding, and not one for each technique.
#[test]
fn techniques_are_not_told_of_who_may_give_itself_everything() {
    let keys = "combinations: [{ id: c, title: C, severity: high, unless: administrator, \
                together: [[{ Action: iam:CreateAccessKey }]] }]";
    let world = |action: &str| ana(&[allow(&json!(["iam:CreateAccessKey", action]))]);
    assert_eq!(world("iam:PutUserPolicy").said(keys, "Ana"), ["holds"]);
    assert!(world("iam:PutGroupPolicy").said(keys, "Ana")[0].starts_with("[iam:CreateAccessKey]"));
}
