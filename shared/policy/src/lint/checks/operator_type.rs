//! An operator of another type than the key's.

use crate::keys;
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "operator-type",
    summary: "an operator that does not fit the type of the key",
    severity: Severity::Warning,
    source: "SAR, \"Condition keys table\"; UG, \"IAM JSON policy elements: Condition operators\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for condition in subject.statements.iter().flat_map(|statement| &statement.conditions) {
        let facts = keys::facts(&condition.key);
        let Some(kind) = facts.kind else { continue };
        // Identity providers' keys begin with a domain; AWS's own examples take them for strings.
        if condition.key.split(':').next().is_some_and(|prefix| prefix.contains('.')) {
            continue;
        }
        if !keys::accepts(condition.operator.comparison, kind, &condition.key) {
            let (operator, key) = (&condition.operator.text, condition.key_at.text);
            report.add(
                condition.operator_at,
                format!("`{operator}` does not fit `{key}`, which is of type {kind:?}"),
            );
        }
    }
}
