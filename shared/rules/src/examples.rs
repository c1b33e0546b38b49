//! Rules held to the examples that they carry.

use serde_json::{Value, json};
use stanchion_inventory::{IamArn, Inventory};
use stanchion_policy::value::parse_date;

use crate::evaluator::Evaluator;
use crate::glob;
use crate::judgement::{Evidence, Facets, Judgement};
use crate::rulebook::reported::{last_accessed, row};
use crate::rulebook::{EnforcedBy, Example, Expected, Kind, OtherRole, Rule, Rulebook, Shown};

/// An example, and what its rule says of it.
#[derive(Clone, Debug)]
pub struct Tried<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// The example.
    pub example: &'r Example,
    /// What the rule says, in words: of a violation, what shows it.
    pub says: String,
    /// Whether that is what the example expects.
    pub as_expected: bool,
}

/// Holds the rules that are `wanted` to their examples. Where an account lies in its organization is not
/// part of an example, so that `ous` and `accounts` of a scope are left aside.
pub fn try_examples(rulebook: &Rulebook, wanted: impl Fn(&Rule) -> bool) -> Vec<Tried<'_>> {
    let mut anywhere = rulebook.clone();
    for rule in &mut anywhere.rules {
        rule.scope.ous.clear();
        rule.scope.accounts.clear();
    }
    let nothing = Inventory::default();
    let evaluator = Evaluator::new(&anywhere, &nothing, parse_date(NOW));
    let rules = rulebook.rules.iter().filter(|rule| wanted(rule));
    let examples = rules.flat_map(|rule| rule.examples.iter().map(move |example| (rule, example)));
    let tried = examples.map(|(rule, example)| {
        let (says, as_expected) = match judge(&evaluator, rule, example) {
            Ok(facets) => compare(&example.expected, &facets),
            Err(error) => (format!("the example cannot be asked about: {error}"), false),
        };
        Tried { rule, example, says, as_expected }
    });
    tried.collect()
}

fn judge(evaluator: &Evaluator<'_>, rule: &Rule, example: &Example) -> Result<Facets, String> {
    let inventory = inventory(example)?;
    let principal = inventory.principal(&example.principal).ok_or("its principal is in no account")?;
    let evaluator = evaluator.on(&inventory);
    let facets = evaluator.about(principal, |asked| asked.one(&rule.id));
    let mut facets = facets.ok_or("the rule is not in the rulebook")?;
    // Whom a rule exempts is in an account like any other.
    if example.expected != Expected::Exempt {
        // What goes through endpoints is said of accounts alone.
        facets.retain(|(_, judgement)| !is_of_endpoints(rule) || !matches!(judgement, Judgement::OutOfScope));
        facets.extend(evaluator.account_by(&rule.id, &principal.account).unwrap_or_default());
    }
    Ok(facets)
}

fn is_of_endpoints(rule: &Rule) -> bool {
    matches!(&rule.kind, Kind::Guardrail(guardrail) if guardrail.enforced_by == Some(EnforcedBy::Endpoint))
}

fn compare(expected: &Expected, facets: &Facets) -> (String, bool) {
    let judgements = || facets.iter().map(|(_, judgement)| judgement);
    let as_expected = match expected {
        Expected::Passes => judgements().all(|judgement| matches!(judgement, Judgement::Holds { .. })),
        Expected::Exempt => judgements().all(|judgement| matches!(judgement, Judgement::OutOfScope)),
        Expected::Fails(shown) => judgements().any(|judgement| is_shown(shown, judgement)),
    };
    let told: Vec<String> = match expected {
        // Of all that is broken, what the example is about.
        Expected::Fails(shown) if as_expected => {
            judgements().filter(|judgement| is_shown(shown, judgement)).take(1).map(words).collect()
        }
        _ => judgements().map(words).collect(),
    };
    (told.join("; "), as_expected)
}

fn is_shown(shown: &Shown, judgement: &Judgement) -> bool {
    let Judgement::Violated { evidence, .. } = judgement else { return false };
    let fits = |pattern: &str, text: &str| glob::matches(&pattern.to_lowercase(), &text.to_lowercase());
    let says = |text: &str| shown.says.as_ref().is_none_or(|says| text.contains(says.as_str()));
    match evidence {
        Evidence::Fact(text) => {
            let nothing = shown.action.is_none() && shown.resource.is_none() && shown.context.is_empty();
            nothing && says(text)
        }
        Evidence::Witness(witness, detail) => {
            shown.action.as_ref().is_none_or(|action| fits(action, &witness.action))
                && shown.resource.as_ref().is_none_or(|resource| glob::matches(resource, &witness.resource))
                && shown.context.iter().all(|(key, pattern)| {
                    let found = witness.context.iter().find(|(own, _)| own.eq_ignore_ascii_case(key));
                    found.is_some_and(|(_, values)| values.iter().any(|value| glob::matches(pattern, value)))
                })
                && says(detail.as_deref().unwrap_or_default())
        }
    }
}

/// What a rule says of a principal, in words.
fn words(judgement: &Judgement) -> String {
    match judgement {
        Judgement::OutOfScope => "the rule is not about it".to_owned(),
        Judgement::Holds { .. } => "holds".to_owned(),
        Judgement::Indeterminate { reasons, .. } => format!("indeterminate: {}", reasons.join("; ")),
        Judgement::Violated { evidence: Evidence::Fact(text), .. } => text.clone(),
        Judgement::Violated { evidence: Evidence::Witness(witness, detail), .. } => {
            let mut text = format!("{} on {}", witness.action, witness.resource);
            let keys: Vec<String> = witness
                .context
                .iter()
                .map(|(key, values)| format!("{key} = {}", values.join(", ")))
                .collect();
            if !keys.is_empty() {
                text = format!("{text} with {}", keys.join(", "));
            }
            match detail {
                Some(detail) => format!("{detail}: {text}"),
                None => text,
            }
        }
    }
}

/// The moment of the examples.
const NOW: &str = "2026-01-01T00:00:00Z";

/// The management account of the examples' organization.
const MANAGEMENT: &str = "999999999999";

/// An inventory of one account, its principal, and the other roles beside it.
fn inventory(example: &Example) -> Result<Inventory, String> {
    let arn = IamArn::parse(&example.principal).ok_or("its ARN cannot be read")?;
    let details = details(example, &arn);
    let account = arn.account;
    let organization = organization(example, account);
    let mut inventory = Inventory::from_parts(Some(&organization), &[(account, &details)]);
    inventory =
        inventory.and_then(|inventory| inventory.with_endpoints(account, &endpoints(example, account)));
    if let Some(reported) = &example.reported {
        let user = if arn.kind == "root" { "<root_account>" } else { arn.name };
        let report = row(reported, user, &example.principal);
        inventory = inventory.and_then(|inventory| inventory.with_credentials(account, &report));
        if let Some(services) = &reported.services {
            let all = json!({example.principal.clone(): last_accessed(services)}).to_string();
            inventory = inventory.and_then(|inventory| inventory.with_last_accessed(account, &all));
        }
    }
    inventory.map_err(|error| error.to_string())
}

/// The VPC endpoints of the account, as `describe-vpc-endpoints` prints them.
fn endpoints(example: &Example, account: &str) -> String {
    let endpoints = example.endpoints.iter().enumerate().map(|(index, endpoint)| {
        let policy = endpoint.policy.as_ref().map(|statements| document(statements));
        json!({"VpcEndpointId": format!("vpce-{index:017x}"), "VpcId": "vpc-00000000000000000", "OwnerId": account,
            "ServiceName": format!("com.amazonaws.eu-west-1.{}", endpoint.service), "PolicyDocument": policy})
    });
    json!({"VpcEndpoints": endpoints.collect::<Vec<_>>()}).to_string()
}

fn details(example: &Example, arn: &IamArn<'_>) -> String {
    let tags: Vec<Value> =
        example.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let inline = json!([{"PolicyName": "example", "PolicyDocument": document(&example.policies)}]);
    let boundary_arn = format!("arn:aws:iam::{}:policy/boundary", arn.account);
    let mut policies = Vec::new();
    let mut principal =
        json!({"Path": arn.path, "Arn": example.principal, "Tags": tags, "AttachedManagedPolicies": []});
    if let Some(boundary) = &example.boundary {
        principal["PermissionsBoundary"] =
            json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary_arn});
        policies.push(json!({"PolicyName": "boundary", "Arn": boundary_arn, "Path": "/",
            "DefaultVersionId": "v1", "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": true, "Document": document(boundary)}]}));
    }
    if let Some(reported) = &example.reported {
        let moment = |date: &str| json!(format!("{date}T00:00:00Z"));
        principal["RoleLastUsed"] = json!({});
        if let Some(date) = &reported.created {
            principal["CreateDate"] = moment(date);
        }
        if let Some(date) = &reported.last_used {
            principal["RoleLastUsed"] = json!({"LastUsedDate": moment(date)});
        }
    }
    let mut users = Vec::new();
    let mut roles: Vec<Value> = example.roles.iter().map(|role| other_role(role, arn.account)).collect();
    match arn.kind {
        "user" => {
            principal["UserName"] = json!(arn.name);
            principal["UserId"] = json!("AIDAEXAMPLE");
            principal["UserPolicyList"] = inline;
            principal["GroupList"] = json!([]);
            users.push(principal);
        }
        "role" => {
            principal["RoleName"] = json!(arn.name);
            principal["RoleId"] = json!("AROAEXAMPLE");
            principal["RolePolicyList"] = inline;
            let ours = json!([{"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"AWS": arn.account}}]);
            let trust = example.trust.as_ref().map_or(ours, |statements| json!(statements));
            principal["AssumeRolePolicyDocument"] = json!({"Version": "2012-10-17", "Statement": trust});
            roles.push(principal);
        }
        _ => {}
    }
    json!({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies})
        .to_string()
}

fn other_role(role: &OtherRole, account: &str) -> Value {
    let name = &role.name;
    json!({"Path": "/", "RoleName": name, "RoleId": format!("AROA{name}"),
        "Arn": format!("arn:aws:iam::{account}:role/{name}"),
        "AssumeRolePolicyDocument": document(&role.trust), "AttachedManagedPolicies": [],
        "RolePolicyList": [{"PolicyName": "example", "PolicyDocument": document(&role.policies)}]})
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// An organization of the account and the management account, with the example's policies at the account.
fn organization(example: &Example, account: &str) -> String {
    let policy = |id: &str, kind: &str, statements: &[Value], targets: &[&str]| {
        json!({"PolicySummary": {"Id": id, "Name": id, "Type": kind},
            "Content": document(statements).to_string(), "TargetIds": targets})
    };
    let everything = [json!({"Effect": "Allow", "Action": "*", "Resource": "*"})];
    let (scp, rcp) = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY");
    let mut policies = vec![policy("p-FullAWSAccess", scp, &everything, &["r-exam", account, MANAGEMENT])];
    for (id, kind, statements) in [("p-examplescp", scp, &example.scps), ("p-examplercp", rcp, &example.rcps)]
    {
        if !statements.is_empty() {
            policies.push(policy(id, kind, statements, &[account]));
        }
    }
    let member =
        |id: &str, name: &str| json!({"Id": id, "Name": name, "Status": "ACTIVE", "ParentId": "r-exam"});
    let mut accounts = vec![member(MANAGEMENT, "management")];
    if account != MANAGEMENT {
        accounts.push(member(account, "example"));
    }
    let enabled = |kind: &str| json!({"Type": kind, "Status": "ENABLED"});
    json!({
        "Organization": {"Id": "o-example001", "MasterAccountId": MANAGEMENT},
        "Roots": [{"Id": "r-exam", "Name": "Root", "PolicyTypes": [enabled(scp), enabled(rcp)]}],
        "OrganizationalUnits": [],
        "Accounts": accounts,
        "Policies": policies,
    })
    .to_string()
}
