//! The time to hold a thousand principals against twenty rules of ABAC and personas, and against every pack; and
//! to load five hundred rules.

mod organization;

use std::hint::black_box;

use criterion::Criterion;
use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_pipeline::{Checked, check};
use stanchion_rules::{Evaluator, Rulebook};

use organization::{PERSONAS, SERVICES, WRONG};

/// The one of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn rulebook(rules: &Value) -> Rulebook {
    Rulebook::parse(&rules.to_string(), "bench").expect("a rulebook")
}

/// Rules that ask for tags, for isolation in one service each, and for tags that nobody can change.
fn abac(count: usize) -> Vec<Value> {
    let rule = |number: usize| {
        let mut rule = json!({"id": format!("r{number}"), "title": "T", "severity": "high"});
        match number % 3 {
            0 => rule["tags"] = json!({"required": ["project", "team"], "values": {"project": "p*"}}),
            1 => {
                let service = SERVICES[number % SERVICES.len()];
                rule["isolate"] = json!({"by": "project", "actions": [format!("{service}:*")]});
            }
            _ => rule["immutable"] = json!(["project"]),
        }
        rule
    };
    (0..count).map(rule).collect()
}

/// Twelve ABAC rules about whoever works for a project, and eight personas.
fn mixed() -> Rulebook {
    let mut abac = abac(12);
    for rule in &mut abac {
        rule["scope"] = json!({"paths": ["/projects/*"]});
    }
    let persona = |(name, policies): &(&str, &[&str])| {
        let policies: Vec<String> = policies.iter().map(|policy| format!("aws:{policy}")).collect();
        let at_most: Vec<&String> = policies.iter().filter(|policy| *policy != "aws:IAMFullAccess").collect();
        let mut rule = json!({"id": name, "title": "T", "severity": "high", "match": {"tags": {"job": name}},
            "needs": policies, "conflicts": ["iam-administrator"]});
        if *name == "iam-administrator" {
            rule["conflicts"] = json!(["sales-manager"]);
        } else {
            rule["at_most"] = json!(at_most);
        }
        rule
    };
    let personas: Vec<Value> = PERSONAS.iter().map(persona).collect();
    rulebook(&json!({"version": 1, "abac": abac, "personas": personas}))
}

fn bench(criterion: &mut Criterion, name: &str, parts: (&Inventory, &Rulebook), found: impl Fn(&Checked)) {
    let (inventory, rulebook) = parts;
    assert_eq!(rulebook.rules.len(), 20);
    criterion.bench_function(name, |bencher| {
        bencher.iter(|| {
            let checked = check(&Evaluator::new(rulebook, inventory, None));
            assert_eq!(checked.principals, organization::PRINCIPALS);
            found(&checked);
            black_box(checked)
        });
    });
}

/// Every pack, with what needs to be set.
const PACKS: &str = "version: 1
extends:
  - pack:baseline
  - pack:partner-central
  - pack:third-party
  - pack:privilege-escalation
  - pack:identity
  - from: pack:data-perimeter
    with: { organization-id: o-exampleorg1, networks: [192.0.2.0/24], vpcs: [vpc-0a1b2c3d4e5f60718] }
";

/// Half a thousand guardrails: those of the baseline over and over, with their examples.
fn many() -> String {
    let text = stanchion_rules::packs::find("baseline").expect("the pack");
    let (head, rules) = text.split_once("guardrails:\n").expect("its guardrails");
    let rules: Vec<&str> = rules.split("\n  - id: ").skip(1).collect();
    let mut many = format!("{head}guardrails:\n");
    for (number, rule) in rules.iter().cycle().take(500).enumerate() {
        many.push_str(&format!("  - id: r{number}-{rule}\n"));
    }
    many
}

fn load(criterion: &mut Criterion) {
    let many = many();
    criterion.bench_function("load/500 rules", |bencher| {
        bencher.iter(|| {
            let rulebook = Rulebook::parse(black_box(&many), "bench").expect("a rulebook");
            assert_eq!(rulebook.rules.len(), 500);
            rulebook
        });
    });
}

fn packs(criterion: &mut Criterion, inventory: &Inventory) {
    let rulebook = Rulebook::parse(PACKS, "bench").expect("the packs");
    criterion.bench_function("packs/1000 principals, every pack", |bencher| {
        bencher.iter(|| {
            let checked = check(&Evaluator::new(&rulebook, inventory, None));
            assert_eq!(checked.principals, organization::PRINCIPALS);
            black_box(checked)
        });
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    let rules = rulebook(&json!({"version": 1, "abac": abac(20)}));
    let alike = organization::alike();
    bench(&mut criterion, "abac/1000 principals, 20 rules", (&alike, &rules), |checked| {
        assert!(checked.findings.is_empty(), "{:?}", checked.findings.first());
    });
    let (mixed, demo) = (mixed(), organization::mixed());
    bench(&mut criterion, "abac and personas/1000 principals, 20 rules", (&demo, &mixed), |checked| {
        let wrong: std::collections::BTreeSet<_> =
            checked.findings.iter().map(|finding| &finding.principal).collect();
        assert_eq!(wrong.len(), WRONG, "{:?}", checked.findings.first());
    });
    load(&mut criterion);
    packs(&mut criterion, &demo);
    criterion.final_summary();
}
