//! What people run while developing: `cargo xtask <verb>`.

mod catalog;

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
    /// Download the public tables of AWS actions and regions and rewrite shared/policy/data
    Catalog(catalog::Options),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Catalog(options) => catalog::run(&options),
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
