//! Texts that end too soon.

use stanchion_rules::{Rulebook, lint};

use crate::FINE;

#[test]
fn every_beginning_of_a_rulebook_has_an_answer() {
    for (end, _) in FINE.char_indices() {
        let text = &FINE[..end];
        match Rulebook::parse(text, "r") {
            Ok(rulebook) => assert!(rulebook.rules.len() <= 1),
            Err(error) => assert!(error.to_string().starts_with("r:"), "{error}"),
        }
        assert!(lint(text, "r", None).iter().all(|problem| problem.line > 0));
    }
}
