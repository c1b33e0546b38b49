//! The exact answers of `simulate`, and the examples of its page.

use stanchion_policy::simulate::{Answered, Simulator};

use crate::answer;
use crate::page::{Block, blocks};

const PAGE: &str = include_str!("../../../../docs/SIMULATE.md");

/// What is answered to one line.
fn one(line: &str) -> String {
    answer(&mut Simulator::new(), line)
}

/// The page shows requests as `jsonl` and the answers to them, in order, as `jsonl answer`.
#[test]
fn the_examples_of_the_page_are_true() {
    let mut simulator = Simulator::new();
    let mut answers: Vec<String> = Vec::new();
    let mut shown = 0;
    for block in blocks(PAGE) {
        match block {
            Block::Code { language: "jsonl", text } => {
                assert!(answers.is_empty(), "a request of docs/SIMULATE.md has no answer");
                answers = text.lines().map(|line| answer(&mut simulator, line)).collect();
            }
            Block::Code { language: "jsonl answer", text } => {
                assert_eq!(text.lines().collect::<Vec<_>>(), answers);
                shown += answers.len();
                answers.clear();
            }
            _ => {}
        }
    }
    assert!(shown >= 2 && answers.is_empty(), "docs/SIMULATE.md shows {shown} answers");
}

/// An allow names one statement of every layer that it needed.
#[test]
fn an_allow_lists_a_statement_of_each_layer() {
    let line = r#"{"id": 7, "principal": "arn:aws:sts::111122223333:assumed-role/deploy/s1",
        "action": "s3:GetObject", "resource": "arn:aws:s3:::docs/a", "resource_account": "444455556666",
        "identity": [
            {"Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}},
            {"Statement": [{"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}, {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}],
        "boundary": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}},
        "session": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
        "scps": [
            [{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}],
            [{"Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}, {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}]],
        "rcps": [[{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:Put*", "Resource": "*"}}]],
        "resource_policy": {"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/deploy"}, "Action": "s3:*", "Resource": "*"}},
        "endpoint_policies": [{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}]}"#;
    assert_eq!(
        one(line),
        concat!(
            r#"{"id":7,"decision":"allow","because":["#,
            r#"{"layer":"identity","policy":"identity[1]","statement":1},"#,
            r#"{"layer":"boundary","policy":"boundary","statement":0},"#,
            r#"{"layer":"session","policy":"session","statement":0},"#,
            r#"{"layer":"scp","policy":"scps[0][0]","statement":0},"#,
            r#"{"layer":"scp","policy":"scps[1][1]","statement":0},"#,
            r#"{"layer":"resource","policy":"resource_policy","statement":0},"#,
            r#"{"layer":"endpoint","policy":"endpoint_policies[0]","statement":0}]}"#
        )
    );
}

/// An explicit deny names every statement that denies, not just the first, in the documents' order.
#[test]
fn an_explicit_deny_lists_every_statement_that_denies() {
    let line = r#"{"id": "d", "principal": "arn:aws:iam::111122223333:user/ann",
        "action": "s3:GetObject", "resource": "arn:aws:s3:::docs/a",
        "identity": [{"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}, {"Effect": "Deny", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}]}],
        "scps": [[], [{"Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}}]],
        "rcps": [[{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}}]]}"#;
    assert_eq!(
        one(line),
        concat!(
            r#"{"id":"d","decision":"explicit-deny","because":["#,
            r#"{"layer":"identity","policy":"identity[0]","statement":0},"#,
            r#"{"layer":"identity","policy":"identity[0]","statement":1},"#,
            r#"{"layer":"scp","policy":"scps[1][0]","statement":0},"#,
            r#"{"layer":"rcp","policy":"rcps[0][0]","statement":0}]}"#
        )
    );
}

/// An implicit deny of an organization names the level, since no policy there is at fault.
#[test]
fn an_empty_level_is_named() {
    let line = r#"{"id": null, "principal": "arn:aws:iam::111122223333:user/ann",
        "action": "s3:GetObject", "resource": "arn:aws:s3:::docs/a",
        "identity": [{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}],
        "scps": [[{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}], []]}"#;
    assert_eq!(
        one(line),
        r#"{"id":null,"decision":"implicit-deny","because":[{"layer":"scp","policy":"scps[1]","statement":null}]}"#
    );
}

/// Only what would change the decision is named as unknown.
#[test]
fn an_indeterminate_decision_names_what_matters() {
    let line = r#"{"principal": "arn:aws:iam::111122223333:user/ann",
        "action": "kms:Decrypt", "resource": "arn:aws:kms:eu-west-1:111122223333:key/k",
        "context": {"a:b": "1"},
        "identity": [{"Statement": [
            {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"Resembles": {"a:b": "1"}}},
            {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}]}"#;
    assert_eq!(
        one(line),
        concat!(
            r#"{"id":null,"decision":"indeterminate","because":[],"unknowns":["#,
            r#""resource policy: it is not given, and this resource has one"]}"#
        )
    );
}

/// A line that cannot be read is answered under its id, and the next line is read all the same.
#[test]
fn a_bad_line_is_an_answer_too() {
    let mut simulator = Simulator::new();
    for (line, expected) in [
        (
            r#"{"id": "x", "action": "s3:GetObject"}"#,
            r#"{"id":"x","decision":"error","because":[],"error":"not a request: "#,
        ),
        ("{", r#"{"id":null,"decision":"error","because":[],"error":"not a request: "#),
        (
            r#"{"id": [1], "principal": "nobody", "action": "s3:GetObject", "resource": "*"}"#,
            r#"{"id":[1],"decision":"error","because":[],"error":"`nobody` is not a principal"#,
        ),
        (
            r#"{"id": 1, "principal": "anonymous", "action": "s3:Get*", "resource": "*"}"#,
            r#"{"id":1,"decision":"error","because":[],"error":"`s3:Get*` is not an action"#,
        ),
        (
            r#"{"id": 1, "principal": "anonymous", "action": "s3:GetObject", "resource": "*", "context": {"a:b": {}}}"#,
            r#"{"id":1,"decision":"error","because":[],"error":"context key `a:b`"#,
        ),
        (
            r#"{"id": 1, "principal": "anonymous", "action": "s3:GetObject", "resource": "*", "context": {"a:b": "1", "a:b": "2"}}"#,
            r#"{"id":1,"decision":"error","because":[],"error":""#,
        ),
    ] {
        let mut out = Vec::new();
        let answered = simulator.line(line, &mut out).expect("an answer can be written");
        let out = String::from_utf8(out).expect("answers are text");
        assert_eq!(answered, Answered::Error, "{line} gave {out}");
        assert!(out.starts_with(expected), "{line} gave {out}");
    }
    assert!(
        one(r#"{"principal": "anonymous", "action": "s3:GetObject", "resource": "*"}"#)
            .contains("implicit-deny")
    );
}

/// Statements that share a condition share its outcome, but each unknown is a statement's own.
#[test]
fn each_statement_names_its_own_unknown() {
    let line = r#"{"principal": "arn:aws:iam::111122223333:user/ann", "action": "s3:GetObject",
        "resource": "arn:aws:s3:::docs/a", "context": {"aws:username": "ann"}, "identity": [{"Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringMatches": {"aws:username": "ann"}}},
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringMatches": {"aws:username": "ann"}}}]}]}"#;
    assert_eq!(
        one(line),
        concat!(
            r#"{"id":null,"decision":"indeterminate","because":[],"unknowns":["#,
            r#""identity policy identity[0], statement 0: operator `StringMatches` is not known","#,
            r#""identity policy identity[0], statement 1: operator `StringMatches` is not known"]}"#
        )
    );
}
