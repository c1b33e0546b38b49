//! Any text as events: each is read or refused, told apart, and carried out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stanchion_changes::{Interpreter, Verdict, affected, apply, read_events};
use stanchion_fuzz::inventory;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(events) = read_events(text, "fuzz") else { return };
    let mut inventory = inventory();
    let mut interpreter = Interpreter::default();
    for event in events.iter().take(20) {
        let verdict = interpreter.interpret(event);
        if let Verdict::Change(change) = &verdict {
            affected(change, &inventory);
        }
        apply(verdict.effect(), &mut inventory);
    }
    inventory.gaps();
});
