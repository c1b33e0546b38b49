//! A role with its trust policy, and whom that policy and the RCPs speak of.

use std::collections::BTreeSet;

use stanchion_inventory::{Inventory, Principal, PrincipalKind};
use stanchion_policy::document::{Condition, Document, Effect, PrincipalEntry, Statement};
use stanchion_policy::prove::{Answer, Outsider, RoleTarget, Verdict, Witness};
use stanchion_policy::{Caller, CallerKind, NamedPolicy, Policy};

use super::region::Region;
use super::shown::{EXTERNAL_ID, hide};
use crate::asker::role_target;
use crate::evaluator::Asked;

/// Accounts that documentation uses; one that no policy names stands for all strangers.
const STRANGERS: [&str; 5] = ["999988887777", "888877776666", "777766665555", "666655554444", "555544443333"];

/// A role that can be asked whom it lets in.
pub(in crate::kinds) struct Role<'a> {
    asked: &'a Asked<'a, 'a>,
    target: RoleTarget,
    /// Its trust policy and the RCPs, as far as they can be read.
    documents: Vec<Document>,
    /// Unique ids that its trust policy lets in.
    pub(in crate::kinds) ids: BTreeSet<String>,
}

/// Where an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kinds) enum Place {
    /// In the organization; without one, in the inventory.
    Inside,
    Outside,
    /// The inventory does not say.
    Unknown,
}

/// Where an account is.
pub(in crate::kinds) fn place(inventory: &Inventory, account: &str) -> Place {
    if inventory.account(account).is_some() || inventory.is_management_account(account) {
        return Place::Inside;
    }
    match inventory.organization().map(|organization| &organization.accounts) {
        None => Place::Outside,
        Some(None) => Place::Unknown,
        Some(Some(accounts)) if accounts.contains_key(account) => Place::Inside,
        Some(Some(_)) => Place::Outside,
    }
}

impl<'a> Role<'a> {
    /// The role that is asked about. `None`: it is no role, or one whose trust policy is AWS's own.
    ///
    /// # Errors
    /// Why its trust policy is not known.
    pub(in crate::kinds) fn of(asked: &'a Asked<'a, 'a>) -> Result<Option<Self>, String> {
        let principal = asked.principal();
        if !is_ours(principal) {
            return Ok(None);
        }
        let inventory = asked.evaluator().inventory();
        let mut target =
            role_target(inventory, principal).ok_or("the trust policy of the role is not known")?;
        let trust = target.trust.policy.document();
        let trust = trust.map_err(|reason| format!("the trust policy of the role: {reason}"))?;
        let (trust, ids) = without_ids(trust.clone());
        target.trust = NamedPolicy::new(std::sync::Arc::clone(&target.trust.name), Policy::of(trust.clone()));
        let rcps = target.rcps.iter().flat_map(|level| &level.policies);
        let rcps = rcps.filter_map(|named| named.policy.document().ok().cloned());
        let documents = std::iter::once(trust).chain(rcps).collect();
        Ok(Some(Self { asked, target, documents, ids }))
    }

    /// The role's account.
    pub(in crate::kinds) fn account(&self) -> &str {
        &self.target.account
    }

    /// Whether somebody can begin a session by a request of a region, which is told without the external
    /// ids of the trust policy.
    pub(in crate::kinds) fn lets_in(&self, who: &Outsider, region: Region) -> Answer {
        let mut answer = self.asked.lets_in(who, &self.target, &region.policy());
        if let Verdict::Yes(witness) = &mut answer.verdict {
            hide(witness, &self.values_of(EXTERNAL_ID, false));
        }
        answer
    }

    /// Whether any of these can; the first who can, else what is not known.
    pub(in crate::kinds) fn lets_in_any(
        &self,
        who: &[Outsider],
        region: &Region,
        found: &mut super::Found,
    ) -> Option<Box<Witness>> {
        let mut open = Vec::new();
        for outsider in who {
            let answer = self.lets_in(outsider, region.clone());
            match answer.verdict {
                Verdict::Yes(_) => return found.of(answer),
                _ => open.push(answer),
            }
        }
        open.into_iter().for_each(|answer| {
            found.of(answer);
        });
        None
    }

    /// Users and roles of any name in an account, and those of its principals that the documents name.
    pub(in crate::kinds) fn of_account(&self, account: &str) -> Vec<Outsider> {
        let partition = self.target.arn.split(':').nth(1).unwrap_or("aws");
        let any = ["user", "role"].map(|kind| format!("arn:{partition}:iam::{account}:{kind}/someone"));
        let any = any.iter().filter_map(|arn| Caller::parse(arn).ok());
        let any = any.map(|caller| Outsider { caller, named: false });
        let named = self.entries(|_| true).filter_map(|entry| match entry {
            PrincipalEntry::Aws(name) => Caller::parse(name).ok(),
            _ => None,
        });
        let named = named.filter(|caller| caller.account == account && caller.kind != CallerKind::Root);
        let mut all: Vec<Outsider> = Vec::new();
        for outsider in any.chain(named.map(|caller| Outsider { caller, named: true })) {
            if !all.iter().any(|known| known.caller == outsider.caller) {
                all.push(outsider);
            }
        }
        all
    }

    /// Users and roles of an account that nothing speaks of.
    pub(in crate::kinds) fn strangers(&self) -> Vec<Outsider> {
        let named = self.accounts();
        let usual = STRANGERS.iter().map(|account| (*account).to_owned());
        let more = (1..).map(|number: u64| format!("{number:012}"));
        let stranger = usual.chain(more).find(|account| !named.contains(account));
        stranger.map(|account| self.of_account(&account)).unwrap_or_default()
    }

    /// The accounts that the documents speak of.
    pub(in crate::kinds) fn accounts(&self) -> BTreeSet<String> {
        let mut all: BTreeSet<String> = self.entries(|_| true).flat_map(accounts_of).collect();
        all.extend(
            self.conditions().flat_map(|condition| &condition.values).flat_map(|value| numbers(value)),
        );
        all
    }

    /// A value that speaks of a part of an account's number, if there is one: whom it means is not told.
    pub(in crate::kinds) fn in_parts(&self) -> Option<&str> {
        let of_account = |condition: &&Condition| {
            let key = condition.key.to_ascii_lowercase();
            matches!(key.as_str(), "aws:principalaccount" | "aws:principalarn")
        };
        let mut values = self.conditions().filter(of_account).flat_map(|condition| &condition.values);
        let found = values.find(|value| {
            let account = value.split(':').nth(4).unwrap_or(value);
            account.contains(['*', '?']) && account.bytes().any(|byte| byte.is_ascii_digit())
        });
        found.map(String::as_str)
    }

    /// Whether some statement lets in anyone at all, as far as its principals say.
    pub(in crate::kinds) fn names_anyone(&self) -> bool {
        self.allowed().any(|entry| *entry == PrincipalEntry::Anyone)
    }

    /// The services that the trust policy lets in, as it writes them.
    pub(in crate::kinds) fn services(&self) -> BTreeSet<&str> {
        self.allowed().filter(|entry| matches!(entry, PrincipalEntry::Service(_))).map(name).collect()
    }

    /// The identity providers that the trust policy lets in.
    pub(in crate::kinds) fn providers(&self) -> BTreeSet<&str> {
        self.allowed().filter(|entry| matches!(entry, PrincipalEntry::Federated(_))).map(name).collect()
    }

    /// The values that conditions on a key have, patterns and variables among them only if `patterns`.
    pub(in crate::kinds) fn values_of(&self, key: &str, patterns: bool) -> Vec<String> {
        let of_key = self.conditions().filter(|condition| condition.key.eq_ignore_ascii_case(key));
        let values = of_key.flat_map(|condition| &condition.values);
        let plain = |value: &&String| patterns || !value.contains(['*', '?', '$']);
        let all: BTreeSet<String> = values.filter(plain).cloned().collect();
        all.into_iter().collect()
    }

    /// Whether a condition on a key asks for nothing, or for a text with nothing in it.
    pub(in crate::kinds) fn asks_for_nothing(&self, key: &str) -> bool {
        let mut of_key = self.conditions().filter(|condition| condition.key.eq_ignore_ascii_case(key));
        of_key.any(|condition| condition.values.iter().all(String::is_empty))
    }

    fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.statements().flat_map(|statement| &statement.conditions)
    }

    fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.documents.iter().flat_map(|document| &document.statements)
    }

    fn entries(&self, wanted: impl Fn(&Statement) -> bool) -> impl Iterator<Item = &PrincipalEntry> {
        let statements = self.statements().filter(move |statement| wanted(statement));
        statements.filter_map(|statement| statement.principal.as_ref()).flat_map(|element| &element.entries)
    }

    /// Whom the statements of the trust policy that allow something name.
    fn allowed(&self) -> impl Iterator<Item = &PrincipalEntry> {
        self.entries(|statement| {
            statement.effect == Effect::Allow && statement.principal.as_ref().is_some_and(|p| !p.negated)
        })
    }
}

fn name(entry: &PrincipalEntry) -> &str {
    match entry {
        PrincipalEntry::Anyone => "*",
        PrincipalEntry::Aws(name)
        | PrincipalEntry::Service(name)
        | PrincipalEntry::Federated(name)
        | PrincipalEntry::CanonicalUser(name) => name,
    }
}

/// Whether the trust policy of a role is its account's to write. Service-linked roles and those of IAM
/// Identity Center are AWS's (IAM User Guide, "Roles terms and concepts").
fn is_ours(principal: &Principal) -> bool {
    principal.kind == PrincipalKind::Role
        && !principal.service_linked
        && !principal.path.starts_with("/aws-reserved/")
}

/// Takes the unique ids out of what a policy allows: where IAM shows one in place of a name, its principal
/// is gone, and nobody else ever has it (IAM User Guide, "AWS JSON policy elements: Principal").
fn without_ids(mut document: Document) -> (Document, BTreeSet<String>) {
    let mut ids = BTreeSet::new();
    for statement in document.statements.iter_mut().filter(|statement| statement.effect == Effect::Allow) {
        let Some(element) = statement.principal.as_mut().filter(|element| !element.negated) else { continue };
        element.entries.retain(|entry| match entry {
            PrincipalEntry::Aws(name) if is_unique_id(name) => {
                ids.insert(name.clone());
                false
            }
            _ => true,
        });
    }
    (document, ids)
}

/// IAM User Guide, "IAM identifiers", unique identifiers.
fn is_unique_id(name: &str) -> bool {
    ["AIDA", "AROA"].iter().any(|start| name.starts_with(start))
        && name.len() >= 16
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// The account that an entry names, or whose principal.
pub(in crate::kinds) fn accounts_of(entry: &PrincipalEntry) -> Vec<String> {
    match entry {
        PrincipalEntry::Aws(name) => numbers(name).collect(),
        _ => Vec::new(),
    }
}

/// Every number of twelve digits.
fn numbers(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 12).map(str::to_owned)
}
