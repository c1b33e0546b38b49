//! Which actions can be held apart by a tag: those for which the reference lists the resource's tag, or
//! which make a resource with the tags that they are given.

use std::collections::{BTreeMap, BTreeSet};

use stanchion_policy::catalogue::{self, AccessLevel, ActionId, ResourceTypeId, key_matches};

use crate::glob;

/// The actions of some patterns, by what can be said of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Carriers {
    pub(super) groups: BTreeMap<Group, Vec<String>>,
    /// Those that no tag can hold apart.
    without: BTreeSet<&'static str>,
    /// Patterns that match nothing in the catalogue.
    unknown: Vec<String>,
}

/// What a group of actions has in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    /// Whether they make resources, with tags of the caller's choice.
    pub(super) creates: bool,
    /// Patterns of the resources that cannot have tags.
    pub(super) not_resources: Vec<String>,
}

impl Carriers {
    pub(super) fn new(patterns: &[String]) -> Self {
        let mut carriers = Self::default();
        let mut seen = BTreeSet::new();
        for pattern in patterns {
            let found = matching(pattern);
            if found.is_empty() {
                carriers.unknown.push(pattern.clone());
            }
            for action in found.into_iter().filter(|action| seen.insert(*action)) {
                match group(action) {
                    Some(group) => {
                        carriers.groups.entry(group).or_default().push(action.full_name().to_owned());
                    }
                    None => {
                        carriers.without.insert(action.full_name());
                    }
                }
            }
        }
        carriers
    }

    /// What of the actions is not held apart.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.without.is_empty() {
            let names: Vec<&str> = self.without.iter().copied().collect();
            notes.push(format!("no tag can hold these actions apart: {}", names.join(", ")));
        }
        for pattern in &self.unknown {
            notes.push(format!("`{pattern}` matches no action of the catalogue of {}", catalogue::DATE));
        }
        notes
    }
}

/// The actions of the catalogue that a pattern matches.
fn matching(pattern: &str) -> Vec<ActionId> {
    let lower = pattern.to_ascii_lowercase();
    let stem = lower.split(['*', '?']).next().unwrap_or_default();
    let range = catalogue::prefixed_actions(stem).filter_map(ActionId::from_index);
    range.filter(|action| glob::matches(&lower, action.full_name_lower())).collect()
}

/// What can be said of an action; `None`: no tag is in its requests.
fn group(action: ActionId) -> Option<Group> {
    let creates = creates(action);
    let (with, without): (Vec<ResourceTypeId>, Vec<ResourceTypeId>) = action
        .resource_types()
        .map(|pair| pair.resource)
        .partition(|resource| has_tag(action, Some(*resource)));
    let is_tagged = !with.is_empty() || has_tag(action, None);
    if !is_tagged && !creates {
        return None;
    }
    let mut not_resources: Vec<String> = Vec::new();
    if is_tagged && !creates {
        let templates = without.iter().flat_map(|resource| resource.arn_templates());
        not_resources.extend(templates.filter(|template| *template != "*").map(pattern));
        not_resources.sort();
        not_resources.dedup();
    }
    Some(Group { creates, not_resources })
}

/// Whether the reference lists the tag of such a resource, by the global key or the service's own.
fn has_tag(action: ActionId, resource: Option<ResourceTypeId>) -> bool {
    action.lists_key(resource, "aws:ResourceTag/k")
        || action.lists_key(resource, &format!("{}:ResourceTag/k", action.service()))
}

/// Whether an action makes something with the tags that it is given: it takes tags, and not for what
/// is there. What the reference lists for a type of resource, it lists whatever the action: that counts
/// for those only whose names say that they create.
pub(super) fn creates(action: ActionId) -> bool {
    let is_tag = |listed: &str| key_matches(listed, "aws:RequestTag/k");
    let writes = matches!(action.access_level(), AccessLevel::Write | AccessLevel::PermissionsManagement);
    let takes = || {
        action.condition_keys().any(is_tag)
            || action.resource_types().any(|pair| pair.condition_keys().any(is_tag))
            || action.name().starts_with("Create") && action.lists_key_anywhere("aws:RequestTag/k")
    };
    action.service() != "sts" && writes && takes()
}

/// An ARN template as a pattern: `arn:*:kms:*:*:alias/*`.
fn pattern(template: &str) -> String {
    let mut pattern = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("${") {
        pattern.push_str(before);
        pattern.push('*');
        rest = behind.split_once('}').map_or("", |(_, rest)| rest);
    }
    pattern.push_str(rest);
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carriers(patterns: &[&str]) -> Carriers {
        Carriers::new(&patterns.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn actions_without_a_tag_in_their_requests_are_told() {
        let notes = carriers(&["secretsmanager:*Secret*", "s3:ListAllMyBuckets", "zzz:*"]).notes();
        assert_eq!(notes.len(), 2, "{notes:?}");
        for action in ["secretsmanager:ListSecrets", "s3:ListAllMyBuckets"] {
            assert!(notes[0].contains(action), "{notes:?}");
        }
        assert!(!notes[0].contains("secretsmanager:PutSecretValue"), "{notes:?}");
        assert!(notes[1].starts_with("`zzz:*` matches no action"), "{notes:?}");
    }

    #[test]
    fn an_action_that_makes_a_resource_is_held_by_the_tags_it_is_given() {
        let found = carriers(&["secretsmanager:CreateSecret", "secretsmanager:PutSecretValue"]);
        let creates: Vec<_> =
            found.groups.iter().map(|(group, actions)| (group.creates, actions.len())).collect();
        assert_eq!(creates, [(false, 1), (true, 1)]);
    }

    #[test]
    fn what_only_reads_or_changes_makes_nothing() {
        let made: Vec<&str> = ["DescribeSecret", "PutSecretValue", "TagResource", "CreateSecret"]
            .into_iter()
            .filter(|name| catalogue::find(&format!("secretsmanager:{name}")).is_some_and(creates))
            .collect();
        assert_eq!(made, ["CreateSecret"]);
        assert!(catalogue::find("ec2:RunInstances").is_some_and(creates));
    }

    #[test]
    fn resources_that_have_no_tags_are_left_out() {
        let found = carriers(&["kms:CreateAlias"]);
        let (group, _) = found.groups.first_key_value().expect("a group");
        assert_eq!(group.not_resources, ["arn:*:kms:*:*:alias/*"]);
    }

    #[test]
    fn an_action_is_in_one_group_however_many_patterns_match() {
        let found = carriers(&["kms:Decrypt", "kms:D*", "KMS:decrypt"]);
        let named = found.groups.values().flatten().filter(|action| *action == "kms:Decrypt").count();
        assert_eq!(named, 1);
    }
}
