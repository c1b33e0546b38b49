//! The variables of a search, and what each can be before anything is asked of it.

use super::atom::{Clause, Variable};
use super::sets::Set;

/// What a variable is before anything is asked of it.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    pub(super) may_be_absent: bool,
    pub(super) base: Option<Set>,
}

/// The variables of a search, sorted by name, and what each can be.
#[derive(Clone, Debug, Default)]
pub(super) struct Domains(Vec<(Variable, Domain)>);

impl Domains {
    /// Adds a variable, unless it is there.
    pub(super) fn add(&mut self, variable: &Variable, domain: impl FnOnce() -> Domain) {
        if let Err(at) = find(&self.0, |(own, _)| own, variable) {
            self.0.insert(at, (variable.clone(), domain()));
        }
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.0.iter().map(|(variable, _)| variable)
    }

    /// Each variable, with what it can be.
    pub(super) fn into_iter(self) -> impl ExactSizeIterator<Item = (Variable, Domain)> {
        self.0.into_iter()
    }
}

/// The variables of some clauses.
pub(super) fn variables_of(clauses: &[Clause]) -> impl Iterator<Item = &Variable> {
    clauses.iter().flat_map(|clause| clause.iter()).flat_map(|atoms| atoms.iter()).map(|atom| &atom.variable)
}

/// How many variables are looked through one by one: most searches have fewer.
const FEW: usize = 16;

/// Where a variable is in a list that is sorted by name, or where it belongs.
pub(super) fn find<T>(
    sorted: &[T],
    variable_of: impl Fn(&T) -> &Variable,
    variable: &Variable,
) -> Result<usize, usize> {
    // Two variables are the same if they are one in memory, which is seen faster than an order of names.
    if sorted.len() <= FEW
        && let Some(at) = sorted.iter().position(|own| variable_of(own) == variable)
    {
        return Ok(at);
    }
    sorted.binary_search_by(|own| variable_of(own).cmp(variable))
}
