//! Third parties: who from outside the organization may assume the role, and what may a vendor do then?

mod guess;
mod vendor;

use std::collections::BTreeMap;

use super::trust::region::Region;
use super::trust::{Found, Place, Role, place};
use crate::evaluator::Asked;
use crate::judgement::{Facets, Judgement};
use crate::mend::{Meant, condition};
use crate::rulebook::{self, KnownAccount};

pub(crate) use vendor::ExternalIds;

/// A rule about third parties.
pub(crate) struct ThirdParties {
    rule: rulebook::ThirdParties,
    /// By account.
    known: BTreeMap<String, KnownAccount>,
}

impl ThirdParties {
    pub(super) fn new(rule: &rulebook::ThirdParties) -> Self {
        let known = rule.known_accounts.iter();
        Self {
            known: known.map(|known| (known.account.clone(), known.clone())).collect(),
            rule: rule.clone(),
        }
    }

    /// What a vendor may do at most is said of assuming roles, too.
    pub(super) fn asks_for_roles(&self) -> bool {
        self.rule.vendors.iter().any(|vendor| vendor.at_most.is_some())
    }

    /// A facet for each stranger who may come, and for each way in which a vendor may and should not.
    pub(super) fn judge(&self, asked: &Asked<'_, '_>) -> Facets {
        let role = match Role::of(asked) {
            Ok(Some(role)) => role,
            Ok(None) => return vec![(None, Judgement::OutOfScope)],
            Err(reason) => return vec![(None, Judgement::unknown(reason))],
        };
        let mut found = Found::default();
        for id in &role.ids {
            let detail = format!("it lets in {id}, the id of a principal that is gone: nobody else has it");
            found.fact(format!("gone:{id}"), detail);
        }
        if let Some(text) = role.in_parts() {
            found.unknown(format!("which accounts `{text}` means"));
        }
        let home = Home::of(asked);
        if !self.anyone(&role, &home, &mut found) {
            self.organizations(&role, &home, &mut found);
            self.accounts(asked, &role, &home, &mut found);
        }
        found.finish()
    }

    pub(super) fn meant(&self, facet: &str, asked: &Asked<'_, '_>) -> Meant {
        if facet == "anyone" {
            let id = Home::of(asked).id;
            return Meant::asks(
                id.map(|id| condition("StringEquals", "aws:PrincipalOrgID", [id])).into_iter().collect(),
            );
        }
        if ["account:", "organization:"].iter().any(|start| facet.starts_with(start)) {
            return Meant::nobody();
        }
        for vendor in &self.rule.vendors {
            if let Some(meant) = vendor::meant(vendor, facet, asked) {
                return meant;
            }
        }
        Meant::default()
    }

    /// Whether somebody may come of whom nothing is said.
    fn anyone(&self, role: &Role<'_>, home: &Home, found: &mut Found) -> bool {
        let mut region = home.outside();
        for id in organizations(role) {
            region = region.with("StringNotEquals", "aws:PrincipalOrgID", [id.clone()]).with(
                "ForAllValues:StringNotLike",
                "aws:PrincipalOrgPaths",
                [format!("{id}/*")],
            );
        }
        let Some(witness) = role.lets_in_any(&role.strangers(), &region, found) else { return false };
        found.witness("anyone".to_owned(), witness, "anyone with an AWS account may assume it".to_owned());
        true
    }

    /// Other organizations that the documents name.
    fn organizations(&self, role: &Role<'_>, home: &Home, found: &mut Found) {
        for id in organizations(role) {
            if home.id.as_ref() == Some(&id) || self.rule.organizations.contains(&id) {
                continue;
            }
            let region = Region::any().with("StringEquals", "aws:PrincipalOrgID", [id.clone()]);
            let Some(witness) = role.lets_in_any(&role.strangers(), &region, found) else { continue };
            if home.id.is_none() {
                found.unknown(format!("whether {id} is the organization's own id"));
                continue;
            }
            let detail = format!("anyone in the organization {id} may assume it, which is not approved");
            found.witness(format!("organization:{id}"), witness, detail);
        }
    }

    /// Accounts that the documents name.
    fn accounts(&self, asked: &Asked<'_, '_>, role: &Role<'_>, home: &Home, found: &mut Found) {
        let inventory = asked.evaluator().inventory();
        let mut vendors: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for account in role.accounts() {
            let place = place(inventory, &account);
            if place == Place::Inside {
                continue;
            }
            let vendor = self.rule.vendors.iter().find(|vendor| vendor.accounts.contains(&account));
            if let Some(vendor) = vendor {
                vendors.entry(&vendor.name).or_default().push(account);
                continue;
            }
            let Some(witness) = role.lets_in_any(&role.of_account(&account), &home.outside(), found) else {
                continue;
            };
            if place == Place::Unknown {
                found.unknown(format!("whether account {account} is in the organization"));
                continue;
            }
            let detail = format!("account {account}, {}, may assume it", self.whose(&account));
            found.witness(format!("account:{account}"), witness, detail);
        }
        for vendor in &self.rule.vendors {
            if let Some(accounts) = vendors.get(vendor.name.as_str()) {
                vendor::judge(vendor, &self.rule, accounts, asked, role, found);
            }
        }
    }

    fn whose(&self, account: &str) -> String {
        match self.known.get(account) {
            Some(known) if known.of_aws => format!("known as AWS's own for {}, and not approved", known.name),
            Some(known) => format!("known as {}, and not approved", known.name),
            None => "of which nothing is known".to_owned(),
        }
    }
}

/// The organization that the inventory is of.
struct Home {
    id: Option<String>,
}

impl Home {
    fn of(asked: &Asked<'_, '_>) -> Self {
        Self { id: asked.evaluator().inventory().organization_id().map(str::to_owned) }
    }

    /// Requests by principals of no account of the organization.
    fn outside(&self) -> Region {
        self.id.iter().fold(Region::any(), |region, id| {
            region.with("StringNotEquals", "aws:PrincipalOrgID", [id.clone()]).with(
                "ForAllValues:StringNotLike",
                "aws:PrincipalOrgPaths",
                [format!("{id}/*")],
            )
        })
    }
}

/// The ids of organizations that conditions name in full.
fn organizations(role: &Role<'_>) -> Vec<String> {
    let ids = role.values_of("aws:PrincipalOrgID", false);
    let paths = role.values_of("aws:PrincipalOrgPaths", true);
    let of_paths = paths.iter().filter_map(|path| path.split('/').next()).map(str::to_owned);
    let named = |id: &String| id.starts_with("o-") && !id.contains(['*', '?', '$']);
    let mut all: Vec<String> = ids.into_iter().chain(of_paths).filter(named).collect();
    all.sort_unstable();
    all.dedup();
    all
}
