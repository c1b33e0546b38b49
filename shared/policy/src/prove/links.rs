//! Patterns that rest on the value of a key which the request may choose: `${aws:RequestTag/team}`
//! compared with a resource's tag, or within a resource's name.
//!
//! Such a key is given one value after the other before everything else is searched, which makes
//! every pattern plain. Where patterns are the key's value alone, values that all sets of the question
//! treat alike are interchangeable: to swap two of them in every key changes no answer. So one of each
//! kind is enough, and where none leads to a request, there is none. Where the value is a part of a
//! pattern, the same values are tried, the constants of the question, and those that would make the
//! pattern match; if no other value is left, there is none either.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::Witness;
use super::admit::Reader;
use super::atom::Variable;
use super::budget::{Budget, Exhausted};
use super::class::Class;
use super::clauses::Solved;
use super::compile::{Condition, Statement};
use super::facts::{Choice, Key, Knowledge, Pin, View};
use super::pattern;
use super::pattern::literal;
use super::placed::Placed;
use super::question::{Attempt, Search};
use super::session::key_of_call;
use super::sets::{self, Set};
use super::solve::Outcome;
use super::target::Target;
use super::translate::{Bound, ResourceKind, Translator};
use super::values::Value;
use super::variables::{Link, Outer};
use crate::document::Comparison;
use crate::text::Piece;

/// How many values of one key are tried.
const MOST_VALUES: usize = 64;

/// How many choices one search may try in all.
const MOST_TRIED: usize = 400;

/// How many steps it may take to see what a variable stands for in a text.
const MOST_STEPS: u64 = 10_000;

/// What came of one search.
pub(super) enum Settled {
    Witness(Box<Witness>),
    Refuted,
    /// Neither, for these reasons.
    Open(BTreeSet<String>),
}

/// The sets that tell values of a key apart.
struct Kinds {
    sets: Vec<Set>,
    /// Whether no other sets could.
    complete: bool,
}

impl<'s> Search<'s> {
    /// Decides an attempt that rests on links, as far as trying values can; `reasons` are why the
    /// attempt as a whole could not be decided.
    pub(super) fn linked(
        &self,
        class: &Class<'s>,
        attempt: Attempt<'_>,
        solved: &Solved,
        reasons: BTreeSet<String>,
        tried: &mut usize,
        budget: &mut Budget,
    ) -> Result<Settled, Exhausted> {
        let inner = solved.links.iter().flat_map(|link| &link.inner);
        let Some(key) = inner.min_by(|a, b| a.name.cmp(&b.name)) else { return Ok(Settled::Open(reasons)) };
        let pinned = |choice: Choice| -> Vec<Pin> { [attempt.pins, &[(Rc::clone(key), choice)]].concat() };
        let (values, mut complete) = self.values(class, attempt, key, solved, budget)?;
        let mut open = BTreeSet::new();
        for value in &values {
            *tried += 1;
            if *tried > MOST_TRIED {
                return Ok(Settled::Open(reasons));
            }
            let pins = pinned(value.clone());
            match self.settle(class, Attempt { pins: &pins, ..attempt }, tried, budget)? {
                Settled::Refuted => {}
                Settled::Open(more) => open.extend(more),
                found => return Ok(found),
            }
        }
        if !complete {
            // Perhaps no other value can be.
            let texts = values.iter().filter_map(|value| match value {
                Choice::Value(text) => Some(literal(text)),
                _ => None,
            });
            let pins = pinned(Choice::Within(Set::text(texts.collect()).complement()));
            let others = self.solve(class, Attempt { pins: &pins, ..attempt }, Bound::Upper, budget)?;
            complete = matches!(others.outcome, Outcome::None);
        }
        Ok(match (complete, open.is_empty()) {
            (true, true) => Settled::Refuted,
            (true, false) => Settled::Open(open),
            (false, _) => Settled::Open(reasons.into_iter().chain(open).collect()),
        })
    }

    /// Values to try for a key, absence first, and whether no other could do what these do not.
    fn values(
        &self,
        class: &Class<'s>,
        attempt: Attempt<'_>,
        key: &Rc<Key>,
        solved: &Solved,
        budget: &mut Budget,
    ) -> Result<(Vec<Choice>, bool), Exhausted> {
        let (may_be_absent, base) = match key.known(&self.view(attempt), self.stack.asker) {
            Knowledge::Free { may_be_absent, base } => (may_be_absent, base),
            Knowledge::Fixed(_) | Knowledge::Passed { .. } | Knowledge::Unlisted => (true, None),
        };
        let Kinds { sets, mut complete } = self.kinds(class, attempt, key, budget)?;
        let mut found: Vec<String> = Vec::new();
        for link in solved.links.iter().filter(|link| link.inner.iter().any(|inner| Rc::ptr_eq(inner, key))) {
            found.extend(self.captured(link, key, attempt, solved, budget)?);
        }
        let plain = |set: &Set| match set {
            Set::Text { texts, .. } => texts.plain().unwrap_or_default().to_vec(),
            _ => Vec::new(),
        };
        let within: Vec<Set> = base.into_iter().collect();
        complete &= members(&within, &sets, &mut found, budget)?;
        found.extend(within.iter().chain(&sets).flat_map(|set| plain(set).into_iter().take(MOST_VALUES)));
        let mut seen = BTreeSet::new();
        found.retain(|text| within.iter().all(|set| set.contains(text)) && seen.insert(text.clone()));
        complete &= found.len() <= MOST_VALUES;
        found.truncate(MOST_VALUES);
        let absent = may_be_absent.then_some(Choice::Absent);
        Ok((absent.into_iter().chain(found.into_iter().map(Choice::Value)).collect(), complete))
    }

    /// The sets that tell values of a key, and of the keys that patterns tie to it, apart.
    fn kinds(
        &self,
        class: &Class<'s>,
        attempt: Attempt<'_>,
        key: &Rc<Key>,
        budget: &mut Budget,
    ) -> Result<Kinds, Exhausted> {
        let placed = self.statements_of(class, attempt);
        budget.spend(placed.iter().map(|placed| placed.weight()).sum())?;
        let view = self.view(attempt);
        // Which kind of resource it is tells nothing of keys.
        let translator = Translator::new(self.stack, view, ResourceKind::Arn, Bound::Upper);
        let statements: Vec<&Statement> = placed.iter().map(|placed| placed.statement).collect();
        let tied = self.tied(&statements, key, &view);
        let is_tied = |name: &str| {
            let same = self.stack.resource_tag(name, view.scope);
            let name = same.as_deref().unwrap_or(name);
            tied.iter().any(|own| **own == *name)
        };
        let mut sets = Vec::new();
        let mut complete = true;
        for placed in placed {
            let statement = placed.statement;
            // Within the name of a resource, a value is a part of a pattern.
            let patterns = statement.resource.iter().flat_map(|resources| &resources.patterns);
            complete &= !patterns.flat_map(|(_, pieces)| inner(pieces)).any(is_tied);
            translator.reading(placed, || {
                for name in statement.keys.iter().filter(|name| is_tied(name)) {
                    sets.extend(self.constants(&translator.key(name), &view));
                }
                for condition in &statement.conditions {
                    let rests = condition.values.iter().flat_map(|(_, pieces)| inner(pieces)).any(is_tied);
                    if !rests && !is_tied(&condition.key) {
                        continue;
                    }
                    if !condition.variables {
                        let fixed = condition.fixed();
                        sets.extend([fixed.upper.clone(), fixed.lower.clone()]);
                        continue;
                    }
                    complete &= linked_sets(&translator, condition, &mut sets);
                    sets.extend(self.constants(&translator.key(&condition.key), &view));
                }
            });
        }
        let passed = attempt.admission.iter().flat_map(|admission| admission.statements());
        for condition in passed.flat_map(|statement| &statement.conditions) {
            if key_of_call(&condition.key).is_some_and(|name| is_tied(&name)) && !condition.variables {
                let fixed = condition.fixed();
                sets.extend([fixed.upper.clone(), fixed.lower.clone()]);
            }
        }
        if is_tied("aws:tagkeys") {
            let names = statements.iter().flat_map(|statement| statement.keys.iter());
            let tags = names.filter_map(|name| name.strip_prefix("aws:requesttag/"));
            sets.extend(tags.map(|tag| Set::text(vec![pattern::ignoring_case(tag)])));
        }
        // A set and its complement tell the same apart.
        let mut distinct = BTreeSet::new();
        for set in sets {
            let set = if matches!(set, Set::Text { within: false, .. }) { set.complement() } else { set };
            match set {
                Set::All | Set::Empty => {}
                Set::Text { .. } => {
                    distinct.insert(set);
                }
                _ => complete = false,
            }
        }
        Ok(Kinds { sets: distinct.into_iter().collect(), complete })
    }

    /// Every statement that an attempt looks at.
    fn statements_of<'v>(&self, class: &'v Class<'s>, attempt: Attempt<'v>) -> Vec<&'v Placed<'v>>
    where
        's: 'v,
    {
        let own = attempt.target.into_iter().flat_map(Target::statements);
        let of_class = class.statements().map(|placed| -> &'v Placed<'v> { placed });
        of_class.chain(own).collect()
    }

    /// The names of the keys that patterns tie to a key, and its own.
    fn tied(&self, statements: &[&Statement], key: &Key, view: &View<'_>) -> Vec<Arc<str>> {
        let mut tied: Vec<Arc<str>> = vec![Arc::from(&*key.name)];
        let is_free = |name: &Arc<str>| {
            !matches!(self.stack.key(name).known(view, self.stack.asker), Knowledge::Fixed(_))
        };
        let conditions = || statements.iter().flat_map(|statement| &statement.conditions);
        let mut groups: Vec<Vec<Arc<str>>> = Vec::new();
        for condition in conditions().filter(|condition| condition.variables) {
            let inner = condition.values.iter().flat_map(|(_, pieces)| inner(pieces));
            let same = |name: &str| {
                self.stack.resource_tag(name, view.scope).map_or_else(|| Arc::from(name), Arc::from)
            };
            groups.push(inner.chain([&*condition.key]).map(same).filter(is_free).collect());
        }
        loop {
            let before = tied.len();
            for group in &groups {
                if group.iter().any(|name| tied.contains(name)) {
                    tied.extend(
                        group.iter().filter(|name| !tied.contains(name)).cloned().collect::<BTreeSet<_>>(),
                    );
                }
            }
            if tied.len() == before {
                return tied;
            }
        }
    }

    /// The values that a key has, or was given, and what it must be in any case, as sets.
    fn constants(&self, key: &Key, view: &View<'_>) -> Vec<Set> {
        let one = |text: &str| Set::text(vec![literal(text)]);
        match (key.pinned(view), key.known(view, self.stack.asker)) {
            (Some(Choice::Value(value)), _) => vec![one(value)],
            (_, Knowledge::Fixed(Some(values)) | Knowledge::Passed { own: Some(values) }) => {
                values.iter().map(|value| one(value)).collect()
            }
            (_, Knowledge::Free { base, .. }) => base.into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// What a key would have to be for a pattern to match what it is compared with.
    fn captured(
        &self,
        link: &Link,
        key: &Key,
        attempt: Attempt<'_>,
        solved: &Solved,
        budget: &mut Budget,
    ) -> Result<Vec<String>, Exhausted> {
        let chosen = |variable: &Variable| match &solved.outcome {
            Outcome::Found(assignment) => assignment.get(variable).cloned(),
            _ => None,
        };
        let texts: Vec<String> = match &link.outer {
            Outer::Known(texts) => texts.to_vec(),
            Outer::Variable(Variable::Resource) if attempt.target.is_some() => {
                attempt.target.iter().map(|target| target.arn.to_owned()).collect()
            }
            Outer::Variable(variable) => match chosen(variable) {
                Some(Value::One(one)) => vec![one.into_owned()],
                Some(Value::Many(many)) => many.into_iter().map(std::borrow::Cow::into_owned).collect(),
                Some(Value::Absent) | None => Vec::new(),
            },
        };
        let mut found = Vec::new();
        for text in &texts {
            let mut steps = 0;
            let capture = Capture { key: &key.name };
            found.extend(capture.of(&link.pieces, text, None, &mut steps).flatten());
            budget.spend(steps)?;
        }
        Ok(found)
    }
}

/// The keys of a pattern's variables, in lower case.
fn inner(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Variable { key, .. } => Some(key.as_str()),
        _ => None,
    })
}

/// The sets that a condition with variables rests on besides the values of free keys; `false`: it does
/// more than to compare those as they are.
fn linked_sets(translator: &Translator<'_>, condition: &Condition, sets: &mut Vec<Set>) -> bool {
    let mut equal = matches!(condition.operator.comparison, Comparison::Text { ignore_case: false, .. });
    for (_, pieces) in &condition.values {
        match pieces.as_slice() {
            // Nothing in it is free: what it stands for is a text like any other.
            pieces if !translator.is_open(pieces) => {
                sets.extend(translator.tokens(pieces, Bound::Upper).map(|tokens| Set::text(vec![tokens])));
            }
            [Piece::Variable { default, .. }] => {
                sets.extend(default.iter().map(|text| Set::text(vec![literal(text)])));
            }
            _ => equal = false,
        }
    }
    equal
}

/// One text of each kind that the sets tell apart; `false`: there are too many, or they cannot be told.
fn members(
    within: &[Set],
    sets: &[Set],
    found: &mut Vec<String>,
    budget: &mut Budget,
) -> Result<bool, Exhausted> {
    let text = match sets::member(&within.iter().collect::<Vec<_>>(), None, None, false, budget)? {
        Ok(Some(text)) => text,
        Ok(None) => return Ok(true),
        Err(sets::Mixed) => return Ok(false),
    };
    let Some((first, rest)) = sets.split_first() else {
        if found.len() >= MOST_VALUES {
            return Ok(false);
        }
        found.push(text.into_owned());
        return Ok(true);
    };
    for set in [first.clone(), first.complement()] {
        let within: Vec<Set> = within.iter().cloned().chain([set]).collect();
        if !members(&within, rest, found, budget)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads what a variable stands for off a text that its pattern matches.
struct Capture<'a> {
    key: &'a str,
}

impl Capture<'_> {
    /// `None`: the pattern does not match. `Some(None)`: it does, without the variable.
    fn of(
        &self,
        pieces: &[Piece],
        text: &str,
        held: Option<&str>,
        steps: &mut u64,
    ) -> Option<Option<String>> {
        *steps += 1;
        if *steps > MOST_STEPS {
            return None;
        }
        let Some((piece, rest)) = pieces.split_first() else {
            return text.is_empty().then(|| held.map(str::to_owned));
        };
        match piece {
            Piece::Literal(own) => self.of(rest, text.strip_prefix(own.as_str())?, held, steps),
            Piece::One => {
                let mut characters = text.chars();
                characters.next()?;
                self.of(rest, characters.as_str(), held, steps)
            }
            Piece::Variable { key, .. } if key == self.key && held.is_some() => {
                self.of(rest, text.strip_prefix(held?)?, held, steps)
            }
            Piece::Star | Piece::Variable { .. } => {
                let is_own = matches!(piece, Piece::Variable { key, .. } if key == self.key);
                let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
                // The shortest, as a name between separators is.
                ends.skip(usize::from(is_own)).find_map(|end| {
                    let held = if is_own { Some(&text[..end]) } else { held };
                    self.of(rest, &text[end..], held, steps)
                })
            }
        }
    }
}
