//! Which files there are, and in what order they are read.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::file::FileError;
use crate::name::{Name, Other, name};

/// A file that may hold events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// Where it is.
    pub path: PathBuf,
    /// When the minute of its delivery begins, if its name tells.
    pub delivered: Option<Timestamp>,
    /// Its length in bytes.
    pub bytes: u64,
}

impl LogFile {
    /// Whether the file may hold events from a moment on: those in it are from before its delivery.
    pub fn is_needed_from(&self, moment: Timestamp) -> bool {
        let minute = SignedDuration::from_mins(1);
        let after = |delivered: Timestamp| delivered.checked_add(minute).unwrap_or(Timestamp::MAX);
        self.delivered.is_none_or(|delivered| after(delivered) > moment)
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The files to read, in their order: those that do not tell when they were delivered come
    /// first, then by delivery, then by name.
    pub files: Vec<LogFile>,
    /// How many digest files were passed over.
    pub digests: usize,
    /// How many files of CloudTrail Insights were passed over.
    pub insights: usize,
    /// How many files were passed over since they are not JSON by their names.
    pub others: usize,
}

/// Finds the files under some paths. A file that is named itself is read whatever its name is, unless
/// that says that it is a digest or an insight. A file that is named twice is read once.
///
/// # Errors
/// A path that is not there, a directory that cannot be read.
pub fn find(paths: &[PathBuf]) -> Result<Found, FileError> {
    let mut found = Found::default();
    let mut pending = Vec::new();
    for path in paths {
        let about = fs::metadata(path).map_err(|error| FileError::new(path, error))?;
        if about.is_dir() {
            pending.push(path.clone());
        } else {
            found.file(path, about.len(), true);
        }
    }
    while let Some(directory) = pending.pop() {
        let wrong = |error| FileError::new(&directory, error);
        for entry in fs::read_dir(&directory).map_err(wrong)? {
            let entry = entry.map_err(wrong)?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| FileError::new(&path, error))?;
            // A link to a directory is not followed: it may lead back here.
            if kind.is_dir() {
                pending.push(path);
                continue;
            }
            let about = fs::metadata(&path).map_err(|error| FileError::new(&path, error))?;
            if about.is_file() {
                found.file(&path, about.len(), false);
            }
        }
    }
    found.files.sort_by(|a, b| order(a).cmp(&order(b)));
    found.files.dedup_by(|a, b| a.path == b.path);
    Ok(found)
}

fn order(file: &LogFile) -> (Option<Timestamp>, Option<&std::ffi::OsStr>, &Path) {
    (file.delivered, file.path.file_name(), &file.path)
}

impl Found {
    fn file(&mut self, path: &Path, bytes: u64, named: bool) {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let delivered = match name(&file) {
            Name::Delivered(time) => Some(time),
            Name::Untimed => None,
            Name::Other(Other::NotJson) if named => None,
            Name::Other(other) => {
                match other {
                    Other::Digest => self.digests += 1,
                    Other::Insight => self.insights += 1,
                    Other::NotJson => self.others += 1,
                }
                return;
            }
        };
        self.files.push(LogFile { path: path.to_owned(), delivered, bytes });
    }
}
