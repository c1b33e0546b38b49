//! What is to be said of one rule and one principal.

use stanchion_policy::prove::{Assumption, Witness};

/// What is to be said of one rule and one principal, or of one facet of it.
#[derive(Clone, Debug)]
pub enum Judgement {
    /// The rule is not about this principal.
    OutOfScope,
    /// Proven: what the rule says holds.
    Holds {
        /// What the answer takes for granted.
        assumptions: Vec<Assumption>,
    },
    /// It does not hold.
    Violated {
        /// What shows it.
        evidence: Evidence,
        /// What the answer takes for granted.
        assumptions: Vec<Assumption>,
    },
    /// Neither proven nor refuted.
    Indeterminate {
        /// What would have to be known.
        reasons: Vec<String>,
        /// What the answer takes for granted.
        assumptions: Vec<Assumption>,
    },
}

/// What a rule says of a principal, facet by facet; see [`crate::Judged`].
pub type Facets = Vec<(Option<String>, Judgement)>;

/// What shows that a rule does not hold.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// An authorization that the rule forbids, confirmed; and what is wrong with it, where the rule
    /// does not say that by itself.
    Witness(Box<Witness>, Option<String>),
    /// Something that is so, in one line, as "the tag `project` is missing".
    Fact(String),
}

impl Judgement {
    /// What the answer takes for granted.
    pub fn assumptions(&self) -> &[Assumption] {
        match self {
            Self::OutOfScope => &[],
            Self::Holds { assumptions }
            | Self::Violated { assumptions, .. }
            | Self::Indeterminate { assumptions, .. } => assumptions,
        }
    }

    /// Whether nothing is wrong, and nothing unknown.
    pub fn is_unbroken(&self) -> bool {
        matches!(self, Self::Holds { .. } | Self::OutOfScope)
    }

    /// Not known, for one reason.
    pub(crate) fn unknown(reason: impl Into<String>) -> Self {
        Self::Indeterminate { reasons: vec![reason.into()], assumptions: Vec::new() }
    }
}
