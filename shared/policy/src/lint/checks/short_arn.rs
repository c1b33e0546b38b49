//! A resource that is no whole ARN.

use crate::lint::catalogued::is_any;
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "short-arn",
    summary: "a resource that is no ARN, or not all of one",
    severity: Severity::Warning,
    source: "UG, \"IAM JSON policy elements: Resource\", \"IAM ARNs\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for element in subject.statements.iter().filter_map(|statement| statement.resource.as_ref()) {
        for pattern in element.patterns.iter().filter(|pattern| !is_any(**pattern)) {
            let (text, parts) = (pattern.text, pattern.text.splitn(6, ':').count());
            if parts == 6 && (text.starts_with("arn:") || text.starts_with('*')) {
                continue;
            }
            let message = if text.starts_with("arn:") {
                format!("`{text}` has {parts} of an ARN's six parts; the others are read as `*`")
            } else {
                format!("`{text}` is no ARN, and so matches no resource that has one")
            };
            report.add(pattern.span, message);
        }
    }
}
