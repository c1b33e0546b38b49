//! `cargo xtask schemas`: the formats of findings, held against the schemas that their makers publish. What is
//! held is what the tests of stanchion-alerts keep as snapshots; the schemas come from PyPI into `.tools/`.

use std::process::Command;

use crate::shell::{self, Workspace};
use crate::tools;

/// Holds the snapshots against the schemas.
pub(crate) fn run() -> Result<(), String> {
    check(&Workspace::read()?)
}

/// The same, as a step of `cargo xtask test`.
pub(crate) fn check(workspace: &Workspace) -> Result<(), String> {
    let programs = tools::environment(workspace, "schemas")?;
    let mut command = Command::new(programs.join("python"));
    command.arg(workspace.root.join("xtask/tools/schemas.py"));
    command.arg(workspace.root.join("shared/alerts/tests/told/snapshots"));
    shell::run(command)
}
