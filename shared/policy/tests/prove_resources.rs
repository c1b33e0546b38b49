//! `prove` against brute force for resources whose policies are known: queues and keys of both
//! accounts, with policies that name the caller in every way, boundaries, sessions, SCPs and RCPs.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use stanchion_policy::decide::{Outcome, matches};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Asker, KnownResource, Question, STEPS, Stack, Verdict};
use stanchion_policy::{
    Caller, Context, Layers, Level, NamedPolicy, Policy, Request, ResourcePolicy, decide,
};

const OWN: &str = "111122223333";
const OTHER: &str = "444455556666";
const USER: (&str, &str) = ("arn:aws:iam::111122223333:user/dev/alice", "AIDAEXAMPLEALICE00001");
const ROLE: (&str, &str) = ("arn:aws:iam::111122223333:role/ops/deploy", "AROAEXAMPLEDEPLOY0001");
const ROOT: (&str, &str) = ("arn:aws:iam::111122223333:root", "111122223333");

const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:own";
const THEIR_QUEUE: &str = "arn:aws:sqs:eu-west-1:444455556666:theirs";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/own";
const THEIR_KEY: &str = "arn:aws:kms:eu-west-1:444455556666:key/theirs";

const ON_QUEUES: [&str; 3] = ["sqs:SendMessage", "sqs:DeleteQueue", "sqs:SetQueueAttributes"];
const ON_KEYS: [&str; 1] = ["kms:Decrypt"];

fn principal() -> impl Strategy<Value = &'static str> {
    select(vec![
        r#""*""#,
        r#"{"AWS": "111122223333"}"#,
        r#"{"AWS": "arn:aws:iam::444455556666:root"}"#,
        r#"{"AWS": "arn:aws:iam::111122223333:user/dev/alice"}"#,
        r#"{"AWS": "AROAEXAMPLEDEPLOY0001"}"#,
        r#"{"AWS": "arn:aws:iam::111122223333:role/ops/deploy"}"#,
        r#"{"AWS": "arn:aws:sts::111122223333:assumed-role/deploy/x"}"#,
        r#"{"Service": "ec2.amazonaws.com"}"#,
        r#"{"CanonicalUser": "79a59df900b949e55d96a1e698fbaced"}"#,
    ])
}

fn condition() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        r#", "Condition": {"StringEquals": {"aws:UserAgent": "x"}}"#,
        r#", "Condition": {"StringNotEquals": {"aws:UserAgent": "x"}}"#,
        r#", "Condition": {"Null": {"aws:UserAgent": "true"}}"#,
        r#", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops/*"}}"#,
        r#", "Condition": {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}"#,
        r#", "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}}"#,
    ])
}

fn statement(principal: String, effects: Vec<&'static str>) -> impl Strategy<Value = String> {
    (
        select(effects),
        select(vec!["*", "sqs:*", "kms:*", "sqs:SendMessage", "sqs:*Queue*"]),
        select(vec!["*", QUEUE, "arn:aws:sqs:*:*:*", "arn:aws:kms:*:111122223333:key/*", THEIR_QUEUE]),
        condition(),
    )
        .prop_map(move |(effect, action, resource, condition)| {
            format!(
                r#"{{"Effect": "{effect}"{principal}, "Action": "{action}", "Resource": "{resource}"{condition}}}"#
            )
        })
}

fn own_policy() -> impl Strategy<Value = Policy> {
    let one = (principal(), select(vec![false, false, false, true])).prop_flat_map(|(principal, not)| {
        // `NotPrincipal` with `Allow` is not valid.
        let (not, effects) = if not { ("Not", vec!["Deny"]) } else { ("", vec!["Allow", "Allow", "Deny"]) };
        statement(format!(r#", "{not}Principal": {principal}"#), effects)
    });
    proptest::collection::vec(one, 1..=3).prop_map(|s| policy(&s.join(", ")))
}

fn plain(effects: Vec<&'static str>, principal: &'static str) -> impl Strategy<Value = Policy> {
    let one = statement(principal.to_owned(), effects);
    proptest::collection::vec(one, 1..=2).prop_map(|s| policy(&s.join(", ")))
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

fn resources() -> impl Strategy<Value = Vec<KnownResource>> {
    let rcp = || proptest::option::weighted(0.2, plain(vec!["Deny"], r#", "Principal": "*""#));
    let one = move |arn: &'static str, account: &'static str| {
        (own_policy(), rcp()).prop_map(move |(policy, rcp)| KnownResource {
            arn: arn.to_owned(),
            account: account.to_owned(),
            known: Context::new(),
            policy: named(&policy),
            rcps: rcp.as_ref().map(level).unwrap_or_default(),
        })
    };
    (one(QUEUE, OWN), one(THEIR_QUEUE, OTHER), one(KEY, OWN), one(THEIR_KEY, OTHER))
        .prop_map(|(a, b, c, d)| vec![a, b, c, d])
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
    fn known_resources_are_reached_exactly_where_decide_says_so(
        layers in layers(),
        resources in resources(),
        who in select(vec![USER, ROLE, ROOT]),
        chosen in select(vec![0..4, 0..1, 1..2, 2..3, 3..4]),
    ) {
        let asker = Asker {
            caller: Caller::parse(who.0).expect("an ARN"),
            unique_id: (who != ROOT).then(|| who.1.to_owned()),
            known: Context::new(),
            trust: None,
            now: None,
        };
        let layers = if who == ROOT { Layers { identity: Vec::new(), ..layers } } else { layers };
        let about: Vec<&KnownResource> = resources[chosen].iter().collect();
        let arns: Vec<&str> = about.iter().map(|known| known.arn.as_str()).collect();
        let actions = [ON_QUEUES.as_slice(), &ON_KEYS].concat();
        let list = format!(r#"[{{"Action": {actions:?}, "Resource": {arns:?},
            "Condition": {{"StringEqualsIfExists": {{"aws:UserAgent": ["x", "y"]}}}}}}]"#);
        let statements: Vec<Json> = serde_json::from_str(&list).expect("JSON");
        let forbidden = Policy::of(Document::forbidden(&statements, "forbid").expect("statements"));
        let question = Question { forbidden: &forbidden, roles: &[], resources: &resources, steps: STEPS };
        let stack = Stack::new(&asker, &layers);
        let answer = stack.prove(&question);

        let (mut allowed, mut open) = (Vec::new(), Vec::new());
        for known in about {
            let actions: &[&str] = if known.arn.contains(":sqs:") { &ON_QUEUES } else { &ON_KEYS };
            for action in actions {
                for agent in [None, Some("x"), Some("y")] {
                    let mut context = Context::new();
                    if who != ROOT {
                        let session = if who == ROLE { ":session" } else { "" };
                        context.insert("aws:userid", vec![format!("{}{session}", who.1)]);
                    }
                    context.insert("aws:RequestedRegion", vec!["eu-west-1".to_owned()]);
                    if let Some(agent) = agent {
                        context.insert("aws:UserAgent", vec![agent.to_owned()]);
                    }
                    let account = Some(known.account.as_str());
                    let request = Request::new(asker.caller.clone(), action, &known.arn, account, context)
                        .expect("a request");
                    let resource = ResourcePolicy::Known(known.policy.clone());
                    let all = Layers { resource, rcps: known.rcps.clone(), ..layers.clone() };
                    prop_assert_eq!(matches(&request, &forbidden), Some(true));
                    let told = format!("{action} {} {agent:?}", known.arn);
                    match decide(&request, &all).outcome {
                        Outcome::Allow => allowed.push(told),
                        Outcome::Indeterminate => open.push(told),
                        _ => {}
                    }
                }
            }
        }
        match &answer.verdict {
            Verdict::Yes(witness) => {
                prop_assert!(!allowed.is_empty());
                let again = stack.recheck(&question, &witness.action, &witness.resource, &witness.context, false);
                prop_assert!(again.is_some(), "{witness:?} is not one any more");
            }
            Verdict::No => prop_assert!(allowed.is_empty() && open.is_empty(), "no, but {allowed:?} {open:?}"),
            Verdict::Indeterminate(why) => {
                prop_assert!(allowed.is_empty() && !open.is_empty(), "{why:?}, but {allowed:?} {open:?}");
            }
        }
    }
}

/// A known resource is not taken for one without a policy.
#[test]
fn what_the_policy_of_a_known_resource_denies_is_denied() {
    let asker = Asker {
        caller: Caller::parse(USER.0).expect("an ARN"),
        unique_id: None,
        known: Context::new(),
        trust: None,
        now: None,
    };
    let allow = policy(r#"{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}"#);
    let layers = Layers { identity: vec![named(&allow)], ..Layers::default() };
    let deny = policy(r#"{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}"#);
    let known = [KnownResource {
        arn: QUEUE.to_owned(),
        account: OWN.to_owned(),
        known: Context::new(),
        policy: named(&deny),
        rcps: Vec::new(),
    }];
    let list = format!(r#"[{{"Action": "sqs:SendMessage", "Resource": "{QUEUE}"}}]"#);
    let statements: Vec<Json> = serde_json::from_str(&list).expect("JSON");
    let forbidden = Policy::of(Document::forbidden(&statements, "forbid").expect("statements"));
    let stack = Stack::new(&asker, &layers);
    let ask =
        |resources| stack.prove(&Question { forbidden: &forbidden, roles: &[], resources, steps: STEPS });
    assert!(matches!(ask(&[]).verdict, Verdict::Yes(_)));
    assert!(matches!(ask(&known).verdict, Verdict::No));
}
