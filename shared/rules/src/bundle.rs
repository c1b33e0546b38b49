//! AWS's managed policies that the packs name, as they were when the bundle was made by
//! `cargo xtask personas`; and the names of all of them. An inventory that has a policy is believed
//! before the bundle.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::value::RawValue;
use stanchion_policy::Policy;

/// A bundled policy.
#[derive(Clone, Debug)]
pub struct Bundled {
    /// The ARN, in the partition `aws`.
    pub arn: String,
    /// The version that was in force, as `v3`.
    pub version: String,
    /// The day that it came into force, as `2026-02-12`.
    pub date: String,
    /// The document, as JSON.
    pub text: String,
    /// The document.
    pub policy: Policy,
}

#[derive(Deserialize)]
struct File {
    source: String,
    policies: BTreeMap<String, Entry>,
    names: Vec<String>,
}

#[derive(Deserialize)]
struct Entry {
    arn: String,
    version: String,
    date: String,
    document: Box<RawValue>,
}

struct Bundle {
    source: String,
    policies: BTreeMap<String, Bundled>,
    names: Vec<String>,
}

static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| {
    // A test holds the file readable; without it nothing would be bundled, and answers would say so.
    let Ok(file) = serde_json::from_str::<File>(include_str!("../data/aws-policies.json")) else {
        return Bundle { source: String::new(), policies: BTreeMap::new(), names: Vec::new() };
    };
    let policies = file.policies.into_iter().map(|(name, entry)| {
        let Entry { arn, version, date, document } = entry;
        let text = document.get().to_owned();
        (name, Bundled { arn, version, date, policy: Policy::parse(&text), text })
    });
    Bundle { source: file.source, policies: policies.collect(), names: file.names }
});

/// The bundled policy of this name.
pub fn find(name: &str) -> Option<&'static Bundled> {
    BUNDLE.policies.get(name)
}

/// Every bundled policy, by name.
pub fn policies() -> impl Iterator<Item = (&'static str, &'static Bundled)> {
    BUNDLE.policies.iter().map(|(name, bundled)| (name.as_str(), bundled))
}

/// What the bundle was made from.
pub fn source() -> &'static str {
    &BUNDLE.source
}

/// The names of all managed policies of AWS's own, of the day of the bundle.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    BUNDLE.names.iter().map(String::as_str)
}

/// Whether there was a policy of this name when the bundle was made.
pub(crate) fn is_known(name: &str) -> bool {
    BUNDLE.names.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
}
