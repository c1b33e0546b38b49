//! Random policies about the objects of one bucket, for the tests of patterns that hold variables.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use stanchion_policy::{NamedPolicy, Policy};

use crate::statements::close_with_conditions;

/// A statement on `s3:GetObject` with one or two of these patterns and at most two conditions.
fn statement(
    patterns: &'static [&'static str],
    condition: impl Strategy<Value = (String, String, Vec<String>)>,
) -> impl Strategy<Value = String> {
    (
        select(vec!["Allow", "Allow", "Deny"]),
        select(vec!["Resource", "Resource", "NotResource"]),
        subsequence(patterns, 1..=2),
        proptest::collection::vec(condition, 0..=2),
    )
        .prop_map(|(effect, resource, resources, conditions)| {
            let mut text = format!(
                r#"{{"Effect": "{effect}", "Action": "s3:GetObject", "{resource}": {resources:?}, "Condition": {{"#
            );
            close_with_conditions(&mut text, conditions);
            text
        })
}

/// A policy of one or two such statements.
pub(crate) fn policy(
    patterns: &'static [&'static str],
    condition: impl Strategy<Value = (String, String, Vec<String>)>,
) -> impl Strategy<Value = NamedPolicy> {
    proptest::collection::vec(statement(patterns, condition), 1..=2).prop_map(|statements| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "));
        let policy = Policy::parse(&text);
        assert!(policy.document().is_ok(), "{text}: {policy:?}");
        NamedPolicy::new("p", policy)
    })
}
