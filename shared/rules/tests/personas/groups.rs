//! Groups of the identity store: their members use the roles of permission sets.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_rules::Rulebook;

use crate::people::{ACCOUNT, account, role, said, told};

const SET: &str = "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111";
const ROLE: &str = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Reader_0123456789abcdef";

/// Readers must hold nothing at all, and must not be writers.
fn rulebook() -> Rulebook {
    let text = "version: 1
personas:
  - { id: reader, title: R, severity: low, match: { groups: ['read*'] }, at_most: [], conflicts: [writer] }
  - { id: writer, title: W, severity: low, match: { groups: [writers], permission_sets: ['Re*'] } }
  - { id: nobody, title: N, severity: low, match: { groups: ['*'], names: [Nobody] }, at_most: [] }
persona_coverage:
  - { id: a-job, title: J, severity: low, matched_by: at-least-one, scope: { principals: [role] } }
";
    Rulebook::parse(text, "test").unwrap_or_else(|error| panic!("{error}"))
}

/// A role of a permission set, and what is known of Identity Center.
fn world(center: Option<&Value>) -> Inventory {
    let name = ROLE.rsplit('/').next().expect("a name");
    let mut reserved = role(name, ("a", "b"), &["AWSPartnerCentralOpportunityManagement"]);
    reserved["Path"] = "/aws-reserved/sso.amazonaws.com/".into();
    reserved["Arn"] = format!("arn:aws:iam::{ACCOUNT}:role/{ROLE}").into();
    let inventory = account(vec![reserved]);
    match center {
        Some(center) => inventory.with_identity_center(&center.to_string()).expect("Identity Center"),
        None => inventory,
    }
}

/// Groups `g-1` and `g-2` of these names, of which some are assigned to the role.
fn center(names: &[&str], assigned: &[(&str, &str)]) -> Value {
    let groups =
        names.iter().zip(1..).map(|(name, n)| json!({"GroupId": format!("g-{n}"), "DisplayName": name}));
    let assignments = assigned.iter().map(|(kind, id)| {
        json!({"AccountId": ACCOUNT, "PermissionSetArn": SET, "PrincipalType": kind, "PrincipalId": id})
    });
    json!({
        "PermissionSets": [{"PermissionSetArn": SET, "Name": "Reader"}],
        "AccountAssignments": assignments.collect::<Vec<_>>(),
        "Groups": groups.collect::<Vec<_>>(),
    })
}

#[test]
fn a_group_that_is_assigned_makes_the_role_of_a_persona() {
    let of = |assigned: &[(&str, &str)]| {
        said(&rulebook(), &world(Some(&center(&["readers", "writers"], assigned))), ROLE)
    };
    let services = ["aws-marketplace", "partnercentral", "partnercentral-account-management", "q"];
    let reader = of(&[("GROUP", "g-1")]);
    assert_eq!(reader, services.map(|service| format!("reader exceeds:{service}")));
    // A role that several groups may use is of each of them.
    let both = of(&[("GROUP", "g-1"), ("GROUP", "g-2")]);
    assert_eq!(both[..], [&["reader conflicts:writer".to_owned()], &reader[..]].concat());
    assert_eq!(of(&[("GROUP", "g-2")]), Vec::<String>::new());
    // Whoever is assigned without a group is in none.
    assert_eq!(of(&[("USER", "g-1")]), ["a-job"]);
}

/// Not to know who uses a role is no pass.
#[test]
fn what_is_not_known_of_groups_is_indeterminate() {
    let without = |part: &str| {
        let mut center = center(&["readers"], &[("GROUP", "g-1")]);
        center.as_object_mut().expect("an object").remove(part);
        told(&rulebook(), &world(Some(&center)), ROLE)
    };
    let names = |told: &[(String, String)]| told.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let of_nobody = told(&rulebook(), &world(None), ROLE);
    assert!(of_nobody[0].1.contains("does not tell of Identity Center"), "{of_nobody:?}");
    for told in [&of_nobody, &without("Groups"), &without("PermissionSets"), &without("AccountAssignments")] {
        // The other persona asks for a name besides that the role has not.
        assert_eq!(names(told), ["reader ?", "a-job ?"], "{told:?}");
    }
    let nameless = without("Groups");
    assert_eq!(nameless[0].1, "what the group g-1 of the identity store is called");
}
