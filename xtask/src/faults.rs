//! `cargo xtask faults`: the functions' handlers over an emulator's tables, queues and topics, behind a proxy that lets
//! calls fail in every way, by random schedules.

use std::fs;

use crate::e2e::emulator::Emulator;
use crate::shell::{self, EVERYTHING, Workspace, cargo};
use crate::tools;

/// What to run.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Run one schedule: the one of this seed
    #[arg(long)]
    seed: Option<u64>,
    /// How many schedules to run, from seed 0 on, instead of 1000
    #[arg(long, conflicts_with = "seed")]
    schedules: Option<u64>,
}

/// Runs the schedules; without a seed or a number also shows that they fail without the hub's safeguards.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let workspace = Workspace::read()?;
    let python = tools::environment(&workspace, "emulator")?;
    let scratch = workspace.target.join("faults");
    fs::create_dir_all(&scratch).map_err(|e| format!("{}: {e}", scratch.display()))?;
    let emulator = Emulator::start(&workspace, &python, "faults/emulator.py", &scratch)?;
    let mut test = cargo(["test", "--workspace", "--features", EVERYTHING, "--test", "faults", "--"]);
    test.arg("--nocapture").env("STANCHION_E2E_ENDPOINT", &emulator.endpoint);
    let numbers = [("SEED", options.seed), ("SCHEDULES", options.schedules)];
    for (name, number) in numbers.into_iter().filter_map(|(name, number)| Some((name, number?))) {
        test.arg("whatever").env(format!("STANCHION_FAULTS_{name}"), number.to_string());
    }
    shell::run(test).map_err(|reason| format!("{reason}; the emulator's log: {}", emulator.log.display()))
}
