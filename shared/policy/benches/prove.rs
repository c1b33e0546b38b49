//! The time to prove what a principal can do: a typical one against guardrails that hold and that
//! do not, and policies that are made to be hard.

mod common {
    pub(crate) mod crafted;
    pub(crate) mod documents;
    pub(crate) mod organization;
}

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use common::crafted::{self, Crafted};
use common::{documents, organization};
use criterion::{Criterion, Throughput};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Asker, Question, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Layers, Level, NamedPolicy, Policy};

/// The one of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    let texts = texts_of_organization();
    let layers = documents_of_organization(&texts);
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
            let layers = documents_of_organization(&texts);
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

/// The texts of an organization's policies.
struct Texts {
    managed: Vec<String>,
    boundary: String,
    scps: [Vec<String>; 4],
    rcp: String,
}

fn texts_of_organization() -> Texts {
    Texts {
        managed: (0..10).map(organization::managed).collect(),
        boundary: organization::boundary(),
        scps: organization::scps(),
        rcp: organization::rcp(),
    }
}

/// Ten managed policies, a boundary, four levels of SCPs, an RCP, parsed.
fn documents_of_organization(texts: &Texts) -> Layers {
    let level = |(at, documents): (usize, &Vec<String>)| {
        let mut policies = vec![named("full", documents::FULL_ACCESS)];
        policies.extend(documents.iter().map(|text| named("scp", text)));
        Level { name: format!("level{at}").into(), policies }
    };
    Layers {
        identity: texts.managed.iter().map(|text| named("managed", text)).collect(),
        boundary: Some(named("boundary", &texts.boundary)),
        scps: texts.scps.iter().enumerate().map(level).collect(),
        rcps: vec![Level { name: "root".into(), policies: vec![named("rcp", &texts.rcp)] }],
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

/// What someone would write to make the search slow: how long each question takes in full, for each step
/// too, and by how much it raises the process's memory (Linux only). There is an answer, or the budget
/// ends it.
fn adversarial(criterion: &mut Criterion) {
    let asker = asker();
    let mut worst = (0.0, "");
    for case in crafted::cases() {
        for (at, list) in crafted::questions().iter().enumerate() {
            let (layers, forbidden) = (crafted_layers(&case), forbidden(list));
            let held = memory("VmRSS:");
            let start = Instant::now();
            let answer = Stack::new(&asker, &layers).prove(&question(&forbidden));
            let took = start.elapsed();
            let more = memory("VmHWM:").saturating_sub(held);
            let per_step = took.as_nanos() as f64 / answer.steps as f64;
            let line = format!(
                "{} {at}: {:?}, {} steps of {per_step:.0} ns, {more} KiB more",
                case.name, took, answer.steps
            );
            let _ = writeln!(std::io::stdout(), "{line}");
            let projected = took.as_secs_f64() * 1e6 / answer.steps.max(100_000) as f64;
            if projected > worst.0 {
                worst = (projected, case.name);
            }
        }
    }
    let _ = writeln!(std::io::stdout(), "a million steps take at most {:.2} s: {}", worst.0, worst.1);
    let mut group = criterion.benchmark_group("prove/adversarial");
    group.sample_size(10);
    let list = &crafted::questions()[2];
    for case in crafted::cases().iter().filter(|case| case.name.ends_with("everywhere")) {
        let (layers, forbidden) = (crafted_layers(case), forbidden(list));
        group.bench_function(case.name, |bencher| {
            bencher.iter(|| Stack::new(&asker, &layers).prove(black_box(&question(&forbidden))));
        });
    }
    group.finish();
}

/// A line of what Linux says of the process's memory, in KiB; the peak begins anew. Elsewhere 0.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found =
        status.lines().find_map(|own| own.strip_prefix(line)).and_then(|rest| rest.split_whitespace().next());
    // Documented in proc(5): 5 resets the peak.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    found.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn crafted_layers(case: &Crafted) -> Layers {
    let policies = |texts: &[String]| texts.iter().map(|text| named("p", text)).collect();
    let level = |texts: &Vec<String>| Level { name: "level".into(), policies: policies(texts) };
    Layers {
        identity: policies(&case.identity),
        boundary: case.boundary.as_ref().map(|text| named("boundary", text)),
        scps: case.scps.iter().map(level).collect(),
        ..Layers::default()
    }
}

/// Who may assume the role: a service, which passes no tags.
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal":
    {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;

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
        trust: Some(Policy::parse(TRUST)),
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
