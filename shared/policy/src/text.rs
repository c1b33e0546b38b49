//! Patterns and variables as policies write them, parsed: literals, wildcards, `${...}`.
//! Matching is left to those who ask: [`mod@crate::decide`] and [`mod@crate::prove`] each have
//! their own, so that one can check the other.

use crate::document::Version;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Text that stands for itself.
    Literal(String),
    /// `*`: any characters, also none.
    Star,
    /// `?`: one character.
    One,
    /// `${key}` or `${key, 'default'}`.
    Variable {
        /// The context key, in lower case.
        key: String,
        /// What it stands for where the key has no value.
        default: Option<String>,
    },
}

/// What counts as special in a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Whether `*` and `?` are wildcards.
    pub wildcards: bool,
    /// Whether `${...}` is a variable: only in documents of version 2012-10-17 (IAM User Guide,
    /// "IAM policy elements: Variables and tags").
    pub variables: bool,
}

impl Reading {
    /// Wildcards as told, variables as the version has it.
    pub fn new(wildcards: bool, version: Version) -> Self {
        Self { wildcards, variables: version == Version::V2012 }
    }
}

/// Reads a pattern. `${*}`, `${?}` and `${$}` are the characters themselves.
pub fn pieces(text: &str, reading: Reading) -> Vec<Piece> {
    // Most are plain text.
    let special = |c: char| reading.wildcards && matches!(c, '*' | '?') || reading.variables && c == '$';
    let Some(plain) = text.find(special) else {
        return if text.is_empty() { Vec::new() } else { vec![Piece::Literal(text.to_owned())] };
    };
    let mut pieces = Vec::new();
    let mut literal = text[..plain].to_owned();
    let mut rest = &text[plain..];
    while let Some(c) = rest.chars().next() {
        let special = match c {
            '*' if reading.wildcards => Some((Piece::Star, 1)),
            '?' if reading.wildcards => Some((Piece::One, 1)),
            '$' if reading.variables => match variable(rest) {
                Some((Variable::Character(c), length)) => {
                    literal.push(c);
                    rest = &rest[length..];
                    continue;
                }
                Some((Variable::Key { key, default }, length)) => {
                    Some((Piece::Variable { key, default }, length))
                }
                None => None,
            },
            _ => None,
        };
        match special {
            Some((piece, length)) => {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                // `**` is `*`.
                if piece != Piece::Star || pieces.last() != Some(&Piece::Star) {
                    pieces.push(piece);
                }
                rest = &rest[length..];
            }
            None => {
                literal.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

/// Reads a `Resource` pattern: variables count only behind the fifth colon.
pub fn resource_pieces(text: &str, version: Version) -> Vec<Piece> {
    let mut colons = text.match_indices(':').map(|(at, _)| at + 1);
    let Some(start) = colons.nth(4) else {
        return pieces(text, Reading { wildcards: true, variables: false });
    };
    let (head, tail) = text.split_at(start);
    let mut all = pieces(head, Reading { wildcards: true, variables: false });
    let tail = pieces(tail, Reading::new(true, version));
    let mut tail = tail.into_iter();
    // Adjacent literals become one again, so that equal patterns have equal pieces.
    match (all.last_mut(), tail.next()) {
        (Some(Piece::Literal(head)), Some(Piece::Literal(first))) => head.push_str(&first),
        (_, Some(first)) => all.push(first),
        (_, None) => {}
    }
    all.extend(tail);
    all
}

enum Variable {
    Character(char),
    Key { key: String, default: Option<String> },
}

/// A variable at the start of `text`, and its length. Anything malformed is text.
fn variable(text: &str) -> Option<(Variable, usize)> {
    let body = text.strip_prefix("${")?;
    let end = body.find('}')?;
    let inside = &body[..end];
    let length = end + 3;
    if let "*" | "?" | "$" = inside {
        return Some((Variable::Character(inside.chars().next()?), length));
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key, Some(quoted.to_owned()))
        }
    };
    let key = key.trim();
    if key.is_empty() {
        return None;
    }
    Some((Variable::Key { key: key.to_ascii_lowercase(), default }, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    fn var(key: &str, default: Option<&str>) -> Piece {
        Piece::Variable { key: key.to_owned(), default: default.map(str::to_owned) }
    }

    #[test]
    fn variables_need_version_2012() {
        let old = pieces("a${aws:username}", Reading::new(true, Version::V2008));
        assert_eq!(old, [literal("a${aws:username}")]);
        let new = pieces("a${aws:userName}", Reading::new(true, Version::V2012));
        assert_eq!(new, [literal("a"), var("aws:username", None)]);
    }

    #[test]
    fn escapes_are_literal_and_defaults_are_kept() {
        let read = pieces("${*}x${a:b, 'c*'}*", Reading::new(true, Version::V2012));
        assert_eq!(read, [literal("*x"), var("a:b", Some("c*")), Piece::Star]);
    }

    #[test]
    fn resources_have_variables_only_behind_the_fifth_colon() {
        let read = resource_pieces("arn:aws:s3::${a:b}:x/${a:b}", Version::V2012);
        assert_eq!(read, [literal("arn:aws:s3::${a:b}:x/"), var("a:b", None)]);
    }
}
