//! `cargo xtask differential`: random requests, decided by `stanchion simulate` and by a peer in a
//! process of its own. Every disagreement must be one that docs/CONFORMANCE.md explains; one that is
//! not fails the run, with the line to look at.

mod cases;
mod statements;
mod triage;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::bench::{answers, peer, read};
use crate::shell::{self, Workspace, cargo, say};
use triage::ENTRIES;

/// How much to compare.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many requests
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    cases: usize,
    /// The seed; the same seed gives the same requests
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// How many requests one process of the peer decides.
const CHUNK: usize = 5_000;
/// How many unexplained disagreements are shown.
const SHOWN: usize = 20;

/// What came of the comparison.
#[derive(Default)]
struct Tally {
    alike: usize,
    /// Requests that are open here: AWS's pages leave them so.
    open: usize,
    /// How many disagreements each entry of docs/CONFORMANCE.md explains.
    explained: BTreeMap<&'static str, usize>,
    unexplained: Vec<String>,
}

/// Compares, and prints what came out.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let workspace = Workspace::read()?;
    shell::run(cargo(["build", "--release", "--package", "stanchion"]))?;
    let folder = workspace.target.join("differential");
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let both = Both { file: folder.join("cases.jsonl"), workspace };
    say(&format!("{} requests, seed {}", options.cases, options.seed));
    let mut tally = Tally::default();
    for start in (0..options.cases).step_by(CHUNK) {
        let end = options.cases.min(start + CHUNK);
        let lines: Vec<Value> = (start..end).map(|id| cases::case(options.seed, id)).collect();
        both.compare(&lines, &mut tally)?;
    }
    report(&tally, options)
}

/// The two evaluators.
struct Both {
    workspace: Workspace,
    /// Where the lines are that both read.
    file: PathBuf,
}

/// A request, and what each decided.
type Pair<'a> = (&'a Value, String, String);

impl Both {
    /// Compares some requests, and looks for what explains the disagreements.
    fn compare(&self, lines: &[Value], tally: &mut Tally) -> Result<(), String> {
        let mut apart = Vec::new();
        for pair in self.decide(lines)? {
            match pair.1.as_str() {
                our if our == pair.2 => tally.alike += 1,
                "indeterminate" => tally.open += 1,
                _ => apart.push(pair),
            }
        }
        // Each disagreement again, without the feature of each entry, and without those of all.
        let mut attempts: Vec<(usize, &'static str)> = Vec::new();
        let mut lines = Vec::new();
        for (index, (line, ..)) in apart.iter().enumerate() {
            let mut without_all = (*line).clone();
            for entry in &ENTRIES {
                let mut without = (*line).clone();
                if (entry.take_out)(&mut without) {
                    (entry.take_out)(&mut without_all);
                    attempts.push((index, entry.name));
                    lines.push(without);
                }
            }
            attempts.push((index, "several of these"));
            lines.push(without_all);
        }
        for (id, line) in lines.iter_mut().enumerate() {
            line["id"] = json!(id);
        }
        let mut explained: BTreeMap<usize, &'static str> = BTreeMap::new();
        for ((index, name), (_, our, their)) in attempts.iter().zip(self.decide(&lines)?) {
            if our == their {
                explained.entry(*index).or_insert(name);
            }
        }
        for (index, (line, our, their)) in apart.iter().enumerate() {
            match explained.get(&index) {
                Some(name) => *tally.explained.entry(name).or_default() += 1,
                None => tally.unexplained.push(format!("{our} here, {their} there: {line}")),
            }
        }
        Ok(())
    }

    /// Both decisions of every line.
    fn decide<'a>(&self, lines: &'a [Value]) -> Result<Vec<Pair<'a>>, String> {
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        let mut text = Vec::new();
        for line in lines {
            writeln!(text, "{line}").map_err(|e| e.to_string())?;
        }
        fs::write(&self.file, text).map_err(|e| format!("{}: {e}", self.file.display()))?;
        let mut command = Command::new(self.workspace.target.join("release/stanchion"));
        command.arg("simulate").arg(&self.file);
        let ours = read(&answers(command)?)?;
        let Some(theirs) = peer::run(&self.workspace, &self.file, lines.len(), false)? else {
            return Err("the peer could not be installed; nothing was compared".to_owned());
        };
        let theirs = theirs.decisions;
        let in_order = ours.iter().map(|decided| decided.id).eq(theirs.iter().map(|decided| decided.id));
        if !in_order || ours.len() != lines.len() {
            return Err("the answers are not those of the requests".to_owned());
        }
        let pair = |((line, our), their): ((&'a Value, _), _)| (line, our, their);
        let ours = ours.into_iter().map(|decided| decided.decision);
        let theirs = theirs.into_iter().map(|decided| decided.decision);
        Ok(lines.iter().zip(ours).zip(theirs).map(pair).collect())
    }
}

fn report(tally: &Tally, options: &Options) -> Result<(), String> {
    let count = |count: usize, what: &str| say(&format!("{count:>8} {what}"));
    count(tally.alike, "are decided alike");
    count(tally.open, "are indeterminate here: a contested rule decides them");
    count(tally.explained.values().sum(), "are decided differently, as docs/CONFORMANCE.md explains:");
    for (entry, times) in &tally.explained {
        count(*times, &format!("  {entry}"));
    }
    for line in tally.unexplained.iter().take(SHOWN) {
        say(&format!("\n{line}"));
    }
    match tally.unexplained.len() {
        0 => Ok(()),
        some => Err(format!(
            "{some} of {} requests with seed {} are decided differently, and nothing explains it",
            options.cases, options.seed
        )),
    }
}
