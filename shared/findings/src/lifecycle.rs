//! States, observations, and the one table that ties them together.
//!
//! | before        | violates          | violates, suppressed      | indeterminate     | clean, gone |
//! |---------------|-------------------|---------------------------|-------------------|-------------|
//! | (none)        | open: *opened*    | suppressed: *suppressed*  | indeterminate: *indeterminate* | (none) |
//! | open          | open: *updated*   | suppressed: *suppressed*  | open              | resolved: *resolved* |
//! | suppressed    | open: *opened*    | suppressed                | indeterminate: *indeterminate* | resolved: *resolved* |
//! | indeterminate | open: *opened*    | suppressed: *suppressed*  | indeterminate     | resolved: *resolved* |
//! | resolved      | open: *opened*    | suppressed: *suppressed*  | indeterminate: *indeterminate* | resolved |
//!
//! An open finding that turns indeterminate is not resolved: what was proven once stays an alarm
//! until its absence is proven. *updated* is told only if there is something to tell, see
//! [`crate::transition`]. A suppression is about what is proven: what is not known is told, whatever is
//! suppressed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The violation was proven, and not since refuted.
    Open,
    /// The violation was proven, and somebody answers for it until a day.
    Suppressed,
    /// Neither proven nor refuted.
    Indeterminate,
    /// Refuted, or its subject is gone.
    Resolved,
}

/// What an evaluation says of one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// The rule is broken; there is a witness.
    Violates,
    /// The rule is broken, and a suppression is in force for it.
    Suppressed,
    /// There is no telling.
    Indeterminate,
    /// The rule holds.
    Clean,
    /// The subject, or the rule, is no more.
    Gone,
}

/// What happens to a finding: each is worth an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransitionKind {
    /// It is open, and was not.
    Opened,
    /// It is still open, with another cause or severity.
    Updated,
    /// It is no alarm for now: a suppression is in force for it.
    Suppressed,
    /// It is neither proven nor refuted, and was not known before, was resolved or was suppressed.
    Indeterminate,
    /// It is over.
    Resolved,
}

/// The table: from the state before (none if there is no finding yet) and what is observed to the
/// state after and the kind of transition.
pub fn step(before: Option<State>, observed: Observed) -> (Option<State>, Option<TransitionKind>) {
    use Observed::{Clean, Gone, Violates};
    use State::{Indeterminate, Open, Resolved, Suppressed};
    match (before, observed) {
        (None | Some(Suppressed | Indeterminate | Resolved), Violates) => {
            (Some(Open), Some(TransitionKind::Opened))
        }
        (Some(Open), Violates) => (Some(Open), Some(TransitionKind::Updated)),
        (None | Some(Open | Indeterminate | Resolved), Observed::Suppressed) => {
            (Some(Suppressed), Some(TransitionKind::Suppressed))
        }
        (Some(Suppressed), Observed::Suppressed) => (before, None),
        (None | Some(Suppressed | Resolved), Observed::Indeterminate) => {
            (Some(Indeterminate), Some(TransitionKind::Indeterminate))
        }
        (Some(Open | Indeterminate), Observed::Indeterminate) => (before, None),
        (Some(Open | Suppressed | Indeterminate), Clean | Gone) => {
            (Some(Resolved), Some(TransitionKind::Resolved))
        }
        (None | Some(Resolved), Clean | Gone) => (before, None),
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Suppressed => "suppressed",
            Self::Indeterminate => "indeterminate",
            Self::Resolved => "resolved",
        })
    }
}

impl fmt::Display for TransitionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Suppressed => "suppressed",
            Self::Indeterminate => "indeterminate",
            Self::Resolved => "resolved",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row of the table, written out.
    #[test]
    fn the_table_is_this() {
        let states = [State::Open, State::Suppressed, State::Indeterminate, State::Resolved].map(Some);
        let states = std::iter::once(None).chain(states);
        let observations = [
            Observed::Violates,
            Observed::Suppressed,
            Observed::Indeterminate,
            Observed::Clean,
            Observed::Gone,
        ];
        let mut table = String::new();
        for before in states {
            for observed in observations {
                let (after, kind) = step(before, observed);
                let name = |state: Option<State>| state.map_or("-".to_owned(), |s| s.to_string());
                let kind = kind.map_or("-".to_owned(), |kind| kind.to_string());
                table += &format!("{} + {observed:?} = {}, {kind}\n", name(before), name(after));
            }
        }
        insta::assert_snapshot!(table, @r"
        - + Violates = open, opened
        - + Suppressed = suppressed, suppressed
        - + Indeterminate = indeterminate, indeterminate
        - + Clean = -, -
        - + Gone = -, -
        open + Violates = open, updated
        open + Suppressed = suppressed, suppressed
        open + Indeterminate = open, -
        open + Clean = resolved, resolved
        open + Gone = resolved, resolved
        suppressed + Violates = open, opened
        suppressed + Suppressed = suppressed, -
        suppressed + Indeterminate = indeterminate, indeterminate
        suppressed + Clean = resolved, resolved
        suppressed + Gone = resolved, resolved
        indeterminate + Violates = open, opened
        indeterminate + Suppressed = suppressed, suppressed
        indeterminate + Indeterminate = indeterminate, -
        indeterminate + Clean = resolved, resolved
        indeterminate + Gone = resolved, resolved
        resolved + Violates = open, opened
        resolved + Suppressed = suppressed, suppressed
        resolved + Indeterminate = indeterminate, indeterminate
        resolved + Clean = resolved, -
        resolved + Gone = resolved, -
        ");
    }
}
