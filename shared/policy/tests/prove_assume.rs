//! `prove` against brute force for `sts:AssumeRole`: trust policies of roles of both accounts that
//! name the caller in every way, with boundaries, SCPs, RCPs and external ids.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use stanchion_policy::decide::{Outcome, matches};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Asker, Question, RoleTarget, STEPS, Stack, Verdict};
use stanchion_policy::{
    Caller, Context, Layers, Level, NamedPolicy, Policy, Request, ResourcePolicy, decide,
};

const OWN: &str = "111122223333";
const OTHER: &str = "444455556666";
const USER: (&str, &str) = ("arn:aws:iam::111122223333:user/dev/alice", "AIDAEXAMPLEALICE00001");
const ROLE: (&str, &str) = ("arn:aws:iam::111122223333:role/ops/deploy", "AROAEXAMPLEDEPLOY0001");

fn principal() -> impl Strategy<Value = &'static str> {
    select(vec![
        r#""*""#,
        r#"{"AWS": "*"}"#,
        r#"{"AWS": "111122223333"}"#,
        r#"{"AWS": "arn:aws:iam::111122223333:root"}"#,
        r#"{"AWS": "arn:aws:iam::444455556666:root"}"#,
        r#"{"AWS": "arn:aws:iam::111122223333:user/dev/alice"}"#,
        r#"{"AWS": ["arn:aws:iam::111122223333:user/bob", "AIDAEXAMPLEALICE00001"]}"#,
        r#"{"AWS": "AIDAEXAMPLEOTHER00001"}"#,
        r#"{"AWS": "arn:aws:iam::111122223333:role/ops/deploy"}"#,
        r#"{"AWS": "AROAEXAMPLEDEPLOY0001"}"#,
        r#"{"AWS": "arn:aws:sts::111122223333:assumed-role/deploy/x"}"#,
        r#"{"AWS": "arn:aws:sts::111122223333:assumed-role/other/x"}"#,
        r#"{"Service": "ec2.amazonaws.com"}"#,
        r#"{"AWS": ["111122223333", "arn:aws:iam::111122223333:role/ops/deploy"]}"#,
    ])
}

fn condition() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        r#", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}"#,
        r#", "Condition": {"StringNotEquals": {"sts:ExternalId": "x"}}"#,
        r#", "Condition": {"Null": {"sts:ExternalId": "true"}}"#,
        r#", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops/*"}}"#,
        r#", "Condition": {"StringLike": {"aws:userId": "AROA*:*"}}"#,
        r#", "Condition": {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}"#,
    ])
}

fn trust() -> impl Strategy<Value = String> {
    let statement = (
        select(vec!["Allow", "Allow", "Allow", "Deny"]),
        select(vec![true, true, true, true, true, true, true, false]),
        principal(),
        condition(),
    )
        .prop_map(|(effect, plain, principal, condition)| {
            let not = if plain || effect == "Allow" { "" } else { "Not" };
            let action = "sts:AssumeRole";
            format!(
                r#"{{"Effect": "{effect}", "{not}Principal": {principal}, "Action": "{action}"{condition}}}"#
            )
        });
    proptest::collection::vec(statement, 1..=3).prop_map(|s| s.join(", "))
}

fn plain(effects: Vec<&'static str>, principal: &'static str) -> impl Strategy<Value = Policy> {
    let statement = (
        select(effects),
        select(vec!["sts:AssumeRole", "sts:*", "*", "s3:*"]),
        select(vec!["*", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::444455556666:role/b"]),
        condition(),
    )
        .prop_map(move |(effect, action, resource, condition)| {
            format!(
                r#"{{"Effect": "{effect}"{principal}, "Action": "{action}", "Resource": "{resource}"{condition}}}"#
            )
        });
    proptest::collection::vec(statement, 1..=2).prop_map(|s| policy(&s.join(", ")))
}

fn policy(statements: &str) -> Policy {
    let policy = Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#));
    assert!(policy.document().is_ok(), "{statements}: {policy:?}");
    policy
}

fn named(policy: &Policy) -> NamedPolicy {
    NamedPolicy::new("p", policy.clone())
}

fn level(policy: &Policy) -> Vec<Level> {
    vec![Level { name: "level".into(), policies: vec![named(policy)] }]
}

fn targets() -> impl Strategy<Value = Vec<RoleTarget>> {
    let rcp = || proptest::option::weighted(0.3, plain(vec!["Deny"], r#", "Principal": "*""#));
    (trust(), trust(), trust(), rcp(), rcp()).prop_map(|(a, b, c, own, other)| {
        let target = |account: &str, name: &str, trust: &str, rcp: &Option<Policy>| RoleTarget {
            arn: format!("arn:aws:iam::{account}:role/{name}"),
            account: account.to_owned(),
            known: Context::new(),
            trust: named(&policy(trust)),
            rcps: rcp.as_ref().map(level).unwrap_or_default(),
        };
        vec![target(OWN, "a", &a, &own), target(OTHER, "b", &b, &other), target(OWN, "c", &c, &own)]
    })
}

fn layers() -> impl Strategy<Value = Layers> {
    let any = || plain(vec!["Allow", "Allow", "Allow", "Deny"], "");
    let optional = || proptest::option::weighted(0.3, any());
    (any(), optional(), optional(), optional()).prop_map(|(identity, boundary, scp, session)| Layers {
        identity: vec![named(&identity)],
        boundary: boundary.as_ref().map(named),
        scps: scp.as_ref().map(level).unwrap_or_default(),
        session: session.as_ref().map(|p| vec![named(p)]),
        ..Layers::default()
    })
}

proptest! {
    #![proptest_config(Config { cases: 1500, ..Config::default() })]

    #[test]
    fn roles_are_assumed_exactly_where_decide_says_so(
        layers in layers(),
        targets in targets(),
        who in select(vec![USER, ROLE]),
        region in select(vec![
            ("*", ""),
            ("*", ""),
            ("arn:aws:iam::*:role/c", ""),
            ("*", r#", "StringNotEquals": {"aws:ResourceAccount": "111122223333"}"#),
            ("*", r#", "StringLike": {"aws:PrincipalArn": "*:user/*"}"#),
        ]),
    ) {
        let asker = Asker {
            caller: Caller::parse(who.0).expect("an ARN"),
            unique_id: Some(who.1.to_owned()),
            known: Context::new(),
            trust: None,
            now: None,
        };
        let (resource, more) = region;
        let list = format!(r#"[{{"Action": "sts:AssumeRole", "Resource": "{resource}",
            "Condition": {{"StringEqualsIfExists": {{"sts:ExternalId": ["x", "y"]}}{more}}}}}]"#);
        let statements: Vec<Json> = serde_json::from_str(&list).expect("JSON");
        let forbidden = Policy::of(Document::forbidden(&statements, "forbid").expect("statements"));
        let question =
            Question { forbidden: &forbidden, roles: &targets, resources: &[], steps: STEPS };
        let answer = Stack::new(&asker, &layers).prove(&question);

        let (mut allowed, mut open) = (Vec::new(), Vec::new());
        for target in &targets {
            for id in [None, Some("x"), Some("y")] {
                let mut context = Context::new();
                let session = if who == ROLE { ":session" } else { "" };
                context.insert("aws:userid", vec![format!("{}{session}", who.1)]);
                if let Some(id) = id {
                    context.insert("sts:ExternalId", vec![id.to_owned()]);
                }
                let account = Some(target.account.as_str());
                let caller = asker.caller.clone();
                let request =
                    Request::new(caller, "sts:AssumeRole", &target.arn, account, context).expect("a request");
                let resource = ResourcePolicy::Known(target.trust.clone());
                let all = Layers { resource, rcps: target.rcps.clone(), ..layers.clone() };
                let told = matches(&request, &forbidden);
                prop_assert!(told.is_some());
                if told == Some(false) {
                    continue;
                }
                match decide(&request, &all).outcome {
                    Outcome::Allow => allowed.push(request),
                    Outcome::Indeterminate => open.push(request),
                    _ => {}
                }
            }
        }
        let names = |r: &[Request]| r.iter().map(|r| format!("{} {:?}", r.resource, r.context.first("sts:externalid"))).collect::<Vec<_>>();
        let (allowed, open) = (names(&allowed), names(&open));
        match &answer.verdict {
            Verdict::Yes(_) => prop_assert!(!allowed.is_empty()),
            Verdict::No => prop_assert!(allowed.is_empty() && open.is_empty(), "no, but {allowed:?} {open:?}"),
            Verdict::Indeterminate(why) => {
                prop_assert!(allowed.is_empty() && !open.is_empty(), "{why:?}, but {allowed:?} {open:?}");
            }
        }
    }
}
