//! What an event does to an inventory by itself decides: before it a rule holds (or is broken), and
//! after nothing but its effect it is broken (or holds).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stanchion_changes::{Applied, Effect, apply};
use stanchion_findings::MemoryStore;
use stanchion_inventory::{
    AssignedPrincipal, Assignment, CustomerPolicy, Entity, EntityKind, Inventory, ManagedPolicy, Principal,
    PrincipalKind, SetPolicy,
};
use stanchion_pipeline::{baseline, published};
use stanchion_policy::Policy;
use stanchion_rules::{Evaluator, Rulebook};

use crate::fixture::{DETAILS, PROD, organization};
use crate::sample::{change, changes, told};

const RULEBOOK: &str = "
version: 1
guardrails:
  - { id: trails, title: t, severity: low, scope: { principals: [user, role] }, forbid: [ { Action: cloudtrail:StopLogging } ] }
  - { id: reads, title: t, severity: low, scope: { principals: [user, role] }, forbid: [ { Action: ec2:DescribeInstances } ] }
  - { id: objects, title: t, severity: low, scope: { principals: [user, role] }, forbid: [ { Action: s3:GetObject } ] }
  - { id: uploads, title: t, severity: low, scope: { principals: [user, role] }, forbid: [ { Action: s3:PutObject } ] }
  - { id: tables, title: t, severity: low, scope: { principals: [user, role] }, forbid: [ { Action: dynamodb:GetItem } ] }
  - { id: users, title: t, severity: low, scope: { principals: [user, role] }, forbid: [ { Action: iam:CreateUser } ] }
  - { id: becomes, title: t, severity: low, scope: { principals: [user, role] }, forbid: [ { Action: sts:AssumeRole } ] }
  - { id: leaves, title: t, severity: low, scope: { principals: [root] }, forbid: [ { Action: organizations:LeaveOrganization } ] }
";

/// What an event's own effect comes to.
enum Comes {
    /// This is told, among other things.
    Told(&'static str),
    /// Nothing of it is told until the permission set is provisioned; then this is.
    WhenProvisioned(&'static str),
    /// The inventory changes, and no guardrail's answer depends on it: who holds a role, credentials,
    /// session tags, instance profiles, names of groups, tags and status of accounts.
    NoVerdict,
    /// What the sample is about is in no inventory.
    NotInInventory,
}

use Comes::{NoVerdict, NotInInventory, Told, WhenProvisioned};

const SET: &str = "arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-1111aaaa2222bbbb";
const GROUP: &str = "b2f5e4d4-10a1-70c8-2c53-6d7a8b9c0d1e";
const OWN: &str = "arn:aws:iam::111122223333:policy/Own";
const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn user(name: &str) -> Entity {
    Entity::new(EntityKind::User, PROD, name)
}

fn role(name: &str) -> Entity {
    Entity::new(EntityKind::Role, PROD, name)
}

fn group(name: &str) -> Entity {
    Entity::new(EntityKind::Group, PROD, name)
}

fn allow(action: &str) -> Policy {
    Policy::parse(&json!({"Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}).to_string())
}

/// Allows to stop CloudTrail if a key of the request has this value.
fn allow_if(key: &str, value: &str) -> Policy {
    let condition = json!({"StringEquals": {key: value}});
    let statement = json!({"Effect": "Allow", "Action": "cloudtrail:StopLogging", "Resource": "*",
        "Condition": condition});
    Policy::parse(&json!({"Version": "2012-10-17", "Statement": statement}).to_string())
}

/// Somebody in the sandbox may become any role that lets the sandbox in.
fn sandbox_may_assume(inventory: &mut Inventory) {
    let operators =
        Entity::new(EntityKind::Role, "444455556666", "AWSReservedSSO_Operators_00112233445566aa");
    inventory.put_inline_policy(&operators, "assume", allow("sts:AssumeRole"));
}

fn tagged(inventory: &mut Inventory, entity: &Entity, tag: bool) {
    inventory.put_inline_policy(entity, "tagged", allow_if("aws:PrincipalTag/team", "borealis"));
    if tag {
        inventory.tag(entity, &[("team".to_owned(), "borealis".to_owned())]);
    }
}

fn administrator_without_boundary(inventory: &mut Inventory) {
    inventory.set_boundary(&user("ben"), None);
    inventory.attach_policy(&user("ben"), ADMIN);
}

fn provisioned(inventory: &mut Inventory) {
    inventory.provision_permission_set(SET, None);
}

fn assignment() -> Assignment {
    let principal = AssignedPrincipal::Group(GROUP.to_owned());
    Assignment { account: PROD.to_owned(), permission_set: SET.to_owned(), principal }
}

fn as_it_is(_: &mut Inventory) {}

type Prepare = fn(&mut Inventory);

/// Each change whose effect is modelled: what is there before it, and what its effect comes to.
#[rustfmt::skip]
const EFFECTS: &[(&str, Prepare, Comes)] = &[
    ("iam.AttachUserPolicy", |i| { i.set_boundary(&user("ben"), None); }, Told("opened trails 111122223333:user/ben")),
    ("iam.AttachGroupPolicy", as_it_is, Told("opened trails 111122223333:user/staff/ana")),
    ("iam.AttachRolePolicy", as_it_is, Told("opened trails 111122223333:role/ci/Deploy")),
    ("iam.DetachUserPolicy", |i| { i.set_default_version(OWN, "v1"); }, Told("resolved objects 111122223333:user/staff/ana")),
    ("iam.DetachGroupPolicy", as_it_is, Told("resolved reads 111122223333:user/staff/ana")),
    ("iam.DetachRolePolicy", as_it_is, Told("resolved reads 111122223333:role/ci/Deploy")),
    ("iam.PutUserPolicy", as_it_is, Told("opened tables 111122223333:user/staff/ana")),
    ("iam.PutGroupPolicy", |i| { i.put_inline_policy(&user("ana"), "users", allow("iam:*")); }, Told("resolved users 111122223333:user/staff/ana")),
    ("iam.PutRolePolicy", as_it_is, Told("opened uploads 111122223333:role/ci/Deploy")),
    ("iam.DeleteUserPolicy", |i| { i.put_inline_policy(&user("ana"), "notes", allow("dynamodb:*")); }, Told("resolved tables 111122223333:user/staff/ana")),
    ("iam.DeleteGroupPolicy", |i| { i.put_inline_policy(&group("admins"), "extra", allow("dynamodb:*")); }, Told("resolved tables 111122223333:user/staff/ana")),
    ("iam.DeleteRolePolicy", |i| { i.put_inline_policy(&role("Deploy"), "artifacts", allow("s3:PutObject")); }, Told("resolved uploads 111122223333:role/ci/Deploy")),
    ("iam.PutUserPermissionsBoundary", as_it_is, Told("resolved reads 111122223333:user/staff/ana")),
    ("iam.PutRolePermissionsBoundary", as_it_is, Told("resolved reads 111122223333:role/ci/Deploy")),
    ("iam.DeleteUserPermissionsBoundary", |i| { i.attach_policy(&user("ben"), ADMIN); }, Told("opened trails 111122223333:user/ben")),
    ("iam.DeleteRolePermissionsBoundary", |i| { i.set_boundary(&role("Deploy"), Some(OWN)); }, Told("opened reads 111122223333:role/ci/Deploy")),
    ("iam.UpdateAssumeRolePolicy", sandbox_may_assume, Told("opened becomes 444455556666:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_00112233445566aa")),
    ("iam.CreateRole", sandbox_may_assume, Told("opened becomes 444455556666:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_00112233445566aa")),
    ("iam.CreateServiceLinkedRole", as_it_is, Told("indeterminate trails 111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")),
    ("iam.CreateUser", |i| {
        let anyone = json!({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}});
        i.set_trust_policy(PROD, "Staff", Policy::parse(&anyone.to_string()));
    }, Told("opened becomes 111122223333:user/staff/cy")),
    ("iam.DeleteUser", administrator_without_boundary, Told("resolved trails 111122223333:user/ben")),
    ("iam.DeleteRole", |i| {
        let mut retired = Principal::new(PrincipalKind::Role, PROD, "arn:aws:iam::111122223333:role/Retired", "/", "Retired");
        retired.inline = [("all".to_owned(), allow("cloudtrail:*"))].into();
        i.create_principal(retired);
    }, Told("resolved trails 111122223333:role/Retired")),
    ("iam.UpdateUser", |i| {
        i.set_boundary(&user("ben"), None);
        i.put_inline_policy(&user("ben"), "named", allow_if("aws:username", "benedict"));
    }, Told("opened trails 111122223333:user/benedict")),
    ("iam.UpdateGroup", as_it_is, NoVerdict),
    ("iam.AddUserToGroup", |i| { i.set_boundary(&user("ben"), None); }, Told("opened reads 111122223333:user/ben")),
    ("iam.RemoveUserFromGroup", as_it_is, Told("resolved reads 111122223333:user/staff/ana")),
    ("iam.CreatePolicyVersion", as_it_is, Told("opened users 111122223333:user/staff/ana")),
    ("iam.SetDefaultPolicyVersion", as_it_is, Told("opened objects 111122223333:user/staff/ana")),
    ("iam.TagRole", |i| tagged(i, &role("Deploy"), false), Told("opened trails 111122223333:role/ci/Deploy")),
    ("iam.UntagRole", |i| tagged(i, &role("Deploy"), true), Told("resolved trails 111122223333:role/ci/Deploy")),
    ("iam.TagUser", |i| tagged(i, &user("ana"), false), Told("opened trails 111122223333:user/staff/ana")),
    ("iam.UntagUser", |i| tagged(i, &user("ana"), true), Told("resolved trails 111122223333:user/staff/ana")),
    ("iam.AddRoleToInstanceProfile", as_it_is, NoVerdict),
    ("iam.RemoveRoleFromInstanceProfile", |i| { i.add_to_instance_profile(PROD, "Deploy", "deploy"); }, NoVerdict),
    ("iam.CreateAccessKey", as_it_is, NoVerdict),
    ("iam.UpdateAccessKey", |i| { i.set_access_key(PROD, "ben", "AKIAEXAMPLEKEY000003", true); }, NoVerdict),
    // Of the root user.
    ("iam.DeleteAccessKey", as_it_is, NotInInventory),
    ("organizations.AttachPolicy", |i| { i.detach_organization_policy("p-noleave01", "ou-ab12-workloads"); }, Told("resolved leaves 111122223333:root")),
    ("organizations.DetachPolicy", as_it_is, Told("opened leaves 111122223333:root")),
    ("organizations.UpdatePolicy", |i| { i.set_organization_policy("p-noleave01", r#"{"Statement":[]}"#); }, Told("resolved leaves 111122223333:root")),
    ("organizations.EnablePolicyType", as_it_is, NoVerdict),
    ("organizations.DisablePolicyType", as_it_is, Told("opened leaves 111122223333:root")),
    ("organizations.MoveAccount", |i| { i.move_account(PROD, "r-ab12"); }, Told("resolved leaves 111122223333:root")),
    ("organizations.CreateAccountResult", as_it_is, Told("opened leaves 777788889999:root")),
    ("organizations.AcceptHandshake", as_it_is, Told("opened leaves 777788889999:root")),
    ("organizations.RemoveAccountFromOrganization", as_it_is, Told("resolved leaves 444455556666:root")),
    ("organizations.LeaveOrganization", as_it_is, Told("resolved leaves 444455556666:root")),
    ("organizations.CloseAccount", as_it_is, NoVerdict),
    ("organizations.CloseAccountResult", as_it_is, NoVerdict),
    ("organizations.TagResource", as_it_is, NoVerdict),
    ("organizations.UntagResource", |i| { i.tag_account(PROD, &[("tier".to_owned(), "prod".to_owned())]); }, NoVerdict),
    ("sso.AttachManagedPolicyToPermissionSet", provisioned, WhenProvisioned("opened trails 111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_0123456789abcdef")),
    ("sso.DetachManagedPolicyFromPermissionSet", provisioned, WhenProvisioned("resolved reads 111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_0123456789abcdef")),
    ("sso.AttachCustomerManagedPolicyReferenceToPermissionSet", |i| {
        i.create_policy(ManagedPolicy {
            arn: "arn:aws:iam::111122223333:policy/platform/Guard".into(), name: "Guard".to_owned(), id: None,
            default_version: Some("v1".to_owned()), versions: [("v1".to_owned(), allow("dynamodb:*"))].into(),
        });
        provisioned(i);
    }, WhenProvisioned("opened tables 111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_0123456789abcdef")),
    ("sso.DetachCustomerManagedPolicyReferenceFromPermissionSet", |i| {
        i.set_default_version(OWN, "v1");
        provisioned(i);
    }, WhenProvisioned("resolved objects 111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_0123456789abcdef")),
    ("sso.PutInlinePolicyToPermissionSet", provisioned, WhenProvisioned("opened trails 111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_0123456789abcdef")),
    ("sso.DeleteInlinePolicyFromPermissionSet", |i| {
        i.set_permission_set_inline(SET, Some(allow("cloudtrail:*")));
        provisioned(i);
    }, WhenProvisioned("resolved trails 111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_0123456789abcdef")),
    ("sso.PutPermissionsBoundaryToPermissionSet", provisioned, WhenProvisioned("resolved reads 111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_0123456789abcdef")),
    ("sso.DeletePermissionsBoundaryFromPermissionSet", |i| {
        let own = CustomerPolicy { path: "/".to_owned(), name: "Own".to_owned() };
        i.set_permission_set_boundary(SET, Some(SetPolicy::Customer(own)));
        provisioned(i);
    }, WhenProvisioned("opened reads 111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_0123456789abcdef")),
    ("sso.ProvisionPermissionSet", |i| { i.attach_to_permission_set(SET, &SetPolicy::Aws(ADMIN.to_owned())); }, Told("opened trails 111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_0123456789abcdef")),
    ("sso.CreateAccountAssignment", |i| { i.unassign(&assignment()); }, NoVerdict),
    ("sso.DeleteAccountAssignment", as_it_is, NoVerdict),
    ("sso.CreateInstanceAccessControlAttributeConfiguration", as_it_is, NoVerdict),
    ("sso.UpdateInstanceAccessControlAttributeConfiguration", as_it_is, NoVerdict),
    ("sso.DeleteInstanceAccessControlAttributeConfiguration", |i| { i.set_access_control_attributes(Some([("team".to_owned(), Vec::new())].into())); }, NoVerdict),
    ("identitystore.CreateGroupMembership", as_it_is, NoVerdict),
    ("identitystore.DeleteGroupMembership", as_it_is, NoVerdict),
    ("identitystore.DeleteGroup", as_it_is, NoVerdict),
    ("identitystore.DeleteUser", as_it_is, NoVerdict),
    ("sso-directory.AddMemberToGroup", as_it_is, NoVerdict),
    ("sso-directory.RemoveMemberFromGroup", as_it_is, NoVerdict),
    ("sso-directory.DeleteGroup", as_it_is, NoVerdict),
    ("sso-directory.DeleteUser", as_it_is, NoVerdict),
    ("identitystore-scim.AddMemberToGroup", as_it_is, NoVerdict),
    ("identitystore-scim.RemoveMemberFromGroup", as_it_is, NoVerdict),
    ("identitystore-scim.DeleteGroup", as_it_is, NoVerdict),
    ("identitystore-scim.DeleteUser", as_it_is, NoVerdict),
];

/// The fixture, where `AdministratorAccess` allows CloudTrail, `ReadOnlyAccess` to describe instances,
/// and an account stands alone that may join.
fn beginning() -> Inventory {
    let mut details: Value = serde_json::from_str(DETAILS).expect("the fixture is JSON");
    let policies = details["Policies"].as_array_mut().expect("a list");
    policies.retain(|policy| policy["PolicyName"] != "ReadOnlyAccess");
    for (name, action) in [("AdministratorAccess", "cloudtrail:*"), ("ReadOnlyAccess", "ec2:Describe*")] {
        let document = json!({"Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}});
        policies.push(json!({"PolicyName": name, "Arn": format!("arn:aws:iam::aws:policy/{name}"),
            "DefaultVersionId": "v1", "PolicyVersionList": [{"VersionId": "v1", "Document": document}]}));
    }
    let empty = r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;
    let inventory = organization().with_account(PROD, &details.to_string()).expect("details");
    inventory.with_account("777788889999", empty).expect("details")
}

#[test]
fn an_effect_by_itself_makes_the_difference() {
    let rulebook = Rulebook::parse(RULEBOOK, "rulebook.yaml").expect("a rulebook");
    for (sample, prepare, comes) in EFFECTS {
        let mut inventory = beginning();
        prepare(&mut inventory);
        let mut store = MemoryStore::new();
        let before = baseline(&Evaluator::new(&rulebook, &inventory, None), &mut store);
        published(&mut store, &before.expect("a baseline")).expect("the store can be written");

        let event = change(sample, "event", &rulebook);
        let applied = apply(&event.effect, &mut inventory);
        if matches!(comes, NotInInventory) {
            assert_eq!((&event.effect, applied), (&Effect::None, Applied::Unchanged), "{sample}");
            continue;
        }
        assert_eq!(applied, Applied::Changed, "{sample}");
        let lines = told(&rulebook, &mut store, &inventory, &event);
        match comes {
            Told(expected) => assert!(lines.iter().any(|line| line == expected), "{sample}: {lines:#?}"),
            NoVerdict | NotInInventory => assert_eq!(lines, Vec::<String>::new(), "{sample}"),
            WhenProvisioned(expected) => {
                assert_eq!(lines, Vec::<String>::new(), "{sample}, before it is provisioned");
                let provision = change("sso.ProvisionPermissionSet", "provision", &rulebook);
                assert_eq!(apply(&provision.effect, &mut inventory), Applied::Changed, "{sample}");
                let lines = told(&rulebook, &mut store, &inventory, &provision);
                assert!(lines.iter().any(|line| line == expected), "{sample}: {lines:#?}");
            }
        }
    }
}

/// A row whose effect is modelled and that is not in the list would be applied by faith.
#[test]
fn every_modelled_effect_is_in_the_list_and_nothing_else() {
    let modelled: BTreeSet<String> =
        changes().into_iter().filter(|(_, row)| row.apply.is_modelled()).map(|(sample, _)| sample).collect();
    let listed: BTreeSet<String> = EFFECTS.iter().map(|(sample, ..)| (*sample).to_owned()).collect();
    assert_eq!(modelled, listed);
    assert_eq!(listed.len(), EFFECTS.len(), "each once");
}
