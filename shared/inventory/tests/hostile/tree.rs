//! Trees that are none.

use std::fmt::Write;

use stanchion_inventory::Inventory;

use crate::common::{MEMBER, ORGANIZATION};
use crate::organization_refused;

fn workloads_under(parent: &str) -> String {
    let text = ORGANIZATION.replace(
        r#""Name": "Workloads", "ParentId": "r-ab12""#,
        &format!(r#""Name": "Workloads", "ParentId": "{parent}""#),
    );
    assert_ne!(text, ORGANIZATION);
    text
}

#[test]
fn an_ou_that_is_its_own_parent_is_refused() {
    let error = organization_refused(&workloads_under("ou-ab12-workloads"));
    assert_eq!(error, "`organization`: `OrganizationalUnits`: `ou-ab12-workloads` is its own parent");
}

#[test]
fn a_circle_of_ous_is_refused() {
    let error = organization_refused(&workloads_under("ou-ab12-prod"));
    assert_eq!(error, "`organization`: `OrganizationalUnits`: `ou-ab12-prod` is below itself");
}

/// Each is walked up to the root; without a bound, a long chain would take for ever.
#[test]
fn a_chain_of_ten_thousand_ous_is_refused() {
    let mut units = String::new();
    for number in 0..10_000 {
        let _ = write!(units, r#", {{"Id": "ou-{number}", "ParentId": "ou-{}"}}"#, number + 1);
    }
    let text = ORGANIZATION.replacen(
        r#""ParentId": "ou-ab12-workloads"}]"#,
        &format!(r#""ParentId": "ou-ab12-workloads"}}{units}]"#),
        1,
    );
    assert_ne!(text, ORGANIZATION);
    assert!(organization_refused(&text).contains("too deep: AWS nests OUs five levels deep"));
}

/// The way up ends in something that is no OU: unknown, and told.
#[test]
fn an_account_as_a_parent_leads_nowhere() {
    let inventory = Inventory::from_parts(Some(&workloads_under(MEMBER)), &[]).expect("read");
    assert_eq!(inventory.organization_path(MEMBER), None);
    assert!(inventory.gaps().iter().any(|gap| gap.message.contains("the way from account")));
}
