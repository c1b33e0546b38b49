//! The samples, as changes; and what a run of the pipeline tells of one.

use std::fs;
use std::path::Path;

use stanchion_changes::table::{Row, SERVICES, Service};
use stanchion_changes::{Change, Interpreter, Kind, RawEvent, Verdict, read_events};
use stanchion_findings::{Store, Transition};
use stanchion_inventory::Inventory;
use stanchion_pipeline::{published, react};
use stanchion_rules::{Evaluator, Rulebook};

/// Every row that changes something, with what its sample is called.
pub(crate) fn changes() -> Vec<(String, &'static Row)> {
    let name = |service: &Service, row: &Row| {
        format!("{}.{}", service.source.trim_end_matches(".amazonaws.com"), row.name)
    };
    let rows = SERVICES.into_iter().flat_map(|service| {
        let changes = service.rows.iter().filter(|row| row.kind != Kind::None);
        changes.map(move |row| (name(service, row), row))
    });
    rows.collect()
}

/// A sample as a change, under another event id.
pub(crate) fn change(sample: &str, id: &str, rulebook: &Rulebook) -> Change {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../events/{sample}.json"));
    let text = fs::read_to_string(path).expect("a sample");
    let mut events: Vec<RawEvent> = read_events(&text, sample).expect("JSON");
    events[0].record["eventID"] = id.into();
    let mut interpreter = Interpreter::watching(|service| rulebook.watches(service));
    match interpreter.interpret(&events[0]) {
        Verdict::Change(change) => *change,
        Verdict::Ignored(ignored) => panic!("{sample} is ignored: {}", ignored.reason),
    }
}

/// What a run on one change tells, as `opened RULE ACCOUNT:PRINCIPAL`.
pub(crate) fn told(
    rulebook: &Rulebook,
    store: &mut dyn Store,
    inventory: &Inventory,
    change: &Change,
) -> Vec<String> {
    let evaluator = Evaluator::new(rulebook, inventory, None);
    let reaction = react(&evaluator, &[change], store).expect("the store can be used");
    published(store, &reaction.transitions).expect("the store can be written");
    reaction.transitions.iter().map(line).collect()
}

fn line(transition: &Transition) -> String {
    let finding = &transition.finding;
    let arn = finding.principal.as_deref().expect("these findings are about principals");
    format!("{} {} {}", transition.kind, finding.rule_id, arn.trim_start_matches("arn:aws:iam::"))
}
