//! Policies of arbitrary pieces: the order in which they are written changes no answer. It may change
//! which unknowns are met, and so whether there is an answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stanchion_fuzz::{World, request};
use stanchion_policy::decide;
use stanchion_policy::decide::Outcome;

fuzz_target!(|input: (World, u8, u8, [u8; 4])| {
    let (world, action, resource, keys) = input;
    let request = request(action, resource, keys);
    let layers = world.layers(false);
    let (straight, turned) = (decide(&request, &layers), decide(&request, &world.layers(true)));
    if ![straight.outcome, turned.outcome].contains(&Outcome::Indeterminate) {
        assert_eq!(straight.outcome, turned.outcome, "{straight:?} {turned:?} {request:?} {layers:?}");
    }
});
