//! What is left of every variable, as one alternative after the other is committed to.

use std::borrow::Cow;

use super::atom::{Atom, Claim, Variable};
use super::budget::{Budget, Exhausted};
use super::domains::{Domain, Domains, find};
use super::sets::{self, Set};
use super::values::{Assignment, Value, holds, weight};
use crate::keys::Type;

/// Variables with values of their own, before anything is asked of them.
#[derive(Clone, Default)]
pub(super) struct Start(Vec<Fresh>);

/// One variable, what it can be, and a value.
#[derive(Clone)]
struct Fresh {
    variable: Variable,
    domain: Domain,
    value: Value<'static>,
}

/// What is left of every variable, in the order of a [`Start`].
#[derive(Clone)]
pub(super) struct State<'x> {
    start: &'x [Fresh],
    slots: Vec<Slot<'x>>,
}

#[derive(Clone)]
struct Slot<'x> {
    kind: Option<Type>,
    prefer_true: bool,
    multivalued: bool,
    absent: bool,
    present: bool,
    /// The one value, or every value, lies in all of these.
    sets: Vec<&'x Set>,
    /// Some value lies in each of these.
    some: Vec<&'x Set>,
    /// As `some`, if the key has values.
    some_if_present: Vec<&'x Set>,
    value: Value<'x>,
}

impl<'x> Slot<'x> {
    fn new(variable: &Variable, domain: &'x Domain, value: Value<'x>) -> Self {
        let facts = match variable {
            Variable::Resource => None,
            Variable::Key(key) => Some(key.facts),
        };
        Self {
            kind: facts.and_then(|f| f.kind),
            prefer_true: variable.name() == Some("aws:securetransport"),
            multivalued: facts.is_some_and(|f| f.multivalued),
            absent: domain.may_be_absent,
            present: true,
            sets: domain.base.iter().collect(),
            some: Vec::new(),
            some_if_present: Vec::new(),
            value,
        }
    }

    /// How many sets it holds.
    fn size(&self) -> u64 {
        (self.sets.len() + self.some.len() + self.some_if_present.len()) as u64
    }
}

impl Start {
    /// Whether all variables are there.
    pub(super) fn has(&self, variables: &Domains) -> bool {
        variables.variables().all(|variable| find(&self.0, |own| &own.variable, variable).is_ok())
    }

    /// Its variables, and what each can be.
    pub(super) fn domains(&self) -> Domains {
        let mut domains = Domains::default();
        self.0.iter().for_each(|own| domains.add(&own.variable, || own.domain.clone()));
        domains
    }

    /// Nothing is asked yet.
    pub(super) fn state(&self) -> State<'_> {
        let slots = self.0.iter().map(|own| Slot::new(&own.variable, &own.domain, own.value.by_reference()));
        State { start: &self.0, slots: slots.collect() }
    }
}

impl<'x> State<'x> {
    fn find(&self, variable: &Variable) -> Option<usize> {
        find(self.start, |own| &own.variable, variable).ok()
    }

    /// The value that a variable has now; `None`: it is not one of the search's.
    pub(super) fn value(&self, variable: &Variable) -> Option<&Value<'x>> {
        self.find(variable).map(|at| &self.slots[at].value)
    }

    /// The values that all variables have now.
    pub(super) fn assignment(&self) -> Assignment {
        let values = self.start.iter().zip(&self.slots);
        let values = values.map(|(own, slot)| (own.variable.clone(), slot.value.clone().into_owned()));
        Assignment::new(values.collect())
    }
}

/// Chooses values for variables, each in its own theory.
pub(super) struct Theories<'b> {
    /// A variable whose sets are of different types.
    pub(super) mixed: Option<Variable>,
    pub(super) budget: &'b mut Budget,
}

impl<'b> Theories<'b> {
    pub(super) fn new(budget: &'b mut Budget) -> Self {
        Self { mixed: None, budget }
    }

    /// Gives every variable a value; `None`: one has none.
    pub(super) fn start(&mut self, domains: Domains) -> Result<Option<Start>, Exhausted> {
        let domains = domains.into_iter();
        let mut start = Vec::with_capacity(domains.len());
        for (variable, domain) in domains {
            let Some(value) = self.first(&variable, &domain)? else { return Ok(None) };
            start.push(Fresh { variable, domain, value });
        }
        Ok(Some(Start(start)))
    }

    /// Adds the variables that are not there yet; `false`: one has no value.
    pub(super) fn add(&mut self, start: &mut Start, more: Domains) -> Result<bool, Exhausted> {
        for (variable, domain) in more.into_iter() {
            let Err(at) = find(&start.0, |own| &own.variable, &variable) else { continue };
            let Some(value) = self.first(&variable, &domain)? else { return Ok(false) };
            start.0.insert(at, Fresh { variable, domain, value });
        }
        Ok(true)
    }

    /// A value of a variable of which nothing is asked.
    fn first(&mut self, variable: &Variable, domain: &Domain) -> Result<Option<Value<'static>>, Exhausted> {
        if domain.may_be_absent {
            return Ok(Some(Value::Absent));
        }
        let mut slot = Slot::new(variable, domain, Value::Absent);
        Ok(self.choose(variable, &mut slot)?.then(|| slot.value.into_owned()))
    }

    /// Picks a value for a slot anew; `false`: there is none.
    fn choose(&mut self, variable: &Variable, slot: &mut Slot<'_>) -> Result<bool, Exhausted> {
        if slot.absent && slot.some.is_empty() {
            slot.value = Value::Absent;
            return Ok(true);
        }
        if !slot.present {
            return Ok(false);
        }
        if !slot.multivalued && slot.some.is_empty() && slot.some_if_present.is_empty() {
            return Ok(match self.member(variable, slot, None)? {
                Some(value) => {
                    slot.value = Value::One(value);
                    true
                }
                None => false,
            });
        }
        // Each obligation needs a value of its own that satisfies what all values must.
        let mut values = Vec::new();
        for obligation in slot.some.iter().chain(&slot.some_if_present) {
            self.budget.spend(obligation.weight() * values.len() as u64)?;
            if values.iter().any(|v: &Cow<'_, str>| obligation.contains(v)) {
                continue;
            }
            match self.member(variable, slot, Some(obligation))? {
                Some(value) => values.push(value),
                None => return Ok(false),
            }
        }
        if values.is_empty() {
            match self.member(variable, slot, None)? {
                Some(value) => values.push(value),
                None => return Ok(false),
            }
        }
        values.sort();
        values.dedup();
        slot.value = Value::Many(values);
        Ok(true)
    }

    fn member<'x>(
        &mut self,
        variable: &Variable,
        slot: &Slot<'x>,
        more: Option<&'x Set>,
    ) -> Result<Option<Cow<'x, str>>, Exhausted> {
        let found = sets::member(&slot.sets, more, slot.kind, slot.prefer_true, self.budget)?;
        Ok(found.unwrap_or_else(|sets::Mixed| {
            self.mixed = Some(variable.clone());
            None
        }))
    }

    /// Narrows the state by atoms; `false`: nothing is left.
    pub(super) fn commit<'x>(&mut self, state: &mut State<'x>, atoms: &'x [Atom]) -> Result<bool, Exhausted> {
        for atom in atoms {
            let Some(at) = state.find(&atom.variable) else { continue };
            if !self.narrow(&mut state.slots[at], atom)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Narrows one variable; `false`: nothing is left.
    fn narrow<'x>(&mut self, slot: &mut Slot<'x>, atom: &'x Atom) -> Result<bool, Exhausted> {
        self.budget.spend(1 + slot.size() / 4 + weight(atom, &slot.value))?;
        let held = holds(&atom.claim, &slot.value);
        let add = |sets: &mut Vec<&'x Set>, set: &'x Set| {
            if !sets.iter().any(|own| std::ptr::eq(*own, set) || *own == set) {
                sets.push(set);
            }
        };
        let narrow = |sets: &mut Vec<&'x Set>, set: &'x Set| {
            if *set != Set::All {
                add(sets, set);
            }
        };
        match &atom.claim {
            Claim::Value { absent, set } => {
                slot.absent &= absent;
                slot.present &= *set != Set::Empty;
                narrow(&mut slot.sets, set);
            }
            Claim::Every(set) => narrow(&mut slot.sets, set),
            Claim::EveryAndPresent(set) => {
                slot.absent = false;
                narrow(&mut slot.sets, set);
            }
            Claim::Some(set) => {
                slot.absent = false;
                add(&mut slot.some, set);
            }
            Claim::SomeIfPresent(set) => narrow(&mut slot.some_if_present, set),
            Claim::Present(true) => slot.absent = false,
            Claim::Present(false) => slot.present = false,
        }
        Ok((slot.present || slot.absent) && (held || self.choose(&atom.variable, slot)?))
    }

    /// Whether something is left of the state if the atoms hold.
    pub(super) fn is_viable(&mut self, state: &State<'_>, atoms: &[Atom]) -> Result<bool, Exhausted> {
        // Variables are independent of each other: where each has one atom, each is asked alone.
        if atoms.windows(2).any(|pair| pair[0].variable == pair[1].variable) {
            let mut copy = self.copy(state)?;
            return self.commit(&mut copy, atoms);
        }
        for atom in atoms {
            let Some(at) = state.find(&atom.variable) else { continue };
            if !self.is_possible(&state.slots[at], atom)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether something is left of one variable if the atom holds.
    fn is_possible(&mut self, slot: &Slot<'_>, atom: &Atom) -> Result<bool, Exhausted> {
        let Claim::Value { absent, set } = &atom.claim else {
            return self.narrow(&mut slot.clone(), atom);
        };
        if slot.multivalued || !slot.some.is_empty() || !slot.some_if_present.is_empty() {
            return self.narrow(&mut slot.clone(), atom);
        }
        self.budget.spend(1 + weight(atom, &slot.value))?;
        if slot.absent && *absent || holds(&atom.claim, &slot.value) {
            return Ok(true);
        }
        if !slot.present || *set == Set::Empty {
            return Ok(false);
        }
        let found = sets::has_member(&slot.sets, Some(set), self.budget)?;
        Ok(found.unwrap_or_else(|sets::Mixed| {
            self.mixed = Some(atom.variable.clone());
            false
        }))
    }

    /// A copy of a state, paid for.
    pub(super) fn copy<'x>(&mut self, state: &State<'x>) -> Result<State<'x>, Exhausted> {
        self.budget.spend(state.slots.len() as u64 / 2)?;
        Ok(state.clone())
    }
}
