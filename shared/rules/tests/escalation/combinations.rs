//! What may not be held together: all of it must be possible, and something must be gained.

use serde_json::{Value, json};

use crate::world::{World, allow, arn, lets_in, on};

const PAIR: &str = "combinations: [{ id: c, title: C, severity: high, \
    together: [[{ Action: s3:GetObject, Resource: 'arn:aws:s3:::secret/*' }], \
               { name: takes it out, statements: [{ Action: 's3:PutBucketPolicy' }] }] }]";

const PASS: &str = "combinations: [{ id: c, title: C, severity: high, unless: administrator, \
    together: [[{ Action: lambda:CreateFunction }], [{ Action: lambda:InvokeFunction }]], \
    passes_to: [lambda.amazonaws.com] }]";

const RUN: &str = "combinations: [{ id: c, title: C, severity: high, unless: administrator, \
    together: [[{ Action: lambda:UpdateFunctionCode }]], runs_as: [lambda.amazonaws.com], \
    gains: [{ NotAction: 'logs:*' }] }]";

fn functions() -> Value {
    allow(&json!(["lambda:CreateFunction", "lambda:InvokeFunction"]))
}

fn lambda() -> Value {
    lets_in(&json!({"Service": "lambda.amazonaws.com"}))
}

/// A user, and a role for functions that may read queues.
fn with_queues(statements: &[Value]) -> World {
    World::default().user("Ana", statements).role("Queues", &lambda(), &[allow(&json!("sqs:ReceiveMessage"))])
}

#[test]
fn each_member_must_be_possible() {
    let said = |statements: &[Value]| World::default().user("Ana", statements).said(PAIR, "Ana");
    assert_eq!(said(&[allow(&json!("s3:GetObject"))]), ["holds"]);
    assert_eq!(said(&[allow(&json!("s3:PutBucketPolicy"))]), ["holds"]);
    assert_eq!(
        said(&[allow(&json!("s3:*"))]),
        ["[s3:GetObject] takes it out: s3:PutBucketPolicy on arn:aws:s3:::example"]
    );
    // By resources and conditions, and not by names of actions.
    assert_eq!(
        said(&[on("s3:GetObject", "arn:aws:s3:::public/*"), allow(&json!("s3:PutBucketPolicy"))]),
        ["holds"]
    );
}

#[test]
fn a_member_that_is_not_known_leaves_it_open_and_one_that_is_impossible_settles_it() {
    let ana = || World::default().user("Ana", &[allow(&json!("s3:GetObject"))]).with_unknown();
    let said = ana().said(PAIR, "Ana");
    assert!(said[0].starts_with("? ") && said[0].contains("policy/Unknown"), "{said:?}");
    assert_eq!(ana().bounded(&[allow(&json!("s3:GetObject"))]).said(PAIR, "Ana"), ["holds"]);
}

#[test]
fn a_role_must_be_passed_that_may_do_more() {
    let queues = arn("Queues");
    let said = |statements: &[Value]| with_queues(statements).said(PASS, "Ana");
    assert_eq!(said(&[functions()]), ["holds"], "nothing is passed");
    let found = said(&[functions(), on("iam:PassRole", &queues)]);
    assert_eq!(found.len(), 1);
    let start =
        "[iam:PassRole] passes role/Queues to lambda.amazonaws.com; the role can sqs:ReceiveMessage on ";
    assert!(found[0].starts_with(start), "{found:?}");
    assert!(found[0].contains("and lambda:CreateFunction on "), "{found:?}");
    assert_eq!(said(&[functions(), on("iam:PassRole", &arn("Other"))]), ["holds"], "another role");
    let elsewhere = json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}});
    assert_eq!(said(&[functions(), elsewhere]), ["holds"], "to another service");
    let queues_itself = allow(&json!("sqs:*"));
    assert_eq!(
        said(&[functions(), on("iam:PassRole", &queues), queues_itself]),
        ["holds"],
        "nothing is gained"
    );
    assert_eq!(said(&[allow(&json!("*"))]), ["holds"], "an administrator gains nothing");
}

/// What a principal's own `Deny`, or its boundary, takes from it is gained by a role that has neither.
#[test]
fn limits_of_the_principal_alone_are_no_limits_of_the_role() {
    let pass = || on("iam:PassRole", &arn("Queues"));
    let denied = json!({"Effect": "Deny", "Action": "sqs:ReceiveMessage", "Resource": "*"});
    let found = with_queues(&[functions(), pass(), allow(&json!("sqs:*")), denied]).said(PASS, "Ana");
    assert!(found[0].contains("the role can sqs:ReceiveMessage"), "{found:?}");
    let bounded = World::default()
        .user("Ana", &[functions(), pass(), allow(&json!("sqs:*"))])
        .bounded(&[functions(), pass()])
        .role("Queues", &lambda(), &[allow(&json!("sqs:ReceiveMessage"))]);
    let found = bounded.said(PASS, "Ana");
    assert!(found[0].contains("the role can sqs:ReceiveMessage"), "{found:?}");
}

#[test]
fn only_roles_that_the_service_can_assume_count() {
    let instances = lets_in(&json!({"Service": "ec2.amazonaws.com"}));
    let world = World::default().user("Ana", &[functions(), allow(&json!("iam:PassRole"))]).role(
        "Queues",
        &instances,
        &[allow(&json!("sqs:ReceiveMessage"))],
    );
    assert_eq!(world.said(PASS, "Ana"), ["holds"]);
    let refused = json!([lambda(), {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]);
    let world = World::default().user("Ana", &[functions(), allow(&json!("iam:PassRole"))]).role(
        "Queues",
        &refused,
        &[allow(&json!("sqs:ReceiveMessage"))],
    );
    assert_eq!(world.said(PASS, "Ana"), ["holds"]);
}

#[test]
fn what_a_service_has_already_need_not_be_passed() {
    let code = allow(&json!("lambda:UpdateFunctionCode"));
    let found = with_queues(std::slice::from_ref(&code)).said(RUN, "Ana");
    let start =
        "[lambda:UpdateFunctionCode] may act as role/Queues through lambda.amazonaws.com; the role can ";
    assert!(found[0].starts_with(start), "{found:?}");
    let logs = World::default().user("Ana", &[code]).role("Logs", &lambda(), &[allow(&json!("logs:*"))]);
    assert_eq!(logs.said(RUN, "Ana"), ["holds"], "what it gains does not count");
}

#[test]
fn roles_that_the_inventory_lacks_leave_it_open() {
    let ana = || World::default().user("Ana", &[functions(), allow(&json!("iam:PassRole"))]).truncated();
    let said = ana().said(PASS, "Ana");
    assert_eq!(said, ["? which other roles there are in account 111122223333: the inventory lacks some"]);
    let nobody = World::default().user("Ana", &[allow(&json!("iam:PassRole"))]).truncated();
    assert_eq!(nobody.said(PASS, "Ana"), ["holds"], "what it takes besides is impossible");
}
