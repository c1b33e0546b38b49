//! Random policy documents about a request: near enough to match now and then, wide enough to use
//! every element and operator of the language.

use serde_json::{Map, Value, json};

use super::cases::{OTHER, OWN};
use crate::bench::Numbers;

/// What a document is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identity policy, a boundary or a session policy.
    Identity,
    Scp,
    Rcp,
    /// A resource's policy, or a trust policy.
    Resource,
    Endpoint,
}

/// Patterns of resources that are not made from the one that is asked for.
const RESOURCES: [&str; 8] = [
    "arn:aws:s3:::docs/*",
    "arn:aws:s3:::docs",
    "arn:aws:s3:::docs/${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::docs/home/${aws:username}/*",
    "arn:aws:dynamodb:*:*:table/*",
    "arn:aws:sqs:*:111122223333:*",
    "arn:aws:iam::*:role/service/*",
    "arn:aws:s3:::other/*",
];

/// Who a resource's policy may name.
const PRINCIPALS: [(&str, &str); 11] = [
    ("AWS", "*"),
    ("AWS", OWN),
    ("AWS", "arn:aws:iam::111122223333:root"),
    ("AWS", OTHER),
    ("AWS", "arn:aws:iam::111122223333:user/staff/ann"),
    ("AWS", "arn:aws:iam::111122223333:user/ben"),
    ("AWS", "arn:aws:iam::111122223333:role/deploy"),
    ("AWS", "arn:aws:sts::111122223333:assumed-role/deploy/s1"),
    ("AWS", "arn:aws:sts::111122223333:assumed-role/Reader/ann@example.com"),
    ("Service", "lambda.amazonaws.com"),
    ("Federated", "cognito-identity.amazonaws.com"),
];

/// A key, the operators of its type, and values that policies compare it with.
type Tested = (&'static str, &'static [&'static str], &'static [&'static str]);

const TEXT: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];
const NUMBER: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];
const DATE: &[&str] = &[
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
];
const ARN: &[&str] = &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"];
const ADDRESS: &[&str] = &["IpAddress", "NotIpAddress"];
const TEAMS: &[&str] = &["red", "blue", "Red", "r*", "*", "?ed", "${aws:PrincipalTag/team}"];

const TESTED: [Tested; 20] = [
    ("aws:PrincipalTag/team", TEXT, TEAMS),
    ("aws:ResourceTag/team", TEXT, TEAMS),
    ("aws:RequestTag/team", TEXT, TEAMS),
    ("aws:PrincipalOrgID", TEXT, &["o-exampleorg1", "o-*", "o-other"]),
    ("aws:RequestedRegion", TEXT, &["eu-west-1", "eu-*", "us-east-1", "US-EAST-1"]),
    ("aws:UserAgent", TEXT, &["aws-cli/*", "Console", "console"]),
    ("aws:SourceVpce", TEXT, &["vpce-1a2b3c4d", "vpce-*", "vpce-0"]),
    ("aws:username", TEXT, &["ann", "a*", "ben"]),
    ("s3:prefix", TEXT, &["home/${aws:username}/", "home/*", "red", ""]),
    ("s3:max-keys", NUMBER, &["10", "50", "100", "-1", "10.0"]),
    ("aws:MultiFactorAuthAge", NUMBER, &["60", "3600", "10"]),
    ("aws:CurrentTime", DATE, &["2026-01-01T00:00:00Z", "2026-03-01T12:00:00Z", "1767225600"]),
    ("aws:SecureTransport", &["Bool"], &["true", "false"]),
    ("aws:MultiFactorAuthPresent", &["Bool"], &["true", "false"]),
    ("aws:SourceIp", ADDRESS, &["10.0.0.0/8", "203.0.113.0/24", "2001:db8::/32", "10.1.2.3", "0.0.0.0/0"]),
    (
        "aws:PrincipalArn",
        ARN,
        &[
            "arn:aws:iam::111122223333:role/deploy",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::111122223333:user/*",
            "arn:aws:iam::111122223333:user/staff/a*",
        ],
    ),
    ("aws:SourceArn", ARN, &["arn:aws:sns:*:111122223333:*", "arn:aws:sns:eu-west-1:111122223333:topic"]),
    ("aws:PrincipalAccount", TEXT, &[OWN, OTHER, "1111*"]),
    ("aws:ResourceAccount", TEXT, &[OWN, OTHER, "${aws:PrincipalAccount}"]),
    // No key of the reference is binary; this one has no type there, and so takes any operator. The values are
    // "red", "blue" and "dev" in base64.
    ("aws:SourceOwner", &["BinaryEquals"], &["cmVk", "Ymx1ZQ==", "ZGV2"]),
];

/// Keys of several values, which need a set operator.
const SETS: [(&str, &[&str]); 3] = [
    ("aws:TagKeys", &["team", "cost", "t*", "Team"]),
    ("aws:PrincipalOrgPaths", &["o-exampleorg1/r-ab12/*", "o-exampleorg1/*/ou-ab12-workloads/", "o-other/*"]),
    ("dynamodb:LeadingKeys", &["red", "blue", "${aws:PrincipalTag/team}", "1*"]),
];

/// A document of one to three statements about a request's action and resource.
pub(super) fn document(n: &mut Numbers, kind: Kind, about: &[&str; 2]) -> Value {
    let count = 1 + n.below(3);
    let statements: Vec<Value> = (0..count).map(|_| statement(n, kind, about)).collect();
    let mut document = Map::new();
    match n.below(15) {
        // RCPs must be of the current version.
        0 if kind != Kind::Rcp => {}
        1 if kind != Kind::Rcp => _ = document.insert("Version".to_owned(), json!("2008-10-17")),
        _ => _ = document.insert("Version".to_owned(), json!("2012-10-17")),
    }
    let single = count == 1 && n.below(3) == 0;
    let statements = if single { statements[0].clone() } else { Value::Array(statements) };
    document.insert("Statement".to_owned(), statements);
    Value::Object(document)
}

fn statement(n: &mut Numbers, kind: Kind, about: &[&str; 2]) -> Value {
    let mut statement = Map::new();
    // RCPs that organizations write only deny.
    let denies = kind == Kind::Rcp || n.below(if kind == Kind::Scp { 2 } else { 5 }) == 0;
    statement.insert("Effect".to_owned(), json!(if denies { "Deny" } else { "Allow" }));
    match kind {
        Kind::Identity | Kind::Scp => {}
        // The peer takes no other in an endpoint's policy, IAM none in an RCP.
        Kind::Rcp | Kind::Endpoint => _ = statement.insert("Principal".to_owned(), json!("*")),
        Kind::Resource => {
            let name = if denies && n.below(8) == 0 { "NotPrincipal" } else { "Principal" };
            statement.insert(name.to_owned(), principal(n));
        }
    }
    let (service, _) = about[0].split_once(':').unwrap_or_default();
    let name = if kind != Kind::Rcp && n.below(8) == 0 { "NotAction" } else { "Action" };
    let actions = one_or_more(n, |n| match action(n, about[0]) {
        // RCPs name services.
        all if all == "*" && kind == Kind::Rcp => format!("{service}:*"),
        other => other,
    });
    statement.insert(name.to_owned(), actions);
    // Trust policies have no resource; their role is the resource.
    if !(kind == Kind::Resource && about[0] == "sts:AssumeRole") {
        let name = if n.below(8) == 0 { "NotResource" } else { "Resource" };
        statement.insert(name.to_owned(), one_or_more(n, |n| resource(n, about[1])));
    }
    if n.below(2) == 0 {
        let count = 1 + n.below(2);
        let mut block = Map::new();
        for _ in 0..count {
            let (operator, key, values) = condition(n);
            block.insert(operator, json!({ key: values }));
        }
        statement.insert("Condition".to_owned(), Value::Object(block));
    }
    Value::Object(statement)
}

fn one_or_more(n: &mut Numbers, mut one: impl FnMut(&mut Numbers) -> String) -> Value {
    match n.below(3) {
        0 => json!([one(n), one(n)]),
        1 => json!([one(n)]),
        _ => json!(one(n)),
    }
}

fn action(n: &mut Numbers, asked: &str) -> String {
    let (service, name) = asked.split_once(':').unwrap_or((asked, ""));
    match n.below(9) {
        0 => "*".to_owned(),
        1 => format!("{service}:*"),
        2 => format!("{service}:{}*", &name[..3.min(name.len())]),
        3 => format!("{service}:*{}", &name[name.len().saturating_sub(4)..]),
        4 => asked.to_lowercase(),
        5 => "ec2:Describe*".to_owned(),
        6 => format!("{service}:?{}", &name[1..]),
        _ => asked.to_owned(),
    }
}

fn resource(n: &mut Numbers, asked: &str) -> String {
    match n.below(8) {
        0..=2 => "*".to_owned(),
        3 => RESOURCES[n.below(RESOURCES.len())].to_owned(),
        4 if asked.len() > 8 => format!("{}*", &asked[..asked.len() - 3]),
        5 if asked.len() > 8 => format!("{}?", &asked[..asked.len() - 1]),
        6 => asked.replace(OWN, "*"),
        _ => asked.to_owned(),
    }
}

fn principal(n: &mut Numbers) -> Value {
    if n.below(6) == 0 {
        return json!("*");
    }
    let (kind, name) = PRINCIPALS[n.below(PRINCIPALS.len())];
    let (other_kind, other) = PRINCIPALS[n.below(PRINCIPALS.len())];
    match n.below(3) {
        0 if kind == other_kind => json!({ kind: [name, other] }),
        0 => json!({ kind: [name], other_kind: other }),
        _ => json!({ kind: name }),
    }
}

fn condition(n: &mut Numbers) -> (String, String, Value) {
    let case =
        |n: &mut Numbers, key: &str| if n.below(20) == 0 { key.to_lowercase() } else { key.to_owned() };
    if n.below(8) == 0 {
        let (key, ..) = TESTED[n.below(TESTED.len())];
        let value = if n.below(2) == 0 { "true" } else { "false" };
        return ("Null".to_owned(), case(n, key), json!(value));
    }
    if n.below(4) == 0 {
        let (key, values) = SETS[n.below(SETS.len())];
        let set = if n.below(2) == 0 { "ForAnyValue" } else { "ForAllValues" };
        let operator = TEXT[n.below(TEXT.len())];
        let if_exists = if n.below(8) == 0 { "IfExists" } else { "" };
        let values = one_or_more(n, |n| values[n.below(values.len())].to_owned());
        return (format!("{set}:{operator}{if_exists}"), case(n, key), values);
    }
    let (key, operators, values) = TESTED[n.below(TESTED.len())];
    let operator = operators[n.below(operators.len())];
    let if_exists = if n.below(5) == 0 { "IfExists" } else { "" };
    let values = one_or_more(n, |n| values[n.below(values.len())].to_owned());
    (format!("{operator}{if_exists}"), case(n, key), values)
}
