//! `cargo xtask fuzz`: one target of `fuzz/`, for some time.

use std::fs;

use crate::shell::{self, Workspace, cargo};

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// policies, events, inventories, rulebooks, decide or prove
    target: String,
    /// For how many seconds
    #[arg(default_value_t = 60)]
    seconds: u32,
}

/// Runs it. What it finds is kept in `fuzz/artifacts`.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let root = Workspace::read()?.root;
    let corpus = root.join("fuzz/corpus").join(&options.target);
    fs::create_dir_all(&corpus).map_err(|e| format!("{}: {e}", corpus.display()))?;
    let mut command = cargo(["fuzz", "run", "--sanitizer", "none"]);
    // The instrumentation is not stable; without sanitizers it is all that is needed.
    command.env("RUSTC_BOOTSTRAP", "1");
    command.arg("--fuzz-dir").arg(root.join("fuzz")).arg(&options.target).arg(corpus);
    // The first folder is the one that grows; the others are only read.
    let own = root.join("fuzz/seeds").join(&options.target);
    let seeds = match options.target.as_str() {
        "events" => vec![root.join("events")],
        "rulebooks" => vec![root.join("rulebooks"), own],
        _ => vec![own],
    };
    command.args(seeds.iter().filter(|folder| folder.is_dir()));
    command.args(["--", "-rss_limit_mb=2048", "-timeout=10"]);
    if matches!(options.target.as_str(), "decide" | "prove") {
        // Their pieces are made of bytes: of few bytes, most lists are empty.
        command.args(["-len_control=0", "-max_len=1000"]);
    }
    command.arg(format!("-max_total_time={}", options.seconds));
    shell::run(command)
}
