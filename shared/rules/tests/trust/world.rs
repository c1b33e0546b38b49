//! Small inventories of one role, and what the rules say of it.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_rules::{Evaluator, Evidence, Judgement, Rulebook};

pub(crate) const ACCOUNT: &str = "111122223333";

/// An organization of two accounts, with RCPs of these statements.
pub(crate) fn organization(rcp: Option<&Value>) -> String {
    let policy = |id: &str, kind: &str, content: &Value, target: &str| {
        let summary = json!({"Id": id, "Name": id, "Type": kind});
        json!({"PolicySummary": summary, "Content": content.to_string(), "TargetIds": [target, ACCOUNT]})
    };
    let everything =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let mut policies = vec![policy("p-FullAWSAccess", "SERVICE_CONTROL_POLICY", &everything, "r-ab12")];
    policies.extend(rcp.map(|statement| {
        let document = json!({"Version": "2012-10-17", "Statement": statement});
        policy("p-rcp00001", "RESOURCE_CONTROL_POLICY", &document, "r-ab12")
    }));
    let account =
        |id: &str, name: &str| json!({"Id": id, "Name": name, "Status": "ACTIVE", "ParentId": "r-ab12"});
    json!({
        "Organization": {"Id": "o-example001", "MasterAccountId": "222233334444"},
        "Roots": [{"Id": "r-ab12", "Name": "Root", "PolicyTypes": [
            {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"},
            {"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"},
        ]}],
        "OrganizationalUnits": [],
        "Accounts": [account(ACCOUNT, "workloads"), account("222233334444", "management")],
        "Policies": policies,
    })
    .to_string()
}

/// A role that lets in whom this trust policy says, and may read and write S3.
pub(crate) fn role(name: &str, trust: &Value) -> Value {
    json!({
        "RoleName": name,
        "RoleId": format!("AROAEXAMPLE{}", name.to_uppercase()),
        "Path": "/",
        "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        "Tags": [],
        "AttachedManagedPolicies": [],
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["ce:GetCostAndUsage", "s3:GetObject"], "Resource": "*"}]}}],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust},
    })
}

pub(crate) fn details(roles: &[Value]) -> String {
    json!({"RoleDetailList": roles, "UserDetailList": [], "GroupDetailList": [], "Policies": []}).to_string()
}

/// What all rules of a rulebook say of the role `Lent`, in the words of the documentation; and what the
/// first of it says.
pub(crate) fn judged(rulebook: &Rulebook, inventory: &Inventory) -> (Vec<String>, String) {
    let evaluator = Evaluator::new(rulebook, inventory, None);
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/Lent");
    let principal = inventory.principal(&arn).expect("the role is there");
    let (mut told, mut says) = (Vec::new(), None);
    for judged in evaluator.principal(principal) {
        match judged.judgement {
            Judgement::Violated { evidence, .. } => {
                told.push(judged.facet.expect("each way to break such a rule has a facet"));
                says = says.or(Some(match evidence {
                    Evidence::Fact(detail) => detail,
                    Evidence::Witness(witness, detail) => {
                        format!("{} ({} by {})", detail.expect("a detail"), witness.action, witness.principal)
                    }
                }));
            }
            Judgement::Indeterminate { reasons, .. } => {
                told.push("indeterminate".to_owned());
                says = says.or(Some(reasons.join("; ")));
            }
            Judgement::Holds { .. } | Judgement::OutOfScope => {}
        }
    }
    if told.is_empty() {
        told.push("holds".to_owned());
    }
    (told, says.unwrap_or_default())
}

/// An inventory of the role `Lent`, with this trust policy.
pub(crate) fn lent(trust: &Value) -> Inventory {
    inventory(&[role("Lent", trust)], None)
}

pub(crate) fn inventory(roles: &[Value], rcp: Option<&Value>) -> Inventory {
    Inventory::from_parts(Some(&organization(rcp)), &[(ACCOUNT, &details(roles))])
        .unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn rulebook(text: &str) -> Rulebook {
    Rulebook::parse(text, "test").unwrap_or_else(|error| panic!("{error}\n{text}"))
}
