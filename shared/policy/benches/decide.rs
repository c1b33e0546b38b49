//! Decisions per second on one core: requests that are read already, policies that are compiled
//! already, as an evaluation of many requests against one inventory has them.

mod common {
    pub(crate) mod documents;
    pub(crate) mod requests;
}

use std::hint::black_box;

use common::{documents, requests};
use criterion::{Criterion, Throughput};
use stanchion_policy::decide::Outcome;
use stanchion_policy::{Caller, Context, Layers, Level, NamedPolicy, Policy, Request, decide};

/// The largest a managed policy may be is 6,144 characters (IAM User Guide, "IAM quotas").
const CHARACTERS: usize = 6_000;
/// The project that the policies and the requests are about.
const PROJECT: usize = 3;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    decisions(&mut criterion);
    parsing(&mut criterion);
    criterion.final_summary();
}

fn decisions(criterion: &mut Criterion) {
    let layers = layers();
    let all: Vec<Request> = (0..2_000).map(request).collect();
    let with = |outcome| -> Vec<&Request> {
        all.iter().filter(|request| decide(request, &layers).outcome == outcome).collect()
    };
    let mut group = criterion.benchmark_group("decide");
    let mixes = [
        ("mix", all.iter().collect()),
        ("allow", with(Outcome::Allow)),
        ("implicit-deny", with(Outcome::ImplicitDeny)),
        ("explicit-deny", with(Outcome::ExplicitDeny)),
    ];
    let decided: usize = mixes[1..].iter().map(|(_, requests)| requests.len()).sum();
    assert_eq!(decided, all.len(), "nothing in this universe is indeterminate");
    for (name, requests) in mixes {
        assert!(requests.len() >= 100, "too few requests to measure `{name}`: {}", requests.len());
        group.throughput(Throughput::Elements(requests.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for request in &requests {
                    black_box(decide(black_box(request), black_box(&layers)));
                }
            });
        });
    }
    group.finish();
}

/// Text to document, and the first decision of a document, which compiles it.
fn parsing(criterion: &mut Criterion) {
    let text = documents::identity(PROJECT, 0, CHARACTERS);
    let request = request(0);
    let mut group = criterion.benchmark_group("document");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse", |bencher| bencher.iter(|| Policy::parse(black_box(&text))));
    group.bench_function("parse, compile, decide", |bencher| {
        bencher.iter(|| {
            let identity = vec![NamedPolicy::new("managed", Policy::parse(black_box(&text)))];
            decide(&request, &Layers { identity, ..Layers::default() })
        });
    });
    group.finish();
}

/// Five managed policies, a boundary, three levels of SCPs, an RCP.
fn layers() -> Layers {
    let named = |name: &str, text: &str| {
        let policy = Policy::parse(text);
        assert!(policy.document().is_ok(), "{text}: {policy:?}");
        NamedPolicy::new(name, policy)
    };
    let identity = |n| named(&format!("managed{n}"), &documents::identity(PROJECT, n, CHARACTERS));
    let level = |n: u64| Level {
        name: format!("level{n}").into(),
        policies: vec![named("full", documents::FULL_ACCESS), named("deny", &documents::scp(n, CHARACTERS))],
    };
    Layers {
        identity: (0..5).map(identity).collect(),
        boundary: Some(named("boundary", &documents::boundary(2, CHARACTERS))),
        scps: (0..3).map(level).collect(),
        rcps: vec![Level {
            name: "root".into(),
            policies: vec![named("rcp", &documents::rcp(1, CHARACTERS))],
        }],
        ..Layers::default()
    }
}

fn request(seed: u64) -> Request {
    let asked = requests::request(PROJECT, seed);
    let mut context = Context::new();
    for (key, value) in asked.context {
        context.insert(key, vec![value]);
    }
    let caller = Caller::parse(&asked.principal).expect("a principal");
    let account = Some(documents::ACCOUNT);
    Request::new(caller, &asked.action, &asked.resource, account, context).expect("a request")
}
