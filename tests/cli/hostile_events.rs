//! Files of events that are not as they should be: exit code 2, the place and what to do.

use crate::place::{Place, attachment, gzip};

/// What `react` and `replay` say of a file.
fn errors(bytes: &[u8]) -> [String; 2] {
    let place = Place::violated();
    place.write("logs/events.json", bytes);
    let react = place.react_to(&["logs/events.json"], &[], "");
    [react, place.replay(&[])].map(|ran| {
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        ran.err.replace(['│', '×'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

#[test]
fn name_the_file_and_the_place() {
    let record = attachment("e1")["detail"].to_string();
    let twice = record.replacen('{', r#"{"eventName":"GetRole","#, 1);
    let deep = record.replace("null", &format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)));
    let invalid =
        [record.as_bytes(), b"\n", &record.as_bytes()[..20], b"\xff", &record.as_bytes()[20..]].concat();
    for (bytes, message) in [
        (record.as_bytes()[..100].to_vec(), "line 1, column 101: the text ends too early"),
        (twice.into_bytes(), "`eventName` is here a second time"),
        (deep.into_bytes(), "nested more than 128 levels deep"),
        (invalid, "line 2, column 21: invalid UTF-8"),
        (record.replace("null", "1e999").into_bytes(), "number out of range"),
        (b"{\"Records\": [1]}".to_vec(), "event 1: not a JSON object"),
        (b"{\"Records\": {}}".to_vec(), "`Records` and `Events` must be lists"),
        (gzip(&[0; 1 << 20]), "line 1, column 1: expected value"),
    ] {
        for error in errors(&bytes) {
            assert!(error.contains("events.json`") && error.contains(message), "{message}: {error}");
        }
    }
}

/// A gigabyte of one letter that fits into a megabyte is not held in memory.
#[test]
fn a_small_file_that_inflates_without_end() {
    let mut bomb = gzip(b"{\"Records\":[{\"a\":\"");
    let letters = gzip(&vec![b'x'; 8 << 20]);
    (0..128).for_each(|_| bomb.extend(&letters));
    for error in errors(&bomb) {
        assert!(error.contains("an event of more than 4 MiB"), "{error}");
    }
}

#[test]
fn a_directory_is_no_file() {
    let place = Place::violated();
    place.write("logs/x.json/events.json", "{}");
    let ran = place.react_to(&["logs"], &[], "");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("`logs`: is a directory"), "{}", ran.err);
    assert!(ran.err.contains("stanchion replay"), "{}", ran.err);
    assert_eq!(place.replay(&[]).code, Some(0), "a directory is looked into, whatever its name is");
}

#[test]
fn a_file_that_is_not_there() {
    let place = Place::violated();
    let ran = place.replay(&[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("`logs`: "), "{}", ran.err);
}

/// A change whose turn nobody knows cannot be played.
#[test]
fn a_change_without_a_time() {
    let place = Place::violated();
    let event = attachment("e1")["detail"].to_string().replace("2026-03-02T09:01:00Z", "yesterday");
    place.write("logs/events.json", event);
    let ran = place.replay(&[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("event 1: the record has no `eventTime`"), "{}", ran.err);
}
