//! The demo, whole: it is the first thing that anybody sees of the program.

use std::fs;

use tempfile::TempDir;

use crate::place::{repository, stanchion_in};

const RENEW: &str = "the demo says something else than tests/snapshots/demo.txt; if it should, renew the file: \
    cargo run -- demo > tests/snapshots/demo.txt";

#[test]
fn says_what_it_said() {
    let ran = stanchion_in(&repository(), &["demo"], "");
    let snapshot = fs::read_to_string(repository().join("tests/snapshots/demo.txt")).expect("the snapshot");
    for (number, (now, before)) in ran.out.lines().zip(snapshot.lines()).enumerate() {
        assert_eq!(now, before, "line {}: {RENEW}", number + 1);
    }
    assert!(ran.out == snapshot, "one is longer than the other: {RENEW}");
    assert_eq!(ran.err, "");
}

/// What a renewed snapshot must still show.
#[test]
fn shows_every_step_of_the_way() {
    let ran = stanchion_in(&repository(), &["demo"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let mut rest = ran.out.as_str();
    for milestone in [
        "baseline: 6 accounts",
        "1 open before any event",
        "AttachRolePolicy",
        "OPENED critical nobody-makes-keys-for-others",
        "caused by  AttachRolePolicy",
        "can        iam:CreateAccessKey on ",
        "allowed by identity arn:aws:iam::aws:policy/AdministratorAccess, statement 0",
        "ignored: failed-call",
        "ignored: forged-source",
        "AddUserToGroup",
        "OPENED critical nobody-makes-keys-for-others",
        "PutRolePolicy",
        "RESOLVED critical nobody-makes-keys-for-others",
        "CreatePolicyVersion",
        "affects 2 principals",
        "OPENED high snapshots-stay-ours",
        "DeleteRolePermissionsBoundary",
        "OPENED high boundaries-stay",
        "DeleteRole",
        "RESOLVED high snapshots-stay-ours",
        "ignored: unknown-event",
        "DetachPolicy",
        "OPENED critical nobody-stops-the-watch",
        "arn:aws:iam::333344445555:root",
        "AttachPolicy",
        "RESOLVED critical nobody-stops-the-watch",
        "MoveAccount",
        "OPENED medium production-stays-in-its-regions",
        "13 events: ",
    ] {
        let Some((_, after)) = rest.split_once(milestone) else {
            panic!("`{milestone}` is not in what is left of the demo:\n{rest}");
        };
        rest = after;
    }
}

/// Everybody who is blamed for something did it in one of the demo's own events.
#[test]
fn blames_no_event_for_another_ones_work() {
    let ran = stanchion_in(&repository(), &["demo"], "");
    let mut event = "";
    for line in ran.out.lines() {
        if !line.starts_with(' ') {
            event = line.split(' ').next().unwrap_or_default();
        } else if let Some(cause) = line.trim().strip_prefix("caused by  ") {
            assert!(cause.starts_with(&format!("{event} ")), "on {event}: {line}");
        }
    }
}

#[test]
fn keeps_its_findings_in_a_file_if_asked() {
    let directory = TempDir::new().expect("a temporary directory");
    let ran = stanchion_in(directory.path(), &["demo", "--store", "findings.redb"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.out, stanchion_in(directory.path(), &["demo"], "").out);
    assert!(directory.path().join("findings.redb").exists());
}

/// What the first run left open, and what the start of the story resolves, are not "open before".
#[test]
fn counts_what_is_open_when_it_is_played_again() {
    let directory = TempDir::new().expect("a temporary directory");
    let run = || stanchion_in(directory.path(), &["demo", "--store", "findings.redb"], "").out;
    run();
    let again = run();
    let first = again.lines().next().unwrap_or_default();
    assert!(first.ends_with("1 open before any event"), "{first}");
}
