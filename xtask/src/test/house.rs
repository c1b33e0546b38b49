//! The house's own checks, which no other tool makes.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::shell::{Workspace, cargo, output, say};

/// The largest a tracked file may be.
const FILE_BYTES: u64 = 1 << 20;

/// Crates that belong to the AWS SDK: these, and everything that starts so.
const SDK: [&str; 7] = [
    "aws-config",
    "aws-credential-types",
    "aws-runtime",
    "aws-sdk-",
    "aws-sigv4",
    "aws-smithy-",
    "aws-types",
];

/// No tracked file is larger than [`FILE_BYTES`].
pub(super) fn small_files(workspace: &Workspace) -> Result<(), String> {
    if !workspace.root.join(".git").exists() {
        say("not a git checkout: nothing is tracked");
        return Ok(());
    }
    let mut git = Command::new("git");
    // A container's checkout often belongs to another user than the one that tests it.
    git.args(["-c", "safe.directory=*", "ls-files", "-z"]).current_dir(&workspace.root);
    let listed = output(git)?;
    let mut large = Vec::new();
    for file in listed.split_terminator('\0') {
        // A file that is tracked may have been deleted since.
        let Ok(found) = fs::symlink_metadata(workspace.root.join(file)) else { continue };
        if found.len() > FILE_BYTES {
            large.push(format!("{file} has {} bytes", found.len()));
        }
    }
    fail_with("these tracked files are over 1 MiB", large)
}

/// Every dependency of every member is `workspace = true`.
pub(super) fn pinned_once(workspace: &Workspace) -> Result<(), String> {
    let mut loose = Vec::new();
    for member in &workspace.packages {
        let read = |path: &Path| fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()));
        let manifest = read(&member.manifest_path)?;
        loose.extend(not_inherited(&manifest).into_iter().map(|entry| format!("{}: {entry}", member.name)));
    }
    fail_with("versions belong in the root's [workspace.dependencies]; these entries are not from it", loose)
}

/// The program that people run on files does not carry the SDK.
pub(super) fn no_sdk(_: &Workspace) -> Result<(), String> {
    let tree = output(cargo(["tree", "-p", "stanchion", "-e", "normal", "--prefix", "none"]))?;
    let mut found: Vec<String> = tree
        .lines()
        .filter(|line| SDK.iter().any(|name| line.starts_with(name)))
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect();
    found.sort();
    found.dedup();
    fail_with("`stanchion` depends on the AWS SDK", found)
}

fn fail_with(what: &str, list: Vec<String>) -> Result<(), String> {
    if list.is_empty() { Ok(()) } else { Err(format!("{what}:\n  {}", list.join("\n  "))) }
}

/// The dependencies of a manifest that are not inherited from the workspace.
///
/// Manifests are read line by line: cargo's own reading of one has the inheritance resolved.
fn not_inherited(manifest: &str) -> Vec<String> {
    let mut loose = Vec::new();
    let mut table = Table::Other;
    for line in manifest.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // `[dependencies]`; the items of a list over several lines start in other ways.
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            table.close(&mut loose);
            table = Table::of(header.0);
            continue;
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        let inherits =
            |key: &str, value: &str| key.trim() == "workspace" && value.trim_start().starts_with("true");
        match &mut table {
            Table::Other => {}
            Table::Entries => {
                let name = name.trim();
                let inline = value.trim_start().trim_start_matches('{');
                let first = inline.split_once('=').is_some_and(|(key, value)| inherits(key, value));
                let dotted = name.ends_with(".workspace") && value.trim_start().starts_with("true");
                if !dotted && !first {
                    loose.push(name.to_owned());
                }
            }
            Table::One { inherited, .. } => *inherited |= inherits(name, value),
        }
    }
    table.close(&mut loose);
    loose
}

/// Which table of a manifest a line is in.
enum Table {
    /// Not one of dependencies.
    Other,
    /// `[dependencies]` and its kin: one dependency a line.
    Entries,
    /// `[dependencies.name]`.
    One { name: String, inherited: bool },
}

impl Table {
    fn of(header: &str) -> Self {
        // The one place where versions belong.
        if header.starts_with("workspace.") {
            return Self::Other;
        }
        // `target.'cfg(unix)'.dependencies` is a table of dependencies as well.
        let last = header.rsplit('.').next().unwrap_or(header);
        if last.ends_with("dependencies") {
            return Self::Entries;
        }
        match header.rsplit_once("dependencies.") {
            Some((_, name)) => Self::One { name: name.to_owned(), inherited: false },
            None => Self::Other,
        }
    }

    fn close(&self, loose: &mut Vec<String>) {
        if let Self::One { name, inherited: false } = self {
            loose.push(name.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::not_inherited;

    /// A version that is pinned in a member escapes the one place where versions are reviewed.
    #[test]
    fn entries_with_a_version_of_their_own_are_found() {
        let manifest = r#"
            [package]
            version = "1.0.0"
            [dependencies]
            # a comment
            dotted.workspace = true
            inline = { workspace = true, features = [
                "one",
            ] }
            plain = "1"
            table = { version = "1" }
            [target.'cfg(unix)'.dev-dependencies]
            unix = "2"
            [build-dependencies.long]
            version = "3"
            [dependencies.inherited]
            workspace = true
            optional = true
            [features]
            plain = ["x"]
            [workspace.dependencies]
            pinned = "1"
        "#;
        assert_eq!(not_inherited(manifest), ["plain", "table", "unix", "long"]);
    }
}
