//! A key that must be missing and compared.

use crate::document::{Comparison, Quantifier};
use crate::lint::subject::Condition;
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "null-contradiction",
    summary: "a key that must be missing, and must have a value",
    severity: Severity::Error,
    source: "UG, \"Condition operators\", \"Null\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for statement in &subject.statements {
        let null = |wanted: &str| {
            let conditions = statement.conditions.iter();
            let nulls = conditions.filter(|condition| condition.operator.comparison == Comparison::Null);
            let only = move |c: &&Condition<'_>| {
                !c.values.is_empty() && c.values.iter().all(|value| value.text.eq_ignore_ascii_case(wanted))
            };
            nulls.filter(only).map(|condition| condition.key.clone()).collect::<Vec<_>>()
        };
        let (missing, there) = (null("true"), null("false"));
        for condition in statement.conditions.iter().filter(|condition| missing.contains(&condition.key)) {
            let operator = &condition.operator;
            let compares = operator.comparison != Comparison::Null
                && operator.comparison != Comparison::Unknown
                && !operator.if_exists
                && !operator.comparison.negated()
                && operator.quantifier != Some(Quantifier::AllValues);
            if compares || operator.comparison == Comparison::Null && there.contains(&condition.key) {
                let key = condition.key_at.text;
                report.add(
                    condition.key_at.span,
                    format!("`{key}` must be missing and have a value: the statement matches nothing"),
                );
            }
        }
    }
}
