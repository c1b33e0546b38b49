//! A period of the past, played again: what would have been told, and the sum of it.

mod report;
mod tally;
mod timeline;

use std::collections::BTreeMap;

use stanchion_changes::{Applied, Ignored, Interpreter, RawEvent, Verdict};
use stanchion_findings::{MemoryStore, Store, StoreError, Transition};
use stanchion_rules::Evaluator;

use crate::order::Event;
use crate::player::Player;
use crate::react::published;

pub use report::{FileCounts, Mistake, RecordCounts, ReplayReport};
pub use tally::Moves;
pub use timeline::{SLACK, Timeline, ToCome, Turn};

use report::{NotApplied, UnknownEvent};
use tally::Tally;

/// Looks at one event, for [`Replay::hold`].
///
/// # Errors
/// An event that would do something, and of which nobody knows when.
pub fn look(interpreter: &Interpreter, event: &RawEvent) -> Result<Event, &'static str> {
    let looked = Event::new(event, interpreter.look(event));
    let does_nothing =
        matches!(&looked.verdict, Verdict::Ignored(ignored) if ignored.reason != Ignored::NoEffect);
    if looked.time.is_none() && !does_nothing {
        return Err("the record has no `eventTime` that can be read, so that its turn is not known");
    }
    Ok(looked)
}

/// Plays events of a period, as far as they are settled, and counts.
pub struct Replay<'a> {
    player: Player<'a>,
    store: MemoryStore,
    timeline: Timeline,
    /// Whether every transition is kept, or only counted.
    keep: bool,
    records: RecordCounts,
    period: Option<(String, String)>,
    unknown: BTreeMap<(String, String), UnknownEvent>,
    not_applied: Vec<NotApplied>,
    before: Vec<Transition>,
    transitions: Vec<Transition>,
    tally: Tally,
}

impl<'a> Replay<'a> {
    /// A replay from the evaluator's inventory on. If transitions are not kept, the report has only
    /// their counts and examples.
    pub fn new(start: &'a Evaluator<'a>, keep: bool) -> Self {
        Self {
            player: Player::new(start),
            store: MemoryStore::new(),
            timeline: Timeline::default(),
            keep,
            records: RecordCounts::default(),
            period: None,
            unknown: BTreeMap::new(),
            not_applied: Vec::new(),
            before: Vec::new(),
            transitions: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// What has been counted so far; whoever reads the files adds what was passed over.
    pub fn records(&mut self) -> &mut RecordCounts {
        &mut self.records
    }

    /// The time of the last event that was played.
    pub fn at(&self) -> Option<&str> {
        self.period.as_ref().map(|(_, last)| last.as_str())
    }

    /// Takes an event in.
    pub fn hold(&mut self, event: Event) {
        self.timeline.hold(event);
    }

    /// Plays what can be played.
    ///
    /// # Errors
    /// Those of the store.
    pub fn advance(&mut self, to_come: ToCome) -> Result<(), StoreError> {
        while let Some(turn) = self.timeline.release(to_come) {
            self.turn(turn)?;
        }
        Ok(())
    }

    fn turn(&mut self, turn: Turn) -> Result<(), StoreError> {
        let Turn { event, repeated, late } = turn;
        if repeated {
            self.records.duplicates += 1;
            return Ok(());
        }
        self.records.relevant += 1;
        self.records.late += u64::from(late);
        self.count(&event);
        let played = self.player.play(&event.verdict, &mut self.store)?;
        if let Applied::Unknown(reason) = &played.applied {
            self.not_applied.push(NotApplied::new(&event, reason, played.affected.principals.len()));
        }
        self.tally.before(&played.before);
        self.tally.transitions(&played.transitions);
        published(&mut self.store, &played.before)?;
        published(&mut self.store, &played.transitions)?;
        if self.keep {
            self.before.extend(played.before);
            self.transitions.extend(played.transitions);
        }
        Ok(())
    }

    fn count(&mut self, event: &Event) {
        let time = event.verdict.event_time();
        match &mut self.period {
            // A late one may be earlier than the first.
            Some((first, last)) => {
                if time < first.as_str() && !time.is_empty() {
                    time.clone_into(first);
                }
                if time > last.as_str() {
                    time.clone_into(last);
                }
            }
            None if time.is_empty() => {}
            None => self.period = Some((time.to_owned(), time.to_owned())),
        }
        let count = match &event.verdict {
            Verdict::Change(_) => &mut self.records.changes,
            Verdict::Ignored(ignored) => match ignored.reason {
                Ignored::NoEffect => &mut self.records.no_effect,
                Ignored::FailedCall => &mut self.records.failed,
                Ignored::ReadOnly => &mut self.records.read_only,
                Ignored::UnwatchedSource | Ignored::NotWatched => &mut self.records.unwatched,
                Ignored::ForgedSource => &mut self.records.forged,
                Ignored::Unreadable { .. } => &mut self.records.unreadable,
                Ignored::Repeated => &mut self.records.duplicates,
                Ignored::UnknownEvent => {
                    let key = (ignored.meta.event_source.clone(), ignored.meta.event_name.clone());
                    self.unknown.entry(key).or_insert_with(|| UnknownEvent::new(&ignored.meta)).count += 1;
                    &mut self.records.unknown
                }
            },
        };
        *count += 1;
    }

    /// The sum of it, once nothing is to come any more. `files` is what whoever read them counted.
    ///
    /// # Errors
    /// Those of the store.
    pub fn finish(mut self, files: FileCounts) -> Result<ReplayReport, StoreError> {
        self.advance(ToCome::Nothing)?;
        for finding in self.store.unresolved()? {
            self.tally.at_end(&finding);
        }
        Ok(ReplayReport::new(self, files))
    }
}
