//! `prove` against brute force: in a small closed universe of requests, it finds a request exactly
//! where trying them all with `decide` finds one, and every witness of it is one of those.

#[path = "statements/sample.rs"]
mod sample;
mod statements;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use stanchion_policy::decide::{Outcome, matches};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Asker, Question, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Layers, Level, NamedPolicy, Policy, Request, decide};

use sample::{Realm, counterexample};
use statements::close_with_conditions;

const ACTIONS: [&str; 3] = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
const RESOURCES: [&str; 4] =
    ["arn:aws:s3:::a/x", "arn:aws:s3:::a/xy", "arn:aws:s3:::b/x", "arn:aws:s3:::ab/y"];
const PATTERNS: [&str; 10] = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a*",
    "arn:aws:s3:::*/x",
    "arn:aws:s3:::*/x?",
    "arn:aws:s3:::?/x",
    "arn:aws:s3:::b/x",
    "arn:aws:s3:::${aws:PrincipalTag/team}/x",
    "arn:aws:s3:::${aws:PrincipalTag/none, 'b'}/x",
];

/// The keys of the universe, each with the values that a request may give it, as lists.
fn universe() -> Vec<(&'static str, Vec<Option<Vec<&'static str>>>)> {
    let one = |values: [&'static str; 3]| {
        let mut all: Vec<Option<Vec<&str>>> = values.iter().map(|v| Some(vec![*v])).collect();
        all.push(None);
        all
    };
    let tags = ["p", "q", "r"];
    let subsets = (0..8usize).map(|bits| {
        let chosen: Vec<&str> = (0..3).filter(|i| bits >> i & 1 == 1).map(|i| tags[i]).collect();
        (!chosen.is_empty()).then_some(chosen)
    });
    vec![
        ("aws:Referer", one(["a", "ab", "B"])),
        ("aws:MultiFactorAuthAge", one(["1", "2", "3.5"])),
        ("aws:SourceIp", one(["10.0.0.1", "10.1.0.1", "2001:db8::1"])),
        ("aws:TagKeys", subsets.collect()),
    ]
}

/// Conditions that close the universe: a request with other values is not forbidden.
fn closing() -> String {
    r#""StringEqualsIfExists": {"aws:Referer": ["a", "ab", "B"]},
       "NumericEqualsIfExists": {"aws:MultiFactorAuthAge": ["1", "2", "3.5"]},
       "IpAddressIfExists": {"aws:SourceIp": ["10.0.0.1", "10.1.0.1", "2001:db8::1"]},
       "ForAllValues:StringEquals": {"aws:TagKeys": ["p", "q", "r"]}"#
        .to_owned()
}

fn condition() -> impl Strategy<Value = (String, String, Vec<String>)> {
    let values = |all: Vec<&'static str>| {
        proptest::sample::subsequence(all.clone(), 1..=all.len().min(2))
            .prop_map(|v| v.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    let operators = |all: Vec<&'static str>| (select(all), select(vec!["", "IfExists"]));
    let text = (
        operators(vec![
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ]),
        values(vec!["a", "a*", "?", "b", "AB", "*", "${aws:PrincipalTag/team}"]),
    )
        .prop_map(|((op, end), v)| (format!("{op}{end}"), "aws:Referer".to_owned(), v));
    let number = (
        operators(vec![
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ]),
        values(vec!["1", "2", "3.50", "0"]),
    )
        .prop_map(|((op, end), v)| (format!("{op}{end}"), "aws:MultiFactorAuthAge".to_owned(), v));
    let address = (
        operators(vec!["IpAddress", "NotIpAddress"]),
        values(vec!["10.0.0.0/8", "10.0.0.0/16", "10.1.0.1", "2001:db8::/32"]),
    )
        .prop_map(|((op, end), v)| (format!("{op}{end}"), "aws:SourceIp".to_owned(), v));
    let many = (
        select(vec!["ForAllValues:", "ForAnyValue:"]),
        operators(vec!["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"]),
        values(vec!["p", "q", "r", "?"]),
    )
        .prop_map(|(q, (op, end), v)| (format!("{q}{op}{end}"), "aws:TagKeys".to_owned(), v));
    let null = (
        select(vec!["aws:Referer", "aws:MultiFactorAuthAge", "aws:SourceIp", "aws:TagKeys"]),
        select(vec!["true", "false"]),
    )
        .prop_map(|(key, v)| ("Null".to_owned(), key.to_owned(), vec![v.to_owned()]));
    prop_oneof![text, number, address, many, null]
}

fn statement(effect: Vec<&'static str>) -> impl Strategy<Value = String> {
    (
        select(effect),
        select(vec!["Action", "Action", "NotAction"]),
        proptest::sample::subsequence(vec!["s3:GetObject", "s3:Put*", "s3:*Object", "*"], 1..=2),
        select(vec!["Resource", "Resource", "NotResource"]),
        proptest::sample::subsequence(PATTERNS.to_vec(), 1..=2),
        proptest::collection::vec(condition(), 0..=3),
    )
        .prop_map(|(effect, action, actions, resource, resources, conditions)| {
            let mut text = format!(
                r#"{{"Effect": "{effect}", "{action}": {actions:?}, "{resource}": {resources:?}, "Condition": {{"#
            );
            close_with_conditions(&mut text, conditions);
            text
        })
}

fn document(effect: Vec<&'static str>) -> impl Strategy<Value = Policy> {
    proptest::collection::vec(statement(effect), 1..=3).prop_map(|statements| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "));
        let policy = Policy::parse(&text);
        assert!(policy.document().is_ok(), "{text}: {policy:?}");
        policy
    })
}

fn layers() -> impl Strategy<Value = Layers> {
    let any = || document(vec!["Allow", "Allow", "Deny"]);
    let allow = || document(vec!["Allow"]);
    (
        proptest::collection::vec(any(), 1..=2),
        proptest::option::of(any()),
        proptest::collection::vec(proptest::collection::vec(any(), 1..=2), 0..=2),
        allow(),
    )
        .prop_map(|(mut identity, boundary, scps, extra)| {
            identity.push(extra);
            let named = |name: &str, p: &Policy| NamedPolicy::new(name, p.clone());
            Layers {
                identity: identity.iter().map(|p| named("identity", p)).collect(),
                boundary: boundary.map(|p| named("boundary", &p)),
                scps: scps
                    .iter()
                    .map(|level| Level {
                        name: "level".into(),
                        policies: level.iter().map(|p| named("scp", p)).collect(),
                    })
                    .collect(),
                ..Layers::default()
            }
        })
}

fn asker() -> Asker {
    let mut known = Context::new();
    known.insert("aws:PrincipalTag/team", vec!["a".to_owned()]);
    Asker {
        caller: Caller::parse("arn:aws:iam::111122223333:user/alice").expect("an ARN"),
        unique_id: Some("AIDAEXAMPLEALICE00001".to_owned()),
        known,
        trust: None,
        now: None,
    }
}

fn forbidden() -> Policy {
    let text =
        format!(r#"[{{"Action": {ACTIONS:?}, "Resource": {RESOURCES:?}, "Condition": {{{}}}}}]"#, closing());
    let statements: Vec<Json> = serde_json::from_str(&text).expect("JSON");
    Policy::of(Document::forbidden(&statements, "forbid").expect("statements"))
}

static REQUESTS: LazyLock<Vec<Request>> = LazyLock::new(requests);

/// Every request of the universe.
fn requests() -> Vec<Request> {
    let asker = asker();
    let mut contexts = vec![asker.known.clone()];
    for (key, values) in universe() {
        contexts = contexts
            .iter()
            .flat_map(|context| {
                values.iter().map(move |value| {
                    let mut context = context.clone();
                    if let Some(value) = value {
                        context.insert(key, value.iter().map(|v| (*v).to_owned()).collect());
                    }
                    context
                })
            })
            .collect();
    }
    let mut requests = Vec::new();
    for action in ACTIONS {
        for resource in RESOURCES {
            for context in &contexts {
                let account = Some("111122223333");
                let caller = asker.caller.clone();
                requests.push(
                    Request::new(caller, action, resource, account, context.clone()).expect("a request"),
                );
            }
        }
    }
    requests
}

proptest! {
    #![proptest_config(Config { cases: 400, ..Config::default() })]

    #[test]
    fn prove_finds_a_request_exactly_where_there_is_one(layers in layers()) {
        let (asker, forbidden) = (asker(), forbidden());
        let question = Question { forbidden: &forbidden, roles: &[], resources: &[], steps: STEPS };
        let answer = Stack::new(&asker, &layers).prove(&question);
        let found = REQUESTS.iter().find(|request| {
            matches(request, &forbidden) == Some(true) && decide(request, &layers).outcome == Outcome::Allow
        });
        match (&answer.verdict, &found) {
            (Verdict::Yes(_), Some(_)) | (Verdict::No, None) => {}
            (verdict, found) => prop_assert!(false, "{verdict:?}, but brute force: {found:?}"),
        }
    }

    /// Where anything may be forbidden, there is no universe to try in full: what policies spell out, and
    /// what comes close to it, is tried.
    #[test]
    fn what_is_proven_impossible_is_not_among_requests_made_of_the_patterns(
        layers in layers(),
        seed in any::<u64>(),
    ) {
        let asker = asker();
        let statements: Vec<Json> =
            serde_json::from_str(r#"[{"Action": "s3:PutObject"}]"#).expect("JSON");
        let forbidden = Policy::of(Document::forbidden(&statements, "forbid").expect("statements"));
        let question = Question { forbidden: &forbidden, roles: &[], resources: &[], steps: STEPS };
        if let Verdict::No = Stack::new(&asker, &layers).prove(&question).verdict {
            let realm = Realm {
                actions: &["s3:PutObject"],
                account: "111122223333",
                keys: &["aws:Referer", "aws:TagKeys"],
                always: &[("aws:SourceIp", &["10.0.0.1", "10.1.0.1", "192.0.2.1", "2001:db8::1"])],
                is_real: |resource| {
                    let name = resource.strip_prefix("arn:aws:s3:::").and_then(|rest| rest.split_once('/'));
                    name.is_some_and(|(bucket, key)| {
                        !bucket.is_empty() && !bucket.contains(':') && !key.is_empty()
                    })
                },
            };
            let found = counterexample(&asker, &layers, &forbidden, &realm, seed);
            prop_assert!(found.is_none(), "no, but {found:?}");
        }
    }

    #[test]
    fn the_order_of_policies_does_not_show(layers in layers()) {
        let (asker, forbidden) = (asker(), forbidden());
        let mut turned = layers.clone();
        turned.identity.reverse();
        turned.scps.iter_mut().for_each(|level| level.policies.reverse());
        let answer = |layers: &Layers| {
            let question = Question { forbidden: &forbidden, roles: &[], resources: &[], steps: STEPS };
            match Stack::new(&asker, layers).prove(&question).verdict {
                Verdict::Yes(w) => Some((w.action, w.resource, w.context)),
                _ => None,
            }
        };
        prop_assert_eq!(answer(&layers), answer(&turned));
    }
}
