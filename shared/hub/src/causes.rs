//! Events as rows keep them, and back.

use serde_json::Value;
use stanchion_changes::{Change, Interpreter, Verdict, read_events};

use crate::work::{Cause, Millis, Row};

/// How large an event may be, in bytes, to be kept as it is: a row has several, and DynamoDB takes 400 KB.
const WHOLE: usize = 24 * 1024;

/// The longest text that is kept of a larger event.
const LONG: usize = 2048;

impl Cause {
    /// An event as it was delivered; if it is large, without the texts that make it so. What such an event
    /// did is then not told, and it is blamed only if nothing else can be.
    pub fn of(event: &str) -> Self {
        if event.len() > WHOLE
            && let Ok(mut value) = serde_json::from_str::<Value>(event)
        {
            shorten(&mut value);
            return Self { event: value.to_string() };
        }
        Self { event: event.to_owned() }
    }
}

/// Leaves out long texts, and lists that are long as a whole.
fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > LONG => *value = Value::Null,
        Value::Array(entries) if entries.len() > 100 => *value = Value::Null,
        Value::Array(entries) => entries.iter_mut().for_each(shorten),
        Value::Object(object) => object.values_mut().for_each(shorten),
        _ => {}
    }
}

/// The changes of a row's causes, in no order, and the ids of those that cannot be read any more.
pub(crate) fn changes(row: &Row, interpreter: &Interpreter) -> (Vec<Change>, Vec<String>) {
    let (mut changes, mut unreadable) = (Vec::new(), Vec::new());
    for (id, cause) in &row.causes {
        let event = read_events(&cause.event, id).ok().and_then(|events| events.into_iter().next());
        match event.map(|event| interpreter.look(&event)) {
            Some(Verdict::Change(change)) => changes.push(*change),
            // Another version of the table of events may see no change in it.
            _ => unreadable.push(id.clone()),
        }
    }
    (changes, unreadable)
}

/// When an event was; `None` if it does not say.
pub(crate) fn moment(event_time: &str) -> Option<Millis> {
    event_time.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_makes_an_event_large_is_left_out() {
        let small = r#"{"detail":{"eventName":"PutRolePolicy"}}"#;
        assert_eq!(Cause::of(small).event, small);
        let document = "x".repeat(WHOLE);
        let large = format!(
            r#"{{"detail":{{"eventName":"A","requestParameters":{{"roleName":"R","p":"{document}"}}}}}}"#
        );
        let kept: Value = serde_json::from_str(&Cause::of(&large).event).expect("JSON");
        assert_eq!(kept["detail"]["requestParameters"]["roleName"], "R");
        assert_eq!(kept["detail"]["requestParameters"]["p"], Value::Null);
    }
}
