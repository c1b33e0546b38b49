//! Statements that grant nothing: they name a resource for actions that work on none. A policy written
//! so looks as if it let somebody do something, and does not.

use stanchion_policy::catalogue;
use stanchion_policy::document::{Effect, Statement};

use super::Found;
use crate::evaluator::Asked;

/// Looks at the policies of the principal's own account; those of AWS are not the account's to mend.
pub(super) fn check(asked: &Asked<'_, '_>, found: &mut Found) {
    for named in &asked.layers().identity {
        let is_aws = named.name.contains(":iam::aws:policy/");
        let Ok(document) = named.policy.document() else { continue };
        for (index, statement) in document.statements.iter().enumerate() {
            if !is_aws && is_void(statement) {
                let actions = statement.action.patterns.join(", ");
                let fact = format!(
                    "{}, statement {index}: {actions} takes no resource, so that a statement which names one \
                     grants nothing; write `\"Resource\": \"*\"`",
                    named.name
                );
                found.fact(format!("void:{}:{index}", named.name), fact);
            }
        }
    }
}

/// Whether a statement allows only actions that work on no resource, and names resources.
fn is_void(statement: &Statement) -> bool {
    let named = statement.resource.as_ref().is_some_and(|resource| {
        !resource.negated
            && resource.patterns.iter().all(|pattern| pattern.starts_with("arn:") && !pattern.contains("${"))
    });
    let works_on_none =
        |action: &String| catalogue::find(action).is_some_and(|action| action.is_wildcard_only());
    statement.effect == Effect::Allow
        && named
        && !statement.action.negated
        && !statement.action.patterns.is_empty()
        && statement.action.patterns.iter().all(works_on_none)
}
