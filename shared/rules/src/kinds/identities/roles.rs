//! Roles that nobody uses, and services that nobody uses though they are allowed.

use stanchion_inventory::{Moment, Principal};

use super::found::{Age, Found, Since};
use crate::evaluator::Asked;
use crate::rulebook::Identities;

/// How many services are named.
const NAMED: usize = 10;

/// A role. AWS keeps track of 400 days (IAM User Guide, "Viewing the last accessed information for roles").
pub(super) fn unused(rule: &Identities, role: &Principal, since: Since, found: &mut Found) {
    let Some(days) = rule.role_unused else { return };
    let made = role.created.map_or(Moment::Unknown, Moment::At);
    match since.unused(days, role.last_used, made) {
        Age::Longer(when) => {
            found.fact("role-unused", format!("the role {when}, and {days} days are allowed"))
        }
        Age::Within => {}
        Age::Unknown => {
            let mend = "`RoleLastUsed` and `CreateDate` are not in the authorization details";
            found.unknown(format!("when the role was last used: {mend}"));
        }
    }
}

/// Services that a principal is allowed.
pub(super) fn unused_services(rule: &Identities, asked: &Asked<'_, '_>, since: Since, found: &mut Found) {
    let Some(days) = rule.service_unused else { return };
    let principal = asked.principal();
    let account = asked.evaluator().inventory().account(&principal.account);
    let services =
        account.and_then(|account| account.last_accessed()).and_then(|all| all.services(&principal.arn));
    let services = match services {
        Some(Ok(services)) => services,
        Some(Err(reason)) => {
            found.unknown(format!("when services were last used: {reason}"));
            return;
        }
        None => {
            let mend = "docs/INVENTORY.md says how to get `last-accessed.json`";
            found.unknown(format!("when services were last used: no last accessed information; {mend}"));
            return;
        }
    };
    // Who was made just now has not had the time.
    let made = principal.created.map_or(Moment::Unknown, Moment::At);
    let mut unused = Vec::new();
    for service in services {
        match since.unused(days, service.used, made) {
            Age::Longer(_) => unused.push(service.service.as_str()),
            Age::Within => {}
            Age::Unknown => found.unknown(format!("when {} was last used", service.service)),
        }
    }
    unused.sort_unstable();
    if !unused.is_empty() {
        let more = unused.len().saturating_sub(NAMED);
        let mut named = unused[..unused.len() - more].join(", ");
        if more > 0 {
            named.push_str(&format!(" and {more} more"));
        }
        found.fact(
            "services-unused",
            format!("is allowed services that it has not used for {days} days: {named}"),
        );
    }
}
