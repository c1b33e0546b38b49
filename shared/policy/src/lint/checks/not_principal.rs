//! `NotPrincipal` with Deny.

use crate::lint::{Check, Kind, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "not-principal",
    summary: "`NotPrincipal`, which denies whoever is not listed whole",
    severity: Severity::Warning,
    source: "UG, \"AWS JSON policy elements: NotPrincipal\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    if matches!(subject.kind, Kind::Resource | Kind::Trust) {
        for statement in subject.statements.iter().filter(|statement| !statement.allows()) {
            if let Some((key, true)) = statement.principal {
                let message = "`NotPrincipal` denies sessions whose role and account are not listed too: \
                               use a condition on `aws:PrincipalArn`";
                report.add(&key.span, message);
            }
        }
    }
}
