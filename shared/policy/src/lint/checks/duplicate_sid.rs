//! Two statements of one `Sid`.

use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "duplicate-sid",
    summary: "two statements with the same `Sid`",
    severity: Severity::Warning,
    source: "UG, \"IAM JSON policy elements: Sid\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    let mut seen = Vec::new();
    for sid in subject.statements.iter().filter_map(|statement| statement.sid) {
        let Some(text) = sid.scalar().filter(|text| !text.is_empty()) else { continue };
        if seen.contains(&text) {
            report.add(&sid.span, format!("the `Sid` `{text}` is given to an earlier statement"));
        }
        seen.push(text);
    }
}
