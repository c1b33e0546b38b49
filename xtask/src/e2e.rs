//! `cargo xtask e2e`: the template is checked, built and deployed by the real tools into an emulator of AWS,
//! and what `tests/e2e` does there must come out right.

pub(crate) mod emulator;

use std::path::Path;
use std::{env, fs};

use crate::shell::{self, EVERYTHING, Workspace, cargo, say};
use crate::tools::{self, Tools};
use emulator::Emulator;

/// What to run.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Build the functions as they are deployed, which takes longer, rather than quickly
    #[arg(long)]
    as_deployed: bool,
}

/// Runs all of it.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let workspace = Workspace::read()?;
    let tools = tools::install(&workspace)?;
    let folder = workspace.target.join("e2e");
    let built = folder.join("built");
    check(&workspace, &tools)?;
    let context = (!options.as_deployed).then_some("quick");
    build(&workspace, &tools, &built, context)?;

    // What an earlier run left is of no use.
    let scratch = folder.join("run");
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch).map_err(|e| format!("{}: {e}", scratch.display()))?;
    let emulator = Emulator::start(&workspace, &tools.emulator, "emulator.py", &scratch)?;
    let test = |name: &str| {
        let mut test = cargo(["test", "--workspace", "--features", EVERYTHING, "--test", name]);
        test.env("STANCHION_E2E_ENDPOINT", &emulator.endpoint);
        test.env("STANCHION_E2E_SCRATCH", &scratch);
        test
    };
    shell::run(test("dynamo"))?;
    let hub = |arguments: &[&str]| {
        let mut hub = test("hub");
        hub.args(["--", "--nocapture"]).args(arguments);
        hub.env("STANCHION_E2E_SAM", tools.sam.join("sam"));
        hub.env("STANCHION_E2E_BUILT", &built);
        hub
    };
    let log = |reason| format!("{reason}; the emulator's log: {}", emulator.log.display());
    shell::run(hub(&[])).map_err(log)?;
    // On what the hub left.
    shell::run(test("on_aws")).map_err(log)?;
    shell::run(hub(&["--ignored"])).map_err(log)
}

/// The templates are what SAM and CloudFormation take.
fn check(workspace: &Workspace, tools: &Tools) -> Result<(), String> {
    let mut validate = tools.sam("sam")?;
    validate.args(["validate", "--lint"]).current_dir(&workspace.root);
    shell::run(validate)?;
    let mut lint = tools.sam("cfn-lint")?;
    lint.args(["template.yaml", "member.yaml"]).current_dir(&workspace.root);
    shell::run(lint)
}

/// Builds the functions and the layer, as `sam build` does for people; `context` is a section of
/// `functions/CargoLambda.toml`.
pub(crate) fn build(
    workspace: &Workspace,
    tools: &Tools,
    built: &Path,
    context: Option<&str>,
) -> Result<(), String> {
    let mut command = tools.sam("sam")?;
    command.args(["build", "--build-dir"]).arg(built).current_dir(&workspace.root);
    command.env("CARGO_TARGET_DIR", &workspace.target);
    match context {
        Some(context) => command.env("CARGO_LAMBDA_CONTEXT", context),
        None => command.env_remove("CARGO_LAMBDA_CONTEXT"),
    };
    // Set for the cargo that runs this task; it would tell another one to build for it.
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" {
            command.env_remove(name);
        }
    }
    say("sam build");
    shell::run(command)
}
