//! `prove` against brute force where patterns rest on keys that the request chooses: two keys that
//! must be equal or must not, keys within the names of resources, a role's own id with a name of the
//! caller's choice.

#[path = "statements/objects.rs"]
mod objects;
#[path = "statements/sample.rs"]
mod sample;
mod statements;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::Config;
use stanchion_policy::decide::{Outcome, matches};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Answer, Asker, Question, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Layers, NamedPolicy, Policy, Request, decide};

use objects::policy;
use sample::{Realm, counterexample};

const ACCOUNT: &str = "111122223333";
const RESOURCES: [&str; 5] = [
    "arn:aws:s3:::b/a/x",
    "arn:aws:s3:::b/ab/x",
    "arn:aws:s3:::b/b/y",
    "arn:aws:s3:::b/none/y",
    "arn:aws:s3:::b/AROAEXAMPLE:a/x",
];
const KEYS: [&str; 3] = ["aws:RequestTag/team", "aws:ResourceTag/team", "aws:SourceIdentity"];
const VALUES: [&str; 3] = ["a", "ab", "b"];
const IDS: [&str; 2] = ["AROAEXAMPLE:a", "AROAEXAMPLE:b"];

fn condition() -> impl Strategy<Value = (String, String, Vec<String>)> {
    let operators = vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "ForAnyValue:StringEquals",
        "ForAllValues:StringNotEquals",
    ];
    let values = vec![
        "a",
        "A",
        "${aws:RequestTag/team}",
        "${aws:ResourceTag/team}",
        "${aws:SourceIdentity}",
        "${aws:SourceIdentity, 'ab'}",
        "${aws:PrincipalTag/team}",
        "${aws:RequestTag/team}b",
        "${aws:SourceIdentity}*",
        "AROAEXAMPLE:${aws:SourceIdentity}",
        "${aws:userid}",
    ];
    let keys = [KEYS.as_slice(), &["aws:PrincipalTag/team", "aws:userid"]].concat();
    let linked = (select(operators), select(vec!["", "IfExists"]), select(keys), subsequence(values, 1..=2))
        .prop_map(|(operator, end, key, values)| {
            let values = values.into_iter().map(str::to_owned).collect();
            (format!("{operator}{end}"), key.to_owned(), values)
        });
    let null = (select(KEYS.to_vec()), select(vec!["true", "false"]))
        .prop_map(|(key, value)| ("Null".to_owned(), key.to_owned(), vec![value.to_owned()]));
    prop_oneof![4 => linked, 1 => null]
}

const PATTERNS: &[&str] = &[
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/${aws:RequestTag/team}/*",
    "arn:aws:s3:::b/${aws:SourceIdentity, 'none'}/*",
    "arn:aws:s3:::b/${aws:RequestTag/team}${aws:SourceIdentity}/x",
    "arn:aws:s3:::b/${aws:userid}/*",
    "arn:aws:s3:::b/?/*",
];

fn layers() -> impl Strategy<Value = Layers> {
    let policy = || policy(PATTERNS, condition());
    (policy(), policy(), proptest::option::of(policy())).prop_map(|(one, other, boundary)| Layers {
        identity: vec![one, other],
        boundary,
        ..Layers::default()
    })
}

/// A role whose sessions carry its own tag, and no other.
fn asker() -> Asker {
    let mut known = Context::new();
    known.insert("aws:PrincipalTag/team", vec!["ab".to_owned()]);
    let trust = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"},
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}}"#;
    Asker {
        caller: Caller::parse("arn:aws:iam::111122223333:role/app").expect("an ARN"),
        unique_id: Some("AROAEXAMPLE".to_owned()),
        known,
        trust: Some(Policy::parse(trust)),
        now: None,
    }
}

fn forbidden(conditions: &str) -> Policy {
    let list = format!(
        r#"[{{"Action": "s3:GetObject", "Resource": {RESOURCES:?}, "Condition": {{{conditions}}}}}]"#
    );
    let statements: Vec<Json> = serde_json::from_str(&list).expect("JSON");
    Policy::of(Document::forbidden(&statements, "forbid").expect("statements"))
}

/// Every request of a universe in which each key has one of these values, or none.
fn requests(values: &[&str]) -> Vec<Request> {
    let asker = asker();
    let mut contexts = Vec::new();
    for id in IDS {
        let mut context = asker.known.clone();
        context.insert("aws:userid", vec![id.to_owned()]);
        contexts.push(context);
    }
    for key in KEYS {
        let with = |context: &Context, value: Option<&str>| {
            let mut context = context.clone();
            if let Some(value) = value {
                context.insert(key, vec![value.to_owned()]);
            }
            context
        };
        let all = || values.iter().map(|value| Some(*value)).chain([None]);
        contexts = contexts.iter().flat_map(|context| all().map(move |value| with(context, value))).collect();
    }
    let request = |resource: &str, context: &Context| {
        Request::new(asker.caller.clone(), "s3:GetObject", resource, Some(ACCOUNT), context.clone())
            .expect("a request")
    };
    RESOURCES.iter().flat_map(|resource| contexts.iter().map(move |c| request(resource, c))).collect()
}

thread_local! {
    static CLOSED: (Policy, Vec<Request>) = {
        let closing = KEYS.map(|key| format!(r#""{key}": {VALUES:?}"#)).join(", ");
        let closing = format!(r#"{closing}, "aws:userid": {IDS:?}"#);
        (forbidden(&format!(r#""StringEqualsIfExists": {{{closing}}}"#)), requests(&VALUES))
    };
    /// Also values that no policy speaks of, in number as many as there are keys.
    static OPEN: (Policy, Vec<Request>) = (forbidden(""), requests(&["a", "ab", "b", "aa", "p", "q", "r"]));
}

fn ask(layers: &Layers, forbidden: &Policy) -> Answer {
    let asker = asker();
    Stack::new(&asker, layers).prove(&Question { forbidden, roles: &[], resources: &[], steps: STEPS })
}

/// An identity policy that allows to read any object, and a boundary that allows it on this resource under
/// these conditions.
fn bounded(resource: &str, conditions: &str) -> Layers {
    let policy = |resource: &str, conditions: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "s3:GetObject",
                "Resource": "{resource}", "Condition": {{{conditions}}}}}}}"#
        );
        NamedPolicy::new("p", Policy::parse(&text))
    };
    let boundary = Some(policy(resource, conditions));
    Layers { identity: vec![policy("*", "")], boundary, ..Layers::default() }
}

#[test]
fn a_key_that_must_equal_a_known_one_is_tried_with_its_value() {
    let own = r#""StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}"#;
    let part = r#""StringEquals": {"aws:RequestTag/team": "x${aws:PrincipalTag/team}"}"#;
    let same = r#""StringLike": {"aws:ResourceTag/team": "${aws:RequestTag/team}"}"#;
    let other = r#""StringNotEquals": {"aws:ResourceTag/team": "${aws:RequestTag/team}"}"#;
    let not_ab = r#""ForAllValues:StringNotEquals": {"aws:ResourceTag/team": "ab"}"#;
    let never = r#""StringLike": {"aws:RequestTag/team": "x${aws:PrincipalTag/team}",
        "aws:ResourceTag/team": "${aws:RequestTag/team}"}"#;
    let cases: [(&[&str], Option<&str>); 6] = [
        (&[own, same], Some("ab")),
        (&[own, other], Some("ab")),
        (&[part, same], Some("xab")),
        (&[own, same, not_ab], None),
        (&[part, same, not_ab], Some("xab")),
        (&[own, never], None),
    ];
    for resource in ["*", "arn:aws:s3:::b/${aws:userid}/*"] {
        for (conditions, expected) in cases {
            let answer = ask(&bounded(resource, &conditions.join(", ")), &forbidden(""));
            match (&answer.verdict, expected) {
                (Verdict::Yes(witness), Some(value)) => {
                    assert_eq!(witness.context["aws:RequestTag/team"], [value], "{conditions:?}");
                }
                (Verdict::No, None) => {}
                _ => panic!("{resource} {conditions:?}: {:?}, expected {expected:?}", answer.verdict),
            }
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 300, ..Config::default() })]

    #[test]
    fn in_a_closed_universe_links_are_decided(layers in layers()) {
        CLOSED.with(|(forbidden, requests)| {
            let answer = ask(&layers, forbidden);
            let outcomes = requests.iter().map(|request| decide(request, &layers).outcome);
            let (mut allowed, mut open) = (0, 0);
            for outcome in outcomes {
                allowed += usize::from(outcome == Outcome::Allow);
                open += usize::from(outcome == Outcome::Indeterminate);
            }
            prop_assert!(requests.iter().all(|request| matches(request, forbidden) == Some(true)));
            match &answer.verdict {
                Verdict::Yes(_) => prop_assert!(allowed > 0),
                Verdict::No => prop_assert!(allowed == 0 && open == 0, "no, but {allowed} {open}"),
                Verdict::Indeterminate(why) => {
                    // What is contested is contested for each statement by itself; `decide` reads all alike.
                    let contested = why.iter().all(|reason| reason.contains("a variable without value"));
                    prop_assert!(allowed == 0 && (open > 0 || contested), "{why:?}, but {allowed} {open}");
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn where_keys_may_have_any_value_no_is_never_wrong(layers in layers(), seed in any::<u64>()) {
        OPEN.with(|(forbidden, requests)| {
            let answer = ask(&layers, forbidden);
            let allowed = requests.iter().find(|request| decide(request, &layers).outcome == Outcome::Allow);
            match &answer.verdict {
                Verdict::No => {
                    prop_assert!(allowed.is_none(), "no, but {allowed:?}");
                    let realm = Realm {
                        actions: &["s3:GetObject"],
                        account: ACCOUNT,
                        keys: &KEYS,
                        always: &[("aws:userid", &["AROAEXAMPLE:a", "AROAEXAMPLE:none", "AROAEXAMPLE:x"])],
                        is_real: |resource| RESOURCES.contains(&resource),
                    };
                    let found = counterexample(&asker(), &layers, forbidden, &realm, seed);
                    prop_assert!(found.is_none(), "no, but {found:?}");
                }
                Verdict::Yes(_) => {}
                Verdict::Indeterminate(why) => {
                    prop_assert!(why.iter().any(|reason| reason.contains("rests on")) || allowed.is_none());
                }
            }
            Ok(())
        })?;
    }
}
