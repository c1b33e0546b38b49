//! What a finding is about, and the name that stays with it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What kind of thing a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A user, a role or a root user.
    Principal,
    /// An account.
    Account,
    /// An organizational unit or the root of the organization.
    Ou,
}

impl SubjectKind {
    /// The word for it, as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Account => "account",
            Self::Ou => "ou",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// What `id` is the id of.
    pub kind: SubjectKind,
    /// A principal's unique id (as `AROA...`, since a role that is deleted and made again under its
    /// old ARN is another role), an account's id, or an OU's.
    pub id: String,
}

impl Subject {
    /// A principal, by its unique id.
    pub fn principal(id: impl Into<String>) -> Self {
        Self { kind: SubjectKind::Principal, id: id.into() }
    }

    /// An account, by its id.
    pub fn account(id: impl Into<String>) -> Self {
        Self { kind: SubjectKind::Account, id: id.into() }
    }

    /// An OU or a root, by its id.
    pub fn ou(id: impl Into<String>) -> Self {
        Self { kind: SubjectKind::Ou, id: id.into() }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.id)
    }
}

/// The name of a finding: 32 hexadecimal digits, the same for the same violation at any time and
/// on any machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Fingerprint {
    /// Takes a fingerprint as someone wrote it down; one that no finding has is merely not found.
    fn from(digits: String) -> Self {
        Self(digits)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The fingerprint of a rule's violation by a subject. `facet` tells two findings of one rule and
/// one subject apart, where the rule's kind has such (the service of an excess, an access key).
/// `version` is that of this scheme: with another one, every finding is another finding.
///
/// ```
/// use stanchion_findings::{Subject, fingerprint};
///
/// let role = Subject::principal("AROAEXAMPLE");
/// let one = fingerprint(1, "no-root-use", &role, None);
/// assert_eq!(one.as_str().len(), 32);
/// assert_ne!(one, fingerprint(1, "no-root-use", &role, Some("s3")));
/// ```
pub fn fingerprint(version: u32, rule_id: &str, subject: &Subject, facet: Option<&str>) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(version.to_be_bytes());
    for part in [Some(rule_id), Some(subject.kind.as_str()), Some(&subject.id), facet] {
        // INVARIANT: every part goes in behind its length, and a missing one differs from an empty
        // one, so that no two lists of parts hash the same bytes.
        match part {
            Some(part) => {
                hash.update([1]);
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            None => hash.update([0]),
        }
    }
    Fingerprint(hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let role = |id: &str| Subject::principal(id);
        let all = [
            fingerprint(1, "ab", &role("c"), None),
            fingerprint(1, "a", &role("bc"), None),
            fingerprint(1, "ab", &role("c"), Some("")),
            fingerprint(1, "ab", &role(""), Some("c")),
            fingerprint(2, "ab", &role("c"), None),
            fingerprint(1, "ab", &Subject::account("c"), None),
            fingerprint(1, "ab", &Subject::ou("c"), None),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    /// Fingerprints are stored, and stand in tickets: this one must never change.
    #[test]
    fn the_scheme_of_version_1_stands() {
        let subject = Subject::principal("AROAEXAMPLE");
        let found = fingerprint(1, "no-leaving-the-organization", &subject, Some("s3"));
        insta::assert_snapshot!(found, @"41db01e990e5adafadae25bac8942dba");
    }
}
