//! Policies of arbitrary pieces: the order in which they are written changes no answer, unless there is
//! none since more is unknown than `decide` tries.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stanchion_fuzz::{World, request};
use stanchion_policy::decide;
use stanchion_policy::decide::UNKNOWNS_TRIED;

fuzz_target!(|input: (World, u8, u8, [u8; 4])| {
    let (world, action, resource, keys) = input;
    let request = request(action, resource, keys);
    let layers = world.layers(false);
    let (straight, turned) = (decide(&request, &layers), decide(&request, &world.layers(true)));
    if straight.unknowns.len().max(turned.unknowns.len()) > UNKNOWNS_TRIED {
        return;
    }
    assert_eq!(straight.outcome, turned.outcome, "{straight:?} {turned:?} {request:?} {layers:?}");
});
