//! Policies of arbitrary pieces: a witness is one, and where there is none, no request that is tried
//! is one either.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stanchion_fuzz::{Statement, World, asker, in_region, region, request};
use stanchion_policy::decide;
use stanchion_policy::decide::Outcome;
use stanchion_policy::prove::{Question, Stack, Verdict};

fuzz_target!(|input: (World, Vec<Statement>)| {
    let (world, forbidden) = input;
    if forbidden.is_empty() {
        return;
    }
    let (asker, layers, forbidden) = (asker(), world.layers(false), region(&forbidden));
    let question = Question { forbidden: &forbidden, roles: &[], resources: &[], steps: 100_000 };
    let stack = Stack::new(&asker, &layers);
    match stack.prove(&question).verdict {
        Verdict::Yes(witness) => {
            let again = stack.recheck(&question, &witness.action, &witness.resource, &witness.context, false);
            assert!(again.is_some(), "{witness:?}");
        }
        Verdict::No => {
            for n in 0..384_u16 {
                let part = |shift: u16, of: u16| (n / shift % of) as u8;
                let keys = [part(6, 4), part(24, 4), part(96, 3), part(128, 4)];
                let request = request(part(1, 2), part(2, 3), keys);
                let found =
                    in_region(&request, &forbidden) && decide(&request, &layers).outcome == Outcome::Allow;
                assert!(!found, "{request:?} {layers:?} {forbidden:?}");
            }
        }
        Verdict::Indeterminate(_) => {}
    }
});
