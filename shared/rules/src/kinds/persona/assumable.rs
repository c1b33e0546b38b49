//! The roles that a needed policy lets its holder assume, for questions about identity policies alone.
//!
//! The prover goes through roles by name, since their trust policies decide. Here they are not at stake:
//! each role is taken to let the account in.

use std::collections::BTreeSet;

use stanchion_policy::document::{Effect, Statement};
use stanchion_policy::prove::RoleTarget;
use stanchion_policy::{Context, NamedPolicy, Policy};

use super::named::Actions;
use super::region::statements;
use super::resolve::Granted;
use crate::evaluator::Asked;
use crate::glob::matches;

/// The calls on roles that a trust policy decides on as well.
pub(super) const CALLS: [&str; 4] =
    ["sts:assumerole", "sts:setcontext", "sts:setsourceidentity", "sts:tagsession"];

/// In the place of a wildcard: a name that no other pattern is likely to mean.
const ANY: &str = "any-role-of-this-pattern";

/// For each pattern of roles that a needed policy names, the inventory's roles of it, and one of a name
/// that nobody has.
pub(super) fn assumable(asked: &Asked<'_, '_>, needed: &Granted) -> Vec<RoleTarget> {
    let own = &asked.principal().account;
    let mut arns = BTreeSet::new();
    for statement in statements(&needed.policies, Effect::Allow).filter(|statement| is_about_roles(statement))
    {
        for pattern in statement.resource.iter().filter(|list| !list.negated).flat_map(|list| &list.patterns)
        {
            let anywhere = pattern.chars().all(|c| c == '*');
            let pattern = if anywhere { format!("arn:aws:iam::{own}:role/*") } else { pattern.clone() };
            let roles = asked.evaluator().inventory().principals().map(|principal| &principal.arn);
            arns.extend(roles.filter(|arn| arn.contains(":role/") && matches(&pattern, arn)).cloned());
            let mut parts: Vec<String> = pattern.splitn(6, ':').map(str::to_owned).collect();
            if let [_, _, _, _, account, name] = parts.as_mut_slice() {
                if account.contains(['*', '?']) {
                    account.clone_from(own);
                }
                *name = name.replace('*', ANY).replace('?', "x");
                arns.insert(parts.join(":"));
            }
        }
    }
    let trust = NamedPolicy::new("any trust policy", trusting(own));
    let target = |arn: String| {
        let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        RoleTarget { arn, account, trust: trust.clone(), known: Context::new(), rcps: Vec::new() }
    };
    arns.into_iter().filter(|arn| arn.contains(":role/")).map(target).collect()
}

fn is_about_roles(statement: &Statement) -> bool {
    let actions = Actions::of(statement);
    CALLS.iter().any(|call| actions.has(call))
}

/// A trust policy that leaves it to an account whom it lets in.
fn trusting(account: &str) -> Policy {
    Policy::parse(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{account}"}},
            "Action": ["sts:AssumeRole", "sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession"]}}]}}"#
    ))
}
