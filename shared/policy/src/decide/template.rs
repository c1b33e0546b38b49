//! A pattern with variables: what it matches depends on the request's context.
//!
//! IAM User Guide, "IAM policy elements: Variables and tags".

use std::borrow::Cow;

use super::glob::{Glob, SEGMENTS, Step};
use crate::context::{Context, KeyName};
use crate::keys;
use crate::text::Piece;

/// A pattern with variables.
pub(super) struct Template {
    parts: Vec<Part>,
    /// Whether values are taken in lower case.
    fold: bool,
}

enum Part {
    Literal(Box<str>),
    Star,
    One,
    Variable {
        key: KeyName,
        default: Option<Box<str>>,
        /// Whether the key may have several values, and so cannot be a variable.
        multivalued: bool,
    },
}

/// Why a template has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfilled {
    /// A variable has no value.
    NoValue,
    /// A variable names a key of several values.
    Several,
}

/// What the start of a text says of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// The text does not begin so: it does not match.
    Differs,
    /// It begins so; the rest is still to be matched.
    Agrees,
    /// It begins so, past an ARN's fifth colon, and the rest may be anything.
    Matches,
}

impl Template {
    /// Reads pieces. With `fold`, their literals are in lower case already.
    pub(super) fn new(pieces: &[Piece], fold: bool) -> Self {
        let parts = pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => Part::Literal(text.as_str().into()),
            Piece::Star => Part::Star,
            Piece::One => Part::One,
            Piece::Variable { key, default } => Part::Variable {
                key: KeyName::new(key),
                default: default.as_deref().map(Into::into),
                multivalued: keys::facts(key).multivalued,
            },
        });
        Self { parts: parts.collect(), fold }
    }

    /// Whether every variable has a value.
    pub(super) fn check(&self, context: &Context) -> Result<(), Unfilled> {
        self.parts.iter().try_for_each(|part| self.literal(part, context).map(drop))
    }

    /// The pattern that it is for this context.
    pub(super) fn fill(&self, context: &Context) -> Result<Glob, Unfilled> {
        let mut steps = Vec::new();
        for part in &self.parts {
            match (self.literal(part, context)?, part) {
                // The value's own wildcards are literal.
                (Some(text), _) => steps.extend(text.bytes().map(Step::Byte)),
                (None, Part::One) => steps.push(Step::One),
                (None, _) => steps.push(Step::Star),
            }
        }
        Ok(Glob::of(&steps))
    }

    /// What the start of a text, up to the first wildcard, says; spares most texts the filling.
    pub(super) fn start(&self, context: &Context, text: &str) -> Result<Start, Unfilled> {
        let (mut rest, mut wildcards) = (Some(text), 0);
        for part in &self.parts {
            match self.literal(part, context)? {
                Some(literal) if wildcards == 0 => rest = rest.and_then(|rest| rest.strip_prefix(&*literal)),
                Some(_) => {}
                None => wildcards += 1,
            }
        }
        let Some(rest) = rest else { return Ok(Start::Differs) };
        let start = &text[..text.len() - rest.len()];
        Ok(match (wildcards, self.parts.last()) {
            (0, _) if !rest.is_empty() => Start::Differs,
            (1, Some(Part::Star)) if start.matches(':').count() >= SEGMENTS - 1 => Start::Matches,
            _ => Start::Agrees,
        })
    }

    /// The text of a part; `None`: it is a wildcard.
    fn literal<'a>(&'a self, part: &'a Part, context: &'a Context) -> Result<Option<Cow<'a, str>>, Unfilled> {
        let (key, default, multivalued) = match part {
            Part::Literal(text) => return Ok(Some(Cow::Borrowed(text))),
            Part::Star | Part::One => return Ok(None),
            Part::Variable { key, default, multivalued } => (key, default.as_deref(), *multivalued),
        };
        let value = match context.find(key) {
            None => default,
            Some(entry) if entry.count() == 0 => default,
            Some(entry) => match entry.single() {
                Some(one) if !entry.contested() && !multivalued => Some(one),
                _ => return Err(Unfilled::Several),
            },
        };
        let value = value.ok_or(Unfilled::NoValue)?;
        Ok(Some(if self.fold { Cow::Owned(value.to_lowercase()) } else { Cow::Borrowed(value) }))
    }
}
