//! What is left when some atoms hold: asked about many clauses, one at a time.

use super::atom::{Atom, Clause};
use super::budget::{Budget, Exhausted};
use super::state::{Start, State, Theories};

/// What is left when some atoms hold.
pub(super) struct Narrowed<'x>(State<'x>);

/// Whether atoms can hold.
pub(super) enum Narrow<'x> {
    To(Narrowed<'x>),
    Impossible,
    /// Sets of different types met.
    Unclear,
}

impl<'x> Narrowed<'x> {
    /// Commits to atoms, and to what follows from them at once.
    pub(super) fn by(
        start: &'x Start,
        atoms: &'x [Atom],
        clauses: &'x [Clause],
        budget: &mut Budget,
    ) -> Result<Narrow<'x>, Exhausted> {
        let mut theories = Theories::new(budget);
        Ok(match narrow(&mut theories, start.state(), atoms, clauses)? {
            Some(state) => Narrow::To(Self(state)),
            None if theories.mixed.is_some() => Narrow::Unclear,
            None => Narrow::Impossible,
        })
    }

    /// Whether some alternative is still possible.
    pub(super) fn admits(&self, clause: &Clause, budget: &mut Budget) -> Result<bool, Exhausted> {
        let mut theories = Theories::new(budget);
        for alternative in clause.iter() {
            if theories.is_viable(&self.0, alternative)? {
                return Ok(true);
            }
        }
        Ok(theories.mixed.is_some())
    }
}

fn narrow<'x>(
    theories: &mut Theories<'_>,
    mut state: State<'x>,
    atoms: &'x [Atom],
    clauses: &'x [Clause],
) -> Result<Option<State<'x>>, Exhausted> {
    if !theories.commit(&mut state, atoms)? {
        return Ok(None);
    }
    let mut open: Vec<&Clause> = clauses.iter().collect();
    let mut again = true;
    while std::mem::take(&mut again) {
        let mut left = Vec::with_capacity(open.len());
        for clause in open {
            let (mut some, mut viable) = (None, 0);
            for alternative in clause.iter() {
                if theories.is_viable(&state, alternative)? {
                    (some, viable) = (Some(alternative), viable + 1);
                }
            }
            match some {
                None => return Ok(None),
                Some(only) if viable == 1 => {
                    if !theories.commit(&mut state, only)? {
                        return Ok(None);
                    }
                    again = true;
                }
                Some(_) => left.push(clause),
            }
        }
        open = left;
    }
    Ok(Some(state))
}
