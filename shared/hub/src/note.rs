//! Small documents in the table, as JSON with the version of their format.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::edges::TableError;
use crate::work::SCHEMA_VERSION;

/// What every note begins with, whatever else a newer version has in it.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

/// What a note holds; the default if there is none.
///
/// # Errors
/// It cannot be read, or a newer version wrote it: then it is left alone.
pub(crate) fn read<S: DeserializeOwned + Default>(name: &str, note: Option<&str>) -> Result<S, TableError> {
    let Some(note) = note else { return Ok(S::default()) };
    let Version { schema } = serde_json::from_str(note).map_err(|error| unreadable(name, &error))?;
    if schema > SCHEMA_VERSION {
        let why = format!("it is of schema {schema}, which is newer: deploy a newer version");
        return Err(unreadable(name, &why));
    }
    serde_json::from_str(note).map_err(|error| unreadable(name, &error))
}

/// A note's text.
///
/// # Errors
/// It cannot be written as JSON.
pub(crate) fn write(name: &str, state: &impl Serialize) -> Result<String, TableError> {
    serde_json::to_string(state).map_err(|error| unreadable(name, &error))
}

pub(crate) fn unreadable(name: &str, why: &dyn std::fmt::Display) -> TableError {
    TableError::Unreadable { row: format!("note/{name}"), reason: why.to_string() }
}
