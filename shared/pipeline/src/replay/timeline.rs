//! Events out of order -> events in the order of their time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::{SignedDuration, Timestamp};
use stanchion_changes::{Ignored, Interpreter, Verdict};

use crate::order::Event;

/// How long after an event the file that holds it is expected at the latest. CloudTrail delivers
/// within minutes as a rule and promises nothing; what comes later than this is played when it comes.
pub const SLACK: SignedDuration = SignedDuration::from_hours(24);

/// What is known of the events that are still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToCome {
    /// Nothing: they may be of any time.
    Anything,
    /// They are delivered at this moment or later.
    Delivered(Timestamp),
    /// There are none.
    Nothing,
}

/// Holds events back until none that is still to come can be earlier.
#[derive(Debug, Default)]
pub struct Timeline {
    held: BinaryHeap<Reverse<Event>>,
    interpreter: Interpreter,
    /// The time of the last event that was released.
    at: Option<Timestamp>,
}

/// An event whose turn it is.
#[derive(Debug)]
pub struct Turn {
    /// The event, with the verdict that it has in its turn.
    pub event: Event,
    /// Whether its id was seen before; such an event is not to be played.
    pub repeated: bool,
    /// Whether a later one has been released before it.
    pub late: bool,
}

impl Timeline {
    /// Takes an event in.
    pub fn hold(&mut self, event: Event) {
        self.held.push(Reverse(event));
    }

    /// The next event, if nothing that is still to come can be earlier.
    pub fn release(&mut self, to_come: ToCome) -> Option<Turn> {
        let Reverse(first) = self.held.peek()?;
        let settled = match to_come {
            ToCome::Anything => false,
            ToCome::Delivered(time) => {
                // A time so early that nothing can be before it settles nothing.
                let horizon = time.checked_sub(SLACK).unwrap_or(Timestamp::MIN);
                first.time.is_none_or(|first| first < horizon)
            }
            ToCome::Nothing => true,
        };
        if !settled {
            return None;
        }
        let Reverse(event) = self.held.pop()?;
        let verdict = self.interpreter.remember(event.verdict.clone());
        let event = event.with(verdict);
        let repeated = matches!(&event.verdict, Verdict::Ignored(i) if i.reason == Ignored::Repeated);
        let late = !repeated && event.time < self.at;
        self.at = self.at.max(event.time);
        Some(Turn { event, repeated, late })
    }
}
