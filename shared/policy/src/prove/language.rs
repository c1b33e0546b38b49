//! The theory of text: is there a string that some patterns match and others do not, and which is
//! the shortest? Exact: a search over the automata of all patterns at once, behind fast answers for
//! what policies usually ask.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::budget::{Budget, Exhausted};
use super::pattern::{self, Pattern, Token};
use super::sets::{Set, Texts};

/// What a string must satisfy: it lies in all of these sets of text. Each asks for one of its patterns,
/// or for none. [`Set::All`] asks for nothing; no other sets are here.
#[derive(Clone, Copy)]
pub(super) struct Constraints<'a, 'b> {
    pub(super) sets: &'b [&'a Set],
    pub(super) more: Option<&'a Set>,
}

/// A pattern, and what it spells out at its beginning.
type Headed<'a> = (&'a Pattern, &'a str);

/// Patterns in groups of which one must match each.
#[derive(Default)]
struct Groups<'a> {
    patterns: Vec<Headed<'a>>,
    /// Where each group ends.
    ends: Vec<usize>,
}

impl Groups<'_> {
    /// Ends a group; `false`: it has no pattern.
    fn end(&mut self) -> bool {
        let some = self.ends.last().copied().unwrap_or(0) < self.patterns.len();
        if some {
            self.ends.push(self.patterns.len());
        }
        some
    }
}

/// Words that make witnesses readable, tried before the shortest string is searched.
const FILLERS: [&str; 2] = ["example", "x"];

/// How many patterns are filled in before the shortest string is searched.
const FILLED: usize = 16;

/// How many bytes of states one search may keep; beyond that it counts as out of budget.
const MOST_HELD: usize = 4 << 20;

/// About how many bytes a state takes besides its words.
const OVERHEAD: usize = 64;

impl<'a> Constraints<'a, '_> {
    /// All sets, that of which it is asked whether it can be added first: most that fail, fail by it.
    fn all(&self) -> impl Iterator<Item = &'a Set> + Clone {
        self.more.into_iter().chain(self.sets.iter().copied())
    }

    fn groups(&self, wanted: bool) -> impl Iterator<Item = &'a Texts> + Clone {
        self.all().filter_map(move |set| match set {
            Set::Text { within, texts } if *within == wanted => Some(texts),
            _ => None,
        })
    }

    /// The groups of which one pattern must match.
    fn within(&self) -> impl Iterator<Item = &'a Texts> + Clone {
        self.groups(true)
    }

    /// The groups of which none may match.
    fn without(&self) -> impl Iterator<Item = &'a Texts> + Clone {
        self.groups(false)
    }

    fn admits(&self, text: &str) -> bool {
        self.all().all(|set| set.contains(text))
    }

    /// What `admits` costs.
    fn cost(&self) -> u64 {
        1 + self.within().chain(self.without()).map(Texts::weight).sum::<u64>()
    }

    /// Whether there is a member.
    ///
    /// # Errors
    /// The budget ran out.
    pub(super) fn has_member(&self, budget: &mut Budget) -> Result<bool, Exhausted> {
        // Every pattern matches something.
        if self.without().next().is_none() && self.within().nth(1).is_none() {
            budget.spend(1)?;
            return Ok(true);
        }
        Ok(self.find(false, budget)?.is_some())
    }

    /// A member, or `None` if there is none.
    ///
    /// # Errors
    /// The budget ran out.
    pub(super) fn member(&self, budget: &mut Budget) -> Result<Option<Cow<'a, str>>, Exhausted> {
        self.find(true, budget)
    }

    /// A member: whichever is found first, or the `best` of those that are found as fast.
    fn find(&self, best: bool, budget: &mut Budget) -> Result<Option<Cow<'a, str>>, Exhausted> {
        let cost = self.cost();
        budget.spend(cost)?;
        // A group of plain texts leaves only those to try.
        if let Some(texts) = self.within().filter_map(Texts::plain).min_by_key(|texts| texts.len()) {
            for text in texts {
                budget.spend(cost * length(text))?;
                if self.admits(text) {
                    return Ok(Some(Cow::Borrowed(text)));
                }
            }
            return Ok(None);
        }
        let mut possible = Groups::default();
        for (at, group) in self.within().enumerate() {
            for own in group.with_heads() {
                if self.is_compatible(at, own, budget)? && !self.surely_excluded(own, budget)? {
                    possible.patterns.push(own);
                }
            }
            if !possible.end() {
                // Each alternative of one group lies within what is excluded.
                return Ok(None);
            }
        }
        // The most specific alternative of each group, filled in, is often a member.
        for filler in FILLERS {
            if possible.patterns.is_empty() {
                budget.spend(cost)?;
                if self.admits(filler) {
                    return Ok(Some(Cow::Borrowed(filler)));
                }
            }
            let mut candidates: Vec<String> = Vec::new();
            for own in possible.patterns.iter().take(FILLED) {
                let text = fill(*own, filler);
                budget.spend(cost * length(&text))?;
                if best {
                    candidates.push(text);
                } else if self.admits(&text) {
                    return Ok(Some(Cow::Owned(text)));
                }
            }
            candidates.sort_unstable();
            if let Some(found) = candidates.into_iter().find(|text| self.admits(text)) {
                return Ok(Some(Cow::Owned(found)));
            }
        }
        Ok(self.search(&possible, budget)?.map(Cow::Owned))
    }

    /// Whether every other group has a pattern that may match the same.
    fn is_compatible(
        &self,
        at: usize,
        (own, head): Headed<'_>,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        let begins_alike = |other: &str| pattern::begins(other, head) || pattern::begins(head, other);
        for (other, group) in self.within().enumerate() {
            if other == at {
                continue;
            }
            budget.spend(group.size() * (1 + own.len() as u64 / 64))?;
            let meets = |(other, start): Headed<'_>| {
                // INVARIANT: what is spelled out at the beginning has a token for each byte.
                let alike = head.len().min(start.len());
                begins_alike(start) && pattern::may_meet(&own[alike..], &other[alike..])
            };
            if !group.with_heads().any(meets) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether all that a pattern matches is seen at once to be excluded.
    fn surely_excluded(&self, (inner, head): Headed<'_>, budget: &mut Budget) -> Result<bool, Exhausted> {
        for group in self.without() {
            let product = group.size() * (1 + inner.len() as u64 / 4);
            // A plain text includes a plain text alone.
            if group.plain().is_some() && inner.iter().any(|token| !matches!(token, Token::Char(_))) {
                continue;
            }
            budget.spend(product)?;
            let includes = |(outer, start): Headed<'_>| {
                // INVARIANT: as above.
                pattern::begins(head, start)
                    && pattern::includes(&outer[start.len()..], &inner[start.len()..])
            };
            if group.with_heads().any(includes) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Breadth first over the product of all automata.
    fn search(&self, within: &Groups<'_>, budget: &mut Budget) -> Result<Option<String>, Exhausted> {
        budget.spend(self.within().chain(self.without()).map(Texts::size).sum())?;
        let product = Product::new(within, self.without());
        let start: Rc<[u64]> = product.start().into();
        let mut seen = FxHashSet::default();
        seen.insert(Rc::clone(&start));
        // Every state met, in order, with the one it was met from and the character between.
        let mut met = vec![(start, 0, '\0')];
        let mut held = 0;
        let mut at = 0;
        while let Some((state, _, _)) = met.get(at) {
            let state = Rc::clone(state);
            if product.accepts(&state) {
                let mut text = Vec::new();
                while at > 0 {
                    text.push(met[at].2);
                    at = met[at].1;
                }
                return Ok(Some(text.into_iter().rev().collect()));
            }
            for c in product.alphabet(&state) {
                budget.spend(product.cost)?;
                let Some(next) = product.step(&state, c) else { continue };
                if !seen.contains(next.as_slice()) {
                    held += OVERHEAD + 8 * next.len();
                    if held > MOST_HELD {
                        return Err(budget.exhaust());
                    }
                    let next: Rc<[u64]> = next.into();
                    seen.insert(Rc::clone(&next));
                    met.push((next, at, c));
                }
            }
            at += 1;
        }
        Ok(None)
    }
}

/// How much more it costs to match a text the longer it is.
pub(super) fn length(text: &str) -> u64 {
    1 + text.len() as u64 / 64
}

fn fill((pattern, head): Headed<'_>, filler: &str) -> String {
    let mut text = String::with_capacity(pattern.len() + filler.len());
    text.push_str(head);
    for (at, token) in pattern.iter().enumerate().skip(head.len()) {
        match token {
            Token::Char(c) | Token::Fold(c) => text.push(*c),
            // One character or more, as templates have it: the filler alone will do.
            _ if !token.is_star() && pattern.get(at + 1).is_some_and(|next| next.is_star()) => {}
            Token::One | Token::OneInSegment | Token::OneInName => text.push('x'),
            Token::Star | Token::StarInSegment | Token::StarInName => text.push_str(filler),
        }
    }
    text
}

/// All patterns side by side; a state is the set of positions that each has reached.
struct Product<'a> {
    patterns: Vec<&'a Pattern>,
    /// Where each pattern's positions begin in a state.
    offsets: Vec<usize>,
    /// Ranges of `patterns`: one for each group of which one must match.
    groups: Vec<std::ops::Range<usize>>,
    bits: usize,
    cost: u64,
    /// A character that no pattern spells out.
    fresh: char,
}

type State = Vec<u64>;

impl<'a> Product<'a> {
    fn new(within: &Groups<'a>, without: impl Iterator<Item = &'a Texts>) -> Self {
        let mut patterns: Vec<&Pattern> = within.patterns.iter().map(|(pattern, _)| *pattern).collect();
        let starts = std::iter::once(0).chain(within.ends.iter().copied());
        let groups = starts.zip(&within.ends).map(|(start, end)| start..*end).collect();
        patterns.extend(without.flat_map(Texts::patterns));
        let mut offsets = Vec::with_capacity(patterns.len());
        let mut bits = 0;
        for pattern in &patterns {
            offsets.push(bits);
            bits += pattern.len() + 1;
        }
        let spelled: BTreeSet<char> = patterns
            .iter()
            .flat_map(|p| p.iter())
            .filter_map(|t| if let Token::Char(c) | Token::Fold(c) = t { Some(*c) } else { None })
            .collect();
        let fresh = ('a'..='z')
            .chain('0'..='9')
            .chain('A'..='Z')
            .chain('\u{100}'..='\u{d7ff}')
            .find(|c| {
                let mut forms = c.to_lowercase().chain(c.to_uppercase()).chain([*c]);
                !forms.any(|form| spelled.contains(&form))
            })
            .unwrap_or('\u{fffd}');
        let cost = 6 + bits as u64 / 32;
        Self { patterns, offsets, groups, bits, cost, fresh }
    }

    fn start(&self) -> State {
        let mut state = vec![0; self.bits.div_ceil(64)];
        for (pattern, offset) in self.patterns.iter().zip(&self.offsets) {
            set(&mut state, *offset);
            Self::close(&mut state, pattern, *offset);
        }
        state
    }

    fn close(state: &mut [u64], pattern: &Pattern, offset: usize) {
        for (at, token) in pattern.iter().enumerate() {
            if token.is_star() && get(state, offset + at) {
                set(state, offset + at + 1);
            }
        }
    }

    /// Whether pattern `index` has matched the text so far.
    fn matched(&self, state: &[u64], index: usize) -> bool {
        get(state, self.offsets[index] + self.patterns[index].len())
    }

    fn accepts(&self, state: &[u64]) -> bool {
        let required = self.groups.last().map_or(0, |group| group.end);
        self.groups.iter().all(|group| group.clone().any(|i| self.matched(state, i)))
            && !(required..self.patterns.len()).any(|i| self.matched(state, i))
    }

    /// The characters that can make a difference in this state, in order: those that some active
    /// token spells out, the separators that confined wildcards stop at, and one fresh one.
    fn alphabet(&self, state: &[u64]) -> BTreeSet<char> {
        let mut characters = BTreeSet::from([self.fresh]);
        for (pattern, offset) in self.patterns.iter().zip(&self.offsets) {
            for (at, token) in pattern.iter().enumerate() {
                if !get(state, offset + at) {
                    continue;
                }
                match token {
                    Token::Char(c) => {
                        characters.insert(*c);
                    }
                    Token::Fold(c) => {
                        characters.insert(*c);
                        characters.extend(c.to_uppercase());
                    }
                    Token::OneInSegment | Token::StarInSegment => {
                        characters.insert(':');
                    }
                    Token::OneInName | Token::StarInName => {
                        characters.extend([':', '/']);
                    }
                    Token::One | Token::Star => {}
                }
            }
        }
        characters
    }

    /// The next state, or `None` if a required group can no longer match.
    fn step(&self, state: &[u64], c: char) -> Option<State> {
        let mut next: State = vec![0; state.len()];
        for (pattern, offset) in self.patterns.iter().zip(&self.offsets) {
            for (at, token) in pattern.iter().enumerate() {
                if get(state, offset + at) && token.takes(c) {
                    set(&mut next, offset + at + usize::from(!token.is_star()));
                }
            }
            Self::close(&mut next, pattern, *offset);
        }
        let alive = self.groups.iter().all(|group| {
            group.clone().any(|i| (0..=self.patterns[i].len()).any(|at| get(&next, self.offsets[i] + at)))
        });
        alive.then_some(next)
    }
}

fn get(state: &[u64], bit: usize) -> bool {
    state[bit / 64] >> (bit % 64) & 1 == 1
}

fn set(state: &mut [u64], bit: usize) {
    state[bit / 64] |= 1 << (bit % 64);
}
