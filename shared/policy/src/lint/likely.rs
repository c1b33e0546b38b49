//! The name that was likely meant.

use crate::catalogue::{self, ActionId, ResourceTypeId};
use crate::keys;

/// The known name that is nearest, if it is near: at most one letter in four is wrong.
pub(crate) fn likely<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    let distance = |known: &str| strsim::osa_distance(&lower, &known.to_ascii_lowercase());
    let near = known.into_iter().map(|known| (distance(known), known));
    let (distance, known) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= (lower.chars().count() / 4).max(1)).then_some(known)
}

/// `: did you mean ...?`, or nothing.
pub(crate) fn hint(likely: Option<&str>) -> String {
    likely.map(|name| format!(": did you mean `{name}`?")).unwrap_or_default()
}

/// Whether nobody knows a condition key, given in lower case with its prefix, and which was meant; `None`:
/// it is known.
pub(crate) fn unknown_key(service: &str, key: &str) -> Option<Option<&'static str>> {
    let known = if service == "aws" {
        keys::facts(key).kind.is_some()
    } else {
        // Some prefixes are no service's, such as `saml`.
        !catalogue::service_known(service) || keys::is_global(key) || catalogue::key_type(key).is_some()
    };
    if known {
        return None;
    }
    Some(if service == "aws" {
        likely(key, keys::global_names())
    } else {
        let actions = catalogue::service_actions(service).filter_map(ActionId::from_index);
        let listed = actions.flat_map(ActionId::condition_keys);
        let types = ResourceTypeId::of_service(service).flat_map(ResourceTypeId::condition_keys);
        likely(key, listed.chain(types))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_meant() {
        let known = ["GetObject", "PutObject", "ListBucket"];
        assert_eq!(likely("GetObjcet", known), Some("GetObject"));
        assert_eq!(likely("getobjects", known), Some("GetObject"));
        assert_eq!(likely("DescribeInstances", known), None);
        assert_eq!(likely("x", []), None);
    }
}
