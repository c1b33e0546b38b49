//! The keys of a rulebook: one table for each mapping. The reader and the schema both go by these
//! tables, so that neither knows a key that the other does not.

use serde_json::{Map, Value, json};

/// One key of a mapping.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) required: bool,
    /// What the key is for, as editors show it.
    pub(super) about: &'static str,
    /// What the schema says of its value.
    pub(super) shape: fn() -> Value,
}

impl Field {
    /// A key that must be there.
    pub(super) const fn required(name: &'static str, about: &'static str, shape: fn() -> Value) -> Self {
        Self { name, required: true, about, shape }
    }

    /// A key that may be left out.
    pub(super) const fn optional(name: &'static str, about: &'static str, shape: fn() -> Value) -> Self {
        Self { name, required: false, about, shape }
    }
}

/// The schema of a mapping with these keys and no others.
pub(super) fn object(fields: &[Field]) -> Map<String, Value> {
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let mut shape = Map::from_iter([("description".to_owned(), json!(field.about))]);
            if let Value::Object(more) = (field.shape)() {
                shape.extend(more);
            }
            (field.name.to_owned(), Value::Object(shape))
        })
        .collect();
    let mut schema = Map::from_iter([("type".to_owned(), json!("object"))]);
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema
}

/// Text that is not blank.
pub(super) fn line() -> Value {
    json!({"type": "string", "pattern": "\\S"})
}

/// One of these words.
pub(super) fn words<T>(words: &[(&str, T)]) -> Value {
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    json!({"type": "string", "enum": words})
}

/// A list of these that is not empty.
pub(super) fn list(items: Value) -> Value {
    json!({"type": "array", "minItems": 1, "items": items})
}

/// A part that is described once.
pub(super) fn part(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}
