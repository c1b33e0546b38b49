//! `isolate` in services whose tags have keys of their own, and for calls that act on several resources.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_rules::{Evaluator, Evidence, Judgement, Rulebook};

const ACCOUNT: &str = "444455556666";
/// Without wildcards before the name, so that it is plain how far those in it reach.
const SNAPSHOTS: &str = "arn:aws:ec2:us-east-1::snapshot/*";
const OWN: &str = "${aws:PrincipalTag/project}";

/// What a role of the project `atlas` with some statements can do across the boundary, by actions: the
/// witness's action and resource, or nothing.
fn across(actions: &[&str], statements: &[Value]) -> Option<(String, String)> {
    let role = json!({"RoleName": "a", "RoleId": "AROAEXAMPLE", "Path": "/",
        "Arn": format!("arn:aws:iam::{ACCOUNT}:role/a"), "AttachedManagedPolicies": [],
        "Tags": [{"Key": "project", "Value": "atlas"}],
        "RolePolicyList": [{"PolicyName": "own",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}],
        "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "ec2.amazonaws.com"}}]}});
    let details =
        json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []});
    let inventory = Inventory::from_parts(None, &[(ACCOUNT, &details.to_string())]).expect("an inventory");
    let rule = json!({"id": "apart", "title": "T", "severity": "high",
        "isolate": {"by": "project", "actions": actions}});
    let rulebook = json!({"version": 1, "abac": [rule]}).to_string();
    let rulebook = Rulebook::parse(&rulebook, "test").expect("a rulebook");
    let evaluator = Evaluator::new(&rulebook, &inventory, None);
    let principal = inventory.principals().next().expect("a role");
    let mut judged = evaluator.principal(principal);
    assert_eq!(judged.len(), 1, "{judged:?}");
    match judged.remove(0).judgement {
        Judgement::Holds { .. } => None,
        Judgement::Violated { evidence: Evidence::Witness(witness, _), .. } => {
            Some((witness.action, witness.resource))
        }
        other => panic!("{other:?}"),
    }
}

fn allow(action: &str, resource: &str, key: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource,
        "Condition": {"StringEquals": {format!("{key}/project"): OWN}}})
}

#[test]
fn a_services_own_key_for_the_tag_holds_resources_apart() {
    for (action, key) in [
        ("s3:GetObject", "s3:ExistingObjectTag"),
        ("s3:PutObject", "s3:RequestObjectTag"),
        ("rds:DeleteDBInstance", "rds:db-tag"),
        ("rds:CreateDBInstance", "rds:req-tag"),
        ("rds:StartDBCluster", "rds:cluster-tag"),
        ("dms:DeleteEndpoint", "dms:endpoint-tag"),
    ] {
        assert_eq!(across(&[action], &[allow(action, "*", key)]), None, "{action} by {key}");
        assert_eq!(across(&[action], &[allow(action, "*", "aws:ResourceTag")]), None, "{action}");
    }
}

#[test]
fn without_a_condition_nothing_is_held_apart() {
    for action in ["s3:GetObject", "s3:PutObject", "rds:DeleteDBInstance", "rds:CreateDBInstance"] {
        let any = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
        let found = across(&[action], &[any]).map(|(found, _)| found);
        assert_eq!(found.as_deref(), Some(action));
    }
}

#[test]
fn what_a_call_finds_there_is_held_apart_as_well_as_what_it_makes() {
    let volume = "arn:aws:ec2:us-east-1:444455556666:volume/*";
    let made = allow("ec2:CreateVolume", volume, "aws:RequestTag");
    let own = allow("ec2:CreateVolume", SNAPSHOTS, "aws:ResourceTag");
    assert_eq!(across(&["ec2:CreateVolume"], &[made.clone(), own]), None);
    let of_others = json!({"Effect": "Allow", "Action": "ec2:CreateVolume", "Resource": SNAPSHOTS});
    let (action, resource) = across(&["ec2:CreateVolume"], &[made, of_others]).expect("a witness");
    assert_eq!(action, "ec2:CreateVolume");
    assert!(resource.contains("::snapshot/"), "{resource}");
    // A tag that is given to what is found there does not hold it apart.
    let given = allow("ec2:RunInstances", "*", "aws:RequestTag");
    let (_, resource) = across(&["ec2:RunInstances"], &[given]).expect("a witness");
    assert!(!resource.contains(":instance/") && !resource.contains(":volume/"), "{resource}");
}
