//! Several actions in one string, or no service.

use crate::lint::catalogued::is_any;
use crate::lint::{Check, Report, Severity, Subject, quoted};

pub(super) const CHECK: Check = Check {
    code: "malformed-action",
    summary: "an action that is written so that it matches nothing",
    severity: Severity::Error,
    source: "UG, \"IAM JSON policy elements: Action\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for element in subject.statements.iter().filter_map(|statement| statement.action.as_ref()) {
        for pattern in &element.patterns {
            let text = pattern.text;
            if text.contains(|c: char| c == ',' || c.is_whitespace()) {
                let parts =
                    text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
                let parts: Vec<String> = parts.map(quoted).collect();
                let mut mended = parts.join(", ");
                if element.value.span == *pattern.span && parts.len() > 1 {
                    mended = format!("[{mended}]");
                }
                let message = format!("`{text}` has a comma or white space in it, and so matches nothing");
                report.mend(pattern.span, message, pattern.span, mended, false);
            } else if !text.contains(':') && !is_any(*pattern) {
                report.add(pattern.span, format!("`{text}` names no service: write `service:Name`, or `*`"));
            }
        }
    }
}
