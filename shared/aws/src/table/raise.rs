//! Raising a row: one write if it is new or has nothing left over, two otherwise.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use stanchion_hub::TableError;
use stanchion_hub::work::{Cause, Key, Millis, Row, SCHEMA_VERSION};

use super::item::{Item, json, n, s};
use super::layout::{self, State};
use super::row::{self, Stored};
use super::{DynamoTable, MAX_TRIES, contended, requests};

/// The one write. What it sets of a row that is there is what [`Row::raise`] makes of one that has nothing
/// left over, and so no causes.
const UPDATE: &str = "\
    SET #schema = :schema, #due = :due, #causes = :causes, #causes_dropped = :causes_dropped, \
        #state = :state, #order = :order, \
        #done = if_not_exists(#done, :zero), #looks = if_not_exists(#looks, :zero), \
        #attempts = if_not_exists(#attempts, :zero), #unseen = if_not_exists(#unseen, :unseen), \
        #subjects = if_not_exists(#subjects, :none) \
    REMOVE #expires \
    ADD #wanted :one, #revision :one";

/// What the write asks for: no row, or one of this version that has nothing left over.
const CONDITION: &str = "attribute_not_exists(#pk) OR (#schema = :schema AND attribute_not_exists(#state))";

/// The attributes that are named there.
const NAMES: [&str; 15] = [
    "attempts",
    "causes",
    "causes_dropped",
    "done",
    "due",
    "expires",
    "looks",
    "order",
    "pk",
    "revision",
    "schema",
    "state",
    "subjects",
    "unseen",
    "wanted",
];

impl DynamoTable {
    pub(super) async fn raise_row(
        &self,
        key: &Key,
        cause: Option<(&str, &Cause)>,
        due: Millis,
    ) -> Result<Row, TableError> {
        for _ in 0..MAX_TRIES {
            let mut found = match self.raise_idle(key, cause, due).await? {
                Ok(row) => return Ok(row),
                Err(found) => found,
            };
            // Until it is raised, or somebody has finished or dropped it.
            while let Some(mut stored) = found.filter(|stored| stored.row.is_wanted()) {
                stored.row.raise(cause, due);
                match self.put(&stored).await? {
                    Ok(()) => return Ok(stored.row),
                    Err(other) => found = other,
                }
            }
        }
        Err(contended(key))
    }

    /// Raises a row that is new or has nothing left over. `Err`: what it is instead.
    async fn raise_idle(
        &self,
        key: &Key,
        cause: Option<(&str, &Cause)>,
        due: Millis,
    ) -> Result<Result<Row, Option<Stored>>, TableError> {
        let mut raised = Row::new(key.clone());
        raised.raise(cause, due);
        let (causes, dropped) = row::pack(&raised)?;
        let values = [
            (":schema", n(SCHEMA_VERSION)),
            (":due", n(due)),
            (":causes", AttributeValue::M(causes)),
            (":causes_dropped", n(dropped)),
            (":state", s(State::LeftOver.of(key.account()))),
            (":order", s(layout::due_order(due))),
            (":unseen", json(&raised.unseen)?),
            (":none", AttributeValue::M(Item::new())),
            (":zero", n(0)),
            (":one", n(1)),
        ];
        let mut call = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(layout::keys(key.account(), &layout::row_sk(key))))
            .update_expression(UPDATE)
            .condition_expression(CONDITION)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for name in NAMES {
            call = call.expression_attribute_names(format!("#{name}"), name);
        }
        for (placeholder, value) in values {
            call = call.expression_attribute_values(placeholder, value);
        }
        match call.send().await {
            Ok(output) => Ok(Ok(Stored::read(key, &output.attributes.unwrap_or_default())?.row)),
            Err(error) => match requests::refused(error)? {
                Some(item) => Ok(Err(Some(Stored::read(key, &item)?))),
                None => Ok(Err(None)),
            },
        }
    }
}
