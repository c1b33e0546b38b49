//! What a partner may settle otherwise than the pack does.

use stanchion_rules::Rulebook;

use crate::people::{PACK, account, pack, role, said};

/// AWS's pages do not agree on which policy of Marketplace an alliance lead has: either will do, or the
/// one of the page that is followed.
#[test]
fn either_policy_of_marketplace_will_do_or_the_one_that_is_settled_for() {
    let lead = |marketplace: &str| {
        let held = ["AWSPartnerCentralFullAccess", marketplace];
        account(vec![role("Lead", ("partner-central-persona", "alliance-lead"), &held)])
    };
    let of_alliance_lead = |rulebook: &Rulebook, marketplace: &str| -> Vec<String> {
        let said = said(rulebook, &lead(marketplace), "Lead").into_iter();
        said.filter(|line| line.starts_with("alliance-lead ")).collect()
    };
    for marketplace in ["AWSMarketplaceFullAccess", "AWSMarketplaceSellerFullAccess"] {
        assert_eq!(of_alliance_lead(&pack(), marketplace), Vec::<String>::new(), "{marketplace}");
    }
    let choice = "any_of: [aws:AWSMarketplaceSellerFullAccess, aws:AWSMarketplaceFullAccess]";
    let text = PACK.replace(choice, "aws:AWSMarketplaceSellerFullAccess");
    let text = text.replace("      - aws:AWSMarketplaceFullAccess\n", "");
    assert!(!text.contains("aws:AWSMarketplaceFullAccess"));
    let sellers = Rulebook::parse(&text, "test").expect("a rulebook");
    assert_eq!(of_alliance_lead(&sellers, "AWSMarketplaceSellerFullAccess"), Vec::<String>::new());
    let buyer = of_alliance_lead(&sellers, "AWSMarketplaceFullAccess");
    for wrong in ["lacks:AWSMarketplaceSellerFullAccess", "exceeds:iam"] {
        assert!(buyer.contains(&format!("alliance-lead {wrong}")), "{wrong} in {buyer:?}");
    }
}
