//! Runs the requests of `docs/semantics` and the examples of `docs/SIMULATE.md`.

#[path = "semantics/page.rs"]
mod page;
#[path = "semantics/simulate.rs"]
mod simulate;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use page::{Check, Page};
use serde::Deserialize;
use stanchion_policy::simulate::Simulator;

/// How many numbered rules the pages have.
const RULES: u32 = 36;

/// The rules that do not concern one request, and so have no lines.
const NOT_ABOUT_ONE_REQUEST: [u32; 2] = [9, 35];

/// All pages as one, the one first that says what every request shares.
fn pages() -> Page {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/semantics");
    let entries = fs::read_dir(&folder).expect("the pages");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort_by_key(|file| (!file.ends_with("README.md"), file.clone()));
    let text = |file| fs::read_to_string(file).expect("a page");
    Page::read(&files.into_iter().map(text).collect::<String>())
}

/// What `simulate` answers, as far as the pages speak of it.
#[derive(Deserialize)]
struct Answer {
    decision: String,
    because: Vec<Because>,
    #[serde(default)]
    unknowns: Vec<String>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
struct Because {
    layer: String,
}

/// What a line of `simulate` gives.
fn answer(simulator: &mut Simulator, line: &str) -> String {
    let mut out = Vec::new();
    simulator.line(line, &mut out).expect("an answer can be written");
    String::from_utf8(out).expect("answers are text")
}

/// In what a check fails, if it does.
fn failure(simulator: &mut Simulator, check: &Check) -> Option<String> {
    let text = answer(simulator, &check.request);
    let answer: Answer = serde_json::from_str(&text).expect("answers are JSON");
    let wrong = if answer.decision != check.expect {
        format!("expected {}", check.expect)
    } else if let Some(layer) = &check.because_layer
        && answer.because.first().map(|because| &because.layer) != Some(layer)
    {
        format!("expected {} because of layer {layer}", check.expect)
    } else if let Some(says) = &check.says
        && !answer.unknowns.iter().chain(&answer.error).any(|text| text.contains(says.as_str()))
    {
        format!("expected it to say `{says}`")
    } else {
        return None;
    };
    Some(format!(
        "## {}\n{}: {wrong}\n  request {}\n  answer  {text}\n",
        check.section, check.id, check.request
    ))
}

/// The rules of AWS's policy language, one by one.
#[test]
fn every_line_of_the_pages_comes_out_as_expected() {
    let page = pages();
    let mut simulator = Simulator::new();
    let failures: Vec<String> =
        page.checks.iter().filter_map(|check| failure(&mut simulator, check)).collect();
    assert!(
        failures.is_empty(),
        "{} of {} lines of docs/semantics fail:\n\n{}",
        failures.len(),
        page.checks.len(),
        failures.join("\n")
    );
}

/// One document parsed for many lines must not answer differently from one parsed afresh.
#[test]
fn the_order_of_lines_does_not_matter() {
    let page = pages();
    let mut kept = Simulator::new();
    let forward: BTreeMap<&str, String> =
        page.checks.iter().map(|c| (c.id.as_str(), answer(&mut kept, &c.request))).collect();
    for check in page.checks.iter().rev() {
        let fresh = answer(&mut Simulator::new(), &check.request);
        assert_eq!(fresh, forward[check.id.as_str()], "{}", check.id);
        assert_eq!(fresh, answer(&mut kept, &check.request), "{}", check.id);
    }
}

/// No rule may lose its section, or its section its tests and its source.
#[test]
fn every_rule_has_a_section_with_lines_and_a_source() {
    let page = pages();
    let mut numbers: Vec<u32> = page.sections.iter().filter_map(|section| section.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=RULES).collect::<Vec<_>>());
    for section in &page.sections {
        let lines = page.checks.iter().filter(|check| check.section == section.title).count();
        let exempt = section.number.is_some_and(|number| NOT_ABOUT_ONE_REQUEST.contains(&number));
        assert_eq!(lines == 0, exempt, "`{}` has {lines} lines", section.title);
        assert!(section.sourced, "`{}` names no source", section.title);
    }
    let mut ids = BTreeSet::new();
    for check in &page.checks {
        assert!(ids.insert(&check.id), "`{}` is given twice", check.id);
    }
}

/// A rule is tested from both sides: somewhere its requests pass, and somewhere they do not.
#[test]
fn every_section_expects_more_than_one_outcome() {
    let page = pages();
    for section in &page.sections {
        let expected: BTreeSet<&str> = page
            .checks
            .iter()
            .filter(|check| check.section == section.title)
            .map(|check| check.expect.as_str())
            .collect();
        assert_ne!(expected.len(), 1, "`{}` expects only {expected:?}", section.title);
    }
}
