//! `prove` against brute force where a resource's name holds several variables: tags that the request
//! chooses, the principal's own, a role's id with a name of the caller's choice, and names that can be
//! split in more than one way.

#[path = "statements/objects.rs"]
mod objects;
#[path = "statements/sample.rs"]
mod sample;
mod statements;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::Config;
use stanchion_policy::decide::Outcome;
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Answer, Asker, Question, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Layers, NamedPolicy, Policy, Request, decide};

use objects::policy;
use sample::{Realm, counterexample};

const ACCOUNT: &str = "111122223333";
const RESOURCES: [&str; 6] = [
    "arn:aws:s3:::b/a-b/AROAEXAMPLE:a/x",
    "arn:aws:s3:::b/a-b-a/b",
    "arn:aws:s3:::b/a-a/a",
    "arn:aws:s3:::b/b-a/AROAEXAMPLE:b/a-b",
    "arn:aws:s3:::b/a-none/AROAEXAMPLE:b/y",
    "arn:aws:s3:::b/ab/a",
];
const KEYS: [&str; 3] = ["aws:RequestTag/team", "aws:RequestTag/env", "aws:ResourceTag/team"];
/// With these, `a-b-a` is two names in two ways.
const VALUES: [&str; 4] = ["a", "b", "a-b", "b-a"];
const IDS: [&str; 2] = ["AROAEXAMPLE:a", "AROAEXAMPLE:b"];

fn condition() -> impl Strategy<Value = (String, String, Vec<String>)> {
    let operators = vec!["StringEquals", "StringNotEquals", "StringLike", "ForAnyValue:StringNotLike"];
    let values = vec![
        "b",
        "${aws:RequestTag/env}",
        "${aws:RequestTag/team}-${aws:RequestTag/env}",
        "${aws:PrincipalTag/team}",
        "${aws:PrincipalTag/team}-${aws:ResourceTag/team}",
        "AROAEXAMPLE:${aws:RequestTag/team}",
        "${aws:userid}",
        "${aws:ResourceTag/team, 'b-a'}",
    ];
    let keys = [KEYS.as_slice(), &["aws:PrincipalTag/team", "aws:userid"]].concat();
    (select(operators), select(vec!["", "IfExists"]), select(keys), subsequence(values, 1..=2)).prop_map(
        |(operator, end, key, values)| {
            let values = values.into_iter().map(str::to_owned).collect();
            (format!("{operator}{end}"), key.to_owned(), values)
        },
    )
}

const PATTERNS: &[&str] = &[
    "*",
    "arn:aws:s3:::b/${aws:RequestTag/team}-${aws:RequestTag/env}/*",
    "arn:aws:s3:::b/${aws:PrincipalTag/team}-${aws:RequestTag/env, 'none'}/${aws:userid}/*",
    "arn:aws:s3:::b/*/${aws:userid}/${aws:RequestTag/team}",
    "arn:aws:s3:::b/${aws:RequestTag/team}-${aws:RequestTag/team}/?",
    "arn:aws:s3:::b/${aws:ResourceTag/team}${aws:RequestTag/env}/*",
    "arn:aws:s3:::b/*-${aws:ResourceTag/team}/${aws:PrincipalTag/team}*",
];

fn layers() -> impl Strategy<Value = Layers> {
    let policy = || policy(PATTERNS, condition());
    (policy(), proptest::option::of(policy())).prop_map(|(identity, boundary)| Layers {
        identity: vec![identity],
        boundary,
        ..Layers::default()
    })
}

/// A role whose sessions carry its own tag, and no other.
fn asker() -> Asker {
    let mut known = Context::new();
    known.insert("aws:PrincipalTag/team", vec!["a".to_owned()]);
    let trust = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"},
        "Action": "sts:AssumeRole"}}"#;
    Asker {
        caller: Caller::parse("arn:aws:iam::111122223333:role/app").expect("an ARN"),
        unique_id: Some("AROAEXAMPLE".to_owned()),
        known,
        trust: Some(Policy::parse(trust)),
        now: None,
    }
}

/// Every request in which each key has one of the values, or none.
fn requests() -> Vec<Request> {
    let asker = asker();
    let mut contexts: Vec<Context> = Vec::new();
    for id in IDS {
        let mut context = asker.known.clone();
        context.insert("aws:userid", vec![id.to_owned()]);
        contexts.push(context);
    }
    for key in KEYS {
        let with = |value: &str, context: &Context| {
            let mut context = context.clone();
            context.insert(key, vec![value.to_owned()]);
            context
        };
        let more: Vec<Context> = VALUES
            .iter()
            .flat_map(|value| contexts.iter().map(move |context| with(value, context)))
            .collect();
        contexts.extend(more);
    }
    let request = |resource: &str, context: &Context| {
        Request::new(asker.caller.clone(), "s3:GetObject", resource, Some(ACCOUNT), context.clone())
            .expect("a request")
    };
    RESOURCES.iter().flat_map(|resource| contexts.iter().map(move |c| request(resource, c))).collect()
}

fn forbidden(conditions: &str) -> Policy {
    let list = format!(
        r#"[{{"Action": "s3:GetObject", "Resource": {RESOURCES:?}, "Condition": {{{conditions}}}}}]"#
    );
    let statements: Vec<Json> = serde_json::from_str(&list).expect("JSON");
    Policy::of(Document::forbidden(&statements, "forbid").expect("statements"))
}

thread_local! {
    static REQUESTS: Vec<Request> = requests();
    /// What is asked about is among [`REQUESTS`].
    static CLOSED: Policy = {
        let closing = KEYS.map(|key| format!(r#""{key}": {VALUES:?}"#)).join(", ");
        forbidden(&format!(r#""StringEqualsIfExists": {{{closing}, "aws:userid": {IDS:?}}}"#))
    };
    static OPEN: Policy = forbidden("");
}

fn ask(layers: &Layers, forbidden: &Policy) -> Answer {
    let asker = asker();
    Stack::new(&asker, layers).prove(&Question { forbidden, roles: &[], resources: &[], steps: STEPS })
}

#[test]
fn what_only_a_contested_deny_stops_is_not_proven() {
    let policy = |effect: &str, element: &str, resource: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", "Action": "s3:GetObject",
                "{element}": "{resource}"}}}}"#
        );
        NamedPolicy::new("p", Policy::parse(&text))
    };
    let allow = policy("Allow", "Resource", "arn:aws:s3:::b/a-b/${aws:userid}/*");
    // With a tag, it denies all of these; without, it denies everything or nothing.
    let deny = policy("Deny", "NotResource", "arn:aws:s3:::b/*-${aws:ResourceTag/team}/a*");
    let identity = vec![allow, deny];
    let answer = CLOSED.with(|forbidden| ask(&Layers { identity, ..Layers::default() }, forbidden));
    let Verdict::Indeterminate(why) = answer.verdict else { panic!("{:?}", answer.verdict) };
    assert!(why.iter().any(|reason| reason.contains("has a variable without value")), "{why:?}");
}

proptest! {
    #![proptest_config(Config { cases: 150, ..Config::default() })]

    #[test]
    fn in_a_closed_universe_names_of_several_variables_are_decided(layers in layers()) {
        let answer = CLOSED.with(|forbidden| ask(&layers, forbidden));
        let (mut allowed, mut open) = (0, 0);
        REQUESTS.with(|requests| for request in requests {
            let outcome = decide(request, &layers).outcome;
            allowed += usize::from(outcome == Outcome::Allow);
            open += usize::from(outcome == Outcome::Indeterminate);
        });
        match &answer.verdict {
            Verdict::Yes(_) => prop_assert!(allowed > 0),
            Verdict::No => prop_assert!(allowed == 0 && open == 0, "no, but {allowed} {open}"),
            Verdict::Indeterminate(why) => {
                // What is contested is contested for each statement by itself; and of four keys that
                // patterns rest on, not every choice of values is tried.
                let told = |reason: &String| {
                    reason.contains("a variable without value") || reason.contains("a pattern rests on")
                };
                let contested = why.iter().all(told);
                prop_assert!(allowed == 0 && (open > 0 || contested), "{why:?}, but {allowed} {open}");
            }
        }
    }

    #[test]
    fn where_tags_may_have_any_value_no_is_never_wrong(layers in layers(), seed in any::<u64>()) {
        let answer = OPEN.with(|forbidden| ask(&layers, forbidden));
        let allowed = REQUESTS.with(|requests| {
            requests.iter().find(|request| decide(request, &layers).outcome == Outcome::Allow).cloned()
        });
        match &answer.verdict {
            Verdict::No => {
                prop_assert!(allowed.is_none(), "no, but {allowed:?}");
                let realm = Realm {
                    actions: &["s3:GetObject"],
                    account: ACCOUNT,
                    keys: &KEYS,
                    always: &[("aws:userid", &["AROAEXAMPLE:a", "AROAEXAMPLE:a-b", "AROAEXAMPLE:x"])],
                    is_real: |resource| RESOURCES.contains(&resource),
                };
                let found = OPEN.with(|forbidden| counterexample(&asker(), &layers, forbidden, &realm, seed));
                prop_assert!(found.is_none(), "no, but {found:?}");
            }
            Verdict::Yes(_) => {}
            Verdict::Indeterminate(why) => {
                prop_assert!(why.iter().any(|reason| reason.contains("rests on")) || allowed.is_none());
            }
        }
    }
}
