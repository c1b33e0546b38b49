//! A condition operator that does not exist.

use crate::document::Comparison;
use crate::lint::likely::{hint, likely};
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "unknown-operator",
    summary: "a condition operator that does not exist",
    severity: Severity::Error,
    source: "UG, \"IAM JSON policy elements: Condition operators\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    let conditions = subject.statements.iter().flat_map(|statement| &statement.conditions);
    for condition in conditions.filter(|c| c.operator.comparison == Comparison::Unknown) {
        let text = condition.operator.text.as_str();
        let name = text.rsplit(':').next().unwrap_or_default();
        let meant = likely(name, OPERATORS);
        report.add(condition.operator_at, format!("`{text}` is not an operator{}", hint(meant)));
    }
}

const OPERATORS: [&str; 27] = [
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];
