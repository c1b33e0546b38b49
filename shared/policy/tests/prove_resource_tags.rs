//! A service's own key for a resource's tag and `aws:ResourceTag` carry the same tag: `prove` answers
//! with no request in which they differ.

use serde_json::{Value, json};
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Asker, Question, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Document, Layers, NamedPolicy, Policy};

/// What a user tagged `project=atlas`, allowed this, can do of that.
fn ask(allowed: &Value, forbidden: &Value) -> Verdict {
    let policy = |statement: &Value| json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    let mut known = Context::new();
    known.insert("aws:PrincipalTag/project", vec!["atlas".to_owned()]);
    let caller = Caller::parse("arn:aws:iam::111122223333:user/ana").expect("a caller");
    let asker = Asker { caller, unique_id: None, known, trust: None, now: None };
    let identity = vec![NamedPolicy::new("p", Policy::parse(&policy(allowed)))];
    let layers = Layers { identity, ..Layers::default() };
    let statement: Json = serde_json::from_str(&forbidden.to_string()).expect("JSON");
    let forbidden = Policy::of(Document::forbidden(&[statement], "test").expect("a region"));
    let question = Question { forbidden: &forbidden, roles: &[], resources: &[], steps: STEPS };
    Stack::new(&asker, &layers).prove(&question).verdict
}

fn allow(action: &str, condition: &Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition})
}

/// Requests about resources that are not of the project `atlas`.
fn elsewhere(action: &str) -> Value {
    json!({"Action": action, "Resource": "*",
           "Condition": {"StringNotEquals": {"aws:ResourceTag/project": "atlas"}}})
}

#[test]
fn what_one_key_demands_the_other_has() {
    let demands = [
        (
            "ec2:StopInstances",
            json!({"StringEquals": {"ec2:ResourceTag/project": "${aws:PrincipalTag/project}"}}),
        ),
        ("ec2:StopInstances", json!({"StringEquals": {"EC2:resourcetag/Project": "atlas"}})),
        ("ec2:StopInstances", json!({"ForAnyValue:StringEquals": {"ec2:ResourceTag/project": "atlas"}})),
        ("iam:UpdateRole", json!({"StringEquals": {"iam:ResourceTag/project": "atlas"}})),
        (
            "secretsmanager:GetSecretValue",
            json!({"StringEquals": {"secretsmanager:ResourceTag/project": "atlas"}}),
        ),
    ];
    for (action, condition) in demands {
        let verdict = ask(&allow(action, &condition), &elsewhere(action));
        assert!(matches!(verdict, Verdict::No), "{action} {condition}: {verdict:?}");
    }
}

#[test]
fn a_witness_has_the_tag_under_both_keys() {
    let condition = json!({"StringNotEquals": {"ec2:ResourceTag/project": "borealis"},
                           "Null": {"ec2:ResourceTag/project": "false"}});
    let verdict = ask(&allow("ec2:StopInstances", &condition), &elsewhere("ec2:StopInstances"));
    let Verdict::Yes(witness) = verdict else { panic!("{verdict:?}") };
    let tag = |key: &str| witness.context.get(key).map(|values| values.join(","));
    let own = tag("ec2:ResourceTag/project");
    assert!(own.as_deref().is_some_and(|value| !["atlas", "borealis"].contains(&value)), "{witness:?}");
    assert_eq!(own, tag("aws:ResourceTag/project"));
}

#[test]
fn keys_that_are_tied_to_one_are_tied_to_the_other() {
    let condition = json!({"StringEquals": {"ec2:ResourceTag/project": "${aws:RequestTag/project}"}});
    let apart = json!({"Action": "ec2:CreateTags", "Resource": "*", "Condition": {
        "StringNotEquals": {"aws:ResourceTag/project": "${aws:RequestTag/project}"},
        "Null": {"aws:RequestTag/project": "false"}}});
    let verdict = ask(&allow("ec2:CreateTags", &condition), &apart);
    assert!(matches!(verdict, Verdict::No), "{verdict:?}");
    let together = json!({"Action": "ec2:CreateTags", "Resource": "*", "Condition": {
        "StringEquals": {"aws:ResourceTag/project": "borealis"}}});
    let verdict = ask(&allow("ec2:CreateTags", &condition), &together);
    assert!(matches!(verdict, Verdict::Yes(_)), "{verdict:?}");
}

#[test]
fn a_key_that_the_reference_does_not_list_is_a_key_by_itself() {
    let condition = json!({"StringEquals": {"ec2:ResourceTag/project": "atlas"}});
    let verdict = ask(&allow("s3:PutObject", &condition), &elsewhere("s3:PutObject"));
    assert!(matches!(verdict, Verdict::Indeterminate(_)), "{verdict:?}");
}
