//! The time to hold a thousand principals, whose policies compare tags, against twenty ABAC rules.

use std::hint::black_box;

use criterion::Criterion;
use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_pipeline::check;
use stanchion_rules::{Evaluator, Rulebook};

const PRINCIPALS: usize = 1000;
const RULES: usize = 20;
const ACCOUNT: &str = "444455556666";
const SERVICES: [&str; 5] = ["secretsmanager", "dynamodb", "sqs", "ec2", "lambda"];

/// A thousand roles of fifty projects in one account.
fn inventory() -> Inventory {
    let own = "${aws:PrincipalTag/project}";
    let policy = |service: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": format!("{service}:*"), "Resource": "*", "Condition": {
                "StringEquals": {"aws:ResourceTag/project": own},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["project", "team"]},
                "StringEqualsIfExists": {"aws:RequestTag/project": own}}},
            {"Effect": "Deny", "Action": [format!("{service}:*ntag*"), format!("{service}:Delete*Tag*")], "Resource": "*"}]})
    };
    let arn = |service: &str| format!("arn:aws:iam::{ACCOUNT}:policy/{service}");
    let policies: Vec<Value> = SERVICES
        .iter()
        .map(|service| {
            json!({"Arn": arn(service), "PolicyName": service, "DefaultVersionId": "v1",
                   "PolicyVersionList": [{"VersionId": "v1", "Document": policy(service)}]})
        })
        .collect();
    let roles: Vec<Value> = (0..PRINCIPALS)
        .map(|number| {
            let attached: Vec<Value> = SERVICES.iter().map(|service| json!({"PolicyArn": arn(service)})).collect();
            json!({"RoleName": format!("r{number}"), "RoleId": format!("AROAEXAMPLE{number}"), "Path": "/projects/",
                "Arn": format!("arn:aws:iam::{ACCOUNT}:role/projects/r{number}"),
                "AttachedManagedPolicies": attached, "RolePolicyList": [],
                "Tags": [{"Key": "project", "Value": format!("p{}", number % 50)}, {"Key": "team", "Value": "eng"}],
                "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                    "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}}]}})
        })
        .collect();
    let details =
        json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies});
    Inventory::from_parts(None, &[(ACCOUNT, &details.to_string())]).expect("an inventory")
}

/// Rules that ask for tags, for isolation in one service each, and for tags that nobody can change.
fn rulebook() -> Rulebook {
    let rules: Vec<Value> = (0..RULES)
        .map(|number| {
            let mut rule = json!({"id": format!("r{number}"), "title": "T", "severity": "high"});
            match number % 3 {
                0 => rule["tags"] = json!({"required": ["project", "team"], "values": {"project": "p*"}}),
                1 => {
                    let service = SERVICES[number % SERVICES.len()];
                    rule["isolate"] = json!({"by": "project", "actions": [format!("{service}:*")]});
                }
                _ => rule["immutable"] = json!(["project"]),
            }
            rule
        })
        .collect();
    Rulebook::parse(&json!({"version": 1, "abac": rules}).to_string(), "bench").expect("a rulebook")
}

fn main() {
    let (inventory, rulebook) = (inventory(), rulebook());
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    criterion.bench_function("abac/1000 principals, 20 rules", |bencher| {
        bencher.iter(|| {
            let checked = check(&Evaluator::new(&rulebook, &inventory, None));
            assert!(checked.findings.is_empty(), "{:?}", checked.findings.first());
            black_box(checked)
        });
    });
    criterion.final_summary();
}
