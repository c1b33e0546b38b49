//! Identity Center: what is read, whose roles are whose, and what events change.

mod common;

use common::{MEMBER, SANDBOX, organization};
use stanchion_inventory::{
    AssignedPrincipal, Assignment, CustomerPolicy, Inventory, MembershipKey, PermissionSet, Principal,
    PrincipalKind, SetPolicy,
};
use stanchion_policy::Policy;

const ADMIN: &str = "arn:aws:sso:::permissionSet/ssoins-7223example/ps-admin";
const AUDIT: &str = "arn:aws:sso:::permissionSet/ssoins-7223example/ps-audit";
const VIEW: &str = "arn:aws:iam::aws:policy/View";

const CENTER: &str = r#"{
  "Instances": [{"InstanceArn": "arn:aws:sso:::instance/ssoins-7223example",
                 "IdentityStoreId": "d-1234567890", "Status": "ACTIVE"}],
  "PermissionSets": [
    {"PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-7223example/ps-admin", "Name": "Admin",
     "SessionDuration": "PT1H", "ManagedPolicies": [{"Name": "View", "Arn": "arn:aws:iam::aws:policy/View"}],
     "CustomerManagedPolicyReferences": [{"Name": "Own", "Path": "/team/"}],
     "InlinePolicy": "{\"Statement\":[]}", "PermissionsBoundary": null,
     "ProvisionedAccounts": ["111122223333"]},
    {"PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-7223example/ps-audit", "Name": "Admin_Audit",
     "ManagedPolicies": [], "CustomerManagedPolicyReferences": [], "InlinePolicy": "",
     "PermissionsBoundary": {"CustomerManagedPolicyReference": {"Name": "Bound"}},
     "ProvisionedAccounts": ["111122223333", "444455556666"]}],
  "AccountAssignments": [
    {"AccountId": "111122223333", "PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-7223example/ps-admin",
     "PrincipalType": "GROUP", "PrincipalId": "g-1"},
    {"AccountId": "444455556666", "PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-7223example/ps-audit",
     "PrincipalType": "USER", "PrincipalId": "u-1"}],
  "Groups": [{"IdentityStoreId": "d-1234567890", "GroupId": "g-1", "DisplayName": "administrators"}],
  "GroupMemberships": [
    {"IdentityStoreId": "d-1234567890", "MembershipId": "m-1", "GroupId": "g-1", "MemberId": {"UserId": "u-1"}}],
  "InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": [
    {"Key": "team", "Value": {"Source": ["${path:enterprise.department}"]}}]}
}"#;

const ROLES: [(&str, &str, &str); 5] = [
    (MEMBER, "/aws-reserved/sso.amazonaws.com/eu-west-1/", "AWSReservedSSO_Admin_0123456789abcdef"),
    (MEMBER, "/aws-reserved/sso.amazonaws.com/eu-west-1/", "AWSReservedSSO_Admin_Audit_0123456789abcdee"),
    (SANDBOX, "/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Admin_Audit_fedcba9876543210"),
    // Neither is Identity Center's: anybody may use the name, nobody else the path.
    (SANDBOX, "/", "AWSReservedSSO_Admin_fedcba9876543211"),
    (SANDBOX, "/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Admin_tooshort"),
];

fn world() -> Inventory {
    organization_with_roles().with_identity_center(CENTER).expect("the fixture is read")
}

/// The same, with nothing known of Identity Center but the roles that it made.
fn organization_with_roles() -> Inventory {
    let mut inventory = organization();
    for (account, path, name) in ROLES {
        let arn = format!("arn:aws:iam::{account}:role{path}{name}");
        assert!(inventory.create_principal(Principal::new(PrincipalKind::Role, account, &arn, path, name)));
    }
    inventory
}

fn names(roles: Option<Vec<&Principal>>) -> Option<Vec<&str>> {
    roles.map(|roles| roles.iter().map(|role| role.name.as_str()).collect())
}

fn gaps(inventory: &Inventory) -> Vec<String> {
    let all = inventory.gaps().into_iter().filter(|gap| gap.place == "identity-center");
    all.map(|gap| gap.message).collect()
}

fn user(id: &str) -> AssignedPrincipal {
    AssignedPrincipal::User(id.to_owned())
}

fn group(id: &str) -> AssignedPrincipal {
    AssignedPrincipal::Group(id.to_owned())
}

#[test]
fn a_set_has_the_roles_of_its_name_under_the_reserved_path() {
    let inventory = world();
    assert_eq!(names(inventory.permission_set_roles(ADMIN, None)), Some(vec![ROLES[0].2]));
    assert_eq!(names(inventory.permission_set_roles(AUDIT, None)), Some(vec![ROLES[1].2, ROLES[2].2]));
    assert_eq!(names(inventory.permission_set_roles(AUDIT, Some(SANDBOX))), Some(vec![ROLES[2].2]));
    assert_eq!(names(inventory.permission_set_roles(ADMIN, Some(SANDBOX))), Some(vec![]));
    assert_eq!(inventory.permission_set_roles("arn:aws:sso:::permissionSet/x/y", None), None);
    assert_eq!(inventory.reserved_roles(None).len(), 3);
    assert_eq!(inventory.reserved_roles(Some(SANDBOX)).len(), 1);
}

#[test]
fn a_user_is_assigned_through_its_groups_too() {
    let inventory = world();
    assert_eq!(names(inventory.roles_assigned_to(&group("g-1"))), Some(vec![ROLES[0].2]));
    assert_eq!(names(inventory.roles_assigned_to(&user("u-1"))), Some(vec![ROLES[0].2, ROLES[2].2]));
    assert_eq!(names(inventory.roles_assigned_to(&user("u-2"))), Some(vec![]));
}

#[test]
fn without_the_file_nothing_is_known_and_nothing_is_missing() {
    let inventory = organization();
    assert_eq!(inventory.identity_center(), None);
    assert_eq!(inventory.permission_set_roles(ADMIN, None), None);
    assert_eq!(inventory.roles_assigned_to(&user("u-1")), None);
    assert_eq!(gaps(&inventory), Vec::<String>::new());
}

/// A part that is taken for empty would hide who is affected.
#[test]
fn a_missing_part_is_unknown_and_told() {
    assert_eq!(gaps(&world()), Vec::<String>::new());
    for part in [
        "Instances",
        "PermissionSets",
        "AccountAssignments",
        "Groups",
        "GroupMemberships",
        "InstanceAccessControlAttributeConfiguration",
    ] {
        let text = CENTER.replace(&format!("\"{part}\":"), "\"Elsewhere\":");
        let inventory = world().with_identity_center(&text).expect("read");
        assert!(gaps(&inventory).contains(&format!("`{part}` is missing")), "{:?}", gaps(&inventory));
        let needed = ["PermissionSets", "AccountAssignments", "GroupMemberships"].contains(&part);
        assert_eq!(inventory.roles_assigned_to(&user("u-1")).is_none(), needed, "{part}");
    }
    for part in ["ManagedPolicies", "CustomerManagedPolicyReferences", "InlinePolicy", "PermissionsBoundary"]
    {
        let text = CENTER.replacen(&format!("\"{part}\":"), "\"Elsewhere\":", 1);
        let inventory = world().with_identity_center(&text).expect("read");
        assert_eq!(gaps(&inventory), [format!("`{part}` of permission set `{ADMIN}` is missing")]);
    }
}

/// What a persona matches by.
#[test]
fn a_role_is_assigned_to_groups_with_their_names() {
    let inventory = world();
    let groups = |inventory: &Inventory, index: usize| -> Result<Vec<(String, Option<String>)>, String> {
        let (account, path, name) = ROLES[index];
        let role = inventory.principal(&format!("arn:aws:iam::{account}:role{path}{name}")).expect("a role");
        let groups = inventory.groups_of_role(role)?.into_iter();
        Ok(groups.map(|(id, name)| (id.to_owned(), name.map(str::to_owned))).collect())
    };
    let of_g_1 = |name: Option<&str>| vec![("g-1".to_owned(), name.map(str::to_owned))];
    assert_eq!(groups(&inventory, 0), Ok(of_g_1(Some("administrators"))));
    // Of another set of the account; assigned to a user; of no set at all.
    for none in [1, 2, 3] {
        assert_eq!(groups(&inventory, none), Ok(Vec::new()));
    }
    let without = |part: &str| {
        let text = CENTER.replace(&format!("\"{part}\":"), "\"Elsewhere\":");
        world().with_identity_center(&text).expect("read")
    };
    assert_eq!(groups(&without("Groups"), 0), Ok(of_g_1(None)));
    for part in ["PermissionSets", "AccountAssignments"] {
        let unknown = groups(&without(part), 0).expect_err(part);
        assert!(
            unknown.contains(&format!("`{part}` of Identity Center is not in the inventory")),
            "{unknown}"
        );
    }
    let error = groups(&organization_with_roles(), 0).expect_err("nothing is known");
    assert!(error.ends_with("the inventory does not tell of Identity Center"), "{error}");
}

#[test]
fn an_assignment_of_an_unknown_set_is_not_taken_for_none() {
    let mut inventory = world();
    assert!(inventory.delete_permission_set(AUDIT));
    assert_eq!(inventory.roles_assigned_to(&user("u-1")), None);
    assert_eq!(gaps(&inventory), [format!("permission set `{AUDIT}` is assigned, and missing")]);
}

#[test]
fn a_set_that_is_there_twice_is_refused() {
    let text = CENTER.replace("/ps-audit\", \"Name\"", "/ps-admin\", \"Name\"");
    let error = organization().with_identity_center(&text).expect_err("twice").to_string();
    assert!(error.contains("as `PermissionSets[0]` and as `PermissionSets[1]`"), "{error}");
    assert!(error.contains(ADMIN), "{error}");
}

#[test]
fn provisioning_makes_the_roles_what_the_set_says() {
    let mut inventory = world();
    assert!(inventory.provision_permission_set(ADMIN, Some(MEMBER)));
    assert!(!inventory.provision_permission_set(ADMIN, None), "it is what the set says already");
    let role = inventory.permission_set_roles(ADMIN, None).expect("known")[0].clone();
    let attached: Vec<_> = role.attached.iter().map(String::as_str).collect();
    assert_eq!(attached, ["arn:aws:iam::111122223333:policy/team/Own", VIEW]);
    assert_eq!(role.inline.keys().collect::<Vec<_>>(), ["AwsSSOInlinePolicy"]);
    assert_eq!(role.boundary, None);

    assert!(inventory.provision_permission_set(AUDIT, Some(SANDBOX)));
    let roles = inventory.permission_set_roles(AUDIT, None).expect("known");
    let boundaries: Vec<_> = roles.iter().map(|role| role.boundary.as_deref()).collect();
    assert_eq!(boundaries, [None, Some("arn:aws:iam::444455556666:policy/Bound")]);
}

#[test]
fn what_is_not_known_of_the_set_is_not_known_of_its_roles() {
    let mut inventory = world();
    let set =
        PermissionSet { arn: ADMIN.to_owned(), name: Some("Admin".to_owned()), ..PermissionSet::default() };
    assert!(inventory.create_permission_set(set));
    assert!(inventory.provision_permission_set(ADMIN, None));
    let role = inventory.permission_set_roles(ADMIN, None).expect("known")[0];
    let layers = inventory.layers(role);
    assert_eq!(layers.identity.len(), 3);
    assert!(layers.identity.iter().chain(&layers.boundary).all(|policy| policy.policy.document().is_err()));
    assert!(layers.boundary.is_some());
}

/// Until it is provisioned again, a set's change changes no role.
#[test]
fn a_changed_set_changes_its_roles_when_it_is_provisioned() {
    let mut inventory = world();
    assert!(inventory.provision_permission_set(ADMIN, None));
    let own = SetPolicy::Customer(CustomerPolicy { path: "/team/".to_owned(), name: "Own".to_owned() });
    assert!(inventory.detach_from_permission_set(ADMIN, &own));
    assert!(!inventory.detach_from_permission_set(ADMIN, &own));
    assert!(!inventory.attach_to_permission_set(ADMIN, &SetPolicy::Aws(VIEW.to_owned())));
    assert!(
        inventory
            .attach_to_permission_set(ADMIN, &SetPolicy::Aws("arn:aws:iam::aws:policy/Other".to_owned()))
    );
    assert!(inventory.set_permission_set_inline(ADMIN, None));
    assert!(!inventory.set_permission_set_inline(ADMIN, None));
    assert!(inventory.set_permission_set_boundary(ADMIN, Some(SetPolicy::Aws(VIEW.to_owned()))));
    let role = |inventory: &Inventory| inventory.permission_set_roles(ADMIN, None).expect("known")[0].clone();
    assert_eq!(role(&inventory).inline.len(), 1);

    assert!(inventory.provision_permission_set(ADMIN, None));
    let role = role(&inventory);
    assert_eq!(role.inline.len(), 0);
    assert_eq!(role.attached.len(), 2);
    assert_eq!(role.boundary.as_deref(), Some(VIEW));
}

#[test]
fn changes_and_their_opposites_give_back_what_was() {
    let before = world();
    let mut after = before.clone();
    let assignment =
        Assignment { account: SANDBOX.to_owned(), permission_set: ADMIN.to_owned(), principal: group("g-2") };
    assert!(after.assign(assignment.clone()));
    assert!(!after.assign(assignment.clone()));
    assert!(after.join_identity_group("m-2", "g-2", "u-2"));
    assert!(!after.join_identity_group("m-3", "g-2", "u-2"), "the user is in it");
    assert!(after.join_identity_group("m-4", "g-2", "u-3"));
    assert!(after.set_access_key(MEMBER, "ana", "AKIAEXAMPLE", true));
    assert!(!after.set_access_key(MEMBER, "ana", "AKIAEXAMPLE", true));
    assert!(after.set_access_key(MEMBER, "ana", "AKIAEXAMPLE", false));
    assert_ne!(before, after);

    assert!(after.unassign(&assignment));
    assert!(!after.unassign(&assignment));
    assert!(after.leave_identity_group(MembershipKey::Id("m-2")));
    assert!(after.leave_identity_group(MembershipKey::Of { group: "g-2", user: "u-3" }));
    assert!(!after.leave_identity_group(MembershipKey::Id("m-2")));
    assert!(after.delete_access_key(MEMBER, "ana", "AKIAEXAMPLE"));
    assert!(!after.delete_access_key(MEMBER, "ana", "AKIAEXAMPLE"));
    assert_eq!(before, after);
}

#[test]
fn what_is_not_known_is_not_changed() {
    let mut inventory = organization();
    assert!(!inventory.create_permission_set(PermissionSet::default()));
    assert!(!inventory.set_permission_set_inline(ADMIN, Some(Policy::unknown("x"))));
    assert!(!inventory.provision_permission_set(ADMIN, None));
    assert!(!inventory.join_identity_group("m-1", "g-1", "u-1"));
    assert!(!inventory.set_access_key(MEMBER, "nobody", "AKIAEXAMPLE", true));
    assert_eq!(inventory, organization());
}
