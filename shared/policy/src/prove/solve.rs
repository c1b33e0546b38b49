//! The search: a conjunction of clauses over variables that each have a theory of their own.
//!
//! A candidate is kept for every variable. Only clauses that the candidate breaks are branched on,
//! the one with the fewest viable alternatives first; committing to an alternative narrows the
//! variables it speaks of. What was tried and failed is excluded from the branches that follow.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::atom::{Atom, Claim, Clause, Variable};
use super::budget::{Budget, Exhausted};
use super::sets::{self, Set};
use crate::keys::{self, Type};

/// What a variable is before anything is asked of it.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    pub(super) may_be_absent: bool,
    pub(super) base: Vec<Set>,
}

/// The value that the search chose for a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Absent,
    One(String),
    Many(Vec<String>),
}

/// The values of every variable that the question speaks of.
pub(super) type Assignment = BTreeMap<Variable, Value>;

/// The outcome of a search.
pub(super) enum Outcome {
    Found(Assignment),
    None,
    /// Sets of different types met on this key, so that one branch could not be decided.
    Mixed(Variable),
}

#[derive(Clone)]
struct Slot {
    kind: Option<Type>,
    prefer_true: bool,
    multivalued: bool,
    absent: bool,
    present: bool,
    /// The one value, or every value, lies in all of these.
    sets: Vec<Set>,
    /// Some value lies in each of these.
    some: Vec<Set>,
    /// As `some`, if the key has values.
    some_if_present: Vec<Set>,
    value: Value,
}

#[derive(Clone)]
struct State {
    slots: Rc<Vec<(Variable, Rc<Slot>)>>,
}

/// Searches for values that satisfy every clause.
///
/// # Errors
/// The budget ran out.
pub(super) fn solve(
    domains: &BTreeMap<Variable, Domain>,
    mut clauses: Vec<Clause>,
    budget: &mut Budget,
) -> Result<Outcome, Exhausted> {
    // The order of policies and statements must not show in the answer.
    for clause in &mut clauses {
        clause.sort();
        clause.dedup();
    }
    clauses.sort();
    clauses.dedup();
    let mut search = Search { mixed: None, budget };
    let mut slots = Vec::new();
    for (variable, domain) in domains {
        match search.slot(variable, domain)? {
            Some(slot) => slots.push((variable.clone(), Rc::new(slot))),
            None => return Ok(search.nothing()),
        }
    }
    let state = State { slots: Rc::new(slots) };
    let open: Vec<&Clause> = clauses.iter().collect();
    match search.run(state, open)? {
        Some(state) => Ok(Outcome::Found(
            state.slots.iter().map(|(variable, slot)| (variable.clone(), slot.value.clone())).collect(),
        )),
        None => Ok(search.nothing()),
    }
}

struct Search<'b> {
    mixed: Option<Variable>,
    budget: &'b mut Budget,
}

impl Search<'_> {
    fn nothing(&mut self) -> Outcome {
        self.mixed.take().map_or(Outcome::None, Outcome::Mixed)
    }

    fn slot(&mut self, variable: &Variable, domain: &Domain) -> Result<Option<Slot>, Exhausted> {
        let facts = match variable {
            Variable::Resource => None,
            Variable::Key(key) => Some(keys::facts(key)),
        };
        let mut slot = Slot {
            kind: facts.and_then(|f| f.kind),
            prefer_true: *variable == Variable::Key("aws:securetransport".into()),
            multivalued: facts.is_some_and(|f| f.multivalued),
            absent: domain.may_be_absent,
            present: true,
            sets: domain.base.clone(),
            some: Vec::new(),
            some_if_present: Vec::new(),
            value: Value::Absent,
        };
        Ok(self.choose(variable, &mut slot)?.then_some(slot))
    }

    /// Picks a value for a slot anew; `false`: there is none.
    fn choose(&mut self, variable: &Variable, slot: &mut Slot) -> Result<bool, Exhausted> {
        if slot.absent && slot.some.is_empty() {
            slot.value = Value::Absent;
            return Ok(true);
        }
        if !slot.present {
            return Ok(false);
        }
        let every: Vec<&Set> = slot.sets.iter().collect();
        if !slot.multivalued && slot.some.is_empty() && slot.some_if_present.is_empty() {
            return Ok(match self.member(variable, &every, slot)? {
                Some(value) => {
                    slot.value = Value::One(value);
                    true
                }
                None => false,
            });
        }
        // Each obligation needs a value of its own that satisfies what all values must.
        let mut values = Vec::new();
        let obligations: Vec<&Set> = slot.some.iter().chain(&slot.some_if_present).collect();
        for obligation in obligations {
            let mut sets = every.clone();
            sets.push(obligation);
            if values.iter().any(|v: &String| obligation.contains(v)) {
                continue;
            }
            match self.member(variable, &sets, slot)? {
                Some(value) => values.push(value),
                None => return Ok(false),
            }
        }
        if values.is_empty() {
            match self.member(variable, &every, slot)? {
                Some(value) => values.push(value),
                None => return Ok(false),
            }
        }
        values.sort();
        values.dedup();
        slot.value = Value::Many(values);
        Ok(true)
    }

    fn member(
        &mut self,
        variable: &Variable,
        sets: &[&Set],
        slot: &Slot,
    ) -> Result<Option<String>, Exhausted> {
        match sets::member(sets, slot.kind, slot.prefer_true, self.budget)? {
            Ok(found) => Ok(found),
            Err(sets::Mixed) => {
                self.mixed = Some(variable.clone());
                Ok(None)
            }
        }
    }

    /// Narrows the state by atoms; `None`: nothing is left.
    fn commit(&mut self, state: &State, atoms: &[Atom]) -> Result<Option<State>, Exhausted> {
        let mut state = state.clone();
        for atom in atoms {
            self.budget.spend(1)?;
            let slots = Rc::make_mut(&mut state.slots);
            let Ok(at) = slots.binary_search_by(|(variable, _)| variable.cmp(&atom.variable)) else {
                continue;
            };
            let (variable, slot) = &mut slots[at];
            let slot = Rc::make_mut(slot);
            let held = holds(&atom.claim, &slot.value);
            let push = |sets: &mut Vec<Set>, set: &Set| {
                if *set != Set::All && !sets.contains(set) {
                    sets.push(set.clone());
                }
            };
            match &atom.claim {
                Claim::Value { absent, set } => {
                    slot.absent &= absent;
                    slot.present &= *set != Set::Empty;
                    push(&mut slot.sets, set);
                }
                Claim::Every(set) => push(&mut slot.sets, set),
                Claim::EveryAndPresent(set) => {
                    slot.absent = false;
                    push(&mut slot.sets, set);
                }
                Claim::Some(set) => {
                    slot.absent = false;
                    if !slot.some.contains(set) {
                        slot.some.push(set.clone());
                    }
                }
                Claim::SomeIfPresent(set) => push(&mut slot.some_if_present, set),
                Claim::Present(true) => slot.absent = false,
                Claim::Present(false) => slot.present = false,
            }
            if !slot.present && !slot.absent {
                return Ok(None);
            }
            if !held {
                let variable = variable.clone();
                if !self.choose(&variable, slot)? {
                    return Ok(None);
                }
            }
        }
        Ok(Some(state))
    }

    fn run(&mut self, mut state: State, mut open: Vec<&Clause>) -> Result<Option<State>, Exhausted> {
        loop {
            self.budget.spend(1 + open.len() as u64)?;
            // The broken clause with the fewest alternatives that are still possible.
            let mut best: Option<(usize, Vec<State>, Vec<usize>)> = None;
            for (index, clause) in open.iter().enumerate() {
                if clause.iter().any(|alternative| state.satisfies(alternative)) {
                    continue;
                }
                let mut viable = Vec::new();
                let mut which = Vec::new();
                for (i, alternative) in clause.iter().enumerate() {
                    if let Some(next) = self.commit(&state, alternative)? {
                        viable.push(next);
                        which.push(i);
                    }
                }
                if viable.is_empty() {
                    return Ok(None);
                }
                let fewer = best.as_ref().is_none_or(|(_, held, _)| viable.len() < held.len());
                if fewer {
                    let single = viable.len() == 1;
                    best = Some((index, viable, which));
                    if single {
                        break;
                    }
                }
            }
            let Some((index, viable, which)) = best else { return Ok(Some(state)) };
            let clause = open.swap_remove(index);
            if let [only] = viable.as_slice() {
                state = only.clone();
                continue;
            }
            // Alternatives that failed are excluded from those that follow, where that is one atom.
            let mut excluded: Vec<Atom> = Vec::new();
            for (next, i) in viable.into_iter().zip(which) {
                let Some(next) = self.commit(&next, &excluded)? else { continue };
                if let Some(found) = self.run(next, open.clone())? {
                    return Ok(Some(found));
                }
                if let [atom] = clause[i].as_slice() {
                    excluded.push(atom.negate());
                }
            }
            return Ok(None);
        }
    }
}

impl State {
    fn satisfies(&self, alternative: &[Atom]) -> bool {
        alternative.iter().all(|atom| {
            self.slots
                .binary_search_by(|(variable, _)| variable.cmp(&atom.variable))
                .is_ok_and(|at| holds(&atom.claim, &self.slots[at].1.value))
        })
    }
}

/// Whether a claim holds for a value.
fn holds(claim: &Claim, value: &Value) -> bool {
    let values: &[String] = match value {
        Value::Absent => &[],
        Value::One(one) => std::slice::from_ref(one),
        Value::Many(many) => many,
    };
    match claim {
        Claim::Value { absent, set } => match values {
            [] => *absent,
            values => values.iter().all(|v| set.contains(v)),
        },
        Claim::Every(set) => values.iter().all(|v| set.contains(v)),
        Claim::EveryAndPresent(set) => !values.is_empty() && values.iter().all(|v| set.contains(v)),
        Claim::Some(set) => values.iter().any(|v| set.contains(v)),
        Claim::SomeIfPresent(set) => values.is_empty() || values.iter().any(|v| set.contains(v)),
        Claim::Present(present) => values.is_empty() != *present,
    }
}
