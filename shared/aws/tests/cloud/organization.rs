//! The organization: walked once, then read again only where it changes.

use std::sync::Arc;

use aws_config::retry::RetryConfig;
use serde_json::{Value, json};
use stanchion_aws::Calls;
use stanchion_aws::cloud::AwsCloud;
use stanchion_aws::notes::NotesInMemory;
use stanchion_changes::{Actor, Change, Effect, Kind, Target};
use stanchion_hub::Cloud;
use stanchion_inventory::Inventory;

use crate::recorded::*;

const ROOT: &str = "r-ab12";
const OU: &str = "ou-ab12-workload";
const DENY: &str = "p-deny0001";

/// A root with the management account and one OU, which holds one member and an SCP.
pub(crate) fn organization() -> Recorded {
    let recorded = Recorded::new();
    recorded.json(
        "DescribeOrganization",
        &[],
        json!({"Organization": {"Id": "o-example", "Arn": "arn:aws:organizations::999988887777:organization/o-example",
            "MasterAccountId": HUB}}),
    );
    let types = json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]);
    recorded.json("ListRoots", &[], json!({"Roots": [{"Id": ROOT, "Name": "Root", "PolicyTypes": types}]}));
    recorded.json("ListOrganizationalUnitsForParent", &[], json!({"OrganizationalUnits": []}));
    recorded.json(
        "ListOrganizationalUnitsForParent",
        &[ROOT],
        json!({"OrganizationalUnits": [{"Id": OU, "Name": "Workloads"}]}),
    );
    // Pages may be empty and lead on all the same.
    recorded.json("ListAccountsForParent", &[ROOT], json!({"Accounts": [], "NextToken": "more"}));
    recorded.json("ListAccountsForParent", &[ROOT, "more"], json!({"Accounts": [account(HUB)]}));
    recorded.json("ListAccountsForParent", &[OU], json!({"Accounts": [account(MEMBER)]}));
    let policies = json!({"Policies": [summary("p-FullAWSAccess"), summary(DENY)]});
    recorded.json("ListPolicies", &["SERVICE_CONTROL_POLICY"], policies);
    describe(&recorded, "p-FullAWSAccess", r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#);
    describe(&recorded, DENY, r#"{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#);
    let targets = json!({"Targets": [target(ROOT), target(OU), target(HUB), target(MEMBER)]});
    recorded.json("ListTargetsForPolicy", &["p-FullAWSAccess"], targets);
    recorded.json("ListTargetsForPolicy", &[DENY], json!({"Targets": [target(OU)]}));
    recorded
}

fn account(id: &str) -> Value {
    json!({"Id": id, "Name": id, "Email": "someone@example.com", "State": "ACTIVE", "Status": "ACTIVE"})
}

fn summary(id: &str) -> Value {
    json!({"Id": id, "Name": id, "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": id == "p-FullAWSAccess"})
}

fn target(id: &str) -> Value {
    json!({"TargetId": id})
}

fn describe(recorded: &Recorded, id: &str, content: &str) {
    recorded.json(
        "DescribePolicy",
        &[id],
        json!({"Policy": {"PolicySummary": summary(id), "Content": content}}),
    );
}

fn change(effect: Effect) -> Change {
    Change {
        event_id: "e".to_owned(),
        event_name: "e".to_owned(),
        event_source: "organizations.amazonaws.com".to_owned(),
        event_time: "2026-03-02T10:25:07Z".to_owned(),
        kind: Kind::Guardrail,
        account: HUB.to_owned(),
        partition: "aws".to_owned(),
        actor: Actor::default(),
        target: Target::Organization,
        effect,
    }
}

fn detached() -> Change {
    change(Effect::DetachOrganizationPolicy { policy: DENY.to_owned(), target: OU.to_owned() })
}

async fn read(cloud: &impl Cloud) -> (u64, Inventory) {
    let known = cloud.organization().await.expect("read").expect("an organization");
    (known.generation, Inventory::from_parts(Some(&known.text), &[]).expect("the file"))
}

fn targets(inventory: &Inventory, policy: &str) -> Vec<String> {
    let organization = inventory.organization().expect("an organization");
    organization.targets(policy).expect("known").into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn the_walk_finds_the_tree_the_accounts_and_what_is_attached_to_them() {
    let recorded = organization();
    let (_, inventory) = read(&cloud(&recorded)).await;
    let organization = inventory.organization().expect("an organization");
    assert_eq!(organization.management_account.as_deref(), Some(HUB));
    let accounts = organization.accounts.as_ref().expect("accounts");
    assert_eq!(accounts[MEMBER].parent.as_deref(), Some(OU));
    assert_eq!((accounts.len(), accounts[HUB].parent.as_deref()), (2, Some(ROOT)));
    assert_eq!(targets(&inventory, DENY), [OU]);
    assert_eq!(targets(&inventory, "p-FullAWSAccess").len(), 4);
    assert!(inventory.gaps().iter().all(|gap| gap.to_string().contains("account")), "{:?}", inventory.gaps());
}

#[tokio::test]
async fn the_addresses_of_accounts_owners_are_not_kept() {
    let known = cloud(&organization()).organization().await.expect("read").expect("an organization");
    assert!(!known.text.contains("someone@example.com"));
}

#[tokio::test]
async fn it_is_walked_once_for_all_functions() {
    let recorded = organization();
    let notes = NotesInMemory::default();
    let config = config(&recorded, RetryConfig::disabled());
    let new = || AwsCloud::new(&config, settings(), notes.clone(), Calls::new(), Arc::new(|| NOW));
    let (first, _) = read(&new()).await;
    recorded.asked();
    let (second, inventory) = read(&new()).await;
    assert_eq!(recorded.operations(), Vec::<String>::new());
    assert_eq!((first, targets(&inventory, DENY)), (second, vec![OU.to_owned()]));
}

#[tokio::test]
async fn a_policy_that_was_detached_costs_one_call_and_is_a_new_generation() {
    let recorded = organization();
    let cloud = cloud(&recorded);
    let (before, _) = read(&cloud).await;
    recorded.asked();
    recorded.json("ListPoliciesForTarget", &[OU], json!({"Policies": [summary("p-FullAWSAccess")]}));

    assert_eq!(cloud.organization_changed(&detached()).await, Ok(true));
    let (after, inventory) = read(&cloud).await;
    assert_eq!(recorded.operations(), ["ListPoliciesForTarget"]);
    assert_eq!(after, before + 1);
    assert_eq!(targets(&inventory, DENY), Vec::<String>::new());
}

#[tokio::test]
async fn what_aws_does_not_show_yet_is_said_so() {
    let recorded = organization();
    let cloud = cloud(&recorded);
    let (before, _) = read(&cloud).await;
    let both = json!({"Policies": [summary("p-FullAWSAccess"), summary(DENY)]});
    recorded.json("ListPoliciesForTarget", &[OU], both);
    assert_eq!(cloud.organization_changed(&detached()).await, Ok(false));
    let (after, inventory) = read(&cloud).await;
    assert_eq!((after, targets(&inventory, DENY)), (before, vec![OU.to_owned()]));
}

#[tokio::test]
async fn a_new_policy_is_read_as_it_is_attached() {
    let recorded = organization();
    let cloud = cloud(&recorded);
    read(&cloud).await;
    recorded.asked();
    describe(&recorded, "p-new00001", r#"{"Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#);
    let attached = json!({"Policies": [summary("p-FullAWSAccess"), summary("p-new00001")]});
    recorded.json("ListPoliciesForTarget", &[MEMBER], attached);

    let policy = "p-new00001".to_owned();
    let attach = Effect::AttachOrganizationPolicy { policy: policy.clone(), target: MEMBER.to_owned() };
    assert_eq!(cloud.organization_changed(&change(attach)).await, Ok(true));
    let (_, inventory) = read(&cloud).await;
    assert_eq!(recorded.operations(), ["DescribePolicy", "ListPoliciesForTarget"]);
    assert_eq!(targets(&inventory, &policy), [MEMBER]);
}

#[tokio::test]
async fn an_edited_policy_is_shown_once_its_text_is_the_events() {
    let recorded = organization();
    let cloud = cloud(&recorded);
    read(&cloud).await;
    recorded.asked();
    let content = r#"{ "Statement": { "Effect": "Deny", "Action": "ec2:*", "Resource": "*" } }"#;
    let update =
        change(Effect::UpdateOrganizationPolicy { id: DENY.to_owned(), content: content.to_owned() });
    assert_eq!(cloud.organization_changed(&update).await, Ok(false));
    describe(&recorded, DENY, &content.replace(' ', ""));
    assert_eq!(cloud.organization_changed(&update).await, Ok(true));
    let (_, inventory) = read(&cloud).await;
    assert_eq!(recorded.operations(), ["DescribePolicy", "DescribePolicy"]);
    let policies = inventory.organization().and_then(|known| known.policies.as_ref()).expect("policies");
    assert!(policies[DENY].content.as_deref().is_some_and(|text| text.contains("ec2:*")));
    assert_eq!(targets(&inventory, DENY), [OU], "what it is attached to stays");
}

#[tokio::test]
async fn an_account_that_moved_costs_one_call_and_another_where_the_ou_is_new() {
    let recorded = organization();
    let cloud = cloud(&recorded);
    read(&cloud).await;
    recorded.asked();
    let moved = |to: &str| {
        let (from, to) = (OU.to_owned(), to.to_owned());
        change(Effect::MoveAccount { account: MEMBER.to_owned(), from, to })
    };
    recorded.json("ListParents", &[MEMBER], json!({"Parents": [{"Id": ROOT, "Type": "ROOT"}]}));
    assert_eq!(cloud.organization_changed(&moved(ROOT)).await, Ok(true));
    assert_eq!(recorded.operations(), ["ListParents"]);

    let new = "ou-ab12-newunit0";
    recorded.json("ListParents", &[MEMBER], json!({"Parents": [{"Id": new}]}));
    recorded.json("ListParents", &[new], json!({"Parents": [{"Id": OU}]}));
    let unit = json!({"OrganizationalUnit": {"Id": new, "Name": "New"}});
    recorded.json("DescribeOrganizationalUnit", &[new], unit);
    recorded.json("ListPoliciesForTarget", &[new], json!({"Policies": [summary("p-FullAWSAccess")]}));
    assert_eq!(cloud.organization_changed(&moved(new)).await, Ok(true));
    let (_, inventory) = read(&cloud).await;
    let organization = inventory.organization().expect("an organization");
    let accounts = organization.accounts.as_ref().expect("accounts");
    assert_eq!(accounts[MEMBER].parent.as_deref(), Some(new));
    assert!(targets(&inventory, "p-FullAWSAccess").contains(&new.to_owned()));
}

#[tokio::test]
async fn an_account_that_joins_comes_with_its_policies_and_one_that_leaves_goes_with_them() {
    let recorded = organization();
    let cloud = cloud(&recorded);
    read(&cloud).await;
    let id = "444455556666".to_owned();
    let joined = change(Effect::AddAccount { account: id.clone(), name: String::new() });
    recorded.on("DescribeAccount", &[&id], &[json_error("AccountNotFoundException", "no such account")]);
    assert_eq!(cloud.organization_changed(&joined).await, Ok(false));

    recorded.json("DescribeAccount", &[&id], json!({"Account": account(&id)}));
    recorded.json("ListParents", &[&id], json!({"Parents": [{"Id": ROOT}]}));
    recorded.json("ListPoliciesForTarget", &[&id], json!({"Policies": [summary("p-FullAWSAccess")]}));
    assert_eq!(cloud.organization_changed(&joined).await, Ok(true));
    let (_, inventory) = read(&cloud).await;
    assert!(targets(&inventory, "p-FullAWSAccess").contains(&id));

    let left = change(Effect::RemoveAccount { account: id.clone() });
    assert_eq!(cloud.organization_changed(&left).await, Ok(false), "it is still there");
    recorded.on("DescribeAccount", &[&id], &[json_error("AccountNotFoundException", "no such account")]);
    assert_eq!(cloud.organization_changed(&left).await, Ok(true));
    let (_, inventory) = read(&cloud).await;
    assert!(!targets(&inventory, "p-FullAWSAccess").contains(&id));
}

/// Disabling a type detaches its policies everywhere, for good.
#[tokio::test]
async fn a_disabled_policy_type_takes_its_policies_along() {
    let recorded = organization();
    let cloud = cloud(&recorded);
    read(&cloud).await;
    let root = json!({"Roots": [{"Id": ROOT, "Name": "Root", "PolicyTypes": []}]});
    recorded.json("ListRoots", &[], root);
    let (root, kind) = (ROOT.to_owned(), "SERVICE_CONTROL_POLICY".to_owned());
    let disabled = change(Effect::SetPolicyType { root, kind, enabled: false });
    assert_eq!(cloud.organization_changed(&disabled).await, Ok(true));
    let (_, inventory) = read(&cloud).await;
    let organization = inventory.organization().expect("an organization");
    assert_eq!(organization.policies.as_ref().map(|policies| policies.len()), Some(0));
}

#[tokio::test]
async fn a_sweep_finds_what_no_event_told() {
    let recorded = organization();
    let cloud = cloud(&recorded);
    let (before, _) = read(&cloud).await;
    recorded.json("ListTargetsForPolicy", &[DENY], json!({"Targets": []}));
    recorded.json("ListInstances", &[], json!({"Instances": []}));
    cloud.read_again().await.expect("read");
    let (after, inventory) = read(&cloud).await;
    assert_eq!((after, targets(&inventory, DENY).len()), (before + 1, 0));
}

#[tokio::test]
async fn an_account_in_no_organization_has_none_and_is_not_asked_again_soon() {
    let recorded = Recorded::new();
    let alone = json_error("AWSOrganizationsNotInUseException", "not in use");
    recorded.on("DescribeOrganization", &[], &[alone]);
    let cloud = cloud(&recorded);
    assert_eq!(cloud.organization().await, Ok(None));
    assert_eq!(cloud.organization().await, Ok(None));
    assert_eq!(recorded.operations(), ["DescribeOrganization"]);
}

/// Another service's change is not the organization's.
#[tokio::test]
async fn changes_of_other_services_cost_nothing() {
    let recorded = organization();
    let other = Change { event_source: "iam.amazonaws.com".to_owned(), ..change(Effect::None) };
    assert_eq!(cloud(&recorded).organization_changed(&other).await, Ok(true));
    assert_eq!(recorded.operations(), Vec::<String>::new());
}
