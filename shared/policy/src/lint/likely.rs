//! The name that was likely meant.

/// The known name that is nearest, if it is near: at most one letter in four is wrong.
pub(super) fn likely<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    let distance = |known: &str| strsim::osa_distance(&lower, &known.to_ascii_lowercase());
    let near = known.into_iter().map(|known| (distance(known), known));
    let (distance, known) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= (lower.chars().count() / 4).max(1)).then_some(known)
}

/// `: did you mean ...?`, or nothing.
pub(super) fn hint(likely: Option<&str>) -> String {
    likely.map(|name| format!(": did you mean `{name}`?")).unwrap_or_default()
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
