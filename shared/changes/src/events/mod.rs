//! Events as they are delivered -> [`RawEvent`]s.

mod buffer;
mod glance;
mod reader;
mod scan;
mod strict;

use std::io;

use serde_json::Value;
use thiserror::Error;

pub use glance::Glance;
pub use reader::{EventReader, MAX_EVENT_BYTES, UnreadEvent};

/// One CloudTrail record, and the envelope that EventBridge put it in, if any.
#[derive(Clone, Debug, PartialEq)]
pub struct RawEvent {
    /// What EventBridge vouches for; `None` for a bare record, from a trail's file for instance.
    pub envelope: Option<Envelope>,
    /// The CloudTrail record.
    pub record: Value,
}

/// The fields of an EventBridge envelope that say whose event it is. Missing ones are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// As `aws.iam`. Only AWS can put events whose source begins with `aws.` (EventBridge API
    /// Reference, `PutEvents`), while anyone can write anything into the record.
    pub source: String,
    /// As `AWS API Call via CloudTrail`.
    pub detail_type: String,
    /// The account that the event is from.
    pub account: String,
}

/// Why events could not be read. Messages name the place.
#[derive(Debug, Error)]
pub enum EventsError {
    /// The text is not JSON.
    #[error("`{place}`, line {line}, column {column}: {message}")]
    Json {
        /// The file, or a name for the text.
        place: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What was wrong there.
        message: String,
    },
    /// The text is JSON, but not events.
    #[error("`{place}`, event {number}: {message}")]
    Shape {
        /// The file, or a name for the text.
        place: String,
        /// Which of the events, from 1.
        number: usize,
        /// What was wrong.
        message: &'static str,
    },
    /// The stream cannot be read on.
    #[error("`{place}`: {source}")]
    Io {
        /// The file, or a name for the stream.
        place: String,
        /// What the system, or the decompression, says.
        source: io::Error,
    },
}

/// Reads events: EventBridge envelopes or CloudTrail records, one object, an array, JSON lines, a
/// trail's file (`{"Records": [...]}`), or what `aws cloudtrail lookup-events` prints.
///
/// # Errors
/// Text that is not JSON, or names a member twice, with line and column in `place`; a value that is
/// not an object.
pub fn read_events(text: &str, place: &str) -> Result<Vec<RawEvent>, EventsError> {
    let mut reader = EventReader::new(text.as_bytes(), place);
    let mut events = Vec::new();
    while let Some(event) = reader.next_event()? {
        events.push(event.read()?);
    }
    Ok(events)
}

/// The event of an object that is one.
fn raw_event(value: Value) -> Result<RawEvent, &'static str> {
    let Value::Object(mut object) = value else { return Err("not a JSON object") };
    if let Some(Value::String(text)) = object.get("CloudTrailEvent") {
        let record = strict::read(text.as_bytes()).map_err(|_| "`CloudTrailEvent` is not JSON")?;
        return Ok(RawEvent { envelope: None, record });
    }
    // A bare record has no member of either name.
    if !object.contains_key("detail-type") && !object.contains_key("detail") {
        return Ok(RawEvent { envelope: None, record: Value::Object(object) });
    }
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let envelope =
        Envelope { source: text("source"), detail_type: text("detail-type"), account: text("account") };
    let record = object.remove("detail").unwrap_or_default();
    Ok(RawEvent { envelope: Some(envelope), record })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_gives_the_same_records() {
        for text in [
            r#"{"eventName":"A"} {"eventName":"B"}"#,
            "{\"eventName\":\"A\"}\n{\"eventName\":\"B\"}\n",
            r#"[{"eventName":"A"},{"eventName":"B"}]"#,
            r#"{"Records":[{"eventName":"A"},{"eventName":"B"}]}"#,
            r#"{"Events":[{"CloudTrailEvent":"{\"eventName\":\"A\"}"},
                          {"CloudTrailEvent":"{\"eventName\":\"B\"}"}]}"#,
            r#"[{"detail-type":"x","detail":{"eventName":"A"}},{"detail":{"eventName":"B"}}]"#,
        ] {
            let events = read_events(text, "test").expect("readable");
            let names: Vec<_> = events.iter().map(|event| &event.record["eventName"]).collect();
            assert_eq!(names, ["A", "B"], "{text}");
        }
    }

    #[test]
    fn errors_name_the_place() {
        let error = read_events("{}\n{\"a\": }", "events.jsonl").expect_err("not JSON");
        assert_eq!(error.to_string(), "`events.jsonl`, line 2, column 7: expected value");
        let error = read_events("[{}, 3]", "events.json").expect_err("a number");
        assert_eq!(error.to_string(), "`events.json`, event 2: not a JSON object");
    }
}
