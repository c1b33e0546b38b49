//! One run of the pipeline, told in lines.

use serde_json::Value;
use stanchion_changes::{Change, Interpreter, Verdict, read_events};
use stanchion_findings::{EmbeddedStore, EventRef, MemoryStore, Store, Transition};
use stanchion_inventory::Inventory;
use stanchion_pipeline::{baseline, published, react};
use stanchion_rules::{Evaluator, Rulebook};

/// One rule, about everyone.
pub(crate) const TRAILS_STAY: &str = "
version: 1
guardrails:
  - id: trails-stay
    title: Nobody stops CloudTrail
    severity: critical
    forbid: [ { Action: cloudtrail:StopLogging } ]
";

/// Runs a test on a new store of each kind.
pub(crate) fn on_each_store(test: impl Fn(&mut dyn Store)) {
    test(&mut MemoryStore::new());
    test(&mut EmbeddedStore::in_memory().expect("a store in memory"));
}

/// The transitions of a run, published, one line each: what happened, the rule, the principal, the
/// event it was seen on, and the event that caused it, if that is known.
pub(crate) fn run(store: &mut dyn Store, inventory: &Inventory, events: &[Value]) -> Vec<String> {
    run_by(TRAILS_STAY, store, inventory, events)
}

/// [`run`], by another rulebook.
pub(crate) fn run_by(
    rulebook: &str,
    store: &mut dyn Store,
    inventory: &Inventory,
    events: &[Value],
) -> Vec<String> {
    let transitions = transitions(rulebook, store, inventory, events);
    published(store, &transitions).expect("the store can be written");
    lines(&transitions)
}

/// The transitions of a run, not marked as published.
pub(crate) fn transitions(
    rulebook: &str,
    store: &mut dyn Store,
    inventory: &Inventory,
    events: &[Value],
) -> Vec<Transition> {
    let text = Value::from(events.to_vec()).to_string();
    let events = read_events(&text, "events").expect("events");
    let mut interpreter = Interpreter::default();
    let changes: Vec<Box<Change>> = events
        .iter()
        .filter_map(|event| match interpreter.interpret(event) {
            Verdict::Change(change) => Some(change),
            Verdict::Ignored(_) => None,
        })
        .collect();
    assert_eq!(changes.len(), events.len(), "every event of these tests is a change");
    let changes: Vec<&Change> = changes.iter().map(AsRef::as_ref).collect();
    let rulebook = Rulebook::parse(rulebook, "rulebook.yaml").expect("a rulebook");
    let evaluator = Evaluator::new(&rulebook, inventory, None);
    react(&evaluator, &changes, store).expect("the store can be used").transitions
}

/// Every principal evaluated with no event in mind, published.
pub(crate) fn first_look(store: &mut dyn Store, inventory: &Inventory) -> Vec<String> {
    let rulebook = Rulebook::parse(TRAILS_STAY, "rulebook.yaml").expect("a rulebook");
    let evaluator = Evaluator::new(&rulebook, inventory, None);
    let transitions = baseline(&evaluator, store).expect("the store can be used");
    published(store, &transitions).expect("the store can be written");
    lines(&transitions)
}

pub(crate) fn lines(transitions: &[Transition]) -> Vec<String> {
    let id = |event: &Option<EventRef>| event.as_ref().map_or("-".to_owned(), |event| event.event_id.clone());
    let line = |transition: &Transition| {
        let finding = &transition.finding;
        let arn = finding.principal.as_deref().expect("these findings are about principals");
        let principal = arn.trim_start_matches("arn:aws:iam::");
        let (trigger, cause) = (id(&finding.trigger), id(&finding.caused_by));
        format!("{} {} {principal}: seen on {trigger}, caused by {cause}", transition.kind, finding.rule_id)
    };
    transitions.iter().map(line).collect()
}

/// Nothing was told.
pub(crate) const SILENCE: [&str; 0] = [];
