//! An Allow of everything.

use crate::lint::catalogued::is_any;
use crate::lint::subject::Element;
use crate::lint::{Check, Kind, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "everything-allowed",
    summary: "an Allow of every action on every resource",
    severity: Severity::Note,
    source: "UG, \"Apply least-privilege permissions\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    // At every level of the organization an SCP allows everything.
    if subject.kind == Kind::Scp {
        return;
    }
    let any = |element: &Option<Element<'_>>| {
        element.as_ref().is_some_and(|e| !e.negated && e.patterns.iter().any(|pattern| is_any(*pattern)))
    };
    for statement in subject.statements.iter().filter(|s| s.allows() && s.conditions.is_empty()) {
        if any(&statement.action) && any(&statement.resource) {
            report.add(&statement.node.span, "it allows everything on everything");
        }
    }
}
