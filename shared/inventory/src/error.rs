//! What can go wrong when an inventory is read.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why an inventory could not be read. Every message names the file, or the place in the input.
#[derive(Debug, Error)]
pub enum InventoryError {
    /// A file or directory could not be read.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not the JSON that its name promises.
    #[error("`{place}`, line {line}, column {column}: {message}")]
    Json {
        /// The file, or a name for the text.
        place: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1; 0 before the line's first character.
        column: usize,
        /// What was wrong there.
        message: String,
    },
    /// The directory holds neither an organization nor accounts.
    #[error("`{}`: no inventory: neither `organization.json` nor `accounts/*.json` is here", path.display())]
    Empty {
        /// The directory.
        path: PathBuf,
    },
    /// A file of authorization details is not named after an account.
    #[error("`{place}`: authorization details are named after their account, as `111122223333.json`")]
    AccountName {
        /// The file, or the name given.
        place: String,
    },
    /// A file holds a principal of another account than the one that it is named after.
    #[error("`{place}`: `{arn}` does not belong to account {account}")]
    WrongAccount {
        /// The file.
        place: String,
        /// The principal or group.
        arn: String,
        /// The account that the file is named after.
        account: String,
    },
}

impl InventoryError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    pub(crate) fn json(place: &str, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        // The error's own text ends in its place, which ours begins with.
        let end = text.rfind(" at line ").unwrap_or(text.len());
        Self::Json {
            place: place.to_owned(),
            line: error.line(),
            column: error.column(),
            message: text[..end].to_owned(),
        }
    }
}
