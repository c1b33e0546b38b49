//! What people run while developing: `cargo xtask <verb>`.

mod bench;
mod catalog;
mod differential;
mod e2e;
mod events;
mod faults;
mod fuzz;
mod packs;
mod personas;
mod schemas;
mod scps;
mod shell;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Development tasks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

/// One verb per task.
#[derive(Subcommand)]
enum Verb {
    /// Run everything that must hold: formatting, lints, tests, documentation, the demo
    Test(test::Options),
    /// Measure: lines per second of `stanchion simulate`, beside a peer's; then the benches
    Bench(bench::Options),
    /// Decide random requests here and in a peer, and explain every difference
    Differential(differential::Options),
    /// Download the public tables of AWS actions and regions and rewrite shared/policy/data
    Catalog(catalog::Options),
    /// Deploy the hub into an emulator of AWS and see what it says of an organization's changes
    E2e(e2e::Options),
    /// Let the functions' calls fail in every way, by 1000 random schedules, and see that nothing is lost
    Faults(faults::Options),
    /// Install what the end-to-end test needs into .tools
    Tools,
    /// Write docs/EVENTS.md from the table of events
    Events,
    /// Write rulebooks/versions.txt, which holds the packs to their versions
    Packs,
    /// Download AWS's managed policies and rewrite what the packs' references rest on
    Personas(personas::Options),
    /// Hold the formats of findings against the schemas that their makers publish
    Schemas,
    /// Try real SCPs and RCPs of a folder as rules, and write docs/SCPS.md
    Scps(scps::Options),
    /// Run one fuzz target for a minute, or as long as told; needs cargo-fuzz
    Fuzz(fuzz::Options),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Test(options) => test::run(&options),
        Verb::Bench(options) => bench::run(&options),
        Verb::Differential(options) => differential::run(&options),
        Verb::Catalog(options) => catalog::run(&options),
        Verb::E2e(options) => e2e::run(&options),
        Verb::Faults(options) => faults::run(&options),
        Verb::Tools => shell::Workspace::read().and_then(|workspace| tools::install(&workspace)).map(drop),
        Verb::Events => events::run(),
        Verb::Packs => packs::run(),
        Verb::Personas(options) => personas::run(&options),
        Verb::Schemas => schemas::run(),
        Verb::Scps(options) => scps::run(&options),
        Verb::Fuzz(options) => fuzz::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            report(&message);
            ExitCode::FAILURE
        }
    }
}

/// Says on standard error why a task failed.
#[expect(clippy::print_stderr, reason = "a development task talks to its terminal")]
fn report(message: &str) {
    eprintln!("xtask: {message}");
}
