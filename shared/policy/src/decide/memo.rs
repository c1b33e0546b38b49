//! What a document's conditions have come to, so that one that many statements share is asked once
//! for a request: the exemption in every statement of an SCP, the organization in those of an RCP.

use std::cell::Cell;

use super::truth::Truth;

/// The outcomes of a document's first conditions for one request. Unknown ones are not kept: each
/// statement names its own.
pub(super) struct Memo {
    /// Whether to keep anything: not where unknowns have values assigned, statement by statement.
    keeps: bool,
    known: Cell<u64>,
    holds: Cell<u64>,
}

impl Memo {
    /// How many conditions are kept.
    pub(super) const SIZE: usize = u64::BITS as usize;

    /// Nothing is asked yet.
    pub(super) fn new(keeps: bool) -> Self {
        Self { keeps, known: Cell::new(0), holds: Cell::new(0) }
    }

    /// The bit of the condition at a place in the document's list; none if it is not kept.
    pub(super) fn bit(place: usize) -> u64 {
        if place < Self::SIZE { 1 << place } else { 0 }
    }

    /// Whether one of these conditions is known not to hold.
    pub(super) fn one_fails(&self, bits: u64) -> bool {
        bits & self.known.get() & !self.holds.get() != 0
    }

    /// The outcome of the condition at a place in the document's list.
    pub(super) fn get(&self, place: usize, ask: impl FnOnce() -> Truth) -> Truth {
        let bit = Self::bit(place);
        if self.known.get() & bit != 0 {
            return (self.holds.get() & bit != 0).into();
        }
        let truth = ask();
        if self.keeps && truth != Truth::Unknown {
            self.known.set(self.known.get() | bit);
            self.holds.set(self.holds.get() | if truth == Truth::True { bit } else { 0 });
        }
        truth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sure_is_asked_once() {
        let memo = Memo::new(true);
        for truth in [Truth::True, Truth::False] {
            let place = truth as usize;
            assert_eq!(memo.get(place, || truth), truth);
            assert_eq!(memo.get(place, || panic!("asked twice")), truth);
        }
    }

    #[test]
    fn what_was_assigned_is_asked_again() {
        let memo = Memo::new(false);
        assert_eq!(memo.get(0, || Truth::True), Truth::True);
        assert_eq!(memo.get(0, || Truth::False), Truth::False);
        assert!(!memo.one_fails(1));
    }

    #[test]
    fn what_is_unknown_or_beyond_is_asked_again() {
        let memo = Memo::new(true);
        for place in [1, Memo::SIZE - 1] {
            assert_eq!(memo.get(place, || Truth::Unknown), Truth::Unknown);
            assert_eq!(memo.get(place, || Truth::True), Truth::True);
        }
        for place in [Memo::SIZE, usize::MAX] {
            assert_eq!(memo.get(place, || Truth::True), Truth::True);
            assert_eq!(memo.get(place, || Truth::False), Truth::False);
        }
    }
}
