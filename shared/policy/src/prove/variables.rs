//! Variables in patterns, as a [`Translator`] reads them: what is known of their values, and the links to
//! keys whose values the search may choose.

use std::rc::Rc;

use super::admit::{Reach, Reader};
use super::atom::Variable;
use super::facts::{Choice, Key, Knowledge};
use super::pattern::{self, Pattern, Token};
use super::sets::Set;
use super::translate::{Bound, Translator, unlisted};
use crate::keys::Type;
use crate::text::Piece;

/// The value of a variable, as far as it is known.
enum Substitute {
    Text(Rc<[String]>),
    /// The key is absent: the variable has no value.
    Nothing,
    /// The key is for the search to choose, so the pattern is a link between two variables. What the
    /// value looks like at most.
    Link(Pattern),
}

/// A pattern that rests on values which the search may choose.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// What the pattern is compared with.
    pub(super) outer: Outer,
    pub(super) pieces: Vec<Piece>,
    /// The keys that the search may choose.
    pub(super) inner: Vec<Rc<Key>>,
}

/// What a pattern is compared with.
#[derive(Clone, Debug)]
pub(super) enum Outer {
    Variable(Variable),
    Known(Rc<[String]>),
}

impl Reader for Translator<'_> {
    fn tokens(&self, pieces: &[Piece], bound: Bound) -> Option<Pattern> {
        let mut tokens = Vec::with_capacity(pattern::length(pieces));
        for piece in pieces {
            match piece {
                Piece::Literal(text) => tokens.extend(text.chars().map(Token::Char)),
                Piece::Star => tokens.push(Token::Star),
                Piece::One => tokens.push(Token::One),
                Piece::Variable { key, default } => match self.substitute(key) {
                    Substitute::Text(text) => {
                        tokens.extend(text.iter().flat_map(|text| text.chars()).map(Token::Char));
                    }
                    Substitute::Nothing => tokens.extend(default.as_deref()?.chars().map(Token::Char)),
                    Substitute::Link(at_most) => {
                        self.note(|| self.why_open(key));
                        if bound == Bound::Lower {
                            return None;
                        }
                        tokens.extend(at_most);
                    }
                },
            }
        }
        Some(tokens)
    }

    fn note(&self, what: impl FnOnce() -> String) {
        self.inexact.borrow_mut().push(what());
    }

    fn is_open(&self, pieces: &[Piece]) -> bool {
        pieces.iter().any(|piece| match piece {
            Piece::Variable { key, .. } => matches!(self.substitute(key), Substitute::Link(_)),
            _ => false,
        })
    }

    fn reach(&self) -> Option<Reach> {
        self.stack.versus.as_ref()?.reach
    }
}

impl Translator<'_> {
    fn substitute(&self, name: &str) -> Substitute {
        let key = self.key(name);
        match key.pinned(&self.view) {
            Some(Choice::Value(value)) => return Substitute::Text([value.clone()].into()),
            Some(Choice::Absent) => {
                return match self.known(&key) {
                    Knowledge::Passed { own: Some(own) } => Substitute::Text(own),
                    _ => Substitute::Nothing,
                };
            }
            Some(Choice::Within(_)) | None => {}
        }
        let any = || Substitute::Link(vec![Token::Star]);
        match self.known(&key) {
            Knowledge::Fixed(Some(values)) => match &*values {
                [] => Substitute::Nothing,
                [_] if !key.facts.multivalued => Substitute::Text(values),
                _ => any(),
            },
            Knowledge::Fixed(None) => Substitute::Nothing,
            Knowledge::Free { may_be_absent: false, base: Some(Set::Text { within: true, texts }) } => {
                match texts.patterns() {
                    [one] => Substitute::Link(one.clone()),
                    _ => any(),
                }
            }
            Knowledge::Free { .. } | Knowledge::Passed { .. } | Knowledge::Unlisted => any(),
        }
    }

    /// Why the value of a variable is not known.
    pub(super) fn why_open(&self, name: &str) -> String {
        let key = self.key(name);
        match self.known(&key) {
            _ if key.facts.multivalued => format!("a variable names `{name}`, a key of several values"),
            Knowledge::Unlisted => unlisted(name),
            _ => format!("a pattern rests on the value of `{name}`: none that was tried leads to a request"),
        }
    }

    /// Notes the patterns that rest on keys which the search may choose.
    pub(super) fn link<'p>(&self, patterns: impl Iterator<Item = &'p Vec<Piece>>, outer: &Outer) {
        for pieces in patterns {
            let variables = pieces.iter().filter_map(|piece| match piece {
                Piece::Variable { key, .. } => Some(self.key(key)),
                _ => None,
            });
            let inner: Vec<Rc<Key>> = variables.filter(|key| self.is_for_choice(key)).collect();
            if !inner.is_empty() {
                self.links.borrow_mut().push(Link { outer: outer.clone(), pieces: pieces.clone(), inner });
            }
        }
    }

    /// Whether a value can be chosen for the key before the search: it is one text.
    fn is_for_choice(&self, key: &Key) -> bool {
        key.pinned(&self.view).is_none()
            && !key.facts.multivalued
            && matches!(key.facts.kind, None | Some(Type::Text | Type::Arn))
            && matches!(self.known(key), Knowledge::Free { .. } | Knowledge::Passed { .. })
    }

    /// Whether some variable of a pattern has no value.
    pub(super) fn is_without_value(&self, pieces: &[Piece]) -> bool {
        pieces.iter().any(|piece| match piece {
            Piece::Variable { key, default: None } => matches!(self.substitute(key), Substitute::Nothing),
            _ => false,
        })
    }

    /// The key of a variable of a pattern that may have no value, as far as is chosen.
    pub(super) fn may_lack_value<'p>(&self, pieces: &'p [Piece]) -> Option<&'p str> {
        let may_lack = |name: &str| {
            let key = self.key(name);
            key.pinned(&self.view).is_none()
                && match self.known(&key) {
                    Knowledge::Free { may_be_absent, .. } => may_be_absent,
                    Knowledge::Passed { own } => own.is_none(),
                    Knowledge::Fixed(values) => values.is_none(),
                    Knowledge::Unlisted => true,
                }
        };
        pieces.iter().find_map(|piece| match piece {
            Piece::Variable { key, default: None } => may_lack(key).then_some(key.as_str()),
            _ => None,
        })
    }
}
