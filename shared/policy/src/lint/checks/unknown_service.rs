//! A service prefix that does not exist.

use crate::catalogue;
use crate::lint::likely::{hint, likely};
use crate::lint::{Check, Report, Severity, Subject, quoted};

pub(super) const CHECK: Check = Check {
    code: "unknown-service",
    summary: "a service that does not exist",
    severity: Severity::Warning,
    source: "SAR, \"Actions, resources, and condition keys for AWS services\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for element in subject.statements.iter().filter_map(|statement| statement.action.as_ref()) {
        for pattern in &element.patterns {
            let Some((service, name)) = pattern.text.split_once(':') else { continue };
            let odd = |c: char| matches!(c, '*' | '?' | ',') || c.is_whitespace();
            if service.contains(odd) || catalogue::service_known(service) {
                continue;
            }
            let meant = likely(service, catalogue::services());
            let message = format!("no service has the prefix `{service}`{}", hint(meant));
            match meant {
                Some(meant) => {
                    report.mend(
                        pattern.span,
                        message,
                        pattern.span,
                        quoted(&format!("{meant}:{name}")),
                        false,
                    );
                }
                None => report.add(pattern.span, message),
            }
        }
    }
}
