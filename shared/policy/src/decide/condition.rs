//! Whether one operator on one key holds for a request.

use super::compile::{Condition, Mismatch, TextValue, Values, contains, parse_bool};
use super::glob::same;
use super::template::Unfilled;
use super::truth::Truth;
use super::{At, Evaluation};
use crate::context::Found;
use crate::document::{Comparison, Order, Quantifier};
use crate::value::{self, Number};

impl Evaluation<'_> {
    pub(super) fn condition(&self, condition: &Condition, at: &At<'_>) -> Truth {
        let operator = &condition.operator;
        let entry = self.request.context.find(&condition.key);
        // Nearly always: one value, and nothing else to think of. A set of one is that one.
        if condition.compares
            && let Some(entry) = entry
            && let (Some(one), false) = (entry.single(), entry.contested())
        {
            return self.value(condition, one, at);
        }
        if let Some(entry) = entry
            && entry.contested()
        {
            return self.unknown(at, || format!("key `{}` is given in two spellings", entry.key()));
        }
        match operator.comparison {
            Comparison::Unknown => {
                return self.unknown(at, || format!("operator `{}` is not known", operator.text));
            }
            Comparison::Null => return self.null(condition, entry, at),
            _ => {}
        }
        let Some(entry) = entry else {
            // UG, "...IfExists", "Condition operators" on missing keys, "Multivalued context keys".
            return Truth::from(match operator.quantifier {
                _ if operator.if_exists => true,
                Some(Quantifier::AllValues) => true,
                Some(Quantifier::AnyValue) => false,
                None => condition.negated,
            });
        };
        match condition.mismatch {
            Mismatch::No => {}
            Mismatch::Fails if !condition.negated => return Truth::False,
            Mismatch::Fails | Mismatch::Contested => {
                return self.unknown(at, || {
                    format!("`{}` is not an operator for the type of `{}`", operator.text, entry.key())
                });
            }
        }
        let each = |value| self.value(condition, value, at);
        match operator.quantifier {
            Some(Quantifier::AllValues) => Truth::all(entry.values().map(each)),
            Some(Quantifier::AnyValue) => Truth::any(entry.values().map(each)),
            None => match entry.single() {
                Some(one) => self.value(condition, one, at),
                None => {
                    // How IAM reads several values without a quantifier is contested: if any and
                    // all agree, it does not matter.
                    let any = Truth::any(entry.values().map(each));
                    let all = Truth::all(entry.values().map(each));
                    if any == all && entry.count() > 0 {
                        return any;
                    }
                    self.unknown(at, || {
                        format!(
                            "`{}` on `{}`, which has {} values, lacks `ForAnyValue` or `ForAllValues`",
                            operator.text,
                            entry.key(),
                            entry.count()
                        )
                    })
                }
            },
        }
    }

    fn null(&self, condition: &Condition, entry: Option<Found<'_>>, at: &At<'_>) -> Truth {
        let Values::Bools(values) = &condition.values else { return Truth::False };
        if condition.operator.quantifier.is_some() {
            return self.unknown(at, || format!("`{}` is not an operator", condition.operator.text));
        }
        if entry.is_some_and(|entry| entry.count() == 0) {
            return self
                .unknown(at, || format!("`Null` on `{}`, which is there but empty", condition.key.as_str()));
        }
        let missing = entry.is_none();
        Truth::any(values.iter().map(|value| match value {
            Some(wanted) => Truth::from(*wanted == missing),
            None => self.unknown(at, || {
                format!("a value of `Null` on `{}` is neither true nor false", condition.key.as_str())
            }),
        }))
    }

    /// One value of the request against all values of the condition.
    fn value(&self, condition: &Condition, given: &str, at: &At<'_>) -> Truth {
        let matched = match &condition.values {
            Values::Text(values) => self.text(condition, values, given, at),
            Values::Numbers(values) => {
                let Comparison::Number(order) = condition.operator.comparison else { return Truth::False };
                self.ordered(condition, values, Number::parse(given), order, at)
            }
            Values::Dates(values) => {
                let Comparison::Date(order) = condition.operator.comparison else { return Truth::False };
                self.ordered(condition, values, value::parse_date(given), order, at)
            }
            Values::Networks(values) => {
                let address = value::parse_address(given);
                self.any_known(condition, values, at, |network| {
                    address.is_some_and(|a| contains(network, &a))
                })
            }
            Values::Bools(values) => {
                let given = parse_bool(given);
                self.any_known(condition, values, at, |value| given == Some(*value))
            }
        };
        if condition.negated { !matched } else { matched }
    }

    /// Whether a value compares so with one of them; for `NotEquals`, whether it *equals* one.
    fn ordered<T: Ord>(
        &self,
        condition: &Condition,
        values: &[Option<T>],
        given: Option<T>,
        order: Order,
        at: &At<'_>,
    ) -> Truth {
        self.any_known(condition, values, at, |value| {
            given.as_ref().is_some_and(|given| match order {
                Order::Equals | Order::NotEquals => given == value,
                Order::LessThan => given < value,
                Order::LessThanEquals => given <= value,
                Order::GreaterThan => given > value,
                Order::GreaterThanEquals => given >= value,
            })
        })
    }

    fn any_known<T>(
        &self,
        condition: &Condition,
        values: &[Option<T>],
        at: &At<'_>,
        holds: impl Fn(&T) -> bool,
    ) -> Truth {
        Truth::any(values.iter().map(|value| match value {
            Some(value) => holds(value).into(),
            None => self.unknown(at, || {
                format!(
                    "a value of `{}` on `{}` is not of the operator's type",
                    condition.operator.text,
                    condition.key.as_str()
                )
            }),
        }))
    }

    fn text(&self, condition: &Condition, values: &[TextValue], given: &str, at: &At<'_>) -> Truth {
        let folded;
        let given = if condition.fold {
            folded = given.to_lowercase();
            &folded
        } else {
            given
        };
        Truth::any(values.iter().map(|value| self.matches(condition, value, given, at)))
    }

    fn matches(&self, condition: &Condition, value: &TextValue, given: &str, at: &At<'_>) -> Truth {
        let (operator, key) = (&condition.operator.text, condition.key.as_str());
        match value {
            TextValue::Exact(text) => same(text.as_bytes(), given.as_bytes()).into(),
            TextValue::Like(glob) => glob.matches(given).into(),
            TextValue::Arn(arn) => arn.matches(given).into(),
            // IAM's checks refuse most such values; how it compares the rest is not documented.
            TextValue::NoArn(glob) if glob.matches(given) => {
                self.unknown(at, || format!("a value of `{operator}` on `{key}` is not an ARN"))
            }
            TextValue::NoArn(_) => Truth::False,
            TextValue::Variable(template) => match template.fill(&self.request.context) {
                Ok(glob) => {
                    let filled = TextValue::of(glob, condition.operator.comparison);
                    self.matches(condition, &filled, given, at)
                }
                Err(Unfilled::Several) => self.unknown(at, || {
                    format!("a variable in `{operator}` on `{key}` names a key of several values")
                }),
                // It equals nothing (UG, "Policy variables with no value"): positive operators are
                // false, negated ones true.
                Err(Unfilled::NoValue) => Truth::False,
            },
        }
    }
}
