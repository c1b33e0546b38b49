//! Which layers bind a principal; and that what is unknown is in them as unknown.

mod common;

use common::{DETAILS, MANAGEMENT, MEMBER, ORGANIZATION, SANDBOX, organization};
use stanchion_inventory::{Inventory, Principal, PrincipalKind};
use stanchion_policy::{Layers, Level};

fn layers(inventory: &Inventory, kind: PrincipalKind, name: &str) -> Layers {
    inventory.layers(inventory.principal_by_name(MEMBER, kind, name).expect("a principal"))
}

fn names(level: &Level) -> Vec<&str> {
    level.policies.iter().map(|policy| &*policy.name).collect()
}

fn unknowns(levels: &[Level]) -> Vec<String> {
    let policies = levels.iter().flat_map(|level| &level.policies);
    policies.filter_map(|p| p.policy.document().err().map(str::to_owned)).collect()
}

#[test]
fn identity_holds_inline_attached_and_group_policies_by_name() {
    let identity = layers(&organization(), PrincipalKind::User, "ana").identity;
    let names: Vec<_> = identity.iter().map(|policy| &*policy.name).collect();
    assert_eq!(
        names,
        [
            "inline:notes",
            "arn:aws:iam::111122223333:policy/Own",
            "group admins: inline:extra",
            "group admins: arn:aws:iam::aws:policy/View",
        ]
    );
    assert!(identity.iter().all(|policy| policy.policy.document().is_ok()));
}

#[test]
fn scps_are_levels_from_the_root_to_the_account() {
    let scps = layers(&organization(), PrincipalKind::Role, "Deploy").scps;
    let levels: Vec<_> = scps.iter().map(|level| (&*level.name, names(level))).collect();
    assert_eq!(
        levels,
        [
            ("r-ab12", vec!["p-FullAWSAccess"]),
            ("ou-ab12-workloads", vec!["p-FullAWSAccess", "p-noleave01"]),
            ("ou-ab12-prod", vec!["p-FullAWSAccess"]),
            (MEMBER, vec!["p-FullAWSAccess"]),
        ]
    );
    assert_eq!(unknowns(&scps), Vec::<String>::new());
}

#[test]
fn no_scp_binds_service_linked_roles_the_management_account_or_stand_alone_accounts() {
    let inventory = organization();
    let linked = layers(&inventory, PrincipalKind::Role, "AWSServiceRoleForSupport");
    assert_eq!(linked.scps, []);
    assert_eq!(inventory.scps(MANAGEMENT), []);
    assert_eq!(inventory.scps("000011112222"), []);
    let alone = Inventory::from_parts(None, &[(MEMBER, DETAILS)]).expect("an inventory");
    assert_eq!(alone.scps(MEMBER), []);
}

#[test]
fn a_type_that_is_not_enabled_binds_nobody_and_a_pending_one_is_unknown() {
    assert_eq!(organization().rcps(MEMBER), []);
    let pending = ORGANIZATION.replace(r#""Status": "ENABLED""#, r#""Status": "PENDING_DISABLE""#);
    let inventory = Inventory::from_parts(Some(&pending), &[]).expect("an inventory");
    assert_eq!(unknowns(&inventory.scps(MEMBER)).len(), 1);
}

/// A level without policies allows nothing; it must not vanish.
#[test]
fn a_level_without_policies_stays_a_level() {
    let mut inventory = organization();
    assert!(inventory.detach_organization_policy("p-FullAWSAccess", SANDBOX));
    let scps = inventory.scps(SANDBOX);
    assert_eq!(scps.len(), 2);
    assert_eq!(scps[1].policies, []);
}

#[test]
fn a_missing_parent_or_policies_part_is_an_unknown_level() {
    for (from, to) in [
        (r#", "ParentId": "ou-ab12-prod""#, ""),
        (r#""Policies":"#, r#""Elsewhere":"#),
        (r#""Accounts":"#, r#""Elsewhere":"#),
        (r#""MasterAccountId""#, r#""Elsewhere""#),
        (r#""Roots":"#, r#""Elsewhere":"#),
    ] {
        let text = ORGANIZATION.replace(from, to);
        assert_ne!(text, ORGANIZATION, "{from}");
        let inventory = Inventory::from_parts(Some(&text), &[]).expect("an inventory");
        assert!(!unknowns(&inventory.scps(MEMBER)).is_empty(), "{from}");
        assert!(!inventory.gaps().is_empty(), "{from}");
    }
}

#[test]
fn a_dangling_parent_is_an_unknown_level_above_the_known_ones() {
    let text = ORGANIZATION.replace(
        r#""Name": "Workloads", "ParentId": "r-ab12""#,
        r#""Name": "Workloads", "ParentId": "ou-ab12-gone""#,
    );
    let inventory = Inventory::from_parts(Some(&text), &[]).expect("an inventory");
    let scps = inventory.scps(MEMBER);
    assert!(scps[0].policies[0].policy.document().is_err());
    assert_eq!(names(&scps[scps.len() - 3]), ["p-FullAWSAccess", "p-noleave01"]);
    assert_eq!(inventory.organization_path(MEMBER), None);
}

#[test]
fn documents_that_are_absent_are_unknown_and_name_the_policy() {
    let without = DETAILS.replace(r#""Policies": ["#, r#""Elsewhere": ["#);
    let inventory = Inventory::from_parts(None, &[(MEMBER, &without)]).expect("an inventory");
    let ben = layers(&inventory, PrincipalKind::User, "ben");
    let boundary = ben.boundary.expect("ben has a boundary");
    let reason = boundary.policy.document().expect_err("the document is absent");
    assert!(reason.contains("arn:aws:iam::111122223333:policy/Own"), "{reason}");

    let without = DETAILS.replace(r#""GroupDetailList": ["#, r#""Elsewhere": ["#);
    let inventory = Inventory::from_parts(None, &[(MEMBER, &without)]).expect("an inventory");
    let ana = layers(&inventory, PrincipalKind::User, "ana").identity;
    assert!(ana.iter().any(|p| &*p.name == "group admins" && p.policy.document().is_err()));
}

/// AWS's own policies are the same everywhere, and details list only those that are attached.
#[test]
fn an_aws_managed_document_is_found_in_another_account() {
    let mut inventory = organization();
    let arn = "arn:aws:iam::444455556666:role/New";
    let role = Principal::new(PrincipalKind::Role, SANDBOX, arn, "/", "New");
    assert!(inventory.create_principal(role));
    let entity = stanchion_inventory::Entity::new(stanchion_inventory::EntityKind::Role, SANDBOX, "New");
    assert!(inventory.attach_policy(&entity, "arn:aws:iam::aws:policy/View"));
    assert!(inventory.attach_policy(&entity, "arn:aws:iam::aws:policy/Other"));
    let role = inventory.principal(arn).expect("the new role");
    let known: Vec<_> = inventory.layers(role).identity.iter().map(|p| p.policy.document().is_ok()).collect();
    assert_eq!(known, [false, true]);
}

#[test]
fn a_policy_whose_targets_are_missing_may_be_at_any_level() {
    let text = ORGANIZATION.replace(r#""TargetIds": ["ou-ab12-workloads"]"#, r#""Elsewhere": 1"#);
    let inventory = Inventory::from_parts(Some(&text), &[]).expect("an inventory");
    let scps = inventory.scps(MEMBER);
    assert_eq!(unknowns(&scps).len(), scps.len());
}
