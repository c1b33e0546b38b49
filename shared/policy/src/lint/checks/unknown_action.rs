//! An action that does not exist.

use crate::catalogue::{self, ActionId};
use crate::lint::catalogued::actions;
use crate::lint::likely::{hint, likely};
use crate::lint::{Check, Report, Severity, Subject, quoted};

pub(super) const CHECK: Check = Check {
    code: "unknown-action",
    summary: "an action that the catalogue does not have",
    severity: Severity::Warning,
    source: "SAR, \"Actions table\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for element in subject.statements.iter().filter_map(|statement| statement.action.as_ref()) {
        for pattern in &element.patterns {
            let Some((service, name)) = pattern.text.split_once(':') else { continue };
            let odd = |c: char| c == ',' || c.is_whitespace();
            if pattern.text.contains(odd)
                || !catalogue::service_known(service)
                || !actions(pattern.text).is_empty()
            {
                continue;
            }
            if name.contains(['*', '?']) {
                let text = pattern.text;
                report.add(pattern.span, format!("`{text}` matches no action of the catalogue"));
                continue;
            }
            let known =
                catalogue::service_actions(service).filter_map(ActionId::from_index).map(ActionId::name);
            let meant = likely(name, known);
            let message = format!("`{service}` has no action `{name}` in the catalogue{}", hint(meant));
            match meant {
                Some(meant) => {
                    report.mend(
                        pattern.span,
                        message,
                        pattern.span,
                        quoted(&format!("{service}:{meant}")),
                        false,
                    );
                }
                None => report.add(pattern.span, message),
            }
        }
    }
}
