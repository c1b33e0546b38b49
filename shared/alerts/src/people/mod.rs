//! What people are told, from message to message: what belongs together is gathered until it is quiet, then every
//! channel's policy decides, and what is to be sent waits until it is known to be out.
//!
//! [`step`] is pure: from a state, what came and the moment to the next state. Whoever calls it keeps the state (a note of
//! the table, compare-and-set) before anything of it is sent, and strikes out what is out: a crash in between sends a
//! letter again under its id, and loses none. A message that comes twice counts once. The state is small whatever comes:
//! where alerts are too many or a topic takes none, they are counted in the next digest.

mod incoming;
mod letter;
mod notice;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanchion_findings::Severity;

use crate::channel::{self, Decision, Gist, Policy, decide};
use crate::group::Alert;
use crate::message::write;
pub use incoming::Incoming;
use incoming::{DIGITS, Said};
pub use letter::{Letter, To};
use notice::Notice;

/// The version of the state.
const SCHEMA: u32 = 1;

/// How much of what is open is kept, in bytes of JSON. The whole state is to be far below 400 KB, a table's item.
const ROOM: usize = 131_072;

/// How much a channel has waiting, in bytes, unless it is one letter.
const OUTBOX: usize = 65_536;

/// After how long a letter that is not out shows that a topic takes none, in milliseconds: the other channels wait for it
/// no longer.
const STUCK: i64 = 300_000;

/// How many messages are remembered at most, so that one that comes again is known.
const REMEMBERED: usize = 4_000;

/// How long they are remembered at least, in hours, unless there are too many.
const REMEMBERED_FOR: i64 = 72;

/// How people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How much, and when.
    pub policy: Policy,
    /// How long nothing must have been added to an alert until it is told, in milliseconds.
    pub settle: i64,
    /// How long an alert is added to at most, in milliseconds.
    pub longest: i64,
    /// The channels.
    pub channels: Vec<To>,
}

/// What is kept from step to step, as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    schema: u32,
    /// What is added to, the oldest first.
    #[serde(default)]
    open: Vec<Open>,
    #[serde(default)]
    channels: BTreeMap<To, Channel>,
    /// The last messages, by hour.
    #[serde(default)]
    seen: Vec<Seen>,
    /// Until when somebody sends letters, so that nobody sends them beside him; in milliseconds since 1970.
    #[serde(default)]
    pub sending: i64,
}

/// Messages that came within an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    /// Which hour since 1970.
    hour: i64,
    /// Their digests, one after the other.
    digests: String,
}

/// An alert that is still added to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    since: i64,
    last: i64,
    /// Its size as JSON when it was added to.
    size: usize,
    piece: Piece,
}

/// What is told at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Piece {
    /// What one change did to one rule in one account.
    Findings(Box<Alert>),
    /// Messages of one kind.
    Notice(Notice),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Channel {
    #[serde(default)]
    state: channel::State,
    /// What is to be sent, the oldest first.
    #[serde(default)]
    outbox: Vec<Letter>,
}

/// The next state, with what came since.
pub fn step(settings: &Settings, state: &State, incoming: &[Incoming], now: Timestamp) -> State {
    let mut state = State { schema: SCHEMA, ..state.clone() };
    state.channels.retain(|to, _| settings.channels.contains(to));
    for to in &settings.channels {
        state.channels.entry(*to).or_default();
    }
    for message in state.unseen(incoming, now) {
        state.gather(settings, message, now);
    }
    state.close_what_is_due(settings, now);
    state.tell_what_was_held(settings, now);
    state
}

impl State {
    /// What is to be sent, the oldest first.
    pub fn letters(&self, to: To) -> &[Letter] {
        self.channels.get(&to).map_or(&[], |channel| &channel.outbox)
    }

    /// Whether there is anything to be sent.
    pub fn has_letters(&self) -> bool {
        self.channels.values().any(|channel| !channel.outbox.is_empty())
    }

    /// Strikes out letters that are out.
    pub fn strike_out(&mut self, to: To, ids: &BTreeSet<String>) {
        if let Some(channel) = self.channels.get_mut(&to) {
            channel.outbox.retain(|letter| !ids.contains(&letter.id));
        }
    }

    /// The messages that did not come before, and none of them twice; they are remembered.
    fn unseen<'m>(&mut self, incoming: &'m [Incoming], now: Timestamp) -> Vec<&'m Incoming> {
        let hour = now.as_second().div_euclid(3_600);
        self.seen.retain(|seen| hour - seen.hour <= REMEMBERED_FOR);
        let digests = |seen: &'_ Seen| -> Vec<String> {
            let digests = seen.digests.as_bytes().chunks(DIGITS);
            digests.map(|digest| String::from_utf8_lossy(digest).into_owned()).collect()
        };
        let mut known: BTreeSet<String> = self.seen.iter().flat_map(digests).collect();
        let new: Vec<&Incoming> =
            incoming.iter().filter(|message| known.insert(message.digest.clone())).collect();
        if self.seen.last().is_none_or(|last| last.hour != hour) && !new.is_empty() {
            self.seen.push(Seen { hour, digests: String::new() });
        }
        if let Some(last) = self.seen.last_mut() {
            last.digests.extend(new.iter().map(|message| message.digest.as_str()));
        }
        let mut surplus = known.len().saturating_sub(REMEMBERED) * DIGITS;
        for seen in &mut self.seen {
            let gone = surplus.min(seen.digests.len());
            seen.digests.drain(..gone);
            surplus -= gone;
        }
        self.seen.retain(|seen| !seen.digests.is_empty());
        new
    }

    /// Adds a message to what it belongs to.
    fn gather(&mut self, settings: &Settings, message: &Incoming, now: Timestamp) {
        let is_its = |open: &&mut Open| open.piece.is_of(message);
        let millis = now.as_millisecond();
        if let Some(open) = self.open.iter_mut().find(is_its) {
            open.piece.add(message);
            open.last = millis;
            open.size = write(&open.piece).len();
        } else {
            let piece = Piece::new(message);
            self.open.push(Open { since: millis, last: millis, size: write(&piece).len(), piece });
        }
        // What has waited longest is told before its time.
        while self.open.iter().map(|open| open.size).sum::<usize>() > ROOM {
            let open = self.open.remove(0);
            self.close(settings, &open.piece, now, true);
        }
    }

    /// Tells what nothing is added to any more, the worst first.
    fn close_what_is_due(&mut self, settings: &Settings, now: Timestamp) {
        let millis = now.as_millisecond();
        // A clock that was set back makes it due.
        let is_due = |open: &Open| {
            let waits = settings.settle <= (millis - open.last).abs();
            waits || settings.longest <= (millis - open.since).abs()
        };
        let (mut due, mut open): (Vec<Open>, Vec<Open>) =
            std::mem::take(&mut self.open).into_iter().partition(is_due);
        due.sort_by_key(|open| std::cmp::Reverse(open.piece.severity()));
        for one in due {
            if !self.close(settings, &one.piece, now, false) {
                open.push(one);
            }
        }
        open.sort_by_key(|open| open.since);
        self.open = open;
    }

    /// Puts what is to be told into the outboxes or the digests. `false`: a topic that takes letters has too many of them
    /// waiting, and nothing was done; with `at_once` it is counted in that channel's digest instead.
    fn close(&mut self, settings: &Settings, piece: &Piece, now: Timestamp, at_once: bool) -> bool {
        let gist = piece.gist();
        let mut after = Vec::new();
        for (to, channel) in &self.channels {
            let (decision, state) = decide(&settings.policy, channel.state.clone(), &gist, now);
            let letter = (decision == Decision::Send).then(|| Letter::of(piece, *to, now));
            let has_room = letter.as_ref().is_none_or(|letter| channel.has_room(letter));
            if !has_room && !at_once && !channel.is_stuck(now) {
                return false;
            }
            after.push((state, letter, has_room));
        }
        for (channel, (state, letter, has_room)) in self.channels.values_mut().zip(after) {
            if has_room {
                channel.state = state;
                channel.outbox.extend(letter);
            } else {
                channel.state.hold(&gist);
            }
        }
        true
    }

    /// Puts digests that are due into the outboxes that have room.
    fn tell_what_was_held(&mut self, settings: &Settings, now: Timestamp) {
        for (to, channel) in &mut self.channels {
            let (digest, state) = channel::digest(&settings.policy, channel.state.clone(), now);
            let letter = digest.map(|digest| Letter::of_digest(&digest, *to, now));
            if letter.as_ref().is_none_or(|letter| channel.has_room(letter)) {
                channel.state = state;
                channel.outbox.extend(letter);
            }
        }
    }
}

impl Channel {
    /// Whether the outbox has room for a letter.
    fn has_room(&self, letter: &Letter) -> bool {
        let waiting: usize = self.outbox.iter().map(Letter::size).sum();
        self.outbox.is_empty() || waiting + letter.size() <= OUTBOX
    }

    /// Whether its topic has not taken the first letter for long.
    fn is_stuck(&self, now: Timestamp) -> bool {
        self.outbox.first().is_some_and(|first| now.as_millisecond() - first.since >= STUCK)
    }
}

impl Piece {
    fn new(message: &Incoming) -> Self {
        match &message.said {
            Said::Transition(transition) => Self::Findings(Box::new(Alert::new(transition))),
            Said::Notice(notice) => Self::Notice(Notice { least: message.digest.clone(), ..notice.clone() }),
        }
    }

    fn is_of(&self, message: &Incoming) -> bool {
        match (self, &message.said) {
            (Self::Findings(alert), Said::Transition(transition)) => alert.is_of(transition),
            (Self::Notice(notice), Said::Notice(other)) => notice.kind == other.kind,
            _ => false,
        }
    }

    /// Adds a message that is [of](Piece::is_of) it.
    fn add(&mut self, message: &Incoming) {
        match (self, &message.said) {
            (Self::Findings(alert), Said::Transition(transition)) => alert.add(transition),
            (Self::Notice(notice), Said::Notice(other)) => {
                notice.add(&Notice { least: message.digest.clone(), ..other.clone() });
            }
            _ => {}
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Findings(alert) => alert.severity,
            Self::Notice(notice) => notice.severity,
        }
    }

    fn gist(&self) -> Gist {
        match self {
            Self::Findings(alert) => Gist::from(alert.as_ref()),
            Self::Notice(notice) => Gist::from(notice),
        }
    }
}
