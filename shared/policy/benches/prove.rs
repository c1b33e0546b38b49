//! The time to prove what a principal can do: a typical one against guardrails that hold and that
//! do not, and policies that are made to be hard.

mod common {
    pub(crate) mod documents;
    pub(crate) mod organization;
}

use std::hint::black_box;

use common::{documents, organization};
use criterion::{Criterion, Throughput};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Asker, Question, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Layers, Level, NamedPolicy, Policy};

/// The project that the policies are about.
const PROJECT: usize = 0;

/// Each guardrail's name, whether the typical principal breaks it, and its `forbid` list.
const GUARDRAILS: [(&str, bool, &str); 10] = [
    (
        "no leaving the organization",
        false,
        r#"[{"Action": "organizations:LeaveOrganization", "Resource": "*"}]"#,
    ),
    (
        "no other IAM users",
        false,
        r#"[{"Action": ["iam:CreateUser", "iam:CreateAccessKey"], "Resource": "*"}]"#,
    ),
    (
        "trails stay on",
        false,
        r#"[{"Action": ["cloudtrail:StopLogging", "cloudtrail:Delete*"], "Resource": "*"}]"#,
    ),
    (
        "deletes only with MFA",
        false,
        r#"[{"Action": "dynamodb:DeleteItem", "Resource": "*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}]"#,
    ),
    (
        "writes only in Europe",
        false,
        r#"[{"Action": ["s3:PutObject", "sqs:SendMessage", "dynamodb:PutItem"], "Resource": "*",
            "Condition": {"StringNotLike": {"aws:RequestedRegion": "eu-*"}}}]"#,
    ),
    (
        "protected stays protected",
        false,
        r#"[{"NotAction": "iam:*", "Resource": "arn:aws:sqs:*:*:*-protected"}]"#,
    ),
    ("no deletes of tables' items", true, r#"[{"Action": "dynamodb:Delete*", "Resource": "*"}]"#),
    (
        "no secrets from outside the network",
        true,
        r#"[{"Action": "secretsmanager:GetSecretValue", "Resource": "*",
            "Condition": {"NotIpAddressIfExists": {"aws:SourceIp": "10.0.0.0/8"}}}]"#,
    ),
    (
        "no reading of what others share",
        true,
        r#"[{"Action": "*:Get*", "Resource": "arn:aws:s3:::*shared*"}]"#,
    ),
    (
        "nothing at night",
        true,
        r#"[{"Action": ["s3:*", "sqs:*"], "Resource": "*",
            "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T22:00:00Z"}}}]"#,
    ),
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    principal(&mut criterion);
    typical(&mut criterion);
    adversarial(&mut criterion);
    criterion.final_summary();
}

/// One principal against all rules: with documents that are compiled already, as an evaluation of an
/// organization has them, and with documents that nobody has read before. No answer is kept.
fn principal(criterion: &mut Criterion) {
    let asker = asker();
    let layers = documents_of_organization();
    let rules = organization::guardrails();
    let rules: Vec<_> = rules.iter().map(|(violated, list)| (*violated, forbidden(list), list)).collect();
    let stack = Stack::new(&asker, &layers);
    let unexpected = rules.iter().filter_map(|(violated, forbidden, list)| {
        let verdict = stack.prove(&question(forbidden)).verdict;
        let as_expected = match &verdict {
            Verdict::Yes(_) => *violated,
            Verdict::No => !violated,
            Verdict::Indeterminate(_) => false,
        };
        (!as_expected).then(|| format!("{list}: {verdict:?}"))
    });
    let unexpected: Vec<String> = unexpected.collect();
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    let mut group = criterion.benchmark_group("prove/principal");
    group.throughput(Throughput::Elements(rules.len() as u64));
    group.bench_function("stack alone", |bencher| bencher.iter(|| Stack::new(&asker, &layers)));
    group.bench_function("fifty rules, warm", |bencher| {
        bencher.iter(|| {
            let stack = Stack::new(black_box(&asker), black_box(&layers));
            for (_, forbidden, _) in &rules {
                black_box(stack.prove(&question(forbidden)));
            }
        });
    });
    group.bench_function("fifty rules, cold", |bencher| {
        bencher.iter(|| {
            let layers = documents_of_organization();
            let rules: Vec<Policy> = rules.iter().map(|(_, _, list)| forbidden(list)).collect();
            let stack = Stack::new(&asker, &layers);
            for forbidden in &rules {
                black_box(stack.prove(&question(forbidden)));
            }
        });
    });
    for (at, (violated, forbidden, _)) in rules.iter().enumerate() {
        let label = format!("rule {at}, {}", if *violated { "yes" } else { "no" });
        if std::env::var_os("EACH_RULE").is_some() {
            group.bench_function(label, |bencher| bencher.iter(|| stack.prove(&question(forbidden))));
        }
    }
    group.finish();
}

/// Ten managed policies, a boundary, four levels of SCPs, an RCP.
fn documents_of_organization() -> Layers {
    let scps = organization::scps();
    let level = |(at, documents): (usize, &Vec<String>)| {
        let mut policies = vec![named("full", documents::FULL_ACCESS)];
        policies.extend(documents.iter().map(|text| named("scp", text)));
        Level { name: format!("level{at}").into(), policies }
    };
    Layers {
        identity: (0..10).map(|n| named(&format!("managed{n}"), &organization::managed(n))).collect(),
        boundary: Some(named("boundary", &organization::boundary())),
        scps: scps.iter().enumerate().map(level).collect(),
        rcps: vec![Level { name: "root".into(), policies: vec![named("rcp", &organization::rcp())] }],
        ..Layers::default()
    }
}

fn typical(criterion: &mut Criterion) {
    let asker = asker();
    let layers = layers();
    let mut group = criterion.benchmark_group("prove");
    let guardrails = GUARDRAILS.map(|(name, broken, list)| (name, broken, forbidden(list)));
    for (name, broken, forbidden) in &guardrails {
        let question = question(forbidden);
        let verdict = Stack::new(&asker, &layers).prove(&question).verdict;
        let as_expected = match &verdict {
            Verdict::Yes(_) => *broken,
            Verdict::No => !broken,
            Verdict::Indeterminate(_) => false,
        };
        assert!(as_expected, "{name}: {verdict:?}");
        let label = format!("{}: {name}", if *broken { "yes" } else { "no" });
        group.bench_function(label, |bencher| {
            bencher.iter(|| Stack::new(&asker, &layers).prove(black_box(&question)))
        });
    }
    group.throughput(Throughput::Elements(guardrails.len() as u64));
    group.bench_function("all ten", |bencher| {
        bencher.iter(|| {
            let stack = Stack::new(&asker, &layers);
            for (_, _, forbidden) in &guardrails {
                black_box(stack.prove(&question(forbidden)));
            }
        });
    });
    group.finish();
}

/// What someone would write to make the search slow. There is an answer, or the budget ends it.
fn adversarial(criterion: &mut Criterion) {
    let asker = asker();
    let forbidden = forbidden(r#"[{"Action": "s3:GetObject", "Resource": "*"}]"#);
    let mut group = criterion.benchmark_group("prove/adversarial");
    group.sample_size(10);
    for (name, statements) in [
        ("nested wildcards, no", nested(8, "*")),
        ("nested wildcards, yes", nested(8, "*q")),
        ("windows of one character", windows(12)),
        ("many conditions", conditions(40)),
    ] {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        let layers = Layers { identity: vec![named(name, &text)], ..Layers::default() };
        let question = question(&forbidden);
        group.bench_function(name, |bencher| {
            bencher.iter(|| Stack::new(&asker, &layers).prove(black_box(&question)));
        });
    }
    group.finish();
}

/// An allow of nested wildcards, denies of each letter order turned, and one deny at the end.
fn nested(depth: usize, last: &str) -> Vec<String> {
    let letters: Vec<char> = "abcdefgh".chars().take(depth).collect();
    let pattern = |turn: usize| {
        let mut turned = letters.clone();
        turned.rotate_left(turn);
        turned.iter().fold("*".to_owned(), |text, letter| format!("{text}{letter}*"))
    };
    let one = |effect: &str, path: &str| {
        format!(r#"{{"Effect": "{effect}", "Action": "s3:*", "Resource": "arn:aws:s3:::{path}"}}"#)
    };
    let mut all = vec![one("Allow", &pattern(0))];
    all.extend((1..depth).map(|turn| one("Deny", &pattern(turn))));
    all.push(one("Deny", last));
    all
}

/// `*a???` and its like: what subset constructions blow up on.
fn windows(width: usize) -> Vec<String> {
    let one = |effect: &str, letter: char, width: usize| {
        let path = format!("*{letter}{}", "?".repeat(width));
        format!(r#"{{"Effect": "{effect}", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/{path}"}}"#)
    };
    let mut all = vec![one("Allow", 'a', width)];
    all.extend((1..width).map(|shorter| one("Deny", 'a', shorter)));
    all
}

/// As many keys with alternatives as there are denies of pairs of them.
fn conditions(count: usize) -> Vec<String> {
    let mut all = vec![r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#.to_owned()];
    all.extend((0..count).map(|n| {
        let next = (n * 7 + 1) % count;
        format!(
            r#"{{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition":
                {{"StringLike": {{"aws:RequestTag/k{n}": "*a*{n}*"}},
                  "StringNotLike": {{"aws:RequestTag/k{next}": "*b*{n}*"}}}}}}"#
        )
    }));
    all
}

/// A role of a project, in an organization.
fn asker() -> Asker {
    let mut known = Context::new();
    let project = documents::project(PROJECT);
    known.insert("aws:PrincipalOrgID", vec![documents::ORGANIZATION.to_owned()]);
    known.insert("aws:PrincipalTag/team", vec![format!("{project}-core")]);
    known.insert("aws:PrincipalTag/project", vec![project]);
    let arn = format!("arn:aws:iam::{}:role/engineer", documents::ACCOUNT);
    Asker {
        caller: Caller::parse(&arn).expect("an ARN"),
        unique_id: Some("AROAEXAMPLEENGINEER01".to_owned()),
        known,
        now: None,
    }
}

/// Three identity policies, a boundary, three levels of SCPs, an RCP.
fn layers() -> Layers {
    let identity = |n: u64| named(&format!("managed{n}"), &documents::identity(PROJECT, 2 * n, 4_000));
    let level = |n: u64| Level {
        name: format!("level{n}").into(),
        policies: vec![named("full", documents::FULL_ACCESS), named("deny", &documents::scp(n, 2_000))],
    };
    Layers {
        identity: (0..3).map(identity).collect(),
        boundary: Some(named("boundary", &documents::boundary(2, 2_000))),
        scps: (0..3).map(level).collect(),
        rcps: vec![Level { name: "root".into(), policies: vec![named("rcp", &documents::rcp(1, 1_000))] }],
        ..Layers::default()
    }
}

fn named(name: &str, text: &str) -> NamedPolicy {
    let policy = Policy::parse(text);
    assert!(policy.document().is_ok(), "{text}: {policy:?}");
    NamedPolicy::new(name, policy)
}

fn forbidden(list: &str) -> Policy {
    let statements: Vec<Json> = serde_json::from_str(list).expect("JSON");
    Policy::of(Document::forbidden(&statements, "forbid").expect("statements"))
}

fn question(forbidden: &Policy) -> Question<'_> {
    Question { forbidden, roles: &[], resources: &[], steps: STEPS }
}
