//! Guardrails: is the principal in scope, and can it make a request that must be impossible?

use stanchion_inventory::{Inventory, Principal};
use stanchion_policy::decide::arn_like;
use stanchion_policy::prove::{Assumption, Witness};

use crate::rulebook::Guardrail;

/// What is to be said of one rule and one principal.
#[derive(Clone, Debug)]
pub enum Judgement {
    /// The rule is not about this principal.
    OutOfScope,
    /// Proven: no request that the rule forbids is authorized.
    Holds {
        /// What the answer takes for granted.
        assumptions: Vec<Assumption>,
    },
    /// This one is.
    Violated {
        /// The authorization, confirmed.
        witness: Box<Witness>,
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
}

/// Whether a rule is about a principal.
pub(crate) enum InScope {
    Yes,
    No,
    /// It depends on what the inventory does not tell.
    Unknown(String),
}

/// Every key of a scope must fit; of a key's values, one.
pub(crate) fn in_scope(guardrail: &Guardrail, inventory: &Inventory, principal: &Principal) -> InScope {
    let scope = &guardrail.scope;
    let fits = (scope.principals.is_empty() || scope.principals.contains(&principal.kind))
        && (scope.accounts.is_empty() || scope.accounts.contains(&principal.account))
        && scope.tags.iter().all(|(key, values)| {
            let held = principal.tags.iter().find(|(own, _)| own.eq_ignore_ascii_case(key));
            held.is_some_and(|(_, value)| values.contains(value))
        })
        && !guardrail.except.iter().any(|pattern| arn_like(pattern, &principal.arn));
    if !fits {
        return InScope::No;
    }
    if scope.ous.is_empty() {
        return InScope::Yes;
    }
    let listed = inventory.organization().and_then(|organization| organization.accounts.as_ref());
    if listed.is_some_and(|accounts| !accounts.contains_key(&principal.account)) {
        // Not of this organization, and so under none of its OUs.
        return InScope::No;
    }
    let path = inventory.organization_path(&principal.account);
    let known = path.is_some();
    let mut above = inventory.ous_of(&principal.account);
    above.extend(path.iter().flat_map(|path| path.split('/')).map(str::to_owned));
    if above.iter().any(|id| scope.ous.contains(id)) {
        return InScope::Yes;
    }
    if known {
        return InScope::No;
    }
    InScope::Unknown(format!("under which OUs account {} lies", principal.account))
}
