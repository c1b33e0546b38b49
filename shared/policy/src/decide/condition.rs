//! Whether one operator on one key holds for a request.

use super::compile::{Condition, Mismatch, TextValue, Values, contains, parse_bool};
use super::glob::{Glob, arn_matches, segments};
use super::truth::Truth;
use super::{At, Evaluation};
use crate::document::{Comparison, Order, Quantifier};
use crate::keys;
use crate::request::ContextValue;
use crate::value::{self, Number};

impl Evaluation<'_> {
    pub(super) fn condition(&self, condition: &Condition, at: At<'_>) -> Truth {
        let operator = &condition.operator;
        let entry = self.request.context.get(&condition.key);
        if let Some(entry) = entry
            && entry.contested
        {
            return self.unknown(at, || format!("key `{}` is given in two spellings", entry.key));
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
                None => operator.comparison.negated(),
            });
        };
        match condition.mismatch {
            Mismatch::No => {}
            Mismatch::Fails if !operator.comparison.negated() => return Truth::False,
            Mismatch::Fails | Mismatch::Contested => {
                return self.unknown(at, || {
                    format!("`{}` is not an operator for the type of `{}`", operator.text, entry.key)
                });
            }
        }
        let each = |value: &String| self.value(condition, value, at);
        match operator.quantifier {
            Some(Quantifier::AllValues) => Truth::all(entry.values.iter().map(each)),
            Some(Quantifier::AnyValue) => Truth::any(entry.values.iter().map(each)),
            None => match entry.values.as_slice() {
                [one] => self.value(condition, one, at),
                many => {
                    // How IAM reads several values without a quantifier is contested: if any and
                    // all agree, it does not matter.
                    let any = Truth::any(many.iter().map(each));
                    let all = Truth::all(many.iter().map(each));
                    if any == all && !many.is_empty() {
                        return any;
                    }
                    self.unknown(at, || {
                        format!(
                            "`{}` on `{}`, which has {} values, lacks `ForAnyValue` or `ForAllValues`",
                            operator.text,
                            entry.key,
                            many.len()
                        )
                    })
                }
            },
        }
    }

    fn null(&self, condition: &Condition, entry: Option<&ContextValue>, at: At<'_>) -> Truth {
        let Values::Bools(values) = &condition.values else { return Truth::False };
        if condition.operator.quantifier.is_some() {
            return self.unknown(at, || format!("`{}` is not an operator", condition.operator.text));
        }
        if entry.is_some_and(|entry| entry.values.is_empty()) {
            return self.unknown(at, || format!("`Null` on `{}`, which is there but empty", condition.key));
        }
        let missing = entry.is_none();
        Truth::any(values.iter().map(|value| match value {
            Some(wanted) => Truth::from(*wanted == missing),
            None => self.unknown(at, || {
                format!("a value of `Null` on `{}` is neither true nor false", condition.key)
            }),
        }))
    }

    /// One value of the request against all values of the condition.
    fn value(&self, condition: &Condition, given: &str, at: At<'_>) -> Truth {
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
        if condition.operator.comparison.negated() { !matched } else { matched }
    }

    /// Whether a value compares so with one of them; for `NotEquals`, whether it *equals* one.
    fn ordered<T: Ord>(
        &self,
        condition: &Condition,
        values: &[Option<T>],
        given: Option<T>,
        order: Order,
        at: At<'_>,
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
        at: At<'_>,
        holds: impl Fn(&T) -> bool,
    ) -> Truth {
        Truth::any(values.iter().map(|value| match value {
            Some(value) => holds(value).into(),
            None => self.unknown(at, || {
                format!(
                    "a value of `{}` on `{}` is not of the operator's type",
                    condition.operator.text, condition.key
                )
            }),
        }))
    }

    fn text(&self, condition: &Condition, values: &[TextValue], given: &str, at: At<'_>) -> Truth {
        let folded;
        let given = match condition.operator.comparison {
            Comparison::Text { ignore_case: true, .. } => {
                folded = given.to_lowercase();
                folded.as_str()
            }
            _ => given,
        };
        let arn = matches!(condition.operator.comparison, Comparison::Arn { .. });
        let fold = matches!(condition.operator.comparison, Comparison::Text { ignore_case: true, .. });
        Truth::any(values.iter().map(|value| {
            let built;
            let glob = match value {
                TextValue::Fixed(glob) => glob,
                TextValue::Variable(pieces) => {
                    let mut multivalued = false;
                    let lowered;
                    let pieces = if fold {
                        lowered = self.fold_variables(pieces);
                        &lowered
                    } else {
                        pieces
                    };
                    let glob = Glob::new(pieces, |key, default| self.resolve(key, default, &mut multivalued));
                    if multivalued {
                        return self.unknown(at, || {
                            format!(
                                "a variable in `{}` on `{}` names a key of several values",
                                condition.operator.text, condition.key
                            )
                        });
                    }
                    match glob {
                        Some(glob) => {
                            built = glob;
                            &built
                        }
                        // A variable without a value equals nothing (UG, "Policy variables with no
                        // value"): positive operators false, negated ones true.
                        None => return Truth::False,
                    }
                }
            };
            if !arn || glob.has_literal_head() {
                return glob.matches(given).into();
            }
            let parts = segments(glob.steps());
            if parts.len() < 6 {
                // Not an ARN. IAM's checks refuse most such values; how it compares the rest is
                // not documented.
                return if glob.matches(given) {
                    self.unknown(at, || {
                        format!(
                            "a value of `{}` on `{}` is not an ARN",
                            condition.operator.text, condition.key
                        )
                    })
                } else {
                    Truth::False
                };
            }
            arn_matches(&parts, given).into()
        }))
    }

    /// Replaces variables by their lower-case values.
    fn fold_variables(&self, pieces: &[crate::text::Piece]) -> Vec<crate::text::Piece> {
        use crate::text::Piece;
        pieces
            .iter()
            .map(|piece| match piece {
                Piece::Variable { key, default } => match self.resolve(key, default.as_deref(), &mut false) {
                    Some(value) => Piece::Literal(value.to_lowercase()),
                    None => piece.clone(),
                },
                other => other.clone(),
            })
            .collect()
    }

    /// The value of a variable.
    pub(super) fn resolve<'k>(
        &'k self,
        key: &str,
        default: Option<&'k str>,
        multivalued: &mut bool,
    ) -> Option<&'k str> {
        let Some(entry) = self.request.context.get(key) else { return default };
        match entry.values.as_slice() {
            [one] if !entry.contested && !keys::facts(key).multivalued => Some(one.as_str()),
            [] => default,
            // Multivalued keys cannot be variables.
            _ => {
                *multivalued = true;
                None
            }
        }
    }
}
