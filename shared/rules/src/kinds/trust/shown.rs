//! External ids as they may be told of. They are no secrets to AWS, but who reads a finding need not know them.

use stanchion_policy::prove::Witness;

/// The key of an external id.
pub(in crate::kinds) const EXTERNAL_ID: &str = "sts:ExternalId";

/// An external id as it may be shown.
pub(in crate::kinds) fn shown(id: &str) -> String {
    let start: String = id.chars().take(2).collect();
    format!("`{start}...` of {} characters", id.chars().count())
}

/// Takes these external ids out of a witness. What the search made up itself stays.
pub(super) fn hide(witness: &mut Witness, ids: &[String]) {
    for (key, values) in &mut witness.context {
        if key.eq_ignore_ascii_case(EXTERNAL_ID) {
            values.iter_mut().filter(|value| ids.contains(value)).for_each(|value| *value = shown(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn no_id_is_shown_in_full() {
        assert_eq!(shown("6f1d2c0e-8a4b"), "`6f...` of 13 characters");
        assert_eq!(shown("é"), "`é...` of 1 characters");
    }
}
