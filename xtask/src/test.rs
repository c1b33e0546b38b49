//! `cargo xtask test`: everything that must hold before a change is accepted. There is no second
//! list: what continuous integration runs is this.

mod house;

use std::time::Instant;

use crate::e2e;
use crate::faults;
use crate::schemas;
use crate::shell::{self, EVERYTHING, Workspace, cargo, readable, say};

/// How much to run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leave out the documentation, the release build with its demo, the faults and the deployed hub
    #[arg(long)]
    quick: bool,
}

/// One thing that must hold.
struct Step {
    name: &'static str,
    /// Whether `--quick` leaves it out.
    slow: bool,
    run: fn(&Workspace) -> Result<(), String>,
}

/// In the order in which they are cheap: what fails often and fast comes first.
const STEPS: [Step; 11] = [
    Step { name: "Formatting", slow: false, run: |_| shell::run(cargo(["fmt", "--all", "--check"])) },
    Step { name: "Files are small", slow: false, run: house::small_files },
    Step { name: "Versions are pinned once", slow: false, run: house::pinned_once },
    Step { name: "The command line knows no AWS SDK", slow: false, run: house::no_sdk },
    Step { name: "Lints", slow: false, run: lints },
    Step {
        name: "Tests",
        slow: false,
        run: |_| shell::run(cargo(["test", "--workspace", "--features", "stanchion/aws"])),
    },
    Step { name: "Documentation", slow: true, run: documentation },
    Step { name: "Demo", slow: true, run: |_| shell::run(cargo(["run", "--release", "--", "demo"])) },
    Step { name: "Published schemas", slow: true, run: schemas::check },
    Step { name: "Faults", slow: true, run: |_| faults::run(&faults::Options::default()) },
    Step { name: "The hub, deployed", slow: true, run: |_| e2e::run(&e2e::Options::default()) },
];

/// Runs all steps; the first that fails ends it.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let start = Instant::now();
    let workspace = Workspace::read()?;
    let mut times = Vec::new();
    for step in STEPS.iter().filter(|step| !(options.quick && step.slow)) {
        say(&format!("\n== {}", step.name));
        let step_start = Instant::now();
        let outcome = (step.run)(&workspace);
        let time = readable(step_start.elapsed());
        outcome.map_err(|reason| format!("{} ({time}): {reason}", step.name))?;
        times.push(format!("{time:>12}  {}", step.name));
    }
    say("\n== All of it holds");
    times.iter().for_each(|line| say(line));
    say(&format!("{:>12}  in all", readable(start.elapsed())));
    Ok(())
}

/// Everything, and the command line as it is built by default.
fn lints(_: &Workspace) -> Result<(), String> {
    for selection in [["--workspace", "--features", EVERYTHING].as_slice(), &["--package", "stanchion"]] {
        let mut command = cargo(["clippy", "--all-targets"]);
        command.args(selection).args(["--", "-D", "warnings"]);
        shell::run(command)?;
    }
    Ok(())
}

fn documentation(_: &Workspace) -> Result<(), String> {
    let mut command = cargo(["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    shell::run(command)
}
