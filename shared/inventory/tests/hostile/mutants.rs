//! Files with a few bytes changed: read or refused, and whatever was read can be asked everything.

use stanchion_inventory::Inventory;

use crate::common::{DETAILS, MEMBER, ORGANIZATION};

/// The generator's seed; a failure names the round too.
const SEED: u64 = 0x5eed_0001;

/// Marsaglia's xorshift: enough to choose bytes with.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// The text with up to four of its bytes deleted, doubled, or replaced by what means something.
    fn mutant(&mut self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(3) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, bytes[at]),
                _ => bytes[at] = b"{}[]\",:\\%e-09ntu"[self.below(16)],
            }
        }
        String::from_utf8(bytes).expect("the fixtures are ASCII, and so is what replaces their bytes")
    }
}

#[test]
fn are_read_or_refused() {
    let mut random = Random(SEED);
    let mut read = 0;
    for round in 0..3000 {
        let (organization, details) = (random.mutant(ORGANIZATION), random.mutant(DETAILS));
        let organization = if round % 2 == 0 { ORGANIZATION } else { &organization };
        let details = if round % 2 == 1 { DETAILS } else { &details };
        match Inventory::from_parts(Some(organization), &[(MEMBER, details)]) {
            Ok(inventory) => {
                read += 1;
                let overview = inventory.overview();
                assert_eq!(overview.gaps.len(), inventory.gaps().len(), "seed {SEED}, round {round}");
                for principal in inventory.principals() {
                    let bounded = inventory.layers(principal).boundary.is_some();
                    assert_eq!(bounded, principal.boundary.is_some(), "seed {SEED}, round {round}");
                }
                assert!(inventory.account_detail(MEMBER).is_some(), "seed {SEED}, round {round}");
            }
            Err(error) => {
                let message = error.to_string();
                let placed =
                    message.starts_with("`organization`") || message.starts_with(&format!("`{MEMBER}`"));
                assert!(placed && message.chars().count() < 1000, "seed {SEED}, round {round}: {message}");
            }
        }
    }
    assert!(read > 300, "most mutants are no JSON, but not nearly all: {read}");
}
