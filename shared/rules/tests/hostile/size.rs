//! Size.

use stanchion_rules::{Rulebook, lint};

use crate::{FINE, refused};

#[test]
fn ten_megabytes_are_refused_before_they_are_read() {
    assert_eq!(
        refused(&"#".repeat(10_000_000)),
        "r:1:1: the rulebook is longer than 1024 KiB (split it into rulebooks of one team or topic each)"
    );
}

#[test]
fn a_long_rulebook_is_read_and_linted() {
    let (head, rule) = FINE.split_once("  - id: a\n").expect("a rule");
    let rules: String = (0..1000).map(|i| format!("  - id: a{i}\n{rule}")).collect();
    let text = format!("{head}{rules}");
    assert_eq!(Rulebook::parse(&text, "r").map(|rulebook| rulebook.rules.len()), Ok(1000));
    assert!(lint(&text, "r", None).len() > 50);
}

/// Where a pattern of this text may stand.
const PLACES: [(&str, &str); 4] = [
    ("s3:PutObject", "'s3:...'"),
    ("'*'", "'arn:aws:s3:::...'"),
    ("eu-west-1", "'...'"),
    ("arn:aws:iam::*:role/A", "arn:aws:iam::*:role/..."),
];

#[test]
fn a_pattern_of_a_hundred_thousand_wildcards_is_refused_in_its_place() {
    for (from, to) in PLACES {
        let said = refused(&FINE.replace(from, &to.replace("...", &"*a".repeat(100_000))));
        assert!(said.contains("is longer than") && said.len() < 200, "{said}");
    }
}

/// That these end within the test's patience is what is asked.
#[test]
fn long_patterns_are_read_and_linted() {
    for pattern in ["*a", "?", "a", "*?", "${a:b}"] {
        for (from, to) in PLACES {
            let text = FINE.replace(from, &to.replace("...", &pattern.repeat(2000 / pattern.len())));
            assert!(Rulebook::parse(&text, "r").is_ok());
            assert!(lint(&text, "r", None).len() < 10);
        }
    }
}

/// YAML itself has no longer ones.
#[test]
fn a_key_of_a_thousand_characters_is_near_to_none() {
    let key = "k".repeat(1000);
    assert!(refused(&FINE.replace("severity", &key)).contains("needs the key `severity`"));
    let text = FINE.replace("RequestedRegion", &key);
    assert_eq!(lint(&text, "r", None).len(), 1);
    assert!(refused(&FINE.replace("severity", &"k".repeat(100_000))).contains("not YAML"));
}
