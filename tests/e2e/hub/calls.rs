//! The calls that the functions made, as the emulator noted them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use serde::Deserialize;

use crate::world::Place;

/// What reads accounts and organizations; what the hub keeps and sends is counted apart.
const READS: [&str; 5] = ["iam", "identitystore", "organizations", "sso", "sts"];

/// The calls.
pub(crate) struct Calls {
    file: PathBuf,
    /// How many lines of the file are of scenarios that are over.
    seen: Mutex<usize>,
    /// What each scenario took.
    tables: Mutex<Vec<(String, Counts)>>,
}

/// How often each operation was called.
pub(crate) type Counts = BTreeMap<String, usize>;

#[derive(Deserialize)]
struct Call {
    service: String,
    action: String,
    caller: String,
}

impl Calls {
    pub(crate) fn new(place: &Place) -> Self {
        let file = place.scratch.join("calls.jsonl");
        Self { file, seen: Mutex::default(), tables: Mutex::default() }
    }

    /// The calls of `react` and `evaluate`, in their own account and in others, since it was last asked.
    pub(crate) fn since(&self, scenario: &str) -> Counts {
        let text = fs::read_to_string(&self.file).expect("the emulator's notes");
        let lines: Vec<&str> = text.lines().collect();
        let mut seen = self.seen.lock().expect("one at a time");
        let mut counts = Counts::new();
        for line in lines.get(*seen..).unwrap_or_default() {
            let call: Call = serde_json::from_str(line).expect("the emulator's note");
            // These two are called by schedules, whatever the scenario is.
            let is_scheduled =
                ["/stanchion-sweep", "/stanchion-tell"].iter().any(|role| call.caller.contains(role));
            let by_us = call.caller.contains(":assumed-role/") && !is_scheduled;
            if by_us {
                *counts.entry(format!("{}:{}", call.service, call.action)).or_default() += 1;
            }
        }
        *seen = lines.len();
        self.tables.lock().expect("one at a time").push((scenario.to_owned(), counts.clone()));
        counts
    }

    /// Prints what each scenario took.
    #[expect(clippy::print_stdout, reason = "docs/COST.md is made from it")]
    pub(crate) fn report(&self) {
        for (scenario, counts) in self.tables.lock().expect("one at a time").iter() {
            println!("\n{scenario}: {} calls that read accounts", reads(counts));
            for (operation, count) in counts {
                println!("  {count:>4} {operation}");
            }
        }
    }
}

/// How many calls read accounts or organizations.
pub(crate) fn reads(counts: &Counts) -> usize {
    let of = |operation: &str| operation.split(':').next().is_some_and(|service| READS.contains(&service));
    counts.iter().filter(|(operation, _)| of(operation)).map(|(_, count)| count).sum()
}
