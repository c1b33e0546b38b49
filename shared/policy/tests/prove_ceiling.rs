//! `leaves` against brute force: random SCPs and RCPs, asked about somebody of any name and with any tags. It
//! finds a request exactly where trying them all with `decide` finds one.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use stanchion_policy::decide::{Outcome, matches};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Ceiling, Hypothesis, Outsider, STEPS, Verdict, leaves};
use stanchion_policy::{
    Caller, Context, Layers, Level, NamedPolicy, Policy, Request, ResourcePolicy, decide,
};

const OWN: &str = "111122223333";
const ACTIONS: [&str; 2] = ["s3:GetObject", "s3:PutObject"];
const RESOURCES: [&str; 2] = ["arn:aws:s3:::docs/a", "arn:aws:s3:::docs/b"];
const TEAM: &str = "aws:PrincipalTag/team";
const ORGANIZATION: &str = "aws:PrincipalOrgID";

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
const CASTS: [Cast; 5] = [
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
];

fn quoted(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ")
}

/// What requests of the cast can be, but for one action or one resource that is left out at times.
fn region(cast: &Cast, actions: &[&str], resources: &[&str]) -> Policy {
    let mut conditions = vec![format!(
        r#""StringEqualsIfExists": {{"{TEAM}": ["red", "blue"], "{ORGANIZATION}": ["o-1", "o-2"]}}"#
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

/// Every request of the cast.
fn requests(cast: &Cast) -> Vec<Request> {
    let mut requests = Vec::new();
    for name in cast.callers {
        for team in cast.teams {
            for organization in cast.organizations {
                let mut context = Context::new();
                for (key, value) in [(TEAM, team), (ORGANIZATION, organization)] {
                    if let Some(value) = value {
                        context.insert(key, vec![(*value).to_owned()]);
                    }
                }
                for action in ACTIONS {
                    for resource in RESOURCES {
                        let caller = Caller::parse(name).expect("a caller");
                        let request = Request::new(caller, action, resource, Some(OWN), context.clone());
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

fn statement(effects: Vec<&'static str>, principal: &'static str) -> impl Strategy<Value = String> {
    let actions = select(vec!["s3:*", "s3:GetObject", "s3:Put*"]);
    let resources = select(vec!["*", "*", "arn:aws:s3:::docs/a", "arn:aws:s3:::*/b"]);
    let conditions = (condition(), condition());
    (select(effects), actions, resources, conditions).prop_map(move |(effect, action, resource, (a, b))| {
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
    })
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

/// Holds what `leaves` says against every request.
fn agree(ceiling: Ceiling<'_>, cast: &Cast, region: &Policy) -> Result<(), TestCaseError> {
    let mut caller = Caller::parse(cast.who).expect("a caller");
    if caller.partition.is_empty() {
        caller.partition = "aws".to_owned();
    }
    let mut known = Context::new();
    if let [Some(organization)] = cast.organizations {
        known.insert(ORGANIZATION, vec![(*organization).to_owned()]);
    }
    let who = Outsider { caller, named: cast.named };
    let answer = leaves(
        ceiling,
        &Hypothesis { who, known, resource_account: OWN.to_owned(), now: None },
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
    };
    let allowed = requests(cast).into_iter().filter(|request| {
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
}
