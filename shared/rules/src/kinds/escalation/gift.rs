//! How somebody gives itself everything: the requests after which its policies allow what it likes.

use serde_json::{Value, json};
use stanchion_inventory::{IamArn, Principal, PrincipalKind};
use stanchion_policy::Policy;

use crate::evaluator::Evaluator;

/// AWS's own policies that give administration to whoever has them.
const ADMINISTRATION: [&str; 2] = ["AdministratorAccess", "IAMFullAccess"];

/// Requests of which each gives a principal everything that its boundary lets it have: to attach a policy of
/// administration to itself or to a group of its own, to write a policy there, or to write a new version of one
/// that it has (IAM User Guide, "Managed policies and inline policies", "Versioning IAM policies").
pub(super) fn gifts(evaluator: &Evaluator<'_>, principal: &Principal) -> Policy {
    let partition = IamArn::parse(&principal.arn).map_or("aws", |arn| arn.partition);
    let administration = ADMINISTRATION.map(|name| format!("arn:{partition}:iam::aws:policy/{name}"));
    let (attach, put) = match principal.kind {
        PrincipalKind::Role => ("iam:AttachRolePolicy", "iam:PutRolePolicy"),
        PrincipalKind::User | PrincipalKind::Root => ("iam:AttachUserPolicy", "iam:PutUserPolicy"),
    };
    // It keeps the boundary that it has.
    let bounded = match &principal.boundary {
        Some(boundary) => json!({"ArnEquals": {"iam:PermissionsBoundary": boundary.to_string()}}),
        None => json!({"Null": {"iam:PermissionsBoundary": "true"}}),
    };
    let mut attached = bounded.clone();
    attached["ArnLike"] = json!({"iam:PolicyARN": administration});
    let mut statements =
        vec![allowed(attach, [&*principal.arn], &attached), allowed(put, [&*principal.arn], &bounded)];

    let inventory = evaluator.inventory();
    let groups = principal.groups.iter().filter_map(|name| inventory.group(&principal.account, name));
    let groups: Vec<_> = groups.collect();
    let arns = || groups.iter().map(|group| &*group.arn);
    let attached = json!({"ArnLike": {"iam:PolicyARN": administration}});
    statements.push(allowed("iam:AttachGroupPolicy", arns(), &attached));
    statements.push(allowed("iam:PutGroupPolicy", arns(), &json!({})));

    let of_groups = groups.iter().flat_map(|group| &group.attached);
    let policies = principal.attached.iter().chain(of_groups).map(|arn| &**arn);
    let own = policies.filter(|arn| IamArn::parse(arn).is_some_and(|arn| arn.account == principal.account));
    statements.push(allowed("iam:CreatePolicyVersion", own, &json!({})));
    statements.retain(|statement| statement["Resource"].as_array().is_some_and(|list| !list.is_empty()));
    Policy::parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

fn allowed<'r>(action: &str, resources: impl IntoIterator<Item = &'r str>, condition: &Value) -> Value {
    let resources: Vec<&str> = resources.into_iter().collect();
    json!({"Effect": "Allow", "Action": action, "Resource": resources, "Condition": condition})
}
