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
    let office = json!({"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}});
    assert_eq!(said(&ana(&[office])), ["holds"]);
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
