//! Where the rules of a rulebook come from, and what was made of them on the way.

use std::fmt;

/// A text that a rulebook is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What problems call it: a path, or `pack:` and a pack's name.
    pub name: String,
    /// What it says of itself, if it is a pack.
    pub pack: Option<Pack>,
}

/// What a pack says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Its name, in kebab-case.
    pub name: String,
    /// Its version.
    pub version: PackVersion,
    /// What it is about, in one line.
    pub about: String,
    /// What those who extend it may set.
    pub settings: Vec<Setting>,
}

/// Something that those who extend a pack may set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, in kebab-case.
    pub name: String,
    /// What it is for, in one line.
    pub about: String,
    /// Whether it must be set: the pack has no value of its own.
    pub required: bool,
    /// The pack's own value, as JSON.
    pub default: String,
    /// A value as it may be, as JSON.
    pub example: Option<String>,
}

/// A pack's version. The first number is raised by what changes a verdict, the second by all else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackVersion {
    /// What changes a verdict.
    pub major: u32,
    /// All else.
    pub minor: u32,
}

impl PackVersion {
    /// Reads `1.2`.
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self { major: number(major)?, minor: number(minor)? })
    }
}

impl fmt::Display for PackVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Which versions of a pack will do: `1` is any 1.x, `1.2` is 1.2 or a later 1.x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    major: u32,
    least: u32,
}

impl Wanted {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (major, least) = text.split_once('.').unwrap_or((text, "0"));
        Some(Self { major: number(major)?, least: number(least)? })
    }

    pub(super) fn takes(self, version: PackVersion) -> bool {
        version.major == self.major && version.minor >= self.least
    }
}

/// Digits alone, and no zero before others.
fn number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// A part of a rule that is not as the rulebook wrote it which the rule comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The rule's id.
    pub rule: String,
    /// Which part: `severity`, `scope`, ...
    pub key: String,
    /// Who says so: its place among [`Rulebook::sources`](super::Rulebook::sources).
    pub by: usize,
}

/// A rule that is not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disabled {
    /// The rule's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Why.
    pub reason: String,
    /// Where it is written: its place among [`Rulebook::sources`](super::Rulebook::sources).
    pub source: usize,
    /// Who says so, likewise.
    pub by: usize,
}

#[cfg(test)]
mod tests {
    use super::{PackVersion, Wanted};

    #[test]
    fn a_wanted_version_takes_later_ones_that_change_no_verdict() {
        let version = |text| PackVersion::parse(text).expect(text);
        for (wanted, taken, refused) in
            [("1", ["1.0", "1.7"], ["2.0", "0.9"]), ("1.2", ["1.2", "1.10"], ["1.1", "2.2"])]
        {
            let wanted = Wanted::parse(wanted).expect(wanted);
            assert!(taken.iter().all(|text| wanted.takes(version(text))));
            assert!(!refused.iter().any(|text| wanted.takes(version(text))));
        }
        for text in ["", "1.", "1.2.3", "01.0", "v1", "^1", "-1.0", "99999999999.0"] {
            assert_eq!((PackVersion::parse(text), Wanted::parse(text)), (None, None), "{text}");
        }
    }
}
