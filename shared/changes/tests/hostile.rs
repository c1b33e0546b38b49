//! Events that are not as they should be: an error that names the place, and never a panic.

use std::io::{self, Read};

use serde_json::json;
use stanchion_changes::{EventReader, MAX_EVENT_BYTES, read_events};

/// The error that reading a text gives.
fn error(text: impl AsRef<[u8]>) -> String {
    error_of(text.as_ref())
}

fn error_of(input: impl Read) -> String {
    let mut reader = EventReader::new(input, "events.json");
    loop {
        match reader.next_event() {
            Ok(None) => panic!("it can be read"),
            Ok(Some(unread)) => {
                if let Err(error) = unread.read() {
                    return error.to_string();
                }
            }
            Err(error) => return error.to_string(),
        }
    }
}

const RECORD: &str = r#"{"eventID":"e1","eventName":"CreateUser","eventSource":"iam.amazonaws.com"}"#;

/// Every text that a good one begins with is cut off, and says so.
#[test]
fn texts_that_are_cut_off() {
    for whole in [format!(r#"{{"a":1,"Records":[{RECORD},{RECORD}],"b":[2]}}"#), format!("[{RECORD}]")] {
        assert!(read_events(&whole, "whole").is_ok());
        for end in 1..whole.len() {
            let error = error(&whole[..end]);
            assert!(
                error.starts_with(&format!("`events.json`, line 1, column {}: ", end + 1)),
                "{end}: {error}"
            );
            assert!(error.contains("cut off"), "{end}: {error}");
        }
    }
}

/// The same, however the stream hands its bytes over.
#[test]
fn streams_that_give_one_byte_at_a_time() {
    struct Slowly<'t>(&'t [u8]);
    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(buffer.len()).min(1);
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }
    let text = format!("\u{feff} [{RECORD}, {{\"Records\": [{RECORD}]}}]\n{RECORD}\n{{\"eventID\": }}");
    assert_eq!(error_of(Slowly(text.as_bytes())), "`events.json`, line 3, column 13: expected value");
    assert_eq!(error(&text), error_of(Slowly(text.as_bytes())));
}

#[test]
fn members_that_are_there_twice() {
    let twice = RECORD.replace("\"eventName\"", "\"eventID\":\"e2\",\"eventName\"");
    assert!(
        error(&twice).contains("line 1, column 25: `eventID` is here a second time"),
        "{}",
        error(&twice)
    );
    let nested =
        format!("[\n  {}]", RECORD.replace('}', r#","requestParameters":{"userName":"a","userName":"b"}}"#));
    assert!(error(&nested).contains("line 2, "), "{}", error(&nested));
    assert!(error(&nested).contains("`userName` is here a second time"), "{}", error(&nested));
}

/// An object may have several lists: nothing of it is passed over.
#[test]
fn lists_that_are_there_twice_are_both_read() {
    let text = format!(r#"{{"Records":[{RECORD}],"Records":[{RECORD}],"Ev\u0065nts":[{RECORD}]}}"#);
    assert_eq!(read_events(&text, "test").expect("events").len(), 3);
}

#[test]
fn values_that_are_nested_too_deep() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        for text in [RECORD.replace("\"e1\"", &deep), deep] {
            let error = error(&text);
            assert!(error.contains("line 1, column ") && error.contains("nested"), "{error}");
        }
    }
}

#[test]
fn bytes_that_are_no_text() {
    let mut bytes = format!("{RECORD}\n").into_bytes();
    bytes.extend(RECORD.replace("e1", "\u{1}\u{2}").bytes().map(|byte| if byte == 1 { 0xff } else { byte }));
    assert_eq!(error(&bytes), "`events.json`, line 2, column 13: invalid UTF-8");
}

/// Also in records that nobody looks at.
#[test]
fn bytes_that_are_no_text_in_a_record_of_another_service() {
    let bytes = [br#"{"eventSource":"s3.amazonaws.com","a":""#, &[0xc3, 0x28][..], br#""}"#].concat();
    assert_eq!(error(&bytes), "`events.json`, line 1, column 40: invalid UTF-8");
}

#[test]
fn numbers_that_no_machine_holds() {
    let large = RECORD.replace("\"e1\"", "123456789012345678901234567890");
    assert!(read_events(&large, "test").is_ok(), "a number too large for 64 bits is a number");
    let infinite = error(RECORD.replace("\"e1\"", "1e999"));
    assert!(infinite.contains("line 1, column ") && infinite.contains("number out of range"), "{infinite}");
}

#[test]
fn items_that_are_no_records() {
    for item in ["3", "null", "\"text\"", "true"] {
        let error = error(format!(r#"{{"Records":[{RECORD},{item}]}}"#));
        assert_eq!(error, "`events.json`, event 2: not a JSON object", "{item}");
    }
}

#[test]
fn records_that_are_no_list() {
    for value in ["{}", "null", "\"text\"", "7"] {
        let error = error(format!(r#"{{"a":[],"Records":{value}}}"#));
        assert_eq!(error, "`events.json`, event 1: `Records` and `Events` must be lists", "{value}");
    }
}

#[test]
fn commas_and_brackets_where_none_belong() {
    for text in [
        "[{},]",
        "[,{}]",
        "]",
        "[{} {}]",
        "{,}",
        "{\"a\" 1}",
        "[{}}",
        "{\"Records\":[{}] \"a\":1}",
        "{\"a\":tru}",
        "\0\0",
    ] {
        let error = error(text);
        assert!(error.starts_with("`events.json`, line 1, column "), "{text}: {error}");
    }
}

#[test]
fn records_inside_a_text_that_is_no_json() {
    let error = error(json!({"Events": [{"CloudTrailEvent": "{\"eventID\":"}]}).to_string());
    assert_eq!(error, "`events.json`, event 1: `CloudTrailEvent` is not JSON");
}

/// Whatever is inflated from a small file: no more than one event is ever held.
#[test]
fn events_that_never_end() {
    for start in ["[{\"a\":\"", "{\"a\":[0", "[{\"a\":[\"", "{"] {
        let filler = if start.ends_with('"') { b'x' } else { b' ' };
        let endless = start.as_bytes().chain(io::repeat(filler)).take(64 << 20);
        let error = error_of(endless);
        assert!(error.contains("an event of more than 4 MiB"), "{start}: {error}");
    }
}

#[test]
fn zeros_that_never_end() {
    assert_eq!(error_of(io::repeat(0)), "`events.json`, line 1, column 1: expected value");
}

/// White space is no event.
#[test]
fn white_space_without_end_is_nothing() {
    let spaces = io::repeat(b'\n').take(64 << 20);
    let mut reader = EventReader::new(spaces, "spaces");
    assert!(reader.next_event().expect("no mistake").is_none());
}

/// A hundred thousand records in one line are read one by one.
#[test]
fn many_records_in_one_line() {
    let record = RECORD.replace("iam.", "s3.");
    let mut text = format!("{{\"Records\":[{record}");
    for _ in 1..100_000 {
        text.push(',');
        text.push_str(&record);
    }
    text.push_str("]}");
    assert!(text.len() > MAX_EVENT_BYTES);
    let mut reader = EventReader::new(text.as_bytes(), "test");
    let mut records = 0;
    while reader.next_event().expect("no mistake").is_some() {
        records += 1;
    }
    assert_eq!(records, 100_000);
}

#[test]
fn lists_of_lists_without_end() {
    let error = error("[".repeat(1_000));
    assert!(error.contains("line 1, column 17: lists of events are nested more than 16 deep"), "{error}");
}
