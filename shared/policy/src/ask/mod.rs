//! One question as people put it: can this principal do this? Any of some actions on any of some
//! resources, where a few context keys are fixed; and the answer, and [`why`].

mod batch;
mod doubt;
mod report;
mod wanted;
pub mod why;

use std::borrow::Cow;
use std::collections::BTreeSet;

pub use batch::Batch;
pub use doubt::doubt_about_key;
pub use report::{Authorized, Reason, Report, report};
pub use wanted::{Unclear, Wanted};

use crate::catalogue;
use crate::document::{Document, Version};
use crate::policy::{Layers, Level, NOT_UNDER_SCPS, NamedPolicy, Policy, ResourcePolicy};
use crate::prove::{
    Answer, Asker, Assumption, Given, KnownResource, Question, RoleTarget, Stack, Verdict, delegating,
};
use crate::request::{Context, is_account};

/// Everything that an answer rests on.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// What is asked.
    pub wanted: &'a Wanted,
    /// Who.
    pub asker: &'a Asker,
    /// What is said of the requests.
    pub given: Given,
    /// What binds the principal; `resource` is not looked at.
    pub layers: Layers,
    /// The roles that may be assumed.
    pub roles: Cow<'a, [RoleTarget]>,
    /// The resource, if one is named.
    pub resource: Option<KnownResource>,
    /// What is taken for granted of the resource.
    pub presumed: BTreeSet<Assumption>,
    /// What was not looked at, so that it cannot be *no*.
    pub left_out: Vec<String>,
    /// How many steps the search may take.
    pub steps: u64,
}

/// What is known of the one resource that a question names.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The account that owns it.
    pub account: String,
    /// Its policy; `None`: the resource is taken to have none, or one that leaves it to the account.
    pub policy: Option<ResourcePolicy>,
    /// What is known of the organization of its account; see [`KnownResource`].
    pub known: Context,
    /// The RCPs of its account.
    pub rcps: Vec<Level>,
}

impl<'a> Case<'a> {
    /// A question about any resource of the principal's own account, or any of these roles.
    pub fn new(wanted: &'a Wanted, asker: &'a Asker, layers: Layers, steps: u64) -> Self {
        let mut layers = layers;
        if wanted.service().is_some_and(|service| NOT_UNDER_SCPS.contains(&service.as_str())) {
            layers.scps.clear();
        }
        if wanted.is_caller_identity() {
            // Nothing refuses this call but an endpoint (STS API Reference, GetCallerIdentity).
            let identity = vec![why::everything(false)];
            layers = Layers { identity, endpoint: layers.endpoint, ..Layers::default() };
        }
        Self {
            wanted,
            asker,
            given: Given::default(),
            layers,
            roles: Cow::Borrowed(&[]),
            resource: None,
            presumed: BTreeSet::new(),
            left_out: Vec::new(),
            steps,
        }
    }

    /// The same, of the one resource that `wanted` names.
    #[must_use]
    pub fn on(mut self, arn: &str, mut owner: Owner) -> Self {
        if self.wanted.is_caller_identity() {
            let account = self.asker.caller.account.clone();
            let policy = Some(ResourcePolicy::None);
            owner = Owner { account, policy, known: Context::new(), rcps: Vec::new() };
        }
        self.given.closed = true;
        let assumes = self.wanted.assumes(arn);
        let own = owner.account == self.asker.caller.account;
        let policy = match owner.policy {
            Some(ResourcePolicy::Known(policy)) => policy,
            Some(ResourcePolicy::None) => none(),
            Some(ResourcePolicy::NotGiven) if assumes || self.wanted.on_kms_key(arn) => {
                not_given("it is not given, and this resource has one")
            }
            None if !own || assumes => not_given("it is not given"),
            None if self.wanted.on_kms_key(arn) => {
                self.presumed.insert(Assumption::KeyPolicyDelegates);
                delegating(&owner.account)
            }
            Some(ResourcePolicy::NotGiven) | None => {
                self.presumed.insert(Assumption::NoResourcePolicy);
                none()
            }
        };
        let mut policy = policy;
        if assumes {
            self.roles = Cow::Owned(vec![RoleTarget {
                arn: arn.to_owned(),
                account: owner.account.clone(),
                trust: policy,
                known: owner.known.clone(),
                rcps: owner.rcps.clone(),
            }]);
            // A trust policy decides on nothing but assuming.
            policy = none();
        }
        let Owner { account, known, rcps, .. } = owner;
        self.resource = Some(KnownResource { arn: arn.to_owned(), account, policy, known, rcps });
        self
    }

    /// Leaves out resources of another account, if a pattern names one: what may be done to them depends
    /// on policies that nobody gave.
    pub fn leave_out_others(&mut self) {
        let account = self.wanted.resource().split(':').nth(4).unwrap_or_default();
        let other = is_account(account) && account != self.asker.caller.account;
        if other && !self.wanted.is_about_roles_alone() {
            self.left_out
                .push(format!("the policies of the resources of account {account}, which are not given"));
        }
    }

    /// Takes the policies of the organization away.
    fn unbind(&mut self) {
        (self.layers.scps, self.layers.rcps) = (Vec::new(), Vec::new());
        self.resource.iter_mut().for_each(|known| known.rcps.clear());
        self.roles.to_mut().iter_mut().for_each(|role| role.rcps.clear());
    }

    /// The answer.
    pub fn answer(&self) -> Answer {
        let mut answer = self.prove(&self.layers, &self.roles, self.resource.as_slice(), self.steps);
        if !self.left_out.is_empty() && !matches!(answer.verdict, Verdict::Yes(_)) {
            let mut reasons = match answer.verdict {
                Verdict::Indeterminate(reasons) => reasons,
                _ => Vec::new(),
            };
            reasons.extend(self.left_out.iter().cloned());
            answer.verdict = Verdict::Indeterminate(reasons);
        }
        answer.assumptions.extend(&self.presumed);
        if self.wanted.is_caller_identity() {
            answer.assumptions.retain(|assumption| *assumption != Assumption::RefusableActions);
        }
        answer.assumptions.sort_unstable();
        answer.assumptions.dedup();
        answer
    }

    fn prove(
        &self,
        layers: &Layers,
        roles: &[RoleTarget],
        resources: &[KnownResource],
        steps: u64,
    ) -> Answer {
        let question = Question { forbidden: self.wanted.region(), roles, resources, steps };
        Stack::given(self.asker, layers, self.given.clone()).prove(&question)
    }
}

fn none() -> NamedPolicy {
    let document = Document { version: Version::V2012, version_given: true, statements: Vec::new() };
    NamedPolicy::new("resource_policy", Policy::of(document))
}

fn not_given(reason: &str) -> NamedPolicy {
    NamedPolicy::new("resource_policy", Policy::unknown(reason))
}
