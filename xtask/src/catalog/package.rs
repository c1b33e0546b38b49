//! Fetching one PyPI package and unpacking its wheel, with the Python at hand: pip knows the
//! person's mirrors and certificates already, and `zipfile` spares us a zip library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An unpacked wheel in a temporary directory, removed when this value is dropped.
pub(crate) struct Package {
    /// The package's name.
    pub(crate) name: String,
    /// The version its own metadata gives, which settles what "latest" was.
    pub(crate) version: String,
    /// The licence its metadata gives, in PyPI's words.
    pub(crate) licence: String,
    scratch: Scratch,
}

impl Package {
    /// Downloads `name` at `version` (or `latest`) and unpacks it.
    pub(crate) fn download(name: &str, version: &str) -> Result<Self, String> {
        let scratch = Scratch::new(name)?;
        let wanted = if version == "latest" { name.to_owned() } else { format!("{name}=={version}") };
        let wheels = scratch.0.join("wheel");
        let files = scratch.0.join("files");
        python(
            Command::new("python3")
                .args(["-m", "pip", "--disable-pip-version-check", "download", "--quiet"])
                .args(["--no-deps", "--no-binary", ":none:", "--only-binary", ":all:", "-d"])
                .arg(&wheels)
                .arg(wanted),
        )?;
        let wheel = only_entry(&wheels, ".whl")?;
        python(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&files))?;

        let metadata = only_entry(&files, ".dist-info")?.join("METADATA");
        let metadata = read(&metadata)?;
        let version = field(&metadata, "Version").ok_or("the wheel's METADATA has no Version")?;
        Ok(Self { name: name.to_owned(), version: version.to_owned(), licence: licence(&metadata)?, scratch })
    }

    /// Reads one file of the package as text.
    pub(crate) fn read(&self, path: &str) -> Result<String, String> {
        read(&self.scratch.0.join("files").join(path))
    }

    /// Reads one file of the package as JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        serde_json::from_str(&self.read(path)?)
            .map_err(|e| format!("{} {}: {path}: {e}", self.name, self.version))
    }
}

/// The licence, from whichever of the places wheels use: `License`, or a classifier.
fn licence(metadata: &str) -> Result<String, String> {
    let classifier = "Classifier: License :: OSI Approved :: ";
    field(metadata, "License-Expression")
        .or_else(|| field(metadata, "License"))
        .or_else(|| metadata.lines().find_map(|line| line.strip_prefix(classifier)))
        .map(str::to_owned)
        .ok_or_else(|| "the wheel's METADATA names no licence".to_owned())
}

/// The value of one header line of a wheel's METADATA.
fn field<'a>(metadata: &'a str, name: &str) -> Option<&'a str> {
    let headers = metadata.lines().take_while(|line| !line.is_empty());
    headers.filter_map(|line| line.split_once(": ")).find(|(key, _)| *key == name).map(|(_, v)| v)
}

/// The one entry of a directory whose name ends so.
fn only_entry(directory: &Path, suffix: &str) -> Result<PathBuf, String> {
    let context = |e: std::io::Error| format!("{}: {e}", directory.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(context)? {
        let entry = entry.map_err(context)?;
        if entry.file_name().to_string_lossy().ends_with(suffix) {
            found.push(entry.path());
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(path), true) => Ok(path),
        _ => Err(format!("expected exactly one *{suffix} in {}", directory.display())),
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Runs a Python command. The last line it wrote is its reason; pip's others list every release.
fn python(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("python3 does not start: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let reason = said.trim().lines().last().unwrap_or("no reason given");
    Err(format!("{command:?} failed: {reason}"))
}

/// A directory of our own under the system's temporary one.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("catalog-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Leaving a temporary directory behind is no reason to fail a finished task.
        drop(fs::remove_dir_all(&self.0));
    }
}
