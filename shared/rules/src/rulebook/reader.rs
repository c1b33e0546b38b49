//! What every part of a rulebook is read with: problems are collected, unknown keys are told.

use std::path::{Component, Path, PathBuf};

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
    /// The rulebook, and what it extends.
    files: Vec<File>,
    /// Which of them is read.
    file: usize,
    problems: Vec<(Place, Problem)>,
    untold: usize,
    load: Option<&'a mut Load<'a>>,
    /// What was read from other files, in the order of the text.
    loaded: Vec<String>,
    /// Personas that are named, and where.
    named: Vec<(String, Place)>,
    /// Ids of personas, those with mistakes included.
    personas: Vec<String>,
    /// Whether a pack is looked at by itself, with the examples of its settings.
    alone: bool,
}

/// A text that is read.
struct File {
    /// What problems call it.
    name: String,
    /// Where the files are that it names, as seen from the rulebook's directory; `None`: it cannot name any.
    directory: Option<PathBuf>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &str) -> Self {
        Self {
            files: vec![File { name: file.to_owned(), directory: Some(PathBuf::new()) }],
            file: 0,
            problems: Vec::new(),
            untold: 0,
            load: None,
            loaded: Vec::new(),
            named: Vec::new(),
            personas: Vec::new(),
            alone: false,
        }
    }

    /// One that can read other files.
    pub(crate) fn loading(file: &str, load: &'a mut Load<'a>) -> Self {
        Self { load: Some(load), ..Self::new(file) }
    }

    /// One to which a setting of the text that nobody sets has the value of its example.
    pub(crate) fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// Which text is read; what [`Place::file`] says of what is found in it.
    pub(super) fn file(&self) -> usize {
        self.file
    }

    /// Goes on to another text, and gives the one that was read before.
    pub(super) fn enter(&mut self, file: usize) -> usize {
        std::mem::replace(&mut self.file, file)
    }

    /// Another text that is to be read.
    pub(super) fn add_file(&mut self, name: String, directory: Option<PathBuf>) -> usize {
        self.files.push(File { name, directory });
        self.files.len() - 1
    }

    /// What problems call a text.
    pub(super) fn name(&self, file: usize) -> &str {
        self.files.get(file).map_or("", |file| &file.name)
    }

    /// The path of a file that is named at a place, as seen from the rulebook's directory.
    pub(super) fn path(&self, path: &str, at: Place) -> Result<PathBuf, String> {
        let directory = self.files.get(at.file).and_then(|file| file.directory.as_ref());
        Ok(plain(&directory.ok_or("a pack has no files beside it")?.join(path)))
    }

    /// Reads a file that is named at a place.
    pub(super) fn load(&mut self, path: &str, at: Place) -> Result<String, String> {
        let path = self.path(path, at)?;
        let path = path.to_str().ok_or("its path is not text in UTF-8")?;
        let load = self.load.as_mut().ok_or("other files cannot be read here")?;
        let content = load(path)?;
        self.loaded.push(content.clone());
        Ok(content)
    }

    /// Notes a text that the rulebook rests on and that is no file.
    pub(super) fn rests_on(&mut self, content: &str) {
        self.loaded.push(content.to_owned());
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
        let file = self.name(at.file).to_owned();
        self.problems.push((at, Problem { code, file, line: at.line, column: at.column, message, help }));
    }

    /// All that was found, in the order of the texts.
    pub(super) fn finish(mut self) -> Result<(), RulebookError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        self.problems.sort_by_key(|(at, _)| *at);
        let mut problems: Vec<Problem> = self.problems.into_iter().map(|(_, problem)| problem).collect();
        if let (Some(last), more @ 1..) = (problems.last(), self.untold) {
            let message = format!("and {more} more mistakes");
            let more = Problem { code: Code::TooMany, message, help: None, ..last.clone() };
            problems.push(more);
        }
        Err(RulebookError::new(problems))
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

    pub(super) fn pairs(&self) -> impl Iterator<Item = &'n (Key, Node)> + use<'n> {
        self.entries.iter()
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
pub(super) fn suggestion(word: &str, known: &[&str]) -> String {
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
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
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

/// A path without `.`, and without `..` where that undoes a directory of it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::plain;

    #[test]
    fn a_path_is_known_however_it_is_written() {
        for (written, known) in [
            ("a.yaml", "a.yaml"),
            ("./t/../a.yaml", "a.yaml"),
            ("../a.yaml", "../a.yaml"),
            ("/t/./a", "/t/a"),
        ] {
            assert_eq!(plain(Path::new(written)), Path::new(known), "{written}");
        }
    }
}
