//! What must be blocked: what the rule forbids, to whomever it does not except.

use stanchion_policy::document::{Condition, Document, Operator};
use stanchion_policy::{Policy, catalogue};

use crate::glob;
use crate::rulebook::{EnforcedBy, Scope};

/// Neither SCPs nor RCPs bind service-linked roles, whose path nobody else can have (Organizations User
/// Guide, "Tasks and entities not restricted by SCPs").
const SERVICE_LINKED: &str = "arn:*:iam::*:role/aws-service-role/*";

/// The statements of a rule, each of them for those alone whom the rule does not except.
pub(super) fn of(forbid: &Document, except: &[String]) -> Policy {
    let mut forbid = forbid.clone();
    let excepted = except.iter().cloned().chain([SERVICE_LINKED.to_owned()]).collect();
    let others = Condition {
        operator: Operator::parse("ArnNotLike"),
        key: "aws:PrincipalArn".to_owned(),
        values: excepted,
    };
    for statement in &mut forbid.statements {
        statement.conditions.push(others.clone());
    }
    Policy::of(forbid)
}

/// What of a rule is not asked about.
pub(super) fn notes(by: EnforcedBy, forbid: &Document, scope: &Scope) -> Vec<String> {
    let mut notes = Vec::new();
    if !scope.paths.is_empty() || !scope.tags.is_empty() {
        let note = "`enforced_by` asks about anyone in an account, whatever the paths and tags of the scope";
        notes.push(note.to_owned());
    }
    if by == EnforcedBy::Rcp {
        let (mut beyond, mut every) = (Vec::new(), false);
        for statement in &forbid.statements {
            every |= statement.action.negated;
            for pattern in &statement.action.patterns {
                match pattern.split_once(':') {
                    Some((service, _)) if !service.contains(['*', '?']) => {
                        let service = service.to_ascii_lowercase();
                        if !statement.action.negated && !catalogue::supports_rcp(&service) {
                            beyond.push(format!("`{service}`"));
                        }
                    }
                    _ => every = true,
                }
            }
        }
        beyond.sort_unstable();
        beyond.dedup();
        if !beyond.is_empty() {
            notes.push(format!("RCPs do not bind actions of {}: they are left out", beyond.join(", ")));
        }
        if every {
            notes.push("RCPs bind some services only: actions of the others are left out".to_owned());
        }
    }
    notes
}

/// Whether a rule is about sessions that an identity provider vouches for: nobody is asked about who could
/// begin one.
pub(super) fn is_about_federation(forbid: &Document) -> bool {
    forbid.statements.iter().any(|statement| {
        let action = &statement.action;
        let matches = |call| action.patterns.iter().any(|p| glob::matches(&p.to_ascii_lowercase(), call));
        FEDERATED.into_iter().any(|call| matches(call) != action.negated)
    })
}

/// STS API Reference: the calls that no principal of an account makes.
const FEDERATED: [&str; 2] = ["sts:assumerolewithsaml", "sts:assumerolewithwebidentity"];
