//! The same input gives the same bytes, so that output can be compared and kept.

use serde_json::json;

use crate::place::{Place, details, repository, stanchion_in};

const DEMO: [&str; 4] = ["--inventory", "src/demo", "--rulebook", "src/demo/rulebook.yaml"];

#[test]
fn of_check_on_an_organization() {
    for format in ["json", "text"] {
        let arguments = [&["check", "--format", format][..], &DEMO].concat();
        let runs = [(); 3].map(|()| stanchion_in(&repository(), &arguments, "").out);
        assert!(!runs[0].is_empty());
        assert!(runs.iter().all(|run| *run == runs[0]), "{format}");
    }
}

#[test]
fn of_react() {
    let place = Place::violated();
    for format in ["json", "text"] {
        let runs = [(); 3].map(|()| place.react(&["--format", format]).out);
        assert!(runs.iter().all(|run| *run == runs[0]), "{format}");
    }
}

/// A policy that compares dates makes the moment part of the input.
#[test]
fn of_check_at_a_given_moment() {
    let until = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "cloudtrail:*",
        "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}}}]});
    let place = Place::new(&details(&until));
    let before = ["--now", "2026-05-31T00:00:00Z", "--format", "json"];
    let ran = place.check(&before);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert_eq!(ran.out, place.check(&before).out);
    assert_eq!(place.check(&["--now", "2026-06-02T00:00:00Z"]).code, Some(0));
}

/// Nothing of the terminal or of colours is in what is written to a file.
#[test]
fn without_colours() {
    let place = Place::violated();
    for ran in [place.react(&[]), place.check(&[]), place.run(&["demo"])] {
        assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
    }
}
