//! What must be blocked: what the rule forbids, to whomever it does not except.

use stanchion_policy::Policy;
use stanchion_policy::catalogue::{self, ActionId};
use stanchion_policy::document::{Condition, Document, Operator, Statement};
use stanchion_policy::prove::is_bound_by_rcps;

use crate::glob;
use crate::rulebook::{EnforcedBy, Scope};

/// Neither SCPs nor RCPs bind service-linked roles, whose path nobody else can have (Organizations User
/// Guide, "Tasks and entities not restricted by SCPs").
const SERVICE_LINKED: &str = "arn:*:iam::*:role/aws-service-role/*";

/// The statements of a rule, each of them for those alone whom the rule does not except.
pub(super) fn of(by: EnforcedBy, forbid: &Document, except: &[String]) -> Policy {
    let mut forbid = forbid.clone();
    // What goes through an endpoint is bound by its policy, whoever asks.
    let unbound = (by != EnforcedBy::Endpoint).then(|| SERVICE_LINKED.to_owned());
    let excepted: Vec<String> = except.iter().cloned().chain(unbound).collect();
    if excepted.is_empty() {
        return Policy::of(forbid);
    }
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

/// Whether RCPs bind none of the actions that a statement lists: those of other services, and those that work on
/// no resource (Organizations User Guide, "Resource control policies (RCPs)").
pub(crate) fn is_beyond(statement: &Statement) -> bool {
    let action = &statement.action;
    !action.negated
        && !action.patterns.is_empty()
        && action.patterns.iter().all(|pattern| pattern_is_beyond(pattern))
}

fn pattern_is_beyond(pattern: &str) -> bool {
    let Some((service, name)) = pattern.split_once(':').filter(|(service, _)| !service.contains(['*', '?']))
    else {
        return false;
    };
    if !catalogue::supports_rcp(service) {
        return catalogue::service_known(service);
    }
    let name = name.to_ascii_lowercase();
    let known = catalogue::service_actions(service).filter_map(ActionId::from_index);
    let mut known =
        known.filter(|action| glob::matches(&name, &action.name().to_ascii_lowercase())).peekable();
    known.peek().is_some() && known.all(|action| !is_bound_by_rcps(action))
}
