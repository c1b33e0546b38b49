//! Any text as a policy: it is read or refused, and decides a request either way.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stanchion_fuzz::request;
use stanchion_policy::{Layers, NamedPolicy, Policy, ResourcePolicy, decide};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let policy = NamedPolicy::new("p", Policy::parse(text));
    let request = request(0, 0, [1, 1, 1, 1]);
    let layers = Layers { identity: vec![policy.clone()], ..Layers::default() };
    decide(&request, &layers);
    let layers = Layers { resource: ResourcePolicy::Known(policy), ..Layers::default() };
    decide(&request, &layers);
});
