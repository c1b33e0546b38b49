//! One tag policy as it is written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A tag policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// Its id, for messages.
    pub(super) id: String,
    /// Which operators the policies of children may use to say something of more keys.
    pub(super) control: Control,
    /// What is said of each key, by the key in lower case.
    pub(super) keys: BTreeMap<String, KeyPart>,
}

/// What is said of one key. `enforced_for` and its like bind tagging calls, and are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyPart {
    /// Which operators children may use to say something of this key that is not said here.
    pub(super) control: Control,
    pub(super) tag_key: Setting,
    pub(super) tag_value: Setting,
}

/// The operators on one setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) control: Control,
    pub(super) assign: Option<Vec<String>>,
    pub(super) append: Vec<String>,
    pub(super) remove: Vec<String>,
}

/// `@@operators_allowed_for_child_policies`: the operators; `None`: all.
pub(super) type Control = Option<BTreeSet<Operator>>;

/// What a setting's value is changed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operator {
    Assign,
    Append,
    Remove,
}

const CONTROL: &str = "@@operators_allowed_for_child_policies";

/// Reads a tag policy.
///
/// # Errors
/// What is wrong, and where in the policy.
pub(super) fn parse(id: &str, text: &str) -> Result<Parsed, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let tags = value.get("tags").ok_or("there is no `tags` in it")?;
    let tags = object(tags, "tags")?;
    let mut parsed = Parsed { id: id.to_owned(), control: control(tags, "tags")?, ..Parsed::default() };
    for (name, part) in tags.iter().filter(|(name, _)| !name.starts_with("@@")) {
        let place = format!("tags.{name}");
        let part = key_part(object(part, &place)?, &place)?;
        if parsed.keys.insert(name.to_lowercase(), part).is_some() {
            return Err(format!("`{place}` is there twice: keys are compared without case"));
        }
    }
    Ok(parsed)
}

fn key_part(part: &Map<String, Value>, place: &str) -> Result<KeyPart, String> {
    let setting = |name: &str| match part.get(name) {
        Some(value) => {
            let place = format!("{place}.{name}");
            setting(object(value, &place)?, &place)
        }
        None => Ok(Setting::default()),
    };
    let key = KeyPart {
        control: control(part, place)?,
        tag_key: setting("tag_key")?,
        tag_value: setting("tag_value")?,
    };
    if key.tag_key.assign.as_ref().is_some_and(|key| key.len() != 1) {
        return Err(format!("`{place}.tag_key` must assign one text"));
    }
    if !key.tag_key.append.is_empty() || !key.tag_key.remove.is_empty() {
        return Err(format!("`{place}.tag_key` has one value: only `@@assign` sets it"));
    }
    Ok(key)
}

fn setting(value: &Map<String, Value>, place: &str) -> Result<Setting, String> {
    let mut setting = Setting { control: control(value, place)?, ..Setting::default() };
    for (name, value) in value {
        let place = format!("{place}.{name}");
        match name.as_str() {
            CONTROL => {}
            "@@assign" => setting.assign = Some(texts(value, &place)?),
            "@@append" => setting.append = texts(value, &place)?,
            "@@remove" => setting.remove = texts(value, &place)?,
            _ if name.starts_with("@@") => return Err(format!("`{place}` is not an operator")),
            _ => {}
        }
    }
    Ok(setting)
}

fn control(value: &Map<String, Value>, place: &str) -> Result<Control, String> {
    let Some(value) = value.get(CONTROL) else { return Ok(None) };
    let place = format!("{place}.{CONTROL}");
    let mut allowed = BTreeSet::new();
    for word in texts(value, &place)? {
        match word.as_str() {
            "@@all" => return Ok(None),
            "@@none" => {}
            "@@assign" => {
                allowed.insert(Operator::Assign);
            }
            "@@append" => {
                allowed.insert(Operator::Append);
            }
            "@@remove" => {
                allowed.insert(Operator::Remove);
            }
            _ => return Err(format!("`{place}`: `{word}` is not an operator")),
        }
    }
    Ok(Some(allowed))
}

fn object<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("`{place}` must be an object"))
}

/// A text, or a list of texts.
fn texts(value: &Value, place: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("`{place}` must be text, or a list of texts");
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        _ => Err(wrong()),
    }
}
