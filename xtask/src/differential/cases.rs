//! Random requests with random policies at every layer, as lines of `stanchion simulate`. The same
//! seed gives the same bytes.

use serde_json::{Map, Value, json};

use super::statements::{Kind, document};
use crate::bench::Numbers;

/// The caller's account.
pub(super) const OWN: &str = "111122223333";
/// Somebody else's.
pub(super) const OTHER: &str = "444455556666";

/// Nobody in particular: an unsigned request.
const ANONYMOUS: &str = "anonymous";

/// Who asks: the ARN, `aws:PrincipalArn`, and the type.
const CALLERS: [(&str, &str, &str); 8] = [
    ("arn:aws:iam::111122223333:user/staff/ann", "arn:aws:iam::111122223333:user/staff/ann", "User"),
    ("arn:aws:iam::111122223333:user/ben", "arn:aws:iam::111122223333:user/ben", "User"),
    (
        "arn:aws:sts::111122223333:assumed-role/deploy/s1",
        "arn:aws:iam::111122223333:role/deploy",
        "AssumedRole",
    ),
    (
        "arn:aws:sts::111122223333:assumed-role/Reader/ann@example.com",
        "arn:aws:iam::111122223333:role/Reader",
        "AssumedRole",
    ),
    ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root", "Account"),
    (
        "arn:aws:sts::111122223333:federated-user/ann",
        "arn:aws:sts::111122223333:federated-user/ann",
        "FederatedUser",
    ),
    (
        "arn:aws:sts::111122223333:assumed-role/deploy/s2",
        "arn:aws:iam::111122223333:role/deploy",
        "AssumedRole",
    ),
    (ANONYMOUS, "", ""),
];

/// What is asked for: an action and a resource; `ACCOUNT` stands for its owner.
const ASKED: [(&str, &str); 17] = [
    ("s3:GetObject", "arn:aws:s3:::docs/a.txt"),
    ("s3:GetObject", "arn:aws:s3:::docs/red/x"),
    ("s3:PutObject", "arn:aws:s3:::docs/home/ann/x"),
    ("s3:ListBucket", "arn:aws:s3:::docs"),
    ("s3:ListAllMyBuckets", "*"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:ACCOUNT:jobs"),
    ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:ACCOUNT:table/orders"),
    ("dynamodb:DeleteTable", "arn:aws:dynamodb:us-east-1:ACCOUNT:table/red-orders"),
    ("ec2:TerminateInstances", "arn:aws:ec2:eu-west-1:ACCOUNT:instance/i-0abc"),
    ("ec2:DescribeInstances", "*"),
    ("iam:PassRole", "arn:aws:iam::ACCOUNT:role/service/worker"),
    ("iam:GetUser", "arn:aws:iam::ACCOUNT:user/staff/ann"),
    ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:ACCOUNT:function:red"),
    ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:ACCOUNT:secret:red/db-AbCdEf"),
    ("sts:AssumeRole", "arn:aws:iam::ACCOUNT:role/deploy"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:ACCOUNT:key/1234"),
    ("organizations:LeaveOrganization", "*"),
];

/// Context keys that a request may have, with the values that it may have for each.
const CONTEXT: [(&str, &[&[&str]]); 19] = [
    ("aws:PrincipalTag/team", &[&["red"], &["blue"], &["Red"], &[""]]),
    ("aws:ResourceTag/team", &[&["red"], &["blue"], &["Red"]]),
    ("aws:RequestTag/team", &[&["red"], &["green"]]),
    ("aws:TagKeys", &[&["team"], &["team", "cost"], &["Team"], &["other"]]),
    ("aws:PrincipalOrgID", &[&["o-exampleorg1"]]),
    ("aws:PrincipalOrgPaths", &[&["o-exampleorg1/r-ab12/ou-ab12-workloads/"]]),
    ("aws:RequestedRegion", &[&["eu-west-1"], &["us-east-1"], &["ap-southeast-2"]]),
    ("aws:SourceIp", &[&["10.1.2.3"], &["203.0.113.7"], &["2001:db8::1"]]),
    ("aws:SecureTransport", &[&["true"], &["false"]]),
    ("aws:MultiFactorAuthPresent", &[&["true"], &["false"]]),
    ("aws:MultiFactorAuthAge", &[&["10"], &["3600"]]),
    ("aws:CurrentTime", &[&["2026-03-01T12:00:00Z"], &["2025-12-31T23:59:59Z"]]),
    ("aws:SourceArn", &[&["arn:aws:sns:eu-west-1:111122223333:topic"]]),
    ("aws:UserAgent", &[&["aws-cli/2.0"], &["Console"]]),
    ("aws:SourceOwner", &[&["cmVk"], &["Ymx1ZQ=="]]),
    ("aws:SourceVpce", &[&["vpce-1a2b3c4d"]]),
    ("s3:prefix", &[&["home/ann/"], &["red"], &[""]]),
    ("s3:max-keys", &[&["10"], &["100"]]),
    ("dynamodb:LeadingKeys", &[&["red"], &["red", "blue"], &["111"]]),
];

/// The case of a number.
pub(super) fn case(seed: u64, id: usize) -> Value {
    // Neighbours must not share a sequence, so the seed is spread over all bits.
    let mut numbers = Numbers::new((seed << 40 ^ id as u64).wrapping_mul(0xd134_2543_de82_ef95));
    let n = &mut numbers;
    // Root users, federated sessions and anonymous callers are rarely asked for.
    let caller = CALLERS[if n.below(12) == 0 { n.below(CALLERS.len()) } else { n.below(4) }];
    let (action, resource) = ASKED[n.below(ASKED.len())];
    let owner = if n.below(6) == 0 { OTHER } else { OWN };
    let resource = resource.replace("ACCOUNT", owner);
    let mut line = Map::new();
    line.insert("id".to_owned(), json!(id));
    line.insert("principal".to_owned(), json!(caller.0));
    line.insert("action".to_owned(), json!(action));
    line.insert("resource".to_owned(), json!(resource));
    line.insert("resource_account".to_owned(), json!(owner));
    line.insert("context".to_owned(), context(n, caller, owner, action));
    let about = [action, resource.as_str()];

    line.insert("identity".to_owned(), documents(n, Kind::Identity, &about, &[1, 1, 2, 3, 0]));
    if n.below(4) == 0 {
        line.insert("boundary".to_owned(), document(n, Kind::Identity, &about));
    }
    if caller.0.starts_with("arn:aws:sts:") && n.below(4) == 0 {
        line.insert("session".to_owned(), document(n, Kind::Identity, &about));
    }
    if n.below(3) == 0 {
        let levels = 1 + n.below(3);
        line.insert("scps".to_owned(), (0..levels).map(|_| ceiling(n, Kind::Scp, &about)).collect());
    }
    if n.below(5) == 0 {
        let levels = 1 + n.below(2);
        line.insert("rcps".to_owned(), (0..levels).map(|_| ceiling(n, Kind::Rcp, &about)).collect());
    }
    let has_policy = matches!(action, "sts:AssumeRole" | "kms:Decrypt");
    let can_have = !resource.starts_with('*') && !action.starts_with("iam:") && !action.starts_with("ec2:");
    let given = has_policy || (can_have && n.below(3) == 0);
    let policy = if given { document(n, Kind::Resource, &about) } else { Value::Null };
    line.insert("resource_policy".to_owned(), policy);
    if n.below(10) == 0 {
        line.insert("endpoint_policies".to_owned(), documents(n, Kind::Endpoint, &about, &[1, 2]));
    }
    if caller.0 == ANONYMOUS {
        // Nobody has policies, nor an organization.
        for layer in ["identity", "boundary", "session", "scps"] {
            line.remove(layer);
        }
    }
    Value::Object(line)
}

/// A level of SCPs, mostly with the policy that allows everything, or one of RCPs, which have it.
fn ceiling(n: &mut Numbers, kind: Kind, about: &[&str; 2]) -> Value {
    let Value::Array(mut level) = documents(n, kind, about, &[1, 1, 0, 2]) else { return Value::Null };
    if kind == Kind::Scp && n.below(5) > 0 {
        let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        level.insert(0, json!({"Version": "2012-10-17", "Statement": all}));
    }
    Value::Array(level)
}

fn documents(n: &mut Numbers, kind: Kind, about: &[&str; 2], counts: &[usize]) -> Value {
    let count = counts[n.below(counts.len())];
    (0..count).map(|_| document(n, kind, about)).collect()
}

/// Whether a request for an action can have a key; the peer drops those that it cannot have.
fn can_have(action: &str, key: &str) -> bool {
    match key.split_once(':') {
        Some(("s3", _)) => action == "s3:ListBucket",
        Some(("dynamodb", _)) => action == "dynamodb:GetItem",
        // Tags of a bucket count where its owner has turned that on, which no request says.
        Some((_, "ResourceTag/team")) => !action.starts_with("s3:"),
        _ => true,
    }
}

fn context(n: &mut Numbers, caller: (&str, &str, &str), owner: &str, action: &str) -> Value {
    let mut context = Map::new();
    // What IAM derives itself is told, since peers want to be told.
    if caller.0 != ANONYMOUS {
        context.insert("aws:PrincipalArn".to_owned(), json!(caller.1));
        context.insert("aws:PrincipalAccount".to_owned(), json!(OWN));
        context.insert("aws:PrincipalType".to_owned(), json!(caller.2));
    }
    context.insert("aws:ResourceAccount".to_owned(), json!(owner));
    context.insert("aws:PrincipalIsAWSService".to_owned(), json!("false"));
    if let ("User", Some((_, name))) = (caller.2, caller.0.rsplit_once('/')) {
        context.insert("aws:username".to_owned(), json!(name));
    }
    for (key, values) in CONTEXT {
        let of_nobody = caller.0 == ANONYMOUS && key.starts_with("aws:Principal");
        if n.below(5) < 2 || !can_have(action, key) || of_nobody {
            continue;
        }
        let values = values[n.below(values.len())];
        let several = matches!(key, "aws:TagKeys" | "aws:PrincipalOrgPaths" | "dynamodb:LeadingKeys");
        let value = if several { json!(values) } else { json!(values[0]) };
        // The names of keys are compared without case.
        let key = if n.below(20) == 0 { key.to_lowercase() } else { key.to_owned() };
        context.insert(key, value);
    }
    Value::Object(context)
}
