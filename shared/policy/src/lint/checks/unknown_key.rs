//! A condition key that does not exist.

use crate::catalogue::{self, ActionId, ResourceTypeId};
use crate::keys;
use crate::lint::likely::{hint, likely};
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "unknown-key",
    summary: "a condition key that does not exist",
    severity: Severity::Warning,
    source: "SAR, \"Condition keys table\"; UG, \"AWS global condition context keys\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for condition in subject.statements.iter().flat_map(|statement| &statement.conditions) {
        let (key, written) = (condition.key.as_str(), condition.key_at.text);
        // Identity providers' keys begin with a domain.
        if key.split(':').next().is_some_and(|prefix| prefix.contains('.')) {
            continue;
        }
        let Some((service, _)) = key.split_once(':') else {
            report
                .add(condition.key_at.span, format!("`{written}` is not a condition key: it has no prefix"));
            continue;
        };
        let known = if service == "aws" {
            keys::facts(key).kind.is_some()
        } else {
            // Some prefixes are no service's, such as `saml`.
            !catalogue::service_known(service) || keys::is_global(key) || catalogue::key_type(key).is_some()
        };
        if known {
            continue;
        }
        let meant = if service == "aws" {
            likely(key, keys::global_names())
        } else {
            let actions = catalogue::service_actions(service).filter_map(ActionId::from_index);
            let listed = actions.flat_map(ActionId::condition_keys);
            let types = ResourceTypeId::of_service(service).flat_map(ResourceTypeId::condition_keys);
            likely(key, listed.chain(types))
        };
        report
            .add(condition.key_at.span, format!("the condition key `{written}` is not known{}", hint(meant)));
    }
}
