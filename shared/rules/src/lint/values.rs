//! Values that their operator cannot read: what comes of them is unknown (IAM User Guide,
//! "Condition operators").

use stanchion_policy::document::{Comparison, Condition};
use stanchion_policy::value::{Number, parse_date, parse_network};

use super::{At, Linter};
use crate::code::Code;
use crate::rulebook::yaml::Step;

/// Tells of values that are no number, date, address or truth value where there must be one.
pub(super) fn check(linter: &mut Linter<'_>, at: &At<'_>) {
    for condition in &at.statement.conditions {
        for (i, value) in condition.values.iter().enumerate() {
            // What a variable stands for is not known here.
            if value.contains("${") {
                continue;
            }
            let Some(what) = wanted(condition, value) else { continue };
            let operator = condition.operator.text.as_str();
            let path =
                [Step::Key("Condition"), Step::Key(operator), Step::Key(&condition.key), Step::Item(i)];
            let message = format!("`{operator}` wants {what}, and `{value}` is none");
            linter.warn(Code::UnreadableValue, &at.path(&path), message, None);
        }
    }
}

/// What the operator wants, if this is not one.
fn wanted(condition: &Condition, value: &str) -> Option<&'static str> {
    let truth = |value: &str| value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
    let (what, good) = match condition.operator.comparison {
        Comparison::Number(_) => ("a number", Number::parse(value).is_some()),
        Comparison::Date(_) => ("a date", parse_date(value).is_some()),
        Comparison::Ip { .. } => ("an address or a range", parse_network(value).is_some()),
        Comparison::Bool | Comparison::Null => ("`true` or `false`", truth(value)),
        _ => return None,
    };
    (!good).then_some(what)
}
