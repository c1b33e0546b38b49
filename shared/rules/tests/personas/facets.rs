//! Each way not to fit a persona, alone.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_rules::Rulebook;

use crate::people::{ACCOUNT, account, details, role, rulebook, said, told, under_scp, with_inline};

const SALES: (&str, &str) = ("persona", "sales");

/// One persona that needs a policy of AWS's own and two statements, and may do no more.
fn sales() -> Rulebook {
    rulebook(
        "  - id: sales
    title: Sales
    severity: high
    match: { tags: { persona: sales } }
    needs: [aws:AWSPartnerCentralOpportunityManagement]
    at_most: [aws:AWSPartnerCentralOpportunityManagement]
    conflicts: [buyer]
    outside_management: true
  - id: buyer
    title: Buyers
    severity: high
    match: { names: ['Buyer*'] }
    needs:
      - name: buying
        statements: [{ Effect: Allow, Action: aws-marketplace:Subscribe, Resource: '*' }]
",
    )
}

fn seller(name: &str) -> Value {
    role(name, SALES, &["AWSPartnerCentralOpportunityManagement"])
}

fn deny(condition: &Value) -> Value {
    json!({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": condition})
}

#[test]
fn an_scp_that_leaves_it_to_others_is_named() {
    let others = deny(&json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Ben"}}));
    assert!(told(&sales(), &under_scp(vec![seller("Ben")], others.clone()), "Ben").is_empty());
    let inventory = under_scp(vec![seller("Ana")], others);
    let told = told(&sales(), &inventory, "Ana");
    assert_eq!(told[0].0, "sales lacks:AWSPartnerCentralOpportunityManagement");
    assert!(told[0].1.contains("is held, but the SCP p-limits at r-ab12 makes"), "{told:?}");
    assert_eq!(told.len(), 1, "{told:?}");
}

/// What an SCP forbids in some regions only keeps no action from being possible.
#[test]
fn a_region_that_is_left_blocks_nothing() {
    let elsewhere = deny(&json!({"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}));
    let inventory = under_scp(vec![seller("Ana")], elsewhere);
    assert!(told(&sales(), &inventory, "Ana").is_empty());
}

#[test]
fn a_boundary_that_leaves_an_action_out_is_named() {
    let mut seller = seller("Ana");
    let boundary = "arn:aws:iam::aws:policy/IAMFullAccess";
    seller["PermissionsBoundary"] = json!({"PermissionsBoundaryArn": boundary});
    let told = told(&sales(), &account(vec![seller]), "Ana");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].1.contains(&format!("the permissions boundary {boundary} makes")), "{told:?}");
}

#[test]
fn a_deny_of_its_own_is_named() {
    let statement = json!({"Effect": "Deny", "Action": "partnercentral:UpdateOpportunity", "Resource": "*"});
    let told = told(&sales(), &account(vec![with_inline(seller("Ana"), statement)]), "Ana");
    assert_eq!(
        told,
        [(
            "sales lacks:AWSPartnerCentralOpportunityManagement".to_owned(),
            "AWSPartnerCentralOpportunityManagement is held, but a Deny of its own policy inline:own makes \
             partnercentral:UpdateOpportunity impossible"
                .to_owned()
        )]
    );
}

#[test]
fn one_who_fits_another_persona_as_well_is_in_conflict() {
    assert_eq!(
        said(&sales(), &account(vec![seller("BuyerAna")]), "BuyerAna"),
        ["buyer lacks:buying", "sales conflicts:buyer"]
    );
}

#[test]
fn one_who_can_do_all_of_another_job_is_in_conflict() {
    let statement = json!({"Effect": "Allow", "Action": "aws-marketplace:*", "Resource": "*"});
    assert_eq!(
        said(&sales(), &account(vec![with_inline(seller("Ana"), statement)]), "Ana"),
        ["sales conflicts:buyer", "sales exceeds:aws-marketplace"]
    );
}

/// The gravest action of a service is its witness.
#[test]
fn passing_a_role_is_told_before_anything_else_of_iam() {
    let statement = json!({"Effect": "Allow", "Action": "iam:*", "Resource": "*"});
    let told = told(&sales(), &account(vec![with_inline(seller("Ana"), statement)]), "Ana");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].1.starts_with("iam:PassRole on "), "{told:?}");
}

/// A statement that names an ARN for an action without resources grants nothing: nothing is exceeded,
/// and that it is in vain is told.
#[test]
fn a_statement_that_grants_nothing_is_told_as_such() {
    let statement = json!({
        "Effect": "Allow",
        "Action": "partnercentral-account-management:AssociatePartnerUser",
        "Resource": format!("arn:aws:iam::{ACCOUNT}:role/PartnerCentralRoleForAce"),
    });
    let told = told(&sales(), &account(vec![with_inline(seller("Ana"), statement)]), "Ana");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, "sales void:inline:own:0");
    assert!(told[0].1.contains("takes no resource"), "{told:?}");
}

#[test]
fn the_management_account_is_no_place_for_it() {
    let organization = json!({
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": ACCOUNT},
        "Roots": [{"Id": "r-ab12", "Name": "Root", "PolicyTypes": []}],
        "OrganizationalUnits": [],
        "Accounts": [{"Id": ACCOUNT, "Name": "management", "ParentId": "r-ab12"}],
        "Policies": [],
    });
    let details = details(vec![seller("Ana")]);
    let inventory =
        Inventory::from_parts(Some(&organization.to_string()), &[(ACCOUNT, &details)]).expect("an inventory");
    assert_eq!(said(&sales(), &inventory, "Ana"), ["sales management-account"]);
}

#[test]
fn a_policy_that_nobody_knows_is_indeterminate_and_the_likely_name_is_told() {
    let rulebook = rulebook(
        "  - { id: sales, title: Sales, severity: high, match: { names: [Ana] },
      needs: [aws:AWSPartnerCentralFullAcess], at_most: [aws:ZZZOur] }
",
    );
    let told = told(&rulebook, &account(vec![seller("Ana")]), "Ana");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, "sales ?");
    assert!(told[0].1.contains("did you mean AWSPartnerCentralFullAccess?"), "{told:?}");
}

/// Who holds nothing beyond a reference of which nothing is known is still known not to exceed it.
#[test]
fn one_without_any_permission_exceeds_nothing_whatever_the_reference_allows() {
    let rulebook = rulebook(
        "  - { id: sales, title: Sales, severity: high, match: { names: [Ana] }, at_most: [aws:ZZZOur] }
",
    );
    assert!(told(&rulebook, &account(vec![role("Ana", SALES, &[])]), "Ana").is_empty());
}

#[test]
fn what_another_role_may_do_is_a_reference() {
    let rulebook = rulebook(&format!(
        "  - {{ id: deputy, title: Deputies, severity: high, match: {{ names: [Deputy] }},
      needs: ['role:arn:aws:iam::{ACCOUNT}:role/Ana'], at_most: ['role:arn:aws:iam::{ACCOUNT}:role/Ana'] }}
"
    ));
    let other = role("Deputy", ("a", "b"), &["IAMFullAccess"]);
    let same = role("Deputy", ("a", "b"), &["AWSPartnerCentralOpportunityManagement"]);
    assert!(told(&rulebook, &account(vec![seller("Ana"), same]), "Deputy").is_empty());
    let said = said(&rulebook, &account(vec![seller("Ana"), other]), "Deputy");
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said.contains(&format!("deputy lacks:role arn:aws:iam::{ACCOUNT}:role/Ana")), "{said:?}");
}

/// To assume a role takes a permission as anything else does, whatever the role's trust policy says.
#[test]
fn a_role_that_is_needed_and_may_not_be_assumed_is_lacking() {
    let role_arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let rulebook = |resource: &str| {
        rulebook(&format!(
            "  - id: deployer
    title: Deployers
    severity: high
    match: {{ tags: {{ persona: sales }} }}
    needs:
      - {{ name: deploying, statements: [{{ Effect: Allow, Action: sts:AssumeRole, Resource: '{resource}' }}] }}
"
        ))
    };
    let assumes =
        |resource: &str| json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource});
    let said_of = |needed: &str, held: Option<&str>| {
        let ana = role("Ana", SALES, &[]);
        let ana = match held {
            Some(held) => with_inline(ana, assumes(held)),
            None => ana,
        };
        said(&rulebook(needed), &account(vec![ana, role("Deploy", ("a", "b"), &[])]), "Ana")
    };
    let lacks = ["deployer lacks:deploying"];
    let (deploy, others) = (role_arn("Deploy"), role_arn("Other"));
    assert_eq!(said_of(&deploy, None), lacks);
    assert_eq!(said_of(&deploy, Some(&others)), lacks);
    assert_eq!(said_of(&role_arn("*"), Some(&deploy)), lacks);
    assert_eq!(said_of("*", Some(&role_arn("D*"))), lacks);
    assert_eq!(said_of(&deploy, Some(&deploy)), Vec::<String>::new());
    assert_eq!(said_of(&deploy, Some("*")), Vec::<String>::new());
    let denied = json!({"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"});
    let ana = with_inline(role("Ana", SALES, &[]), assumes(&deploy));
    let told = told(&rulebook(&deploy), &under_scp(vec![ana], denied), "Ana");
    assert!(told.len() == 1 && told[0].1.contains("makes sts:AssumeRole impossible"), "{told:?}");
}
