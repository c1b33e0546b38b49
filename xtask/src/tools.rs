//! `cargo xtask tools`: what the end-to-end test needs besides Rust, from PyPI into `.tools/`, which git
//! ignores. Each folder is a virtual environment of its own, made from one list of pins in `xtask/tools`;
//! one that is there already is left alone, so that nothing is downloaded twice.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::shell::{self, Workspace, output, say};

/// The folders with the programs.
pub(crate) struct Tools {
    /// `sam`, `cfn-lint` and `cargo-lambda`.
    pub(crate) sam: PathBuf,
    /// Python with the emulator.
    pub(crate) emulator: PathBuf,
}

/// Installs what is missing.
pub(crate) fn install(workspace: &Workspace) -> Result<Tools, String> {
    let tools = Tools { sam: environment(workspace, "sam")?, emulator: environment(workspace, "emulator")? };
    Ok(tools)
}

impl Tools {
    /// A program of the deployment's tools, with the search path that it needs: it calls the others and cargo.
    pub(crate) fn sam(&self, name: &str) -> Result<Command, String> {
        let mut command = Command::new(self.sam.join(name));
        let mut paths = vec![self.sam.clone()];
        let cargo = env::var_os("CARGO").map(PathBuf::from);
        paths.extend(cargo.and_then(|cargo| cargo.parent().map(Path::to_owned)));
        paths.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let paths: OsString = env::join_paths(paths).map_err(|error| format!("PATH: {error}"))?;
        command.env("PATH", paths).env("SAM_CLI_TELEMETRY", "0").env("AWS_DEFAULT_REGION", "us-east-1");
        Ok(command)
    }
}

/// The programs of one virtual environment, made if it is not there or its pins have changed.
pub(crate) fn environment(workspace: &Workspace, name: &str) -> Result<PathBuf, String> {
    let pins = workspace.root.join("xtask/tools").join(name).with_extension("txt");
    let wanted = fs::read_to_string(&pins).map_err(|e| format!("{}: {e}", pins.display()))?;
    let folder = workspace.root.join(".tools").join(name);
    let programs = folder.join("bin");
    // Written last, so that an installation that broke off is made again.
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(programs);
    }
    say(&format!("installing {} into {}", pins.display(), folder.display()));
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    output(make)
        .map_err(|reason| format!("{reason}\n(Python 3 with its module venv is needed: python3-venv)"))?;
    let mut install = Command::new(programs.join("pip"));
    install.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&pins);
    shell::run(install)?;
    fs::write(&stamp, wanted).map_err(|e| format!("{}: {e}", stamp.display()))?;
    Ok(programs)
}
