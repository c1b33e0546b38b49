//! Organizations of a thousand principals.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_rules::bundle;

pub(crate) const PRINCIPALS: usize = 1000;
pub(crate) const SERVICES: [&str; 5] = ["secretsmanager", "dynamodb", "sqs", "ec2", "lambda"];

/// The personas, each with the policies of AWS's own that it needs.
pub(crate) const PERSONAS: [(&str, &[&str]); 8] = [
    ("iam-administrator", &["IAMFullAccess"]),
    ("alliance-lead", &["AWSPartnerCentralFullAccess", "AWSMarketplaceSellerFullAccess"]),
    ("program-coordinator", &["AWSPartnerCentralFullAccess", "AWSMarketplaceFullAccess"]),
    ("marketing-manager", &["AWSPartnerCentralMarketingManagement"]),
    ("sales-manager", &["AWSPartnerCentralOpportunityManagement"]),
    ("integration-engineer", &["AWSPartnerCentralSandboxFullAccess"]),
    ("technical-lead", &["AWSPartnerCentralFullAccess", "AWSMarketplaceSellerProductsFullAccess"]),
    ("funding-program-manager", &["PartnerCentralIncentiveBenefitManagement"]),
];

/// The accounts of the mixed organization; of the principals of each, so many are of a persona.
const ACCOUNTS: usize = 10;
const OF_PERSONAS: usize = 40;
/// Of those, one in so many is not as it should be.
const ONE_IN: usize = 20;

/// How many principals of the mixed organization break a rule.
pub(crate) const WRONG: usize = ACCOUNTS * OF_PERSONAS / ONE_IN;

fn project_policy(service: &str) -> Value {
    let own = "${aws:PrincipalTag/project}";
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": format!("{service}:*"), "Resource": "*", "Condition": {
            "StringEquals": {"aws:ResourceTag/project": own},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["project", "team"]},
            "StringEqualsIfExists": {"aws:RequestTag/project": own}}},
        {"Effect": "Deny", "Action": [format!("{service}:*ntag*"), format!("{service}:Delete*Tag*")],
         "Resource": "*"}]})
}

fn managed(arn: &str, document: &Value) -> Value {
    json!({"Arn": arn, "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]})
}

fn role(account: &str, path: &str, number: usize, policies: &[String], tags: &[(&str, String)]) -> Value {
    let attached: Vec<Value> = policies.iter().map(|arn| json!({"PolicyArn": arn})).collect();
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    json!({"RoleName": format!("r{number}"), "RoleId": format!("AROAEXAMPLE{account}{number}"), "Path": path,
        "Arn": format!("arn:aws:iam::{account}:role{path}r{number}"),
        "AttachedManagedPolicies": attached, "RolePolicyList": [], "Tags": tags,
        "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}}]}})
}

/// One role of so many projects.
fn project_role(account: &str, number: usize, projects: usize) -> Value {
    let policies: Vec<String> = SERVICES.iter().map(|service| own_policy(account, service)).collect();
    let tags = [("project", format!("p{}", number % projects)), ("team", "eng".to_owned())];
    role(account, "/projects/", number, &policies, &tags)
}

fn own_policy(account: &str, service: &str) -> String {
    format!("arn:aws:iam::{account}:policy/{service}")
}

fn project_policies(account: &str) -> impl Iterator<Item = Value> {
    SERVICES.into_iter().map(move |service| managed(&own_policy(account, service), &project_policy(service)))
}

fn details(roles: &[Value], policies: &[Value]) -> String {
    json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies})
        .to_string()
}

/// A thousand roles of fifty projects in one account.
pub(crate) fn alike() -> Inventory {
    let account = "444455556666";
    let roles: Vec<Value> = (0..PRINCIPALS).map(|number| project_role(account, number, 50)).collect();
    let policies: Vec<Value> = project_policies(account).collect();
    Inventory::from_parts(None, &[(account, &details(&roles, &policies))]).expect("an inventory")
}

/// A thousand principals in ten accounts under two SCPs: six of ten work for one of six projects, four of
/// ten are of a persona, and some of those lack what they need or may do too much.
pub(crate) fn mixed() -> Inventory {
    let accounts: Vec<String> = (0..ACCOUNTS).map(|number| format!("11112222{:04}", 3000 + number)).collect();
    let parts: Vec<(String, String)> = accounts.iter().map(|id| (id.clone(), account(id))).collect();
    let parts: Vec<(&str, &str)> = parts.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    Inventory::from_parts(Some(&organization(&accounts)), &parts).expect("an inventory")
}

fn account(id: &str) -> String {
    // One root user of each account is a principal as well.
    let roles = (0..PRINCIPALS / ACCOUNTS - 1).map(|number| {
        if number < OF_PERSONAS { persona_role(id, number) } else { project_role(id, number, 6) }
    });
    let bundled = bundle::policies().map(|(_, policy)| {
        let document: Value = serde_json::from_str(&policy.text).expect("a document");
        managed(&policy.arn, &document)
    });
    let policies: Vec<Value> = bundled.chain(project_policies(id)).collect();
    details(&roles.collect::<Vec<_>>(), &policies)
}

fn persona_role(account: &str, number: usize) -> Value {
    let (name, policies) = PERSONAS[number % PERSONAS.len()];
    let arn = |policy: &str| format!("arn:aws:iam::aws:policy/{policy}");
    let mut held: Vec<String> =
        policies.iter().map(|name| bundle::find(name).expect("a bundled policy").arn.clone()).collect();
    match number {
        // Lacks all that it needs, and may do what others do.
        4 => held = vec![own_policy(account, "sqs")],
        // May do too much.
        20 => held.push(arn("IAMFullAccess")),
        _ => {}
    }
    role(account, "/partner-central/", number, &held, &[("job", name.to_owned())])
}

fn organization(accounts: &[String]) -> String {
    let management = "999988887777";
    let (root, workloads) = ("r-ab12", "ou-ab12-workload");
    let members = accounts.iter().map(|id| json!({"Id": id, "ParentId": workloads}));
    let everywhere: Vec<&str> =
        [root, workloads, management].into_iter().chain(accounts.iter().map(String::as_str)).collect();
    let scp = |id: &str, target: &str, statement: Value| {
        json!({"PolicySummary": {"Id": id, "Type": "SERVICE_CONTROL_POLICY"}, "TargetIds": [target],
            "Content": {"Version": "2012-10-17", "Statement": [statement]}})
    };
    let stays = json!({"Effect": "Deny", "Resource": "*",
        "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "organizations:LeaveOrganization"]});
    let tags = json!({"Effect": "Deny", "Resource": "*", "Action": ["iam:Tag*", "iam:Untag*"], "Condition": {
        "ForAnyValue:StringEquals": {"aws:TagKeys": ["project", "team", "job"]},
        "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/operations/TagAdministrator"}}});
    json!({
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": management},
        "Roots": [{"Id": root, "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "OrganizationalUnits": [{"Id": workloads, "Name": "Workloads", "ParentId": root}],
        "Accounts": std::iter::once(json!({"Id": management, "ParentId": root})).chain(members).collect::<Vec<_>>(),
        "Policies": [
            {"PolicySummary": {"Id": "p-FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY"}, "TargetIds": everywhere},
            scp("p-trails00", root, stays),
            scp("p-tags0000", workloads, tags)]
    })
    .to_string()
}
