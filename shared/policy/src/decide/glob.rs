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

/// A pattern without variables, with the literal text at both ends, which refuses most texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    prefix: Box<[u8]>,
    /// Behind the last wildcard; empty where there is none.
    suffix: Box<[u8]>,
    middle: Middle,
    /// How many bytes a text has at least.
    shortest: usize,
    /// The whole pattern, both ends included.
    steps: Box<[Step]>,
    /// How many parts [`segments`] cuts the pattern into.
    segments: usize,
    /// Whether the literal start has an ARN's five colons.
    literal_head: bool,
}

/// What is between the literal ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Middle {
    /// Nothing: there is no wildcard.
    Nothing,
    /// One star.
    Star,
    /// Anything else.
    Steps,
}

impl Glob {
    /// Compiles pieces; `None` if one is a variable.
    pub(crate) fn new(pieces: &[Piece]) -> Option<Self> {
        let mut steps = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Literal(text) => steps.extend(text.bytes().map(Step::Byte)),
                Piece::Star => steps.push(Step::Star),
                Piece::One => steps.push(Step::One),
                Piece::Variable { .. } => return None,
            }
        }
        Some(Self::of(&steps))
    }

    /// The pattern of these steps.
    pub(crate) fn of(steps: &[Step]) -> Self {
        let prefix: Box<[u8]> = steps.iter().map_while(|step| step.literal()).collect();
        let rest = &steps[prefix.len()..];
        let literal_end = rest.iter().rev().take_while(|step| step.literal().is_some()).count();
        let (middle, suffix) = rest.split_at(rest.len() - literal_end);
        Self {
            literal_head: prefix.iter().filter(|byte| **byte == b':').count() >= SEGMENTS - 1,
            prefix,
            suffix: suffix.iter().filter_map(|step| step.literal()).collect(),
            middle: match middle {
                [] => Middle::Nothing,
                [Step::Star] => Middle::Star,
                _ => Middle::Steps,
            },
            shortest: steps.iter().filter(|step| **step != Step::Star).count(),
            steps: steps.into(),
            segments: segments(steps).len(),
        }
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let text = text.as_bytes();
        if text.len() < self.shortest || !same(&text[..self.prefix.len()], &self.prefix) {
            return false;
        }
        let (rest, end) = text.split_at(text.len() - self.suffix.len());
        match self.middle {
            Middle::Nothing => rest.len() == self.prefix.len(),
            Middle::Star => same(end, &self.suffix),
            Middle::Steps => {
                let middle = self.prefix.len()..self.steps.len() - self.suffix.len();
                same(end, &self.suffix) && steps_match(&self.steps[middle], &rest[self.prefix.len()..])
            }
        }
    }

    /// The steps of the whole pattern.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The pattern's text, if it has no wildcard.
    pub(crate) fn literal(&self) -> Option<&str> {
        let literal = self.middle == Middle::Nothing;
        literal.then(|| std::str::from_utf8(&self.prefix).ok()).flatten()
    }

    /// Whether the pattern spells out the five colons of an ARN.
    pub(crate) fn has_all_segments(&self) -> bool {
        self.segments == SEGMENTS
    }

    /// Whether all wildcards are behind the fifth colon. Then an ARN matches part for part if it
    /// matches as plain text: the literal start fixes its first five parts.
    pub(crate) fn has_literal_head(&self) -> bool {
        self.literal_head
    }

    /// Whether the pattern is nothing but stars.
    pub(crate) fn is_any(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|s| *s == Step::Star)
    }
}

impl Step {
    fn literal(self) -> Option<u8> {
        if let Self::Byte(byte) = self { Some(byte) } else { None }
    }
}

/// A pattern of an ARN, each of whose six parts is matched on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArnGlob {
    prefix: Box<[u8]>,
    /// The parts behind the literal start; of the first, only what the start leaves.
    parts: Box<[Glob]>,
}

impl ArnGlob {
    /// `None` if the pattern does not have all six parts.
    pub(crate) fn new(glob: &Glob) -> Option<Self> {
        let begun = glob.prefix.iter().filter(|byte| **byte == b':').count().min(SEGMENTS - 1);
        let rest = glob.steps[glob.prefix.len()..].splitn(SEGMENTS - begun, |s| *s == Step::Byte(b':'));
        let parts = rest.map(Glob::of).collect();
        glob.has_all_segments().then(|| Self { prefix: glob.prefix.clone(), parts })
    }

    pub(crate) fn matches(&self, arn: &str) -> bool {
        let Some((start, rest)) = arn.as_bytes().split_at_checked(self.prefix.len()) else { return false };
        if !same(start, &self.prefix) {
            return false;
        }
        let rest = arn.get(arn.len() - rest.len()..).unwrap_or_default();
        let mut own = rest.splitn(self.parts.len(), ':');
        self.parts.iter().all(|part| own.next().is_some_and(|text| part.matches(text)))
    }
}

/// Whether two texts are the same. Nearly all that is compared here is short and differs early, and
/// a call to the system's comparison, which is made for long texts, took half of a decision's time.
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    let (words, rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    one.len() == other.len()
        && words.iter().zip(others).all(|(a, b)| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b))
        && rest.iter().zip(other_rest).all(|(a, b)| a == b)
}

/// Whether the steps match the whole text. On a mismatch the last star takes more.
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
        step = star + 1;
        at = match steps.get(step) {
            // Up to where what follows the star can begin.
            Some(Step::Byte(next)) => match text[from + 1..].iter().position(|byte| byte == next) {
                Some(skipped) => from + 1 + skipped,
                None => return false,
            },
            _ => from + 1,
        };
        retry = Some((star, at));
    }
    steps[step..].iter().all(|s| *s == Step::Star)
}

/// `?` is one character, not one byte.
fn character_length(text: &[u8], at: usize) -> usize {
    1 + text[at + 1..].iter().take_while(|b| **b & 0b1100_0000 == 0b1000_0000).count()
}

/// How many parts an ARN has.
pub(super) const SEGMENTS: usize = 6;

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
        Glob::new(&pieces).expect("no variables")
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
            ("abcdefghijk", "abcdefghijk", true),
            ("abcdefghijk", "abcdefghijx", false),
            ("abcdefghijk*", "abcdefghxjk", false),
            ("*abcdefghijk", "xabcdefghijk", true),
            ("aXa*aXa", "aXa", false),
        ] {
            assert_eq!(glob(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_parts_of_an_arn_match_on_their_own() {
        for (pattern, arn, expected) in [
            ("arn:aws:iam::*:role/ops/*", "arn:aws:iam::1:role/ops/a:b", true),
            ("arn:aws:iam::*:role/ops/*", "arn:aws:iam::1:role/dev/a", false),
            ("arn:aws:iam::*:role/*", "arn:aws:iam::1:x:role/a", false),
            ("arn:aws:iam::1*:role/*", "arn:aws:iam::12:role/a", true),
            ("arn:aws:iam::1*:role/*", "arn:aws:iam::21:role/a", false),
            ("*:*:*:*:*:*", "arn:aws:iam::1", false),
            ("*:*:*:*:*:*", "arn:aws:iam::1:a:b", true),
            ("arn:aws:iam::1:role/a", "arn:aws:iam::1:role/a", true),
            ("arn:aws:iam::1:role/a*:b", "arn:aws:iam::1:role/ax:b", true),
        ] {
            let compiled = ArnGlob::new(&glob(pattern)).expect("six parts");
            assert_eq!(compiled.matches(arn), expected, "{pattern} {arn}");
            assert_eq!(arn_matches(&segments(glob(pattern).steps()), arn), expected, "{pattern} {arn}");
        }
        assert_eq!(ArnGlob::new(&glob("arn:aws:iam::*")), None);
    }

    #[test]
    fn nested_wildcards_cost_no_more_than_the_product() {
        let pattern = "*a".repeat(200) + "*b";
        assert!(!glob(&pattern).matches(&"a".repeat(5000)));
    }
}
