//! Files in directories: which are read, in what order, and what comes of them.

use std::fs;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use stanchion_trail::{Counts, Scanned, find, open, scan};
use tempfile::TempDir;

fn write(directory: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = directory.path().join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(&path, bytes).expect("a file");
    path
}

fn gzip(text: &str) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(text.as_bytes()).expect("memory");
    out.finish().expect("memory")
}

fn names(directory: &TempDir, paths: &[PathBuf]) -> Vec<String> {
    let strip = |path: &Path| path.strip_prefix(directory.path()).expect("in it").display().to_string();
    find(paths).expect("they are there").files.iter().map(|file| strip(&file.path)).collect()
}

#[test]
fn come_by_delivery_and_those_that_do_not_tell_come_first() {
    let directory = TempDir::new().expect("a directory");
    for name in [
        "a/1_CloudTrail_us-east-1_20260309T0920Z_b.json.gz",
        "z/2_CloudTrail_us-east-1_20260309T0915Z_b.json.gz",
        "b/1_CloudTrail_us-east-1_20260309T0920Z_a.json.gz",
        "c/archive.jsonl",
        "c/notes.txt",
        "d/1_CloudTrail-Digest_us-east-1_x_us-east-1_20260309T0915Z.json.gz",
    ] {
        write(&directory, name, "");
    }
    let expected = [
        "c/archive.jsonl",
        "z/2_CloudTrail_us-east-1_20260309T0915Z_b.json.gz",
        "b/1_CloudTrail_us-east-1_20260309T0920Z_a.json.gz",
        "a/1_CloudTrail_us-east-1_20260309T0920Z_b.json.gz",
    ];
    let root = directory.path().to_owned();
    assert_eq!(names(&directory, std::slice::from_ref(&root)), expected);
    let archive = root.join("c/archive.jsonl");
    assert_eq!(names(&directory, &[archive, root.clone(), root.clone()]), expected, "each once");
    let found = find(&[root]).expect("it is there");
    assert_eq!((found.digests, found.insights, found.others), (1, 0, 1));
}

#[test]
fn that_are_named_are_read_whatever_their_name() {
    let directory = TempDir::new().expect("a directory");
    let path = write(&directory, "events.log", "");
    assert_eq!(names(&directory, &[path]), ["events.log"]);
}

#[cfg(unix)]
#[test]
fn in_a_circle_of_links_are_found_once() {
    let directory = TempDir::new().expect("a directory");
    write(&directory, "a/events.json", "");
    std::os::unix::fs::symlink(directory.path(), directory.path().join("a/back")).expect("a link");
    assert_eq!(names(&directory, &[directory.path().to_owned()]), ["a/events.json"]);
}

#[test]
fn hold_events_from_before_their_delivery() {
    let directory = TempDir::new().expect("a directory");
    let path = write(&directory, "1_CloudTrail_us-east-1_20260309T0915Z_a.json.gz", "");
    let found = find(&[path]).expect("it is there");
    let is_needed = |from: &str| found.files[0].is_needed_from(from.parse().expect("a time"));
    // The name tells the minute and not the second.
    assert!(is_needed("2026-03-09T09:15:59Z"));
    assert!(!is_needed("2026-03-09T09:16:00Z"));
}

fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = open(path).map_err(|error| error.to_string())?.read_to_string(&mut text);
    read.map(|_| text).map_err(|error| error.to_string())
}

#[test]
fn are_inflated_if_they_are_gzip_whatever_their_name() {
    let directory = TempDir::new().expect("a directory");
    let members = [gzip("one, "), gzip(""), gzip("two")].concat();
    assert_eq!(read(&write(&directory, "a.json", &members)).as_deref(), Ok("one, two"));
    assert_eq!(read(&write(&directory, "b.json.gz", "plain")).as_deref(), Ok("plain"));
    assert_eq!(read(&write(&directory, "empty", "")).as_deref(), Ok(""));
}

#[test]
fn that_are_damaged_say_so() {
    let directory = TempDir::new().expect("a directory");
    let whole = gzip(&"something ".repeat(100));
    for length in 2..whole.len() {
        let error = read(&write(&directory, "cut.gz", &whole[..length])).expect_err("cut off");
        assert!(error.contains("cut off"), "{length}: {error}");
    }
    let mut damaged = whole.clone();
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    let error = read(&write(&directory, "damaged.gz", damaged)).expect_err("damaged");
    assert!(error.contains("damaged"), "{error}");
    let error = read(directory.path()).expect_err("a directory");
    assert!(error.ends_with("is a directory"), "{error}");
}

/// The ids of the events that are to be looked at, file by file, and the counts.
fn scanned(files: &[stanchion_trail::LogFile], threads: usize) -> (Vec<Vec<String>>, Counts, Vec<String>) {
    let (mut ids, mut counts, mut mistakes) = (Vec::new(), Counts::default(), Vec::new());
    let threads = NonZero::new(threads).expect("some");
    let look = |event: &stanchion_changes::RawEvent| {
        event.record["eventID"].as_str().map(str::to_owned).ok_or("it has no `eventID`")
    };
    let take = |_: &stanchion_trail::LogFile, file: Scanned<String>| -> Result<(), ()> {
        ids.push(file.events);
        counts += file.counts;
        mistakes.extend(file.mistake.map(|mistake| mistake.to_string()));
        Ok(())
    };
    scan(files, threads, look, take).expect("nothing fails");
    (ids, counts, mistakes)
}

#[test]
fn are_handed_over_in_their_order_by_any_number_of_threads() {
    let directory = TempDir::new().expect("a directory");
    for number in 0..40 {
        let record = |id: &str, source: &str, more: &str| {
            format!(
                r#"{{"eventID":"{id}","eventName":"CreateUser","eventSource":"{source}.amazonaws.com"{more}}}"#
            )
        };
        let mut records = vec![record(&format!("e{number}"), "iam", "")];
        records.extend((0..number * 50).map(|_| record("x", "s3", "")));
        records.push(record("f", "iam", r#","errorCode":"AccessDenied""#));
        let text = format!(r#"{{"Records":[{}]}}"#, records.join(","));
        write(&directory, &format!("1_CloudTrail_us-east-1_20260309T09{number:02}Z_a.json.gz"), gzip(&text));
    }
    let files = find(&[directory.path().to_owned()]).expect("it is there").files;
    let expected: Vec<Vec<String>> = (0..40).map(|number| vec![format!("e{number}")]).collect();
    for threads in [1, 2, 7, 64] {
        let (ids, counts, mistakes) = scanned(&files, threads);
        assert_eq!((ids, mistakes), (expected.clone(), vec![]), "{threads} threads");
        assert_eq!((counts.records, counts.unwatched, counts.failed), (39_080, 39_000, 40));
    }
}

#[test]
fn with_a_mistake_give_what_came_before_it() {
    let directory = TempDir::new().expect("a directory");
    let record = r#"{"eventID":"e1","eventName":"CreateUser","eventSource":"iam.amazonaws.com"}"#;
    write(&directory, "a.json", format!("{record}\n{{]"));
    write(&directory, "b.json", record.replace("eventID", "id"));
    write(&directory, "c.json", record);
    let files = find(&[directory.path().to_owned()]).expect("it is there").files;
    let (ids, _, mistakes) = scanned(&files, 2);
    assert_eq!(ids, [vec!["e1".to_owned()], vec![], vec!["e1".to_owned()]]);
    assert_eq!(mistakes.len(), 2);
    assert!(mistakes[0].contains("a.json`, line 2, column 2: "), "{}", mistakes[0]);
    assert!(mistakes[1].contains("b.json`, event 1: it has no `eventID`"), "{}", mistakes[1]);
}

/// Whoever takes the files has had enough.
#[test]
fn are_not_read_on_once_nobody_wants_them() {
    let directory = TempDir::new().expect("a directory");
    for number in 0..50 {
        write(&directory, &format!("{number}.json"), "[]");
    }
    let files = find(&[directory.path().to_owned()]).expect("it is there").files;
    let mut taken = 0;
    let take = |_: &stanchion_trail::LogFile, _: Scanned<()>| {
        taken += 1;
        if taken == 3 { Err("enough") } else { Ok(()) }
    };
    let two = NonZero::new(2).expect("some");
    assert_eq!(scan(&files, two, |_| Ok(()), take), Err("enough"));
    assert_eq!(taken, 3);
}
