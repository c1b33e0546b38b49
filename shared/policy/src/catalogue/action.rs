//! One action and what the reference says of it.

use super::keys::key_matches;
use super::resource::{ActionResource, ResourceTypeId};
use super::tables;

/// Index of an action: dense, `0..ACTION_COUNT`, sorted by lower-case `service:name`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ActionId(pub(super) u16);

/// What kind of thing an action does, in the words of the reference.
///
/// The source gives some actions two ("Tagging, Write"); the first is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AccessLevel {
    /// Lists resources without their content.
    List,
    /// Reads content or attributes.
    Read,
    /// Creates, changes or deletes.
    Write,
    /// Grants or changes permissions.
    PermissionsManagement,
    /// Changes tags only.
    Tagging,
    /// The reference does not say.
    Unknown,
}

impl ActionId {
    /// The action at this index of the catalogue.
    #[must_use]
    pub fn from_index(index: usize) -> Option<Self> {
        u16::try_from(index).ok().filter(|_| index < tables::ACTION_COUNT).map(Self)
    }

    /// The place of the action in the catalogue.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The service prefix: `s3`.
    #[must_use]
    pub fn service(self) -> &'static str {
        let service = tables::ACTION_SERVICE.get(self.index());
        service.map_or("", |&service| tables::SERVICES.get(usize::from(service)))
    }

    /// The name as AWS spells it, without the service: `GetObject`.
    #[must_use]
    pub fn name(self) -> &'static str {
        let full = tables::ACTIONS.get(self.index());
        full.split_once(':').map_or(full, |(_, name)| name)
    }

    /// The full name as AWS spells it: `s3:GetObject`.
    #[must_use]
    pub fn full_name(self) -> &'static str {
        tables::ACTIONS.get(self.index())
    }

    /// The full name in lower case: `s3:getobject`.
    #[must_use]
    pub fn full_name_lower(self) -> &'static str {
        tables::ACTIONS_LOWER.get(self.index())
    }

    /// What kind of thing the action does.
    #[must_use]
    pub fn access_level(self) -> AccessLevel {
        tables::ACTION_LEVELS.get(self.index()).copied().unwrap_or(AccessLevel::Unknown)
    }

    /// The condition keys listed for the action itself, as spelled: `aws:RequestTag/${TagKey}`.
    pub fn condition_keys(self) -> impl ExactSizeIterator<Item = &'static str> + Clone {
        keys(self.key_set())
    }

    /// The resource types the action applies to, each with the keys listed for the pair.
    pub fn resource_types(self) -> impl ExactSizeIterator<Item = ActionResource> + Clone {
        let range = tables::span(&tables::ACTION_PAIRS, self.index());
        let pairs = range.and_then(|range| tables::PAIRS.get(range)).unwrap_or_default();
        pairs.iter().map(|&(resource, required, keys)| ActionResource {
            required,
            resource: ResourceTypeId(resource),
            keys,
        })
    }

    /// Full names of other actions the caller needs too. The data of [`super::VERSION`] lists none
    /// for any action, so an empty answer says nothing.
    pub fn dependent_actions(self) -> impl Iterator<Item = &'static str> {
        let all: &'static [(u16, &'static str)] = &tables::DEPENDENTS;
        let first = all.partition_point(|(action, _)| *action < self.0);
        let rest = all.get(first..).unwrap_or_default();
        rest.iter().take_while(move |(action, _)| *action == self.0).map(|(_, name)| *name)
    }

    /// Whether the reference lists no resource type, so that only `Resource: "*"` matches.
    #[must_use]
    pub fn is_wildcard_only(self) -> bool {
        self.resource_types().len() == 0
    }

    /// Whether the reference lists `key` (any case) on the action itself or, if a resource type is
    /// given, on that type or on its pair with this action. A listed `aws:ResourceTag/${TagKey}`
    /// covers `aws:ResourceTag/project`.
    #[must_use]
    pub fn lists_key(self, resource: Option<ResourceTypeId>, key: &str) -> bool {
        self.condition_keys().any(|listed| key_matches(listed, key))
            || resource.is_some_and(|resource| {
                let pair = self.resource_types().find(|pair| pair.resource == resource);
                pair.is_some_and(|pair| pair.condition_keys().any(|k| key_matches(k, key)))
                    || resource.condition_keys().any(|listed| key_matches(listed, key))
            })
    }

    /// Whether [`Self::lists_key`] holds for the action alone or with any of its resource types.
    #[must_use]
    pub fn lists_key_anywhere(self, key: &str) -> bool {
        self.lists_key(None, key)
            || self.resource_types().any(|pair| self.lists_key(Some(pair.resource), key))
    }

    fn key_set(self) -> u16 {
        tables::ACTION_KEYS.get(self.index()).copied().unwrap_or(u16::MAX)
    }
}

/// The spelled keys of one stored set.
pub(super) fn keys(set: u16) -> impl ExactSizeIterator<Item = &'static str> + Clone {
    tables::key_set(set).iter().map(|&key| tables::KEYS.get(usize::from(key)))
}
