//! Every sample under `events/`: what it is taken for, what it is about, and whom it affects.

#[path = "common/cases.rs"]
mod cases;
mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use cases::CASES;
use common::organization;
use stanchion_changes::table::SERVICES;
use stanchion_changes::{Ignored, Interpreter, Kind, Verdict, affected, read_events};

fn events() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// The samples, by file name without `.json`.
fn files() -> BTreeSet<String> {
    let entries = fs::read_dir(events()).expect("the samples");
    let name = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("an ASCII name");
        name.strip_suffix(".json").expect("a sample").to_owned()
    };
    entries.map(|entry| name(entry.expect("an entry"))).collect()
}

fn verdict(name: &str) -> Verdict {
    let path = events().join(format!("{name}.json"));
    let text = fs::read_to_string(&path).expect("a sample");
    let events = read_events(&text, name).expect("JSON");
    assert_eq!(events.len(), 1, "{name}");
    assert!(events[0].envelope.is_some(), "{name}: as EventBridge delivers it");
    Interpreter::watching(|_| true).interpret(&events[0])
}

#[test]
fn each_sample_is_what_it_should_be() {
    let inventory = organization();
    for (name, kind, target, principals) in CASES {
        match verdict(name) {
            Verdict::Change(change) => {
                let source = change.event_source.strip_suffix(".amazonaws.com");
                let source = source.expect("a service of AWS");
                assert_eq!(format!("{source}.{}", change.event_name), *name);
                assert_eq!(change.kind.as_str(), *kind, "{name}");
                let said = change.target.to_string().replace("arn:aws:iam::", "");
                let said = said.replace(" of account 111122223333", "");
                assert_eq!(said, *target, "{name}");
                let found = affected(&change, &inventory).principals;
                let found: Vec<_> =
                    found.iter().filter_map(|arn| arn.strip_prefix("arn:aws:iam::")).collect();
                assert_eq!(found, *principals, "{name}");
                assert!(!change.actor.arn.is_empty(), "{name}");
            }
            Verdict::Ignored(ignored) => {
                assert_eq!(ignored.reason.to_string(), *kind, "{name}");
                assert_eq!(ignored.reason, Ignored::NoEffect, "{name}");
            }
        }
    }
}

/// A sample that no row expects would be a test that tests nothing.
#[test]
fn every_sample_has_its_row_and_every_change_its_sample() {
    let rows: BTreeSet<_> = CASES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(rows, files());
    for service in SERVICES {
        let source = service.source.trim_end_matches(".amazonaws.com");
        for row in service.rows.iter().filter(|row| row.kind != Kind::None) {
            let name = format!("{source}.{}", row.name);
            assert!(rows.contains(&name), "{name} has no sample");
        }
    }
}

#[test]
fn event_ids_are_distinct() {
    let ids: BTreeSet<_> = CASES
        .iter()
        .map(|(name, ..)| match verdict(name) {
            Verdict::Change(change) => change.event_id,
            Verdict::Ignored(ignored) => ignored.meta.event_id,
        })
        .collect();
    assert_eq!(ids.len(), CASES.len());
}
