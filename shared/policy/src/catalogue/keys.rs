//! Condition keys of services: their types, and the templates among them.

use super::tables;

/// The type of a condition key's values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyType {
    /// One string.
    String,
    /// One ARN.
    Arn,
    /// One number.
    Numeric,
    /// One date.
    Date,
    /// One truth value.
    Bool,
    /// One IP address.
    Ip,
    /// One binary value.
    Binary,
    /// Any number of strings.
    ArrayOfString,
    /// Any number of ARNs.
    ArrayOfArn,
    /// Any number of numbers.
    ArrayOfNumeric,
    /// Any number of truth values.
    ArrayOfBool,
    /// The reference names the key without a type.
    Unknown,
}

impl KeyType {
    /// Whether a request may carry several values, so that `ForAllValues` and `ForAnyValue` apply.
    #[must_use]
    pub const fn is_array(self) -> bool {
        matches!(self, Self::ArrayOfString | Self::ArrayOfArn | Self::ArrayOfNumeric | Self::ArrayOfBool)
    }

    /// The type of one value.
    #[must_use]
    pub const fn element(self) -> Self {
        match self {
            Self::ArrayOfString => Self::String,
            Self::ArrayOfArn => Self::Arn,
            Self::ArrayOfNumeric => Self::Numeric,
            Self::ArrayOfBool => Self::Bool,
            single => single,
        }
    }
}

/// The type of a service's condition key, in any case: `s3:max-keys` is numeric. Keys that come
/// from a template, like `ec2:ResourceTag/project`, are found too.
///
/// The global `aws:` keys are not answered here, although some services list them.
#[must_use]
pub fn key_type(key: &str) -> Option<KeyType> {
    if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
        return None;
    }
    let template = |index: &&u16| key_matches(tables::KEYS.get(usize::from(**index)), key);
    let index = tables::KEYS_LOWER
        .find_folded(key)
        .or_else(|| tables::KEY_TEMPLATES.iter().find(template).map(|&index| usize::from(index)))?;
    tables::KEY_TYPES.get(index).copied()
}

/// Whether a listed key covers this one, both in any case. A placeholder in the listed key,
/// `${TagKey}` or `<key>`, stands for one or more characters, and so does the `tag-key` with which the
/// reference ends one key.
#[must_use]
pub fn key_matches(listed: &str, key: &str) -> bool {
    if let Some(start) = listed.strip_suffix("/tag-key") {
        let rest = key.get(..start.len()).filter(|own| own.eq_ignore_ascii_case(start));
        return rest.is_some() && key.len() > start.len() + 1 && key[start.len()..].starts_with('/');
    }
    if listed.eq_ignore_ascii_case(key) {
        return true;
    }
    let (listed, key) = (listed.as_bytes(), key.as_bytes());
    let (mut at, mut seen) = (0, 0);
    // Where to resume if the text behind a placeholder turns out not to fit: behind the last
    // placeholder, with one more character given to it.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let rest = listed.get(at..).unwrap_or_default();
        if let Some(length) = placeholder(rest)
            && seen < key.len()
        {
            at += length;
            seen += 1;
            retry = Some((at, seen));
            continue;
        }
        match (rest.first(), key.get(seen)) {
            (None, None) => return true,
            (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) => {
                at += 1;
                seen += 1;
            }
            _ => match retry {
                Some((resume, given)) if given < key.len() => {
                    at = resume;
                    seen = given + 1;
                    retry = Some((resume, seen));
                }
                _ => return false,
            },
        }
    }
}

/// The length of the placeholder this text begins with.
fn placeholder(text: &[u8]) -> Option<usize> {
    let close = match text {
        [b'$', b'{', ..] => b'}',
        [b'<', ..] => b'>',
        _ => return None,
    };
    text.iter().position(|byte| *byte == close).map(|at| at + 1)
}
