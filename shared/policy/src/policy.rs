//! A policy as the other crates hold it: parsed and compiled once, shared by reference, or unknown
//! with the reason why.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::decide;
use crate::document::Document;
use crate::prove;

/// One policy. Cloning is cheap: all clones share one parse and one compilation.
///
/// A policy that cannot be read is a value as well: every evaluation treats it as unknown.
#[derive(Clone)]
pub struct Policy(Arc<Inner>);

struct Inner {
    content: Result<Document, String>,
    compiled: OnceLock<decide::Compiled>,
    boxes: OnceLock<Result<prove::Compiled, String>>,
}

impl Policy {
    /// Reads a policy from JSON text. Text that is not a policy gives an unknown policy that
    /// carries the error.
    pub fn parse(text: &str) -> Self {
        Self::new(Document::parse(text).map_err(|error| error.to_string()))
    }

    /// A policy of this document.
    pub fn of(document: Document) -> Self {
        Self::new(Ok(document))
    }

    /// A policy of which nothing is known but that it exists; `reason` says why.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::new(Err(reason.into()))
    }

    fn new(content: Result<Document, String>) -> Self {
        Self(Arc::new(Inner { content, compiled: OnceLock::new(), boxes: OnceLock::new() }))
    }

    /// The document.
    ///
    /// # Errors
    /// Why the document is unknown.
    pub fn document(&self) -> Result<&Document, &str> {
        self.0.content.as_ref().map_err(String::as_str)
    }

    /// The form that [`decide`](mod@decide) evaluates; `Err` if the document is unknown.
    pub(crate) fn compiled(&self) -> Result<&decide::Compiled, &str> {
        let document = self.document()?;
        Ok(self.0.compiled.get_or_init(|| decide::Compiled::new(document)))
    }

    /// The form that [`prove`](mod@prove) searches; `Err` if the document is unknown, or too much work.
    pub(crate) fn boxes(&self) -> Result<&prove::Compiled, &str> {
        let document = self.document()?;
        let boxes = self.0.boxes.get_or_init(|| prove::Compiled::new(document));
        boxes.as_ref().map_err(String::as_str)
    }

    /// A number that all clones share, and no other policy has as long as one of them is kept.
    pub fn identity(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Whether both handles share one parse.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Policy").field(&self.0.content).finish()
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.same(other) || self.0.content == other.0.content
    }
}

/// A policy and what to call it: an ARN, an inline policy's name, or its place in an input. Within a
/// layer different policies have different names: what is unknown of them is told apart by it.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPolicy {
    /// The name that explanations use.
    pub name: Arc<str>,
    /// The policy.
    pub policy: Policy,
}

impl NamedPolicy {
    /// Names a policy.
    pub fn new(name: impl Into<Arc<str>>, policy: Policy) -> Self {
        Self { name: name.into(), policy }
    }
}

/// One level of the organization (a root, an OU or an account) and the policies attached to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The level's id, for explanations.
    pub name: Arc<str>,
    /// What is attached. An SCP level without policies allows nothing.
    pub policies: Vec<NamedPolicy>,
}

/// Every policy that takes part in one decision, by layer (IAM User Guide, "Policy evaluation
/// logic"). A whole layer that is unknown is one [`Policy::unknown`] in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layers {
    /// The identity's own policies, its groups' included.
    pub identity: Vec<NamedPolicy>,
    /// The permissions boundary.
    pub boundary: Option<NamedPolicy>,
    /// Session policies; `None`: the session has none.
    pub session: Option<Vec<NamedPolicy>>,
    /// SCPs, root first; no levels: none apply.
    pub scps: Vec<Level>,
    /// RCPs of the resource's account, root first; `RCPFullAWSAccess` may be left out.
    pub rcps: Vec<Level>,
    /// The resource's policy; for `sts:AssumeRole*` the role's trust policy.
    pub resource: ResourcePolicy,
    /// The policies of the VPC endpoint that the request came through; `None`: no endpoint policy.
    pub endpoint: Option<Vec<NamedPolicy>>,
}

/// What is known of a resource's policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ResourcePolicy {
    /// The resource has none.
    None,
    /// It has not been given. Where a service's resources always have one (roles, KMS keys), that
    /// is an unknown; elsewhere it counts as none.
    #[default]
    NotGiven,
    /// This one.
    Known(NamedPolicy),
}

/// Services that SCPs do not restrict (Organizations User Guide, "Tasks and entities not
/// restricted by SCPs").
pub(crate) const NOT_UNDER_SCPS: [&str; 1] = ["mechanicalturk"];
