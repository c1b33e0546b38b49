//! Every trust policy of `docs/TRUST-POLICIES.md` that is not as it should be.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stanchion_findings::{Fix, Safety, State};
use stanchion_inventory::Inventory;
use stanchion_pipeline::{Others, check, propose};
use stanchion_rules::{Evaluator, Rulebook};

const PAGE: &str = include_str!("../../../../docs/TRUST-POLICIES.md");
const ACCOUNT: &str = "111122223333";

/// The blocks of the page with a fence of this kind.
fn blocks(fence: &str) -> Vec<&'static str> {
    let start = format!("```{fence}\n");
    let pieces: Vec<&str> = PAGE.split(start.as_str()).skip(1).collect();
    pieces.into_iter().filter_map(|rest| rest.split_once("\n```").map(|(block, _)| block)).collect()
}

fn rulebook() -> Rulebook {
    let [rulebook, registry] = blocks("yaml")[..] else { panic!("a rulebook and a registry") };
    let mut load = |_: &str| Ok(registry.to_owned());
    Rulebook::parse_with(rulebook, "page", &mut load).unwrap_or_else(|error| panic!("{error}"))
}

/// One role that lets in whom a statement says, in an organization.
fn lent(statement: &Value) -> Inventory {
    let member = |id: &str| json!({"Id": id, "Name": id, "Status": "ACTIVE", "ParentId": "r-ab12"});
    let organization = json!({
        "Organization": {"Id": "o-example001", "MasterAccountId": "222233334444"},
        "Roots": [{"Id": "r-ab12", "Name": "Root", "PolicyTypes": []}],
        "OrganizationalUnits": [],
        "Accounts": [member(ACCOUNT), member("222233334444")],
        "Policies": [],
    });
    let role = json!({
        "RoleName": "Lent", "RoleId": "AROAEXAMPLELENT", "Path": "/", "Tags": [],
        "Arn": format!("arn:aws:iam::{ACCOUNT}:role/Lent"),
        "AttachedManagedPolicies": [],
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["ce:GetCostAndUsage", "s3:GetObject"], "Resource": "*"}]}}],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": statement},
    });
    let details =
        json!({"RoleDetailList": [role], "UserDetailList": [], "GroupDetailList": [], "Policies": []});
    Inventory::from_parts(Some(&organization.to_string()), &[(ACCOUNT, &details.to_string())])
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn most_trust_policies_can_be_mended() {
    let rulebook = rulebook();
    let mut told = BTreeMap::new();
    for line in blocks("jsonl").into_iter().flat_map(str::lines) {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let inventory = lent(&line["statement"]);
        let evaluator = Evaluator::new(&rulebook, &inventory, None);
        for finding in check(&evaluator).findings.iter().filter(|finding| finding.state == State::Open) {
            let fix = propose(&evaluator, finding, Others::InTheInventory);
            let word = fix.map_or("none".to_owned(), |fix| fix.safety.to_string());
            let facet = finding.facet.as_deref().unwrap_or_default();
            // An approved vendor is never locked out as if that were nothing.
            assert!(word != "safe" || !facet.starts_with("external-id"), "{line}");
            told.entry(word).or_insert_with(Vec::new).push(format!("{} {facet}", line["id"]));
        }
    }
    let count = |word: &str| told.get(word).map_or(0, Vec::len);
    // The vendor makes the external id, and nobody else can.
    assert!(told["none"].iter().all(|one| one.contains(" external-id:")), "{:#?}", told["none"]);
    assert_eq!((count("safe"), count("unsafe"), count("none")), (40, 15, 10), "{told:#?}");
}

fn mended(statement: &Value) -> Vec<Fix> {
    let (rulebook, inventory) = (rulebook(), lent(statement));
    let evaluator = Evaluator::new(&rulebook, &inventory, None);
    let findings = check(&evaluator).findings;
    findings.iter().filter_map(|finding| propose(&evaluator, finding, Others::InTheInventory)).collect()
}

#[test]
fn those_who_are_not_meant_keep_what_they_have() {
    let fixes = mended(&json!({"Sid": "Both", "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]}}));
    let [fix] = &fixes[..] else { panic!("{fixes:#?}") };
    assert_eq!(fix.safety, Safety::Safe);
    assert_eq!(
        fix.summary,
        "Ask scheduler.amazonaws.com for aws:SourceAccount in statement 0 of the trust policy of role Lent"
    );
    for line in
        ["-          \"scheduler.amazonaws.com\"", "+          \"aws:SourceAccount\": \"111122223333\""]
    {
        assert!(fix.diff.contains(line), "{}", fix.diff);
    }
}
