//! What a statement would have to ask for, so that it lets through none of what a rule forbids.

use stanchion_policy::document::{Comparison, Condition, Operator, Order, Quantifier, Statement};

/// The condition that holds wherever this one does not, and nowhere else; `None`: no operator says so.
///
/// IAM User Guide, "IAM JSON policy elements: Condition operators": a plain operator fails on a request without
/// the key, and a negated one holds; `ForAnyValue:` and `ForAllValues:` stand to each other in the same way.
pub(super) fn complement(condition: &Condition) -> Option<Condition> {
    let Operator { quantifier, comparison, if_exists, .. } = condition.operator;
    let turned = turned(comparison)?;
    let (prefix, suffix) = match (quantifier, comparison) {
        // Holds without the key: turned, it must be there.
        (None, Comparison::Null) => ("", ""),
        (None, _) if comparison.negated() && !if_exists => ("", ""),
        (None, _) if turned_is_negated(comparison) && !if_exists => ("", ""),
        (None, _) if turned_is_negated(comparison) => return None,
        // Neither of these and their opposites is negated: one of both takes requests without the key.
        (None, Comparison::Bool | Comparison::Number(_) | Comparison::Date(_)) if if_exists => ("", ""),
        (None, Comparison::Bool | Comparison::Number(_) | Comparison::Date(_)) => ("", "IfExists"),
        (Some(Quantifier::AnyValue), _) if !if_exists => ("ForAllValues:", ""),
        (Some(Quantifier::AllValues), _) if !if_exists => ("ForAnyValue:", ""),
        _ => return None,
    };
    let values = match comparison {
        Comparison::Bool | Comparison::Null => vec![opposite(&condition.values)?],
        // More than one value is an "or", which has no opposite in one condition.
        Comparison::Number(order) | Comparison::Date(order) if !is_equality(order) => {
            (condition.values.len() == 1).then(|| condition.values.clone())?
        }
        _ => condition.values.clone(),
    };
    let operator = Operator::parse(&format!("{prefix}{turned}{suffix}"));
    Some(Condition { operator, key: condition.key.clone(), values })
}

fn is_equality(order: Order) -> bool {
    matches!(order, Order::Equals | Order::NotEquals)
}

fn turned_is_negated(comparison: Comparison) -> bool {
    match comparison {
        Comparison::Text { negated, .. } | Comparison::Arn { negated } | Comparison::Ip { negated } => {
            !negated
        }
        Comparison::Number(order) | Comparison::Date(order) => order == Order::Equals,
        _ => false,
    }
}

fn opposite(values: &[String]) -> Option<String> {
    match values {
        [one] if one.eq_ignore_ascii_case("true") => Some("false".to_owned()),
        [one] if one.eq_ignore_ascii_case("false") => Some("true".to_owned()),
        _ => None,
    }
}

fn turned(comparison: Comparison) -> Option<String> {
    let order = |order| match order {
        Order::Equals => "NotEquals",
        Order::NotEquals => "Equals",
        Order::LessThan => "GreaterThanEquals",
        Order::LessThanEquals => "GreaterThan",
        Order::GreaterThan => "LessThanEquals",
        Order::GreaterThanEquals => "LessThan",
    };
    Some(match comparison {
        Comparison::Text { ignore_case, like, negated } => {
            let not = if negated { "" } else { "Not" };
            match (like, ignore_case) {
                (true, _) => format!("String{not}Like"),
                (false, true) => format!("String{not}EqualsIgnoreCase"),
                (false, false) => format!("String{not}Equals"),
            }
        }
        Comparison::Arn { negated: true } => "ArnLike".to_owned(),
        Comparison::Arn { negated: false } => "ArnNotLike".to_owned(),
        Comparison::Ip { negated: true } => "IpAddress".to_owned(),
        Comparison::Ip { negated: false } => "NotIpAddress".to_owned(),
        Comparison::Number(by) => format!("Numeric{}", order(by)),
        Comparison::Date(by) => format!("Date{}", order(by)),
        Comparison::Bool => "Bool".to_owned(),
        Comparison::Null => "Null".to_owned(),
        Comparison::Binary | Comparison::Unknown => return None,
    })
}

/// Adds a condition to a statement: both must hold then. `false`: a condition block has no place for it, since it
/// asks the same of the key already, with other values.
pub(super) fn add(statement: &mut Statement, condition: Condition) -> bool {
    let same = |own: &&mut Condition| {
        own.operator.text == condition.operator.text && own.key.eq_ignore_ascii_case(&condition.key)
    };
    match statement.conditions.iter_mut().find(same) {
        None => statement.conditions.push(condition),
        Some(own) if own.values == condition.values => {}
        // None of these, and none of those.
        Some(own)
            if own.operator.comparison.negated() && own.operator.quantifier != Some(Quantifier::AnyValue) =>
        {
            own.values.extend(
                condition.values.into_iter().filter(|value| !own.values.contains(value)).collect::<Vec<_>>(),
            );
        }
        Some(_) => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(operator: &str, values: &[&str]) -> Condition {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Condition { operator: Operator::parse(operator), key: "aws:k".to_owned(), values }
    }

    #[test]
    fn operators_are_turned() {
        for (operator, value, turned, other) in [
            ("StringEquals", "a", "StringNotEquals", "a"),
            ("StringNotLike", "a*", "StringLike", "a*"),
            ("StringNotEqualsIgnoreCase", "a", "StringEqualsIgnoreCase", "a"),
            ("ArnLike", "arn:*", "ArnNotLike", "arn:*"),
            ("NotIpAddress", "10.0.0.0/8", "IpAddress", "10.0.0.0/8"),
            ("Bool", "false", "BoolIfExists", "true"),
            ("BoolIfExists", "false", "Bool", "true"),
            ("Null", "true", "Null", "false"),
            ("NumericLessThan", "5", "NumericGreaterThanEqualsIfExists", "5"),
            ("NumericGreaterThanIfExists", "5", "NumericLessThanEquals", "5"),
            ("DateEquals", "2026-01-01", "DateNotEquals", "2026-01-01"),
            ("ForAnyValue:StringEquals", "a", "ForAllValues:StringNotEquals", "a"),
            ("ForAllValues:StringNotLike", "a", "ForAnyValue:StringLike", "a"),
        ] {
            assert_eq!(
                complement(&condition(operator, &[value])),
                Some(condition(turned, &[other])),
                "{operator}"
            );
        }
        for without in ["StringEqualsIfExists", "StringNotEqualsIfExists", "BinaryEquals", "Bogus"] {
            assert_eq!(complement(&condition(without, &["a"])), None, "{without}");
        }
        assert_eq!(complement(&condition("NumericLessThan", &["1", "2"])), None);
        assert_eq!(complement(&condition("Bool", &["true", "false"])), None);
    }

    #[test]
    fn a_key_that_is_asked_for_already_is_asked_for_more_only_where_a_block_can_say_so() {
        let mut statement =
            Statement { conditions: vec![condition("StringNotEquals", &["a"])], ..Statement::everything() };
        assert!(add(&mut statement, condition("StringNotEquals", &["b", "a"])));
        assert_eq!(statement.conditions, [condition("StringNotEquals", &["a", "b"])]);
        assert!(add(&mut statement, condition("StringEquals", &["c"])));
        assert!(!add(&mut statement, condition("StringEquals", &["d"])));
        assert_eq!(statement.conditions.len(), 2);
    }
}
