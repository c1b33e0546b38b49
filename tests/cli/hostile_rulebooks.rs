//! Rulebooks that nobody would write on purpose: the answer is 2 and a message, soon.

use crate::place::{Place, Ran};

/// What `rulebook lint` and `check` say of a rulebook of these bytes, which they refuse.
fn refused(rulebook: impl AsRef<[u8]>) -> String {
    let place = Place::violated();
    place.write("rulebook.yaml", rulebook);
    let told = |ran: Ran| {
        assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(!said.contains("panicked") && said.len() < 200_000, "{} bytes", said.len());
        said.replace(['│', '×'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let linted = told(place.run(&["rulebook", "lint", "rulebook.yaml"]));
    let checked = told(place.check(&[]));
    format!("{linted}\n{checked}")
}

#[test]
fn of_10_megabytes() {
    for unit in ["# nothing\n", "[", "é"] {
        let said = refused(unit.repeat(10_000_000 / unit.len()));
        assert!(said.contains("the rulebook is longer than 1024 KiB"), "{unit}: {said}");
    }
}

#[test]
fn of_bytes_that_are_no_text() {
    let place = Place::violated();
    place.write("rulebook.yaml", b"version: 1\nguardrails:\n  - id: \xff\n");
    let ran = place.run(&["rulebook", "lint", "rulebook.yaml"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("rulebook.yaml:3: not text in UTF-8"), "{}", ran.err);
}

#[test]
fn of_ten_thousand_levels() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        let deep = format!("{}{}", open.repeat(10_000), close.repeat(10_000));
        let said = refused(format!("version: 1\nguardrails:\n{deep}"));
        assert!(said.contains("rulebook.yaml:3:"), "{open}: {said}");
    }
}

#[test]
fn of_many_mistakes() {
    let keys: String = (0..60_000).map(|i| format!("k{i}: 1\n")).collect();
    let said = refused(format!("version: 1\n{keys}"));
    assert!(said.contains("and 59900 more mistakes"), "{said}");
}

#[test]
fn of_one_long_line() {
    let said = refused(format!("{{version: 1, guardrails: [{}]}}", "{}, ".repeat(200_000)));
    assert!(said.contains("more mistakes"), "{said}");
}

#[test]
fn of_a_directory() {
    let place = Place::violated();
    let check = ["check", "--inventory", "inventory", "--rulebook", "inventory"];
    for arguments in [&["rulebook", "lint", "inventory"][..], &check] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(2));
        let said = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("inventory: Is a directory") && said.contains("name a file in it"), "{said}");
    }
}
