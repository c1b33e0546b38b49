//! Which actions can be held apart by a tag: those for which the reference lists the resource's tag, or
//! which make a resource with the tags that they are given.

use std::collections::{BTreeMap, BTreeSet};

use stanchion_policy::catalogue::{self, AccessLevel, ActionId, ActionResource, ResourceTypeId, key_matches};

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
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    /// The keys that carry the resource's tag, without the tag's own.
    pub(super) keys: Vec<String>,
    /// Those that carry the tag that the request gives to what it makes; none: it makes nothing.
    pub(super) given: Vec<String>,
    /// Patterns of the resources that are meant; none: all but the next.
    pub(super) resources: Vec<String>,
    /// Patterns of those that cannot have tags, or that are in a group of their own.
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
                let groups = groups(action);
                if groups.is_empty() {
                    carriers.without.insert(action.full_name());
                }
                for group in groups {
                    carriers.groups.entry(group).or_default().push(action.full_name().to_owned());
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

/// Whether tags can hold some of a pattern's actions apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Some, or all.
    Some,
    /// None of them.
    None,
    /// It matches no action that is known.
    Unknown,
}

/// Whether tags can hold some of a pattern's actions apart.
pub(crate) fn held_apart(pattern: &str) -> Held {
    let found = matching(pattern);
    match found.iter().any(|action| !groups(*action).is_empty()) {
        true => Held::Some,
        false if found.is_empty() => Held::Unknown,
        false => Held::None,
    }
}

/// The actions of the catalogue that a pattern matches.
fn matching(pattern: &str) -> Vec<ActionId> {
    let lower = pattern.to_ascii_lowercase();
    let stem = lower.split(['*', '?']).next().unwrap_or_default();
    let range = catalogue::prefixed_actions(stem).filter_map(ActionId::from_index);
    range.filter(|action| glob::matches(&lower, action.full_name_lower())).collect()
}

/// What can be said of an action, kind by kind of its resources; nothing: no tag is in its requests.
fn groups(action: ActionId) -> Vec<Group> {
    let (creates, writes) = (creates(action), action.access_level() == AccessLevel::Write);
    let mut given: Vec<String> = creates.then(|| "aws:RequestTag".to_owned()).into_iter().collect();
    given.extend(keys(action, None, |key| {
        creates && key.ends_with(":req-tag") || writes && key.ends_with(":RequestObjectTag")
    }));
    let makes = !given.is_empty();
    let mut common = Group { keys: vec![GLOBAL.to_owned()], given: given.clone(), ..Group::default() };
    let mut is_common = makes || action.is_wildcard_only() && !resource_keys(action, None).is_empty();
    let mut groups = Vec::new();
    for pair in action.resource_types() {
        let resources = patterns(pair.resource);
        let carried = resource_keys(action, Some(pair.resource));
        let is_there = makes && is_there_already(action, pair);
        if carried.is_empty() {
            // What is made may be of a kind for which the reference lists no tag.
            common.not_resources.extend(resources.into_iter().filter(|_| !makes));
        } else if carried == [GLOBAL] && !is_there {
            is_common = true;
        } else {
            common.not_resources.extend(resources.iter().cloned());
            let given = if is_there { Vec::new() } else { given.clone() };
            groups.push(Group { keys: carried, given, resources, not_resources: Vec::new() });
        }
    }
    common.not_resources.sort();
    common.not_resources.dedup();
    groups.extend(is_common.then_some(common));
    groups
}

/// The key that carries the tag of a resource in most services; the services' own `ec2:ResourceTag` is
/// the same to the prover.
const GLOBAL: &str = "aws:ResourceTag";

/// The keys by which the reference has the tag of such a resource in the requests of an action.
fn resource_keys(action: ActionId, resource: Option<ResourceTypeId>) -> Vec<String> {
    let own = format!("{}:ResourceTag/k", action.service());
    let lists = |key: &str| action.lists_key(resource, key);
    let mut found: Vec<String> =
        (lists("aws:ResourceTag/k") || lists(&own)).then(|| GLOBAL.to_owned()).into_iter().collect();
    // RDS and DMS have a key for each kind of resource, S3 one for objects.
    found.extend(keys(action, resource, |key| {
        key.ends_with(":ExistingObjectTag") || key.ends_with("-tag") && !key.ends_with(":req-tag")
    }));
    found
}

/// The keys that the reference lists for an action, or for it on a kind of resource, and that are wanted;
/// each without what follows its slash.
fn keys(action: ActionId, resource: Option<ResourceTypeId>, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let of_pair = action.resource_types().filter(|pair| Some(pair.resource) == resource);
    let listed = action
        .condition_keys()
        .chain(of_pair.flat_map(|pair| pair.condition_keys()))
        .chain(resource.into_iter().flat_map(ResourceTypeId::condition_keys));
    let found: BTreeSet<&str> =
        listed.filter_map(|key| key.split_once('/')).map(|(key, _)| key).filter(|key| wanted(key)).collect();
    found.into_iter().map(str::to_owned).collect()
}

/// Whether an action that makes something finds such a resource there, as `ec2:RunInstances` finds its
/// subnet: the reference lists the resource's tag for the two, and for other kinds the request's.
fn is_there_already(action: ActionId, pair: ActionResource) -> bool {
    let lists =
        |pair: ActionResource, key: &str| pair.condition_keys().any(|listed| key_matches(listed, key));
    action.resource_types().any(|other| lists(other, "aws:RequestTag/k"))
        && lists(pair, "aws:ResourceTag/k")
        && !lists(pair, "aws:RequestTag/k")
}

/// The ARNs of a kind of resource, as patterns.
fn patterns(resource: ResourceTypeId) -> Vec<String> {
    resource.arn_templates().filter(|template| *template != "*").map(pattern).collect()
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
            found.groups.iter().map(|(group, actions)| (!group.given.is_empty(), actions.len())).collect();
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

    /// The groups of one action: the keys of the resource, those of the request, and where.
    fn shown(action: &str) -> Vec<String> {
        let found = carriers(&[action]);
        let line = |group: &Group| {
            format!(
                "{:?} {:?} on {:?}",
                group.keys.join(" "),
                group.given.join(" "),
                group.resources.join(" ")
            )
        };
        found.groups.keys().map(line).collect()
    }

    #[test]
    fn services_with_keys_of_their_own_for_tags_are_held_by_either() {
        assert_eq!(
            shown("rds:DeleteDBInstance"),
            [r#""aws:ResourceTag rds:db-tag" "" on "arn:*:rds:*:*:db:*""#]
        );
        let objects = shown("s3:GetObject");
        assert!(
            objects.contains(&r#""aws:ResourceTag s3:ExistingObjectTag" "" on "arn:*:s3:::*/*""#.to_owned()),
            "{objects:?}"
        );
        assert!(shown("s3:PutObject")[0].contains("s3:RequestObjectTag"), "{:?}", shown("s3:PutObject"));
    }

    #[test]
    fn what_an_action_makes_and_what_it_finds_there_are_apart() {
        let found = carriers(&["ec2:CreateVolume"]);
        let there: Vec<&Group> = found.groups.keys().filter(|group| group.given.is_empty()).collect();
        assert_eq!(there.len(), 1, "{:?}", found.groups);
        assert_eq!(there[0].resources, ["arn:*:ec2:*::snapshot/*"]);
        let made = found.groups.keys().find(|group| !group.given.is_empty()).expect("a group");
        assert_eq!(made.not_resources, ["arn:*:ec2:*::snapshot/*"]);
        assert_eq!(carriers(&["secretsmanager:CreateSecret"]).groups.len(), 1);
    }

    #[test]
    fn an_action_is_in_one_group_however_many_patterns_match() {
        let found = carriers(&["kms:Decrypt", "kms:D*", "KMS:decrypt"]);
        let named = found.groups.values().flatten().filter(|action| *action == "kms:Decrypt").count();
        assert_eq!(named, 1);
    }
}
