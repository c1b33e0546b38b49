//! Undoing a change gives back what was before it, or says that nobody can know.

mod common;

use common::{PROD, organization};
use proptest::prelude::*;
use stanchion_changes::{Applied, Before, Effect, apply, undo_effect};
use stanchion_inventory::{Entity, EntityKind, Inventory};
use stanchion_policy::Policy;

const OWN: &str = "arn:aws:iam::111122223333:policy/Own";

fn after(effect: &Effect) -> Inventory {
    let mut inventory = organization();
    assert_eq!(apply(effect, &mut inventory), Applied::Changed, "{effect:?}");
    inventory
}

fn entity() -> impl Strategy<Value = Entity> {
    prop_oneof![
        Just(Entity::new(EntityKind::User, PROD, "ana")),
        Just(Entity::new(EntityKind::User, PROD, "ben")),
        Just(Entity::new(EntityKind::Group, PROD, "admins")),
        Just(Entity::new(EntityKind::Role, PROD, "Deploy")),
    ]
}

fn one_of(choices: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(choices).prop_map(str::to_owned)
}

/// Effects whose event tells everything, on things that the fixture has.
fn reversible() -> impl Strategy<Value = Effect> {
    let policy = || one_of(&[OWN, "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/Other"]);
    let user = || one_of(&["ana", "ben"]);
    let group = || one_of(&["admins", "others"]);
    let node = || one_of(&["r-ab12", "ou-ab12-workloads", "ou-ab12-prod00001"]);
    let scp = || one_of(&["p-FullAWSAccess", "p-noleave01"]);
    let account = PROD.to_owned();
    let leaving = account.clone();
    prop_oneof![
        (entity(), policy()).prop_map(|(to, policy)| Effect::Attach { to, policy }),
        (entity(), policy()).prop_map(|(from, policy)| Effect::Detach { from, policy }),
        (user(), group()).prop_map(move |(user, group)| Effect::JoinGroup {
            account: account.clone(),
            user,
            group
        }),
        (user(), group()).prop_map(move |(user, group)| Effect::LeaveGroup {
            account: leaving.clone(),
            user,
            group
        }),
        (scp(), node()).prop_map(|(policy, target)| Effect::AttachOrganizationPolicy { policy, target }),
        (scp(), node()).prop_map(|(policy, target)| Effect::DetachOrganizationPolicy { policy, target }),
    ]
}

/// A move whose `from` is where the account is.
fn moving(inventory: &Inventory, to: &str) -> Effect {
    let accounts = inventory.organization().and_then(|o| o.accounts.as_ref()).expect("accounts");
    let from = accounts[PROD].parent.clone().expect("a parent");
    Effect::MoveAccount { account: PROD.to_owned(), from, to: to.to_owned() }
}

proptest! {
    #[test]
    fn undoing_an_attachment_membership_or_move_gives_the_inventory_back(
        effects in prop::collection::vec(reversible(), 1..8),
        destination in one_of(&["r-ab12", "ou-ab12-workloads", "ou-ab12-prod00001"]),
    ) {
        let mut inventory = organization();
        let moved = moving(&inventory, &destination);
        for effect in effects.into_iter().chain([moved]) {
            let before = inventory.clone();
            // An effect that was there already cannot be told from a new one afterwards.
            if apply(&effect, &mut inventory) == Applied::Changed {
                prop_assert_ne!(&before, &inventory);
                prop_assert_eq!(undo_effect(&effect, &inventory), Before::States(vec![before]));
            }
        }
    }
}

#[test]
fn before_a_new_default_version_any_other_version_may_have_been_in_force() {
    let document = Policy::parse(r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#);
    let created =
        Effect::CreateVersion { arn: OWN.to_owned(), version: "v3".to_owned(), document, default: true };
    let Before::States(states) = undo_effect(&created, &after(&created)) else {
        panic!("two versions are known");
    };
    let defaults: Vec<_> = states
        .iter()
        .map(|state| state.managed_policy(PROD, OWN).and_then(|p| p.default_version.as_deref()))
        .collect();
    assert_eq!(defaults, [Some("v1"), Some("v2")]);
    assert!(states.contains(&organization()));
}

#[test]
fn what_was_written_over_or_deleted_is_unknown() {
    let ana = Entity::new(EntityKind::User, PROD, "ana");
    let policy = Policy::parse(r#"{"Statement":[]}"#);
    for effect in [
        Effect::PutInline { entity: ana.clone(), name: "p".to_owned(), document: policy.clone() },
        Effect::SetBoundary { entity: ana.clone(), policy: Some(OWN.to_owned()) },
        Effect::SetTrust { account: PROD.to_owned(), role: "Deploy".to_owned(), document: policy },
        Effect::Tag { entity: ana.clone(), tags: vec![("team".to_owned(), "x".to_owned())] },
        Effect::Delete(ana),
        Effect::UpdateOrganizationPolicy {
            id: "p-noleave01".to_owned(),
            content: r#"{"Statement":[]}"#.to_owned(),
        },
        Effect::RemoveAccount { account: PROD.to_owned() },
    ] {
        assert_eq!(undo_effect(&effect, &after(&effect)), Before::Unknown, "{effect:?}");
    }
}

/// Its roles change, and nobody can say to what.
#[test]
fn provisioning_a_permission_set_that_the_inventory_lacks_is_unknown() {
    let effect =
        Effect::Provision { set: "arn:aws:sso:::permissionSet/ssoins-1/ps-1".to_owned(), account: None };
    let mut inventory = organization();
    assert!(matches!(apply(&effect, &mut inventory), Applied::Unknown(reason) if reason.contains("ps-1")));
    assert_eq!(inventory, organization());
}

/// An inventory in which the effect is not to be seen is of another moment; what it was before
/// the change cannot be read off it.
#[test]
fn an_effect_that_is_not_there_is_not_undone() {
    let inventory = organization();
    let to = Entity::new(EntityKind::Role, PROD, "Deploy");
    let attach = Effect::Attach { to, policy: "arn:aws:iam::aws:policy/Other".to_owned() };
    assert_eq!(undo_effect(&attach, &inventory), Before::Unknown);
    let set = Effect::SetDefaultVersion { arn: OWN.to_owned(), version: "v1".to_owned() };
    assert_eq!(undo_effect(&set, &inventory), Before::Unknown);
    let moved = moving(&inventory, "r-ab12");
    assert_eq!(undo_effect(&moved, &inventory), Before::Unknown);
}
