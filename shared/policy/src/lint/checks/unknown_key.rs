//! A condition key that does not exist.

use crate::lint::likely::{hint, unknown_key};
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "unknown-key",
    summary: "a condition key that does not exist",
    severity: Severity::Warning,
    source: "SAR, \"Condition keys table\"; UG, \"AWS global condition context keys\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for condition in subject.statements.iter().flat_map(|statement| &statement.conditions) {
        let (key, written) = (condition.key.as_str(), condition.key_at.text);
        // Identity providers' keys begin with a domain.
        if key.split(':').next().is_some_and(|prefix| prefix.contains('.')) {
            continue;
        }
        let Some((service, _)) = key.split_once(':') else {
            report
                .add(condition.key_at.span, format!("`{written}` is not a condition key: it has no prefix"));
            continue;
        };
        let Some(meant) = unknown_key(service, key) else { continue };
        report
            .add(condition.key_at.span, format!("the condition key `{written}` is not known{}", hint(meant)));
    }
}
