//! What a persona says opens and is resolved facet by facet, by changes of every kind that bear on it.

use serde_json::{Value, json};
use stanchion_findings::{MemoryStore, Store};
use stanchion_inventory::Inventory;
use stanchion_pipeline::published;

use crate::events::{attach, detach, iam, identity_center, organizations, put};
use crate::run::transitions;
use crate::world::{
    ADMIN, Entity, PROD, account, allow, alone, deny, document, group, organization, role, user,
};

const OWN: &str = "arn:aws:iam::111122223333:policy/Own";

const PERSONAS: &str = "
version: 1
personas:
  - id: reader
    title: Readers
    severity: high
    match: [{ tags: { job: reader } }, { groups: [readers] }]
    needs:
      - { name: reading, statements: [{ Effect: Allow, Action: 's3:GetObject', Resource: '*' }] }
    at_most:
      - { name: reading, statements: [{ Effect: Allow, Action: 's3:GetObject', Resource: '*' }] }
    conflicts: [writer]
  - id: writer
    title: Writers
    severity: high
    match: { tags: { writes: 'yes' } }
persona_coverage:
  - id: one-job
    title: One job
    severity: low
    scope: { principals: [role] }
    matched_by: at-least-one
";

/// The transitions of a run: what happened, the rule, its facet, and the event that caused it.
fn told(store: &mut dyn Store, inventory: &Inventory, events: &[Value]) -> Vec<String> {
    told_by(PERSONAS, store, inventory, events)
}

fn told_by(rulebook: &str, store: &mut dyn Store, inventory: &Inventory, events: &[Value]) -> Vec<String> {
    let transitions = transitions(rulebook, store, inventory, events);
    published(store, &transitions).expect("the store can be written");
    let line = |transition: &stanchion_findings::Transition| {
        let finding = &transition.finding;
        let cause = finding.caused_by.as_ref().map_or("-", |event| event.event_id.as_str());
        let facet = finding.facet.as_deref().unwrap_or("-");
        format!("{} {} {facet} by {cause}", transition.kind, finding.rule_id)
    };
    transitions.iter().map(line).collect()
}

fn reader() -> Entity {
    role("Ana").tag("job", "reader")
}

fn one(role: &Entity) -> Inventory {
    alone(&[account(PROD).with(role)])
}

#[test]
fn attaching_too_much_opens_a_finding_for_each_service_and_detaching_resolves_each() {
    let mut store = MemoryStore::new();
    let read = reader().inline("read", allow("s3:GetObject"));
    assert_eq!(told(&mut store, &one(&read), &[put("e1", "Ana", "read", &allow("s3:GetObject"))]), [""; 0]);
    let with = read.clone().attach(ADMIN);
    assert_eq!(
        told(&mut store, &one(&with), &[attach("e2", "Ana", ADMIN)]),
        [
            "opened reader exceeds:iam by e2",
            "opened reader exceeds:sts by e2",
            "opened reader exceeds:others by e2",
        ]
    );
    let mut resolved = told(&mut store, &one(&read), &[detach("e3", "Ana", ADMIN)]);
    resolved.sort();
    assert_eq!(
        resolved,
        [
            "resolved reader exceeds:iam by e2",
            "resolved reader exceeds:others by e2",
            "resolved reader exceeds:sts by e2",
        ]
    );
}

/// One facet opens while another stays as it is.
#[test]
fn what_is_lacking_and_what_is_too_much_come_and_go_by_themselves() {
    let mut store = MemoryStore::new();
    let write = reader().inline("write", allow("s3:PutObject"));
    let mut opened = told(&mut store, &one(&write), &[put("e1", "Ana", "write", &allow("s3:PutObject"))]);
    opened.sort();
    assert_eq!(opened, ["opened reader exceeds:s3 by -", "opened reader lacks:reading by -"]);
    let both = write.inline("read", allow("s3:GetObject"));
    assert_eq!(
        told(&mut store, &one(&both), &[put("e2", "Ana", "read", &allow("s3:GetObject"))]),
        ["resolved reader lacks:reading by -"]
    );
    let none = reader().inline("read", allow("s3:GetObject"));
    let gone = iam("e3", "DeleteRolePolicy", json!({"roleName": "Ana", "policyName": "write"}));
    assert_eq!(told(&mut store, &one(&none), &[gone]), ["resolved reader exceeds:s3 by -"]);
}

#[test]
fn a_tag_makes_somebody_of_a_persona_and_of_two_that_exclude_each_other() {
    let mut store = MemoryStore::new();
    let nobody = role("Ana").inline("read", allow("s3:GetObject"));
    let tag = |id: &str, key: &str, value: &str| {
        iam(id, "TagRole", json!({"roleName": "Ana", "tags": [{"key": key, "value": value}]}))
    };
    let seen = put("e1", "Ana", "read", &allow("s3:GetObject"));
    assert_eq!(told(&mut store, &one(&nobody), &[seen]), ["opened one-job - by -"]);
    let reads = nobody.tag("job", "reader");
    assert_eq!(told(&mut store, &one(&reads), &[tag("e2", "job", "reader")]), ["resolved one-job - by -"]);
    let writes = reads.clone().tag("writes", "yes");
    assert_eq!(
        told(&mut store, &one(&writes), &[tag("e3", "writes", "yes")]),
        ["opened reader conflicts:writer by e3"]
    );
    let untag = iam("e4", "UntagRole", json!({"roleName": "Ana", "tagKeys": ["writes"]}));
    assert_eq!(told(&mut store, &one(&reads), &[untag]), ["resolved reader conflicts:writer by e3"]);
}

#[test]
fn a_group_makes_somebody_of_a_persona_and_its_policy_counts() {
    let mut store = MemoryStore::new();
    let with = |user: &Entity, document: Value| {
        alone(&[account(PROD).with(user).with(&group("readers").attach(OWN)).policy(
            OWN,
            "v1",
            &[("v1", document)],
        )])
    };
    let ana = user("ana");
    let add = iam("e1", "AddUserToGroup", json!({"userName": "ana", "groupName": "readers"}));
    let member = ana.clone().member_of("readers");
    assert_eq!(
        told(&mut store, &with(&member, allow("s3:ListBucket")), &[add]),
        ["opened reader lacks:reading by e1", "opened reader exceeds:s3 by e1"]
    );
    let remove = iam("e2", "RemoveUserFromGroup", json!({"userName": "ana", "groupName": "readers"}));
    let mut resolved = told(&mut store, &with(&ana, allow("s3:ListBucket")), &[remove]);
    resolved.sort();
    assert_eq!(resolved, ["resolved reader exceeds:s3 by e1", "resolved reader lacks:reading by e1"]);
}

#[test]
fn a_new_version_of_a_policy_takes_what_is_needed_away() {
    let mut store = MemoryStore::new();
    let ana = reader().attach(OWN);
    let with = |default: &str, versions: &[(&str, Value)]| {
        alone(&[account(PROD).with(&ana).policy(OWN, default, versions)])
    };
    let (read, list) = (("v1", allow("s3:GetObject")), ("v2", document("Deny", "s3:*")));
    assert_eq!(
        told(&mut store, &with("v1", std::slice::from_ref(&read)), &[attach("e1", "Ana", OWN)]),
        [""; 0]
    );
    let parameters =
        json!({"policyArn": OWN, "policyDocument": deny("s3:*").to_string(), "setAsDefault": true});
    let made = crate::events::answered(
        iam("e2", "CreatePolicyVersion", parameters),
        json!({"policyVersion": {"versionId": "v2", "isDefaultVersion": true}}),
    );
    let told_of = told(&mut store, &with("v2", &[read, list]), &[made]);
    assert_eq!(told_of.len(), 1, "{told_of:?}");
    assert!(told_of[0].starts_with("opened reader lacks:reading by "), "{told_of:?}");
}

#[test]
fn an_scp_blocks_what_is_needed_while_it_is_attached() {
    let mut store = MemoryStore::new();
    let workload = "ou-ab12-workload";
    let rulebook = PERSONAS.replace("s3:GetObject", "cloudtrail:StopLogging");
    let ana = reader().inline("stop", allow("cloudtrail:StopLogging"));
    let under =
        |targets: &[&str]| organization(targets).member(PROD, workload).with(&[account(PROD).with(&ana)]);
    let change = |id: &str, name: &str| {
        organizations(id, name, json!({"policyId": "p-trails00", "targetId": workload}))
    };
    let seen = put("e1", "Ana", "stop", &allow("cloudtrail:StopLogging"));
    assert_eq!(told_by(&rulebook, &mut store, &under(&[]), &[seen]), [""; 0]);
    assert_eq!(
        told_by(&rulebook, &mut store, &under(&[workload]), &[change("e2", "AttachPolicy")]),
        ["opened reader lacks:reading by e2"]
    );
    assert_eq!(
        told_by(&rulebook, &mut store, &under(&[]), &[change("e3", "DetachPolicy")]),
        ["resolved reader lacks:reading by e2"]
    );
}

/// What a permission set says reaches its role when it is provisioned, and not before.
#[test]
fn a_permission_set_opens_and_resolves_when_it_is_provisioned() {
    const SET: &str = "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111";
    let rulebook = PERSONAS.replace("groups: [readers]", "permission_sets: [Reader]");
    let mut store = MemoryStore::new();
    let inventory = |held: &str, said: &str| {
        let role = role("AWSReservedSSO_Reader_0123456789abcdef")
            .path("/aws-reserved/sso.amazonaws.com/")
            .inline("AwsSSOInlinePolicy", allow(held));
        let set = json!({"PermissionSetArn": SET, "Name": "Reader", "ManagedPolicies": [],
            "CustomerManagedPolicyReferences": [], "InlinePolicy": allow(said), "PermissionsBoundary": null,
            "ProvisionedAccounts": [PROD]});
        one(&role).with_identity_center(&json!({"PermissionSets": [set]}).to_string()).expect("read")
    };
    let write = |id: &str, action: &str| {
        let parameters = json!({"permissionSetArn": SET, "inlinePolicy": allow(action).to_string()});
        identity_center(id, "PutInlinePolicyToPermissionSet", parameters)
    };
    let provision = |id: &str| {
        let parameters = json!({"permissionSetArn": SET, "targetType": "AWS_ACCOUNT", "targetId": PROD});
        identity_center(id, "ProvisionPermissionSet", parameters)
    };
    let steps = [
        (inventory("s3:GetObject", "s3:GetObject"), write("e1", "s3:GetObject"), vec![]),
        (inventory("s3:GetObject", "s3:Get*"), write("e2", "s3:Get*"), vec![]),
        (inventory("s3:Get*", "s3:Get*"), provision("e3"), vec!["opened reader exceeds:s3 by e3"]),
        (inventory("s3:Get*", "s3:GetObject"), write("e4", "s3:GetObject"), vec![]),
        (
            inventory("s3:GetObject", "s3:GetObject"),
            provision("e5"),
            vec!["resolved reader exceeds:s3 by e3"],
        ),
    ];
    for (inventory, event, expected) in steps {
        let id = event["detail"]["eventID"].clone();
        assert_eq!(told_by(&rulebook, &mut store, &inventory, &[event]), expected, "{id}");
    }
}
