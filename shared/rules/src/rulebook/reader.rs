//! What every part of a rulebook is read with: problems are collected, unknown keys are told.

use super::problem::{Problem, RulebookError};
use super::yaml::{Key, Node, Place, Value};

/// Collects what is wrong while the tree is read.
pub(super) struct Reader<'a> {
    file: &'a str,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a str) -> Self {
        Self { file, problems: Vec::new() }
    }

    pub(super) fn problem(&mut self, at: Place, message: impl Into<String>) {
        self.push(at, message.into(), None);
    }

    pub(super) fn problem_with_help(
        &mut self,
        at: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(at, message.into(), Some(help.into()));
    }

    fn push(&mut self, at: Place, message: String, help: Option<String>) {
        let file = self.file.to_owned();
        self.problems.push(Problem { file, line: at.line, column: at.column, message, help });
    }

    /// All that was found, in the order of the text.
    pub(super) fn finish(mut self) -> Result<(), RulebookError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
        Err(RulebookError::new(self.problems))
    }

    /// The entries of a mapping. `what` is the thing described, as "a guardrail".
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &'static str) -> Option<Fields<'n>> {
        let Value::Map(entries) = &node.value else {
            self.problem(node.at, format!("{what} must be a mapping, not {}", node.value.kind()));
            return None;
        };
        Some(Fields { what, at: node.at, entries })
    }

    /// As [`Reader::entries`]; each key that is not one of `known` is a problem.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &'static str,
        known: &[&str],
    ) -> Option<Fields<'n>> {
        let fields = self.entries(node, what)?;
        for (key, _) in fields.entries {
            if !known.contains(&key.name.as_str()) {
                self.unknown_key(key, what, known);
            }
        }
        Some(fields)
    }

    pub(super) fn unknown_key(&mut self, key: &Key, what: &str, known: &[&str]) {
        let message = format!("`{}` is not a key of {what}", key.name);
        self.problem_with_help(key.at, message, suggestion(&key.name, known));
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
            self.problem(node.at, format!("`{name}` must be a list, not {kind}"));
            return Vec::new();
        };
        items.iter().filter_map(|item| read(item, self)).collect()
    }

    /// Text; `what` is what it stands for, as "an account id". A number or boolean without quotes
    /// is refused: what a YAML tool makes of `0123` is not what was written.
    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let written = match &node.value {
            Value::Text(text) if text.trim().is_empty() => {
                self.problem(node.at, format!("{what} must not be empty"));
                return None;
            }
            Value::Text(text) => return Some(text),
            Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        };
        let message = format!("{what} must be text, not {}", node.value.kind());
        match written {
            Some(text) => self.problem_with_help(node.at, message, format!("write `\"{text}\"`")),
            None => self.problem(node.at, message),
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
            self.problem_with_help(node.at, message, suggestion(text, &known));
        }
        found
    }
}

/// The entries of one mapping.
pub(super) struct Fields<'n> {
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
            reader.problem_with_help(self.at, message, help);
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
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let lower = word.to_ascii_lowercase();
    known
        .iter()
        .map(|&known| (strsim::osa_distance(&lower, &known.to_ascii_lowercase()), known))
        .filter(|(distance, known)| *distance <= known.len() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
