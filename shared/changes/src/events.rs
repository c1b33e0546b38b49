//! Events as they are delivered -> [`RawEvent`]s.

use serde_json::Value;
use thiserror::Error;

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
}

/// Reads events: EventBridge envelopes or CloudTrail records, one object, an array, JSON lines, a
/// trail's file (`{"Records": [...]}`), or what `aws cloudtrail lookup-events` prints.
///
/// # Errors
/// Text that is not JSON, with line and column in `place`; a value that is not an object.
pub fn read_events(text: &str, place: &str) -> Result<Vec<RawEvent>, EventsError> {
    let mut events = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| json_error(&error, place))?;
        collect(value, place, &mut events)?;
    }
    Ok(events)
}

fn collect(value: Value, place: &str, events: &mut Vec<RawEvent>) -> Result<(), EventsError> {
    let number = events.len() + 1;
    let shape = |message| EventsError::Shape { place: place.to_owned(), number, message };
    let mut object = match value {
        Value::Array(items) => {
            return items.into_iter().try_for_each(|item| collect(item, place, events));
        }
        Value::Object(object) => object,
        _ => return Err(shape("not a JSON object")),
    };
    for list in ["Records", "Events"] {
        match object.remove(list) {
            Some(Value::Array(items)) => {
                return items.into_iter().try_for_each(|item| collect(item, place, events));
            }
            Some(_) => return Err(shape("`Records` and `Events` must be lists")),
            None => {}
        }
    }
    if let Some(Value::String(text)) = object.get("CloudTrailEvent") {
        let record = serde_json::from_str(text).map_err(|_| shape("`CloudTrailEvent` is not JSON"))?;
        events.push(RawEvent { envelope: None, record });
        return Ok(());
    }
    // A bare record has no member of either name.
    if !object.contains_key("detail-type") && !object.contains_key("detail") {
        events.push(RawEvent { envelope: None, record: Value::Object(object) });
        return Ok(());
    }
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let envelope =
        Envelope { source: text("source"), detail_type: text("detail-type"), account: text("account") };
    let record = object.remove("detail").unwrap_or_default();
    events.push(RawEvent { envelope: Some(envelope), record });
    Ok(())
}

fn json_error(error: &serde_json::Error, place: &str) -> EventsError {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    EventsError::Json {
        place: place.to_owned(),
        line: error.line(),
        column: error.column(),
        message: text[..end].to_owned(),
    }
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
