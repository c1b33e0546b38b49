//! `cargo xtask bench replay`: how long `stanchion replay` takes for log files, beside what inflating
//! and reading the same files takes, with the same library and on one thread.

mod corpus;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::bufread::MultiGzDecoder;

use super::{machine, median};
use crate::shell::{self, Workspace, cargo, readable, say};

/// How much to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many records the log files have
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    records: usize,
    /// One in so many is relevant
    #[arg(long, value_name = "N", default_value_t = 200)]
    one_in: usize,
    /// How many threads replay [default: its own]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// How often each is measured; the median counts.
const RUNS: usize = 3;

/// Measures, and prints what came out.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let workspace = Workspace::read()?;
    if cfg!(debug_assertions) {
        return optimized(&workspace, options);
    }
    shell::run(cargo(["build", "--release", "--package", "stanchion"]))?;
    let folder = workspace.target.join("bench/replay");
    let corpus = corpus::write(&folder, options.records, options.one_in)?;

    // Once for the files to be in memory.
    let bytes = inflate(&corpus.files)?;
    let mut inflating = Vec::new();
    let mut replaying = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        inflate(&corpus.files)?;
        inflating.push(start.elapsed());
        replaying.push(replay(&workspace, &folder, options.threads)?);
    }
    let (inflating, replaying) = (median(inflating), median(replaying));
    say(&format!("\n{}", machine(None)?));
    say(&format!(
        "{} records in {} files, {:.2} GB inflated, {:.2} GB as they are, 1 in {} relevant, median of {RUNS} runs\n",
        options.records,
        corpus.files.len(),
        bytes as f64 / 1e9,
        corpus.bytes as f64 / 1e9,
        options.one_in,
    ));
    let row = |name: &str, time: Duration| {
        let rate = options.records as f64 / time.as_secs_f64();
        say(&format!("{name:<42}{:>8}{rate:>12.0} records/s", readable(time)));
    };
    row("inflate and read, one thread", inflating);
    row("stanchion replay, end to end", replaying);
    say(&format!("{:<42}{:>8.2}", "ratio", replaying.as_secs_f64() / inflating.as_secs_f64()));
    Ok(())
}

/// The same by this program as `cargo build --release` makes it: what is compared is measured alike.
fn optimized(workspace: &Workspace, options: &Options) -> Result<(), String> {
    shell::run(cargo(["build", "--release", "--package", "xtask"]))?;
    let mut command = Command::new(workspace.target.join("release/xtask"));
    command.args(["bench", "replay"]);
    command.args(["--records", &options.records.to_string(), "--one-in", &options.one_in.to_string()]);
    if let Some(threads) = options.threads {
        command.args(["--threads", &threads.to_string()]);
    }
    shell::run(command)
}

/// Inflates every file and reads it to its end; how many bytes that were.
fn inflate(files: &[PathBuf]) -> Result<u64, String> {
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    for path in files {
        let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
        let file = File::open(path).map_err(wrong)?;
        let mut input = MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file));
        loop {
            match input.read(&mut buffer).map_err(wrong)? {
                0 => break,
                read => bytes += read as u64,
            }
        }
    }
    Ok(bytes)
}

/// How long the program takes for the corpus whose report nobody reads.
fn replay(workspace: &Workspace, folder: &Path, threads: Option<usize>) -> Result<Duration, String> {
    let mut command = Command::new(workspace.target.join("release/stanchion"));
    command.arg("replay").arg(folder.join("AWSLogs"));
    command.arg("--inventory").arg(folder.join("inventory"));
    command.arg("--rulebook").arg(workspace.root.join("rulebooks/baseline.yaml"));
    command.args(["--format", "json"]).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(threads) = threads {
        command.args(["--threads", &threads.to_string()]);
    }
    let start = Instant::now();
    let status = command.status().map_err(|e| format!("`{}`: {e}", shell::shown(&command)))?;
    let time = start.elapsed();
    // Something opened, or nothing did.
    match status.code() {
        Some(0 | 1 | 3) => Ok(time),
        _ => Err(format!("`{}` failed: {status}", shell::shown(&command))),
    }
}
