//! What is found of an identity, and how long ago something was.

use std::collections::BTreeSet;

use stanchion_inventory::Moment;
use stanchion_policy::value::date_text;

use crate::judgement::{Evidence, Facets, Judgement};

/// A day, in nanoseconds.
const DAY: i128 = 24 * 60 * 60 * 1_000_000_000;

/// Time as it is when we look, in nanoseconds since the epoch.
#[derive(Clone, Copy)]
pub(super) struct Since {
    pub(super) now: i128,
}

/// How something that was done last stands to a number of days.
pub(super) enum Age {
    /// It is longer ago; when it was, in words.
    Longer(String),
    /// It is not.
    Within,
    /// The input does not say when it was.
    Unknown,
}

impl Since {
    /// Whether a moment is more than some days ago.
    pub(super) fn longer_than(self, days: u32, at: i128) -> bool {
        self.now - at > i128::from(days) * DAY
    }

    /// Whether something was last used more than some days ago. If never, it counts from when it was made.
    pub(super) fn unused(self, days: u32, used: Moment, made: Moment) -> Age {
        match (used, made) {
            (Moment::At(at), _) if self.longer_than(days, at) => {
                Age::Longer(format!("was last used {}", day(at)))
            }
            (Moment::At(_), _) => Age::Within,
            (Moment::Never, Moment::At(made)) if self.longer_than(days, made) => {
                Age::Longer(format!("was made {} and never used", day(made)))
            }
            (Moment::Never, Moment::At(_)) => Age::Within,
            (Moment::Never, Moment::Never | Moment::Unknown) | (Moment::Unknown, _) => Age::Unknown,
        }
    }
}

/// The day of a moment, as `on 2026-03-02`.
pub(super) fn day(at: i128) -> String {
    let text = date_text(at).unwrap_or_default();
    format!("on {}", text.split('T').next().unwrap_or_default())
}

/// What is found, facet by facet.
#[derive(Default)]
pub(super) struct Found {
    facets: Facets,
    reasons: BTreeSet<String>,
}

impl Found {
    /// Something that is not in order.
    pub(super) fn fact(&mut self, facet: &str, detail: String) {
        let judgement = Judgement::Violated { evidence: Evidence::Fact(detail), assumptions: Vec::new() };
        self.facets.push((Some(facet.to_owned()), judgement));
    }

    /// Something that is not known.
    pub(super) fn unknown(&mut self, reason: impl Into<String>) {
        self.reasons.insert(reason.into());
    }

    /// What is not known has no facet, so that no other one passes for mended.
    pub(super) fn finish(mut self) -> Facets {
        if !self.reasons.is_empty() {
            let reasons = self.reasons.into_iter().collect();
            self.facets.push((None, Judgement::Indeterminate { reasons, assumptions: Vec::new() }));
        } else if self.facets.is_empty() {
            self.facets.push((None, Judgement::Holds { assumptions: Vec::new() }));
        }
        self.facets
    }
}
