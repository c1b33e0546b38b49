//! An ARN on actions that have no resource.

use crate::lint::catalogued::{actions, is_any};
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "action-without-resource",
    summary: "an action that is authorized on `*` alone, in a statement that names ARNs",
    severity: Severity::Warning,
    source: "SAR, \"Actions table\", \"Resource types column\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for statement in &subject.statements {
        let (Some(element), Some(resource)) = (&statement.action, &statement.resource) else { continue };
        let named =
            !resource.patterns.is_empty() && !resource.patterns.iter().any(|pattern| is_any(*pattern));
        if element.negated || resource.negated || !named {
            continue;
        }
        for pattern in &element.patterns {
            let known = actions(pattern.text);
            // S3 User Guide, "Policy actions for Amazon S3".
            let all_buckets = |name: &str| {
                name == "s3:listallmybuckets" && resource.patterns.iter().any(|p| p.text == "arn:aws:s3:::*")
            };
            let alone = |name: &str| !all_buckets(name);
            if !known.is_empty() && known.iter().all(|a| a.is_wildcard_only() && alone(a.full_name_lower())) {
                let text = pattern.text;
                let message =
                    format!("`{text}` has no resource: it is authorized on `*` alone, and not here");
                report.add(pattern.span, message);
            }
        }
    }
}
