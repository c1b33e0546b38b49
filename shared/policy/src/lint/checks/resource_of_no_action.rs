//! A resource that none of the statement's actions applies to.

use crate::lint::catalogued::{all_actions, is_any, overlaps};
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "resource-of-no-action",
    summary: "a resource that none of the actions applies to",
    severity: Severity::Warning,
    source: "SAR, \"Actions table\", \"Resource types table\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for statement in &subject.statements {
        let (Some(element), Some(resource)) = (&statement.action, &statement.resource) else { continue };
        let Some(actions) = all_actions(element) else { continue };
        // Actions without resources are another check's.
        if resource.negated || actions.iter().all(|action| action.is_wildcard_only()) {
            continue;
        }
        for pattern in resource.patterns.iter().filter(|pattern| !is_any(**pattern)) {
            if pattern.text.splitn(6, ':').count() < 6 {
                continue;
            }
            let mut types = actions.iter().flat_map(|action| action.resource_types());
            let applies = types.any(|pair| pair.resource.arn_templates().any(|t| overlaps(pattern.text, t)));
            if !applies {
                let text = pattern.text;
                report.add(pattern.span, format!("none of the actions applies to a resource like `{text}`"));
            }
        }
    }
}
