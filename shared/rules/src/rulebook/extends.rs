//! A rulebook and those that it extends, made one: the tree that is read holds the rules of all of them,
//! each node with the place where it is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::field::{Field, object, part};
use super::overrides;
use super::reader::{Fields, Reader, nearest, suggestion};
use super::settings;
use super::source::{Disabled, Override, Source, Wanted};
use super::yaml::{self, Key, Node, Place, Value};
use super::{KEYS, SECTIONS, supported, suppression};
use crate::code::Code;
use crate::packs::{self, PACKS};

/// How many rulebooks one may be made of.
const MOST: usize = 32;

/// The keys of an entry of `extends` that is a mapping.
pub(super) const ENTRY: [Field; 2] = [
    Field::required("from", "The pack or the file.", text_shape),
    Field::optional("with", "Values of the pack's settings.", || json!({"type": "object"})),
];

fn text_shape() -> Json {
    json!({
        "type": "string",
        "pattern": "^(pack:[a-z0-9]+(-[a-z0-9]+)*(@(0|[1-9][0-9]*)(\\.(0|[1-9][0-9]*))?)?|file:.*\\S.*)$",
        "examples": PACKS.iter().map(|(name, _)| format!("pack:{name}")).collect::<Vec<_>>(),
    })
}

/// The schema of `extends`.
pub(super) fn shape() -> Json {
    json!({"type": ["array", "null"], "items": {"anyOf": [text_shape(), part("extended")]}})
}

/// The schema of an entry that is a mapping.
pub(super) fn entry_schema() -> Json {
    Json::Object(object(&ENTRY))
}

/// A rule as it is written.
pub(super) struct Item {
    /// The list that it is in.
    pub(super) section: &'static str,
    pub(super) node: Node,
}

impl Item {
    /// The text behind one of its keys.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match &self.node.get(name)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// All that a rulebook is made of.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) items: Vec<Item>,
    pub(super) sources: Vec<Source>,
    pub(super) overrides: Vec<Override>,
    pub(super) disabled: Vec<Disabled>,
    /// The entries of `suppressions`, as they are written.
    pub(super) suppressions: Vec<Node>,
    pub(super) longest_suppression: Option<u32>,
    /// What is extended, and where that is said.
    seen: BTreeMap<String, Place>,
}

impl Gathered {
    /// The tree of all rules: list by list, what is extended before what extends it.
    pub(super) fn tree(&mut self, at: Place) -> Node {
        let mut lists: Vec<(Key, Vec<Node>)> =
            SECTIONS.iter().map(|(name, _)| (Key { at, name: (*name).to_owned() }, Vec::new())).collect();
        for item in self.items.drain(..) {
            if let Some((_, list)) = lists.iter_mut().find(|(key, _)| key.name == item.section) {
                list.push(item.node);
            }
        }
        let lists = lists.into_iter().map(|(key, list)| (key, Node { at, value: Value::List(list) }));
        Node { at, value: Value::Map(lists.collect()) }
    }
}

/// Reads a rulebook's text, and those that it extends. `None`: there is nothing to go on with; why has been
/// noted.
pub(super) fn gather(text: &str, reader: &mut Reader<'_>) -> Option<Gathered> {
    let mut gathered = Gathered::default();
    let itself = Path::new(reader.name(0)).file_name().map(|name| Path::new(name).display().to_string());
    gathered.seen.extend(itself.map(|name| (format!("file:{name}"), Node::NOTHING.at)));
    source(text, None, &mut gathered, reader).then_some(gathered)
}

/// Reads one text; `given` is what comes with the entry that extends it. False: nothing of it was read.
fn source(
    text: &str,
    given: Option<(Place, Option<&Node>, Option<Wanted>)>,
    gathered: &mut Gathered,
    reader: &mut Reader<'_>,
) -> bool {
    let name = reader.name(reader.file()).to_owned();
    gathered.sources.push(Source { name, pack: None });
    let index = gathered.sources.len() - 1;
    let Some(root) = yaml::parse(text, reader) else { return false };
    let Some(fields) = reader.entries(&root, "a rulebook") else { return false };
    if !supported(&fields, reader) {
        return false;
    }
    check_keys(&fields, reader);
    let with = given.map(|(at, with, _)| (at, with));
    let Some((pack, root)) = settings::fill(root, with, reader) else { return false };
    if let (Some((at, _, Some(wanted))), Some(pack)) = (given, &pack)
        && !wanted.takes(pack.version)
    {
        let message = format!("this program has version {} of the pack `{}`", pack.version, pack.name);
        let help = format!("see what changed, then write `pack:{}@{}`", pack.name, pack.version.major);
        reader.problem_with_help(Code::Unsupported, at, message, help);
    }
    gathered.sources[index].pack = pack;
    let Value::Map(entries) = root.value else { return false };
    let before = gathered.items.len();
    let (mut own, mut overrides) = (Vec::new(), None);
    // A key with nothing behind it: as written while the first entry is still to come.
    for (key, node) in entries.into_iter().filter(|(_, node)| node.value != Value::Null) {
        match key.name.as_str() {
            "extends" => {
                reader.list(&node, "extends", |entry, reader| {
                    extend(entry, gathered, reader);
                    Some(())
                });
            }
            "overrides" => overrides = Some(node),
            "suppressions" => {
                let entries = reader.list(&node, "suppressions", |entry, _| Some(entry.clone()));
                gathered.suppressions.extend(entries);
            }
            "longest_suppression" if given.is_none() => {
                gathered.longest_suppression = suppression::read_days(&node, reader);
            }
            "longest_suppression" => {
                let message = "how long suppressions may last is for the rulebook itself to say";
                reader.problem(Code::Unsupported, key.at, message);
            }
            name => {
                if let Some((section, _)) = SECTIONS.iter().find(|(section, _)| *section == name) {
                    own.extend(items(section, node, reader));
                }
            }
        }
    }
    if let Some(node) = overrides {
        // Others that are extended beside this text are not this text's to override.
        let mut others: Vec<Item> = gathered.items.drain(..before).collect();
        let ids: Vec<&str> = own.iter().filter_map(|item| item.text("id")).collect();
        overrides::apply(&node, &ids, gathered, reader);
        others.append(&mut gathered.items);
        gathered.items = others;
    }
    gathered.items.extend(own);
    true
}

/// The rules of one list.
fn items(section: &'static str, node: Node, reader: &mut Reader<'_>) -> Vec<Item> {
    match node.value {
        Value::List(items) => items.into_iter().map(|node| Item { section, node }).collect(),
        // No list, which is told.
        _ => reader.list(&node, section, |_, _| None),
    }
}

fn check_keys(fields: &Fields<'_>, reader: &mut Reader<'_>) {
    for key in fields.keys() {
        let name = key.name.as_str();
        if !KEYS.iter().any(|field| field.name == name) {
            reader.unknown_key(key, "a rulebook", &KEYS);
        }
    }
}

/// Reads what an entry of `extends` names.
fn extend(entry: &Node, gathered: &mut Gathered, reader: &mut Reader<'_>) {
    let (named, with) = match &entry.value {
        Value::Map(_) => {
            let Some(fields) = reader.fields(entry, "an entry of `extends`", &ENTRY) else { return };
            let Some(from) = fields.required("from", HELP, reader) else { return };
            (from, fields.get("with"))
        }
        _ => (entry, None),
    };
    let Some(text) = reader.text(named, "an entry of `extends`") else { return };
    let found = match text.split_once(':') {
        Some(("pack", name)) => pack(name, named.at, reader),
        Some(("file", path)) if !path.trim().is_empty() => file(path, named.at, gathered, reader),
        _ => {
            let message = format!("`{text}` is neither a pack nor a file");
            reader.problem_with_help(Code::Malformed, named.at, message, HELP);
            None
        }
    };
    let Some(Found { name, shown, directory, content, wanted }) = found else { return };
    if gathered.sources.len() >= MOST {
        let message = format!("a rulebook may be made of {MOST} texts");
        reader.problem(Code::TooLarge, named.at, message);
        return;
    }
    if let Some(first) = gathered.seen.insert(name, named.at) {
        let message = if first == Node::NOTHING.at {
            "the rulebook extends itself".to_owned()
        } else {
            format!("`{shown}` is extended twice: {}:{} does as well", reader.name(first.file), first.line)
        };
        reader.problem_with_help(Code::Repeated, named.at, message, "extend it in one place");
        return;
    }
    let index = reader.add_file(shown, directory);
    let before = reader.enter(index);
    source(&content, Some((named.at, with, wanted)), gathered, reader);
    reader.enter(before);
}

const HELP: &str = "as `pack:baseline`, `pack:baseline@1` or `file:team.yaml`";

/// What an entry of `extends` leads to.
struct Found {
    /// What tells it from others.
    name: String,
    /// What problems call it.
    shown: String,
    directory: Option<PathBuf>,
    content: String,
    wanted: Option<Wanted>,
}

fn pack(text: &str, at: Place, reader: &mut Reader<'_>) -> Option<Found> {
    let (name, wanted) = match text.split_once('@') {
        None => (text, None),
        Some((name, version)) => {
            let wanted = Wanted::parse(version);
            if wanted.is_none() {
                let message = format!("`{version}` does not say which versions will do");
                reader.problem_with_help(Code::Malformed, at, message, "as `@1`, or `@1.2`");
                return None;
            }
            (name, wanted)
        }
    };
    let Some(content) = packs::find(name) else {
        let known: Vec<&str> = PACKS.iter().map(|(name, _)| *name).collect();
        let message = format!("there is no pack `{name}`");
        let help = match nearest(name, &known) {
            Some(near) => format!("did you mean `pack:{near}`?"),
            None => suggestion(name, &known),
        };
        reader.problem_with_help(Code::UnknownWord, at, message, help);
        return None;
    };
    reader.rests_on(content);
    let name = format!("pack:{name}");
    Some(Found { shown: name.clone(), name, directory: None, content: content.to_owned(), wanted })
}

fn file(path: &str, at: Place, gathered: &Gathered, reader: &mut Reader<'_>) -> Option<Found> {
    let unreadable = |error: String, reader: &mut Reader<'_>| {
        reader.problem(Code::Unreadable, at, format!("`{path}` cannot be read: {error}"));
        None
    };
    let inside = match reader.path(path, at) {
        Ok(inside) => inside,
        Err(error) => return unreadable(error, reader),
    };
    let name = format!("file:{}", inside.display());
    let shown = Path::new(reader.name(0)).parent().unwrap_or(Path::new("")).join(&inside);
    let shown = shown.display().to_string();
    // What is told as extended twice need not be read again.
    let content = if gathered.seen.contains_key(&name) { Ok(String::new()) } else { reader.load(path, at) };
    let content = match content {
        Ok(content) => content,
        Err(error) => return unreadable(error, reader),
    };
    let directory = Some(inside.parent().unwrap_or(Path::new("")).to_owned());
    Some(Found { name, shown, directory, content, wanted: None })
}
