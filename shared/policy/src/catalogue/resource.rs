//! Resource types and their ARN templates.

use super::action::keys;
use super::tables;

/// Index of a resource type of one service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ResourceTypeId(pub(super) u16);

impl ResourceTypeId {
    /// The resource types of one service prefix, in any case.
    pub fn of_service(service: &str) -> impl Iterator<Item = Self> + use<> {
        let starts = tables::SERVICES.find_folded(service).and_then(|index| {
            Some((*tables::SERVICE_TYPES.get(index)?, *tables::SERVICE_TYPES.get(index + 1)?))
        });
        let (first, end) = starts.unwrap_or_default();
        (first..end).map(Self)
    }

    /// The service prefix that defines it: `s3`.
    #[must_use]
    pub fn service(self) -> &'static str {
        let end = tables::SERVICE_TYPES.partition_point(|first| *first <= self.0);
        end.checked_sub(1).map_or("", |index| tables::SERVICES.get(index))
    }

    /// Its name within the service, as the reference spells it: `object`. It may hold spaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        tables::TYPES.get(usize::from(self.0))
    }

    /// The first ARN template: `arn:${Partition}:s3:::${BucketName}/${ObjectName}`.
    ///
    /// A dozen types have a second one: where nothing may be missed, use [`Self::arn_templates`].
    #[must_use]
    pub fn arn_template(self) -> &'static str {
        self.arn_templates().next().unwrap_or_default()
    }

    /// All ARN templates in one text: types that share it share their ARNs.
    pub(crate) fn templates(self) -> &'static str {
        tables::TYPE_ARNS.get(usize::from(self.0))
    }

    /// All ARN templates. Placeholders look like `${BucketName}`, and some templates hold `*`, also
    /// where a region or an account belongs. A type without an ARN has the template `*`.
    pub fn arn_templates(self) -> impl Iterator<Item = &'static str> + Clone {
        self.templates().split(", ")
    }

    /// The condition keys listed for the type, whatever the action.
    pub fn condition_keys(self) -> impl ExactSizeIterator<Item = &'static str> + Clone {
        keys(tables::TYPE_KEYS.get(usize::from(self.0)).copied().unwrap_or(u16::MAX))
    }
}

/// A resource type an action applies to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ActionResource {
    /// Whether every request for the action names a resource of this type. If an action has only
    /// optional types, a request names one of them, or none.
    pub required: bool,
    /// The resource type.
    pub resource: ResourceTypeId,
    /// Number of the set of condition keys.
    pub(super) keys: u16,
}

impl ActionResource {
    /// The condition keys listed for this action on this resource type, as spelled.
    pub fn condition_keys(self) -> impl ExactSizeIterator<Item = &'static str> + Clone {
        keys(self.keys)
    }
}
