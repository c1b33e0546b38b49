//! `leaves` against brute force: random SCPs, RCPs and policies of endpoints, asked about somebody of any name and with any tags. It
//! finds a request exactly where trying them all with `decide` finds one.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use stanchion_policy::decide::{Outcome, matches};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Ceiling, Hypothesis, Outsider, STEPS, Verdict, VpcEndpoint, leaves};
use stanchion_policy::{
    Caller, Context, Layers, Level, NamedPolicy, Policy, Request, ResourcePolicy, decide,
};

const OWN: &str = "111122223333";
const OTHER: &str = "444455556666";
const ACTIONS: [&str; 2] = ["s3:GetObject", "s3:PutObject"];
const RESOURCES: [&str; 2] = ["arn:aws:s3:::docs/a", "arn:aws:s3:::docs/b"];
const TEAM: &str = "aws:PrincipalTag/team";
const ORGANIZATION: &str = "aws:PrincipalOrgID";
const OF_RESOURCE: &str = "aws:ResourceOrgID";

/// Somebody: as asked about, and by which names, tags and organizations requests come.
struct Cast {
    who: &'static str,
    named: bool,
    callers: &'static [&'static str],
    teams: &'static [Option<&'static str>],
    organizations: &'static [Option<&'static str>],
}

const TEAMS: &[Option<&str>] = &[None, Some("red"), Some("blue")];

/// The first two are the organization's own, whom SCPs bind as well.
const CASTS: [Cast; 6] = [
    Cast {
        who: "arn:aws:iam::111122223333:role/someone",
        named: false,
        callers: &["arn:aws:iam::111122223333:role/ci", "arn:aws:iam::111122223333:role/ops/ci"],
        teams: TEAMS,
        organizations: &[Some("o-1")],
    },
    Cast {
        who: "arn:aws:iam::111122223333:user/someone",
        named: false,
        callers: &["arn:aws:iam::111122223333:user/ana", "arn:aws:iam::111122223333:user/ops/ana"],
        teams: TEAMS,
        organizations: &[Some("o-1")],
    },
    Cast {
        who: "arn:aws:iam::444455556666:role/someone",
        named: false,
        callers: &["arn:aws:iam::444455556666:role/ci", "arn:aws:iam::444455556666:role/ops/ci"],
        teams: TEAMS,
        organizations: &[None, Some("o-1"), Some("o-2")],
    },
    Cast {
        who: "config.amazonaws.com",
        named: true,
        callers: &["config.amazonaws.com"],
        teams: &[None],
        organizations: &[None],
    },
    Cast { who: "*", named: true, callers: &["*"], teams: &[None], organizations: &[None] },
    Cast {
        who: "arn:aws:iam::111122223333:role/ci",
        named: true,
        callers: &["arn:aws:iam::111122223333:role/ci"],
        teams: TEAMS,
        organizations: &[Some("o-1")],
    },
];

fn quoted(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ")
}

/// What requests of the cast can be, but for one action or one resource that is left out at times.
fn region(cast: &Cast, actions: &[&str], resources: &[&str]) -> Policy {
    let mut conditions = vec![format!(
        r#""StringEqualsIfExists": {{"{TEAM}": ["red", "blue"], "{ORGANIZATION}": ["o-1", "o-2"],
            "{OF_RESOURCE}": ["o-1", "o-2"]}}"#
    )];
    if !cast.named {
        conditions.push(format!(r#""ArnEquals": {{"aws:PrincipalArn": [{}]}}"#, quoted(cast.callers)));
    }
    let list = format!(
        r#"[{{"Action": [{}], "Resource": [{}], "Condition": {{{}}}}}]"#,
        quoted(actions),
        quoted(resources),
        conditions.join(", ")
    );
    let statements: Vec<Json> = serde_json::from_str(&list).expect("JSON");
    Policy::of(Document::forbidden(&statements, "region").expect("statements"))
}

/// Every request of the cast for resources of an account, each with what all of them have.
fn requests(cast: &Cast, owner: &str, all_have: &Context) -> Vec<Request> {
    let mut requests = Vec::new();
    for name in cast.callers {
        let caller = Caller::parse(name).expect("a caller");
        for team in cast.teams {
            for organization in cast.organizations {
                let of_resource: &[Option<&str>] = match owner {
                    OWN => &[Some("o-1")],
                    owner if owner == caller.account => std::slice::from_ref(organization),
                    _ => &[None, Some("o-1"), Some("o-2")],
                };
                for own in of_resource {
                    let mut context = all_have.clone();
                    for (key, value) in [(TEAM, team), (ORGANIZATION, organization), (OF_RESOURCE, own)] {
                        if let Some(value) = value {
                            context.insert(key, vec![(*value).to_owned()]);
                        }
                    }
                    for (action, resource) in ACTIONS.iter().flat_map(|a| RESOURCES.map(|r| (*a, r))) {
                        let caller = caller.clone();
                        let request = Request::new(caller, action, resource, Some(owner), context.clone());
                        requests.push(request.expect("a request"));
                    }
                }
            }
        }
    }
    requests
}

fn condition() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        r#""StringEquals": {"aws:PrincipalTag/team": "red"}"#,
        r#""StringNotEquals": {"aws:PrincipalTag/team": "red"}"#,
        r#""StringNotEqualsIfExists": {"aws:PrincipalTag/team": ["red", "blue"]}"#,
        r#""Null": {"aws:PrincipalTag/team": "true"}"#,
        r#""Null": {"aws:PrincipalTag/team": "false"}"#,
        r#""StringEquals": {"aws:PrincipalOrgID": "o-1"}"#,
        r#""StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}"#,
        r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:*/ops/*"}"#,
        r#""ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops/*"}"#,
        r#""StringEquals": {"aws:PrincipalAccount": "111122223333"}"#,
        r#""BoolIfExists": {"aws:PrincipalIsAWSService": "false"}"#,
    ])
}

/// What policies of endpoints look at besides.
fn of_endpoints() -> impl Strategy<Value = &'static str> {
    select(vec![
        r#""StringEquals": {"aws:ResourceOrgID": "o-1"}"#,
        r#""StringNotEqualsIfExists": {"aws:ResourceOrgID": "o-1"}"#,
        r#""StringEquals": {"aws:ResourceAccount": "111122223333"}"#,
        r#""StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}"#,
        r#""StringEquals": {"aws:SourceVpce": "vpce-0a"}"#,
        r#""StringNotEquals": {"aws:SourceVpc": ["vpc-0b", "vpc-0c"]}"#,
        r#""StringEquals": {"aws:RequestedRegion": "us-east-1"}"#,
        r#""NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}"#,
        r#""NotIpAddressIfExists": {"aws:SourceIp": "192.0.2.0/24"}"#,
        r#""Null": {"aws:SourceIp": "false"}"#,
        r#""Bool": {"aws:ViaAWSService": "true"}"#,
        r#""BoolIfExists": {"aws:PrincipalIsAWSService": "false"}"#,
    ])
}

fn statement(effects: Vec<&'static str>, principal: &'static str) -> impl Strategy<Value = String> {
    let second = condition().boxed();
    about(effects, select(vec![principal]), second)
}

/// A statement about some principals; `second` is one of its conditions.
fn about(
    effects: Vec<&'static str>,
    principal: impl Strategy<Value = &'static str>,
    second: BoxedStrategy<&'static str>,
) -> impl Strategy<Value = String> {
    let actions = select(vec!["s3:*", "s3:GetObject", "s3:Put*"]);
    let resources = select(vec!["*", "*", "arn:aws:s3:::docs/a", "arn:aws:s3:::*/b"]);
    let conditions = (condition(), second, principal);
    (select(effects), actions, resources, conditions).prop_map(
        move |(effect, action, resource, (a, b, principal))| {
            // An operator stands in a block once.
            let operator = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
            let both = [a, b].into_iter().filter(|text| !text.is_empty());
            let mut both: Vec<&str> = both.collect();
            both.dedup_by_key(|text| operator(text));
            format!(
                r#"{{"Effect": "{effect}"{principal}, "Action": "{action}", "Resource": "{resource}",
                "Condition": {{{}}}}}"#,
                both.join(", ")
            )
        },
    )
}

fn named(statements: &[String]) -> NamedPolicy {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "));
    let policy = Policy::parse(&text);
    assert!(policy.document().is_ok(), "{text}");
    NamedPolicy::new("p", policy)
}

/// One level or two.
fn levels(effects: Vec<&'static str>, principal: &'static str) -> impl Strategy<Value = Vec<Level>> {
    let level = proptest::collection::vec(statement(effects, principal), 1..=4);
    let level = (level, select(vec![true, true, false])).prop_map(move |(statements, full)| {
        let mut policies = vec![named(&statements)];
        if full {
            let all = format!(r#"{{"Effect": "Allow"{principal}, "Action": "*", "Resource": "*"}}"#);
            policies.push(named(&[all]));
        }
        Level { name: "level".into(), policies }
    });
    proptest::collection::vec(level, 1..=2)
}

/// What every request through the endpoint has.
fn through() -> Context {
    let mut context = Context::new();
    for (key, value) in [
        ("aws:SourceVpce", "vpce-0a"),
        ("aws:SourceVpc", "vpc-0b"),
        ("aws:RequestedRegion", "eu-west-1"),
        ("aws:ViaAWSService", "false"),
    ] {
        context.insert(key, vec![value.to_owned()]);
    }
    context
}

/// The policy of an endpoint. Principals of these names are asked about by themselves alone.
fn endpoint(names: Vec<&'static str>) -> impl Strategy<Value = NamedPolicy> {
    let second = prop_oneof![condition(), of_endpoints()].boxed();
    let statement = about(vec!["Allow", "Allow", "Deny"], select(names), second);
    proptest::collection::vec(statement, 1..=4).prop_map(|statements| named(&statements))
}

/// Holds what `leaves` says against every request.
fn agree(ceiling: Ceiling<'_>, cast: &Cast, region: &Policy) -> Result<(), TestCaseError> {
    let none = Layers::default();
    agree_on(ceiling, cast, region, OWN, &none)
}

/// The same, about resources of an account. `more` is what `decide` is told of an endpoint.
fn agree_on(
    ceiling: Ceiling<'_>,
    cast: &Cast,
    region: &Policy,
    owner: &str,
    more: &Layers,
) -> Result<(), TestCaseError> {
    let mut caller = Caller::parse(cast.who).expect("a caller");
    if caller.partition.is_empty() {
        caller.partition = "aws".to_owned();
    }
    let mut known = Context::new();
    if let [Some(organization)] = cast.organizations {
        known.insert(ORGANIZATION, vec![(*organization).to_owned()]);
    }
    // Of the caller's own account it is the caller's.
    if owner == OWN && caller.account != OWN {
        known.insert(OF_RESOURCE, vec!["o-1".to_owned()]);
    }
    let who = Outsider { caller, named: cast.named };
    let answer = leaves(
        ceiling,
        &Hypothesis { who, known, resource_account: owner.to_owned(), now: None },
        region,
        STEPS,
    );

    let everything = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let everybody = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    let identity = vec![named(&[everything.to_owned()])];
    let layers = match ceiling {
        Ceiling::Scps(levels) => Layers { identity, scps: levels.to_vec(), ..Layers::default() },
        Ceiling::Rcps(levels) => {
            let resource = ResourcePolicy::Known(named(&[everybody.to_owned()]));
            Layers { identity, rcps: levels.to_vec(), resource, ..Layers::default() }
        }
        Ceiling::Endpoint(_) => {
            let resource = ResourcePolicy::Known(named(&[everybody.to_owned()]));
            Layers { identity, resource, ..more.clone() }
        }
    };
    let all_have = if layers.endpoint.is_some() { through() } else { Context::new() };
    let allowed = requests(cast, owner, &all_have).into_iter().filter(|request| {
        matches(request, region) == Some(true) && decide(request, &layers).outcome == Outcome::Allow
    });
    let allowed = allowed.count();
    match &answer.verdict {
        Verdict::Yes(witness) => {
            prop_assert!(allowed > 0, "{witness:?}");
            prop_assert!(cast.callers.contains(&witness.principal.as_str()), "{}", witness.principal);
        }
        Verdict::No => prop_assert_eq!(allowed, 0),
        Verdict::Indeterminate(why) => prop_assert!(false, "{why:?}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 1500, ..Config::default() })]

    #[test]
    fn scps_leave_what_decide_allows(
        levels in levels(vec!["Allow", "Deny", "Deny"], ""),
        cast in 0..2_usize,
        (actions, resources) in (1..=2_usize, 1..=2_usize),
    ) {
        let cast = &CASTS[cast];
        agree(Ceiling::Scps(&levels), cast, &region(cast, &ACTIONS[..actions], &RESOURCES[..resources]))?;
    }

    #[test]
    fn rcps_leave_what_decide_allows(
        levels in levels(vec!["Deny"], r#", "Principal": "*""#),
        cast in 0..CASTS.len(),
        (actions, resources) in (1..=2_usize, 1..=2_usize),
    ) {
        let cast = &CASTS[cast];
        agree(Ceiling::Rcps(&levels), cast, &region(cast, &ACTIONS[..actions], &RESOURCES[..resources]))?;
    }

    #[test]
    fn endpoints_leave_what_decide_allows(
        of_anyone in endpoint(vec![
            r#", "Principal": "*""#,
            r#", "Principal": {"AWS": "*"}"#,
            r#", "Principal": {"AWS": "111122223333"}"#,
            r#", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}"#,
        ]),
        of_one in endpoint(vec![
            r#", "Principal": "*""#,
            r#", "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"}"#,
            r#", "Principal": {"Service": "config.amazonaws.com"}"#,
        ]),
        cast in 0..CASTS.len(),
        elsewhere in any::<bool>(),
        (actions, resources) in (1..=2_usize, 1..=2_usize),
    ) {
        let cast = &CASTS[cast];
        let policy = if cast.named { of_one } else { of_anyone };
        let layers = Layers { endpoint: Some(vec![policy.clone()]), ..Layers::default() };
        let endpoint = VpcEndpoint::new(policy, Some(vec!["s3"]), through());
        let owner = if elsewhere { OTHER } else { OWN };
        let region = region(cast, &ACTIONS[..actions], &RESOURCES[..resources]);
        agree_on(Ceiling::Endpoint(&endpoint), cast, &region, owner, &layers)?;
    }
}

#[test]
fn only_what_goes_through_an_endpoint_is_asked_about() {
    let all = named(&[r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#.to_owned()]);
    let of = |services: Option<Vec<&'static str>>, statement: &str| {
        let list: Vec<Json> = serde_json::from_str(&format!("[{statement}]")).expect("JSON");
        let region = Policy::of(Document::forbidden(&list, "region").expect("statements"));
        let endpoint = VpcEndpoint::new(all.clone(), services, through());
        let caller = Caller::parse("arn:aws:iam::111122223333:role/someone").expect("a caller");
        let setting = Hypothesis {
            who: Outsider { caller, named: false },
            known: Context::new(),
            resource_account: OWN.to_owned(),
            now: None,
        };
        leaves(Ceiling::Endpoint(&endpoint), &setting, &region, STEPS)
    };
    let is_yes = |services, statement: &str| matches!(of(services, statement).verdict, Verdict::Yes(_));
    let (s3, sqs) = (r#"{"Action": "s3:GetObject"}"#, r#"{"Action": "sqs:SendMessage"}"#);
    assert!(is_yes(Some(vec!["s3"]), s3) && is_yes(None, s3) && is_yes(None, sqs));
    assert!(!is_yes(Some(vec!["s3"]), sqs) && !is_yes(Some(vec![]), s3));
    // An action that the catalogue lacks is of the service as well.
    assert!(is_yes(Some(vec!["s3"]), r#"{"Action": "s3:GetYonder"}"#));
    assert!(!is_yes(Some(vec!["s3"]), r#"{"Action": "sqs:GetYonder"}"#));
    let elsewhere = r#"{"Action": "s3:*", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0a"}}}"#;
    assert!(matches!(of(Some(vec!["s3"]), elsewhere).verdict, Verdict::No));
    let Verdict::Yes(witness) = of(Some(vec!["s3"]), s3).verdict else { panic!("it goes through") };
    let has = |key: &str, value: &str| witness.context.iter().any(|(k, v)| k == key && *v == [value]);
    assert!(has("aws:SourceVpce", "vpce-0a") && has("aws:SourceVpc", "vpc-0b"), "{witness:?}");
    assert!(!witness.context.iter().any(|(key, _)| key == "aws:SourceIp"));
}
