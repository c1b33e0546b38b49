//! A region or an account in the ARN of a bucket.

use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "bucket-arn",
    summary: "a bucket or an object with a region or an account in its ARN",
    severity: Severity::Error,
    source: "S3, \"Policy resources for Amazon S3\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for element in subject.statements.iter().filter_map(|statement| statement.resource.as_ref()) {
        for pattern in &element.patterns {
            let parts: Vec<&str> = pattern.text.splitn(6, ':').collect();
            let ["arn", _, "s3", region, account, resource] = parts.as_slice() else { continue };
            // Access points, jobs and dashboards have both, and their kind before a slash.
            let kinds = ["accesspoint", "job", "storage-lens", "access-grants", "async-request"];
            let other =
                kinds.iter().any(|kind| resource.starts_with(kind)) || resource.starts_with(['*', '$']);
            let spelled = |part: &str| !part.is_empty() && !part.bytes().all(|b| b == b'*');
            if !other && (spelled(region) || spelled(account)) {
                let text = pattern.text;
                report.add(
                    pattern.span,
                    format!("`{text}` matches nothing: ARNs of buckets have neither region nor account"),
                );
            }
        }
    }
}
