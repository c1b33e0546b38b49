//! Things said twice, or in a second place.

use crate::{FINE, refused};

#[test]
fn a_repeated_key_is_never_the_last_that_wins() {
    let changes = [
        ("version: 1", "version: 1\nversion: 1"),
        ("severity: low", "severity: low\n    severity: high"),
        ("accounts: [", "accounts: ['444455556666'], accounts: ["),
        ("Resource: '*'", "Resource: '*'\n        Resource: a"),
        ("aws:RequestedRegion: eu-west-1", "a:b: 1, a:b: 2"),
    ];
    for (from, to) in changes {
        assert!(refused(&FINE.replace(from, to)).contains("is given twice"), "{to}");
    }
}

#[test]
fn a_second_document_is_refused() {
    for end in ["---\nversion: 1\n", "...\n---\n", "---\n"] {
        assert!(refused(&format!("{FINE}{end}")).contains("a second YAML document"), "{end}");
    }
}

/// That these end within the test's patience is what is asked; and what is said of them is short.
#[test]
fn a_hundred_thousand_keys() {
    let rules: String = (0..50_000).map(|i| format!("{{a{i}: }}, ")).collect();
    assert!(refused(&format!("version: 1\nguardrails: [{rules}]")).len() < 50_000);
    let keys: String = (0..90_000).map(|i| format!("a{i}: 1, ")).collect();
    assert!(refused(&format!("{{{keys}}}")).len() < 50_000);
}
