//! `ForAllValues` in an Allow that holds where the key is missing.

use crate::document::{Comparison, Quantifier};
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "for-all-values",
    summary: "`ForAllValues` in an Allow, which holds where the key is missing",
    severity: Severity::Warning,
    source: "UG, \"Set operators for multivalued context keys\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for statement in subject.statements.iter().filter(|statement| statement.allows()) {
        let guarded = |key: &str| {
            let there = |value: &str| value.eq_ignore_ascii_case("false");
            statement.conditions.iter().any(|guard| {
                guard.operator.comparison == Comparison::Null
                    && guard.key == key
                    && guard.values.iter().all(|value| there(value.text))
            })
        };
        let all = |operator: &crate::document::Operator| operator.quantifier == Some(Quantifier::AllValues);
        for condition in statement.conditions.iter().filter(|c| all(&c.operator) && !guarded(&c.key)) {
            let key = condition.key_at.text;
            let message = format!(
                "`ForAllValues` holds where `{key}` is missing: add `\"Null\": {{\"{key}\": \"false\"}}`"
            );
            report.add(condition.operator_at, message);
        }
    }
}
