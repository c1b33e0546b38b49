//! The search: a conjunction of clauses over variables that each have a theory of their own.
//!
//! A candidate is kept for every variable. Only clauses that the candidate breaks are branched on,
//! the one with the fewest viable alternatives first; committing to an alternative narrows the
//! variables it speaks of. What was tried and failed is excluded from the branches that follow.

use super::atom::{Atom, Clause, Conjunction, Variable, any_of};
use super::budget::{Budget, Exhausted};
use super::domains::Domains;
use super::state::{State, Theories};
use super::values::{Assignment, holds, weight};

/// The outcome of a search.
pub(super) enum Outcome {
    Found(Assignment),
    None,
    /// Sets of different types met on this key, so that one branch could not be decided.
    Mixed(Variable),
}

/// Puts clauses in an order of their own, so that the order of policies and statements does not show
/// in what is found.
pub(super) fn sort(clauses: &mut Vec<Clause>, budget: &mut Budget) -> Result<(), Exhausted> {
    for clause in clauses.iter_mut() {
        budget.spend(clause.len() as u64)?;
        if !clause.is_sorted_by(|one, next| one < next) {
            *clause = any_of(clause.to_vec());
        }
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
    domains: Domains,
    first: &[Atom],
    clauses: &[Clause],
    budget: &mut Budget,
) -> Result<Outcome, Exhausted> {
    let mut search = Search(Theories::new(budget));
    let Some(start) = search.0.start(domains)? else { return Ok(search.nothing()) };
    let mut state = start.state();
    if !search.0.commit(&mut state, first)? {
        return Ok(search.nothing());
    }
    Ok(match search.run(state, clauses.iter().collect())? {
        Some(found) => Outcome::Found(found),
        None => search.nothing(),
    })
}

struct Search<'b>(Theories<'b>);

/// Which alternatives of a clause are still possible.
#[derive(Clone, Copy)]
struct Viable {
    first: usize,
    count: usize,
}

impl Search<'_> {
    fn nothing(&mut self) -> Outcome {
        self.0.mixed.take().map_or(Outcome::None, Outcome::Mixed)
    }

    fn satisfies(&mut self, state: &State<'_>, alternative: &[Atom]) -> Result<bool, Exhausted> {
        for atom in alternative {
            let Some(value) = state.value(&atom.variable) else { return Ok(false) };
            self.0.budget.spend(weight(atom, value))?;
            if !holds(&atom.claim, value) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_satisfied(&mut self, state: &State<'_>, clause: &Clause) -> Result<bool, Exhausted> {
        for alternative in clause.iter() {
            if self.satisfies(state, alternative)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Which alternatives are still possible, and how many; no more than `most` are counted.
    fn viable(&mut self, state: &State<'_>, clause: &Clause, most: usize) -> Result<Viable, Exhausted> {
        let mut viable = Viable { first: 0, count: 0 };
        for (at, alternative) in clause.iter().enumerate() {
            if viable.count == most {
                break;
            }
            if self.0.is_viable(state, alternative)? {
                viable.first = if viable.count == 0 { at } else { viable.first };
                viable.count += 1;
            }
        }
        Ok(viable)
    }

    /// The clause to branch on, among those that the candidates break: the one with the fewest
    /// alternatives that are still possible.
    fn best(&mut self, state: &State<'_>, open: &[&Clause]) -> Result<Option<(usize, Viable)>, Exhausted> {
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
        let mut best: Option<(usize, Viable)> = None;
        for index in broken {
            let most = best.map_or(usize::MAX, |(at, held)| held.count + usize::from(index < at));
            let viable = self.viable(state, open[index], most)?;
            if viable.count < most {
                best = Some((index, viable));
                if viable.count < 2 {
                    break;
                }
            }
        }
        Ok(best)
    }

    fn run<'x>(
        &mut self,
        mut state: State<'x>,
        mut open: Vec<&'x Clause>,
    ) -> Result<Option<Assignment>, Exhausted> {
        loop {
            self.0.budget.spend(1 + open.len() as u64)?;
            let Some((index, viable)) = self.best(&state, &open)? else {
                return Ok(Some(state.assignment()));
            };
            let clause = open.swap_remove(index);
            if viable.count > 1 {
                return self.branch(&state, &clause[viable.first..], &open);
            }
            if viable.count == 0 || !self.0.commit(&mut state, &clause[viable.first])? {
                return Ok(None);
            }
        }
    }

    /// One alternative after the other.
    fn branch(
        &mut self,
        state: &State<'_>,
        alternatives: &[Conjunction],
        open: &[&Clause],
    ) -> Result<Option<Assignment>, Exhausted> {
        // Those that failed are excluded from those that follow, where that is one atom.
        let mut excluded: Vec<Atom> = Vec::new();
        for alternative in alternatives {
            let mut next = self.0.copy(state)?;
            if !self.0.commit(&mut next, alternative)? || !self.0.commit(&mut next, &excluded)? {
                continue;
            }
            if let Some(found) = self.run(next, open.to_vec())? {
                return Ok(Some(found));
            }
            if let [atom] = &**alternative {
                excluded.push(atom.negate());
            }
        }
        Ok(None)
    }
}
