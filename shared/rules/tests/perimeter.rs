//! The pack `data-perimeter` on two organizations: one whose perimeter is whole, and one whose is not.

use std::path::Path;

use stanchion_inventory::Inventory;
use stanchion_rules::rulebook::Rulebook;
use stanchion_rules::{Evaluator, Judgement};

/// The pack, fitted to the organizations of these tests.
const RULEBOOK: &str = include_str!("../../../tests/organizations/perimeter/rulebook.yaml");

/// Each account and rule, and what is said.
fn told(organization: &str) -> Vec<String> {
    let dir =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/organizations/perimeter").join(organization);
    let inventory = Inventory::load(&dir).expect("an inventory");
    let rulebook = Rulebook::parse(RULEBOOK, "rulebook.yaml").expect("a rulebook");
    let evaluator = Evaluator::new(&rulebook, &inventory, None);
    let mut told = Vec::new();
    for account in evaluator.accounts() {
        for judged in evaluator.account(&account) {
            let said = match &judged.judgement {
                Judgement::Holds { .. } => "holds",
                Judgement::Violated { .. } => "leaks",
                Judgement::Indeterminate { reasons, .. } => &reasons.join("; "),
                Judgement::OutOfScope => "out of scope",
            };
            let rule = judged.rule.id.trim_start_matches("perimeter-");
            // Neither SCPs nor RCPs bind the management account.
            if account == "999988887777" && said == "out of scope" {
                continue;
            }
            let facet = judged.facet.as_ref().map(|facet| format!(" by {facet}")).unwrap_or_default();
            told.push(format!("{account} {rule}: {said}{facet}"));
        }
    }
    told
}

#[test]
fn a_whole_perimeter_holds_for_every_account() {
    assert_eq!(
        told("right"),
        [
            "111122223333 trusted-identities: holds",
            "111122223333 no-confused-deputies: holds",
            "111122223333 trusted-resources: holds",
            "111122223333 expected-networks-of-identities: holds",
            "111122223333 expected-networks-of-resources: holds",
            "111122223333 endpoints-trusted-identities: holds",
            "111122223333 endpoints-trusted-resources: holds",
            "444455556666 trusted-identities: holds",
            "444455556666 no-confused-deputies: holds",
            "444455556666 trusted-resources: holds",
            "444455556666 expected-networks-of-identities: holds",
            "444455556666 expected-networks-of-resources: holds",
            "444455556666 endpoints-trusted-identities: holds",
            "444455556666 endpoints-trusted-resources: holds",
            "999988887777 endpoints-trusted-identities: holds",
            "999988887777 endpoints-trusted-resources: holds",
        ]
    );
}

/// Who is of no organization is let in, whoever has a tag may carry data out, the SCP is not above the
/// sandbox, no RCP looks at networks, and one endpoint lets through whoever is of no organization.
#[test]
fn each_hole_is_found_where_it_is() {
    assert_eq!(
        told("wrong"),
        [
            "111122223333 trusted-identities: leaks",
            "111122223333 no-confused-deputies: holds",
            "111122223333 trusted-resources: leaks",
            "111122223333 expected-networks-of-identities: holds",
            "111122223333 expected-networks-of-resources: leaks",
            "111122223333 endpoints-trusted-identities: leaks by endpoint:vpce-0b2c3d4e5f6071829",
            "111122223333 endpoints-trusted-resources: leaks by endpoint:vpce-0b2c3d4e5f6071829",
            "444455556666 trusted-identities: leaks",
            "444455556666 no-confused-deputies: holds",
            "444455556666 trusted-resources: leaks",
            "444455556666 expected-networks-of-identities: leaks",
            "444455556666 expected-networks-of-resources: leaks",
            "444455556666 endpoints-trusted-identities: holds",
            "444455556666 endpoints-trusted-resources: holds",
            "999988887777 endpoints-trusted-identities: holds",
            "999988887777 endpoints-trusted-resources: holds",
        ]
    );
}

#[test]
fn without_its_settings_the_pack_is_refused_and_says_which() {
    let told = |text: &str| Rulebook::parse(text, "rulebook.yaml").expect_err("it is refused").to_string();
    let extended = told("version: 1\nextends: [pack:data-perimeter@2]\n");
    let alone = told(stanchion_rules::packs::find("data-perimeter").expect("the pack"));
    for setting in ["organization-id", "networks", "vpcs"] {
        let told = format!("the setting `{setting}` of the pack `data-perimeter` is not given");
        assert!(extended.contains(&told), "{extended}");
        assert!(alone.contains(&format!("the setting `{setting}` has no value")), "{alone}");
    }
}

/// Whoever has no VPCs, or no addresses, says so.
#[test]
fn what_is_set_to_nothing_is_left_out() {
    let with = "{ organization-id: o-exampleorg1, networks: [192.0.2.0/24], vpcs: null }";
    let text = format!("version: 1\nextends: [{{ from: 'pack:data-perimeter@2', with: {with} }}]\n");
    let rulebook = Rulebook::parse(&text, "rulebook.yaml").expect("a rulebook");
    let (_, networks) = rulebook
        .guardrails()
        .find(|(rule, _)| rule.id == "perimeter-expected-networks-of-identities")
        .expect("the rule");
    let keys: Vec<&str> = networks.forbid.statements[0].conditions.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(keys, ["aws:SourceIp", "aws:ViaAWSService"]);
}
