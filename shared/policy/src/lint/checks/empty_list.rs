//! A list without items.

use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "empty-list",
    summary: "an empty list: nothing can match it",
    severity: Severity::Error,
    source: "UG, \"Grammar of the IAM JSON policy language\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for statement in &subject.statements {
        for element in statement.action.iter().chain(&statement.resource).filter(|e| e.patterns.is_empty()) {
            let name = element.key.scalar().unwrap_or_default();
            let what = if element.negated { "excludes nothing" } else { "matches nothing" };
            report.add(&element.value.span, format!("`{name}` is an empty list, and so {what}"));
        }
        for condition in statement.conditions.iter().filter(|condition| condition.values.is_empty()) {
            let key = condition.key_at.text;
            report.add(&condition.value.span, format!("`{key}` is compared with an empty list"));
        }
    }
}
