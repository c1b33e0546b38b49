//! Matching one text against one pattern, in time that is at worst their product.

use std::ops::Deref;

use crate::text::Piece;

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Byte(u8),
    One,
    Star,
}

/// A pattern without variables: its steps, and the literal start that refuses most texts quickly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    prefix: String,
    /// The whole pattern, the literal start included.
    steps: Vec<Step>,
    /// Where the literal end begins, behind the last wildcard.
    suffix: usize,
    /// How many parts [`segments`] cuts the pattern into.
    segments: usize,
    /// Whether the literal start has an ARN's five colons.
    literal_head: bool,
}

impl Glob {
    /// Compiles pieces; `resolve` gives the value of a variable. `None` if one has no value.
    pub(crate) fn new<'a>(
        pieces: &'a [Piece],
        mut resolve: impl FnMut(&'a str, Option<&'a str>) -> Option<&'a str>,
    ) -> Option<Self> {
        let literals = |piece: &Piece| if let Piece::Literal(text) = piece { text.len() } else { 32 };
        let capacity = pieces.iter().map(literals).sum();
        let mut prefix = String::with_capacity(capacity);
        let mut suffix = 0;
        let mut steps = Vec::with_capacity(capacity);
        for piece in pieces {
            let literal = match piece {
                Piece::Literal(text) => text.as_str(),
                // The value's own wildcards are literal (UG, "Variables and tags").
                Piece::Variable { key, default } => resolve(key, default.as_deref())?,
                Piece::Star => {
                    steps.push(Step::Star);
                    suffix = steps.len();
                    continue;
                }
                Piece::One => {
                    steps.push(Step::One);
                    suffix = steps.len();
                    continue;
                }
            };
            if steps.len() == prefix.len() {
                prefix.push_str(literal);
            }
            steps.extend(literal.bytes().map(Step::Byte));
        }
        let segments = segments(&steps).len();
        let literal_head = prefix.bytes().filter(|b| *b == b':').count() >= SEGMENTS - 1;
        Some(Self { prefix, steps, suffix, segments, literal_head })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some(tail) = text.strip_prefix(self.prefix.as_str()) else { return false };
        // The literal end refuses what the stars would try at length.
        let end = &self.steps[self.suffix.max(self.prefix.len())..];
        let ends_so = end.len() <= tail.len()
            && end.iter().rev().zip(tail.bytes().rev()).all(|(step, byte)| *step == Step::Byte(byte));
        ends_so && steps_match(&self.steps[self.prefix.len()..], tail.as_bytes())
    }

    /// The steps of the whole pattern.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether the pattern spells out the five colons of an ARN.
    pub(crate) fn has_all_segments(&self) -> bool {
        self.segments == SEGMENTS
    }

    /// Whether all wildcards are behind the fifth colon. Then [`arn_matches`] is what
    /// [`Self::matches`] is: the literal start fixes the first five parts of the text.
    pub(crate) fn has_literal_head(&self) -> bool {
        self.literal_head
    }

    /// Whether the pattern is nothing but stars.
    pub(crate) fn is_any(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|s| *s == Step::Star)
    }
}

/// Whether the steps match the whole text. On a mismatch the last star takes one byte more.
pub(crate) fn steps_match(steps: &[Step], text: &[u8]) -> bool {
    let (mut step, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match steps.get(step) {
            // Whatever is left.
            Some(Step::Star) if step + 1 == steps.len() => return true,
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

/// How many parts an ARN has.
const SEGMENTS: usize = 6;

/// The parts of a pattern, at most [`SEGMENTS`].
#[derive(Clone, Copy)]
pub(crate) struct Segments<'a> {
    parts: [&'a [Step]; SEGMENTS],
    count: usize,
}

impl<'a> Segments<'a> {
    /// All parts of an ARN, what is missing filled in with one that matches anything.
    pub(crate) fn completed(mut self) -> Self {
        self.parts[self.count..].fill(&[Step::Star]);
        self.count = SEGMENTS;
        self
    }
}

impl<'a> Deref for Segments<'a> {
    type Target = [&'a [Step]];

    fn deref(&self) -> &Self::Target {
        &self.parts[..self.count]
    }
}

/// Cuts steps at the first five colons that the pattern spells out.
pub(crate) fn segments(steps: &[Step]) -> Segments<'_> {
    let mut cut = Segments { parts: [&[]; SEGMENTS], count: 0 };
    for part in steps.splitn(SEGMENTS, |s| *s == Step::Byte(b':')) {
        cut.parts[cut.count] = part;
        cut.count += 1;
    }
    cut
}

/// Whether an ARN of six parts matches, each part on its own.
pub(crate) fn arn_matches(segments: &[&[Step]], text: &str) -> bool {
    let mut parts = text.as_bytes().splitn(SEGMENTS, |b| *b == b':');
    let mut own = |steps: &&[Step]| parts.next().is_some_and(|part| steps_match(steps, part));
    segments.iter().all(&mut own) && parts.next().is_none()
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
