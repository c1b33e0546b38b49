//! Matching one text against one pattern, in time that is at worst their product.

use crate::text::Piece;

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Byte(u8),
    One,
    Star,
}

/// A pattern without variables: a literal start, then steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    prefix: Box<str>,
    rest: Box<[Step]>,
}

impl Glob {
    /// Compiles pieces; `resolve` gives the value of a variable. `None` if one has no value.
    pub(crate) fn new<'a>(
        pieces: &'a [Piece],
        mut resolve: impl FnMut(&'a str, Option<&'a str>) -> Option<&'a str>,
    ) -> Option<Self> {
        let mut prefix = String::new();
        let mut rest = Vec::new();
        for piece in pieces {
            let literal = match piece {
                Piece::Literal(text) => text.as_str(),
                // The value's own wildcards are literal (UG, "Variables and tags").
                Piece::Variable { key, default } => resolve(key, default.as_deref())?,
                Piece::Star => {
                    rest.push(Step::Star);
                    continue;
                }
                Piece::One => {
                    rest.push(Step::One);
                    continue;
                }
            };
            if rest.is_empty() {
                prefix.push_str(literal);
            } else {
                rest.extend(literal.bytes().map(Step::Byte));
            }
        }
        Some(Self { prefix: prefix.into(), rest: rest.into() })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        text.strip_prefix(&*self.prefix).is_some_and(|tail| {
            if self.rest.is_empty() { tail.is_empty() } else { steps_match(&self.rest, tail.as_bytes()) }
        })
    }

    /// The steps of the whole pattern, the literal start included.
    pub(crate) fn steps(&self) -> Vec<Step> {
        self.prefix.bytes().map(Step::Byte).chain(self.rest.iter().copied()).collect()
    }

    /// Whether the pattern is nothing but stars.
    pub(crate) fn is_any(&self) -> bool {
        self.prefix.is_empty() && !self.rest.is_empty() && self.rest.iter().all(|s| *s == Step::Star)
    }
}

/// Whether the steps match the whole text. On a mismatch the last star takes one byte more.
pub(crate) fn steps_match(steps: &[Step], text: &[u8]) -> bool {
    let (mut step, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match steps.get(step) {
            Some(Step::Star) => {
                retry = Some((step, at));
                step += 1;
                continue;
            }
            Some(Step::One) => {
                step += 1;
                at += character_length(text, at);
                continue;
            }
            Some(Step::Byte(byte)) if *byte == text[at] => {
                step += 1;
                at += 1;
                continue;
            }
            _ => {}
        }
        let Some((star, from)) = retry else { return false };
        retry = Some((star, from + 1));
        step = star + 1;
        at = from + 1;
    }
    steps[step..].iter().all(|s| *s == Step::Star)
}

/// `?` is one character, not one byte.
fn character_length(text: &[u8], at: usize) -> usize {
    1 + text[at + 1..].iter().take_while(|b| **b & 0b1100_0000 == 0b1000_0000).count()
}

/// Cuts steps at the first five colons that the pattern spells out.
pub(crate) fn segments(steps: &[Step]) -> Vec<&[Step]> {
    steps.splitn(6, |s| *s == Step::Byte(b':')).collect()
}

/// Whether an ARN of six parts matches, each part on its own.
pub(crate) fn arn_matches(segments: &[&[Step]], text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    parts.len() == segments.len()
        && segments.iter().zip(parts).all(|(steps, part)| steps_match(steps, part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Version;
    use crate::text::{Reading, pieces};

    fn glob(pattern: &str) -> Glob {
        let pieces = pieces(pattern, Reading::new(true, Version::V2008));
        Glob::new(&pieces, |_, _| None).expect("no variables")
    }

    #[test]
    fn wildcards_match_as_iam_has_them() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "acb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "\u{e9}", true),
            ("*ab*ab", "abab", true),
            ("*ab*ab", "abba", false),
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(glob(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn nested_wildcards_cost_no_more_than_the_product() {
        let pattern = "*a".repeat(200) + "*b";
        assert!(!glob(&pattern).matches(&"a".repeat(5000)));
    }
}
