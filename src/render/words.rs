//! A statement in words, as short as it can be told.

use stanchion_policy::document::{Comparison, Condition, Order, Patterns, Quantifier, Statement};

/// How many patterns of a list are named before the rest is only counted.
const NAMED: usize = 4;

/// What a statement is about: its actions and resources, and each of its conditions, one a line.
pub(super) fn statement(statement: &Statement) -> Vec<String> {
    lines(&statement.effect.to_string(), statement, NAMED)
}

/// The same with everything named, after words of one's own.
pub(super) fn whole_statement(begin: &str, statement: &Statement) -> Vec<String> {
    lines(begin, statement, usize::MAX)
}

fn lines(begin: &str, statement: &Statement, most: usize) -> Vec<String> {
    let resource = statement.resource.as_ref().filter(|resource| resource.patterns != ["*"]);
    let on = resource.map(|resource| format!(" on {}", patterns(resource, most))).unwrap_or_default();
    let mut lines = vec![format!("{begin} {}{on}", patterns(&statement.action, most))];
    for (i, condition) in statement.conditions.iter().enumerate() {
        let word = if i == 0 { "where" } else { "and" };
        lines.push(format!("{word} {}", self::condition(condition, most)));
    }
    lines
}

fn patterns(patterns: &Patterns, most: usize) -> String {
    let list = listed(&patterns.patterns, "and", most);
    if patterns.negated { format!("everything but {list}") } else { list }
}

fn listed(items: &[String], last: &str, most: usize) -> String {
    match items {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        _ if items.len() > most => {
            format!("{} {last} {} more", items[..most - 1].join(", "), items.len() - most + 1)
        }
        [rest @ .., end] => format!("{} {last} {end}", rest.join(", ")),
    }
}

fn condition(condition: &Condition, most: usize) -> String {
    let operator = &condition.operator;
    let values = || listed(&condition.values, "or", most);
    let is = |negated: bool, like: &str| format!("is {}{like}", if negated { "not " } else { "" });
    let verb = match operator.comparison {
        Comparison::Null => {
            let absent = condition.values.iter().any(|value| value.eq_ignore_ascii_case("true"));
            return format!("{} is {}", condition.key, if absent { "absent" } else { "there" });
        }
        Comparison::Unknown => return format!("{} {} {}", operator.text, condition.key, values()),
        Comparison::Text { like, negated, ignore_case } => {
            let verb = is(negated, if like { "like " } else { "" });
            if ignore_case { format!("{verb}(in any case) ") } else { verb }
        }
        Comparison::Arn { negated } => is(negated, "like "),
        Comparison::Ip { negated } => is(negated, "in "),
        Comparison::Bool | Comparison::Binary => is(false, ""),
        Comparison::Number(order) | Comparison::Date(order) => match order {
            Order::Equals => is(false, ""),
            Order::NotEquals => is(true, ""),
            Order::LessThan => is(false, "less than "),
            Order::LessThanEquals => is(false, "at most "),
            Order::GreaterThan => is(false, "more than "),
            Order::GreaterThanEquals => is(false, "at least "),
        },
    };
    let each = match operator.quantifier {
        Some(Quantifier::AnyValue) => "some value of ",
        Some(Quantifier::AllValues) => "every value of ",
        None => "",
    };
    let absent = if operator.if_exists { ", or is absent" } else { "" };
    format!("{each}{} {verb}{}{absent}", condition.key, values())
}
