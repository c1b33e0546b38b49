//! A row of work as an item.
//!
//! It also says when and by what the principals of its name were evaluated, so that an evaluation that
//! finds nothing is one small write. Every write counts `revision` up and is conditioned on it.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use stanchion_findings::{Batch, SubjectRecord};
use stanchion_hub::TableError;
use stanchion_hub::work::{Cause, Key, Row, SCHEMA_VERSION};

use super::item::{Item, Reader, json, n, s};
use super::layout::{self, EXPIRES, ORDER, SCHEMA, STATE, State};

/// How many bytes the causes of a row may take, compressed; further ones are only counted. An item has at
/// most 400 KB (DynamoDB Developer Guide, "Quotas").
pub(super) const MAX_CAUSE_BYTES: usize = 256 * 1024;

/// How long is kept what nobody asks for any more, in seconds: 400 days.
pub(super) const KEPT_SECONDS: i64 = 400 * 24 * 60 * 60;

/// An event has at most 1 MiB (EventBridge User Guide, "quotas"); more than this is no event.
const MAX_EVENT_BYTES: u64 = 4 * 1024 * 1024;

/// A row, and what is stored with it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) row: Row,
    /// How often it was written; 0 if it is not there.
    pub(super) revision: u64,
    pub(super) subjects: BTreeMap<String, SubjectRecord>,
}

impl Stored {
    pub(super) fn new(key: &Key) -> Self {
        Self { row: Row::new(key.clone()), revision: 0, subjects: BTreeMap::new() }
    }

    pub(super) fn read(key: &Key, item: &Item) -> Result<Self, TableError> {
        let reader = Reader::new(item)?;
        let causes =
            reader.map("causes")?.iter().map(|(id, event)| Ok((id.clone(), unpack(&reader, event)?)));
        let subjects = reader.map("subjects")?.iter().map(|(name, record)| {
            let text = record.as_s().map_err(|_| reader.unreadable("a subject is no text".to_owned()))?;
            Ok((name.clone(), reader.parsed("subjects", text)?))
        });
        let row = Row {
            schema: SCHEMA_VERSION,
            key: key.clone(),
            wanted: reader.number("wanted")?,
            done: reader.number("done")?,
            causes: causes.collect::<Result<_, TableError>>()?,
            causes_dropped: reader.number("causes_dropped")?,
            due: reader.number("due")?,
            attempts: reader.number("attempts")?,
            looks: reader.number("looks")?,
            again: reader.optional("again", Reader::number)?,
            unseen: reader.record("unseen")?,
            evaluated: reader.optional("evaluated", |reader, name| reader.text(name).map(str::to_owned))?,
            looked: reader.optional("looked", Reader::number)?,
            telling: reader.optional("telling", Reader::number)?.unwrap_or_default(),
        };
        let subjects = subjects.collect::<Result<_, TableError>>()?;
        Ok(Self { row, revision: reader.number("revision")?, subjects })
    }

    /// Takes up what a batch says of subjects.
    pub(super) fn evaluated(&mut self, batch: &Batch) {
        for record in &batch.subjects {
            self.subjects.insert(record.subject.to_string(), record.clone());
        }
        for subject in &batch.removed_subjects {
            self.subjects.remove(&subject.to_string());
        }
    }

    /// The item, a revision later. Causes beyond [`MAX_CAUSE_BYTES`] are counted instead.
    pub(super) fn write(&self, now_seconds: i64) -> Result<Item, TableError> {
        let row = &self.row;
        let (causes, dropped) = pack(row)?;
        let subjects = self.subjects.iter().map(|(name, record)| Ok((name.clone(), json(record)?)));
        let subjects = subjects.collect::<Result<_, TableError>>()?;
        let mut item = layout::keys(row.key.account(), &layout::row_sk(&row.key));
        item.extend(
            [
                (SCHEMA, n(SCHEMA_VERSION)),
                ("revision", n(self.revision + 1)),
                ("wanted", n(row.wanted)),
                ("done", n(row.done)),
                ("causes", AttributeValue::M(causes)),
                ("causes_dropped", n(row.causes_dropped + dropped)),
                ("due", n(row.due)),
                ("attempts", n(row.attempts)),
                ("looks", n(row.looks)),
                ("unseen", json(&row.unseen)?),
                ("subjects", AttributeValue::M(subjects)),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        if let Some(again) = row.again {
            item.insert("again".to_owned(), n(again));
        }
        if let Some(evaluated) = &row.evaluated {
            item.insert("evaluated".to_owned(), s(evaluated.as_str()));
        }
        if let Some(looked) = row.looked {
            item.insert("looked".to_owned(), n(looked));
        }
        if row.telling > 0 {
            item.insert("telling".to_owned(), n(row.telling));
        }
        if row.is_wanted() {
            item.insert(STATE.to_owned(), s(State::LeftOver.of(row.key.account())));
            item.insert(ORDER.to_owned(), s(layout::due_order(row.due)));
        } else if self.subjects.is_empty() {
            item.insert(EXPIRES.to_owned(), n(now_seconds + KEPT_SECONDS));
        }
        Ok(item)
    }
}

/// The causes as they are stored, and how many are too large.
pub(super) fn pack(row: &Row) -> Result<(Item, u32), TableError> {
    let mut packed = Item::new();
    let (mut bytes, mut dropped) = (0, 0);
    for (event_id, cause) in &row.causes {
        let event = deflate(cause).map_err(|error| TableError::Unreadable {
            row: row.key.to_string(),
            reason: format!("a cause cannot be compressed: {error}"),
        })?;
        let size = event.len() + event_id.len();
        if bytes + size > MAX_CAUSE_BYTES {
            dropped += 1;
        } else {
            bytes += size;
            packed.insert(event_id.clone(), AttributeValue::B(Blob::new(event)));
        }
    }
    Ok((packed, dropped))
}

fn deflate(cause: &Cause) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(cause.event.as_bytes())?;
    encoder.finish()
}

fn unpack(reader: &Reader<'_>, value: &AttributeValue) -> Result<Cause, TableError> {
    let bytes = value.as_b().map_err(|_| reader.unreadable("a cause is no binary".to_owned()))?;
    let mut event = String::new();
    let read = ZlibDecoder::new(bytes.as_ref()).take(MAX_EVENT_BYTES).read_to_string(&mut event);
    read.map_err(|error| reader.unreadable(format!("a cause cannot be read: {error}")))?;
    Ok(Cause { event })
}

#[cfg(test)]
mod tests {
    use stanchion_findings::{Digests, Subject};

    use stanchion_hub::edges::Outcome;

    use super::*;

    fn key() -> Key {
        Key::Account { account: "111122223333".to_owned() }
    }

    fn stored() -> Stored {
        let mut stored = Stored::new(&key());
        stored.row.raise(Some(("event-1", &Cause { event: "{\"a\":1}".to_owned() })), 7);
        let digests = Digests { rulebook: "r".into(), catalogue: "c".into(), engine: "e".into() };
        let subject = Subject::principal("AROAEXAMPLE");
        let record = SubjectRecord {
            subject,
            principal: None,
            digests,
            evaluated_at: None,
            looks: 1,
            evaluation: None,
        };
        stored.evaluated(&Batch { subjects: vec![record], ..Batch::default() });
        stored
    }

    #[test]
    fn a_row_is_read_as_it_is_written() {
        let mut stored = stored();
        let read = Stored::read(&key(), &stored.write(0).expect("written")).expect("readable");
        stored.revision = 1;
        assert_eq!(read, stored);
    }

    /// A function of the last release must not make of a newer row what it understands of it.
    #[test]
    fn a_row_of_a_newer_version_is_left_alone() {
        let mut item = stored().write(0).expect("written");
        item.insert(SCHEMA.to_owned(), n(SCHEMA_VERSION + 1));
        let error = Stored::read(&key(), &item).expect_err("newer").to_string();
        assert!(error.contains("version 2") && error.contains("111122223333/account#row"), "{error}");
    }

    #[test]
    fn each_attribute_that_lacks_is_named() {
        let item = stored().write(0).expect("written");
        for name in ["wanted", "done", "causes", "due", "attempts", "unseen", "looks", "subjects", "schema"] {
            let mut item = item.clone();
            item.remove(name);
            let error = Stored::read(&key(), &item).expect_err(name).to_string();
            assert!(error.contains(&format!("`{name}`")), "{error}");
        }
    }

    #[test]
    fn causes_that_are_too_large_are_counted() {
        // Random letters hardly compress.
        let mut state = 7_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap_or(0))
        };
        let large = Cause { event: (0..200_000).map(|_| noise()).collect() };
        let mut stored = stored();
        stored.row.raise(Some(("event-2", &large)), 7);
        stored.row.raise(Some(("event-3", &large)), 7);
        let read = Stored::read(&key(), &stored.write(0).expect("written")).expect("readable");
        assert_eq!(read.row.causes.keys().collect::<Vec<_>>(), ["event-1", "event-2"]);
        assert_eq!(read.row.causes_dropped, 1);
    }

    #[test]
    fn only_a_row_with_work_left_over_is_in_the_index() {
        let mut stored = stored();
        let item = stored.write(0).expect("written");
        assert_eq!(item.get(STATE), Some(&s("left-over#3")));
        let read = stored.row.clone();
        stored.row.finish(&read, &Outcome::default());
        let item = stored.write(0).expect("written");
        assert!(!item.contains_key(STATE) && !item.contains_key(ORDER) && !item.contains_key(EXPIRES));
        stored.subjects.clear();
        assert_eq!(stored.write(10).expect("written").get(EXPIRES), Some(&n(10 + KEPT_SECONDS)));
    }
}
