//! What is asked for: one action or a pattern, on one resource or a pattern.

use thiserror::Error;

use super::catalogue;
use crate::document::{Document, Effect, Patterns, Statement, Version};
use crate::lint::likely;
use crate::policy::Policy;
use crate::prove::{asks_for_roles, is_about_roles_alone};

/// Some actions on some resources. Patterns mean any of what they match; the wildcards of a
/// resource's pattern stay within the segments of an ARN.
#[derive(Clone, Debug)]
pub struct Wanted {
    action: String,
    resource: String,
    /// What is asked for, as a region that [`crate::prove`] searches.
    region: Policy,
}

/// Why a question cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unclear {
    /// It is not an action.
    #[error("`{0}` is not an action: write it as `s3:GetObject`, or as a pattern like `s3:Get*`")]
    Action(String),
    /// It is not a resource.
    #[error("`{0}` is not a resource: give an ARN, a pattern of ARNs, or `*`")]
    Resource(String),
}

impl Wanted {
    /// Some actions, by a name or a pattern, on some resources, by an ARN or a pattern.
    ///
    /// # Errors
    /// What is no action, or no ARN and no pattern.
    pub fn new(action: &str, resource: &str) -> Result<Self, Unclear> {
        if resource != "*" && !resource.starts_with("arn:") {
            return Err(Unclear::Resource(resource.to_owned()));
        }
        Self::of(action, resource)
    }

    /// As [`Self::new`], of a resource that may be any text.
    pub(super) fn of(action: &str, resource: &str) -> Result<Self, Unclear> {
        let named = |(service, name): (&str, &str)| !service.is_empty() && !name.is_empty();
        let plain = !action.contains(|c: char| c == ',' || c.is_whitespace());
        if !(plain && (action == "*" || action.split_once(':').is_some_and(named))) {
            return Err(Unclear::Action(action.to_owned()));
        }
        let one = |pattern: &str| Patterns { negated: false, patterns: vec![pattern.to_owned()] };
        let statement = Statement {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action: one(action),
            // The one resource that is named is searched by itself. A `$` is no variable's.
            resource: is_pattern(resource).then(|| one(&resource.replace("${", "${$}{"))),
            conditions: Vec::new(),
        };
        let document = Document { version: Version::V2012, version_given: true, statements: vec![statement] };
        let (action, resource) = (action.to_owned(), resource.to_owned());
        Ok(Self { action, resource, region: Policy::of(document) })
    }

    /// The action, or the pattern.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The resource, or the pattern.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The one resource that is named, if it is one: `*` is, for an action that works on none.
    pub fn one_resource(&self) -> Option<&str> {
        let of_none = || catalogue::find(&self.action).is_some_and(catalogue::ActionId::is_wildcard_only);
        let one = !is_pattern(&self.resource) || self.resource == "*" && of_none();
        one.then_some(&self.resource)
    }

    /// Whether it is about assuming roles, among others, so that trust policies matter.
    pub fn asks_for_roles(&self) -> bool {
        asks_for_roles(&self.region)
    }

    /// Whether it is about assuming roles and nothing else.
    pub fn is_about_roles_alone(&self) -> bool {
        is_about_roles_alone(&self.region)
    }

    /// What is doubtful about the question, in words: an action that nobody knows.
    pub fn doubts(&self) -> Vec<String> {
        let unknown = !is_pattern(&self.action) && catalogue::find(&self.action).is_none();
        let doubt = || {
            let service = self.service().unwrap_or_default();
            let actions = catalogue::service_actions(&service);
            let names: Vec<&str> = actions
                .filter_map(catalogue::ActionId::from_index)
                .map(catalogue::ActionId::full_name)
                .collect();
            let hint = likely::hint(likely::likely(&self.action, names));
            format!("the catalogue has no action `{}`{hint}", self.action)
        };
        unknown.then(doubt).into_iter().collect()
    }

    pub(super) fn region(&self) -> &Policy {
        &self.region
    }

    /// The service of the action, in lower case; it may be a pattern.
    pub(super) fn service(&self) -> Option<String> {
        self.action.split_once(':').map(|(service, _)| service.to_ascii_lowercase())
    }

    pub(super) fn is_caller_identity(&self) -> bool {
        self.action.eq_ignore_ascii_case("sts:GetCallerIdentity")
    }

    /// Whether it is about a KMS key, whose policy decides whether identity policies count.
    pub(super) fn on_kms_key(&self, arn: &str) -> bool {
        let kms = self.service().is_none_or(|service| service == "kms" || service == "*");
        kms && arn.contains(":key/")
    }

    /// Whether it is about assuming this role.
    pub fn assumes(&self, arn: &str) -> bool {
        self.is_about_roles_alone() || arn.contains(":role/") && self.asks_for_roles()
    }
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}
