//! A service's key on actions that do not have it.

use crate::catalogue;
use crate::keys;
use crate::lint::catalogued::all_actions;
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "key-of-no-action",
    summary: "a service's condition key that the reference lists for none of the actions",
    severity: Severity::Note,
    source: "SAR, \"Actions table\", \"Condition keys column\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for statement in &subject.statements {
        let Some(actions) = statement.action.as_ref().and_then(all_actions) else { continue };
        for condition in &statement.conditions {
            let key = condition.key.as_str();
            // Global keys and those of sessions are there whether they are listed or not.
            if keys::is_global(key) || key.starts_with("aws:") || catalogue::key_type(key).is_none() {
                continue;
            }
            if !actions.iter().any(|action| action.lists_key_anywhere(key)) {
                let written = condition.key_at.text;
                report.add(
                    condition.key_at.span,
                    format!("the reference lists `{written}` for none of the actions here"),
                );
            }
        }
    }
}
