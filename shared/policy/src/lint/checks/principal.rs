//! A principal element where there is none, or none where there is one.

use crate::lint::{Check, Kind, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "principal",
    summary: "a principal where none belongs, or none where one does",
    severity: Severity::Error,
    source: "UG, \"AWS JSON policy elements: Principal\", \"NotPrincipal\"; ORG, \"SCP syntax\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for statement in &subject.statements {
        match (subject.kind, statement.principal) {
            (Kind::Identity | Kind::Scp, Some((key, _))) => {
                let name = key.scalar().unwrap_or_default();
                report.add(&key.span, format!("`{name}` does not belong in this kind of policy"));
            }
            (Kind::Resource | Kind::Trust | Kind::Rcp, None) => {
                report.add(&statement.node.span, "the statement has no `Principal`, and so matches nobody");
            }
            (Kind::Rcp, Some((key, true))) => report.add(&key.span, "an RCP names `*` as its principal"),
            (_, Some((key, true))) if statement.allows() => {
                report.add(&key.span, "`NotPrincipal` with Allow is not valid");
            }
            _ => {}
        }
    }
}
