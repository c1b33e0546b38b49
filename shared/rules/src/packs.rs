//! The packs: rulebooks that ship with the program, to be extended by others.
//!
//! A pack is one file of `rulebooks/`, one line here, and a section of `rulebooks/CHANGELOG.md`. Its `pack` says
//! its version; `rulebooks/versions.txt` holds that together with the text, so that neither changes without the
//! other.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::rulebook::{Pack, Rulebook, RulebookError};

/// Every pack: its name, and its text.
pub const PACKS: &[(&str, &str)] = &[
    ("baseline", include_str!("../../../rulebooks/baseline.yaml")),
    ("data-perimeter", include_str!("../../../rulebooks/data-perimeter.yaml")),
    ("identity", include_str!("../../../rulebooks/identity.yaml")),
    ("partner-central", include_str!("../../../rulebooks/partner-central.yaml")),
    ("privilege-escalation", include_str!("../../../rulebooks/privilege-escalation.yaml")),
    ("third-party", include_str!("../../../rulebooks/third-party.yaml")),
];

/// The text of the pack of this name.
pub fn find(name: &str) -> Option<&'static str> {
    PACKS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The text of a source of a rulebook, as problems call it: `pack:` and a pack's name.
pub fn text_of(source: &str) -> Option<&'static str> {
    source.strip_prefix("pack:").and_then(find)
}

/// The rules of a pack, to look at: its settings have the values of their examples, else their own. Also
/// what the pack says of itself.
///
/// # Errors
/// A setting of the pack has neither, or the pack is wrong.
pub fn rulebook(name: &str, text: &str) -> Result<(Rulebook, Option<Pack>), RulebookError> {
    let mut load = |_: &str| Err("a pack has no files beside it".to_owned());
    let rulebook = Rulebook::parse_alone(text, &format!("pack:{name}"), &mut load)?;
    let pack = rulebook.sources.first().and_then(|source| source.pack.clone());
    Ok((rulebook, pack))
}

/// What `rulebooks/versions.txt` is to hold: a line for each pack, of its name, its version, and the SHA-256
/// of its text.
///
/// # Errors
/// A pack cannot be read, says nothing of itself or calls itself otherwise; or its text is not as `recorded`,
/// while its version is.
pub fn versions(packs: &[(&str, &str)], recorded: &str) -> Result<String, String> {
    let mut lines = String::new();
    for (name, text) in packs {
        let (_, pack) = rulebook(name, text).map_err(|error| error.to_string())?;
        let pack = pack.ok_or_else(|| format!("the pack `{name}` has no `pack`"))?;
        if pack.name != *name {
            return Err(format!("the pack `{name}` calls itself `{}`", pack.name));
        }
        let digest = Sha256::digest(text.as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let known = |line: &&str| line.starts_with(&format!("{name} {} ", pack.version));
        if let Some(known) = recorded.lines().find(known)
            && !known.ends_with(&digest)
        {
            let version = pack.version;
            return Err(format!(
                "the pack `{name}` is not what its version {version} was: raise the version"
            ));
        }
        let _ = writeln!(lines, "{name} {} {digest}", pack.version);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn a_pack_does_not_change_without_its_version() {
        let pack = |version: &str, about: &str| {
            format!("version: 1\npack: {{ name: a, version: '{version}', about: {about} }}\n")
        };
        let recorded = versions(&[("a", &pack("1.0", "A"))], "").expect("a first version");
        assert!(recorded.starts_with("a 1.0 "));
        assert_eq!(versions(&[("a", &pack("1.0", "A"))], &recorded), Ok(recorded.clone()));
        let error = versions(&[("a", &pack("1.0", "B"))], &recorded).expect_err("another text");
        assert_eq!(error, "the pack `a` is not what its version 1.0 was: raise the version");
        let raised = versions(&[("a", &pack("1.1", "B"))], &recorded).expect("another version");
        assert!(raised.starts_with("a 1.1 "));
        assert!(versions(&[("b", &pack("1.0", "A"))], "").is_err(), "another name");
        assert!(versions(&[("a", "version: 1")], "").is_err(), "not a pack");
    }
}
