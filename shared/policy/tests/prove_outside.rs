//! `lets_in` against brute force: callers of every kind that no inventory knows, and random trust policies
//! and RCPs about them. It finds a request exactly where trying them all with `decide` finds one.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use stanchion_policy::decide::{Outcome, matches};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Outsider, RoleTarget, STEPS, Verdict, lets_in};
use stanchion_policy::{
    Caller, Context, Layers, Level, NamedPolicy, Policy, Request, ResourcePolicy, decide,
};

const ROLE: &str = "arn:aws:iam::111122223333:role/Lent";
const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const SERVICE: &str = "scheduler.amazonaws.com";

/// A kind of caller: by which call it comes, the names that a request may have, and the keys.
struct Cast {
    outsider: &'static str,
    named: bool,
    call: &'static str,
    callers: &'static [&'static str],
    keys: &'static [(&'static str, &'static [Option<&'static str>])],
}

const ORGANIZATION: (&str, &[Option<&str>]) = ("aws:PrincipalOrgID", &[None, Some("o-1"), Some("o-2")]);
const EXTERNAL_ID: (&str, &[Option<&str>]) = ("sts:ExternalId", &[None, Some("x"), Some("xy")]);

const CASTS: [Cast; 4] = [
    Cast {
        outsider: "arn:aws:iam::444455556666:role/someone",
        named: false,
        call: "sts:AssumeRole",
        callers: &["arn:aws:iam::444455556666:role/ci", "arn:aws:iam::444455556666:role/ops/ci"],
        keys: &[ORGANIZATION, EXTERNAL_ID],
    },
    Cast {
        outsider: "arn:aws:iam::444455556666:user/ana",
        named: true,
        call: "sts:AssumeRole",
        callers: &["arn:aws:iam::444455556666:user/ana"],
        keys: &[ORGANIZATION, EXTERNAL_ID],
    },
    Cast {
        outsider: SERVICE,
        named: true,
        call: "sts:AssumeRole",
        callers: &[SERVICE],
        keys: &[
            EXTERNAL_ID,
            ("aws:SourceAccount", &[None, Some("111122223333"), Some("444455556666")]),
            ("aws:SourceArn", &[None, Some("arn:aws:scheduler:eu-west-1:111122223333:schedule/a/b")]),
        ],
    },
    Cast {
        outsider: PROVIDER,
        named: true,
        call: "sts:AssumeRoleWithWebIdentity",
        callers: &[PROVIDER],
        keys: &[
            ("token.actions.githubusercontent.com:sub", &[Some("repo:a/x"), Some("repo:ab/x")]),
            ("token.actions.githubusercontent.com:aud", &[Some("sts.amazonaws.com"), Some("other")]),
        ],
    },
];

/// Requests of the cast alone.
fn region(cast: &Cast) -> Policy {
    let quoted = |all: Vec<&str>| all.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ");
    let mut conditions: Vec<String> = Vec::new();
    let keys = cast.keys.iter().map(|(key, values)| {
        let values = values.iter().flatten().copied().collect();
        format!(r#""{key}": [{}]"#, quoted(values))
    });
    conditions.push(format!(r#""StringEqualsIfExists": {{{}}}"#, keys.collect::<Vec<_>>().join(", ")));
    if !cast.named {
        conditions
            .push(format!(r#""ArnEquals": {{"aws:PrincipalArn": [{}]}}"#, quoted(cast.callers.to_vec())));
    }
    let list =
        format!(r#"[{{"Action": "sts:*", "Resource": "*", "Condition": {{{}}}}}]"#, conditions.join(", "));
    let statements: Vec<Json> = serde_json::from_str(&list).expect("JSON");
    Policy::of(Document::forbidden(&statements, "region").expect("statements"))
}

/// Every request of the cast.
fn requests(cast: &Cast) -> Vec<Request> {
    let mut contexts = vec![Context::new()];
    for (key, values) in cast.keys {
        let with = |context: &Context, value: &Option<&str>| {
            let mut context = context.clone();
            if let Some(value) = value {
                context.insert(key, vec![(*value).to_owned()]);
            }
            context
        };
        contexts = contexts.iter().flat_map(|context| values.iter().map(move |v| with(context, v))).collect();
    }
    let request = |name: &str, context: &Context| {
        let caller = Caller::parse(name).expect("a caller");
        Request::new(caller, cast.call, ROLE, Some("111122223333"), context.clone()).expect("a request")
    };
    cast.callers.iter().flat_map(|name| contexts.iter().map(move |c| request(name, c))).collect()
}

fn condition() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        r#", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}"#,
        r#", "Condition": {"StringLike": {"sts:ExternalId": "x*"}}"#,
        r#", "Condition": {"Null": {"sts:ExternalId": "true"}}"#,
        r#", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
        r#", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
        r#", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}"#,
        r#", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops/*"}}"#,
        r#", "Condition": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}"#,
        r#", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
        r#", "Condition": {"StringNotEqualsIfExists": {"aws:SourceAccount": "111122223333"}}"#,
        r#", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:scheduler:*:111122223333:*"}}"#,
        r#", "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}"#,
        r#", "Condition": {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}"#,
        r#", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:a*"}}"#,
        r#", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:a/*"}}"#,
        r#", "Condition": {"StringNotLike": {"token.actions.githubusercontent.com:sub": "repo:a/*"}}"#,
        r#", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}"#,
    ])
}

fn principal() -> impl Strategy<Value = &'static str> {
    select(vec![
        r#""*""#,
        r#"{"AWS": "*"}"#,
        r#"{"AWS": "444455556666"}"#,
        r#"{"AWS": "arn:aws:iam::444455556666:user/ana"}"#,
        r#"{"AWS": "arn:aws:iam::777788889999:root"}"#,
        r#"{"Service": "scheduler.amazonaws.com"}"#,
        r#"{"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}"#,
    ])
}

fn statements(effects: Vec<&'static str>, resource: &'static str) -> impl Strategy<Value = Policy> {
    let actions = vec!["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:*"];
    let statement = (select(effects), principal(), select(actions), condition()).prop_map(
        move |(effect, principal, action, condition)| {
            format!(
                r#"{{"Effect": "{effect}", "Principal": {principal}, "Action": "{action}"{resource}{condition}}}"#
            )
        },
    );
    proptest::collection::vec(statement, 1..=4).prop_map(|statements| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "));
        let policy = Policy::parse(&text);
        assert!(policy.document().is_ok(), "{text}");
        policy
    })
}

proptest! {
    #![proptest_config(Config { cases: 2000, ..Config::default() })]

    #[test]
    fn outsiders_are_let_in_exactly_where_decide_says_so(
        trust in statements(vec!["Allow", "Allow", "Allow", "Deny"], ""),
        rcp in proptest::option::weighted(0.3, statements(vec!["Deny"], r#", "Resource": "*""#)),
        at in 0..CASTS.len(),
    ) {
        let cast = &CASTS[at];
        let named = |policy: &Policy| NamedPolicy::new("p", policy.clone());
        let rcps: Vec<Level> =
            rcp.iter().map(|rcp| Level { name: "level".into(), policies: vec![named(rcp)] }).collect();
        let role = RoleTarget {
            arn: ROLE.to_owned(),
            account: "111122223333".to_owned(),
            known: Context::new(),
            trust: named(&trust),
            rcps: rcps.clone(),
        };
        let caller = Caller::parse(cast.outsider).expect("a caller");
        let region = region(cast);
        let answer = lets_in(&Outsider { caller, named: cast.named }, &role, &region, STEPS);

        let everything = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        let layers = Layers {
            identity: vec![named(&Policy::parse(everything))],
            resource: ResourcePolicy::Known(named(&trust)),
            rcps,
            ..Layers::default()
        };
        let (mut allowed, mut open) = (0, 0);
        for request in requests(cast) {
            prop_assert_eq!(matches(&request, &region), Some(true));
            match decide(&request, &layers).outcome {
                Outcome::Allow => allowed += 1,
                Outcome::Indeterminate => open += 1,
                _ => {}
            }
        }
        match &answer.verdict {
            Verdict::Yes(witness) => {
                prop_assert!(allowed > 0, "{witness:?}");
                prop_assert!(cast.callers.contains(&witness.principal.as_str()), "{}", witness.principal);
            }
            Verdict::No => prop_assert_eq!((allowed, open), (0, 0)),
            // Keys of a provider are in no request of this universe but its own; `prove` does not know that.
            Verdict::Indeterminate(why) if why.iter().all(|why| why.starts_with("whether `")) => {}
            Verdict::Indeterminate(why) => prop_assert!(allowed == 0 && open > 0, "{why:?}"),
        }
    }
}
