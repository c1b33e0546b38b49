//! Identity Center, which no emulator has.

use serde_json::json;
use stanchion_hub::Cloud;
use stanchion_inventory::{AssignedPrincipal, Inventory, SetPolicy};

use crate::recorded::*;

const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1111111111111111";
const SET: &str = "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-2222222222222222";

fn identity_center() -> Recorded {
    let recorded = Recorded::new();
    let instance = json!({"InstanceArn": INSTANCE, "IdentityStoreId": "d-1234567890"});
    recorded.json("ListInstances", &[], json!({"Instances": [instance]}));
    recorded.json("ListPermissionSets", &[], json!({"PermissionSets": [], "NextToken": "more"}));
    recorded.json("ListPermissionSets", &["more"], json!({"PermissionSets": [SET]}));
    let set = json!({"PermissionSet": {"PermissionSetArn": SET, "Name": "Operators"}});
    recorded.json("DescribePermissionSet", &[SET], set);
    let managed = json!([{"Name": "ReadOnlyAccess", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]);
    recorded.json("ListManagedPoliciesInPermissionSet", &[], json!({"AttachedManagedPolicies": managed}));
    let customer = json!({"CustomerManagedPolicyReferences": [{"Name": "Extra", "Path": "/team/"}]});
    recorded.json("ListCustomerManagedPolicyReferencesInPermissionSet", &[], customer);
    recorded.json("GetInlinePolicyForPermissionSet", &[], json!({"InlinePolicy": ""}));
    let none = [json_error("ResourceNotFoundException", "there is none")];
    recorded.on("GetPermissionsBoundaryForPermissionSet", &[], &none);
    recorded.on("DescribeInstanceAccessControlAttributeConfiguration", &[], &none);
    let accounts = json!({"AccountIds": [MEMBER]});
    recorded.json("ListAccountsForProvisionedPermissionSet", &[], accounts);
    let assignment = json!({"AccountId": MEMBER, "PermissionSetArn": SET, "PrincipalType": "GROUP",
        "PrincipalId": "g-1"});
    recorded.json("ListAccountAssignments", &[MEMBER], json!({"AccountAssignments": [assignment]}));
    recorded.json(
        "ListGroups",
        &[],
        json!({"Groups": [{"GroupId": "g-1", "DisplayName": "operators", "IdentityStoreId": "d-1234567890"}]}),
    );
    let membership = json!({"IdentityStoreId": "d-1234567890", "MembershipId": "m-1", "GroupId": "g-1",
        "MemberId": {"UserId": "u-1"}});
    recorded.json("ListGroupMemberships", &["g-1"], json!({"GroupMemberships": [membership]}));
    recorded
}

#[tokio::test]
async fn permission_sets_assignments_and_memberships_are_read() {
    let recorded = identity_center();
    let known = cloud(&recorded).identity_center().await.expect("read").expect("an instance");
    let inventory = Inventory::default().with_identity_center(&known.text).expect("the file");
    let center = inventory.identity_center().expect("Identity Center");
    let set = &center.permission_sets.as_ref().expect("sets")[SET];
    assert_eq!(set.name.as_deref(), Some("Operators"));
    let managed = set.managed.as_ref().expect("managed policies");
    assert!(managed.contains("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    assert_eq!(set.customer_managed.as_ref().map(|policies| policies.len()), Some(1));
    assert_eq!((&set.inline, &set.boundary), (&Some(None), &Some(None::<SetPolicy>)));
    let assignments = center.assignments.as_ref().expect("assignments");
    assert!(assignments.iter().any(|assignment| {
        assignment.account == MEMBER && assignment.principal == AssignedPrincipal::Group("g-1".to_owned())
    }));
    assert_eq!(center.groups.as_ref().expect("groups")["g-1"].as_deref(), Some("operators"));
    assert_eq!(center.memberships.as_ref().expect("memberships")["m-1"].user, "u-1");
    assert_eq!(center.access_control_attributes, Some(None));
    assert_eq!(inventory.gaps(), Inventory::default().gaps(), "nothing is missing");
}

#[tokio::test]
async fn it_is_read_once_and_kept() {
    let recorded = identity_center();
    let cloud = cloud(&recorded);
    let first = cloud.identity_center().await.expect("read");
    recorded.asked();
    assert_eq!(cloud.identity_center().await.expect("kept"), first);
    assert_eq!(recorded.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn without_an_instance_or_without_access_there_is_none() {
    let recorded = Recorded::new();
    recorded.json("ListInstances", &[], json!({"Instances": []}));
    assert_eq!(cloud(&recorded).identity_center().await, Ok(None));
    recorded.on("ListInstances", &[], &[json_error("AccessDeniedException", "no")]);
    assert_eq!(cloud(&recorded).identity_center().await, Ok(None));
    recorded.on("ListInstances", &[], &[(400, "no such service".to_owned())]);
    assert_eq!(cloud(&recorded).identity_center().await, Ok(None));
}

#[tokio::test]
async fn a_call_that_fails_half_way_leaves_nothing_behind() {
    let recorded = identity_center();
    recorded.on("ListGroups", &[], &[json_error("ThrottlingException", "Rate exceeded")]);
    let cloud = cloud(&recorded);
    assert!(cloud.identity_center().await.is_err());
    recorded.json("ListGroups", &[], json!({"Groups": []}));
    assert!(cloud.identity_center().await.expect("read").is_some());
}
