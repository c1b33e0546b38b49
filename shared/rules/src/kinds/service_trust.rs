//! Services: does a service assume the role for somebody else's resources?
//!
//! A service acts for every customer of AWS. A role that lets it in without a look at the resource that it
//! acts for lets it in for anybody's (IAM User Guide, "The confused deputy problem").

use stanchion_policy::prove::Outsider;
use stanchion_policy::{Caller, CallerKind};

use super::trust::region::Region;
use super::trust::{Found, Place, Role, place};
use crate::evaluator::Asked;
use crate::glob;
use crate::judgement::{Facets, Judgement};
use crate::mend::{Meant, condition};
use crate::rulebook::{self, Services};

/// Services whose own guides show a role's trust policy with `aws:SourceArn` or `aws:SourceAccount`, by
/// their names before `.amazonaws.com`, in order. `docs/TRUST.md` names the pages.
const DOCUMENTED: [&str; 10] = [
    "appstream",
    "bedrock",
    "ecs-tasks",
    "frauddetector",
    "iot",
    "personalize",
    "rolesanywhere",
    "scheduler",
    "ssm",
    "states",
];

/// A rule about services.
pub(crate) struct ServiceTrust {
    rule: rulebook::ServiceTrust,
}

impl ServiceTrust {
    pub(super) fn new(rule: &rulebook::ServiceTrust) -> Self {
        Self { rule: rule.clone() }
    }

    /// IAM User Guide, "The confused deputy problem": the account of the resource that the service acts for.
    pub(super) fn meant(&self, asked: &Asked<'_, '_>) -> Meant {
        Meant::asks(vec![condition(
            "StringEquals",
            "aws:SourceAccount",
            [asked.principal().account.as_str()],
        )])
    }

    /// A facet for each service that comes for others.
    pub(super) fn judge(&self, asked: &Asked<'_, '_>) -> Facets {
        let role = match Role::of(asked) {
            Ok(Some(role)) => role,
            Ok(None) => return vec![(None, Judgement::OutOfScope)],
            Err(reason) => return vec![(None, Judgement::unknown(reason))],
        };
        let mut found = Found::default();
        let services: Vec<&str> = role.services().into_iter().collect();
        for service in services.into_iter().filter(|service| self.is_about(service)) {
            match Caller::parse(service) {
                Ok(caller) if caller.kind == CallerKind::Service => {
                    let who = Outsider { caller, named: true };
                    let answer = role.lets_in(&who, elsewhere(asked, &role));
                    if let Some(witness) = found.of(answer) {
                        let detail = format!("{service} may assume it for resources of anybody's account");
                        found.witness(format!("service:{service}"), witness, detail);
                    }
                }
                _ => found.unknown(format!("which service `{service}` names")),
            }
        }
        found.finish()
    }

    fn is_about(&self, service: &str) -> bool {
        let service = service.to_ascii_lowercase();
        if self.rule.except.iter().any(|pattern| glob::matches(&pattern.to_ascii_lowercase(), &service)) {
            return false;
        }
        let name = service.split(".amazonaws.com").next().unwrap_or_default();
        match self.rule.services {
            _ if name.contains(['*', '?']) => true,
            Services::All => true,
            // Some are named with their region.
            Services::Documented => name.split('.').any(|part| DOCUMENTED.binary_search(&part).is_ok()),
        }
    }
}

/// Requests for resources of no account that is ours.
fn elsewhere(asked: &Asked<'_, '_>, role: &Role<'_>) -> Region {
    let inventory = asked.evaluator().inventory();
    let mut own = role.accounts();
    own.retain(|account| place(inventory, account) == Place::Inside);
    own.insert(role.account().to_owned());
    let own: Vec<String> = own.into_iter().collect();
    let mut arns: Vec<String> = own.iter().map(|account| format!("arn:*:*:*:{account}:*")).collect();
    // Names of S3 tell no account, and are nobody else's.
    let named = role.values_of("aws:SourceArn", false);
    arns.extend(named.into_iter().filter(|arn| arn.split(':').nth(4) == Some("")));
    let mut region = Region::any().with("StringNotEquals", "aws:SourceAccount", own).with(
        "ArnNotLike",
        "aws:SourceArn",
        arns,
    );
    if let Some(id) = inventory.organization_id() {
        region = region.with("StringNotEquals", "aws:SourceOrgID", [id.to_owned()]).with(
            "ForAllValues:StringNotLike",
            "aws:SourceOrgPaths",
            [format!("{id}/*")],
        );
    }
    region
}

#[cfg(test)]
mod tests {
    use super::DOCUMENTED;

    #[test]
    fn the_table_is_sorted() {
        assert!(DOCUMENTED.is_sorted());
    }
}
