//! What would have to hold where a rule is broken, for those who look for a way to mend it.

use stanchion_inventory::Principal;
use stanchion_policy::document::{Condition, Operator};
use stanchion_policy::{NamedPolicy, Policy};

use crate::evaluator::Evaluator;
use crate::scope::InScope;

/// What would have to hold where a rule is broken in one way. All of it empty: the rule does not say in terms
/// of policies.
#[derive(Clone, Debug, Default)]
pub struct Meant {
    /// Regions of requests. Where one of them is impossible, the rule holds.
    pub regions: Vec<Policy>,
    /// Whether the requests of the regions are forbidden by themselves, and not only together with others, or
    /// for what comes of them; of rules about trust, whether nobody may come in the way that the facet stands for.
    pub by_themselves: bool,
    /// Policies beyond which nothing should be possible.
    pub at_most: Vec<NamedPolicy>,
    /// Conditions that the statement of a trust policy that lets somebody in should have.
    pub conditions: Vec<Condition>,
}

impl Meant {
    /// Requests that are forbidden by themselves.
    pub(crate) fn forbidden(region: Policy) -> Self {
        Self { regions: vec![region], by_themselves: true, ..Self::default() }
    }

    /// That nobody may come so.
    pub(crate) fn nobody() -> Self {
        Self { by_themselves: true, ..Self::default() }
    }

    /// Conditions that a trust policy should have.
    pub(crate) fn asks(conditions: Vec<Condition>) -> Self {
        Self { conditions, ..Self::default() }
    }
}

/// A condition of a policy.
pub(crate) fn condition(
    operator: &str,
    key: &str,
    values: impl IntoIterator<Item = impl Into<String>>,
) -> Condition {
    let values = values.into_iter().map(Into::into).collect();
    Condition { operator: Operator::parse(operator), key: key.to_owned(), values }
}

impl Evaluator<'_> {
    /// Whether a rule is about a principal; false as well where that is not known.
    pub fn is_about(&self, rule_id: &str, principal: &Principal) -> bool {
        let Some((rule, prepared)) = self.rule(rule_id) else { return false };
        matches!(prepared.is_about(rule, self.inventory(), principal), InScope::Yes)
    }

    /// What would have to hold for a rule that a principal breaks in the way that a facet stands for.
    pub fn meant(&self, rule_id: &str, facet: Option<&str>, principal: &Principal) -> Meant {
        let Some((_, prepared)) = self.rule(rule_id) else { return Meant::default() };
        self.about(principal, |asked| prepared.meant(facet, asked))
    }
}
