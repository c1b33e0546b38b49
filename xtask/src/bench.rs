//! `cargo xtask bench`: how many requests a second `stanchion simulate` decides, end to end, beside
//! a peer on the same requests; then the benches of the policy crate. Never part of the tests: a
//! busy machine is not a fault.

mod compare;
mod corpus;
mod functions;
pub(crate) mod peer;
mod replay;
mod start;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

pub(crate) use corpus::documents::Numbers;

use crate::shell::{self, Workspace, cargo, output, readable, say};

/// How much to measure.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: Option<What>,
    /// How many lines `stanchion simulate` decides
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    lines: usize,
    /// How many of them the peer decides
    #[arg(long, value_name = "N", default_value_t = 500)]
    peer_lines: usize,
    /// Leave out the benches of the policy crate
    #[arg(long)]
    no_criterion: bool,
}

/// Something else to measure.
#[derive(clap::Subcommand)]
enum What {
    /// How long `stanchion replay` takes for log files, beside inflating and reading them
    Replay(replay::Options),
    /// How long `stanchion can` takes from its start to its answer, and how much memory
    Start(start::Options),
    /// How long `stanchion compare` takes for the versions of AWS's own policies
    Compare(compare::Options),
    /// What the Lambda functions weigh, how long they take to start, and how much memory they hold
    Functions(functions::Options),
}

/// How often the program runs over the file; the median counts.
const RUNS: usize = 5;
/// How many lines that are decided differently are shown.
const SHOWN: usize = 10;

/// One answer, ours or the peer's.
#[derive(Deserialize)]
pub(crate) struct Decided {
    pub(crate) id: usize,
    pub(crate) decision: String,
}

/// Measures, and prints what came out.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    match &options.what {
        Some(What::Replay(options)) => replay::run(options),
        Some(What::Start(options)) => start::run(options),
        Some(What::Compare(options)) => compare::run(options),
        Some(What::Functions(options)) => functions::run(options),
        None => decisions(options),
    }
}

fn decisions(options: &Options) -> Result<(), String> {
    let workspace = Workspace::read()?;
    shell::run(cargo(["build", "--release", "--package", "stanchion"]))?;
    let program = workspace.target.join("release/stanchion");
    let folder = workspace.target.join("bench");
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let (all, some) = (folder.join("all.jsonl"), folder.join("some.jsonl"));
    let bytes = corpus::write(&all, options.lines)?;
    let peer_lines = options.peer_lines.min(options.lines);
    corpus::write(&some, peer_lines)?;

    let times = (0..RUNS).map(|_| simulate(&program, &all)).collect::<Result<Vec<_>, _>>()?;
    let time = median(times);
    let ours = options.lines as f64 / time.as_secs_f64();
    let mut command = Command::new(&program);
    command.arg("simulate").arg(&some);
    let decisions = read(&answers(command)?)?;
    let peer = peer::run(&workspace, &some, peer_lines, true)?;

    say(&format!("\n{}", machine(peer.as_ref())?));
    say(&format!(
        "{} lines of {} bytes in {} (median of {RUNS} runs, start and reading included)\n",
        options.lines,
        bytes / options.lines.max(1) as u64,
        readable(time),
    ));
    let row = |name: &str, rate: f64| say(&format!("{name:<42}{rate:>10.0} requests/s"));
    row("stanchion simulate, end to end", ours);
    if let Some(peer) = &peer {
        let theirs = peer_lines as f64 / peer.seconds;
        row(&format!("{} {}, warm", peer::PACKAGE, peer::VERSION), theirs);
        say(&format!("{:<42}{:>10.0} times", "ratio", ours / theirs));
        agreement(&decisions, &peer.decisions);
    }
    say(&format!("\ndecisions on {peer_lines} lines: {}", counts(&decisions)));

    if options.no_criterion {
        return Ok(());
    }
    shell::run(cargo(["bench", "--package", "stanchion-policy"]))
}

/// How long the program takes for a file whose answers nobody reads.
fn simulate(program: &Path, file: &Path) -> Result<Duration, String> {
    let mut command = Command::new(program);
    command.arg("simulate").arg(file).stdout(Stdio::null());
    let start = Instant::now();
    shell::run(command)?;
    Ok(start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The answers that the program prints, whatever its exit code says about them.
pub(crate) fn answers(mut command: Command) -> Result<String, String> {
    let done = command.output().map_err(|e| format!("`{}`: {e}", shell::shown(&command)))?;
    String::from_utf8(done.stdout).map_err(|e| format!("`{}`: {e}", shell::shown(&command)))
}

pub(crate) fn read(text: &str) -> Result<Vec<Decided>, String> {
    text.lines().map(|line| serde_json::from_str(line).map_err(|e| format!("{line}: {e}"))).collect()
}

/// Says how many requests both decide alike, and which first ones they do not.
fn agreement(ours: &[Decided], theirs: &[Decided]) {
    let pairs = || ours.iter().zip(theirs);
    let alike = pairs().filter(|(a, b)| a.id == b.id && a.decision == b.decision).count();
    say(&format!("\n{alike} of {} requests are decided alike", theirs.len().max(ours.len())));
    for (a, b) in pairs().filter(|(a, b)| a.decision != b.decision).take(SHOWN) {
        say(&format!("  id {}: {} here, {} there", a.id, a.decision, b.decision));
    }
}

fn counts(decisions: &[Decided]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for decided in decisions {
        *counts.entry(&decided.decision).or_default() += 1;
    }
    let each: Vec<String> = counts.iter().map(|(decision, count)| format!("{count} {decision}")).collect();
    each.join(", ")
}

/// What it ran on.
fn machine(peer: Option<&peer::Measured>) -> Result<String, String> {
    let mut rustc = Command::new("rustc");
    rustc.arg("--version");
    let mut parts = vec![output(rustc)?.trim().to_owned()];
    parts.extend(peer.map(|peer| format!("node {}", peer.node)));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    parts.push(format!("{cores} cores"));
    // Linux says which; elsewhere the count must do.
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    parts.extend(model.map(|(_, name)| name.to_owned()));
    Ok(parts.join(", "))
}
