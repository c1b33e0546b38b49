//! What is read, what is refused, and what is missing.

mod common;

use std::fs;

use common::{DETAILS, EMPTY, MEMBER, ORGANIZATION, organization};
use stanchion_inventory::{Inventory, PrincipalKind};

#[test]
fn principals_come_by_account_and_arn_with_the_root_users_of_member_accounts() {
    let inventory = organization();
    let arns: Vec<_> = inventory.principals().map(|principal| principal.arn.as_str()).collect();
    assert_eq!(
        arns,
        [
            "arn:aws:iam::111122223333:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport",
            "arn:aws:iam::111122223333:role/ci/prod/Deploy",
            "arn:aws:iam::111122223333:root",
            "arn:aws:iam::111122223333:user/ben",
            "arn:aws:iam::111122223333:user/staff/ana",
            "arn:aws:iam::444455556666:root",
        ]
    );
}

#[test]
fn a_principal_is_found_by_its_whole_arn_and_by_name() {
    let inventory = organization();
    let role = inventory.principal("arn:aws:iam::111122223333:role/ci/prod/Deploy");
    let role = role.expect("found by ARN");
    assert_eq!((role.name.as_str(), role.unique_id.as_str()), ("Deploy", "AROAEXAMPLEDEPLOY"));
    assert_eq!(inventory.principal_by_name(MEMBER, PrincipalKind::Role, "Deploy"), Some(role));
    assert_eq!(inventory.principal("arn:aws:iam::111122223333:role/Deploy"), None);
    let ana = inventory.principal_by_name(MEMBER, PrincipalKind::User, "ana").expect("a user");
    assert_eq!(ana.tags[0].0, "cost");
    assert_eq!(ana.tag("Team"), Some("atlas"));
}

#[test]
fn the_tree_is_walked_both_ways() {
    let inventory = organization();
    assert_eq!(
        inventory.organization_path(MEMBER).as_deref(),
        Some("o-example/r-ab12/ou-ab12-workloads/ou-ab12-prod/")
    );
    assert_eq!(inventory.ous_of(MEMBER), ["ou-ab12-workloads", "ou-ab12-prod"]);
    assert_eq!(inventory.accounts_under("ou-ab12-workloads"), [MEMBER]);
    assert_eq!(inventory.accounts_under("r-ab12").len(), 3);
    assert_eq!(inventory.accounts_under("444455556666"), ["444455556666"]);
    assert!(inventory.is_member(MEMBER) && !inventory.is_member("999988887777"));
}

#[test]
fn pages_are_merged_however_they_come() {
    let first = DETAILS.replace(r#""IsTruncated": false"#, r#""IsTruncated": true, "Marker": "x""#);
    let second = r#"{"UserDetailList": [{"UserName": "cy", "UserId": "AIDAEXAMPLECY", "Path": "/",
        "Arn": "arn:aws:iam::111122223333:user/cy"}], "IsTruncated": false}"#;
    for text in [format!("{first}\n{second}"), format!("[{first}, {second}]")] {
        let inventory = Inventory::from_parts(None, &[(MEMBER, &text)]).expect("an inventory");
        let account = inventory.account(MEMBER).expect("the account");
        assert_eq!(account.users().count(), 3);
        assert!(account.is_complete());
    }
}

/// A truncated or missing list taken for a whole one would hide principals.
#[test]
fn missing_and_truncated_lists_are_gaps() {
    let truncated = DETAILS.replace(r#""IsTruncated": false"#, r#""IsTruncated": true"#);
    let inventory = Inventory::from_parts(None, &[(MEMBER, &truncated)]).expect("an inventory");
    let gaps: Vec<_> = inventory.gaps().iter().map(ToString::to_string).collect();
    assert!(gaps.contains(&format!("{MEMBER}: UserDetailList: the list is truncated")), "{gaps:?}");

    let missing = EMPTY.replace("RoleDetailList", "Elsewhere");
    let inventory = Inventory::from_parts(None, &[(MEMBER, &missing)]).expect("an inventory");
    let gaps: Vec<_> = inventory.gaps().iter().map(ToString::to_string).collect();
    assert_eq!(gaps, [format!("{MEMBER}: RoleDetailList: the list is missing")]);
}

#[test]
fn a_listed_account_without_details_is_a_gap() {
    let inventory = Inventory::from_parts(Some(ORGANIZATION), &[]).expect("an inventory");
    let gaps: Vec<_> = inventory.gaps().iter().map(ToString::to_string).collect();
    assert!(gaps.contains(&format!("organization: account {MEMBER} has no authorization details")));
    // The fixture's own gap: the trust policy of the service-linked role.
    let messages: Vec<_> = organization().gaps().into_iter().map(|gap| gap.message).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].starts_with("trust policy of"), "{messages:?}");
}

#[test]
fn identical_documents_share_one_policy() {
    let inventory = organization();
    let ana = inventory.principal_by_name(MEMBER, PrincipalKind::User, "ana").expect("a user");
    let group = inventory.group(MEMBER, "admins").expect("a group");
    let own = inventory.managed_policy(MEMBER, "arn:aws:iam::111122223333:policy/Own");
    let own = own.and_then(|policy| policy.default_document()).expect("a default version");
    assert!(own.same(&group.inline["extra"]));
    assert_eq!(*own, ana.inline["notes"]);
}

#[test]
fn a_directory_is_read_and_its_mistakes_are_named() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let error = Inventory::load(dir.path()).expect_err("empty");
    assert!(error.to_string().contains("no inventory"), "{error}");

    let accounts = dir.path().join("accounts");
    fs::create_dir(&accounts).expect("a directory");
    fs::write(accounts.join("111122223333.json"), DETAILS).expect("a file");
    fs::write(accounts.join("README"), "notes").expect("a file");
    assert_eq!(Inventory::load(dir.path()).expect("an inventory").accounts().count(), 1);

    fs::write(dir.path().join("organization.json"), "{\n  \"Roots\": 3\n}").expect("a file");
    let error = Inventory::load(dir.path()).expect_err("wrong shape").to_string();
    assert!(error.contains("organization.json`, line 2, column 12: invalid type"), "{error}");
    assert!(!error.contains("at line"), "the place is said once: {error}");

    fs::write(dir.path().join("organization.json"), ORGANIZATION).expect("a file");
    fs::write(accounts.join("prod.json"), EMPTY).expect("a file");
    let error = Inventory::load(dir.path()).expect_err("not an account").to_string();
    assert!(error.contains("prod.json`: authorization details are named after"), "{error}");
}

#[test]
fn details_of_another_account_are_refused() {
    let error = Inventory::from_parts(None, &[("444455556666", DETAILS)]).expect_err("wrong");
    assert!(error.to_string().contains("does not belong to account 444455556666"), "{error}");
}

/// Exports that were made anonymous hold such ARNs. The rest is read, and what is left out is told.
#[test]
fn a_principal_of_no_account_is_a_gap_and_not_the_end() {
    let details = r#"{"GroupDetailList": [], "RoleDetailList": [], "Policies": [], "UserDetailList": [
        {"UserName": "ana", "UserId": "AIDAEXAMPLEANA", "Path": "/",
         "Arn": "arn:aws:iam::111122223333:user/ana"},
        {"UserName": "x", "UserId": "AIDAEXAMPLEX", "Path": "/", "Arn": "arn:aws:iam::aws:user/x"}]}"#;
    let inventory = Inventory::from_parts(None, &[("111122223333", details)]).expect("an inventory");
    let arns: Vec<&str> = inventory.principals().map(|principal| principal.arn.as_str()).collect();
    assert_eq!(arns, ["arn:aws:iam::111122223333:user/ana"]);
    let gaps: Vec<String> = inventory.gaps().iter().map(ToString::to_string).collect();
    assert!(gaps.iter().any(|gap| gap.contains("arn:aws:iam::aws:user/x")), "{gaps:?}");
    assert!(!inventory.account("111122223333").expect("the account").is_complete());
}
