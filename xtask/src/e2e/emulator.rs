//! The emulator of AWS, as a process that ends with this one.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde::Deserialize;

use crate::shell::Workspace;

/// A running emulator.
pub(crate) struct Emulator {
    /// Where it listens, as `http://127.0.0.1:40107`.
    pub(crate) endpoint: String,
    /// What it says.
    pub(crate) log: PathBuf,
    child: Child,
    /// It ends when this does.
    stdin: Option<ChildStdin>,
}

#[derive(Deserialize)]
struct Started {
    endpoint: String,
}

impl Emulator {
    /// Starts it by a script of `tests/e2e`, with its files in a folder: `emulator.log` and `calls.jsonl`.
    pub(crate) fn start(
        workspace: &Workspace,
        emulator: &Path,
        script: &str,
        folder: &Path,
    ) -> Result<Self, String> {
        let log = folder.join("emulator.log");
        let errors = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let mut command = Command::new(emulator.join("python"));
        command.arg(workspace.root.join("tests/e2e").join(script));
        command.arg("--calls").arg(folder.join("calls.jsonl"));
        // Its functions' code and its own notes, too.
        command.current_dir(folder).env("TMPDIR", folder);
        for name in ["AWS_PROFILE", "AWS_CA_BUNDLE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        let mut child = command.spawn().map_err(|e| format!("the emulator does not start: {e}"))?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(|e| format!("the emulator: {e}"))?;
        }
        let started: Started = serde_json::from_str(&line)
            .map_err(|_| format!("the emulator does not start; its log: {}", log.display()))?;
        Ok(Self { endpoint: started.endpoint, log, child, stdin })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}
