//! Every effect there is, on many inventories: undoing it gives the inventory back, as far as the event
//! tells enough; where it does not, undoing says so.

mod common;

use common::{DETAILS, PROD, organization, without_identity_center};
use proptest::prelude::*;
use stanchion_changes::{Applied, Before, Effect, apply, undo_effect};
use stanchion_inventory::{
    AssignedPrincipal, Assignment, CustomerPolicy, Entity, EntityKind, Group, Inventory, ManagedPolicy,
    OrganizationPolicy, PermissionSet, Principal, PrincipalKind, RCP, SCP, SetPolicy,
};
use stanchion_policy::Policy;

/// What an event tells of what was before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tells {
    /// All: undoing gives the very inventory.
    All,
    /// That it was one of several.
    OneOf,
    /// Nothing: what it wrote over, or deleted, is lost.
    Nothing,
}

/// One line for each kind of effect; the compiler asks for a line when there is a new one.
fn tells(effect: &Effect) -> Tells {
    match effect {
        Effect::None
        | Effect::Attach { .. }
        | Effect::Detach { .. }
        | Effect::JoinGroup { .. }
        | Effect::LeaveGroup { .. }
        | Effect::JoinProfile { .. }
        | Effect::LeaveProfile { .. }
        | Effect::CreatePrincipal(_)
        | Effect::CreateGroup { .. }
        | Effect::Rename { path: None, .. }
        | Effect::CreatePolicy(_)
        | Effect::CreateVersion { default: false, .. }
        | Effect::AttachOrganizationPolicy { .. }
        | Effect::DetachOrganizationPolicy { .. }
        | Effect::CreateOrganizationPolicy { .. }
        | Effect::SetPolicyType { enabled: true, .. }
        | Effect::MoveAccount { .. }
        | Effect::AddAccount { .. }
        | Effect::CreateUnit { .. }
        | Effect::CreateAccessKey { .. }
        | Effect::CreatePermissionSet(_)
        | Effect::AttachToSet { .. }
        | Effect::DetachFromSet { .. }
        | Effect::Assign(_)
        | Effect::Unassign(_)
        | Effect::JoinIdentityGroup { .. } => Tells::All,
        // Any version may have been in force.
        Effect::CreateVersion { default: true, .. } | Effect::SetDefaultVersion { .. } => Tells::OneOf,
        // These may have written over something.
        Effect::PutInline { .. }
        | Effect::SetBoundary { .. }
        | Effect::SetTrust { .. }
        | Effect::Tag { .. }
        | Effect::Rename { path: Some(_), .. }
        | Effect::UpdateOrganizationPolicy { .. }
        | Effect::SetAccountStatus { .. }
        | Effect::TagAccount { .. }
        | Effect::RenameUnit { .. }
        | Effect::SetAccessKey { .. }
        | Effect::SetSetInline { .. }
        | Effect::SetSetBoundary { .. }
        | Effect::Provision { .. }
        | Effect::SetAccessControlAttributes { .. }
        // These took something away that the event does not hold.
        | Effect::DeleteInline { .. }
        | Effect::Untag { .. }
        | Effect::Delete(_)
        | Effect::DeletePolicy { .. }
        | Effect::DeleteVersion { .. }
        | Effect::DeleteOrganizationPolicy { .. }
        | Effect::SetPolicyType { enabled: false, .. }
        | Effect::RemoveAccount { .. }
        | Effect::UntagAccount { .. }
        | Effect::DeleteUnit { .. }
        | Effect::DeleteAccessKey { .. }
        | Effect::DeletePermissionSet { .. }
        | Effect::EndMembership { .. }
        | Effect::LeaveIdentityGroup { .. }
        | Effect::DeleteIdentityGroup { .. }
        | Effect::DeleteIdentityUser { .. }
        | Effect::Unknown(_) => Tells::Nothing,
    }
}

/// Whether AWS would not refuse it: what is made is new, and what it needs is there.
fn possible(effect: &Effect, inventory: &Inventory) -> bool {
    let organization = inventory.organization();
    let center = inventory.identity_center();
    let policy = |arn: &str| inventory.managed_policy(PROD, arn);
    let exists = |entity: &Entity| match entity.kind {
        EntityKind::Group => inventory.group(&entity.account, &entity.name).is_some(),
        EntityKind::User | EntityKind::Role => inventory.principal_of(entity).is_some(),
    };
    let enabled = |kind: &str| {
        let roots = organization.and_then(|o| o.roots.as_ref()).into_iter().flatten();
        roots.filter_map(|(_, root)| root.policy_types.as_ref()).any(|types| types.contains_key(kind))
    };
    let node = |id: &str| {
        let (roots, units, accounts) = match organization {
            Some(it) => (it.roots.as_ref(), it.units.as_ref(), it.accounts.as_ref()),
            None => return false,
        };
        roots.is_some_and(|roots| roots.contains_key(id))
            || units.is_some_and(|units| units.contains_key(id))
            || accounts.is_some_and(|accounts| accounts.contains_key(id))
    };
    match effect {
        Effect::JoinGroup { account, group, .. } => exists(&Entity::new(EntityKind::Group, account, group)),
        Effect::CreatePrincipal(made) => {
            inventory.principal_by_name(&made.account, made.kind, &made.name).is_none()
        }
        Effect::CreateGroup { account, group } => {
            !exists(&Entity::new(EntityKind::Group, account, &group.name))
        }
        Effect::Delete(entity) => {
            entity.kind != EntityKind::Group
                || inventory.group_members(&entity.account, &entity.name).is_empty()
        }
        Effect::Rename { entity, name: Some(name), .. } => {
            !exists(&Entity::new(entity.kind, entity.account.as_str(), name))
        }
        Effect::CreatePolicy(made) => policy(&made.arn).is_none(),
        Effect::CreateVersion { arn, version, .. } => {
            policy(arn).is_some_and(|policy| !policy.versions.contains_key(version))
        }
        Effect::SetDefaultVersion { arn, version } => {
            policy(arn).is_some_and(|policy| policy.versions.contains_key(version))
        }
        Effect::DeleteVersion { arn, version } => {
            policy(arn).is_some_and(|policy| policy.default_version.as_ref() != Some(version))
        }
        Effect::AttachOrganizationPolicy { policy, target } => {
            let policies = organization.and_then(|organization| organization.policies.as_ref());
            let kind = policies.and_then(|policies| policies.get(policy)).map(|policy| &policy.kind);
            node(target) && kind.is_some_and(|kind| enabled(kind))
        }
        Effect::CreateOrganizationPolicy { id, .. } => {
            let policies = organization.and_then(|organization| organization.policies.as_ref());
            policies.is_some_and(|policies| !policies.contains_key(id))
        }
        Effect::DeleteOrganizationPolicy { id } => {
            organization.and_then(|o| o.targets(id)).is_none_or(|targets| targets.is_empty())
        }
        Effect::SetPolicyType { kind, enabled: true, .. } => !enabled(kind),
        Effect::CreateUnit { parent, .. } => node(parent) && !parent.starts_with(char::is_numeric),
        Effect::MoveAccount { account, from, to } => {
            let accounts = organization.and_then(|organization| organization.accounts.as_ref());
            accounts.and_then(|all| all.get(account)).is_some_and(|it| it.parent.as_ref() == Some(from))
                && node(to)
        }
        Effect::DeleteUnit { id } => inventory.accounts_under(id).is_empty(),
        Effect::CreateAccessKey { user, key, .. } => {
            let user = inventory.principal_by_name(PROD, PrincipalKind::User, user);
            user.is_some_and(|user| !user.access_keys.contains_key(key))
        }
        Effect::CreatePermissionSet(set) => {
            center.is_some_and(|center| center.permission_set(&set.arn).is_none())
        }
        Effect::JoinIdentityGroup { membership, .. } => {
            let memberships = center.and_then(|center| center.memberships.as_ref());
            memberships.is_some_and(|memberships| !memberships.contains_key(membership))
        }
        _ => true,
    }
}

const OWN: &str = "arn:aws:iam::111122223333:policy/Own";
const SET: &str = "arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-1111aaaa2222bbbb";
const GROUP: &str = "b2f5e4d4-10a1-70c8-2c53-6d7a8b9c0d1e";
const USER: &str = "c2e5f4a4-2071-7011-8d35-1f2e3d4c5b6a";

fn of(choices: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(choices).prop_map(str::to_owned)
}

fn account() -> impl Strategy<Value = String> {
    of(&[PROD, PROD, PROD, "444455556666", "777788889999"])
}

fn user() -> impl Strategy<Value = String> {
    of(&["ana", "ben", "cy"])
}

fn role() -> impl Strategy<Value = String> {
    of(&["Deploy", "Staff", "AWSReservedSSO_Operators_0123456789abcdef", "New"])
}

fn group() -> impl Strategy<Value = String> {
    of(&["admins", "others"])
}

fn entity() -> impl Strategy<Value = Entity> {
    prop_oneof![
        user().prop_map(|name| Entity::new(EntityKind::User, PROD, name)),
        role().prop_map(|name| Entity::new(EntityKind::Role, PROD, name)),
        group().prop_map(|name| Entity::new(EntityKind::Group, PROD, name)),
    ]
}

fn arn() -> impl Strategy<Value = String> {
    of(&[OWN, "arn:aws:iam::111122223333:policy/New", "arn:aws:iam::aws:policy/ReadOnlyAccess"])
}

fn version() -> impl Strategy<Value = String> {
    of(&["v1", "v2", "v3"])
}

fn document() -> impl Strategy<Value = Policy> {
    of(&["s3:*", "cloudtrail:*", "*"]).prop_map(|action| {
        Policy::parse(&format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
        ))
    })
}

fn tags() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((of(&["team", "stage"]), of(&["a", "b"])), 1..3)
}

fn node() -> impl Strategy<Value = String> {
    of(&["r-ab12", "ou-ab12-workloads", "ou-ab12-prod00001", "ou-ab12-new00001", PROD, "777788889999"])
}

fn unit() -> impl Strategy<Value = String> {
    of(&["ou-ab12-prod00001", "ou-ab12-new00001"])
}

fn organization_policy() -> impl Strategy<Value = String> {
    of(&["p-FullAWSAccess", "p-noleave01", "p-backup001", "p-new00001"])
}

fn set() -> impl Strategy<Value = String> {
    of(&[SET, "arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-5555eeee6666ffff"])
}

fn set_policy() -> impl Strategy<Value = SetPolicy> {
    prop_oneof![
        arn().prop_map(SetPolicy::Aws),
        of(&["Own", "Other"])
            .prop_map(|name| SetPolicy::Customer(CustomerPolicy { path: "/".to_owned(), name })),
    ]
}

fn assignment() -> impl Strategy<Value = Assignment> {
    let principal = prop_oneof![
        Just(AssignedPrincipal::Group(GROUP.to_owned())),
        Just(AssignedPrincipal::User(USER.to_owned())),
    ];
    (account(), set(), principal).prop_map(|(account, permission_set, principal)| Assignment {
        account,
        permission_set,
        principal,
    })
}

fn principal() -> impl Strategy<Value = Principal> {
    let made = |kind, word: &str, name: &str| {
        let mut made = Principal::new(kind, PROD, &format!("arn:aws:iam::{PROD}:{word}/{name}"), "/", name);
        made.unique_id = format!("ID-OF-{name}");
        made
    };
    prop_oneof![
        user().prop_map(move |name| made(PrincipalKind::User, "user", &name)),
        role().prop_map(move |name| made(PrincipalKind::Role, "role", &name)),
    ]
}

/// Effects of every kind, most of them on what the fixture has.
fn effect() -> impl Strategy<Value = Effect> {
    prop_oneof![of_principals(), of_policies(), of_the_organization(), of_identity_center()]
}

fn of_principals() -> impl Strategy<Value = Effect> {
    let prod = || PROD.to_owned();
    prop_oneof![
        Just(Effect::None),
        Just(Effect::Unknown("not told".to_owned())),
        (entity(), arn()).prop_map(|(to, policy)| Effect::Attach { to, policy }),
        (entity(), arn()).prop_map(|(from, policy)| Effect::Detach { from, policy }),
        (entity(), of(&["p", "q"]), document()).prop_map(|(entity, name, document)| Effect::PutInline {
            entity,
            name,
            document
        }),
        (entity(), of(&["p", "q"])).prop_map(|(entity, name)| Effect::DeleteInline { entity, name }),
        (entity(), prop::option::of(arn()))
            .prop_map(|(entity, policy)| Effect::SetBoundary { entity, policy }),
        (role(), document()).prop_map(move |(role, document)| Effect::SetTrust {
            account: prod(),
            role,
            document
        }),
        (entity(), tags()).prop_map(|(entity, tags)| Effect::Tag { entity, tags }),
        (entity(), of(&["team", "stage"]))
            .prop_map(|(entity, key)| Effect::Untag { entity, keys: vec![key] }),
        (user(), group()).prop_map(move |(user, group)| Effect::JoinGroup { account: prod(), user, group }),
        (user(), group()).prop_map(move |(user, group)| Effect::LeaveGroup { account: prod(), user, group }),
        role().prop_map(move |role| Effect::JoinProfile { account: prod(), role, profile: "web".to_owned() }),
        role().prop_map(move |role| Effect::LeaveProfile {
            account: prod(),
            role,
            profile: "web".to_owned()
        }),
        principal().prop_map(|made| Effect::CreatePrincipal(Box::new(made))),
        group().prop_map(move |name| {
            let arn = format!("arn:aws:iam::{PROD}:group/{name}");
            Effect::CreateGroup { account: prod(), group: Group { name, arn, ..Group::default() } }
        }),
        entity().prop_map(Effect::Delete),
        (entity(), of(&["renamed", "others"]), prop::option::of(of(&["/", "/x/"])))
            .prop_map(|(entity, name, path)| Effect::Rename { entity, name: Some(name), path }),
        (user(), of(&["AKIA1", "AKIA2"])).prop_map(move |(user, key)| Effect::CreateAccessKey {
            account: prod(),
            user,
            key
        }),
        (user(), of(&["AKIA1", "AKIA2"]), any::<bool>()).prop_map(move |(user, key, active)| {
            Effect::SetAccessKey { account: prod(), user, key, active }
        }),
        (user(), of(&["AKIA1", "AKIA2"])).prop_map(move |(user, key)| Effect::DeleteAccessKey {
            account: prod(),
            user,
            key
        }),
    ]
}

fn of_policies() -> impl Strategy<Value = Effect> {
    prop_oneof![
        (arn(), document()).prop_map(|(arn, document)| {
            Effect::CreatePolicy(ManagedPolicy {
                arn: arn.into(),
                name: "New".to_owned(),
                id: None,
                default_version: Some("v1".to_owned()),
                versions: [("v1".to_owned(), document)].into(),
            })
        }),
        arn().prop_map(|arn| Effect::DeletePolicy { arn }),
        (arn(), version(), document(), any::<bool>()).prop_map(|(arn, version, document, default)| {
            Effect::CreateVersion { arn, version, document, default }
        }),
        (arn(), version()).prop_map(|(arn, version)| Effect::SetDefaultVersion { arn, version }),
        (arn(), version()).prop_map(|(arn, version)| Effect::DeleteVersion { arn, version }),
    ]
}

fn of_the_organization() -> impl Strategy<Value = Effect> {
    let text =
        || of(&[r#"{"Statement":[]}"#, r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#]);
    prop_oneof![
        (organization_policy(), node())
            .prop_map(|(policy, target)| Effect::AttachOrganizationPolicy { policy, target }),
        (organization_policy(), node())
            .prop_map(|(policy, target)| Effect::DetachOrganizationPolicy { policy, target }),
        (organization_policy(), text()).prop_map(|(id, content)| {
            let policy = OrganizationPolicy::new("New", SCP, Some(&content));
            Effect::CreateOrganizationPolicy { id, policy }
        }),
        (organization_policy(), text())
            .prop_map(|(id, content)| Effect::UpdateOrganizationPolicy { id, content }),
        organization_policy().prop_map(|id| Effect::DeleteOrganizationPolicy { id }),
        (of(&[SCP, RCP, "TAG_POLICY"]), any::<bool>()).prop_map(|(kind, enabled)| Effect::SetPolicyType {
            root: "r-ab12".to_owned(),
            kind,
            enabled
        }),
        (account(), node(), node()).prop_map(|(account, from, to)| Effect::MoveAccount { account, from, to }),
        account().prop_map(|account| Effect::AddAccount { account, name: "new".to_owned() }),
        account().prop_map(|account| Effect::RemoveAccount { account }),
        (account(), of(&["ACTIVE", "SUSPENDED"]))
            .prop_map(|(account, status)| Effect::SetAccountStatus { account, status }),
        (account(), tags()).prop_map(|(account, tags)| Effect::TagAccount { account, tags }),
        account().prop_map(|account| Effect::UntagAccount { account, keys: vec!["team".to_owned()] }),
        (unit(), node()).prop_map(|(id, parent)| Effect::CreateUnit { id, name: "New".to_owned(), parent }),
        unit().prop_map(|id| Effect::DeleteUnit { id }),
        unit().prop_map(|id| Effect::RenameUnit { id, name: "Renamed".to_owned() }),
    ]
}

fn of_identity_center() -> impl Strategy<Value = Effect> {
    let id = || of(&["e2d5c4b4-4091-7033-af57-3b4c5d6e7f8a", "m-2"]);
    let (group, user) = (|| of(&[GROUP, "g-2"]), || of(&[USER, "u-2"]));
    prop_oneof![
        set().prop_map(|arn| {
            let set = PermissionSet { arn, name: Some("New".to_owned()), ..PermissionSet::default() };
            Effect::CreatePermissionSet(Box::new(set))
        }),
        set().prop_map(|set| Effect::DeletePermissionSet { set }),
        (set(), set_policy()).prop_map(|(set, policy)| Effect::AttachToSet { set, policy }),
        (set(), set_policy()).prop_map(|(set, policy)| Effect::DetachFromSet { set, policy }),
        (set(), prop::option::of(document()))
            .prop_map(|(set, document)| Effect::SetSetInline { set, document }),
        (set(), prop::option::of(set_policy()))
            .prop_map(|(set, policy)| Effect::SetSetBoundary { set, policy }),
        (set(), prop::option::of(account())).prop_map(|(set, account)| Effect::Provision { set, account }),
        assignment().prop_map(Effect::Assign),
        assignment().prop_map(Effect::Unassign),
        prop::option::of(of(&["team", "stage"])).prop_map(|key| Effect::SetAccessControlAttributes {
            attributes: key.map(|key| [(key, vec!["${path:title}".to_owned()])].into()),
        }),
        (id(), group(), user()).prop_map(|(membership, group, user)| Effect::JoinIdentityGroup {
            membership,
            group,
            user
        }),
        id().prop_map(|membership| Effect::EndMembership { membership }),
        (group(), user()).prop_map(|(group, user)| Effect::LeaveIdentityGroup { group, user }),
        group().prop_map(|group| Effect::DeleteIdentityGroup { group }),
        user().prop_map(|user| Effect::DeleteIdentityUser { user }),
    ]
}

/// Inventories to begin with.
#[derive(Clone, Copy, Debug)]
enum Beginning {
    Everything,
    WithoutIdentityCenter,
    OneAccountAlone,
}

impl Beginning {
    fn inventory(self) -> Inventory {
        match self {
            Self::Everything => organization(),
            Self::WithoutIdentityCenter => without_identity_center(),
            Self::OneAccountAlone => {
                Inventory::from_parts(None, &[(PROD, DETAILS)]).expect("the fixture is an inventory")
            }
        }
    }
}

fn beginning() -> impl Strategy<Value = Beginning> {
    use Beginning::{Everything, OneAccountAlone, WithoutIdentityCenter};
    prop::sample::select(vec![Everything, Everything, Everything, WithoutIdentityCenter, OneAccountAlone])
}

/// How often each kind of effect changed an inventory.
type Seen = std::collections::BTreeMap<String, usize>;

/// Applies effects one after the other, and undoes each at once.
fn apply_and_undo(mut inventory: Inventory, effects: Vec<Effect>, seen: &mut Seen) -> Result<(), String> {
    for effect in effects.into_iter().filter(|effect| !matches!(effect, Effect::Unknown(_))) {
        let before = inventory.clone();
        if !possible(&effect, &before) || apply(&effect, &mut inventory) != Applied::Changed {
            // What was so already cannot be told from what is new.
            inventory = before;
            continue;
        }
        // Some effects say that they changed something when they wrote the same again.
        if inventory == before {
            continue;
        }
        let name: String = format!("{effect:?}").chars().take_while(char::is_ascii_alphanumeric).collect();
        *seen.entry(name).or_default() += 1;
        let undone = undo_effect(&effect, &inventory);
        let right = match (tells(&effect), &undone) {
            (Tells::All, Before::States(states)) => *states == [before],
            (Tells::OneOf, Before::States(states)) => states.contains(&before),
            (Tells::Nothing, Before::Unknown) => true,
            _ => false,
        };
        if !right {
            let states = match &undone {
                Before::States(states) => states.len().to_string(),
                Before::Unknown => "no".to_owned(),
            };
            return Err(format!("{effect:?} tells {:?}; undone to {states} states", tells(&effect)));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn undoing_gives_back_what_was_before(
        beginning in beginning(),
        effects in prop::collection::vec(effect(), 1..30),
    ) {
        prop_assert_eq!(apply_and_undo(beginning.inventory(), effects, &mut Seen::new()), Ok(()));
    }
}

/// Without this, a kind of effect that never comes about would be tested by nothing.
#[test]
fn every_kind_of_effect_comes_about() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    let mut seen = Seen::new();
    let strategy = prop::collection::vec(effect(), 40);
    for _ in 0..400 {
        let effects = strategy.new_tree(&mut runner).expect("effects").current();
        apply_and_undo(organization(), effects, &mut seen).expect("undone");
    }
    // All but those that change nothing, or nothing that is told.
    let kinds = 56 - 2;
    assert_eq!(seen.len(), kinds, "{seen:?}");
}
