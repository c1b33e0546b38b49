//! `cargo xtask bench start`: from the start of the program to its answer, on the demo's inventory, and
//! the most memory that it held.

use std::process::Stdio;
use std::time::{Duration, Instant};

use wait4::Wait4;

use crate::bench::median;
use crate::shell::{self, Workspace, cargo, say};

/// How much to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often each question is asked
    #[arg(long, value_name = "N", default_value_t = 50)]
    runs: usize,
}

/// What is asked: a *yes*, a *no* that is explained, and everybody.
const QUESTIONS: [&[&str]; 3] = [
    &["can", "user/marek", "iam:Create*"],
    &["can", "role/PaymentsReports", "cloudtrail:StopLogging"],
    &["who-can", "iam:CreateAccessKey"],
];

pub(super) fn run(options: &Options) -> Result<(), String> {
    let workspace = Workspace::read()?;
    shell::run(cargo(["build", "--release", "--package", "stanchion"]))?;
    let program = workspace.target.join("release/stanchion");
    for question in QUESTIONS {
        let (mut times, mut most) = (Vec::new(), 0);
        for _ in 0..options.runs.max(1) {
            let mut command = std::process::Command::new(&program);
            command.args(question).arg("--inventory").arg(workspace.root.join("src/demo"));
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let (start, shown) = (Instant::now(), shell::shown(&command));
            let mut child = command.spawn().map_err(|e| format!("`{shown}`: {e}"))?;
            let ended = child.wait4().map_err(|e| format!("`{shown}`: {e}"))?;
            times.push(start.elapsed());
            most = most.max(ended.rusage.maxrss);
        }
        let least = times.iter().min().copied().unwrap_or_default();
        let in_ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        say(&format!(
            "{:<48}{} (least {}), {} MiB at most",
            question.join(" "),
            in_ms(median(times)),
            in_ms(least),
            most.div_ceil(1 << 20)
        ));
    }
    Ok(())
}
