//! Roles that may be passed to a service, and that the service can assume.

use std::sync::Arc;

use stanchion_inventory::Account;
use stanchion_policy::document::{Condition, Effect, Operator, Patterns, Statement, Version};
use stanchion_policy::prove::{Outsider, RoleTarget, Verdict};
use stanchion_policy::{Caller, Document, Policy};

use crate::asker::roles_of;
use crate::evaluator::Asked;
use crate::kinds::trust::region::Region;

/// A role that a service may assume.
pub(super) struct Passable {
    /// Its ARN.
    pub(super) arn: String,
    /// To pass it to the service.
    pub(super) passing: Policy,
    /// Why it is not known that the service may; none: it is.
    pub(super) open: Vec<String>,
}

/// Requests that pass any role to a service, or this one (IAM User Guide, "Grant a user permissions to pass
/// a role to an AWS service").
pub(super) fn passing(role: &str, service: &str) -> Policy {
    let one = |text: &str| Patterns { negated: false, patterns: vec![text.to_owned()] };
    let to = Condition {
        operator: Operator::parse("StringEquals"),
        key: "iam:PassedToService".to_owned(),
        values: vec![service.to_owned()],
    };
    let statement = Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: one("iam:PassRole"),
        resource: Some(one(role)),
        conditions: vec![to],
    };
    Policy::of(Document { version: Version::V2012, version_given: true, statements: vec![statement] })
}

/// The roles of the principal's account that a service may assume. Those of services are theirs alone to
/// use (IAM User Guide, "Service-linked roles").
pub(super) fn passable(asked: &Asked<'_, '_>, service: &str) -> Arc<[Passable]> {
    let account = &asked.principal().account;
    asked.evaluator().escalation().passable(account, service, || {
        let Ok(caller) = Caller::parse(service) else { return Vec::new() };
        let (who, any) = (Outsider { caller, named: true }, Region::any().policy());
        let roles = roles_of(asked.evaluator().inventory(), account);
        roles.iter().filter_map(|role| assumed_by(asked, role, &who, &any)).collect()
    })
}

/// Why it is not known which roles there are in the principal's account.
pub(super) fn unlisted(asked: &Asked<'_, '_>) -> Option<String> {
    let account = &asked.principal().account;
    let known = asked.evaluator().inventory().account(account).is_some_and(Account::has_all_roles);
    (!known).then(|| format!("which other roles there are in account {account}: the inventory lacks some"))
}

fn assumed_by(asked: &Asked<'_, '_>, role: &RoleTarget, who: &Outsider, any: &Policy) -> Option<Passable> {
    let (answer, service) = (asked.lets_in(who, role, any), &who.caller.name);
    let open = match answer.verdict {
        Verdict::No => return None,
        Verdict::Yes(_) => Vec::new(),
        Verdict::Indeterminate(reasons) => reasons,
    };
    let open = open.iter().map(|reason| format!("whether {service} may assume {}: {reason}", role.arn));
    Some(Passable { arn: role.arn.clone(), passing: passing(&role.arn, service), open: open.collect() })
}
