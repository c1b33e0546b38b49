//! Policies made to be hard: a question ends within its budget, and its steps are the same whenever it
//! is asked, in whatever order the policies come.

#[path = "../benches/common/crafted.rs"]
mod crafted;

use crafted::{Crafted, cases, questions};
use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Answer, Asker, Question, Stack, Verdict};
use stanchion_policy::{Caller, Context, Layers, Level, NamedPolicy, Policy};

/// Enough for every part of the search to take its turn, and soon over.
const BUDGET: u64 = 150_000;

fn asker() -> Asker {
    let mut known = Context::new();
    known.insert("aws:PrincipalTag/team", vec!["core".to_owned()]);
    Asker {
        caller: Caller::parse("arn:aws:iam::111122223333:role/engineer").expect("an ARN"),
        unique_id: Some("AROAEXAMPLEENGINEER01".to_owned()),
        known,
        trust: None,
        now: None,
    }
}

fn layers(case: &Crafted, reversed: bool) -> Layers {
    let policies = |texts: &[String]| -> Vec<NamedPolicy> {
        let policy = |text: &String| {
            let policy = Policy::parse(text);
            assert!(policy.document().is_ok(), "{}: {policy:?}", case.name);
            NamedPolicy::new("p", policy)
        };
        let mut all: Vec<NamedPolicy> = texts.iter().map(policy).collect();
        if reversed {
            all.reverse();
        }
        all
    };
    Layers {
        identity: policies(&case.identity),
        boundary: case.boundary.as_ref().and_then(|text| policies(std::slice::from_ref(text)).pop()),
        scps: case
            .scps
            .iter()
            .map(|texts| Level { name: "level".into(), policies: policies(texts) })
            .collect(),
        ..Layers::default()
    }
}

fn ask(case: &Crafted, list: &str, steps: u64, reversed: bool) -> Answer {
    let statements: Vec<Json> = serde_json::from_str(list).expect("JSON");
    let forbidden = Policy::of(Document::forbidden(&statements, "forbid").expect("statements"));
    let (asker, layers) = (asker(), layers(case, reversed));
    Stack::new(&asker, &layers).prove(&Question { forbidden: &forbidden, roles: &[], resources: &[], steps })
}

fn told(answer: &Answer) -> String {
    match &answer.verdict {
        Verdict::No => "no".to_owned(),
        Verdict::Yes(witness) => {
            format!("{} on {} with {:?}", witness.action, witness.resource, witness.context)
        }
        Verdict::Indeterminate(reasons) => reasons.join("; "),
    }
}

/// Wildcards in actions are held against every name of the catalogue when a policy is compiled.
#[test]
fn too_many_wildcards_in_actions_make_a_policy_unknown() {
    let names: Vec<String> = (0..400).map(|n| format!(r#""*e*:*{n}*t*""#)).collect();
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": [{}], "Resource": "*"}}]}}"#,
        names.join(",")
    );
    let case = Crafted { name: "wildcards", identity: vec![policy], boundary: None, scps: Vec::new() };
    let answer = ask(&case, &questions()[0], 3_000_000, false);
    assert_eq!(told(&answer), "policy p: the wildcards of its actions are too much work");
}

/// What it costs to compile a policy is paid by every question, not by the first alone.
#[test]
fn the_second_question_to_a_stack_costs_what_the_first_did() {
    for case in cases() {
        let (asker, layers) = (asker(), layers(&case, false));
        let stack = Stack::new(&asker, &layers);
        let statements: Vec<Json> = serde_json::from_str(&questions()[2]).expect("JSON");
        let forbidden = Policy::of(Document::forbidden(&statements, "forbid").expect("statements"));
        let question = Question { forbidden: &forbidden, roles: &[], resources: &[], steps: BUDGET };
        let (first, second) = (stack.prove(&question), stack.prove(&question));
        assert_eq!((first.steps, told(&first)), (second.steps, told(&second)), "{}", case.name);
    }
}

#[test]
fn every_crafted_question_ends_within_its_budget_and_alike_each_time() {
    for case in cases() {
        for list in questions() {
            let first = ask(&case, &list, BUDGET, false);
            assert!(first.steps <= BUDGET, "{}: {}", case.name, first.steps);
            let again = ask(&case, &list, BUDGET, false);
            let reversed = ask(&case, &list, BUDGET, true);
            assert_eq!((first.steps, told(&first)), (again.steps, told(&again)), "{}", case.name);
            assert_eq!((first.steps, told(&first)), (reversed.steps, told(&reversed)), "{}", case.name);
        }
    }
}
