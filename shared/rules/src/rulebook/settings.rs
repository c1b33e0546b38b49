//! What a pack says of itself, and the settings by which it is fitted to an organization.
//!
//! Wherever a pack has `{ setting: NAME }` in the place of a value, that of the setting stands: the
//! one that is given `with` the pack, else the pack's own. The value keeps the place where it is written,
//! so that a mistake in it is told there.

use std::collections::BTreeMap;

use serde_json::json;

use super::field::{Field, line, object, part};
use super::reader::{Reader, suggestion};
use super::source::{Pack, PackVersion, Setting};
use super::yaml::{Node, Place, Value};
use crate::code::Code;

/// The keys of `pack`.
pub(super) const PACK: [Field; 4] = [
    Field::required(
        "name",
        "The pack's name, in kebab-case.",
        || json!({"type": "string", "pattern": KEBAB, "examples": ["baseline"]}),
    ),
    Field::required(
        "version",
        "The pack's version. The first number is raised by what changes a verdict, the second by all else.",
        || json!({"type": "string", "pattern": "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)$", "examples": ["1.0"]}),
    ),
    Field::required("about", "What the pack is about, in one line.", line),
    Field::optional(
        "settings",
        "What those who extend the pack may set. In the rules, `{ setting: NAME }` stands for the value.",
        || json!({"type": "object", "propertyNames": {"pattern": KEBAB}, "additionalProperties": part("setting")}),
    ),
];

/// The keys of a setting.
pub(super) const SETTING: [Field; 3] = [
    Field::required("about", "What the setting is for, in one line.", line),
    Field::optional(
        "default",
        "The value if none is given; `null` leaves out what it stands for. Without it a value must be given.",
        || json!({}),
    ),
    Field::optional(
        "example",
        "A value as it may be: that of the pack's own examples, and where the pack is looked at by itself.",
        || json!({}),
    ),
];

const KEBAB: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// The schema of `pack`.
pub(super) fn schema() -> serde_json::Value {
    serde_json::Value::Object(object(&PACK))
}

/// The one key of what stands for a setting's value.
const STANDS: &str = "setting";

/// The values of a pack's settings, by name.
type Values<'n> = BTreeMap<&'n str, &'n Node>;

/// Reads `pack`, and fills in the settings: what is to be read in the place of the text's tree.
/// `given` is what comes with it: the place of the entry that extends it, and the values.
pub(super) fn fill(
    root: Node,
    given: Option<(Place, Option<&Node>)>,
    reader: &mut Reader<'_>,
) -> Option<(Option<Pack>, Node)> {
    let with = given.and_then(|(_, with)| with);
    let Some(node) = root.get("pack").cloned() else {
        if let Some(with) = with {
            let message = format!("`{}` has nothing to set", reader.name(root.at.file));
            reader.problem_with_help(Code::UnknownKey, with.at, message, "leave `with` out");
        }
        return Some((None, root));
    };
    let alone = given.is_none() && reader.is_alone();
    let (pack, own) = pack(&node, alone, reader)?;
    let mut values: Values<'_> = BTreeMap::new();
    if let Some(with) = with {
        let known: Vec<&str> = pack.settings.iter().map(|setting| setting.name.as_str()).collect();
        for (key, value) in reader.entries(with, "`with`")?.pairs() {
            if known.contains(&key.name.as_str()) {
                values.insert(&key.name, value);
            } else {
                let message = format!("the pack `{}` has no setting `{}`", pack.name, key.name);
                let help = match &known[..] {
                    [] => "leave `with` out".to_owned(),
                    known => suggestion(&key.name, known),
                };
                reader.problem_with_help(Code::UnknownKey, key.at, message, help);
            }
        }
    }
    let mut complete = true;
    for setting in &pack.settings {
        let name = setting.name.as_str();
        if values.contains_key(name) {
            continue;
        }
        if let Some(value) = own.get(name) {
            values.insert(name, value);
            continue;
        }
        complete = false;
        match given {
            Some((at, _)) => {
                let message = format!("the setting `{name}` of the pack `{}` is not given", pack.name);
                let example = setting.example.as_ref().map(|value| format!(", as `{name}: {value}`"));
                let help =
                    format!("give it under `with`{}: {}", example.unwrap_or_default(), setting.about.trim());
                reader.problem_with_help(Code::MissingKey, at, message, help);
            }
            None => {
                let message = format!("the setting `{name}` has no value");
                let help = "extend this pack from a rulebook, and give the setting under `with`";
                reader.problem_with_help(Code::MissingKey, node.at, message, help);
            }
        }
    }
    if !complete {
        return None;
    }
    let Value::Map(entries) = root.value else { return None };
    let filled = entries.into_iter().filter_map(|(key, value)| {
        let value = if key.name == "pack" { value } else { filled(value, &values, reader)? };
        Some((key, value))
    });
    let entries = filled.collect();
    Some((Some(pack), Node { at: root.at, value: Value::Map(entries) }))
}

/// Reads a pack's word of itself; also gives the values that its settings have without being set; of a pack
/// that is looked at alone, those of their examples before others.
fn pack<'n>(
    node: &'n Node,
    alone: bool,
    reader: &mut Reader<'_>,
) -> Option<(Pack, BTreeMap<String, &'n Node>)> {
    let fields = reader.fields(node, "a pack", &PACK)?;
    let name = fields.required("name", "as `baseline`", reader);
    let name = name.and_then(|node| kebab(reader.text(node, "`name`")?, node.at, reader));
    let version = fields.required("version", "as `\"1.0\"`", reader);
    let version = version.and_then(|node| {
        let text = reader.text(node, "`version`")?;
        let version = PackVersion::parse(text);
        if version.is_none() {
            let message = format!("`{text}` is not the version of a pack");
            reader.problem_with_help(Code::Malformed, node.at, message, "two numbers, as `\"1.0\"`");
        }
        version
    });
    let about = fields.required("about", "one line on what the pack is about", reader);
    let about = about.and_then(|node| reader.text(node, "`about`")).map(str::to_owned);
    let (mut settings, mut own) = (Vec::new(), BTreeMap::new());
    if let Some(node) = fields.get("settings") {
        for (key, node) in reader.entries(node, "`settings`")?.pairs() {
            let Some(name) = kebab(&key.name, key.at, reader) else { continue };
            let Some(setting) = reader.fields(node, "a setting", &SETTING) else { continue };
            let about = setting.required("about", "one line on what it is for", reader);
            let Some(about) = about.and_then(|node| reader.text(node, "`about`")) else { continue };
            let (default, example) = (setting.get("default"), setting.get("example"));
            let value = if alone { example.or(default) } else { default };
            own.extend(value.map(|value| (name.clone(), value)));
            settings.push(Setting {
                name,
                about: about.to_owned(),
                required: default.is_none(),
                default: default.map(|default| default.to_value().to_string()).unwrap_or_default(),
                example: example.map(|example| example.to_value().to_string()),
            });
        }
    }
    Some((Pack { name: name?, version: version?, about: about?, settings }, own))
}

fn kebab(text: &str, at: Place, reader: &mut Reader<'_>) -> Option<String> {
    if super::rule::kebab(text) == text {
        return Some(text.to_owned());
    }
    let help = format!("write `{}`", super::rule::kebab(text));
    reader.problem_with_help(Code::Malformed, at, format!("`{text}` is not in kebab-case"), help);
    None
}

/// A tree with the settings' values in it. `None`: it is left out.
fn filled(node: Node, values: &Values<'_>, reader: &mut Reader<'_>) -> Option<Node> {
    let value = match node.value {
        Value::Map(entries) => match &entries[..] {
            [(key, name)] if key.name == STANDS => return value_of(name, values, reader),
            _ => {
                let filled = |(key, node)| Some((key, filled(node, values, reader)?));
                Value::Map(entries.into_iter().filter_map(filled).collect())
            }
        },
        Value::List(items) => {
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                let is_setting = stands(&item);
                match filled(item, values, reader) {
                    // The entries of a setting that is a list stand among the others.
                    Some(Node { value: Value::List(more), .. }) if is_setting => list.extend(more),
                    Some(one) => list.push(one),
                    None => {}
                }
            }
            Value::List(list)
        }
        plain => plain,
    };
    Some(Node { at: node.at, value })
}

fn stands(node: &Node) -> bool {
    matches!(&node.value, Value::Map(entries) if matches!(&entries[..], [(key, _)] if key.name == STANDS))
}

fn value_of(name: &Node, values: &Values<'_>, reader: &mut Reader<'_>) -> Option<Node> {
    let text = reader.text(name, "the name of a setting")?;
    let Some(value) = values.get(text) else {
        let known: Vec<&str> = values.keys().copied().collect();
        let message = format!("the pack has no setting `{text}`");
        reader.problem_with_help(Code::UnknownWord, name.at, message, suggestion(text, &known));
        return None;
    };
    (value.value != Value::Null).then(|| (*value).clone())
}
