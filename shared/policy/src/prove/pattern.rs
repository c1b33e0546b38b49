//! Patterns as small automata: the tokens of globs, with wildcards that may or may not cross the
//! colons of an ARN.

use rustc_hash::FxHashMap;

use crate::text::Piece;

/// One token of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Token {
    /// This character.
    Char(char),
    /// This character, whatever its case; held in lower case.
    Fold(char),
    /// Any one character.
    One,
    /// Any one character but a colon.
    OneInSegment,
    /// Any characters.
    Star,
    /// Any characters but colons.
    StarInSegment,
    /// Any one character but a colon or a slash.
    OneInName,
    /// Any characters but colons and slashes.
    StarInName,
}

use Token::{Char, Fold, One, OneInName, OneInSegment, Star, StarInName, StarInSegment};

/// A pattern.
pub(super) type Pattern = Vec<Token>;

impl Token {
    pub(super) fn is_star(self) -> bool {
        matches!(self, Star | StarInSegment | StarInName)
    }

    /// Whether the token takes this character.
    pub(super) fn takes(self, c: char) -> bool {
        match self {
            Char(own) => own == c,
            Fold(own) => own == c || c.to_lowercase().eq(std::iter::once(own)),
            One | Star => true,
            OneInSegment | StarInSegment => c != ':',
            OneInName | StarInName => c != ':' && c != '/',
        }
    }
}

/// Compiles pieces; `None` if a variable has no value. A variable's value is literal.
pub(super) fn tokens<'a>(
    pieces: &'a [Piece],
    mut resolve: impl FnMut(&'a str, Option<&'a str>) -> Option<&'a str>,
) -> Option<Pattern> {
    let mut tokens = Vec::with_capacity(length(pieces));
    for piece in pieces {
        match piece {
            Piece::Literal(text) => tokens.extend(text.chars().map(Char)),
            Piece::Star => tokens.push(Star),
            Piece::One => tokens.push(One),
            Piece::Variable { key, default } => {
                tokens.extend(resolve(key, default.as_deref())?.chars().map(Char));
            }
        }
    }
    Some(tokens)
}

/// About how many tokens the pieces come to.
pub(super) fn length(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| if let Piece::Literal(text) = piece { text.len() } else { 1 }).sum()
}

/// A text as a pattern of itself.
pub(super) fn literal(text: &str) -> Pattern {
    let mut pattern = Pattern::with_capacity(text.len());
    pattern.extend(characters(text));
    pattern
}

/// The tokens of a text that stands for itself.
pub(super) fn characters(text: &str) -> impl Iterator<Item = Token> {
    text.chars().map(Char)
}

/// A text in lower case as a pattern of itself in any case.
pub(super) fn ignoring_case(lower: &str) -> Pattern {
    lower.chars().map(Fold).collect()
}

/// The text of a pattern that has one alone.
pub(super) fn as_literal(pattern: &Pattern) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    for token in pattern {
        let Char(c) = token else { return None };
        text.push(*c);
    }
    Some(text)
}

/// The ASCII text that a pattern spells out at its beginning: a token a byte.
pub(super) fn head(pattern: &Pattern) -> Box<str> {
    let spelled = |token: &Token| if let Char(c) = token { Some(*c).filter(char::is_ascii) } else { None };
    let length = pattern.iter().take_while(|token| spelled(token).is_some()).count();
    let mut head = String::with_capacity(length);
    head.extend(pattern.iter().map_while(spelled));
    head.into()
}

/// Whether a text begins with such a head. ARNs begin alike, so the end of the head tells most of them apart.
pub(super) fn begins(text: &str, head: &str) -> bool {
    let Some(last) = head.as_bytes().last() else { return true };
    text.as_bytes().get(head.len() - 1) == Some(last) && text.starts_with(head)
}

/// The two readings of an ARN pattern in a `Resource` element.
pub(super) struct Readings {
    /// Wildcards stay within their segment; `None`: matches nothing.
    pub(super) narrow: Option<Pattern>,
    /// As narrow, with wildcards allowed in the service segment: how a rulebook is read.
    pub(super) rulebook: Pattern,
    /// A `*` that ends a segment extends past colons; a short ARN is completed, or not.
    pub(super) wide: Vec<Pattern>,
}

impl Readings {
    /// Whether it matters which reading is right.
    pub(super) fn differ(&self) -> bool {
        self.wide.iter().ne(self.narrow.iter())
    }
}

/// Reads the tokens of a `Resource` pattern (see [`crate::decide`] for the source of each rule; the
/// code is deliberately another).
pub(super) fn resource(tokens: &Pattern) -> Readings {
    let mut parts: Vec<Vec<Token>> = tokens.splitn(6, |t| *t == Char(':')).map(<[Token]>::to_vec).collect();
    let given = parts.len();
    if given < 6 && !(given > 1 && matches(&parts[0], "arn")) {
        return Readings { narrow: None, rulebook: tokens.clone(), wide: vec![tokens.clone()] };
    }
    parts.resize(6, vec![Star]);
    let service_has_wildcard = given > 2 && parts[2].iter().any(|t| !matches!(t, Char(_)));
    let confined = |part: &[Token]| part.iter().map(|t| confine(*t)).collect::<Pattern>();
    let narrow = join(parts.iter().enumerate().map(|(i, p)| if i < 5 { confined(p) } else { p.clone() }));
    let widen = |parts: &[Pattern]| {
        join(parts.iter().enumerate().map(|(i, part)| {
            if i + 1 == parts.len() {
                return part.clone();
            }
            let mut wide = confined(part);
            if part.last() == Some(&Star)
                && let Some(last) = wide.last_mut()
            {
                *last = Star;
            }
            wide
        }))
    };
    let mut wide = vec![widen(&parts)];
    if given < 6 {
        wide.push(widen(&parts[..given]));
    }
    wide.sort();
    wide.dedup();
    Readings { narrow: (!service_has_wildcard).then(|| narrow.clone()), rulebook: narrow, wide }
}

/// The tokens of an `ArnLike` value: six parts, each on its own; `None`: not an ARN.
pub(super) fn arn(tokens: &Pattern) -> Option<Pattern> {
    let parts: Vec<&[Token]> = tokens.splitn(6, |t| *t == Char(':')).collect();
    (parts.len() == 6).then(|| {
        join(
            parts.iter().enumerate().map(|(i, part)| {
                if i < 5 { part.iter().map(|t| confine(*t)).collect() } else { part.to_vec() }
            }),
        )
    })
}

fn confine(token: Token) -> Token {
    match token {
        One => OneInSegment,
        Star => StarInSegment,
        other => other,
    }
}

fn join(parts: impl Iterator<Item = Pattern>) -> Pattern {
    let mut all = Vec::new();
    for (i, part) in parts.enumerate() {
        if i > 0 {
            all.push(Char(':'));
        }
        all.extend(part);
    }
    all
}

/// Whether a text matches.
pub(super) fn matches(mut pattern: &[Token], mut text: &str) -> bool {
    // What is spelled out at both ends decides most questions.
    while let [first, rest @ ..] = pattern
        && !first.is_star()
    {
        let mut characters = text.chars();
        if !characters.next().is_some_and(|c| first.takes(c)) {
            return false;
        }
        (pattern, text) = (rest, characters.as_str());
    }
    while let [rest @ .., last] = pattern
        && !last.is_star()
    {
        let mut characters = text.chars();
        if !characters.next_back().is_some_and(|c| last.takes(c)) {
            return false;
        }
        (pattern, text) = (rest, characters.as_str());
    }
    match pattern {
        [] => text.is_empty(),
        [Star] => true,
        [star] => text.chars().all(|c| star.takes(c)),
        _ if pattern.len() < 64 => short_matches(pattern, text),
        _ => long_matches(pattern, text),
    }
}

/// Walks all positions at once, 64 in a word. Which tokens take a character is found out once for each.
fn long_matches(pattern: &[Token], text: &str) -> bool {
    let words = pattern.len() / 64 + 1;
    let bits = |takes: &dyn Fn(&Token) -> bool| {
        let mut bits = vec![0u64; words];
        let taking = pattern.iter().enumerate().filter(|(_, token)| takes(token));
        taking.for_each(|(at, _)| bits[at / 64] |= 1 << (at % 64));
        bits
    };
    let stars = bits(&|token| token.is_star());
    // Stars may take nothing.
    let close = |here: &mut [u64]| {
        let mut more = true;
        while std::mem::take(&mut more) {
            let mut carry = 0;
            for (own, stars) in here.iter_mut().zip(&stars) {
                let passed = *own & stars;
                let next = *own | passed << 1 | carry;
                carry = passed >> 63;
                more |= next != *own;
                *own = next;
            }
        }
    };
    let mut takers: FxHashMap<char, Vec<u64>> = FxHashMap::default();
    let mut here = vec![0u64; words];
    here[0] = 1;
    close(&mut here);
    for c in text.chars() {
        let taking = takers.entry(c).or_insert_with(|| bits(&|token| token.takes(c)));
        let mut carry = 0;
        for ((own, taking), stars) in here.iter_mut().zip(taking.iter()).zip(&stars) {
            let (stay, go) = (*own & taking & stars, *own & taking & !stars);
            *own = stay | go << 1 | carry;
            carry = go >> 63;
        }
        close(&mut here);
        if here.iter().all(|word| *word == 0) {
            return false;
        }
    }
    here[pattern.len() / 64] >> (pattern.len() % 64) & 1 == 1
}

/// As `long_matches`, the positions being the bits of one word.
fn short_matches(pattern: &[Token], text: &str) -> bool {
    let reach = |at| reach(pattern, at);
    let mut here = reach(0);
    for c in text.chars() {
        let mut next = 0;
        let mut rest = here;
        while rest != 0 {
            let at = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if let Some(token) = pattern.get(at)
                && token.takes(c)
            {
                next |= if token.is_star() { reach(at) } else { reach(at + 1) };
            }
        }
        here = next;
        if here == 0 {
            return false;
        }
    }
    here >> pattern.len() & 1 == 1
}

/// Stars may take nothing.
fn close(pattern: &[Token], here: &mut [bool]) {
    for (at, token) in pattern.iter().enumerate() {
        if here[at] && token.is_star() {
            here[at + 1] = true;
        }
    }
}

/// Whether every text that matches `inner` surely matches `outer`: exact enough to settle most
/// questions without search, and never wrong when it says yes.
pub(super) fn includes(mut outer: &[Token], mut inner: &[Token]) -> bool {
    // What is spelled out at both ends decides most questions.
    loop {
        while let ([own, rest @ ..], [token, others @ ..]) = (outer, inner)
            && !own.is_star()
            && !token.is_star()
        {
            if !covers(*own, *token) {
                return false;
            }
            (outer, inner) = (rest, others);
        }
        // A star that stays within its segment ends where the segment ends.
        let [star, Char(':'), rest @ ..] = outer else { break };
        if !star.is_star() || star.takes(':') {
            break;
        }
        let Some(end) = inner.iter().position(|token| *token == Char(':')) else { return false };
        if !inner[..end].iter().all(|token| covers(*star, *token)) {
            return false;
        }
        (outer, inner) = (rest, &inner[end + 1..]);
    }
    while let ([rest @ .., own], [others @ .., token]) = (outer, inner)
        && !own.is_star()
        && !token.is_star()
    {
        if !covers(*own, *token) {
            return false;
        }
        (outer, inner) = (rest, others);
    }
    // A star of `inner` at either end lies within a star alone.
    let only_inner = |own: Option<&Token>, token: Option<&Token>| {
        token.is_some_and(|token| token.is_star()) && own.is_some_and(|own| !own.is_star())
    };
    if only_inner(outer.first(), inner.first()) || only_inner(outer.last(), inner.last()) {
        return false;
    }
    if outer.len() < 64 { short_includes(outer, inner) } else { long_includes(outer, inner) }
}

/// As `long_includes`, the positions being the bits of one word.
fn short_includes(outer: &[Token], inner: &[Token]) -> bool {
    let reach = |at| reach(outer, at);
    // Where a star is the end, whatever follows lies within it.
    let any_end = if outer.last() == Some(&Star) { 1 << (outer.len() - 1) } else { 0 };
    let mut here = reach(0);
    for token in inner {
        if here & any_end != 0 {
            return true;
        }
        let mut next = 0;
        let mut rest = here;
        while rest != 0 {
            let at = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if let Some(own) = outer.get(at)
                && covers(*own, *token)
            {
                if own.is_star() {
                    next |= reach(at);
                } else if !token.is_star() {
                    next |= reach(at + 1);
                }
            }
        }
        here = next;
        if here == 0 {
            return false;
        }
    }
    here >> outer.len() & 1 == 1
}

/// A position of a pattern and those that follow it without any text, as bits.
fn reach(pattern: &[Token], mut at: usize) -> u64 {
    let mut bits = 1u64 << at;
    while pattern.get(at).is_some_and(|token| token.is_star()) {
        at += 1;
        bits |= 1 << at;
    }
    bits
}

/// Walks all positions at once.
fn long_includes(outer: &[Token], inner: &[Token]) -> bool {
    let mut here = vec![false; outer.len() + 1];
    here[0] = true;
    close(outer, &mut here);
    let mut next = vec![false; outer.len() + 1];
    for token in inner {
        next.fill(false);
        for (at, own) in outer.iter().enumerate() {
            if !here[at] {
                continue;
            }
            if own.is_star() {
                if covers(*own, *token) {
                    next[at] = true;
                }
            } else if !token.is_star() && covers(*own, *token) {
                next[at + 1] = true;
            }
        }
        std::mem::swap(&mut here, &mut next);
        close(outer, &mut here);
    }
    here[outer.len()]
}

/// Whether two patterns may have a text in common, as far as their beginnings, their ends and the
/// segments of ARNs tell; `false` is sure.
pub(super) fn may_meet(one: &[Token], other: &[Token]) -> bool {
    let agree = |(a, b): (&Token, &Token)| match (a, b) {
        (Char(c), token) | (token, Char(c)) => token.takes(*c),
        _ => true,
    };
    let spelled = |pair: &(&Token, &Token)| !pair.0.is_star() && !pair.1.is_star();
    if !one.iter().rev().zip(other.iter().rev()).take_while(spelled).all(agree) {
        return false;
    }
    let (mut one, mut other) = (one, other);
    loop {
        let length = one.iter().zip(other).take_while(spelled).count();
        if !one.iter().zip(other).take(length).all(agree) {
            return false;
        }
        (one, other) = (&one[length..], &other[length..]);
        // Where wildcards stay within their segment, the next segments begin together.
        match (next_segment(one), next_segment(other)) {
            (Next::At(a), Next::At(b)) => (one, other) = (&one[a..], &other[b..]),
            (Next::None, Next::None) | (Next::Unknown, _) | (_, Next::Unknown) => {
                return !lacks_separator(one, other) && !lacks_separator(other, one);
            }
            (Next::At(_), Next::None) | (Next::None, Next::At(_)) => return false,
        }
    }
}

/// Whether a pattern spells out a separator that the other nowhere takes: a bucket's ARN is no object's.
fn lacks_separator(spelling: &[Token], taking: &[Token]) -> bool {
    let lacks = |c: &char| spelling.contains(&Char(*c)) && !taking.iter().any(|token| token.takes(*c));
    [':', '/'].iter().any(lacks)
}

/// Where the next segment of an ARN begins in a pattern.
enum Next {
    At(usize),
    /// This is the last one.
    None,
    /// A wildcard may cross colons.
    Unknown,
}

fn next_segment(tokens: &[Token]) -> Next {
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Char(':') => return Next::At(at + 1),
            token if token.takes(':') => return Next::Unknown,
            _ => {}
        }
    }
    Next::None
}

/// Whether every character that `inner` takes, `outer` takes.
fn covers(outer: Token, inner: Token) -> bool {
    let class = |token| match token {
        One | Star => 3,
        OneInSegment | StarInSegment => 2,
        OneInName | StarInName => 1,
        Char(_) | Fold(_) => 0,
    };
    match (outer, inner) {
        (Char(a), Char(b)) => a == b,
        (Fold(_), Fold(_)) => outer == inner,
        (Fold(_), Char(b)) => outer.takes(b),
        (Char(_), _) | (Fold(_), _) => false,
        (_, Char(b)) => outer.takes(b),
        (_, Fold(b)) => outer.takes(b) && b.to_uppercase().all(|c| outer.takes(c)),
        _ => class(outer) >= class(inner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Version;
    use crate::text::{Reading, pieces};

    fn pattern(text: &str) -> Pattern {
        tokens(&pieces(text, Reading::new(true, Version::V2008)), |_, _| None).unwrap_or_default()
    }

    #[test]
    fn narrow_wildcards_stay_in_their_segment() {
        let readings = resource(&pattern("arn:aws:lambda:*:function:f*"));
        let narrow = readings.narrow.unwrap_or_default();
        let text = "arn:aws:lambda:us-east-1:111122223333:function:f1";
        assert!(!matches(&narrow, text));
        assert!(readings.wide.iter().any(|wide| matches(wide, text)));
    }

    #[test]
    fn long_patterns_match_as_short_ones() {
        for text in ["", "a", "ab", "xaxbx", "a:b", "ba", "aXbX"] {
            for short in ["*", "a*", "*a*b*", "?*b", "a?b", "*a", "*:*"] {
                let short = pattern(short);
                // Stars that take nothing make it long.
                let long: Pattern = [vec![Star; 70], short.clone()].concat();
                let expected = short_matches(&[vec![Star], short].concat(), text);
                assert_eq!(long_matches(&long, text), expected, "{long:?} {text}");
            }
        }
    }

    #[test]
    fn what_may_meet_is_told_by_ends_and_segments() {
        let arn = |text: &str| arn(&pattern(text)).unwrap_or_default();
        for (one, other, expected) in [
            ("a*b", "a*b", true),
            ("a*", "b*", false),
            ("*a", "*b", false),
            ("a*c", "ab*", true),
            ("?b*", "a*", true),
            ("?b*", "ac*", false),
            ("?*", "*a/*", true),
        ] {
            assert_eq!(may_meet(&pattern(one), &pattern(other)), expected, "{one} {other}");
        }
        let name = [OneInName, StarInName];
        assert!(!may_meet(&name, &pattern("*a/*")));
        assert!(may_meet(&name, &pattern("*a*")));
        for (one, other, expected) in [
            ("arn:aws:iam::*:role/a/*", "arn:aws:iam::111122223333:role/b-*", false),
            ("arn:aws:iam::*:role/a/*", "arn:aws:iam::111122223333:role/*", true),
            ("arn:aws:sqs:eu-*:*:a", "arn:aws:sqs:us-*:*:a", false),
        ] {
            assert_eq!(may_meet(&arn(one), &arn(other)), expected, "{one} {other}");
        }
    }

    #[test]
    fn inclusion_is_never_wrong() {
        for (outer, inner, expected) in [
            ("*", "a*b", true),
            ("a*", "a*b", true),
            ("a*b", "a*", false),
            ("a?", "ab", true),
            ("a?", "a?", true),
            ("a?", "a*", false),
            ("*a*", "xay", true),
            ("ab", "ab", true),
        ] {
            assert_eq!(includes(&pattern(outer), &pattern(inner)), expected, "{outer} {inner}");
        }
    }
}
