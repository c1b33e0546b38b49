//! `prove` against brute force in wider universes than `prove_agrees` has: ARN, date and truth
//! operators, adversarial globs, regions in ARNs, actions without resources, RCPs, and policies
//! that are not known.

mod statements;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::Config;
use stanchion_policy::decide::{Outcome, matches};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Asker, Question, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Layers, Level, NamedPolicy, Policy, Request, decide, value};

use statements::close_with_conditions;

const ACCOUNT: &str = "111122223333";

/// A closed world: `forbid` statements that leave no request but these.
struct Universe {
    forbid: String,
    /// Each action with one resource, and what `aws:RequestedRegion` is there.
    requests: Vec<(&'static str, &'static str, Vec<&'static str>)>,
    keys: Vec<(&'static str, Vec<Option<&'static str>>)>,
}

const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-south-1"];
const TABLES: [(&str, &str); 4] = [
    ("us-east-1", "arn:aws:dynamodb:us-east-1:111122223333:table/a"),
    ("eu-west-1", "arn:aws:dynamodb:eu-west-1:111122223333:table/a"),
    ("eu-west-1", "arn:aws:dynamodb:eu-west-1:111122223333:table/ab"),
    ("ap-south-1", "arn:aws:dynamodb:ap-south-1:111122223333:table/b"),
];

fn universe() -> Universe {
    let mut requests = Vec::new();
    for action in ["dynamodb:GetItem", "dynamodb:PutItem"] {
        requests.extend(TABLES.iter().map(|(region, arn)| (action, *arn, vec![*region])));
    }
    requests.push(("ec2:DescribeInstances", "*", REGIONS.to_vec()));
    let tables = TABLES.map(|(_, arn)| arn);
    let closing = format!(
        r#""Condition": {{"StringEquals": {{"aws:RequestedRegion": {REGIONS:?}}},
            "ArnEqualsIfExists": {{"aws:SourceVpcArn": {VPCS:?}}},
            "StringEqualsIfExists": {{"aws:UserAgent": {AGENTS:?}}},
            "Bool": {{"aws:ViaAWSService": "false"}},
            "DateEqualsIfExists": {{"aws:TokenIssueTime": {ISSUED:?}}}}}"#
    );
    let forbid = format!(
        r#"[{{"Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": {tables:?}, {closing}}},
            {{"Action": "ec2:DescribeInstances", "Resource": "*", {closing}}}]"#
    );
    let optional = |values: &[&'static str]| values.iter().map(|v| Some(*v)).chain([None]).collect();
    Universe {
        forbid,
        requests,
        keys: vec![
            ("aws:SourceVpcArn", optional(&VPCS)),
            ("aws:UserAgent", optional(&AGENTS)),
            ("aws:TokenIssueTime", optional(&ISSUED)),
            ("aws:SecureTransport", vec![Some("true"), Some("false")]),
            ("aws:ViaAWSService", vec![Some("false")]),
            ("aws:MultiFactorAuthPresent", optional(&["true", "false"])),
        ],
    }
}

const VPCS: [&str; 2] =
    ["arn:aws:ec2:us-east-1:111122223333:vpc/a", "arn:aws:ec2:eu-west-1:111122223333:vpc/a:b"];
const AGENTS: [&str; 4] = ["a", "aab", "abab", "b*"];
const ISSUED: [&str; 2] = ["2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z"];

fn condition() -> impl Strategy<Value = (String, String, Vec<String>)> {
    let of = |key: &'static str, operators: Vec<&'static str>, values: Vec<&'static str>| {
        let most = values.len().min(2);
        (select(operators), select(vec!["", "IfExists"]), subsequence(values, 1..=most)).prop_map(
            move |(op, end, v)| {
                (format!("{op}{end}"), key.to_owned(), v.into_iter().map(str::to_owned).collect())
            },
        )
    };
    let arns = vec!["ArnLike", "ArnNotLike", "ArnEquals", "StringLike", "StringNotLike"];
    prop_oneof![
        of(
            "aws:PrincipalArn",
            arns.clone(),
            vec![
                "arn:aws:iam::111122223333:user/*",
                "arn:aws:iam::*:role/*",
                "arn:aws:iam:*:user/alice",
                "arn:*:iam::111122223333:user/a?ice",
            ],
        ),
        of(
            "aws:SourceVpcArn",
            arns,
            vec![
                "arn:aws:ec2:*:*:vpc/a*",
                "arn:aws:ec2:*:vpc/a",
                "arn:*:us-*:*:*:*",
                "arn:aws:ec2:eu-west-?:111122223333:*:b",
                "arn:aws:ec2:*1:111122223333:vpc/a",
            ],
        ),
        of(
            "aws:UserAgent",
            vec!["StringLike", "StringNotLike", "StringEquals", "StringEqualsIgnoreCase"],
            vec!["*a*b", "a*a*b*", "?*?*?", "*ab*ab*", "b${*}", "??", "A", "*"],
        ),
        of(
            "aws:TokenIssueTime",
            vec!["DateLessThan", "DateGreaterThanEquals", "DateEquals", "DateNotEquals"],
            vec!["2026-01-01", "2026-06-01T14:00:00+02:00", "1780315200"],
        ),
        of("aws:CurrentTime", vec!["DateLessThan", "DateGreaterThan"], vec!["2026-01-01", "2027-01-01"]),
        of("aws:EpochTime", vec!["NumericLessThan", "DateGreaterThan"], vec!["1767225600", "1800000000"]),
        of("aws:SecureTransport", vec!["Bool"], vec!["true", "false"]),
        of("aws:ViaAWSService", vec!["Bool"], vec!["true", "false"]),
        of("aws:MultiFactorAuthPresent", vec!["Bool", "Null"], vec!["true", "false"]),
        of(
            "aws:RequestedRegion",
            vec!["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"],
            vec!["us-east-1", "eu-*", "*-?", "ap-south-1"],
        ),
    ]
    .prop_filter("Null has no IfExists", |(operator, _, _)| operator != "NullIfExists")
}

fn statement(effects: Vec<&'static str>, principal: &'static str) -> impl Strategy<Value = String> {
    (
        select(effects),
        select(vec!["Action", "Action", "Action", "NotAction"]),
        subsequence(
            vec!["dynamodb:GetItem", "dynamodb:*", "*:*Item", "ec2:Describe*", "*", "dynamodb:P?tItem"],
            1..=2,
        ),
        select(vec!["Resource", "Resource", "Resource", "NotResource"]),
        subsequence(
            vec![
                "*",
                "arn:aws:dynamodb:*:*:table/*",
                "arn:aws:dynamodb:us-east-1:111122223333:table/a",
                "arn:aws:dynamodb:eu-*:111122223333:table/?",
                "arn:aws:dynamodb:${aws:RequestedRegion}:111122223333:table/a",
                "arn:aws:dynamodb:*:111122223333:table/${aws:PrincipalTag/team}*",
                "arn:aws:dynamodb:??-*-1:*",
                "arn:aws:sqs:*:*:*",
            ],
            1..=3,
        ),
        proptest::collection::vec(condition(), 0..=3),
    )
        .prop_map(move |(effect, action, actions, resource, resources, conditions)| {
            let mut text = format!(
                r#"{{"Effect": "{effect}"{principal}, "{action}": {actions:?}, "{resource}": {resources:?}, "Condition": {{"#
            );
            close_with_conditions(&mut text, conditions);
            text
        })
}

fn document(effects: Vec<&'static str>, principal: &'static str) -> impl Strategy<Value = Policy> {
    proptest::collection::vec(statement(effects, principal), 1..=3).prop_map(|statements| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "));
        let policy = Policy::parse(&text);
        assert!(policy.document().is_ok(), "{text}: {policy:?}");
        policy
    })
}

/// With `unknown`, now and then a policy that nobody knows.
fn layers(unknown: f64) -> impl Strategy<Value = Layers> {
    let any = move || {
        let known = document(vec!["Allow", "Allow", "Allow", "Deny"], "");
        (known, proptest::bool::weighted(unknown))
            .prop_map(|(known, gone)| if gone { Policy::unknown("gone") } else { known })
    };
    let rcp = move || {
        let known = document(vec!["Deny"], r#", "Principal": "*""#);
        (known, proptest::bool::weighted(unknown))
            .prop_map(|(known, gone)| if gone { Policy::unknown("gone") } else { known })
    };
    (
        proptest::collection::vec(any(), 1..=3),
        proptest::option::weighted(0.3, any()),
        proptest::collection::vec(proptest::collection::vec(any(), 1..=2), 0..=3),
        proptest::option::weighted(0.3, rcp()),
    )
        .prop_map(|(identity, boundary, scps, rcp)| {
            let named = |name: String, p: &Policy| NamedPolicy::new(name, p.clone());
            let level = |at: usize, policies: &[Policy]| Level {
                name: format!("level {at}").into(),
                policies: policies.iter().enumerate().map(|(i, p)| named(format!("{at}.{i}"), p)).collect(),
            };
            Layers {
                identity: identity.iter().enumerate().map(|(i, p)| named(format!("i{i}"), p)).collect(),
                boundary: boundary.map(|p| named("boundary".to_owned(), &p)),
                scps: scps.iter().enumerate().map(|(i, policies)| level(i, policies)).collect(),
                rcps: rcp.iter().map(|p| level(9, std::slice::from_ref(p))).collect(),
                ..Layers::default()
            }
        })
}

fn asker() -> Asker {
    let mut known = Context::new();
    known.insert("aws:PrincipalTag/team", vec!["a".to_owned()]);
    Asker {
        caller: Caller::parse("arn:aws:iam::111122223333:user/alice").expect("an ARN"),
        unique_id: None,
        known,
        trust: None,
        now: value::parse_date("2026-07-01T00:00:00Z"),
    }
}

fn requests(universe: &Universe) -> Vec<Request> {
    let asker = asker();
    let mut known = asker.known.clone();
    known.insert("aws:CurrentTime", vec!["2026-07-01T00:00:00Z".to_owned()]);
    known.insert("aws:EpochTime", vec!["1782864000".to_owned()]);
    let mut contexts = vec![known];
    for (key, values) in &universe.keys {
        contexts = contexts
            .iter()
            .flat_map(|context| {
                values.iter().map(move |value| {
                    let mut context = context.clone();
                    if let Some(value) = value {
                        context.insert(key, vec![(*value).to_owned()]);
                    }
                    context
                })
            })
            .collect();
    }
    let mut all = Vec::new();
    for (action, resource, regions) in &universe.requests {
        for context in regions.iter().flat_map(|region| contexts.iter().map(move |c| (region, c))) {
            let (region, mut context) = (context.0, context.1.clone());
            context.insert("aws:RequestedRegion", vec![(*region).to_owned()]);
            let caller = asker.caller.clone();
            all.push(Request::new(caller, action, resource, Some(ACCOUNT), context).expect("a request"));
        }
    }
    all
}

thread_local! {
    static UNIVERSE: (Policy, Vec<Request>) = {
        let universe = universe();
        let statements: Vec<Json> = serde_json::from_str(&universe.forbid).expect("JSON");
        let forbidden = Policy::of(Document::forbidden(&statements, "forbid").expect("statements"));
        (forbidden, requests(&universe))
    };
}

fn check(layers: &Layers, exact: bool) -> Result<(), TestCaseError> {
    UNIVERSE.with(|(forbidden, requests)| {
        let asker = asker();
        let question = Question { forbidden, roles: &[], resources: &[], steps: STEPS };
        let answer = Stack::new(&asker, layers).prove(&question);
        let mut open = None;
        let mut allowed = None;
        for request in requests {
            debug_assert_eq!(matches(request, forbidden), Some(true));
            match decide(request, layers).outcome {
                Outcome::Allow => {
                    allowed = Some(request);
                    break;
                }
                Outcome::Indeterminate if open.is_none() => open = Some(request),
                _ => {}
            }
        }
        match (&answer.verdict, allowed, open) {
            (Verdict::Yes(_), Some(_), _) | (Verdict::No, None, None) => Ok(()),
            (Verdict::Indeterminate(_), None, Some(_)) => Ok(()),
            (Verdict::Indeterminate(why), _, _) if !exact && why.iter().any(|w| w.contains("reach")) => {
                Ok(())
            }
            (verdict, allowed, open) => {
                prop_assert!(false, "{verdict:?}, but allowed {allowed:?}, open {open:?}");
                Ok(())
            }
        }
    })
}

proptest! {
    #![proptest_config(Config { cases: 40, ..Config::default() })]

    #[test]
    fn prove_agrees_with_decide_on_all_requests(layers in layers(0.0)) {
        check(&layers, false)?;
    }

    #[test]
    fn what_is_unknown_leaves_open_only_what_it_decides(layers in layers(0.15)) {
        check(&layers, false)?;
    }
}
