//! A statement that another one makes needless.

use crate::lint::catalogued::{glob, is_any};
use crate::lint::subject::{Element, Statement};
use crate::lint::tree::{Node, Value};
use crate::lint::{Check, Report, Severity, Subject};

pub(super) const CHECK: Check = Check {
    code: "covered-statement",
    summary: "a statement that another one of the same effect covers",
    severity: Severity::Warning,
    source: "UG, \"Policy evaluation logic\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    for (index, statement) in subject.statements.iter().enumerate() {
        let earlier = |at: usize| at < index;
        let by = subject.statements.iter().enumerate().find(|(at, other)| {
            // Of two that are the same, the second is needless.
            *at != index && covers(other, statement) && (earlier(*at) || !covers(statement, other))
        });
        let Some((at, by)) = by else { continue };
        let message = format!("statement {index} does nothing that statement {at} does not do");
        let exact = by.resource.as_ref().is_some_and(|element| element.patterns.iter().any(|p| is_any(*p)))
            || covers(statement, by);
        match index.checked_sub(1).and_then(|before| subject.statements.get(before)) {
            Some(before) => {
                let place = before.node.span.end..statement.node.span.end;
                report.mend(&statement.node.span, message, &place, String::new(), exact);
            }
            None => report.add(&statement.node.span, message),
        }
    }
}

/// Whether whatever `statement` matches, `other` matches too, as far as their texts tell.
fn covers(other: &Statement<'_>, statement: &Statement<'_>) -> bool {
    let block = |s: &Statement<'_>, name: &str| s.node.get(name).map(same);
    other.effect == statement.effect
        && element_covers(other.action.as_ref(), statement.action.as_ref(), true)
        && element_covers(other.resource.as_ref(), statement.resource.as_ref(), false)
        && ["Principal", "NotPrincipal"].iter().all(|name| block(other, name) == block(statement, name))
        && (other.conditions.is_empty() || block(other, "Condition") == block(statement, "Condition"))
}

fn element_covers(other: Option<&Element<'_>>, element: Option<&Element<'_>>, fold: bool) -> bool {
    let (Some(other), Some(element)) = (other, element) else { return other.is_none() && element.is_none() };
    let text = |text: &str| if fold { text.to_ascii_lowercase() } else { text.to_owned() };
    if other.negated || element.negated {
        let all = |e: &Element<'_>| e.patterns.iter().map(|p| text(p.text)).collect::<Vec<_>>();
        return other.negated == element.negated && all(other) == all(element);
    }
    element.patterns.iter().all(|pattern| {
        let pattern = text(pattern.text);
        other.patterns.iter().any(|wide| {
            let wide = text(wide.text);
            // A `?` would take the other's star for one character.
            wide == pattern || !wide.contains('?') && glob(&wide).is_some_and(|glob| glob.matches(&pattern))
        })
    })
}

/// A value without its places, so that two can be compared.
fn same(node: &Node) -> String {
    match &node.value {
        Value::Scalar(text) => format!("{text:?}"),
        Value::List(items) => format!("{:?}", items.iter().map(same).collect::<Vec<_>>()),
        Value::Object(members) => {
            format!("{:?}", members.iter().map(|(key, value)| (same(key), same(value))).collect::<Vec<_>>())
        }
    }
}
