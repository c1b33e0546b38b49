//! Files as text, within bounds: what is wrong with a file is said before anything is made of it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::error::InventoryError;

/// The largest file that is read, in bytes. IAM's own quotas keep an account's details below it.
const LARGEST: u64 = 1 << 30;

/// How much white space a file may begin with, in bytes.
const BLANK: u64 = 1 << 20;

/// Reads a file.
///
/// # Errors
/// A file that cannot be read, is blank, is no UTF-8, or is too large to be one of ours.
pub(crate) fn read(path: &Path) -> Result<String, InventoryError> {
    let io = |error| InventoryError::io(path, error);
    let mut file = File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(BLANK).read_to_end(&mut bytes).map_err(io)?;
    if bytes.trim_ascii_start().is_empty() {
        return Err(InventoryError::Blank { place: path.display().to_string() });
    }
    file.take(LARGEST).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > LARGEST {
        return Err(InventoryError::TooLarge { place: path.display().to_string(), bytes: LARGEST });
    }
    String::from_utf8(bytes)
        .map_err(|error| not_utf8(path, error.as_bytes(), error.utf8_error().valid_up_to()))
}

/// Reads a file that need not be there.
///
/// # Errors
/// As [`read`]; a link that leads nowhere, which is a mistake and no missing file.
pub(crate) fn read_optional(path: &Path) -> Result<Option<String>, InventoryError> {
    if is_absent(path) { Ok(None) } else { read(path).map(Some) }
}

/// Whether nothing of this name is there, not even a link.
pub(crate) fn is_absent(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn not_utf8(path: &Path, bytes: &[u8], valid: usize) -> InventoryError {
    let before = &bytes[..valid];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    InventoryError::NotUtf8 {
        place: path.display().to_string(),
        line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
        byte: valid - start + 1,
    }
}
