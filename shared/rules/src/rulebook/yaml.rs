//! YAML text -> a tree of nodes that know their places.
//!
//! A subset of YAML 1.2 on purpose. Scalars are told apart by the core schema (so `yes` is text).
//! Aliases, tags and a second document are refused: a rulebook says what it means where it says
//! it, and no text can unfold into more than was written. Numbers keep the text they were written
//! as, since `012345678901` may be an account.

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span};
use stanchion_policy::json::Json;

use super::reader::Reader;

/// A place in the text: line, then column in characters, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// One value and where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) at: Place,
    pub(super) value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// The key of a mapping's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) at: Place,
    pub(super) name: String,
}

impl Value {
    /// What kind of value this is, for messages.
    pub(super) fn kind(&self) -> &'static str {
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

impl Node {
    /// The same as JSON, for the parts of a rulebook that are IAM statements.
    pub(super) fn to_json(&self) -> Json {
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
pub(super) fn parse(text: &str, reader: &mut Reader<'_>) -> Option<Node> {
    // Far more than a rulebook needs, and little enough for `Builder` to call itself.
    let mut options = granit_parser::options! { flow_nesting_limit: 64, block_nesting_limit: 64 };
    options.set_emit_comments(false);
    let events = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { events, reader };
    let mut root = None;
    loop {
        let (event, span) = builder.next()?;
        match event {
            Event::StreamStart | Event::DocumentEnd => {}
            Event::StreamEnd => break,
            Event::DocumentStart(..) if root.is_some() => {
                let message = "a second YAML document starts here; a rulebook is one";
                builder.reader.problem(place(span.start), message);
                return None;
            }
            Event::DocumentStart(..) => {}
            event => root = Some(builder.node(event, span)?),
        }
    }
    // An empty text is an empty rulebook, whose version will be missed.
    let start = Place { line: 1, column: 1 };
    Some(root.unwrap_or(Node { at: start, value: Value::Map(Vec::new()) }))
}

struct Builder<'a, 'r, 't> {
    events: Parser<'t, granit_parser::StrInput<'t>>,
    reader: &'a mut Reader<'r>,
}

impl<'t> Builder<'_, '_, 't> {
    /// The next event; `None` after a syntax error, which has been noted.
    fn next(&mut self) -> Option<(Event<'t>, Span)> {
        match self.events.next()? {
            Ok(next) => Some(next),
            Err(error) => {
                let message = format!("not YAML: {}", error.info());
                self.reader.problem(place(*error.marker()), message);
                None
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span) -> Option<Node> {
        let at = place(span.start);
        if let Event::Scalar(.., Some(_))
        | Event::SequenceStart(.., Some(_))
        | Event::MappingStart(.., Some(_)) = &event
        {
            self.reader.problem(at, "YAML tags are not supported");
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
                self.reader.problem_with_help(at, "YAML aliases are not supported", help);
                Value::Null
            }
        };
        Some(Node { at, value })
    }

    fn mapping(&mut self) -> Option<Value> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let at = place(span.start);
            let name = match event {
                Event::MappingEnd => return Some(Value::Map(entries)),
                Event::Scalar(text, ..) => Some(text.into_owned()),
                event => {
                    self.node(event, span)?;
                    self.reader.problem(at, "a key must be text");
                    None
                }
            };
            let (event, span) = self.next()?;
            let node = self.node(event, span)?;
            let Some(name) = name else { continue };
            if entries.iter().any(|(earlier, _)| earlier.name == name) {
                self.reader.problem(at, format!("`{name}` is given twice"));
            } else {
                entries.push((Key { at, name }, node));
            }
        }
    }
}

fn place(marker: Marker) -> Place {
    Place { line: marker.line().max(1), column: marker.col() + 1 }
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
