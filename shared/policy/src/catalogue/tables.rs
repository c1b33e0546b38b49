//! The statics that `build.rs` lays out, and the searches over them.

use std::cmp::Ordering;

use super::action::AccessLevel as A;
use super::keys::KeyType as K;

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// A list of strings stored as one text, which spares a pointer and a relocation for each.
pub(super) struct Strings {
    text: &'static str,
    /// Where each string begins, and at the end where the last one ends.
    offsets: &'static [u32],
}

impl Strings {
    /// How many strings there are.
    pub(super) const fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// One string; the empty one if there is no such index.
    pub(super) fn get(&self, index: usize) -> &'static str {
        span(self.offsets, index).and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    /// All strings.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'static str> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// The index of a string in a list sorted and in lower case, whatever the case of `wanted`.
    pub(super) fn find_folded(&self, wanted: &str) -> Option<usize> {
        let before = |index| folded_cmp(self.get(index).as_bytes(), wanted).is_lt();
        let index = partition_point(self.len(), before);
        (index < self.len() && self.get(index).eq_ignore_ascii_case(wanted)).then_some(index)
    }
}

/// The range between two neighbouring offsets.
pub(super) fn span(offsets: &[u32], index: usize) -> Option<std::ops::Range<usize>> {
    let (first, end) = (*offsets.get(index)?, *offsets.get(index.checked_add(1)?)?);
    Some(first as usize..end as usize)
}

/// The condition keys of one distinct set, as indices into `KEYS`.
pub(super) fn key_set(set: u16) -> &'static [u16] {
    span(&SETS_OFFSETS, usize::from(set)).and_then(|range| SET_KEYS.get(range)).unwrap_or_default()
}

/// Compares a name that is in lower case with one in any case.
pub(super) fn folded_cmp(lower: &[u8], other: &str) -> Ordering {
    lower.iter().copied().cmp(other.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// The first index below `len` for which `before` no longer holds.
pub(super) fn partition_point(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low.midpoint(high);
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
