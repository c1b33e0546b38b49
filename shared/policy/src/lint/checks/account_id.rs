//! An account id that is none.

use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "account-id",
    summary: "an account id that has not twelve digits",
    severity: Severity::Error,
    source: "UG, \"IAM ARNs\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for statement in &subject.statements {
        let resources = statement.resource.iter().flat_map(|element| &element.patterns);
        let arns = statement
            .conditions
            .iter()
            .filter(|c| matches!(c.operator.comparison, crate::document::Comparison::Arn { .. }));
        for pattern in resources.chain(arns.flat_map(|condition| &condition.values)) {
            let parts: Vec<&str> = pattern.text.splitn(6, ':').collect();
            let ["arn", _, _, _, account, _] = parts.as_slice() else { continue };
            if !account.is_empty() && account.len() != 12 && account.bytes().all(|b| b.is_ascii_digit()) {
                let count = account.len();
                report.add(pattern.span, format!("the account `{account}` has {count} digits, not twelve"));
            }
        }
        let keys = statement.conditions.iter().filter(|condition| condition.key.ends_with("account"));
        for value in keys.flat_map(|condition| &condition.values) {
            let digits = !value.text.is_empty() && value.text.bytes().all(|b| b.is_ascii_digit());
            if digits && value.text.len() != 12 {
                let (text, count) = (value.text, value.text.len());
                report.add(value.span, format!("the account `{text}` has {count} digits, not twelve"));
            }
        }
    }
}
