//! A resource whose policy is known: a role that may be assumed, or any other.

use super::pattern::{self, Pattern, Token};
use super::placed::{Placed, placed};
use super::translate::Place;
use super::witness::on_kms_key;
use super::{KnownResource, RoleTarget};
use crate::document::Effect;
use crate::policy::{Level, NamedPolicy};
use crate::request::Context;

/// One resource, and the statements that are its own.
pub(super) struct Target<'a> {
    pub(super) arn: &'a str,
    /// What its ARN can be: this one, but for a role that stands for all of its account.
    pub(super) arns: Pattern,
    /// What its policy is called.
    pub(super) called: &'static str,
    pub(super) account: &'a str,
    pub(super) policy: &'a NamedPolicy,
    /// What is known of the organization of its account.
    pub(super) known: &'a Context,
    pub(super) levels: &'a [Level],
    /// Why the policy cannot be read.
    pub(super) unknown: Option<&'a str>,
    pub(super) allows: Vec<Placed<'a>>,
    pub(super) denies: Vec<Placed<'a>>,
    /// What the RCPs of its account deny.
    pub(super) rcps: Vec<Placed<'a>>,
}

impl<'a> Target<'a> {
    pub(super) fn of_role(role: &'a RoleTarget) -> Self {
        let of = (role.arn.as_str(), role.account.as_str());
        Self::new("trust policy", of, &role.trust, &role.known, &role.rcps)
    }

    /// Any role of this one's account, of which no more is known than that its trust policy may grant.
    pub(super) fn of_some_role(role: &'a RoleTarget, nothing: &'a Context) -> Self {
        Self {
            arn: &role.arn,
            arns: vec![Token::Star],
            called: "trust policy",
            account: &role.account,
            policy: &role.trust,
            known: nothing,
            levels: &[],
            unknown: Some("not looked at"),
            allows: Vec::new(),
            denies: Vec::new(),
            rcps: Vec::new(),
        }
    }

    pub(super) fn of_resource(resource: &'a KnownResource) -> Self {
        let of = (resource.arn.as_str(), resource.account.as_str());
        Self::new("policy", of, &resource.policy, &resource.known, &resource.rcps)
    }

    /// Whether its policy must grant, even in its own account (KMS Developer Guide, "Key policies").
    pub(super) fn must_grant(&self) -> bool {
        on_kms_key("kms:", self.arn)
    }

    /// The third part of its ARN.
    pub(super) fn service(&self) -> &'a str {
        self.arn.split(':').nth(2).unwrap_or_default()
    }

    /// The region in its ARN, if there is one.
    pub(super) fn region(&self) -> Option<&'a str> {
        self.arn.split(':').nth(3).filter(|region| !region.is_empty())
    }

    /// What the statements that allow or deny, and the RCPs', have to say of actions.
    pub(super) fn statements(&self) -> impl Iterator<Item = &Placed<'a>> {
        self.allows.iter().chain(&self.denies).chain(&self.rcps)
    }

    fn new(
        called: &'static str,
        (arn, account): (&'a str, &'a str),
        policy: &'a NamedPolicy,
        known: &'a Context,
        levels: &'a [Level],
    ) -> Self {
        let place = Place::Resource;
        let (allows, denies, unknown) = match policy.policy.boxes() {
            Ok(compiled) => {
                let of = |effect| placed(compiled, effect, place).collect();
                (of(Effect::Allow), of(Effect::Deny), None)
            }
            Err(reason) => (Vec::new(), Vec::new(), Some(reason)),
        };
        let rcps = levels.iter().flat_map(|level| &level.policies).filter_map(|p| p.policy.boxes().ok());
        let rcps = rcps.flat_map(|compiled| placed(compiled, Effect::Deny, place)).collect();
        let arns = pattern::literal(arn);
        Self { arn, arns, called, account, policy, known, levels, unknown, allows, denies, rcps }
    }

    /// What it costs to read the statements that are its own.
    pub(super) fn size(&self) -> u64 {
        self.statements().map(Placed::weight).sum()
    }
}
