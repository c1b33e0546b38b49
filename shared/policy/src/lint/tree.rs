//! JSON with places: each value and each key knows where in the text it is.

use std::ops::Range;

/// A value, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Its bytes in the text, quotes and brackets included.
    pub(super) span: Range<usize>,
    /// What it is.
    pub(super) value: Value,
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A string, read; a number, a boolean or null, as written.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// An object, in order: keys (as scalars) and values.
    Object(Vec<(Node, Node)>),
}

impl Node {
    /// Reads JSON.
    ///
    /// # Errors
    /// What is wrong with it, with line and column.
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        // The walk below takes for granted that the text is JSON, and not nested too deep.
        serde_json::from_str::<crate::json::Json>(text)?;
        Ok(Walk { text, at: 0 }.value())
    }

    /// The text of a scalar.
    pub(super) fn scalar(&self) -> Option<&str> {
        if let Value::Scalar(text) = &self.value { Some(text) } else { None }
    }

    /// The members of an object, none for any other value.
    pub(super) fn members(&self) -> &[(Self, Self)] {
        if let Value::Object(members) = &self.value { members } else { &[] }
    }

    /// The member of this name.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(key, _)| key.scalar() == Some(name)).map(|(_, value)| value)
    }

    /// The items of a list; any other value is a list of itself.
    pub(super) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { std::slice::from_ref(self) }
    }
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl Walk<'_> {
    fn value(&mut self) -> Node {
        let start = self.next();
        let value = match self.text.as_bytes().get(start) {
            Some(b'{') => {
                let mut members = Vec::new();
                while self.goes_on(b'}') {
                    let key = self.value();
                    self.next();
                    // The colon.
                    self.at += 1;
                    members.push((key, self.value()));
                }
                Value::Object(members)
            }
            Some(b'[') => {
                let mut items = Vec::new();
                while self.goes_on(b']') {
                    items.push(self.value());
                }
                Value::List(items)
            }
            Some(b'"') => {
                self.at += 1;
                let mut escaped = false;
                let end = |b: u8| {
                    let ends = b == b'"' && !escaped;
                    escaped = b == b'\\' && !escaped;
                    ends
                };
                let rest = self.text.get(self.at..).unwrap_or_default();
                self.at += rest.bytes().position(end).map_or(rest.len(), |length| length + 1);
                let written = self.text.get(start..self.at).unwrap_or_default();
                Value::Scalar(serde_json::from_str(written).unwrap_or_default())
            }
            _ => {
                let rest = self.text.get(start..).unwrap_or_default();
                let ends = |c: char| matches!(c, ',' | '}' | ']') || c.is_ascii_whitespace();
                let scalar = &rest[..rest.find(ends).unwrap_or(rest.len())];
                self.at += scalar.len();
                Value::Scalar(scalar.to_owned())
            }
        };
        Node { span: start..self.at, value }
    }

    /// Skips white space; where that leads.
    fn next(&mut self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        self.at
    }

    /// Steps behind an opening bracket or a comma, or behind `close`, after which nothing goes on.
    fn goes_on(&mut self, close: u8) -> bool {
        let bytes = self.text.as_bytes();
        let opened = matches!(bytes.get(self.next()), Some(b'{' | b'[' | b','));
        if opened {
            self.at += 1;
            // An empty list or object.
            let here = self.next();
            if bytes.get(here) != Some(&close) {
                return true;
            }
        }
        self.at += 1;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_knows_its_place() {
        let text = " {\"a\" : [1, \"b\\\"\\u00e9\", [], {} ], \"c\":{\"d\":true}}\n";
        let tree = Node::parse(text).expect("JSON");
        let list = tree.get("a").expect("a list").items();
        assert_eq!(&text[tree.span.clone()], text.trim());
        assert_eq!(list[1].scalar(), Some("b\"\u{e9}"));
        assert_eq!(&text[list[1].span.clone()], "\"b\\\"\\u00e9\"");
        assert_eq!((list[2].items().len(), list[3].members().len()), (0, 0));
        let flag = tree.get("c").and_then(|c| c.get("d")).expect("d");
        assert_eq!((flag.scalar(), &text[flag.span.clone()]), (Some("true"), "true"));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "{\"a\":}", "[1,]", "nul"] {
            assert!(Node::parse(text).is_err(), "{text}");
        }
    }
}
