//! `iam:PassRole` on every role, to every service.

use crate::lint::catalogued::is_any;
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "pass-role-any",
    summary: "`iam:PassRole` on every role and to every service",
    severity: Severity::Warning,
    source: "UG, \"Grant a user permissions to pass a role to an AWS service\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for statement in subject.statements.iter().filter(|statement| statement.allows()) {
        let (Some(element), Some(resource)) = (&statement.action, &statement.resource) else { continue };
        let every_role = !resource.negated && resource.patterns.iter().any(|pattern| is_any(*pattern));
        let bound = statement.conditions.iter().any(|c| c.key == "iam:passedtoservice");
        if element.negated || !every_role || bound {
            continue;
        }
        let passes = |text: &str| text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("iam:pass"));
        for pattern in element.patterns.iter().filter(|pattern| passes(pattern.text)) {
            report.add(
                pattern.span,
                "any role can be passed to any service: name the roles, or `iam:PassedToService`",
            );
        }
    }
}
