//! `prove` against brute force where a role's sessions may carry tags that its trust policy lets be
//! passed: every set of tags, every call that could pass them, every request of such a session.

mod statements;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::Config;
use stanchion_policy::decide::{Outcome, matches};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Asker, Assumption, Question, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Layers, NamedPolicy, Policy, Request, ResourcePolicy, decide};

use statements::close_with_conditions;

const ACCOUNT: &str = "111122223333";
const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const RESOURCES: [&str; 3] = ["arn:aws:s3:::b/a/x", "arn:aws:s3:::b/c/x", "arn:aws:s3:::b/own/x"];
const TAGS: [&str; 2] = ["team", "project"];
const VALUES: [&str; 4] = ["a", "b", "own", "c"];
/// Who might assume the role.
const CALLERS: [&str; 3] = [
    "arn:aws:iam::444455556666:user/eve",
    "arn:aws:iam::444455556666:user/bob",
    "arn:aws:iam::111122223333:user/ann",
];

const PLAIN: [&str; 4] = ["a", "b", "own", "?"];
const LINKED: [&str; 3] =
    ["${aws:PrincipalTag/team}", "${aws:ResourceTag/team}", "${aws:PrincipalTag/project, 'c'}"];

/// A condition on these keys of one value, or of many, with these values.
fn condition(
    keys: Vec<&'static str>,
    many: Vec<&'static str>,
    values: Vec<&'static str>,
) -> impl Strategy<Value = (String, String, Vec<String>)> {
    let owned = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect::<Vec<String>>();
    let one = (
        select(vec!["StringEquals", "StringNotEquals", "StringLike", "StringEqualsIgnoreCase"]),
        select(vec!["", "IfExists"]),
        select(keys.clone()),
        subsequence(values, 1..=2),
    )
        .prop_map(move |(operator, end, key, values)| {
            (format!("{operator}{end}"), key.to_owned(), owned(values))
        });
    let null = (select([keys.as_slice(), &many].concat()), select(vec!["true", "false"]))
        .prop_map(|(key, value)| ("Null".to_owned(), key.to_owned(), vec![value.to_owned()]));
    let keys = vec!["team", "project", "Team", "other"];
    let many = if many.is_empty() { vec!["aws:TagKeys"] } else { many };
    let sets = (
        select(vec!["ForAllValues:StringEquals", "ForAnyValue:StringEquals", "ForAnyValue:StringNotLike"]),
        select(many),
        subsequence(keys, 1..=2),
    )
        .prop_map(move |(operator, key, values)| (operator.to_owned(), key.to_owned(), owned(values)));
    prop_oneof![4 => one, 1 => null, 1 => sets]
}

/// A trust policy: who may assume the role, and with which tags.
fn trust() -> impl Strategy<Value = Policy> {
    let statement = |effect: &'static str| {
        let who =
            vec!["\"*\"", r#"{"AWS": "444455556666"}"#, r#"{"AWS": "arn:aws:iam::444455556666:user/eve"}"#];
        let actions = vec!["sts:AssumeRole", "sts:TagSession"];
        let tags = condition(
            vec!["aws:RequestTag/team", "aws:RequestTag/project"],
            vec!["aws:TagKeys", "sts:TransitiveTagKeys"],
            PLAIN.to_vec(),
        );
        (select(who), subsequence(actions, 1..=2), proptest::collection::vec(tags, 0..=2)).prop_map(
            move |(who, actions, conditions)| {
                let mut text = format!(
                    r#"{{"Effect": "{effect}", "Principal": {who}, "Action": {actions:?}, "Condition": {{"#
                );
                close_with_conditions(&mut text, conditions);
                text
            },
        )
    };
    let allows = proptest::collection::vec(statement("Allow"), 1..=3);
    (allows, proptest::collection::vec(statement("Deny"), 0..=1)).prop_map(|(allows, denies)| {
        let all = [allows, denies].concat().join(", ");
        let policy = Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{all}]}}"#));
        assert!(policy.document().is_ok(), "{policy:?}");
        policy
    })
}

fn identity() -> impl Strategy<Value = NamedPolicy> {
    let patterns = vec!["*", "arn:aws:s3:::b/a/*", "arn:aws:s3:::b/${aws:PrincipalTag/team}/*"];
    let statement = (
        select(vec!["Allow", "Allow", "Deny"]),
        subsequence(patterns, 1..=2),
        proptest::collection::vec(
            condition(
                vec!["aws:PrincipalTag/team", "aws:PrincipalTag/Project", "aws:ResourceTag/team"],
                vec![],
                [PLAIN.as_slice(), &LINKED].concat(),
            ),
            0..=2,
        ),
    )
        .prop_map(|(effect, resources, mut conditions)| {
            conditions.retain(|(_, key, _)| key != "aws:TagKeys");
            let mut text = format!(
                r#"{{"Effect": "{effect}", "Action": "s3:GetObject", "Resource": {resources:?}, "Condition": {{"#
            );
            close_with_conditions(&mut text, conditions);
            text
        });
    proptest::collection::vec(statement, 1..=3).prop_map(|statements| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "));
        let policy = Policy::parse(&text);
        assert!(policy.document().is_ok(), "{text}: {policy:?}");
        NamedPolicy::new("p", policy)
    })
}

fn forbidden() -> Policy {
    let list = format!(
        r#"[{{"Action": "s3:GetObject", "Resource": {RESOURCES:?}, "Condition": {{"StringEqualsIfExists": {{
            "aws:PrincipalTag/team": {VALUES:?}, "aws:PrincipalTag/project": {VALUES:?},
            "aws:ResourceTag/team": {VALUES:?}}}}}}}]"#
    );
    let statements: Vec<Json> = serde_json::from_str(&list).expect("JSON");
    Policy::of(Document::forbidden(&statements, "forbid").expect("statements"))
}

type Tags = Vec<Option<&'static str>>;

/// A value or none for each tag.
fn tags() -> Vec<Tags> {
    let values = || VALUES.iter().copied().map(Some).chain([None]);
    values().flat_map(|team| values().map(move |project| vec![team, project])).collect()
}

/// Whether somebody can assume the role and pass these tags; also with one besides that nothing reads.
fn can_pass(trust: &Policy, passed: &Tags) -> Outcome {
    let mut best = Outcome::ImplicitDeny;
    let allow = Policy::parse(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#);
    // The names of tags ignore case, and so the caller may spell them in any.
    for bits in 0..8 {
        let team = if bits & 1 == 0 { "team" } else { "Team" };
        let project = if bits & 2 == 0 { "project" } else { "Project" };
        let names = [team, project].into_iter().zip(passed).filter(|(_, value)| value.is_some());
        let keys: Vec<&str> = names.map(|(name, _)| name).chain((bits & 4 != 0).then_some("other")).collect();
        for transitive in 0..1usize << keys.len() {
            let chosen = |bits: usize| -> Vec<String> {
                keys.iter()
                    .enumerate()
                    .filter(|(at, _)| bits >> at & 1 == 1)
                    .map(|(_, k)| (*k).to_owned())
                    .collect()
            };
            let mut context = Context::new();
            for (tag, value) in TAGS.iter().zip(passed) {
                if let Some(value) = value {
                    context.insert(&format!("aws:RequestTag/{tag}"), vec![(*value).to_owned()]);
                }
            }
            for (key, values) in
                [("aws:TagKeys", chosen(usize::MAX)), ("sts:TransitiveTagKeys", chosen(transitive))]
            {
                if !values.is_empty() {
                    context.insert(key, values);
                }
            }
            for caller in CALLERS {
                let layers = Layers {
                    identity: vec![NamedPolicy::new("all", allow.clone())],
                    resource: ResourcePolicy::Known(NamedPolicy::new("trust", trust.clone())),
                    ..Layers::default()
                };
                let decided = |action: &str| {
                    let caller = Caller::parse(caller).expect("an ARN");
                    let request = Request::new(caller, action, ROLE, Some(ACCOUNT), context.clone());
                    decide(&request.expect("a request"), &layers).outcome
                };
                let both = [decided("sts:AssumeRole"), decided("sts:TagSession")];
                if both == [Outcome::Allow; 2] {
                    return Outcome::Allow;
                }
                if both.iter().all(|one| matches!(one, Outcome::Allow | Outcome::Indeterminate)) {
                    best = Outcome::Indeterminate;
                }
            }
        }
    }
    best
}

/// What sessions with these tags of their own can do: allowed, or perhaps.
fn session(layers: &Layers, known: &Tags) -> (bool, bool) {
    let (mut allowed, mut open) = (false, false);
    for of_resource in VALUES.iter().copied().map(Some).chain([None]) {
        let mut context = Context::new();
        for (tag, value) in TAGS.iter().zip(known) {
            if let Some(value) = value {
                context.insert(&format!("aws:PrincipalTag/{tag}"), vec![(*value).to_owned()]);
            }
        }
        if let Some(value) = of_resource {
            context.insert("aws:ResourceTag/team", vec![value.to_owned()]);
        }
        for resource in RESOURCES {
            let caller = Caller::parse(ROLE).expect("an ARN");
            let request = Request::new(caller, "s3:GetObject", resource, Some(ACCOUNT), context.clone());
            let outcome = decide(&request.expect("a request"), layers).outcome;
            allowed |= outcome == Outcome::Allow;
            open |= outcome == Outcome::Indeterminate;
        }
    }
    (allowed, open)
}

proptest! {
    #![proptest_config(Config { cases: 300, ..Config::default() })]

    #[test]
    fn tags_are_passed_exactly_as_the_trust_policy_lets_them(
        trust in trust(),
        one in identity(),
        other in identity(),
        own in select(tags()),
    ) {
        let layers = Layers { identity: vec![one, other], ..Layers::default() };
        let mut known = Context::new();
        for (tag, value) in TAGS.iter().zip(&own) {
            if let Some(value) = value {
                known.insert(&format!("aws:PrincipalTag/{tag}"), vec![(*value).to_owned()]);
            }
        }
        let asker = Asker {
            caller: Caller::parse(ROLE).expect("an ARN"),
            unique_id: None,
            known,
            trust: Some(trust.clone()),
            now: None,
        };
        let forbidden = forbidden();
        let question = Question { forbidden: &forbidden, roles: &[], resources: &[], steps: STEPS };
        let stack = Stack::new(&asker, &layers);
        let answer = stack.prove(&question);

        let (with_own, mut open) = session(&layers, &own);
        let mut with_passed = false;
        for passed in tags() {
            let admitted = can_pass(&trust, &passed);
            if admitted == Outcome::Allow || admitted == Outcome::Indeterminate {
                let all: Tags = passed.iter().zip(&own).map(|(passed, own)| passed.or(*own)).collect();
                let (allowed, perhaps) = session(&layers, &all);
                with_passed |= allowed && admitted == Outcome::Allow;
                open |= perhaps || allowed && admitted == Outcome::Indeterminate;
            }
        }
        let rests_on_passed = answer.assumptions.contains(&Assumption::SessionTags);
        match &answer.verdict {
            Verdict::Yes(witness) => {
                let is_so = if rests_on_passed { with_passed && !with_own } else { with_own };
                prop_assert!(is_so, "{:?}: {} {}", answer.assumptions, with_own, with_passed);
                let context = &witness.context;
                let again =
                    stack.recheck(&question, &witness.action, &witness.resource, context, rests_on_passed);
                prop_assert!(again.is_some(), "{witness:?} is not one any more");
                let request = Request::new(
                    asker.caller.clone(), &witness.action, &witness.resource, Some(ACCOUNT),
                    { let mut all = Context::new(); context.iter().for_each(|(k, v)| all.insert(k, v.clone())); all },
                ).expect("a request");
                prop_assert_eq!(matches(&request, &forbidden), Some(true));
            }
            Verdict::No => prop_assert!(!with_own && !with_passed && !open),
            Verdict::Indeterminate(why) => {
                prop_assert!(!with_own && !with_passed && open, "{why:?}: {with_own} {with_passed} {open}");
            }
        }
    }
}
