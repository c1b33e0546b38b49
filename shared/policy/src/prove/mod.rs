//! Decides all requests: is there any that IAM authorizes this principal to make, and that a
//! guardrail forbids? Existential search over exact theories; no sampling, no list of dangerous
//! actions. `docs/PROVER.md` says how it works and what it cannot decide yet.

mod actions;
mod admit;
mod anyone;
mod assume;
mod atom;
mod budget;
mod ceiling;
mod class;
mod clauses;
mod compile;
mod confirm;
mod couplings;
mod domain;
mod domains;
mod everybody;
mod facts;
mod given;
mod implied;
mod kinds;
mod known;
mod language;
mod links;
mod mentions;
mod narrow;
mod outside;
mod pattern;
mod placed;
mod provider;
mod question;
mod refute;
mod session;
mod sets;
mod side;
mod solve;
mod stack;
mod state;
mod target;
mod translate;
mod trust;
mod values;
mod variables;
mod versus;
mod witness;

use std::collections::BTreeMap;
use std::fmt;

pub(crate) use admit::{REACH, Reach};
pub(crate) use anyone::Anyone;
pub(crate) use compile::Compiled;
pub(crate) use mentions::{Mentions, is_clear, is_of_account, numbers};
pub(crate) use side::{Side, Slot};
pub(crate) use translate::Bound;
pub(crate) use trust::speaks_of;
pub(crate) use versus::{Gap, Setting, gaps};
pub(crate) use witness::delegating;

use crate::decide::Decision;
use crate::policy::{Level, NamedPolicy, Policy};
use crate::request::{Caller, Context};

pub use budget::ran_out;
pub use ceiling::{Ceiling, Hypothesis, Told, VpcEndpoint, anyone_of, leaves, named_by};
pub use compile::principal_tags;
pub use everybody::{Home, everybody};
pub use given::Given;
pub use kinds::is_bound_by_rcps;
pub use outside::{Outsider, lets_in};
pub use question::{asks_for_roles, is_about_roles_alone};
pub use stack::Stack;

/// The principal that a question is about.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Who it is: a user, a role or a root user, by ARN. A role stands for any session of it, with a
    /// name of the caller's choice.
    pub caller: Caller,
    /// Its unique id (`AIDA...`, `AROA...`), if known.
    pub unique_id: Option<String>,
    /// What is known of its requests: `aws:PrincipalTag/...`, `aws:PrincipalOrgID`,
    /// `aws:PrincipalOrgPaths`. Of these three, what is not here is absent.
    pub known: Context,
    /// A role's trust policy: whether its sessions may carry tags of the caller's choice. `None`: not
    /// known, which matters only to policies that look at `aws:PrincipalTag`. Others have none.
    pub trust: Option<Policy>,
    /// The moment of the request, in nanoseconds since the epoch; `None`: any.
    pub now: Option<i128>,
}

/// A role that the principal might assume: for `sts:AssumeRole` and its kin, trust policies are
/// known, so the search goes through the roles.
#[derive(Clone, Debug)]
pub struct RoleTarget {
    /// The role's ARN.
    pub arn: String,
    /// The role's account.
    pub account: String,
    /// Its trust policy.
    pub trust: NamedPolicy,
    /// What is known of the organization of its account: `aws:ResourceOrgID`, `aws:ResourceOrgPaths`.
    /// What is not here may be anything.
    pub known: Context,
    /// The RCPs of its account.
    pub rcps: Vec<Level>,
}

/// A resource whose policy is known, of the principal's own account or another. What it grants and
/// denies counts; all other resources have no policy.
#[derive(Clone, Debug)]
pub struct KnownResource {
    /// The resource's ARN.
    pub arn: String,
    /// The account that owns it, which ARNs of S3 do not tell.
    pub account: String,
    /// Its policy. For a KMS key this decides whether identity policies count at all.
    pub policy: NamedPolicy,
    /// What is known of the organization of its account: `aws:ResourceOrgID`, `aws:ResourceOrgPaths`.
    /// What is not here may be anything.
    pub known: Context,
    /// The RCPs of its account.
    pub rcps: Vec<Level>,
}

/// One question to a [`Stack`].
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What is forbidden, as [`crate::Document::forbidden`] reads it.
    pub forbidden: &'a Policy,
    /// The roles that may be assumed.
    pub roles: &'a [RoleTarget],
    /// The resources whose policies are known; roles are not among them.
    pub resources: &'a [KnownResource],
    /// How many steps the search may take; see [`STEPS`].
    pub steps: u64,
}

/// The usual budget of a question: some tenths of a second where it is needed in full.
pub const STEPS: u64 = 3_000_000;

/// The answer to a question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Yes, no, or indeterminate.
    pub verdict: Verdict,
    /// What the answer takes for granted.
    pub assumptions: Vec<Assumption>,
    /// How many steps it took.
    pub steps: u64,
}

/// Whether there is such a request.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Proven: none exists.
    No,
    /// This one, confirmed by [`crate::decide()`].
    Yes(Box<Witness>),
    /// Neither, for these reasons.
    Indeterminate(Vec<String>),
}

/// A concrete authorization that IAM grants and that is forbidden.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The action, as AWS spells it.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// Every context key that the policies look at and the principal does not imply.
    pub context: BTreeMap<String, Vec<String>>,
    /// What `decide` says of it, and why.
    pub decision: Decision,
    /// Who makes the request, by ARN or other name.
    pub principal: String,
    /// Where two sides are compared: what `decide` says of it on the other side.
    pub refused: Option<Decision>,
}

/// What an answer takes for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assumption {
    /// Actions are those of the catalogue and those that the policies name in full; regions are those
    /// of the catalogue.
    CatalogueActions,
    /// Requests come through the service's standard endpoint, or one without a policy of its own.
    StandardEndpoint,
    /// The key's policy lets the account's identity policies decide, as default key policies do.
    KeyPolicyDelegates,
    /// The sessions have no session policy.
    NoSessionPolicy,
    /// The sessions of this witness have no tags but the role's own.
    NoSessionTags,
    /// Whoever the trust policy admits passes any session tags that it lets through.
    SessionTags,
    /// IAM Identity Center passes no attributes for access control.
    NoIdentityCenterAttributes,
    /// No resource's policy grants or denies, but for those that are known: the trust policies of the
    /// inventory's roles, and the policies of known resources.
    NoResourcePolicy,
    /// Resources belong to the principal's own account, but for those that are known.
    OwnAccountResources,
    /// Calls that no policy can refuse are left out: `sts:GetCallerIdentity`, and under SCPs those of
    /// the services that SCPs do not restrict.
    RefusableActions,
    /// A request whose action works on resources names one, even where the reference says that it
    /// need not.
    ResourceIsNamed,
    /// An AWS service makes the request on the principal's behalf.
    ThroughAService,
    /// Where a resource's own policy must let the caller in (a role that is assumed, a resource of
    /// another account), it does, and leaves the rest to the caller's policies.
    ResourceLetsIn,
    /// Two principals of different accounts are compared each with its own account's resources: the
    /// numbers of the two accounts are exchanged in all that binds the other.
    AccountsExchanged,
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CatalogueActions => "catalogue-actions",
            Self::StandardEndpoint => "standard-endpoint",
            Self::KeyPolicyDelegates => "key-policy-delegates",
            Self::NoSessionPolicy => "no-session-policy",
            Self::NoSessionTags => "no-session-tags",
            Self::SessionTags => "session-tags",
            Self::NoIdentityCenterAttributes => "no-identity-center-attributes",
            Self::NoResourcePolicy => "no-resource-policy",
            Self::OwnAccountResources => "own-account-resources",
            Self::RefusableActions => "refusable-actions",
            Self::ResourceIsNamed => "resource-is-named",
            Self::ThroughAService => "through-a-service",
            Self::ResourceLetsIn => "resource-lets-in",
            Self::AccountsExchanged => "accounts-exchanged",
        })
    }
}
