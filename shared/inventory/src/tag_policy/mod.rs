//! Tag policies: what an account's tags should be, by all that is attached from the root down to it.
//!
//! Organizations User Guide, "Tag policy syntax", "Inheritance operators", "Inheritance examples". A
//! tag policy speaks of the keys that it names, and makes no tag mandatory.

mod merge;
mod parse;

use std::collections::BTreeMap;

use crate::inventory::Inventory;
use crate::organization::{Organization, TAG_POLICY, TypeStatus};
use merge::Merge;
use parse::{Parsed, parse};

/// The effective tag policy of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagPolicy {
    /// By the key in lower case.
    keys: BTreeMap<String, TagRule>,
}

/// What is said of one key; `Err`: why it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TagRule {
    /// How the key is to be spelled.
    spelling: Result<String, String>,
    /// The values that will do, with `*` for any text; `None`: any.
    values: Result<Option<Vec<String>>, String>,
}

/// How a tag fits a tag policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It does, or nothing is said of its key.
    Fits,
    /// Its key should be spelled so.
    Misspelt(String),
    /// Its value should be one of these.
    OtherValue(Vec<String>),
    /// It cannot be told, for this reason.
    Unknown(String),
}

impl TagPolicy {
    /// How a tag fits.
    pub fn fit(&self, key: &str, value: &str) -> Fit {
        let Some(rule) = self.keys.get(&key.to_lowercase()) else { return Fit::Fits };
        match (&rule.spelling, &rule.values) {
            (Ok(spelling), _) if spelling != key => Fit::Misspelt(spelling.clone()),
            (_, Ok(Some(values))) if !values.iter().any(|pattern| matches(pattern, value)) => {
                Fit::OtherValue(values.clone())
            }
            (Err(reason), _) | (_, Err(reason)) => Fit::Unknown(reason.clone()),
            _ => Fit::Fits,
        }
    }

    /// The keys that it speaks of, in lower case.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }
}

/// Whether a value matches: `*` stands for any text.
fn matches(pattern: &str, value: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == value };
    let Some(mut value) = value.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = value.split_once(part) else { return false };
        value = behind;
    }
    value.ends_with(end)
}

impl Inventory {
    /// The effective tag policy of an account, the management account included; one that says nothing
    /// where the account is in no organization or tag policies are not enabled.
    ///
    /// # Errors
    /// Why it is not known: a part of the organization that the input lacks, or a policy that cannot be
    /// read, with its id and the place in it.
    pub fn tag_policy(&self, account: &str) -> Result<TagPolicy, String> {
        let Some(organization) = self.organization() else { return Ok(TagPolicy::default()) };
        if organization.accounts.as_ref().is_some_and(|accounts| !accounts.contains_key(account)) {
            return Ok(TagPolicy::default());
        }
        match organization.type_status(TAG_POLICY) {
            TypeStatus::NotEnabled => return Ok(TagPolicy::default()),
            TypeStatus::Unknown(reason) => return Err(reason),
            TypeStatus::Enabled => {}
        }
        let chain = organization.chain(account);
        if let Some(reason) = chain.broken {
            return Err(reason);
        }
        organization.check_tag_policies()?;
        let mut merge = Merge::default();
        for level in &chain.levels {
            merge.level(&organization.tag_policies_at(level)?);
        }
        Ok(merge.finish())
    }
}

impl Organization {
    /// Whether the input can have all tag policies, and where they are attached.
    fn check_tag_policies(&self) -> Result<(), String> {
        let Some(policies) = &self.policies else {
            return Err("the organization's policies are not in the input".to_owned());
        };
        let mut known = policies.iter().filter(|(_, policy)| policy.kind == TAG_POLICY).peekable();
        if known.peek().is_none() {
            return Err("tag policies are enabled, and the input has none".to_owned());
        }
        match known.find(|(_, policy)| !policy.targets_known) {
            Some((id, _)) => Err(format!("what `{id}` is attached to is not in the input")),
            None => Ok(()),
        }
    }

    /// The tag policies that are attached to a root, OU or account itself.
    fn tag_policies_at(&self, target: &str) -> Result<Vec<Parsed>, String> {
        let mut found = Vec::new();
        for id in self.attached(target) {
            let policy = self.policies.as_ref().and_then(|policies| policies.get(id));
            let Some(policy) = policy else {
                // What AWS attaches by itself is of other types.
                if crate::organization::OrganizationPolicy::aws_managed(id).is_some() {
                    continue;
                }
                return Err(format!("policy `{id}` is not in the organization file"));
            };
            if policy.kind == TAG_POLICY {
                let content = policy.content.as_deref().ok_or("its content is not in the input".to_owned());
                let parsed = content.and_then(|content| parse(id, content));
                found.push(parsed.map_err(|error| format!("tag policy `{id}`: {error}"))?);
            }
        }
        Ok(found)
    }
}
