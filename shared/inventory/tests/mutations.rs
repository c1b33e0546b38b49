//! Changes of an inventory, and that the ways back from policies to principals follow them.

mod common;

use common::{MEMBER, SANDBOX, organization};
use stanchion_inventory::{
    Entity, EntityKind, Inventory, MemberAccount, OrganizationalUnit, PrincipalKind, SCP,
};
use stanchion_policy::Policy;

const OWN: &str = "arn:aws:iam::111122223333:policy/Own";
const VIEW: &str = "arn:aws:iam::aws:policy/View";

fn entity(kind: EntityKind, name: &str) -> Entity {
    Entity::new(kind, MEMBER, name)
}

fn holders(inventory: &Inventory, arn: &str) -> (Vec<String>, Vec<String>) {
    let found = inventory.attached_to(arn);
    let names = |list: Vec<&stanchion_inventory::Principal>| list.iter().map(|p| p.name.clone()).collect();
    (names(found.as_policy), names(found.as_boundary))
}

fn pair(policy: &[&str], boundary: &[&str]) -> (Vec<String>, Vec<String>) {
    let own = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect();
    (own(policy), own(boundary))
}

#[test]
fn attachments_are_found_through_groups_and_as_boundary_after_each_change() {
    let mut inventory = organization();
    assert_eq!(holders(&inventory, VIEW), pair(&["Deploy", "ana"], &[]));
    assert_eq!(holders(&inventory, OWN), pair(&["ana"], &["ben"]));

    assert!(inventory.add_to_group(MEMBER, "ben", "admins"));
    assert_eq!(holders(&inventory, VIEW), pair(&["Deploy", "ben", "ana"], &[]));
    assert!(inventory.detach_policy(&entity(EntityKind::Group, "admins"), VIEW));
    assert_eq!(holders(&inventory, VIEW), pair(&["Deploy"], &[]));
    assert!(inventory.set_boundary(&entity(EntityKind::Role, "Deploy"), Some(OWN)));
    assert_eq!(holders(&inventory, OWN), pair(&["ana"], &["Deploy", "ben"]));
    assert!(inventory.delete(&entity(EntityKind::User, "ben")));
    assert_eq!(holders(&inventory, OWN), pair(&["ana"], &["Deploy"]));
}

#[test]
fn changing_a_clone_leaves_the_original_alone() {
    let before = organization();
    let mut after = before.clone();
    assert!(after.attach_policy(&entity(EntityKind::Role, "Deploy"), OWN));
    assert!(after.move_account(MEMBER, "r-ab12"));
    assert_ne!(before, after);
    assert!(after.detach_policy(&entity(EntityKind::Role, "Deploy"), OWN));
    assert!(after.move_account(MEMBER, "ou-ab12-prod"));
    assert_eq!(before, after);
}

#[test]
fn what_is_not_there_is_not_changed() {
    let mut inventory = organization();
    let nobody = entity(EntityKind::Role, "Nobody");
    assert!(!inventory.attach_policy(&nobody, OWN));
    assert!(!inventory.attach_policy(&Entity::new(EntityKind::Role, "000011112222", "R"), OWN));
    assert!(!inventory.detach_policy(&entity(EntityKind::Role, "Deploy"), OWN));
    assert!(!inventory.set_trust_policy(MEMBER, "Nobody", Policy::unknown("x")));
    assert!(!inventory.move_account("000011112222", "r-ab12"));
    assert_eq!(inventory, organization());
}

#[test]
fn a_version_in_force_without_its_document_is_unknown() {
    let mut inventory = organization();
    let document = |inventory: &Inventory| {
        let ana = inventory.principal_by_name(MEMBER, PrincipalKind::User, "ana").cloned();
        inventory.layers(&ana.expect("a user")).identity[1].policy.clone()
    };
    assert!(inventory.set_default_version(OWN, "v1"));
    assert_eq!(document(&inventory).document().map(|d| d.statements.len()), Ok(1));
    assert!(inventory.set_default_version(OWN, "v9"));
    assert!(document(&inventory).document().is_err());
    assert!(inventory.create_policy_version(OWN, "v9", Policy::parse(r#"{"Statement":[]}"#), true));
    assert!(document(&inventory).document().is_ok());
}

#[test]
fn renaming_keeps_ids_and_memberships() {
    let mut inventory = organization();
    assert!(inventory.rename(&entity(EntityKind::User, "ana"), Some("ann"), Some("/")));
    let ann = inventory.principal("arn:aws:iam::111122223333:user/ann").expect("renamed");
    assert_eq!(ann.unique_id, "AIDAEXAMPLEANA");
    assert!(inventory.rename(&entity(EntityKind::Group, "admins"), Some("owners"), None));
    let members: Vec<_> =
        inventory.group_members(MEMBER, "owners").iter().map(|user| user.name.clone()).collect();
    assert_eq!(members, ["ann"]);
}

/// ORG: every new OU and account gets FullAWSAccess while SCPs are enabled; without it an account
/// that was just created would seem to be allowed nothing.
#[test]
fn new_units_and_accounts_get_full_aws_access() {
    let mut inventory = organization();
    let unit = OrganizationalUnit { name: "New".to_owned(), parent: Some("r-ab12".to_owned()) };
    assert!(inventory.create_unit("ou-ab12-new", unit));
    let parent = Some("ou-ab12-new".to_owned());
    assert!(inventory.add_account("777788889999", MemberAccount { parent, ..MemberAccount::default() }));
    let scps = inventory.scps("777788889999");
    assert_eq!(scps.len(), 3);
    assert!(scps.iter().all(|level| level.policies.len() == 1));
}

#[test]
fn disabling_scps_detaches_them_for_good() {
    let mut inventory = organization();
    assert!(inventory.set_policy_type("r-ab12", SCP, false));
    assert_eq!(inventory.scps(MEMBER), []);
    assert!(inventory.set_policy_type("r-ab12", SCP, true));
    let scps = inventory.scps(MEMBER);
    assert_eq!(scps.len(), 4);
    assert!(scps.iter().all(|level| &*level.policies[0].name == "p-FullAWSAccess"));
    assert_eq!(scps[1].policies.len(), 1, "p-noleave01 does not come back");
}

#[test]
fn an_account_that_leaves_stands_alone() {
    let mut inventory = organization();
    assert!(inventory.remove_account(SANDBOX));
    assert!(!inventory.is_member(SANDBOX));
    assert_eq!(inventory.scps(SANDBOX), []);
    assert_eq!(inventory.principals_of(SANDBOX).count(), 0);
}
