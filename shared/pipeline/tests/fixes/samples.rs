//! The sample organizations: how many of their findings get a fix, and that each does in the files what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use stanchion_findings::{Finding, State};
use stanchion_inventory::Inventory;
use stanchion_pipeline::{Checked, Others, check, propose, propose_all};
use stanchion_rules::{Evaluator, Rulebook};

use crate::files::Files;

/// 2026-03-09, in nanoseconds since the epoch.
const NOW: i128 = 1_773_014_400_000_000_000;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rulebook(path: &str) -> Rulebook {
    let text = fs::read_to_string(repository().join(path)).expect("a rulebook");
    Rulebook::parse(&text, path).unwrap_or_else(|error| panic!("{error}"))
}

/// The open findings with their fixes.
fn mended(rulebook: &Rulebook, inventory: &Inventory) -> Vec<Finding> {
    let evaluator = Evaluator::new(rulebook, inventory, Some(NOW));
    let Checked { mut findings, .. } = check(&evaluator);
    findings.retain(|finding| finding.state == State::Open);
    propose_all(&evaluator, &mut findings, Others::InTheInventory);
    findings
}

/// The ids of what is open or indeterminate.
fn ids(rulebook: &Rulebook, inventory: &Inventory) -> BTreeSet<String> {
    let checked = check(&Evaluator::new(rulebook, inventory, Some(NOW)));
    checked.findings.iter().map(|finding| finding.fingerprint.to_string()).collect()
}

/// Makes every so many fixes in the files, each by itself: the finding is gone then, and none is there that was not.
/// How many were made.
pub(crate) fn made(rulebook: &Rulebook, files: &Files, every: usize, place: &str) -> usize {
    let inventory = files.inventory();
    let before = ids(rulebook, &inventory);
    let mut made = 0;
    let fixed = mended(rulebook, &inventory).into_iter().filter(|finding| finding.fix.is_some());
    for finding in fixed.step_by(every) {
        let Some(fix) = &finding.fix else { continue };
        let mut after = files.clone();
        if !after.mend(&finding, fix) {
            continue;
        }
        let after = ids(rulebook, &after.inventory());
        let told = format!("{place}, {}, {:?}: {fix:#?}", finding.rule_id, finding.principal);
        assert!(!after.contains(finding.fingerprint.as_str()), "it is still there: {told}");
        let new: Vec<_> = after.difference(&before).collect();
        assert!(new.is_empty(), "{new:?} are new: {told}");
        made += 1;
    }
    made
}

/// Each organization with its rulebook, and how many findings have a safe fix, one that is not, and none.
const SAMPLES: [(&str, &str, [usize; 3]); 5] = [
    ("src/demo", "src/demo/rulebook.yaml", [1, 0, 0]),
    ("tests/organizations/perimeter/wrong", "tests/organizations/perimeter/rulebook.yaml", [7, 0, 2]),
    ("tests/organizations/partners", "rulebooks/partner-central.yaml", [12, 4, 7]),
    // What leads from role to role is not looked into.
    ("tests/organizations/escalation", "rulebooks/privilege-escalation.yaml", [16, 32, 6]),
    // Nothing but time, or a decision about a role, mends the rest.
    ("tests/organizations/identities", "rulebooks/identity.yaml", [2, 6, 4]),
];

#[test]
fn most_findings_of_the_samples_have_a_fix() {
    let mut counts = BTreeMap::new();
    for (organization, rules, _) in SAMPLES {
        let inventory = Inventory::load(&repository().join(organization)).expect("an inventory");
        let mut count = [0; 3];
        for finding in mended(&rulebook(rules), &inventory) {
            let at = finding.fix.as_ref().map_or(2, |fix| usize::from(!fix.loses.is_empty()));
            count[at] += 1;
        }
        counts.insert(organization, count);
    }
    assert_eq!(counts, SAMPLES.into_iter().map(|(organization, _, count)| (organization, count)).collect());
}

#[test]
fn each_fix_of_the_samples_does_in_the_files_what_it_says() {
    for (organization, rules, expected) in SAMPLES {
        if organization.ends_with("identities") {
            // Fixes there are no changes of files.
            continue;
        }
        let files = Files::read(&repository().join(organization));
        // To look at everybody again takes a while.
        let every = if organization.ends_with("escalation") { 9 } else { 1 };
        let made = made(&rulebook(rules), &files, every, organization);
        assert_eq!(made, (expected[0] + expected[1]).div_ceil(every), "{organization}");
    }
}

#[test]
fn no_fix_is_proposed_for_what_is_no_violation_any_more() {
    let inventory = Inventory::load(&repository().join("src/demo")).expect("an inventory");
    let rulebook = rulebook("src/demo/rulebook.yaml");
    let evaluator = Evaluator::new(&rulebook, &inventory, Some(NOW));
    let mut finding = check(&evaluator).findings.remove(0);
    assert!(propose(&evaluator, &finding, Others::InTheInventory).is_some());
    finding.state = State::Resolved;
    assert_eq!(propose(&evaluator, &finding, Others::InTheInventory), None);
    finding.state = State::Open;
    finding.principal = Some("arn:aws:iam::555566667777:user/nobody".to_owned());
    assert_eq!(propose(&evaluator, &finding, Others::InTheInventory), None);
}
