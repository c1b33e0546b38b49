//! Statements -> atoms, from above or from below: every unknown counts as what makes the statement
//! match more (`Upper`), or less (`Lower`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::admit::{self, Reader};
use super::atom::{Atom, Claim, Clause, Conjunction, Variable, any_of};
use super::compile::{Admitted, Condition, Resources};
use super::facts::{Key, Knowledge, Scope, View};
use super::placed::Placed;
use super::session::key_of_call;
use super::sets::Set;
use super::stack::Stack;
use super::variables::{Link, Outer};
use crate::catalogue::{ActionId, ResourceTypeId};
use crate::document::{Comparison, Effect, Quantifier};

/// From which side a statement is approximated, where it cannot be told exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
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
    /// As `Resource`, in a layer of its own: which statements name the caller has been seen to.
    Named,
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
pub(super) enum Part {
    Is(bool),
    Atom(Atom),
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
    links: Vec<Link>,
}

/// How many keys a [`Translator`] remembers of which it asked the reference.
const MOST_LISTED: usize = 16;

/// Translates statements for one action on one kind of resource.
pub(super) struct Translator<'a> {
    pub(super) stack: &'a Stack<'a>,
    pub(super) view: View<'a>,
    pub(super) resource: ResourceKind,
    /// From which side the whole question is asked. From above, a key that the reference does not
    /// list is one that the search may choose, the same for every statement; from below, nothing may
    /// rest on it.
    pub(super) side: Bound,
    /// What could not be told exactly; the same may be here several times.
    pub(super) inexact: RefCell<Vec<String>>,
    pub(super) links: RefCell<Vec<Link>>,
    /// Whether the statement that is read is about the other side's caller.
    rival: Cell<bool>,
    /// Which keys the reference lists for the action: many statements mention the same.
    listed: RefCell<Vec<(Arc<str>, bool)>>,
}

impl<'a> Translator<'a> {
    pub(super) fn new(stack: &'a Stack<'a>, view: View<'a>, resource: ResourceKind, side: Bound) -> Self {
        let (inexact, links) = (RefCell::default(), RefCell::default());
        let (rival, listed) = (Cell::new(false), RefCell::default());
        Self { stack, view, resource, side, inexact, links, rival, listed }
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
                self.links.borrow_mut().extend(boxed.links.iter().cloned());
            }
            return Rc::clone(boxed);
        }
        let (before, links_before) = (self.inexact.take(), self.links.take());
        let atoms = self.reading(placed, || self.translate(placed, bound));
        let refuses = placed.refuses || placed.statement.effect == Effect::Deny;
        let breakable = atoms.iter().filter(|_| refuses).flat_map(|atoms| atoms.iter());
        let escapes = any_of(breakable.map(|atom| [atom.negate()].into()).collect());
        let notes = self.inexact.replace(before);
        let links = self.links.replace(links_before);
        self.links.borrow_mut().extend(links.iter().cloned());
        let boxed = Rc::new(Boxed { atoms, escapes, notes: notes.clone(), links });
        if let (Some(held), Some(anywhere)) = (held, alike)
            && (self.side == Bound::Upper || boxed.notes.is_empty())
        {
            // What is told exactly is the same from both sides.
            if notes.is_empty() && self.resource != ResourceKind::Either && !placed.statement.rests.on_place {
                let _ = placed.held(anywhere, self.resource, bound.opposite()).set(Rc::clone(&boxed));
            }
            let _ = held.set(Rc::clone(&boxed));
        }
        if !notes.is_empty() {
            self.inexact.borrow_mut().extend(notes);
        }
        boxed
    }

    /// Reads something of a statement, with the keys of the caller that it is about.
    pub(super) fn reading<T>(&self, placed: &Placed<'_>, read: impl FnOnce() -> T) -> T {
        self.rival.set(placed.rival);
        let read = read();
        self.rival.set(false);
        read
    }

    /// Whether other searches see the statement like this one: those that know no action
    /// (`Some(true)`), those that know one (`Some(false)`), or none.
    fn is_seen_alike(&self, placed: &Placed<'_>) -> Option<bool> {
        let pinned = |key: &str| {
            let same = self.stack.resource_tag(key, self.view.scope);
            let key = same.as_deref().unwrap_or(key);
            self.view.pins.iter().any(|(pin, _)| *pin.name == *key)
        };
        if !self.view.pins.is_empty() && placed.statement.keys.iter().any(|key| pinned(key)) {
            return None;
        }
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
            Scope::Of(action, resource) => keys.all(|key| self.lists(action, resource, key)),
            Scope::Unknown => keys.len() == 0,
        };
        listed.then_some(false)
    }

    /// Whether the reference lists a key for what is asked about.
    fn lists(&self, action: ActionId, resource: Option<ResourceTypeId>, key: &Arc<str>) -> bool {
        let mut listed = self.listed.borrow_mut();
        if let Some((_, lists)) = listed.iter().find(|(own, _)| own == key) {
            return *lists;
        }
        let lists = action.lists_key(resource, key);
        if listed.len() < MOST_LISTED {
            listed.push((Arc::clone(key), lists));
        }
        lists
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
                _ if noted.is_empty() => {}
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
        let misplaced = statement.principal.is_some() && !matches!(place, Place::Resource | Place::Named);
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

    pub(super) fn key(&self, name: &str) -> Rc<Key> {
        let same = self.stack.resource_tag(name, self.view.scope);
        let own = self.stack.key(same.as_deref().unwrap_or(name));
        let versus = self.stack.versus.as_ref().filter(|_| self.rival.get());
        versus.and_then(|versus| versus.rivals_own(&own)).unwrap_or(own)
    }

    /// What is known of a key in this search.
    pub(super) fn known(&self, key: &Key) -> Knowledge {
        match key.known(&self.view, self.stack.asker) {
            // Where two sides are compared, a request without the key is a real one.
            Knowledge::Unlisted if self.side == Bound::Lower && self.may_lack(key) => Knowledge::Fixed(None),
            knowledge => knowledge,
        }
    }

    fn may_lack(&self, key: &Key) -> bool {
        self.stack.versus.is_some() && key.is_of_service()
    }

    /// Whether the key's value is the other caller's, and its choice: it is none of this request's.
    fn is_rivals_choice(&self, key: &Key, knowledge: &Knowledge) -> bool {
        self.rival.get()
            && !matches!(knowledge, Knowledge::Fixed(_))
            && !std::ptr::eq(&*self.stack.key(&key.name), key)
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
            let patterns = resources.patterns.iter().map(|(_, pieces)| pieces);
            self.link(patterns, &Outer::Variable(Variable::Resource));
            // Nor does it surely match where the search may choose that there is no value.
            if let [(_, pieces)] = resources.patterns.as_slice()
                && resources.negated
                && bound == Bound::Lower
                && let Some(key) = self.may_lack_value(pieces)
            {
                self.note(|| self.why_open(key));
                return Part::Is(false);
            }
            admit::resource(self, resources, rulebook, bound)
        } else {
            let held = if rulebook { &resources.in_rulebook } else { &resources.fixed };
            let held = held.get_or_init(|| Admitted::of_resources(resources, rulebook));
            match self.reach() {
                Some(_) if !held.notes.is_empty() => admit::resource(self, resources, rulebook, bound),
                _ => self.fixed(held, bound),
            }
        };
        match set {
            Set::Empty => Part::Is(false),
            Set::All => Part::Is(true),
            set => Part::Atom(Atom::resource(set)),
        }
    }

    fn condition(&self, condition: &Condition, bound: Bound) -> Part {
        let key = &self.key(&condition.key);
        match self.known(key) {
            // Without a session tag, it is the principal's own.
            Knowledge::Passed { own } => {
                let own = self.on(condition, key, Knowledge::Fixed(own), bound);
                let free = Knowledge::Free { may_be_absent: true, base: None };
                match (own, self.on(condition, key, free, bound)) {
                    (Part::Is(absent), Part::Atom(Atom { variable, claim: Claim::Value { set, .. } })) => {
                        Part::Atom(Atom { variable, claim: Claim::Value { absent, set } })
                    }
                    (_, passed) => passed,
                }
            }
            knowledge => self.on(condition, key, knowledge, bound),
        }
    }

    /// A condition of a trust policy on the tags that the call passes.
    pub(super) fn of_call(&self, condition: &Condition, bound: Bound) -> Part {
        let key = &self.key(&key_of_call(&condition.key).unwrap_or_default());
        let knowledge = match self.known(key) {
            // A tag that nobody can pass.
            Knowledge::Fixed(_) | Knowledge::Unlisted => Knowledge::Fixed(None),
            Knowledge::Free { .. } | Knowledge::Passed { .. } => {
                Knowledge::Free { may_be_absent: true, base: None }
            }
        };
        self.on(condition, key, knowledge, bound)
    }

    /// A condition on a key of which this is known.
    fn on(&self, condition: &Condition, key: &Rc<Key>, knowledge: Knowledge, bound: Bound) -> Part {
        let operator = &condition.operator;
        match operator.comparison {
            Comparison::Unknown => {
                return self.unknown(bound, || format!("operator `{}`", operator.text));
            }
            Comparison::Null => return self.null(condition, key, knowledge, bound),
            _ => {}
        }
        let negated = operator.comparison.negated();
        let missing = match operator.quantifier {
            _ if operator.if_exists => true,
            Some(Quantifier::AllValues) => true,
            Some(Quantifier::AnyValue) => false,
            None => negated,
        };
        if knowledge == Knowledge::Fixed(None) {
            return Part::Is(missing);
        }
        if self.is_rivals_choice(key, &knowledge) {
            return self.unknown(bound, || format!("`{}` of the other caller", key.name));
        }
        if knowledge == Knowledge::Unlisted {
            self.note_unlisted(key);
            if self.side == Bound::Lower {
                return Part::Is(bound == Bound::Upper);
            }
        }
        let set = if condition.variables {
            let outer = match &knowledge {
                Knowledge::Fixed(Some(values)) => Outer::Known(Rc::clone(values)),
                _ => Outer::Variable(Variable::Key(Rc::clone(key))),
            };
            self.link(condition.values.iter().map(|(_, pieces)| pieces), &outer);
            admit::admitted(self, condition, bound)
        } else {
            self.fixed(condition.fixed(), bound)
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
        let many = key.facts.multivalued || (!key.facts.certain && operator.quantifier.is_some());
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

    fn null(&self, condition: &Condition, key: &Rc<Key>, knowledge: Knowledge, bound: Bound) -> Part {
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
        if self.is_rivals_choice(key, &knowledge) {
            return self.unknown(bound, || format!("`{}` of the other caller", key.name));
        }
        if knowledge == Knowledge::Unlisted {
            self.note_unlisted(key);
        }
        match knowledge {
            Knowledge::Fixed(None) => Part::Is(absent),
            Knowledge::Fixed(Some(values)) if values.is_empty() => {
                self.unknown(bound, || format!("`Null` on `{}`, which is there but empty", key.name))
            }
            Knowledge::Fixed(Some(_)) => Part::Is(present),
            Knowledge::Unlisted if self.side == Bound::Lower => Part::Is(bound == Bound::Upper),
            _ if key.facts.multivalued => Part::Atom(Atom::key(key, Claim::Present(present))),
            Knowledge::Free { .. } | Knowledge::Passed { .. } | Knowledge::Unlisted => {
                let set = if present { Set::All } else { Set::Empty };
                Part::Atom(Atom::key(key, Claim::Value { absent, set }))
            }
        }
    }

    /// Notes that a service's key may not be in the request. Where no action is known nothing is listed,
    /// and nobody asks why.
    fn note_unlisted(&self, key: &Key) {
        if !matches!(self.view.scope, Scope::Any) || !key.is_of_service() {
            self.note(|| unlisted(&key.name));
        }
    }
}

pub(super) fn unlisted(key: &str) -> String {
    format!("whether `{key}` is in the request")
}
