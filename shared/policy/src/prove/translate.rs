//! Statements -> atoms, from above or from below: every unknown counts as what makes the statement
//! match more (`Upper`), or less (`Lower`).

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::admit::{self, Reader};
use super::atom::{Atom, Claim, Clause, Conjunction};
use super::compile::{Admitted, Condition, Resources};
use super::facts::{Key, Knowledge, Scope, View};
use super::pattern::{Pattern, Token};
use super::sets::Set;
use super::stack::{Placed, Stack};
use crate::document::{Comparison, Effect, Quantifier};
use crate::text::Piece;

/// From which side a statement is approximated, where it cannot be told exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// Matches at least what the statement may match.
    Upper,
    /// Matches at most what the statement surely matches.
    Lower,
}

impl Bound {
    pub(super) fn opposite(self) -> Self {
        match self {
            Self::Upper => Self::Lower,
            Self::Lower => Self::Upper,
        }
    }
}

/// Where a statement stands, and so which elements it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a policy of the identity side or of the organization: a resource, and no principals.
    Identity,
    /// In a policy that names principals, which have been seen to; trust policies have no resource.
    Resource,
    /// In a rulebook: a missing resource is any.
    Rulebook,
}

/// What the request's resource can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResourceKind {
    /// The action has no resource types: its resource is `*`, and no other pattern names it.
    WildcardOnly,
    /// An ARN.
    Arn,
    /// One of the two: only to refute.
    Either,
}

/// A part of a statement.
enum Part {
    Is(bool),
    Atom(Atom),
}

/// The value of a variable, as far as it is known.
enum Substitute {
    Text(Rc<[String]>),
    /// The key is absent: the variable has no value.
    Nothing,
    /// The key is for the search to choose, so the pattern is a link between two variables.
    Link,
}

/// A statement as atoms.
#[derive(Debug)]
pub(super) struct Boxed {
    /// What must hold for the statement to match; `None`: it never does.
    pub(super) atoms: Option<Conjunction>,
    /// Of which one must hold for the statement not to match; nothing if it always does.
    pub(super) escapes: Clause,
    /// What could not be told exactly.
    notes: Vec<String>,
}

/// Translates statements for one action on one kind of resource.
pub(super) struct Translator<'a> {
    pub(super) stack: &'a Stack<'a>,
    pub(super) view: View<'a>,
    pub(super) resource: ResourceKind,
    /// From which side the whole question is asked. From above, a key that the reference does not
    /// list is one that the search may choose, the same for every statement; from below, nothing may
    /// rest on it.
    pub(super) side: Bound,
    /// What could not be told exactly.
    pub(super) inexact: RefCell<BTreeSet<String>>,
}

impl Reader for Translator<'_> {
    fn tokens(&self, pieces: &[Piece], bound: Bound) -> Option<Pattern> {
        let mut tokens = Vec::new();
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
                    Substitute::Link => {
                        self.note(|| format!("a pattern rests on the value of `{key}`, which is not known"));
                        if bound == Bound::Lower {
                            return None;
                        }
                        tokens.push(Token::Star);
                    }
                },
            }
        }
        Some(tokens)
    }

    fn note(&self, what: impl FnOnce() -> String) {
        self.inexact.borrow_mut().insert(what());
    }
}

impl<'a> Translator<'a> {
    pub(super) fn new(stack: &'a Stack<'a>, view: View<'a>, resource: ResourceKind, side: Bound) -> Self {
        Self { stack, view, resource, side, inexact: RefCell::default() }
    }

    /// A statement as atoms, made once for all searches that see it alike.
    pub(super) fn statement(&self, placed: &Placed<'_>, bound: Bound) -> Rc<Boxed> {
        let alike = self.is_seen_alike(placed);
        let held = alike.map(|anywhere| placed.held(anywhere, self.resource, bound));
        if let Some(boxed) = held.and_then(|held| held.get())
            && (self.side == Bound::Upper || boxed.notes.is_empty())
        {
            if !boxed.notes.is_empty() {
                self.inexact.borrow_mut().extend(boxed.notes.iter().cloned());
            }
            return Rc::clone(boxed);
        }
        let before = self.inexact.take();
        let atoms = self.translate(placed, bound);
        let mut escapes = Clause::new();
        if placed.statement.effect == Effect::Deny {
            escapes.extend(atoms.iter().flat_map(|atoms| atoms.iter()).map(|atom| [atom.negate()].into()));
            escapes.sort_unstable();
        }
        let notes = self.inexact.replace(before);
        let boxed = Rc::new(Boxed { atoms, escapes, notes: notes.iter().cloned().collect() });
        if let (Some(held), Some(anywhere)) = (held, alike)
            && (self.side == Bound::Upper || boxed.notes.is_empty())
        {
            // What is told exactly is the same from both sides.
            if notes.is_empty() && self.resource != ResourceKind::Either && !placed.statement.rests.on_place {
                let _ = placed.held(anywhere, self.resource, bound.opposite()).set(Rc::clone(&boxed));
            }
            let _ = held.set(Rc::clone(&boxed));
        }
        self.inexact.borrow_mut().extend(notes);
        boxed
    }

    /// Whether other searches see the statement like this one: those that know no action
    /// (`Some(true)`), those that know one (`Some(false)`), or none.
    fn is_seen_alike(&self, placed: &Placed<'_>) -> Option<bool> {
        let anywhere = matches!(self.view.scope, Scope::Any);
        if anywhere && self.view.region.is_none() {
            return Some(true);
        }
        let rests = &placed.statement.rests;
        if rests.on_region || rests.on_place && !anywhere {
            return None;
        }
        let mut keys = rests.on_listed.iter();
        let listed = match self.view.scope {
            Scope::Any => return Some(true),
            Scope::Of(action, resource) => keys.all(|key| action.lists_key(resource, key)),
            Scope::Unknown => keys.len() == 0,
        };
        listed.then_some(false)
    }

    fn translate(&self, placed: &Placed<'_>, bound: Bound) -> Option<Conjunction> {
        let (statement, place) = (placed.statement, placed.place);
        let mut atoms = Vec::with_capacity(statement.conditions.len() + 1);
        let mut holds = |part: &dyn Fn() -> Part| {
            let before = self.inexact.take();
            let part = part();
            let noted = self.inexact.replace(before);
            match part {
                // This alone decides: what could not be told of the rest does not matter.
                Part::Is(false) if noted.is_empty() => self.inexact.borrow_mut().clear(),
                _ => self.inexact.borrow_mut().extend(noted),
            }
            match part {
                Part::Is(holds) => holds,
                Part::Atom(atom) => {
                    atoms.push(atom);
                    true
                }
            }
        };
        // What is known of the principal decides most statements.
        for condition in &statement.conditions {
            if !holds(&|| self.condition(condition, bound)) {
                return None;
            }
        }
        if let Some(resources) = &statement.resource
            && !holds(&|| self.resource(resources, place, bound))
        {
            return None;
        }
        let misplaced = statement.principal.is_some() && place != Place::Resource;
        let incomplete = statement.resource.is_none() && place == Place::Identity;
        if misplaced || incomplete {
            let what =
                if misplaced { "a principal element where none is allowed" } else { "a missing `Resource`" };
            if !holds(&|| self.unknown(bound, || what.to_owned())) {
                return None;
            }
        }
        atoms.sort_unstable();
        atoms.dedup();
        Some(atoms.into())
    }

    fn unknown(&self, bound: Bound, what: impl FnOnce() -> String) -> Part {
        self.note(what);
        Part::Is(bound == Bound::Upper)
    }

    fn key(&self, name: &str) -> Rc<Key> {
        self.stack.key(name)
    }

    /// What is known of a key in this search.
    pub(super) fn known(&self, key: &Key) -> Knowledge {
        key.known(&self.view, self.stack.asker)
    }

    fn substitute(&self, name: &str) -> Substitute {
        let key = self.key(name);
        match self.known(&key) {
            Knowledge::Fixed(Some(values)) => match &*values {
                [] => Substitute::Nothing,
                [_] if !key.facts.multivalued => Substitute::Text(values),
                _ => Substitute::Link,
            },
            Knowledge::Fixed(None) => Substitute::Nothing,
            Knowledge::Free { .. } | Knowledge::Unlisted => Substitute::Link,
        }
    }

    /// What an element without variables admits.
    fn fixed(&self, admitted: &Admitted, bound: Bound) -> Set {
        if !admitted.notes.is_empty() {
            self.inexact.borrow_mut().extend(admitted.notes.iter().cloned());
        }
        if bound == Bound::Upper { admitted.upper.clone() } else { admitted.lower.clone() }
    }

    fn resource(&self, resources: &Resources, place: Place, bound: Bound) -> Part {
        if resources.any {
            return Part::Is(!resources.negated);
        }
        if self.resource == ResourceKind::Either {
            return Part::Is(bound == Bound::Upper);
        }
        if self.resource == ResourceKind::WildcardOnly {
            let buckets = resources.patterns.iter().any(|(text, _)| text == "arn:aws:s3:::*");
            let named = match self.view.scope {
                Scope::Of(action, _) => buckets && action.full_name_lower() == "s3:listallmybuckets",
                // A class of actions may hold that one, and others.
                Scope::Any if buckets => return Part::Is(bound == Bound::Upper),
                Scope::Any | Scope::Unknown => false,
            };
            return Part::Is(named != resources.negated);
        }
        let rulebook = place == Place::Rulebook;
        let set = if resources.variables {
            if let [(text, pieces)] = resources.patterns.as_slice()
                && resources.negated
                && self.is_without_value(pieces)
            {
                return self.unknown(bound, || format!("`NotResource: {text}` has a variable without value"));
            }
            admit::resource(self, resources, rulebook, bound)
        } else {
            let held = if rulebook { &resources.in_rulebook } else { &resources.fixed };
            self.fixed(held.get_or_init(|| Admitted::of_resources(resources, rulebook)), bound)
        };
        match set {
            Set::Empty => Part::Is(false),
            Set::All => Part::Is(true),
            set => Part::Atom(Atom::resource(set)),
        }
    }

    /// Whether some variable of a pattern has no value.
    fn is_without_value(&self, pieces: &[Piece]) -> bool {
        pieces.iter().any(|piece| match piece {
            Piece::Variable { key, default: None } => matches!(self.substitute(key), Substitute::Nothing),
            _ => false,
        })
    }

    fn condition(&self, condition: &Condition, bound: Bound) -> Part {
        let operator = &condition.operator;
        let key = &self.key(&condition.key);
        match operator.comparison {
            Comparison::Unknown => {
                return self.unknown(bound, || format!("operator `{}`", operator.text));
            }
            Comparison::Null => return self.null(condition, key, bound),
            _ => {}
        }
        let negated = operator.comparison.negated();
        let missing = match operator.quantifier {
            _ if operator.if_exists => true,
            Some(Quantifier::AllValues) => true,
            Some(Quantifier::AnyValue) => false,
            None => negated,
        };
        let knowledge = self.known(key);
        if knowledge == Knowledge::Fixed(None) {
            return Part::Is(missing);
        }
        if knowledge == Knowledge::Unlisted {
            self.note(|| unlisted(&key.name));
            if self.side == Bound::Lower {
                return Part::Is(bound == Bound::Upper);
            }
        }
        let set = if condition.variables {
            admit::admitted(self, condition, bound)
        } else {
            self.fixed(condition.fixed.get_or_init(|| Admitted::of_condition(condition)), bound)
        };
        if let Knowledge::Fixed(Some(values)) = knowledge {
            let mut each = values.iter().map(|value| set.contains(value));
            return match operator.quantifier {
                Some(Quantifier::AllValues) => Part::Is(each.all(|t| t)),
                Some(Quantifier::AnyValue) => Part::Is(each.any(|t| t)),
                None => {
                    let each: Vec<bool> = each.collect();
                    match each.split_first() {
                        Some((first, rest)) if rest.iter().all(|t| t == first) => Part::Is(*first),
                        _ => self.unknown(bound, || {
                            format!("`{}` on the many values of `{}`", operator.text, key.name)
                        }),
                    }
                }
            };
        }
        let many = condition.facts.multivalued || (!condition.facts.certain && operator.quantifier.is_some());
        let claim = match (many, operator.quantifier) {
            (false, Some(Quantifier::AllValues)) => Claim::Value { absent: true, set },
            (false, Some(Quantifier::AnyValue)) => Claim::Value { absent: operator.if_exists, set },
            (false, None) => Claim::Value { absent: missing, set },
            (true, Some(Quantifier::AllValues)) => Claim::Every(set),
            (true, Some(Quantifier::AnyValue)) if operator.if_exists => Claim::SomeIfPresent(set),
            (true, Some(Quantifier::AnyValue)) => Claim::Some(set),
            (true, None) => {
                // Contested whether one or all must match: at most one does, at least all do.
                self.note(|| format!("`{}` on `{}`, which can have many values", operator.text, key.name));
                match (bound, missing) {
                    (Bound::Upper, true) => Claim::SomeIfPresent(set),
                    (Bound::Upper, false) => Claim::Some(set),
                    (Bound::Lower, true) => Claim::Every(set),
                    (Bound::Lower, false) => Claim::EveryAndPresent(set),
                }
            }
        };
        Part::Atom(Atom::key(key, claim))
    }

    fn null(&self, condition: &Condition, key: &Rc<Key>, bound: Bound) -> Part {
        if condition.operator.quantifier.is_some() {
            return self.unknown(bound, || format!("operator `{}`", condition.operator.text));
        }
        let wants = |wanted: &str| condition.values.iter().any(|(v, _)| v.eq_ignore_ascii_case(wanted));
        let (absent, present) = (wants("true"), wants("false"));
        if condition
            .values
            .iter()
            .any(|(v, _)| !v.eq_ignore_ascii_case("true") && !v.eq_ignore_ascii_case("false"))
        {
            return self.unknown(bound, || format!("a value of `Null` on `{}`", key.name));
        }
        match (absent, present) {
            (true, true) => return Part::Is(true),
            (false, false) => return Part::Is(false),
            _ => {}
        }
        match self.known(key) {
            Knowledge::Fixed(None) => Part::Is(absent),
            Knowledge::Fixed(Some(values)) if values.is_empty() => {
                self.unknown(bound, || format!("`Null` on `{}`, which is there but empty", key.name))
            }
            Knowledge::Fixed(Some(_)) => Part::Is(present),
            Knowledge::Unlisted if self.side == Bound::Lower => self.unknown(bound, || unlisted(&key.name)),
            Knowledge::Free { .. } | Knowledge::Unlisted if condition.facts.multivalued => {
                self.note_unlisted(key);
                Part::Atom(Atom::key(key, Claim::Present(present)))
            }
            Knowledge::Free { .. } | Knowledge::Unlisted => {
                self.note_unlisted(key);
                let set = if present { Set::All } else { Set::Empty };
                Part::Atom(Atom::key(key, Claim::Value { absent, set }))
            }
        }
    }

    fn note_unlisted(&self, key: &Key) {
        if self.known(key) == Knowledge::Unlisted {
            self.note(|| unlisted(&key.name));
        }
    }
}

fn unlisted(key: &str) -> String {
    format!("whether `{key}` is in the request")
}
