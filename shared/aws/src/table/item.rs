//! Attributes of an item, read with their names in every complaint.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stanchion_hub::TableError;
use stanchion_hub::work::SCHEMA_VERSION;

use super::layout::{PK, SCHEMA, SK};

/// An item as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// A text attribute.
pub(super) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number attribute.
pub(super) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A record as a text attribute of JSON.
pub(super) fn json(record: &impl Serialize) -> Result<AttributeValue, TableError> {
    let text = serde_json::to_string(record)
        .map_err(|error| TableError::Unreadable { row: "(new)".to_owned(), reason: error.to_string() })?;
    Ok(AttributeValue::S(text))
}

/// Reads an item's attributes.
pub(super) struct Reader<'a>(pub(super) &'a Item);

impl<'a> Reader<'a> {
    /// A reader, if this version reads the item's format.
    pub(super) fn new(item: &'a Item) -> Result<Self, TableError> {
        let reader = Self(item);
        match reader.number::<u32>(SCHEMA)? {
            SCHEMA_VERSION => Ok(reader),
            found => Err(reader.unreadable(format!(
                "its format has version {found}, this program reads {SCHEMA_VERSION}; deploy a newer one"
            ))),
        }
    }

    pub(super) fn unreadable(&self, reason: String) -> TableError {
        let text =
            |name: &str| self.0.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str);
        TableError::Unreadable { row: format!("{}/{}", text(PK), text(SK)), reason }
    }

    fn value(&self, name: &str) -> Result<&'a AttributeValue, TableError> {
        self.0.get(name).ok_or_else(|| self.unreadable(format!("it has no `{name}`")))
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a str, TableError> {
        let value = self.value(name)?.as_s();
        value.map(String::as_str).map_err(|_| self.unreadable(format!("its `{name}` is no text")))
    }

    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, TableError> {
        let value = self.value(name)?.as_n().ok().and_then(|digits| digits.parse().ok());
        value.ok_or_else(|| self.unreadable(format!("its `{name}` is not such a number")))
    }

    /// What a method says of an attribute that may be missing.
    pub(super) fn optional<T>(
        &self,
        name: &str,
        read: impl Fn(&Self, &str) -> Result<T, TableError>,
    ) -> Result<Option<T>, TableError> {
        if self.0.contains_key(name) { read(self, name).map(Some) } else { Ok(None) }
    }

    pub(super) fn map(&self, name: &str) -> Result<&'a HashMap<String, AttributeValue>, TableError> {
        self.value(name)?.as_m().map_err(|_| self.unreadable(format!("its `{name}` is no map")))
    }

    pub(super) fn record<T: DeserializeOwned>(&self, name: &str) -> Result<T, TableError> {
        self.parsed(name, self.text(name)?)
    }

    pub(super) fn parsed<T: DeserializeOwned>(&self, name: &str, text: &str) -> Result<T, TableError> {
        serde_json::from_str(text).map_err(|error| self.unreadable(format!("its `{name}`: {error}")))
    }
}
