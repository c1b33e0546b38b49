//! Comparisons: an answer within the budget, whatever the documents.

use stanchion_policy::compare::{As, Relation, documents};
use stanchion_policy::{NamedPolicy, Policy};

fn relation(left: &str, right: &str, kind: As) -> Relation {
    let named = |name: &str, text: &str| NamedPolicy::new(name, Policy::parse(text));
    documents(&named("left", left), &named("right", right), kind).relation
}

fn allow(resources: &[String]) -> String {
    format!(
        r#"{{"Statement": [{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": {resources:?}}}]}}"#
    )
}

#[test]
fn thousands_of_resources_and_one_more() {
    let all: Vec<String> = (0..5_000).map(|n| format!("arn:aws:s3:::bucket/{n}/*")).collect();
    let less = allow(&all[1..]);
    assert_eq!(relation(&less, &allow(&all), As::Identity), Relation::Narrower);
    let turned: Vec<String> = all.iter().rev().cloned().collect();
    assert_eq!(relation(&allow(&turned), &allow(&all), As::Identity), Relation::Equivalent);
}

#[test]
fn thousands_of_statements() {
    let statement = |n: usize| {
        format!(
            r#"{{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::{n}*", "Condition": {{"StringEquals": {{"aws:PrincipalTag/t": "{n}"}}}}}}"#
        )
    };
    let all: Vec<String> = (0..2_000).map(statement).collect();
    let document = |all: &[String]| format!(r#"{{"Statement": [{}]}}"#, all.join(","));
    let (more, less) = (document(&all), document(&all[1..]));
    assert_ne!(relation(&more, &less, As::Scp), Relation::Equivalent);
    assert_eq!(relation(&more, &more, As::Scp), Relation::Equivalent);
}

#[test]
fn accounts_without_end() {
    let accounts: Vec<String> =
        (0..3_000).map(|n| format!("arn:aws:sqs:*:{:012}:jobs", 100_000_000_000_u64 + n)).collect();
    let queues = |all: &[String]| allow(all).replace("s3:GetObject", "sqs:SendMessage");
    assert_eq!(relation(&queues(&accounts[1..]), &queues(&accounts), As::Identity), Relation::Narrower);
    let trusts = |all: &[String]| {
        let names: Vec<&str> = all.iter().filter_map(|arn| arn.split(':').nth(4)).collect();
        format!(
            r#"{{"Statement": [{{"Effect": "Allow", "Principal": {{"AWS": {names:?}}}, "Action": "sts:AssumeRole"}}]}}"#
        )
    };
    // More principals than are gone through.
    assert_ne!(relation(&trusts(&accounts[1..]), &trusts(&accounts), As::Resource), Relation::Equivalent);
}

#[test]
fn wildcards_within_wildcards() {
    for (one, other) in [("*a", "*b"), ("?*", "*?"), ("*a*b", "*b*a"), ("${a:b}*", "*${a:b}")] {
        let pattern = |unit: &str| allow(&[format!("arn:aws:s3:::{}", unit.repeat(400 / unit.len()))]);
        // That these end within the test's patience is what is asked.
        relation(&pattern(one), &pattern(other), As::Identity);
        assert_eq!(relation(&pattern(one), &pattern(one), As::Identity), Relation::Equivalent, "{one}");
    }
}

#[test]
fn documents_that_say_nothing() {
    for (left, right) in [("{}", "{}"), (r#"{"Statement": []}"#, r#"{"Statement": []}"#)] {
        for kind in [As::Identity, As::Scp, As::Resource] {
            let relation = relation(left, right, kind);
            assert!(matches!(relation, Relation::Equivalent | Relation::Indeterminate), "{relation}");
        }
    }
}
