//! A stream of bytes -> the events in it, one at a time: nothing is held but the event at hand.

use std::borrow::Cow;
use std::io::Read;

use super::buffer::Buffer;
use super::glance::{Glance, Header};
use super::scan::{Key, Members, Stop, white};
use super::{EventsError, RawEvent, raw_event, strict};

/// The largest event that is read. CloudTrail writes at most 256 KB a record.
pub const MAX_EVENT_BYTES: usize = 4 << 20;

/// How deep lists of events may be nested.
const LISTS: usize = 16;

/// Some editors begin a file with a byte order mark.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// What is said of a stream that ends too early.
const CUT_OFF: &str = "the text ends too early: it is cut off; fetch it again";

/// Reads events one after the other, in every form that [`read_events`](super::read_events) reads.
pub struct EventReader<R> {
    input: R,
    place: String,
    buffer: Buffer,
    /// The lists and objects of lists that are open, the innermost last.
    open: Vec<Open>,
    /// How many events were read.
    events: usize,
    /// The length of the event that was given out last and is still in the buffer.
    given: usize,
}

/// What is open around an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// A list of events, before its first.
    NewList,
    /// A list of events, after one of them.
    List,
    /// An object with such a list, after the list.
    Object,
}

/// An event that is found and not read yet.
pub struct UnreadEvent<'r> {
    buffer: &'r Buffer,
    place: &'r str,
    number: usize,
    length: usize,
    glance: Glance,
}

/// What an object turned out to be, by its members up to there.
enum Found {
    /// An event of this length.
    Event(usize, Glance),
    /// It has a list of events, whose opening bracket is here.
    List(usize),
    /// It has something else where such a list belongs.
    NoList,
    /// It ended here.
    End(usize),
}

impl<R: Read> EventReader<R> {
    /// A reader; `place` is what errors call the stream.
    pub fn new(input: R, place: impl Into<String>) -> Self {
        Self { input, place: place.into(), buffer: Buffer::new(), open: Vec::new(), events: 0, given: 0 }
    }

    /// The next event, if there is one more.
    ///
    /// # Errors
    /// What is no JSON or no event, with its place, and those of the stream. After an error nothing
    /// more can be read.
    pub fn next_event(&mut self) -> Result<Option<UnreadEvent<'_>>, EventsError> {
        self.buffer.consume(std::mem::take(&mut self.given));
        loop {
            let next = self.byte()?;
            match (self.open.last_mut(), next) {
                (None, None) => return Ok(None),
                (Some(_), None) => return Err(self.wrong(0, CUT_OFF)),
                (Some(Open::Object), _) => {
                    self.object_goes_on()?;
                    continue;
                }
                (Some(Open::NewList | Open::List), Some(b']')) => {
                    self.buffer.consume(1);
                    self.open.pop();
                    continue;
                }
                (Some(Open::List), Some(b',')) => self.buffer.consume(1),
                (Some(Open::List), Some(_)) => return Err(self.wrong(0, "expected `,` or `]`")),
                (Some(list @ Open::NewList), Some(_)) => *list = Open::List,
                (None, Some(_)) => {}
            }
            if let Some((length, glance)) = self.item()? {
                self.events += 1;
                self.given = length;
                let (buffer, place, number) = (&self.buffer, self.place.as_str(), self.events);
                return Ok(Some(UnreadEvent { buffer, place, number, length, glance }));
            }
        }
    }

    /// One item of a list, or of the stream: an event, or what holds events.
    fn item(&mut self) -> Result<Option<(usize, Glance)>, EventsError> {
        match self.byte()? {
            None => Err(self.wrong(0, CUT_OFF)),
            Some(b'[') => self.list(0).map(|()| None),
            Some(b'{') => match self.object(|bytes| look(Members::of(bytes, 0), bytes, Header::default()))? {
                Found::Event(length, glance) => Ok(Some((length, glance))),
                Found::List(at) => {
                    self.open.push(Open::Object);
                    self.list(at).map(|()| None)
                }
                Found::NoList | Found::End(_) => Err(self.shape("`Records` and `Events` must be lists")),
            },
            Some(b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => Err(self.shape("not a JSON object")),
            Some(_) => Err(self.wrong(0, "expected value")),
        }
    }

    /// After the list of an object: there may be another one, or members that say nothing.
    fn object_goes_on(&mut self) -> Result<(), EventsError> {
        match self.object(after_list)? {
            Found::List(at) => self.list(at),
            Found::End(at) => {
                self.buffer.consume(at);
                self.open.pop();
                Ok(())
            }
            Found::Event(..) | Found::NoList => Err(self.shape("`Records` and `Events` must be lists")),
        }
    }

    /// Goes into the list whose bracket is at `at`.
    fn list(&mut self, at: usize) -> Result<(), EventsError> {
        if self.open.len() >= LISTS {
            return Err(self.wrong(at, "lists of events are nested more than 16 deep"));
        }
        self.buffer.consume(at + 1);
        self.open.push(Open::NewList);
        Ok(())
    }

    /// The next byte that is not white space, at the start of the buffer's rest; `None` at the end.
    fn byte(&mut self) -> Result<Option<u8>, EventsError> {
        loop {
            let rest = self.buffer.rest();
            let at = white(rest, 0);
            let found = rest.get(at).copied();
            self.buffer.consume(at);
            let marks = found == Some(MARK[0]) && self.events == 0 && self.open.is_empty();
            if marks && self.buffer.rest().starts_with(&MARK) {
                self.buffer.consume(MARK.len());
            } else if marks && self.buffer.rest().len() < MARK.len() && !self.buffer.ended() {
                self.fill()?;
            } else if found.is_some() || self.buffer.ended() {
                return Ok(found);
            } else {
                self.fill()?;
            }
        }
    }

    /// Looks at the object at the start of the rest, with as much of it as that takes.
    fn object(&mut self, look: impl Fn(&[u8]) -> Result<Found, Stop>) -> Result<Found, EventsError> {
        loop {
            let rest = self.buffer.rest();
            match look(rest) {
                Ok(Found::Event(length, glance)) => {
                    return match std::str::from_utf8(&rest[..length]) {
                        Ok(_) => Ok(Found::Event(length, glance)),
                        Err(error) => Err(self.wrong(error.valid_up_to(), "invalid UTF-8")),
                    };
                }
                Ok(found) => return Ok(found),
                Err(Stop::Wrong(at, message)) => return Err(self.wrong(at, message)),
                Err(Stop::More) if self.buffer.ended() => return Err(self.wrong(rest.len(), CUT_OFF)),
                Err(Stop::More) if rest.len() > MAX_EVENT_BYTES => {
                    let message = "an event of more than 4 MiB; CloudTrail's have at most 256 KB";
                    return Err(self.wrong(0, message));
                }
                Err(Stop::More) => self.fill()?,
            }
        }
    }

    fn fill(&mut self) -> Result<(), EventsError> {
        let read = self.buffer.fill(&mut self.input);
        read.map_err(|source| EventsError::Io { place: self.place.clone(), source })
    }

    fn wrong(&self, at: usize, message: &str) -> EventsError {
        json(&self.buffer, &self.place, at, message.to_owned())
    }

    fn shape(&self, message: &'static str) -> EventsError {
        EventsError::Shape { place: self.place.clone(), number: self.events + 1, message }
    }
}

/// What an object is, and at a glance.
fn look<'b>(mut members: Members<'b>, bytes: &'b [u8], mut header: Header<'b>) -> Result<Found, Stop> {
    while let Some(key) = members.key()? {
        if is_list(key) {
            return Ok(opening(bytes, members.at()));
        }
        let value = members.value()?;
        header.member(key, &bytes[value]);
    }
    Ok(Found::Event(members.at(), header.glance()))
}

/// What comes in an object after a list of events.
fn after_list(bytes: &[u8]) -> Result<Found, Stop> {
    let mut members = Members::after(bytes, 0);
    while let Some(key) = members.key()? {
        if is_list(key) {
            return Ok(opening(bytes, members.at()));
        }
        members.value()?;
    }
    Ok(Found::End(members.at()))
}

fn opening(bytes: &[u8], at: usize) -> Found {
    if bytes.get(at) == Some(&b'[') { Found::List(at) } else { Found::NoList }
}

/// Whether a key, as it is written, is one that lists of events have.
fn is_list(key: Key<'_>) -> bool {
    let Key { written: key, escaped } = key;
    let name: Cow<'_, [u8]> = if escaped {
        let quoted = [b"\"", key, b"\""].concat();
        let text: Result<String, _> = serde_json::from_slice(&quoted);
        text.map_or(Cow::Borrowed(key), |text| Cow::Owned(text.into_bytes()))
    } else {
        Cow::Borrowed(key)
    };
    matches!(name.as_ref(), b"Records" | b"Events")
}

impl UnreadEvent<'_> {
    /// What it is at a glance.
    pub fn glance(&self) -> Glance {
        self.glance
    }

    /// Which event of the stream it is, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Reads it.
    ///
    /// # Errors
    /// What is no JSON, or names a member twice, with its place.
    pub fn read(&self) -> Result<RawEvent, EventsError> {
        let value = strict::read(self.bytes()).map_err(|error| {
            let (line, column) = self.buffer.place_of(0);
            let column = if error.line() == 1 { column + error.column() - 1 } else { error.column() };
            let (line, message) = (line + error.line() - 1, without_place(&error));
            EventsError::Json { place: self.place.to_owned(), line, column, message }
        })?;
        raw_event(value).map_err(|message| EventsError::Shape {
            place: self.place.to_owned(),
            number: self.number,
            message,
        })
    }

    fn bytes(&self) -> &[u8] {
        &self.buffer.rest()[..self.length]
    }
}

fn json(buffer: &Buffer, place: &str, at: usize, message: String) -> EventsError {
    let (line, column) = buffer.place_of(at);
    EventsError::Json { place: place.to_owned(), line, column, message }
}

/// An error's text without its place, which it ends in.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}
