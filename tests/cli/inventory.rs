//! `inventory show`: what was read, and what is missing, of small organizations and of large ones.

use serde_json::{Value, json};

use crate::place::{Place, administrator, repository, stanchion_in};

const SHOW: [&str; 4] = ["inventory", "show", "--inventory", "inventory"];

fn show(place: &Place, more: &[&str]) -> crate::place::Ran {
    place.run(&[&SHOW, more].concat())
}

#[test]
fn of_the_demo() {
    let ran = stanchion_in(&repository(), &["inventory", "show", "--inventory", "src/demo"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    insta::assert_snapshot!(ran.out, @r"
    organization o-exampleorg1, management account 111122223333
      policies: 3 SERVICE_CONTROL_POLICY
      r-ab12 Root p-FullAWSAccess
        111122223333 management: 0 users, 2 roles (1 of Identity Center), 0 groups, 0 policies
        ou-ab12-sandboxes Sandbox p-FullAWSAccess
          666677778888 sandbox: 0 users, 1 role (1 of Identity Center), 0 groups, 1 policy (1 of AWS)
        ou-ab12-security Security p-FullAWSAccess
          222233334444 security: 0 users, 2 roles (1 of Identity Center), 0 groups, 1 policy (1 of AWS)
        ou-ab12-workloads Workloads p-FullAWSAccess, p-watchandstay
          ou-ab12-development Development p-FullAWSAccess
            555566667777 web-dev: 3 users, 1 role (1 of Identity Center), 2 groups, 1 policy (1 of AWS)
          ou-ab12-production Production p-FullAWSAccess, p-ourregions
            333344445555 payments-prod: 0 users, 6 roles (1 service-linked, 1 of Identity Center), 0 groups, 4 policies (3 of AWS)
            444455556666 web-prod: 0 users, 5 roles (1 of Identity Center), 0 groups, 2 policies (1 of AWS)
    6 accounts, 25 principals: 3 users, 17 roles (1 service-linked, 6 of Identity Center), 2 groups, 7 policies (5 of AWS)
    ");
}

#[test]
fn of_one_account_of_the_demo() {
    let arguments = ["inventory", "show", "--inventory", "src/demo", "--account", "555566667777"];
    let ran = stanchion_in(&repository(), &arguments, "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    insta::assert_snapshot!(ran.out, @r"
    account 555566667777 web-dev: 3 users, 1 role (1 of Identity Center), 2 groups, 1 policy (1 of AWS)
      in o-exampleorg1/r-ab12/ou-ab12-workloads/ou-ab12-development/
      SCPs of r-ab12: p-FullAWSAccess
      SCPs of ou-ab12-workloads: p-FullAWSAccess, p-watchandstay
      SCPs of ou-ab12-development: p-FullAWSAccess
      SCPs of 555566667777: p-FullAWSAccess
    users
      arn:aws:iam::555566667777:user/build-legacy
        inline   build
      arn:aws:iam::555566667777:user/lea
        groups   developers
      arn:aws:iam::555566667777:user/marek
        inline   self-service, team-lead
    roles
      arn:aws:iam::555566667777:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_PowerUserAccess_5e73a2cbf4d6918a
        of permission set PowerUserAccess
        inline   AwsSSOInlinePolicy
        attached arn:aws:iam::aws:policy/PowerUserAccess
    groups
      arn:aws:iam::555566667777:group/developers
        members  lea
        inline   own-workers
      arn:aws:iam::555566667777:group/identity-operators
        inline   credentials
    policies
      arn:aws:iam::aws:policy/PowerUserAccess v12, 1 document
    ");
}

#[test]
fn of_an_account_that_stands_alone() {
    let ran = show(&Place::new(&administrator()), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    insta::assert_snapshot!(ran.out, @r"
    no organization: the accounts stand alone
      111122223333: 0 users, 1 role, 0 groups, 1 policy (1 of AWS)
    1 account, 1 principal: 0 users, 1 role, 0 groups, 1 policy (1 of AWS)
    ");
}

#[test]
fn what_is_missing_is_told_and_ends_with_3() {
    let place = Place::new(&administrator().replace("\"UserDetailList\"", "\"Elsewhere\""));
    let ran = show(&place, &[]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.out.contains("; not all of them"), "{}", ran.out);
    assert!(ran.out.contains("missing 111122223333: UserDetailList: the list is missing"), "{}", ran.out);
    let ran = show(&place, &["--account", "111122223333"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.out.contains("missing 111122223333: UserDetailList"), "{}", ran.out);
}

#[test]
fn an_account_that_is_not_there_is_a_mistake() {
    let ran = show(&Place::new(&administrator()), &["--account", "444455556666"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("the inventory knows no account `444455556666`"), "{}", ran.err);
}

/// Readable whatever the size: what is not listed is counted.
#[test]
fn three_thousand_accounts_fit_on_a_few_screens() {
    let units: Vec<Value> = (0..300)
        .map(|n| {
            let parent = if n < 20 { "r-ab12".to_owned() } else { format!("ou-{}", (n - 20) / 4) };
            json!({"Id": format!("ou-{n}"), "Name": "unit", "ParentId": parent})
        })
        .collect();
    let accounts: Vec<Value> = (0..3000)
        .map(|n| json!({"Id": format!("{}", 100_000_000_000_u64 + n), "ParentId": format!("ou-{}", n % 300)}))
        .collect();
    let place = Place::new(&administrator());
    place.write(
        "inventory/organization.json",
        json!({"Organization": {"Id": "o-x", "MasterAccountId": "100000000000"},
            "Roots": [{"Id": "r-ab12", "Name": "Root", "PolicyTypes": []}],
            "OrganizationalUnits": units, "Accounts": accounts, "Policies": []})
        .to_string(),
    );
    let ran = show(&place, &[]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.out.lines().count() < 120, "{} lines", ran.out.lines().count());
    assert!(ran.out.contains(" more OUs with "), "{}", ran.out);
    assert!(ran.out.contains("3001 accounts (1 with details)"), "{}", ran.out);
    assert!(ran.out.contains(" more; `--format json` lists them all"), "{}", ran.out);
    let report = show(&place, &["--format", "json"]).json();
    assert_eq!(report["accounts"].as_array().map(Vec::len), Some(3001));
    assert_eq!(report["gaps"].as_array().map(Vec::len), Some(3000));
}

#[test]
fn of_identity_center() {
    let place = Place::new(&administrator());
    let arn = "arn:aws:sso:::permissionSet/ssoins-1/ps-1";
    place.write(
        "inventory/identity-center.json",
        json!({"Instances": [], "GroupMemberships": {"GroupMemberships": [], "NextToken": "x"},
            "PermissionSets": [{"PermissionSetArn": arn, "Name": "Audit", "ManagedPolicies": [],
                "CustomerManagedPolicyReferences": [], "InlinePolicy": "", "PermissionsBoundary": null,
                "ProvisionedAccounts": []}],
            "AccountAssignments": [{"AccountId": "111122223333", "PermissionSetArn": arn,
                "PrincipalType": "USER", "PrincipalId": "u-1"}],
            "InstanceAccessControlAttributeConfiguration": null})
        .to_string(),
    );
    let ran = show(&place, &[]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    let told = "Identity Center: 1 permission set, 1 assignment, group memberships unknown\n  \
        Audit: 0 accounts, 0 roles, 1 assignment\n";
    assert!(ran.out.contains(told), "{}", ran.out);
    let missing = "missing identity-center: `GroupMemberships` is truncated: a `NextToken` is left over";
    assert!(ran.out.contains(missing), "{}", ran.out);
    let center = &show(&place, &["--format", "json"]).json()["identity_center"];
    assert_eq!(center["group_memberships"], Value::Null);
    assert_eq!(center["permission_sets"][0]["assignments"], 1);
}
