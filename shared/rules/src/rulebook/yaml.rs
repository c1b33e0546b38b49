//! YAML text -> a tree of nodes that know their places.
//!
//! A subset of YAML 1.2 on purpose. Scalars are told apart by the core schema (so `yes` is text).
//! Aliases, tags and a second document are refused: a rulebook says what it means where it says
//! it, and no text can unfold into more than was written. Numbers keep the text they were written
//! as, since `012345678901` may be an account.

use std::collections::BTreeSet;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span};
use stanchion_policy::json::Json;

use super::MAX_BYTES;
use super::reader::Reader;
use crate::code::Code;

/// A place in a text: line, then column in characters, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Which text: the rulebook, 0, or one that it extends, by its place among the sources.
    pub(crate) file: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// One value and where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) at: Place,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// The key of a mapping's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) at: Place,
    pub(crate) name: String,
}

impl Value {
    /// What kind of value this is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

/// A step from a node to one within it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// Of a mapping: the entry of this key.
    Key(&'a str),
    /// Of a list: the item at this index. A value that is not a list is its own first item.
    Item(usize),
}

impl Node {
    /// An empty mapping, at the start of a text.
    pub(crate) const NOTHING: Self =
        Self { at: Place { file: 0, line: 1, column: 1 }, value: Value::Map(Vec::new()) };

    /// The place that a path leads to, as far as it can be followed: where a value starts.
    pub(crate) fn place(&self, path: &[Step<'_>]) -> Place {
        let mut node = self;
        for step in path {
            let next = match (step, &node.value) {
                (Step::Key(name), Value::Map(entries)) => {
                    entries.iter().find(|(key, _)| key.name == *name).map(|(_, value)| value)
                }
                (Step::Item(index), Value::List(items)) => items.get(*index),
                _ => None,
            };
            node = next.unwrap_or(node);
        }
        node.at
    }

    /// What is behind a key; `None` as well if this is no mapping.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// The same as JSON of other libraries; a number is text if they have none such.
    pub(crate) fn to_value(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(Self::to_value).collect(),
            Value::Map(entries) => {
                entries.iter().map(|(key, node)| (key.name.clone(), node.to_value())).collect()
            }
        }
    }

    /// The same as JSON, for the parts of a rulebook that are IAM statements.
    pub(crate) fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(text) => Json::Number(text.clone()),
            Value::Text(text) => Json::Text(text.clone()),
            Value::List(items) => Json::List(items.iter().map(Self::to_json).collect()),
            Value::Map(entries) => {
                Json::Object(entries.iter().map(|(key, node)| (key.name.clone(), node.to_json())).collect())
            }
        }
    }
}

/// Reads a text. What is wrong with it goes to `reader`; `None` if there is no tree to go on with.
pub(crate) fn parse(text: &str, reader: &mut Reader<'_>) -> Option<Node> {
    if text.len() > MAX_BYTES {
        let message = format!("the rulebook is longer than {} KiB", MAX_BYTES >> 10);
        let help = "split it into rulebooks of one team or topic each";
        let at = Place { file: reader.file(), ..Node::NOTHING.at };
        reader.problem_with_help(Code::TooLarge, at, message, help);
        return None;
    }
    // Far more than a rulebook needs, and little enough for `Builder` to call itself.
    let mut options = granit_parser::options! { flow_nesting_limit: 64, block_nesting_limit: 64 };
    options.set_emit_comments(false);
    let events = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { events, file: reader.file(), reader };
    let mut root = None;
    loop {
        let (event, span) = builder.next()?;
        match event {
            Event::StreamStart | Event::DocumentEnd => {}
            Event::StreamEnd => break,
            Event::DocumentStart(..) if root.is_some() => {
                let message = "a second YAML document starts here; a rulebook is one";
                builder.reader.problem(Code::Unsupported, builder.place(span.start), message);
                return None;
            }
            Event::DocumentStart(..) => {}
            event => root = Some(builder.node(event, span)?),
        }
    }
    // An empty text is an empty rulebook, whose version will be missed.
    Some(root.unwrap_or(Node { at: Place { file: builder.file, ..Node::NOTHING.at }, ..Node::NOTHING }))
}

struct Builder<'a, 'r, 't> {
    file: usize,
    events: Parser<'t, granit_parser::StrInput<'t>>,
    reader: &'a mut Reader<'r>,
}

impl<'t> Builder<'_, '_, 't> {
    fn place(&self, marker: Marker) -> Place {
        Place { file: self.file, line: marker.line().max(1), column: marker.col() + 1 }
    }

    /// The next event; `None` after a syntax error, which has been noted.
    fn next(&mut self) -> Option<(Event<'t>, Span)> {
        match self.events.next()? {
            Ok(next) => Some(next),
            Err(error) => {
                let message = format!("not YAML: {}", error.info());
                let at = self.place(*error.marker());
                self.reader.problem(Code::NotYaml, at, message);
                None
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span) -> Option<Node> {
        let at = self.place(span.start);
        if let Event::Scalar(.., Some(_))
        | Event::SequenceStart(.., Some(_))
        | Event::MappingStart(.., Some(_)) = &event
        {
            self.reader.problem(Code::Unsupported, at, "YAML tags are not supported");
        }
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text),
            Event::Scalar(text, ..) => Value::Text(text.into_owned()),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        (event, span) => items.push(self.node(event, span)?),
                    }
                }
                Value::List(items)
            }
            Event::MappingStart(..) => self.mapping()?,
            _ => {
                let help = "write the value out".to_owned();
                let message = "YAML aliases are not supported";
                self.reader.problem_with_help(Code::Unsupported, at, message, help);
                Value::Null
            }
        };
        Some(Node { at, value })
    }

    fn mapping(&mut self) -> Option<Value> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut names = BTreeSet::new();
        loop {
            let (event, span) = self.next()?;
            let at = self.place(span.start);
            let name = match event {
                Event::MappingEnd => return Some(Value::Map(entries)),
                Event::Scalar(text, ..) => Some(text.into_owned()),
                event => {
                    self.node(event, span)?;
                    self.reader.problem(Code::WrongType, at, "a key must be text");
                    None
                }
            };
            let (event, span) = self.next()?;
            let node = self.node(event, span)?;
            let Some(name) = name else { continue };
            if names.insert(name.clone()) {
                entries.push((Key { at, name }, node));
            } else {
                self.reader.problem(Code::Repeated, at, format!("`{name}` is given twice"));
            }
        }
    }
}

/// A scalar without quotes, as the core schema reads it (YAML 1.2.2, 10.3.2).
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        text if is_number(text) => Value::Number(text.to_owned()),
        text => Value::Text(text.to_owned()),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    if let Some(hex) = text.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit());
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return !octal.is_empty() && octal.bytes().all(|b| (b'0'..=b'7').contains(&b));
    }
    // Rust also reads `inf` and `nan` as numbers, which YAML writes with a dot.
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    numeric && text.parse::<f64>().is_ok() || matches!(digits.to_ascii_lowercase().as_str(), ".inf" | ".nan")
}
