//! Running other programs, and talking to the person who started this one.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

/// All that is off by default: the verbs that talk to AWS, and the tests that need an emulator of it. One
/// selection for every step, so that the SDK is built once.
pub(crate) const EVERYTHING: &str = "stanchion/emulator,stanchion-aws/emulator,stanchion-e2e/emulator";

/// The workspace, as cargo sees it.
#[derive(Deserialize)]
pub(crate) struct Workspace {
    /// Where the root `Cargo.toml` is.
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    /// Where cargo builds to.
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    /// The members.
    pub(crate) packages: Vec<Member>,
}

/// One crate of the workspace.
#[derive(Deserialize)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) name: String,
    /// Its `Cargo.toml`.
    pub(crate) manifest_path: PathBuf,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn read() -> Result<Self, String> {
        let text = output(cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
        serde_json::from_str(&text).map_err(|e| format!("cargo metadata: {e}"))
    }
}

/// The cargo that runs this task, with arguments, in the workspace's root.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    // This crate lies in the root; whoever starts the task may be in any folder of it.
    command.args(arguments).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command
}

/// How a command reads in a terminal.
pub(crate) fn shown(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let mut text = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    for argument in command.get_args() {
        let _ = write!(text, " {}", argument.to_string_lossy());
    }
    text
}

/// Runs a command whose output goes to the terminal; it must succeed.
pub(crate) fn run(mut command: Command) -> Result<(), String> {
    let status = command.status().map_err(|e| format!("`{}` does not start: {e}", shown(&command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed: {status}", shown(&command))) }
}

/// Runs a command for its output; it must succeed.
pub(crate) fn output(mut command: Command) -> Result<String, String> {
    let done = command.output().map_err(|e| format!("`{}` does not start: {e}", shown(&command)))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        return Err(format!("`{}` failed: {}\n{}", shown(&command), done.status, said.trim_end()));
    }
    String::from_utf8(done.stdout).map_err(|e| format!("`{}`: {e}", shown(&command)))
}

/// Tells the person at the terminal.
#[expect(clippy::print_stdout, reason = "a development task talks to its terminal")]
pub(crate) fn say(message: &str) {
    println!("{message}");
}

/// A duration as people read it: `0.4 s`, `12.3 s`, `2 min 05 s`.
pub(crate) fn readable(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 100.0 {
        return format!("{seconds:.1} s");
    }
    format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60)
}
