//! `can` against `simulate`: where a line says every key, they decide alike; where it leaves keys free, a
//! *no* holds for whatever they are, and a *yes* has a witness that `simulate` allows.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};
use stanchion_policy::ask::Batch;
use stanchion_policy::prove::STEPS;
use stanchion_policy::simulate::Simulator;

const OWN: &str = "111122223333";
const PRINCIPALS: [&str; 5] = [
    "arn:aws:iam::111122223333:user/dev/ana",
    "arn:aws:iam::111122223333:role/ops/deploy",
    "arn:aws:sts::111122223333:assumed-role/deploy/s1",
    "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s1",
    "arn:aws:iam::111122223333:root",
];
/// Actions and resources, of which some do not go together.
const ASKED: [(&str, &str); 16] = [
    ("s3:GetObject", "arn:aws:s3:::docs/a.txt"),
    ("s3:GetObject", "arn:aws:s3:::docs"),
    ("s3:ListBucket", "arn:aws:s3:::docs"),
    ("s3:PutBucketPolicy", "arn:aws:s3:::docs"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:own"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:444455556666:theirs"),
    ("sqs:SetQueueAttributes", "arn:aws:sqs:eu-west-1:111122223333:own"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/k1"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:444455556666:key/k1"),
    ("sts:AssumeRole", "arn:aws:iam::111122223333:role/other"),
    ("sts:AssumeRole", "arn:aws:iam::444455556666:role/theirs"),
    ("iam:PassRole", "arn:aws:iam::111122223333:role/other"),
    ("iam:GetUser", "arn:aws:iam::111122223333:user/dev/ana"),
    ("ec2:DescribeInstances", "*"),
    ("sqs:Unheard", "arn:aws:sqs:eu-west-1:111122223333:own"),
    ("sts:GetCallerIdentity", "*"),
];
/// Keys that a request may have, with the values that it may have.
const KEYS: [(&str, &[&[&str]]); 7] = [
    ("aws:SourceIp", &[&["10.0.0.1"], &["192.0.2.7"]]),
    ("aws:SecureTransport", &[&["true"], &["false"]]),
    ("aws:RequestedRegion", &[&["eu-west-1"], &["us-east-1"]]),
    ("aws:PrincipalTag/team", &[&["a"], &["b"]]),
    ("aws:UserAgent", &[&["x"], &["a"]]),
    ("aws:CalledVia", &[&["athena.amazonaws.com"], &["a.amazonaws.com", "b.amazonaws.com"], &[]]),
    ("aws:ResourceTag/team", &[&["a"], &["b"]]),
];
const CONDITIONS: [&str; 18] = [
    "{}",
    "{}",
    "{}",
    "{}",
    r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#,
    r#"{"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#,
    r#"{"Bool": {"aws:SecureTransport": "false"}}"#,
    r#"{"BoolIfExists": {"aws:SecureTransport": "true"}}"#,
    r#"{"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}"#,
    r#"{"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}"#,
    r#"{"StringNotEqualsIfExists": {"aws:PrincipalTag/team": "a"}}"#,
    r#"{"StringLike": {"aws:UserAgent": ["x*", "${aws:PrincipalTag/team}"]}}"#,
    r#"{"Null": {"aws:CalledVia": "true"}}"#,
    r#"{"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}"#,
    r#"{"ForAllValues:StringLike": {"aws:CalledVia": "a*"}}"#,
    r#"{"StringEquals": {"aws:ResourceAccount": "111122223333"}}"#,
    r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops/*"}}"#,
    r#"{"StringEquals": {"aws:userid": "AROAEXAMPLEDEPLOY0001:s1"}}"#,
];

fn statement(effects: Vec<&'static str>, named: bool) -> impl Strategy<Value = Value> {
    (
        select(effects),
        select(vec![
            "*",
            "*",
            "s3:*",
            "s3:Get*",
            "sqs:*",
            "kms:*",
            "sts:AssumeRole",
            "iam:*",
            "ec2:*",
            "sqs:Unheard",
        ]),
        select(vec![
            "*",
            "*",
            "arn:aws:s3:::docs/*",
            "arn:aws:s3:::docs*",
            "arn:aws:sqs:*:*:*",
            "arn:aws:iam::*:role/*",
        ]),
        select(CONDITIONS.to_vec()),
        select(vec![
            json!("*"),
            json!({"AWS": OWN}),
            json!({"AWS": PRINCIPALS[0]}),
            json!({"AWS": PRINCIPALS[1]}),
            json!({"AWS": PRINCIPALS[2]}),
            json!({"AWS": "arn:aws:iam::111122223333:role/deploy"}),
            json!({"AWS": "AROAEXAMPLEDEPLOY0001"}),
            json!({"AWS": "444455556666"}),
        ]),
    )
        .prop_map(move |(effect, action, resource, condition, principal)| {
            let condition: Value = serde_json::from_str(condition).expect("JSON");
            let mut statement = json!({"Effect": effect, "Action": action, "Condition": condition});
            statement["Resource"] = resource.into();
            if named {
                statement["Principal"] = principal;
            }
            statement
        })
}

fn document(effects: Vec<&'static str>, named: bool) -> impl Strategy<Value = Value> {
    proptest::collection::vec(statement(effects, named), 1..=3)
        .prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
}

fn line() -> impl Strategy<Value = Value> {
    let any = || document(vec!["Allow", "Allow", "Allow", "Deny"], false);
    let levels = |effects: Vec<&'static str>, named| {
        let level = proptest::collection::vec(document(effects, named), 1..=2);
        proptest::collection::vec(level, 0..=2)
    };
    let optional = |strategy| proptest::option::weighted(0.25, strategy);
    let own_policy = || document(vec!["Allow", "Allow", "Deny"], true);
    let policies = (
        proptest::collection::vec(any(), 0..=2),
        optional(any().boxed()),
        optional(any().boxed()),
        proptest::option::weighted(0.4, levels(vec!["Allow", "Allow", "Allow", "Deny"], false)),
        proptest::option::weighted(0.2, levels(vec!["Deny"], true)),
        // Not given, none, and one.
        select(vec![0, 1, 2, 2]),
        own_policy(),
        proptest::option::weighted(0.15, proptest::collection::vec(own_policy(), 1..=2)),
    );
    let values: Vec<_> =
        KEYS.iter().map(|(_, values)| proptest::option::of(select(values.to_vec()))).collect();
    (select(PRINCIPALS.to_vec()), select(ASKED.to_vec()), policies, values, select(vec![true, false]))
        .prop_map(|(principal, (action, resource), policies, values, with_path)| {
            let (identity, boundary, session, scps, rcps, given, own, endpoint) = policies;
            let mut line = json!({"id": 1, "principal": principal, "action": action, "resource": resource,
                "identity": identity, "boundary": boundary, "session": session, "scps": scps, "rcps": rcps,
                "endpoint_policies": endpoint});
            if given > 0 {
                line["resource_policy"] = if given == 1 { Value::Null } else { own };
            }
            let mut context = Map::new();
            for ((key, _), value) in KEYS.iter().zip(values) {
                if let Some(value) = value {
                    context.insert((*key).to_owned(), json!(value));
                }
            }
            if with_path && principal.contains("assumed-role/deploy") {
                context.insert("aws:PrincipalArn".to_owned(), PRINCIPALS[1].into());
                context.insert("aws:userid".to_owned(), "AROAEXAMPLEDEPLOY0001:s1".into());
            }
            line["context"] = context.into();
            line
        })
}

fn simulated(line: &Value) -> String {
    let mut out = Vec::new();
    Simulator::new().line(&line.to_string(), &mut out).expect("written");
    let answer: Value = serde_json::from_slice(&out).expect("JSON");
    answer["decision"].as_str().expect("text").to_owned()
}

fn answered(line: &Value) -> Value {
    let mut out = Vec::new();
    Batch::new(None, STEPS).line(&line.to_string(), &mut out).expect("written");
    serde_json::from_slice(&out).expect("JSON")
}

/// The line with null for every key that it does not say.
fn closed(line: &Value) -> Value {
    let mut line = line.clone();
    let context = line["context"].as_object_mut().expect("an object");
    for key in KEYS.iter().map(|(key, _)| *key).chain(["aws:userid"]) {
        context.entry(key.to_owned()).or_insert(Value::Null);
    }
    // The root user's follows from its account.
    if line["principal"] == PRINCIPALS[4] {
        line["context"].as_object_mut().expect("an object").remove("aws:userid");
    }
    line
}

/// The line with what every request has: whether it is encrypted, and the region of its resource.
fn real(mut line: Value) -> Value {
    let resource = line["resource"].as_str().expect("text").to_owned();
    let context = line["context"].as_object_mut().expect("an object");
    context.entry("aws:SecureTransport").or_insert("true".into());
    context.entry("aws:RequestedRegion").or_insert("us-east-1".into());
    if resource.contains(":eu-west-1:") {
        context.insert("aws:RequestedRegion".to_owned(), "eu-west-1".into());
    } else if resource.contains(":iam:") && !line["action"].as_str().expect("text").starts_with("sts:") {
        line["context"]["aws:RequestedRegion"] = "us-east-1".into();
    }
    line
}

/// The line after some of the changes that an answer names.
fn changed(line: &Value, changes: &[&Value]) -> Value {
    let mut line = line.clone();
    let open = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let mut denies = Vec::new();
    for change in changes {
        let policy = change["policy"].as_str().expect("text");
        if change["says"] == "denies" {
            denies.push((pointer(policy), change["statement"].as_u64().expect("a number") as usize));
            continue;
        }
        let mut open = open.clone();
        if ["resource", "endpoint"].contains(&policy) {
            open["Principal"] = "*".into();
        }
        let document = json!({"Version": "2012-10-17", "Statement": [open]});
        match policy {
            "identity" => line["identity"].as_array_mut().expect("a list").push(document),
            "endpoint" => line["endpoint_policies"].as_array_mut().expect("a list").push(document),
            "boundary" | "session" | "resource" => {
                let place = if policy == "resource" { "resource_policy" } else { policy };
                match line[place]["Statement"].as_array_mut() {
                    Some(statements) => statements.push(open),
                    None => line[place] = document,
                }
            }
            level => line
                .pointer_mut(&pointer(level))
                .and_then(Value::as_array_mut)
                .expect("a level")
                .push(document),
        }
    }
    // The last first, so that the others keep their numbers.
    denies.sort_by(|a, b| b.cmp(a));
    for (pointer, statement) in denies {
        let document = line.pointer_mut(&pointer).expect("a document");
        document["Statement"].as_array_mut().expect("a list").remove(statement);
    }
    line
}

/// `scps[1][0]` -> `/scps/1/0`.
fn pointer(place: &str) -> String {
    format!("/{}", place.replace('[', "/").replace(']', ""))
}

proptest! {
    #![proptest_config(Config { cases: 1500, ..Config::default() })]

    #[test]
    fn a_request_that_is_said_in_full_is_decided_alike(line in line()) {
        let decision = simulated(&line);
        let answer = answered(&closed(&line));
        let agreed = match answer["answer"].as_str().expect("text") {
            "yes" => decision == "allow",
            "no" => decision.ends_with("deny"),
            _ => decision == "indeterminate",
        };
        prop_assert!(agreed, "{decision}, {answer}\n{}", closed(&line));
    }

    /// What would have to change is enough, and no less is.
    #[test]
    fn a_no_ends_with_the_changes_and_with_no_fewer(line in line()) {
        let line = closed(&line);
        let answer = answered(&line);
        let change = answer["change"].as_array().expect("a list");
        if answer["answer"] == "no" && !change.is_empty() {
            let all: Vec<&Value> = change.iter().collect();
            let after = answered(&changed(&line, &all));
            prop_assert!(after["answer"] != "no", "{answer}\n{line}");
            for left_out in 0..all.len() {
                let mut fewer = all.clone();
                fewer.remove(left_out);
                let after = answered(&changed(&line, &fewer));
                prop_assert_eq!(&after["answer"], "no", "{} without {}\n{}", answer, left_out, line);
            }
        }
    }

    #[test]
    fn a_no_holds_for_every_completion_and_a_yes_is_a_request(line in line(), free in 0..1_u32 << KEYS.len()) {
        let line = real(line);
        let mut open = line.clone();
        let context = open["context"].as_object_mut().expect("an object");
        for (i, (key, _)) in KEYS.iter().enumerate() {
            if free >> i & 1 == 1 {
                context.remove(*key);
            } else {
                context.entry((*key).to_owned()).or_insert(Value::Null);
            }
        }
        let answer = answered(&open);
        match answer["answer"].as_str().expect("text") {
            "no" => {
                let decision = simulated(&line);
                prop_assert!(decision != "allow", "{decision}, {answer}\n{open}\n{line}");
            }
            "yes" => {
                let mut witness = open.clone();
                for field in ["action", "resource", "context"] {
                    witness[field] = answer["witness"][field].clone();
                }
                prop_assert_eq!(simulated(&witness), "allow", "{}\n{}", answer, open);
            }
            _ => {}
        }
    }
}
