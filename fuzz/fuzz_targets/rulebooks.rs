//! Any text as a rulebook: it is read or refused; linting agrees, and a principal is judged by it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stanchion_fuzz::inventory;
use stanchion_inventory::Inventory;
use stanchion_rules::{Evaluator, Rulebook, lint_within};

static INVENTORY: LazyLock<Inventory> = LazyLock::new(inventory);

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = Rulebook::parse(text, "fuzz");
    let linted = lint_within(text, "fuzz", Some(&INVENTORY), 300_000);
    assert_eq!(read.is_err(), linted.iter().any(|problem| !problem.code.is_warning()));
    let Ok(rulebook) = read else { return };
    let evaluator = Evaluator::new(&rulebook, &INVENTORY, None).with_steps(20_000);
    if let Some(principal) = INVENTORY.principals().next() {
        evaluator.principal(principal);
    }
});
