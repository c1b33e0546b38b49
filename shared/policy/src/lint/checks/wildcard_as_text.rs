//! A wildcard in an operator that takes it for itself.

use crate::document::Comparison;
use crate::lint::{Check, Report, Severity, Subject, quoted};

pub(super) const CHECK: Check = Check {
    code: "wildcard-as-text",
    summary: "a wildcard in a value that is compared as it is",
    severity: Severity::Warning,
    source: "UG, \"String condition operators\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for condition in subject.statements.iter().flat_map(|statement| &statement.conditions) {
        let Comparison::Text { like: false, ignore_case, .. } = condition.operator.comparison else {
            continue;
        };
        for value in &condition.values {
            let plain = value.text.replace("${*}", "").replace("${?}", "");
            if !plain.contains(['*', '?']) {
                continue;
            }
            let operator = condition.operator.text.as_str();
            let text = value.text;
            let message = format!("`{operator}` takes the wildcards of `{text}` for themselves");
            let like = operator.replace("Equals", "Like");
            if ignore_case || like == operator {
                report.add(value.span, message);
            } else {
                report.mend(value.span, message, condition.operator_at, quoted(&like), false);
            }
        }
    }
}
