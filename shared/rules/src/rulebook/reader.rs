//! What every part of a rulebook is read with: problems are collected, unknown keys are told.

use super::field::Field;
use super::problem::{Problem, RulebookError};
use super::yaml::{Key, Node, Place, Value};
use crate::code::Code;

/// Reads the files that a rulebook names, by their paths as written there.
pub type Load<'l> = dyn FnMut(&str) -> Result<String, String> + 'l;

/// How many mistakes are told; the others are counted.
const TOLD: usize = 100;

/// Collects what is wrong while the tree is read.
pub(crate) struct Reader<'a> {
    file: &'a str,
    problems: Vec<Problem>,
    untold: usize,
    load: Option<&'a mut Load<'a>>,
    /// What was read from other files, in the order of the text.
    loaded: Vec<String>,
    /// Personas that are named, and where.
    named: Vec<(String, Place)>,
    /// Ids of personas, those with mistakes included.
    personas: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &'a str) -> Self {
        Self {
            file,
            problems: Vec::new(),
            untold: 0,
            load: None,
            loaded: Vec::new(),
            named: Vec::new(),
            personas: Vec::new(),
        }
    }

    /// One that can read other files.
    pub(crate) fn loading(file: &'a str, load: &'a mut Load<'a>) -> Self {
        Self { load: Some(load), ..Self::new(file) }
    }

    /// Reads another file.
    pub(super) fn load(&mut self, path: &str) -> Result<String, String> {
        let load = self.load.as_mut().ok_or("other files cannot be read here")?;
        let content = load(path)?;
        self.loaded.push(content.clone());
        Ok(content)
    }

    /// What was read from other files so far.
    pub(super) fn take_loaded(&mut self) -> Vec<String> {
        std::mem::take(&mut self.loaded)
    }

    /// Notes that there is a persona.
    pub(super) fn has_persona(&mut self, id: &str) {
        self.personas.push(id.to_owned());
    }

    /// Notes that a persona is named.
    pub(super) fn refers_to_persona(&mut self, id: &str, at: Place) {
        self.named.push((id.to_owned(), at));
    }

    /// Tells of each persona that is named and is none.
    pub(super) fn check_personas(&mut self) {
        let known = std::mem::take(&mut self.personas);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for (id, at) in std::mem::take(&mut self.named) {
            if !known.contains(&id.as_str()) {
                let help = if known.is_empty() {
                    "the rulebook has no personas".to_owned()
                } else {
                    suggestion(&id, &known)
                };
                self.problem_with_help(Code::UnknownWord, at, format!("there is no persona `{id}`"), help);
            }
        }
    }

    pub(super) fn problem(&mut self, code: Code, at: Place, message: impl Into<String>) {
        self.push(code, at, message.into(), None);
    }

    pub(super) fn problem_with_help(
        &mut self,
        code: Code,
        at: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(code, at, message.into(), Some(help.into()));
    }

    fn push(&mut self, code: Code, at: Place, message: String, help: Option<String>) {
        if self.problems.len() >= TOLD {
            self.untold += 1;
            return;
        }
        let file = self.file.to_owned();
        self.problems.push(Problem { code, file, line: at.line, column: at.column, message, help });
    }

    /// All that was found, in the order of the text.
    pub(super) fn finish(mut self) -> Result<(), RulebookError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
        if let (Some(last), more @ 1..) = (self.problems.last(), self.untold) {
            let message = format!("and {more} more mistakes");
            let more = Problem { code: Code::TooMany, message, help: None, ..last.clone() };
            self.problems.push(more);
        }
        Err(RulebookError::new(self.problems))
    }

    /// The entries of a mapping. `what` is the thing described, as "a guardrail".
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &'static str) -> Option<Fields<'n>> {
        let Value::Map(entries) = &node.value else {
            let message = format!("{what} must be a mapping, not {}", node.value.kind());
            self.problem(Code::WrongType, node.at, message);
            return None;
        };
        Some(Fields { what, at: node.at, entries })
    }

    /// As [`Reader::entries`]; each key that is not one of `known` is a problem.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &'static str,
        known: &[Field],
    ) -> Option<Fields<'n>> {
        let fields = self.entries(node, what)?;
        for (key, _) in fields.entries {
            if !known.iter().any(|field| field.name == key.name) {
                self.unknown_key(key, what, known);
            }
        }
        Some(fields)
    }

    pub(super) fn unknown_key(&mut self, key: &Key, what: &str, known: &[Field]) {
        let message = format!("`{}` is not a key of {what}", key.name);
        let known: Vec<&str> = known.iter().map(|field| field.name).collect();
        self.problem_with_help(Code::UnknownKey, key.at, message, suggestion(&key.name, &known));
    }

    /// The items of a list; one that cannot be read is left out, its problems noted.
    pub(super) fn list<T>(
        &mut self,
        node: &Node,
        name: &str,
        mut read: impl FnMut(&Node, &mut Self) -> Option<T>,
    ) -> Vec<T> {
        let Value::List(items) = &node.value else {
            let kind = node.value.kind();
            self.problem(Code::WrongType, node.at, format!("`{name}` must be a list, not {kind}"));
            return Vec::new();
        };
        items.iter().filter_map(|item| read(item, self)).collect()
    }

    /// Text; `what` is what it stands for, as "an account id". A number or boolean without quotes
    /// is refused: what a YAML tool makes of `0123` is not what was written.
    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let written = match &node.value {
            Value::Text(text) if text.trim().is_empty() => {
                self.problem(Code::Empty, node.at, format!("{what} must not be empty"));
                return None;
            }
            Value::Text(text) => return Some(text),
            Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        };
        let message = format!("{what} must be text, not {}", node.value.kind());
        match written {
            Some(text) => {
                self.problem_with_help(Code::WrongType, node.at, message, format!("write `\"{text}\"`"))
            }
            None => self.problem(Code::WrongType, node.at, message),
        }
        None
    }

    /// One word of a fixed list.
    pub(super) fn word<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, what)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("`{text}` is not {what}");
            self.problem_with_help(Code::UnknownWord, node.at, message, suggestion(text, &known));
        }
        found
    }
}

/// The entries of one mapping.
pub(crate) struct Fields<'n> {
    what: &'static str,
    at: Place,
    entries: &'n [(Key, Node)],
}

impl<'n> Fields<'n> {
    pub(super) fn keys(&self) -> impl Iterator<Item = &'n Key> + use<'n> {
        self.entries.iter().map(|(key, _)| key)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// As [`Fields::get`]; a problem at the start of the mapping if it is not there, unless a
    /// misspelt key stands for it, which has been told already.
    pub(super) fn required(&self, name: &str, help: &str, reader: &mut Reader<'_>) -> Option<&'n Node> {
        let found = self.get(name);
        if found.is_none() && !self.keys().any(|key| nearest(&key.name, &[name]).is_some()) {
            let message = format!("{} needs the key `{name}`", self.what);
            reader.problem_with_help(Code::MissingKey, self.at, message, help);
        }
        found
    }

    /// Text that may be left out.
    pub(super) fn optional_text(&self, name: &str, reader: &mut Reader<'_>) -> Option<String> {
        self.get(name).and_then(|node| reader.text(node, &format!("`{name}`"))).map(str::to_owned)
    }
}

/// "did you mean ...?", or what there is to choose from if no word is near.
fn suggestion(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.len() == 1 => format!("expected `{}`", known[0]),
        None => {
            let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
            format!("expected one of {}", known.join(", "))
        }
    }
}

/// The known word that was probably meant: at most every fourth letter of it is off.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let lower = word.to_ascii_lowercase();
    let length = lower.chars().count();
    known
        .iter()
        // Words of other lengths are no nearer than that; a very long one is compared with none.
        .filter(|known| known.len().abs_diff(length) <= known.len() / 4)
        .map(|&known| (strsim::osa_distance(&lower, &known.to_ascii_lowercase()), known))
        .filter(|(distance, known)| *distance <= known.len() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
