//! A vendor that a role lets in: which external ids it must send, and what it may do then.
//!
//! IAM User Guide, "Access to AWS accounts owned by third parties": the vendor makes an external id for each
//! customer, and sends it with every request; a customer that could choose another's would come in by it.

use std::collections::{BTreeMap, BTreeSet};

use stanchion_inventory::Inventory;
use stanchion_policy::prove::Outsider;

use super::guess::{Guess, Names};
use crate::evaluator::Asked;
use crate::kinds::persona::{exceeding, within_at_most};
use crate::kinds::trust::region::Region;
use crate::kinds::trust::{EXTERNAL_ID as KEY, Found, Role, shown};
use crate::mend::{Meant, condition};
use crate::rulebook::{ExternalId, ThirdParties, Vendor};

/// How many external ids of one role are looked at.
const MOST: usize = 50;

/// Which vendors' accounts the trust policies of an inventory name together with each external id.
#[derive(Default)]
pub(crate) struct ExternalIds(BTreeMap<String, BTreeSet<String>>);

impl ExternalIds {
    /// Those of all roles.
    pub(crate) fn of(inventory: &Inventory) -> Self {
        let mut all = Self::default();
        for trust in inventory.principals().filter_map(|principal| principal.trust.as_ref()) {
            let Ok(document) = trust.document() else { continue };
            for statement in &document.statements {
                let ids = statement.conditions.iter().filter(|c| c.key.eq_ignore_ascii_case(KEY));
                let ids: Vec<&String> = ids.flat_map(|condition| &condition.values).collect();
                let entries = statement.principal.iter().flat_map(|element| &element.entries);
                let named: BTreeSet<String> = entries.flat_map(crate::kinds::trust::accounts_of).collect();
                for id in ids {
                    all.0.entry(id.clone()).or_default().extend(named.iter().cloned());
                }
            }
        }
        all
    }

    /// Another vendor of the rule whose accounts are named with an external id.
    fn shared<'r>(&self, id: &str, vendor: &Vendor, rule: &'r ThirdParties) -> Option<&'r Vendor> {
        let accounts = self.0.get(id)?;
        let others = rule.vendors.iter().filter(|other| other.name != vendor.name);
        others.into_iter().find(|other| other.accounts.iter().any(|account| accounts.contains(account)))
    }
}

/// What is wrong with letting a vendor in, from these of its accounts.
pub(super) fn judge(
    vendor: &Vendor,
    rule: &ThirdParties,
    accounts: &[String],
    asked: &Asked<'_, '_>,
    role: &Role<'_>,
    found: &mut Found,
) {
    let who: Vec<Outsider> = accounts.iter().flat_map(|account| role.of_account(account)).collect();
    let name = &vendor.name;
    let facet = |what: &str| format!("external-id:{what}:{}", slug(name));
    // STS API Reference, AssumeRole: an external id has two characters at least.
    let real = Region::any().with("StringLikeIfExists", KEY, ["??*".to_owned()]);
    if role.lets_in_any(&who, &real, found).is_none() {
        if role.asks_for_nothing(KEY) {
            let detail = format!("the external id that it asks of {name} is empty: no request can have it");
            found.fact(facet("empty"), detail);
        }
        return;
    }
    if vendor.external_id != ExternalId::NotNeeded {
        if let Some(witness) = role.lets_in_any(&who, &Region::any().without(KEY), found) {
            let detail = format!("{name} may assume it without an external id");
            found.witness(facet("missing"), witness, detail);
        } else {
            demanded(vendor, rule, &who, asked, role, found, &facet);
        }
    }
    if let Some(at_most) = &vendor.at_most {
        let facets = exceeding(asked, at_most);
        found.adopt(facets, |own| format!("vendor:{}:{own}", slug(name)));
    }
}

/// What would have to hold where a role lets this vendor in as it should not; `None`: the facet is another's.
pub(super) fn meant(vendor: &Vendor, facet: &str, asked: &Asked<'_, '_>) -> Option<Meant> {
    let name = slug(&vendor.name);
    if facet.strip_prefix("vendor:").and_then(|rest| rest.strip_prefix(&format!("{name}:"))).is_some() {
        return vendor.at_most.as_ref().map(|at_most| within_at_most(at_most, asked));
    }
    let what = facet.strip_prefix("external-id:")?.strip_suffix(&format!(":{name}"))?;
    let approved = !vendor.external_ids.is_empty() && ["any", "missing", "other"].contains(&what);
    approved.then(|| Meant::asks(vec![condition("StringEquals", KEY, vendor.external_ids.iter().cloned())]))
}

/// What is wrong with the external ids that a role asks of a vendor.
fn demanded(
    vendor: &Vendor,
    rule: &ThirdParties,
    who: &[Outsider],
    asked: &Asked<'_, '_>,
    role: &Role<'_>,
    found: &mut Found,
    facet: &dyn Fn(&str) -> String,
) {
    let name = &vendor.name;
    let ids = role.values_of(KEY, false);
    let others = Region::any().with("StringLike", KEY, ["??*".to_owned()]).other_than(KEY, &ids);
    if let Some(witness) = role.lets_in_any(who, &others, found) {
        let detail = format!("{name} may assume it with external ids that the trust policy does not name");
        found.witness(facet("any"), witness, detail);
        return;
    }
    if ids.len() > MOST {
        found.unknown(format!("the trust policy names more than {MOST} external ids"));
    }
    let inventory = asked.evaluator().inventory();
    let names = Names::of(rule, vendor, role.account(), inventory);
    for id in ids.iter().take(MOST) {
        let region = Region::any().with("StringEquals", KEY, [id.clone()]);
        let region = region.with("StringLike", KEY, ["??*".to_owned()]);
        if role.lets_in_any(who, &region, found).is_none() {
            continue;
        }
        if !vendor.external_ids.is_empty() {
            if !vendor.external_ids.contains(id) {
                let detail = format!("{name} may assume it with {}, which is not approved", shown(id));
                found.fact(facet("other"), detail);
            }
            continue;
        }
        if let Some(other) = asked.evaluator().external_ids().shared(id, vendor, rule) {
            let detail =
                format!("roles ask {name} and {} for the same external id, {}", other.name, shown(id));
            found.fact(facet("shared"), detail);
        }
        if vendor.external_id == ExternalId::Random
            && let Some(guess) = Guess::of(id, &names)
        {
            let detail =
                format!("the external id that it asks of {name}, {}, can be guessed: {guess}", shown(id));
            found.fact(facet("guessable"), detail);
        }
    }
}

/// A name as facets have it.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}
