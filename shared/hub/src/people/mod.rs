//! From the messages of the topic to what people get, and to events for rules.
//!
//! What is told is worked out by [`stanchion_alerts::people`]. Its state is one note of the table: it is written before
//! anything of it is sent, and what is out is struck out after. Whoever sends notes until when, so that nobody sends
//! the same beside him; if he is killed, the next one sends it again after that, under the same ids.

mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use jiff::Timestamp;
use stanchion_alerts::eventbridge::{Entry, entry};
use stanchion_alerts::people::step;
pub use stanchion_alerts::people::{Incoming, Letter, Settings, State, To};

use crate::edges::{Table, TopicError};
use crate::hub::Fault;
use crate::note;
use crate::work::Millis;
pub use settings::from_env;

/// The note's name.
const NOTE: &str = "people";

/// How long one who sends has for it: longer than a function lives.
const SENDS_FOR: Millis = 90_000;

/// How often the note is written at most in one go: others write it, too.
const ROUNDS: usize = 50;

/// Where letters and events go.
pub trait Post: Send + Sync {
    /// Sends letters to a topic for people; the result has one entry for each, in order.
    fn send(&self, to: To, letters: &[Letter]) -> impl Future<Output = Vec<Result<(), TopicError>>> + Send;

    /// Whether there is a bus that events of findings are put on.
    fn has_bus(&self) -> bool {
        true
    }

    /// Puts events on it; the result has one entry for each, in order.
    fn put(&self, entries: &[Entry]) -> impl Future<Output = Vec<Result<(), TopicError>>> + Send;
}

/// What became of some messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Which messages are not done with, and why, by their places.
    pub failed: BTreeMap<usize, String>,
    /// How many letters are out.
    pub sent: usize,
    /// How many are not, or not for certain: they are sent again.
    pub unsent: usize,
    /// How many events are on the bus.
    pub events: usize,
    /// Why letters are not out.
    pub notes: Vec<String>,
}

/// Takes up messages of the topic, by their bodies, and sends what is due; without any, only that.
///
/// # Errors
/// The table does not answer, or holds a state of a newer version: none of the messages is done with.
pub async fn tell<T: Table, P: Post>(
    (table, post): (&T, &P),
    settings: &Settings,
    bodies: &[&str],
    now: &(impl Fn() -> Millis + Sync),
) -> Result<Told, Fault> {
    let mut told = Told::default();
    let mut messages = BTreeMap::new();
    for (at, body) in bodies.iter().enumerate() {
        match Incoming::read(body) {
            Ok(message) => {
                messages.insert(at, message);
            }
            Err(why) => {
                told.failed.insert(at, why);
            }
        }
    }
    let incoming: Vec<Incoming> = messages.values().cloned().collect();
    send(table, post, settings, incoming, now, &mut told).await?;
    put(post, &messages, &mut told).await;
    Ok(told)
}

/// Takes the messages into the state, and sends what is due.
async fn send<T: Table, P: Post>(
    table: &T,
    post: &P,
    settings: &Settings,
    mut incoming: Vec<Incoming>,
    now: &(impl Fn() -> Millis + Sync),
    told: &mut Told,
) -> Result<(), Fault> {
    let mut out: BTreeMap<To, BTreeSet<String>> = BTreeMap::new();
    // Whether it is noted that we send; and whether some topic did not take something.
    let (mut is_noted, mut is_stuck) = (false, false);
    for _ in 0..ROUNDS {
        let note = table.note(NOTE).await?;
        let before: State = note::read(NOTE, note.as_deref())?;
        let mut known = before.clone();
        for (to, ids) in &out {
            known.strike_out(*to, ids);
        }
        let moment = now();
        let mut after = step(settings, &known, &incoming, timestamp(moment));
        let is_sender = (is_noted || after.sending <= moment) && !is_stuck && after.has_letters();
        if is_sender {
            after.sending = moment + SENDS_FOR;
        } else if is_noted && !after.has_letters() {
            after.sending = 0;
        }
        if after != before && !table.set_note(NOTE, note.as_deref(), &note::write(NOTE, &after)?).await? {
            // Somebody else was quicker.
            continue;
        }
        incoming.clear();
        out.clear();
        is_noted = is_sender;
        if !is_sender {
            return Ok(());
        }
        for to in [To::Text, To::Chat] {
            let letters = after.letters(to);
            if letters.is_empty() {
                continue;
            }
            let mut results = post.send(to, letters).await.into_iter();
            for letter in letters {
                match results.next().unwrap_or_else(|| Err(TopicError("nothing is said of it".to_owned()))) {
                    Ok(()) => {
                        told.sent += 1;
                        out.entry(to).or_default().insert(letter.id.clone());
                    }
                    Err(error) => {
                        told.unsent += 1;
                        told.notes.push(format!("letter {}: {error}", letter.id));
                        is_stuck = true;
                    }
                }
            }
        }
        if out.is_empty() {
            return Ok(());
        }
    }
    if incoming.is_empty() && out.is_empty() {
        return Ok(());
    }
    // What was sent by then is sent again.
    Err(Fault::Transient(format!("the note `{NOTE}` was written by others {ROUNDS} times")))
}

/// Puts an event for each transition; a message whose event is not on the bus is not done with.
async fn put<P: Post>(post: &P, messages: &BTreeMap<usize, Incoming>, told: &mut Told) {
    let of = |(at, message): (&usize, &Incoming)| Some((*at, entry(message.transition()?)));
    let (places, entries): (Vec<usize>, Vec<Entry>) = messages.iter().filter_map(of).unzip();
    if entries.is_empty() || !post.has_bus() {
        return;
    }
    let mut results = post.put(&entries).await.into_iter();
    for at in places {
        match results.next() {
            Some(Ok(())) => told.events += 1,
            Some(Err(error)) => {
                told.failed.insert(at, error.to_string());
            }
            None => {
                told.failed.insert(at, "nothing is said of its event".to_owned());
            }
        }
    }
}

fn timestamp(moment: Millis) -> Timestamp {
    Timestamp::from_millisecond(moment).unwrap_or(Timestamp::UNIX_EPOCH)
}
