//! Which persona fits best.

use stanchion_inventory::Inventory;
use stanchion_rules::{Evaluator, fit};

use crate::people::{ACCOUNT, account, pack, role};

fn best(attached: &[&str]) -> (String, usize, usize) {
    let (pack, inventory) = (pack(), account(vec![role("Ana", ("a", "b"), attached)]));
    let principal = inventory.principal(&format!("arn:aws:iam::{ACCOUNT}:role/Ana")).expect("a role");
    let fits = fit(&Evaluator::new(&pack, &inventory, None), principal).expect("fits");
    let first = &fits[0];
    (first.rule.id.clone(), first.missing.len(), first.beyond.len())
}

#[test]
fn who_holds_exactly_what_a_persona_needs_fits_it_best() {
    let technical = ["AWSPartnerCentralFullAccess", "AWSMarketplaceSellerProductsFullAccess"];
    assert_eq!(best(&technical), ("technical-lead".to_owned(), 0, 0));
    assert_eq!(best(&["AWSPartnerCentralSandboxFullAccess"]), ("integration-engineer".to_owned(), 0, 0));
    assert_eq!(best(&[]).0, "legacy-standard-user");
}

#[test]
fn another_version_of_a_policy_than_the_bundled_one_is_told() {
    let pack = pack();
    let of_policies = |inventory: &Inventory| -> Vec<String> {
        let notes = Evaluator::new(&pack, inventory, None).notes().collect::<Vec<_>>();
        notes.into_iter().filter(|note| note.contains("the inventory holds")).collect()
    };
    assert_eq!(of_policies(&account(Vec::new())), Vec::<String>::new());
    let details = crate::people::details(Vec::new()).replace("\"v14\"", "\"v15\"");
    let inventory = Inventory::from_parts(None, &[(ACCOUNT, &details)]).expect("an inventory");
    let notices = of_policies(&inventory);
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].starts_with("AWSPartnerCentralFullAccess: the inventory holds v15, which is newer"));
}
