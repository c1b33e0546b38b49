//! Any two texts as an organization and an account, parted by a NUL: what is read has layers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stanchion_inventory::Inventory;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (organization, account) = text.split_once('\0').unwrap_or(("", text));
    let organization = (!organization.is_empty()).then_some(organization);
    let Ok(inventory) = Inventory::from_parts(organization, &[("111122223333", account)]) else { return };
    for principal in inventory.principals() {
        inventory.layers(principal);
        inventory.organization_path(&principal.account);
    }
    inventory.gaps();
});
