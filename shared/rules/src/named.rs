//! Which roles' trust policies name a principal itself, rather than its account.

use std::collections::BTreeMap;

use stanchion_inventory::Principal;
use stanchion_policy::document::{Effect, PrincipalEntry};
use stanchion_policy::prove::RoleTarget;

/// Places in a list of roles, by whom their trust policies name.
#[derive(Debug, Default)]
pub(crate) struct Named {
    by_arn: BTreeMap<String, Vec<usize>>,
    /// By the accounts whose principals they leave it to.
    by_account: BTreeMap<String, Vec<usize>>,
    /// Those that may name anyone.
    wide: Vec<usize>,
}

/// Whom an entry of a trust policy lets in without a permission of its own.
enum LetIn<'d> {
    Nobody,
    Account(&'d str),
    This(&'d str),
    Anyone,
}

impl Named {
    /// Reads the trust policies of some roles.
    pub(crate) fn by(roles: &[RoleTarget]) -> Self {
        let mut found = Self::default();
        for (index, role) in roles.iter().enumerate() {
            let Ok(document) = role.trust.policy.document() else {
                found.wide.push(index);
                continue;
            };
            let allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
            for element in allows.filter_map(|statement| statement.principal.as_ref()) {
                for entry in &element.entries {
                    match if element.negated { LetIn::Anyone } else { let_in(entry) } {
                        LetIn::Nobody => {}
                        LetIn::Account(account) => {
                            found.by_account.entry(account.to_owned()).or_default().push(index);
                        }
                        LetIn::This(arn) => found.by_arn.entry(arn.to_owned()).or_default().push(index),
                        LetIn::Anyone => found.wide.push(index),
                    }
                }
            }
        }
        found
    }

    /// The roles that may let a principal in, by its name or its account's, in their order, each once.
    pub(crate) fn letting_in(&self, principal: &Principal) -> impl Iterator<Item = usize> {
        let account = self.by_account.get(&principal.account).into_iter().flatten().copied();
        let all: std::collections::BTreeSet<usize> = self.of(principal).chain(account).collect();
        all.into_iter()
    }

    /// The roles that may name a principal, in their order, each once.
    pub(crate) fn of(&self, principal: &Principal) -> impl Iterator<Item = usize> {
        let own = self.by_arn.get(&principal.arn).into_iter().flatten();
        let all: std::collections::BTreeSet<usize> = own.chain(&self.wide).copied().collect();
        all.into_iter()
    }
}

/// An account leaves it to its own policies whom it lets in (IAM User Guide, "AWS JSON policy elements:
/// Principal").
fn let_in(entry: &PrincipalEntry) -> LetIn<'_> {
    match entry {
        PrincipalEntry::Service(_) | PrincipalEntry::Federated(_) => LetIn::Nobody,
        PrincipalEntry::Aws(name) => {
            let parts: Vec<&str> = name.splitn(6, ':').collect();
            match parts[..] {
                [account] if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) => {
                    LetIn::Account(account)
                }
                [_, _, "iam", _, account, "root"] => LetIn::Account(account),
                [_, _, "iam", _, _, resource]
                    if resource.starts_with("role/") || resource.starts_with("user/") =>
                {
                    LetIn::This(name)
                }
                _ => LetIn::Anyone,
            }
        }
        PrincipalEntry::Anyone | PrincipalEntry::CanonicalUser(_) => LetIn::Anyone,
    }
}
