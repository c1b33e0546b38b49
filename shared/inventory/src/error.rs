//! What can go wrong when an inventory is read.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The most characters of the input that a message quotes.
const QUOTED: usize = 200;

/// Why an inventory could not be read. Every message names the file, or the place in the input, and
/// [`InventoryError::mend`] says what to do about it.
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
    /// A file holds nothing, or nothing but white space for its first MiB.
    #[error("`{place}`: the file is blank")]
    Blank {
        /// The file, or a name for the text.
        place: String,
    },
    /// A file is larger than any that AWS would write.
    #[error("`{place}`: the file has more than {bytes} bytes")]
    TooLarge {
        /// The file.
        place: String,
        /// The largest size that is read.
        bytes: u64,
    },
    /// A file is not text.
    #[error("`{place}`, line {line}, byte {byte}: not UTF-8")]
    NotUtf8 {
        /// The file.
        place: String,
        /// The line, from 1.
        line: usize,
        /// The byte within the line, from 1.
        byte: usize,
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
        /// Whether the text ends before its value does.
        cut_off: bool,
    },
    /// A file is not the table that its name promises.
    #[error("`{place}`, line {line}: {message}")]
    Table {
        /// The file, or a name for the text.
        place: String,
        /// The line, from 1.
        line: usize,
        /// What was wrong there.
        message: String,
    },
    /// A file says something of an account whose authorization details are not there.
    #[error("`{}`: the account's authorization details are not beside it", path.display())]
    Alone {
        /// The file.
        path: PathBuf,
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
    /// Two entries of a file are of one id, or differ in what they say of one principal.
    #[error("`{place}`: `{id}` is there twice: as {first} and as {second}")]
    Repeated {
        /// The file.
        place: String,
        /// The id, the name or the ARN.
        id: String,
        /// The first entry, as `Accounts[0]`.
        first: String,
        /// The second entry.
        second: String,
    },
    /// An OU is below itself, or too deep below its root.
    #[error("`{place}`: `OrganizationalUnits`: {message}")]
    Tree {
        /// The file.
        place: String,
        /// Which OU, and how.
        message: String,
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
        let message = match &text[..end] {
            "recursion limit exceeded" => "nested more than 127 levels deep".to_owned(),
            message => quoted(message),
        };
        let (line, column, cut_off) = (error.line(), error.column(), error.is_eof());
        Self::Json { place: place.to_owned(), line, column, message, cut_off }
    }

    pub(crate) fn repeated(place: &str, id: &str, first: String, second: String) -> Self {
        Self::Repeated { place: place.to_owned(), id: quoted(id), first, second }
    }

    /// What to do about it, in one sentence.
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Io { .. } | Self::Empty { .. } => {
                "the layout of an inventory is described in docs/INVENTORY.md"
            }
            Self::Blank { .. } => {
                "the command that should have written it failed: run it again, or delete the file"
            }
            Self::TooLarge { .. } => "check that this is the file that docs/INVENTORY.md describes",
            Self::NotUtf8 { .. } => {
                "write the file as UTF-8; PowerShell's `>` writes UTF-16 (use `Out-File -Encoding utf8`)"
            }
            Self::Json { cut_off: true, .. } => "the file was cut off: write it again, see docs/INVENTORY.md",
            Self::Json { .. } => "write the file again as docs/INVENTORY.md says, or put right what is named",
            Self::Table { .. } => "write the report again, decoded from base64, as docs/INVENTORY.md says",
            Self::Alone { .. } => "collect the account's `<account id>.json` as well, or delete the file",
            Self::AccountName { .. } => "name the file after the account's twelve digits",
            Self::WrongAccount { .. } => "name the file after the account that its details are of",
            Self::Repeated { .. } => {
                "keep the entry that is right; if the file was put together from pages, fetch them again"
            }
            Self::Tree { .. } => {
                "collect `OrganizationalUnits` again: each `ParentId` is the root, or the OU above"
            }
        }
    }
}

/// What is quoted from an input, cut where it goes on for too long.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
