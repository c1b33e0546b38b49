//! Small inventories of people with policies.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_policy::prove::Witness;
use stanchion_rules::rulebook::{Persona, Reference, Rule};
use stanchion_rules::{Evaluator, Evidence, Judgement, Rulebook, bundle};

pub(crate) const ACCOUNT: &str = "111122223333";
/// The text of the pack for Partner Central.
pub(crate) const PACK: &str = include_str!("../../../../rulebooks/partner-central.yaml");

/// The pack for Partner Central.
pub(crate) fn pack() -> Rulebook {
    Rulebook::parse(PACK, "partner-central.yaml").unwrap_or_else(|error| panic!("{error}"))
}

/// A rulebook of one list of personas.
pub(crate) fn rulebook(personas: &str) -> Rulebook {
    let text = format!("version: 1\npersonas:\n{personas}");
    Rulebook::parse(&text, "test").unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The ARN of a policy of AWS's own.
pub(crate) fn aws(name: &str) -> String {
    bundle::find(name).unwrap_or_else(|| panic!("{name} is not bundled")).arn.clone()
}

/// A role with one tag and these policies of AWS's own.
pub(crate) fn role(name: &str, tag: (&str, &str), attached: &[&str]) -> Value {
    let attached: Vec<Value> =
        attached.iter().map(|name| json!({"PolicyName": name, "PolicyArn": aws(name)})).collect();
    json!({
        "RoleName": name,
        "RoleId": format!("AROA{name}"),
        "Path": "/",
        "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        "Tags": [{"Key": tag.0, "Value": tag.1}],
        "AttachedManagedPolicies": attached,
        "RolePolicyList": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
    })
}

/// As [`role`], with an inline policy of one statement.
pub(crate) fn with_inline(mut role: Value, statement: Value) -> Value {
    let document = json!({"Version": "2012-10-17", "Statement": [statement]});
    role["RolePolicyList"] = json!([{"PolicyName": "own", "PolicyDocument": document}]);
    role
}

/// The details of an account of these roles, with every bundled policy.
pub(crate) fn details(roles: Vec<Value>) -> String {
    let policies: Vec<Value> = bundle::policies()
        .map(|(name, bundled)| {
            json!({
                "PolicyName": name,
                "Arn": bundled.arn,
                "DefaultVersionId": bundled.version,
                "PolicyVersionList": [{"VersionId": bundled.version, "IsDefaultVersion": true, "Document": bundled.text}],
            })
        })
        .collect();
    json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies})
        .to_string()
}

/// An account of these roles that stands alone.
pub(crate) fn account(roles: Vec<Value>) -> Inventory {
    Inventory::from_parts(None, &[(ACCOUNT, &details(roles))]).expect("an inventory")
}

/// An organization whose only member is the account of these roles, under one SCP beside the one that
/// allows everything.
pub(crate) fn under_scp(roles: Vec<Value>, scp: Value) -> Inventory {
    let organization = json!({
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": "999999999999"},
        "Roots": [{"Id": "r-ab12", "Name": "Root",
            "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "OrganizationalUnits": [],
        "Accounts": [
            {"Id": "999999999999", "Name": "management", "ParentId": "r-ab12"},
            {"Id": ACCOUNT, "Name": "partner", "ParentId": "r-ab12"},
        ],
        "Policies": [
            {"PolicySummary": {"Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY"},
                "TargetIds": ["r-ab12", ACCOUNT, "999999999999"]},
            {"PolicySummary": {"Id": "p-limits", "Name": "limits", "Type": "SERVICE_CONTROL_POLICY"},
                "Content": {"Version": "2012-10-17", "Statement": [scp]}, "TargetIds": ["r-ab12"]},
        ],
    });
    Inventory::from_parts(Some(&organization.to_string()), &[(ACCOUNT, &details(roles))])
        .expect("an inventory")
}

/// What a rulebook says of a role that is wrong or not known: `rule facet`, and for what is not known
/// `rule ?`, sorted.
pub(crate) fn said(rulebook: &Rulebook, inventory: &Inventory, role: &str) -> Vec<String> {
    let mut said: Vec<String> = told(rulebook, inventory, role).into_iter().map(|(name, _)| name).collect();
    said.sort();
    said
}

/// As [`said`], each with its detail or its reasons.
pub(crate) fn told(rulebook: &Rulebook, inventory: &Inventory, role: &str) -> Vec<(String, String)> {
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let evaluator = Evaluator::new(rulebook, inventory, None);
    let principal = inventory.principal(&arn).expect("a role");
    let judged = evaluator.principal(principal).into_iter().filter_map(|judged| {
        let facet = judged.facet.unwrap_or_default();
        match judged.judgement {
            Judgement::Violated { evidence: Evidence::Fact(detail), .. } => {
                Some((format!("{} {facet}", judged.rule.id).trim().to_owned(), detail))
            }
            Judgement::Violated { evidence: Evidence::Witness(witness, detail), .. } => {
                let shown =
                    format!("{} on {} {}", witness.action, witness.resource, detail.unwrap_or_default());
                assert_confirmed(&witness);
                Some((format!("{} {facet}", judged.rule.id).trim().to_owned(), shown))
            }
            Judgement::Indeterminate { reasons, .. } => {
                Some((format!("{} ?{facet}", judged.rule.id), reasons.join("; ")))
            }
            Judgement::Holds { .. } | Judgement::OutOfScope => None,
        }
    });
    judged.collect()
}

fn assert_confirmed(witness: &Witness) {
    use stanchion_policy::decide::Outcome;
    assert_eq!(witness.decision.outcome, Outcome::Allow, "{witness:?}");
}

/// A principal's name and tag by which a persona takes it for its own.
pub(crate) fn mark(rule: &Rule, persona: &Persona) -> (String, (String, String)) {
    let matching = &persona.matches[0];
    let name = matching.names.first().map_or_else(|| rule.id.clone(), |name| name.replace('*', "-1"));
    let tag = matching.tags.iter().next();
    let tag = tag.map(|(key, values)| (key.clone(), values[0].clone()));
    (name, tag.unwrap_or_else(|| ("team".to_owned(), "partner".to_owned())))
}

/// For each of a persona's needs, the policy of each of its choices.
pub(crate) fn needs(persona: &Persona) -> Vec<Vec<&str>> {
    persona.needs.iter().map(choices).collect()
}

fn choices(reference: &Reference) -> Vec<&str> {
    match reference {
        Reference::Aws(name) => vec![name],
        Reference::AnyOf(any) => any.iter().flat_map(choices).collect(),
        other => panic!("{other:?}"),
    }
}
