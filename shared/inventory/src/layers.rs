//! Which policy layers bind a principal.

use std::sync::Arc;

use stanchion_policy::{Layers, Level, NamedPolicy, Policy, ResourcePolicy};

use crate::account::Principal;
use crate::inventory::Inventory;
use crate::organization::{Organization, OrganizationPolicy, RCP, SCP, TypeStatus};

impl Inventory {
    /// The layers that bind a principal's requests for resources of its own account: identity
    /// policies, boundary, SCPs and RCPs. Session, endpoint and resource policies are not of the
    /// inventory.
    ///
    /// What is not known is there as an unknown policy, never absent. Management accounts,
    /// stand-alone accounts and service-linked roles have no SCP and no RCP levels (Organizations
    /// User Guide, "Service control policies": "Tasks and entities not restricted by SCPs").
    pub fn layers(&self, principal: &Principal) -> Layers {
        let exempt = principal.service_linked;
        let level = |kind| {
            if exempt { Vec::new() } else { self.levels(&principal.account, kind) }
        };
        Layers {
            identity: self.identity(principal),
            boundary: principal.boundary.as_deref().map(|arn| self.boundary(principal, arn)),
            session: None,
            scps: level(SCP),
            rcps: level(RCP),
            resource: ResourcePolicy::NotGiven,
            endpoint: None,
        }
    }

    /// The SCPs that bind an account's principals, root first.
    pub fn scps(&self, account: &str) -> Vec<Level> {
        self.levels(account, SCP)
    }

    /// The RCPs that protect an account's resources, root first.
    pub fn rcps(&self, account: &str) -> Vec<Level> {
        self.levels(account, RCP)
    }

    fn identity(&self, principal: &Principal) -> Vec<NamedPolicy> {
        let account = principal.account.as_str();
        let inline =
            |(name, policy): (&String, &Policy)| NamedPolicy::new(format!("inline:{name}"), policy.clone());
        let mut policies: Vec<_> = principal.inline.iter().map(inline).collect();
        policies.extend(principal.attached.iter().map(|arn| self.managed(account, arn)));
        for name in &principal.groups {
            let Some(group) = self.group(account, name) else {
                let reason = format!("group `{name}` is not in the authorization details");
                policies.push(NamedPolicy::new(format!("group {name}"), Policy::unknown(reason)));
                continue;
            };
            let own = group.inline.iter().map(inline);
            let attached = group.attached.iter().map(|arn| self.managed(account, arn));
            policies.extend(
                own.chain(attached)
                    .map(|named| NamedPolicy::new(format!("group {name}: {}", named.name), named.policy)),
            );
        }
        policies
    }

    fn boundary(&self, principal: &Principal, arn: &str) -> NamedPolicy {
        self.managed(&principal.account, arn)
    }

    fn managed(&self, account: &str, arn: &str) -> NamedPolicy {
        let Some(policy) = self.managed_policy(account, arn) else {
            // The details list policies that are attached; one that only bounds may be left out.
            let reason = format!("policy `{arn}` is not in the authorization details");
            return NamedPolicy::new(arn, Policy::unknown(reason));
        };
        let document = policy.default_document().cloned().unwrap_or_else(|| {
            Policy::unknown(format!("the default version of policy `{arn}` is not in the input"))
        });
        NamedPolicy::new(Arc::clone(&policy.arn), document)
    }

    fn levels(&self, account: &str, kind: &str) -> Vec<Level> {
        let Some(organization) = self.organization() else {
            return Vec::new();
        };
        let outside = organization.accounts.as_ref().is_some_and(|all| !all.contains_key(account));
        if outside || self.is_management_account(account) {
            return Vec::new();
        }
        let status = organization.type_status(kind);
        if status == TypeStatus::NotEnabled {
            return Vec::new();
        }
        // With any of these unknown there may be no levels at all, which no list of levels can
        // say; one level of which nothing is known can.
        if organization.management_account.is_none() {
            return vec![unknown(account, "the management account is not in the input")];
        }
        if let TypeStatus::Unknown(reason) = status {
            return vec![unknown(account, &reason)];
        }
        let Some(policies) = &organization.policies else {
            return vec![unknown(account, "the organization's policies are not in the input")];
        };
        let unplaced: Vec<_> = policies
            .iter()
            .filter(|(_, policy)| policy.kind == kind && !policy.targets_known)
            .map(|(id, _)| {
                let reason = format!("what `{id}` is attached to is not in the input");
                NamedPolicy::new(id.as_str(), Policy::unknown(reason))
            })
            .collect();
        let chain = organization.chain(account);
        let above = chain.broken.map(|reason| unknown("above", &reason));
        let known = chain.levels.iter().map(|id| {
            let mut level = organization.level(id, kind);
            level.policies.extend(unplaced.iter().cloned());
            level
        });
        above.into_iter().chain(known).collect()
    }
}

impl Organization {
    fn level(&self, target: &str, kind: &str) -> Level {
        let policies = self.attached(target).filter_map(|id| {
            let known = self.policies.as_ref().and_then(|policies| policies.get(id));
            match known {
                Some(policy) if policy.kind == kind => Some(NamedPolicy::new(id, policy.policy.clone())),
                Some(_) => None,
                None => match OrganizationPolicy::aws_managed(id) {
                    Some(policy) if policy.kind == kind => Some(NamedPolicy::new(id, policy.policy)),
                    Some(_) => None,
                    // It may be of another type; whether it is, is part of what is unknown.
                    None => {
                        let reason = format!("policy `{id}` is not in the organization file");
                        Some(NamedPolicy::new(id, Policy::unknown(reason)))
                    }
                },
            }
        });
        Level { name: target.into(), policies: policies.collect() }
    }
}

fn unknown(level: &str, reason: &str) -> Level {
    Level {
        name: level.into(),
        policies: vec![NamedPolicy::new(format!("(policies of {level})"), Policy::unknown(reason))],
    }
}
