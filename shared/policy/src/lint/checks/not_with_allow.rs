//! An Allow of everything but something.

use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "not-with-allow",
    summary: "an Allow of everything but what is listed",
    severity: Severity::Warning,
    source: "UG, \"IAM JSON policy elements: NotAction\", \"NotResource\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for statement in subject.statements.iter().filter(|statement| statement.allows()) {
        for element in statement.action.iter().chain(&statement.resource).filter(|element| element.negated) {
            let name = element.key.scalar().unwrap_or_default();
            let message = format!("`{name}` with Allow grants everything else, what AWS adds later included");
            report.add(&element.key.span, message);
        }
    }
}
