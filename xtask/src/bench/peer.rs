//! The peer: the npm package `@cloud-copilot/iam-simulate`, as a process of its own. It is under the
//! AGPL, so it is neither linked nor copied, only installed into an ignored folder and run.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::Decided;
use crate::shell::{Workspace, output, say};

/// What is measured beside us.
pub(crate) const PACKAGE: &str = "@cloud-copilot/iam-simulate";
/// The release that is measured, so that numbers of two days can be compared.
pub(crate) const VERSION: &str = "0.1.173";

/// What the peer's process prints.
#[derive(Deserialize)]
pub(crate) struct Measured {
    /// The version of Node.
    pub(crate) node: String,
    /// How long the simulations took, after a warm-up, without reading the lines.
    pub(crate) seconds: f64,
    /// What it decided, line by line.
    pub(crate) decisions: Vec<Decided>,
}

/// Runs the first lines of a file through the peer, `warm`: once before it is measured; `None` if npm
/// cannot be had here.
pub(crate) fn run(
    workspace: &Workspace,
    file: &Path,
    lines: usize,
    warm: bool,
) -> Result<Option<Measured>, String> {
    let folder = workspace.root.join(".tools/iam-simulate");
    if let Err(reason) = install(&folder) {
        say(&format!("the peer is left out, npm cannot install it: {reason}"));
        return Ok(None);
    }
    let mut node = Command::new("node");
    node.arg(workspace.root.join("xtask/peers/iam-simulate.mjs")).arg(&folder).arg(file);
    node.arg(lines.to_string());
    if !warm {
        node.arg("cold");
    }
    let text = output(node)?;
    serde_json::from_str(&text).map(Some).map_err(|e| format!("the peer's answer: {e}"))
}

/// Installs the peer unless it is there already.
fn install(folder: &Path) -> Result<(), String> {
    install_package(folder, PACKAGE, VERSION)
}

/// Installs a release of an npm package into a folder unless it is there already.
pub(super) fn install_package(folder: &Path, package: &str, release: &str) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Installed {
        version: String,
    }
    let manifest = folder.join("node_modules").join(package).join("package.json");
    let installed = fs::read_to_string(manifest).ok();
    let installed = installed.and_then(|text| serde_json::from_str::<Installed>(&text).ok());
    if installed.is_some_and(|found| found.version == release) {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    // The folder's own manifest, else npm installs into the nearest parent that has one.
    fs::write(folder.join("package.json"), r#"{"private": true}"#).map_err(|e| e.to_string())?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact"]);
    npm.arg(format!("{package}@{release}")).current_dir(folder);
    output(npm).map(drop)
}
