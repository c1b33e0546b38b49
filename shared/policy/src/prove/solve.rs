//! The search: a conjunction of clauses over variables that each have a theory of their own.
//!
//! A candidate is kept for every variable. Only clauses that the candidate breaks are branched on,
//! the one with the fewest viable alternatives first; committing to an alternative narrows the
//! variables it speaks of. What was tried and failed is excluded from the branches that follow.

use std::borrow::Cow;
use std::rc::Rc;

use super::atom::{Atom, Claim, Clause, Variable};
use super::budget::{Budget, Exhausted};
use super::facts::Key;
use super::language;
use super::sets::{self, Set};
use crate::keys::Type;

/// What a variable is before anything is asked of it.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    pub(super) may_be_absent: bool,
    pub(super) base: Option<Set>,
}

/// The variables of a search, sorted by name, and what each can be.
#[derive(Clone, Debug, Default)]
pub(super) struct Domains(Vec<(Variable, Domain)>);

/// The value that the search chose for a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Absent,
    One(Cow<'static, str>),
    Many(Vec<Cow<'static, str>>),
}

/// The values of every variable that the question speaks of, sorted by name.
pub(super) struct Assignment(Vec<(Variable, Value)>);

/// The outcome of a search.
pub(super) enum Outcome {
    Found(Assignment),
    None,
    /// Sets of different types met on this key, so that one branch could not be decided.
    Mixed(Variable),
}

impl Domains {
    /// Adds a variable, unless it is there.
    pub(super) fn add(&mut self, variable: &Variable, domain: impl FnOnce() -> Domain) {
        if let Err(at) = find(&self.0, variable) {
            self.0.insert(at, (variable.clone(), domain()));
        }
    }

    /// Adds the keys among the variables that are not there.
    pub(super) fn extend<'v>(
        &mut self,
        variables: impl Iterator<Item = &'v Variable>,
        domain: impl Fn(&Key) -> Domain,
    ) {
        let mut new: Vec<&Variable> = variables.filter(|variable| find(&self.0, variable).is_err()).collect();
        new.sort_unstable();
        new.dedup();
        let new = new.into_iter().filter_map(|variable| match variable {
            Variable::Key(key) => Some((variable.clone(), domain(key))),
            Variable::Resource => None,
        });
        self.0.extend(new);
        // What was there is sorted, and so is what came: this is a merge.
        self.0.sort_by(|(one, _), (other, _)| one.cmp(other));
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.0.iter().map(|(variable, _)| variable)
    }
}

impl Assignment {
    pub(super) fn get(&self, variable: &Variable) -> Option<&Value> {
        find(&self.0, variable).ok().map(|at| &self.0[at].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Variable, &Value)> {
        self.0.iter().map(|(variable, value)| (variable, value))
    }
}

fn find<T>(sorted: &[(Variable, T)], variable: &Variable) -> Result<usize, usize> {
    sorted.binary_search_by(|(own, _)| own.cmp(variable))
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

impl Slot {
    /// How many sets it holds.
    fn size(&self) -> u64 {
        (self.sets.len() + self.some.len() + self.some_if_present.len()) as u64
    }
}

#[derive(Clone, Default)]
struct State {
    slots: Rc<Vec<(Variable, Rc<Slot>)>>,
}

/// Puts clauses in an order of their own, so that the order of policies and statements does not show
/// in what is found.
pub(super) fn sort(clauses: &mut Vec<Clause>, budget: &mut Budget) -> Result<(), Exhausted> {
    for clause in clauses.iter_mut() {
        budget.spend(clause.len() as u64)?;
        clause.sort_unstable();
        clause.dedup();
    }
    clauses.sort_unstable();
    clauses.dedup();
    Ok(())
}

/// Searches for values that satisfy every clause, beginning with `first`.
///
/// # Errors
/// The budget ran out.
pub(super) fn solve(
    domains: &Domains,
    first: &[Atom],
    clauses: &[Clause],
    budget: &mut Budget,
) -> Result<Outcome, Exhausted> {
    let mut search = Search { mixed: None, budget };
    let Some(state) = search.start(domains)? else { return Ok(search.nothing()) };
    let Some(state) = search.commit(state, first)? else { return Ok(search.nothing()) };
    let open: Vec<&Clause> = clauses.iter().collect();
    match search.run(state, open)? {
        Some(state) => Ok(Outcome::Found(Assignment(
            state.slots.iter().map(|(variable, slot)| (variable.clone(), slot.value.clone())).collect(),
        ))),
        None => Ok(search.nothing()),
    }
}

/// Variables with values of their own, before anything is asked of them.
#[derive(Clone, Default)]
pub(super) struct Start {
    pub(super) domains: Domains,
    state: State,
}

impl Start {
    /// Gives every variable a value; `None`: one has none.
    pub(super) fn new(domains: Domains, budget: &mut Budget) -> Result<Option<Self>, Exhausted> {
        let mut search = Search { mixed: None, budget };
        Ok(search.start(&domains)?.map(|state| Self { domains, state }))
    }

    /// Whether all variables are there.
    pub(super) fn has(&self, variables: &Domains) -> bool {
        variables.variables().all(|variable| find(&self.domains.0, variable).is_ok())
    }

    /// Adds the variables that are not there yet; `false`: one has no value.
    pub(super) fn add(&mut self, more: &Domains, budget: &mut Budget) -> Result<bool, Exhausted> {
        let mut search = Search { mixed: None, budget };
        for (variable, domain) in &more.0 {
            let Err(at) = find(&self.domains.0, variable) else { continue };
            let Some(slot) = search.slot(variable, domain)? else { return Ok(false) };
            self.domains.0.insert(at, (variable.clone(), domain.clone()));
            Rc::make_mut(&mut self.state.slots).insert(at, (variable.clone(), Rc::new(slot)));
        }
        Ok(true)
    }
}

/// What is left when some atoms hold; asked about others, one at a time.
pub(super) struct Narrowed(State);

/// Whether atoms can hold.
pub(super) enum Narrow {
    To(Narrowed),
    Impossible,
    /// Sets of different types met.
    Unclear,
}

impl Narrowed {
    /// Commits to atoms, and to what follows from them at once.
    pub(super) fn by(
        start: &Start,
        atoms: &[Atom],
        clauses: &[Clause],
        budget: &mut Budget,
    ) -> Result<Narrow, Exhausted> {
        let mut search = Search { mixed: None, budget };
        let state = match search.narrow(&start.state, atoms, clauses)? {
            Some(state) => Narrow::To(Self(state)),
            None if search.mixed.is_some() => Narrow::Unclear,
            None => Narrow::Impossible,
        };
        Ok(state)
    }

    /// Whether some alternative is still possible.
    pub(super) fn admits(&self, clause: &Clause, budget: &mut Budget) -> Result<bool, Exhausted> {
        let mut search = Search { mixed: None, budget };
        for alternative in clause {
            if search.is_viable(&self.0, alternative)? {
                return Ok(true);
            }
        }
        Ok(search.mixed.is_some())
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

    fn narrow(
        &mut self,
        state: &State,
        atoms: &[Atom],
        clauses: &[Clause],
    ) -> Result<Option<State>, Exhausted> {
        let Some(mut state) = self.commit(state.clone(), atoms)? else { return Ok(None) };
        let mut open: Vec<&Clause> = clauses.iter().collect();
        let mut again = true;
        while again {
            again = false;
            let mut left = Vec::with_capacity(open.len());
            for clause in open {
                let mut viable = Vec::new();
                for (i, alternative) in clause.iter().enumerate() {
                    if self.is_viable(&state, alternative)? {
                        viable.push(i);
                    }
                }
                match viable.as_slice() {
                    [] => return Ok(None),
                    [only] => {
                        let Some(next) = self.commit(state, &clause[*only])? else { return Ok(None) };
                        state = next;
                        again = true;
                    }
                    _ => left.push(clause),
                }
            }
            open = left;
        }
        Ok(Some(state))
    }

    /// Every variable with a value of its own; `None`: one has none.
    fn start(&mut self, domains: &Domains) -> Result<Option<State>, Exhausted> {
        let mut slots = Vec::with_capacity(domains.0.len());
        for (variable, domain) in &domains.0 {
            match self.slot(variable, domain)? {
                Some(slot) => slots.push((variable.clone(), Rc::new(slot))),
                None => return Ok(None),
            }
        }
        Ok(Some(State { slots: Rc::new(slots) }))
    }

    fn slot(&mut self, variable: &Variable, domain: &Domain) -> Result<Option<Slot>, Exhausted> {
        let facts = match variable {
            Variable::Resource => None,
            Variable::Key(key) => Some(key.facts),
        };
        let mut slot = Slot {
            kind: facts.and_then(|f| f.kind),
            prefer_true: variable.name() == Some("aws:securetransport"),
            multivalued: facts.is_some_and(|f| f.multivalued),
            absent: domain.may_be_absent,
            present: true,
            sets: domain.base.iter().cloned().collect(),
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
        if !slot.multivalued && slot.some.is_empty() && slot.some_if_present.is_empty() {
            return Ok(match self.member(variable, slot.sets.iter(), slot)? {
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
            self.budget.spend(obligation.weight() * values.len() as u64)?;
            if values.iter().any(|v: &Cow<'_, str>| obligation.contains(v)) {
                continue;
            }
            match self.member(variable, slot.sets.iter().chain([obligation]), slot)? {
                Some(value) => values.push(value),
                None => return Ok(false),
            }
        }
        if values.is_empty() {
            match self.member(variable, slot.sets.iter(), slot)? {
                Some(value) => values.push(value),
                None => return Ok(false),
            }
        }
        values.sort();
        values.dedup();
        slot.value = Value::Many(values);
        Ok(true)
    }

    fn member<'s>(
        &mut self,
        variable: &Variable,
        sets: impl Iterator<Item = &'s Set> + Clone,
        slot: &Slot,
    ) -> Result<Option<Cow<'static, str>>, Exhausted> {
        match sets::member(sets, slot.kind, slot.prefer_true, self.budget)? {
            Ok(found) => Ok(found),
            Err(sets::Mixed) => {
                self.mixed = Some(variable.clone());
                Ok(None)
            }
        }
    }

    /// Narrows the state by atoms; `None`: nothing is left.
    fn commit(&mut self, mut state: State, atoms: &[Atom]) -> Result<Option<State>, Exhausted> {
        for atom in atoms {
            let slots = Rc::make_mut(&mut state.slots);
            let Ok(at) = find(slots, &atom.variable) else { continue };
            let copied = slots.len() as u64 / 8;
            let (variable, slot) = &mut slots[at];
            self.budget.spend(1 + copied + slot.size() / 4 + weight(atom, &slot.value))?;
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

    /// Whether something is left of the state if the atoms hold.
    fn is_viable(&mut self, state: &State, atoms: &[Atom]) -> Result<bool, Exhausted> {
        // Variables are independent of each other: where each has one atom, each is asked alone.
        let alone = atoms.windows(2).all(|pair| pair[0].variable != pair[1].variable);
        for atom in atoms {
            let Ok(at) = find(&state.slots, &atom.variable) else { continue };
            let (variable, slot) = &state.slots[at];
            let Claim::Value { absent, set } = &atom.claim else {
                return Ok(self.commit(state.clone(), atoms)?.is_some());
            };
            if !alone || slot.multivalued || !slot.some.is_empty() || !slot.some_if_present.is_empty() {
                return Ok(self.commit(state.clone(), atoms)?.is_some());
            }
            self.budget.spend(1 + weight(atom, &slot.value))?;
            if slot.absent && *absent || holds(&atom.claim, &slot.value) {
                continue;
            }
            if !slot.present || *set == Set::Empty {
                return Ok(false);
            }
            if self.member(variable, slot.sets.iter().chain([set]), slot)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn satisfies(&mut self, state: &State, alternative: &[Atom]) -> Result<bool, Exhausted> {
        for atom in alternative {
            let Ok(at) = find(&state.slots, &atom.variable) else { return Ok(false) };
            let value = &state.slots[at].1.value;
            self.budget.spend(weight(atom, value))?;
            if !holds(&atom.claim, value) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_satisfied(&mut self, state: &State, clause: &Clause) -> Result<bool, Exhausted> {
        for alternative in clause {
            if self.satisfies(state, alternative)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Which alternatives are still possible: the first `most` of them.
    fn viable(&mut self, state: &State, clause: &Clause, most: usize) -> Result<Vec<usize>, Exhausted> {
        let mut viable = Vec::new();
        for (i, alternative) in clause.iter().enumerate() {
            if viable.len() < most && self.is_viable(state, alternative)? {
                viable.push(i);
            }
        }
        Ok(viable)
    }

    /// The clause to branch on, among those that the candidates break: the one with the fewest
    /// alternatives that are still possible, and the first two of these.
    fn best(&mut self, state: &State, open: &[&Clause]) -> Result<Option<(usize, Vec<usize>)>, Exhausted> {
        let mut broken = Vec::new();
        for (index, clause) in open.iter().enumerate() {
            if !self.is_satisfied(state, clause)? {
                if clause.len() == 1 {
                    return Ok(Some((index, self.viable(state, clause, 1)?)));
                }
                broken.push(index);
            }
        }
        if let [only] = broken.as_slice() {
            return Ok(Some((*only, self.viable(state, open[*only], 2)?)));
        }
        // Short ones first: no need to count beyond what another clause has.
        broken.sort_by_key(|index| open[*index].len());
        let mut best: Option<(usize, Vec<usize>)> = None;
        for index in broken {
            let most = best.as_ref().map_or(usize::MAX, |(at, held)| held.len() + usize::from(index < *at));
            let viable = self.viable(state, open[index], most)?;
            if viable.len() < most {
                let decided = viable.len() < 2;
                best = Some((index, viable));
                if decided {
                    break;
                }
            }
        }
        Ok(best)
    }

    fn run(&mut self, mut state: State, mut open: Vec<&Clause>) -> Result<Option<State>, Exhausted> {
        loop {
            self.budget.spend(1 + open.len() as u64)?;
            let Some((index, viable)) = self.best(&state, &open)? else { return Ok(Some(state)) };
            let clause = open.swap_remove(index);
            let first = match viable.as_slice() {
                [] => return Ok(None),
                [only] => {
                    let Some(next) = self.commit(state, &clause[*only])? else { return Ok(None) };
                    state = next;
                    continue;
                }
                [first, ..] => *first,
            };
            // Alternatives that failed are excluded from those that follow, where that is one atom.
            let mut excluded: Vec<Atom> = Vec::new();
            for alternative in &clause[first..] {
                let Some(next) = self.commit(state.clone(), alternative)? else { continue };
                let Some(next) = self.commit(next, &excluded)? else { continue };
                if let Some(found) = self.run(next, open.clone())? {
                    return Ok(Some(found));
                }
                if let [atom] = &**alternative {
                    excluded.push(atom.negate());
                }
            }
            return Ok(None);
        }
    }
}

/// What it costs to see whether an atom holds for a value.
fn weight(atom: &Atom, value: &Value) -> u64 {
    let length = match value {
        Value::Absent => 1,
        Value::One(one) => language::length(one),
        Value::Many(many) => many.iter().map(|value| language::length(value)).sum(),
    };
    atom.weight() * length
}

/// Whether a claim holds for a value.
pub(super) fn holds(claim: &Claim, value: &Value) -> bool {
    let values: &[Cow<'_, str>] = match value {
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
