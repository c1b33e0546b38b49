//! An account's bucket of calls: one item, which says when the bucket will be full.
//!
//! One conditional write takes calls out of a bucket that is full by now, a second one out of another; neither
//! is ever in vain since somebody else came first, unless the bucket became full or too empty meanwhile.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use stanchion_hub::TableError;
use stanchion_hub::budget::{AHEAD, Draft, Grant};
use stanchion_hub::work::{Millis, SCHEMA_VERSION};

use super::item::{Item, Reader, n};
use super::layout::{self, BUCKET};
use super::{DynamoTable, MAX_TRIES, requests};

/// The attribute that says when it will be full.
const FULL: &str = "full";

/// Of a bucket that is full by now, or that nobody has used for long.
const FRESH: (&str, &str) = (
    "SET #schema = :schema, #full = :after, #expires = :expires",
    "attribute_not_exists(#full) OR (#schema = :schema AND #full <= :now)",
);

/// Of one that is not, while what is set aside of it does not reach too far.
const USED: (&str, &str) = (
    "SET #full = #full + :span, #expires = :expires",
    "#schema = :schema AND #full > :now AND #full <= :most",
);

impl DynamoTable {
    pub(super) async fn take_calls(
        &self,
        account: &str,
        draft: Draft,
        now: Millis,
    ) -> Result<Grant, TableError> {
        // An item that has expired is a bucket that is full.
        let expires = (":expires", n((now + 2 * (AHEAD + draft.burst)) / 1000 + 3_600));
        for _ in 0..MAX_TRIES {
            let (grant, after) = draft.take(0, now);
            let values = [(":after", n(after)), (":now", n(now)), expires.clone()];
            let found = match self.write_bucket(account, FRESH, &values).await? {
                Ok(_) => return Ok(grant),
                Err(found) => found,
            };
            let Some(found) = found else { continue };
            let full: Millis = Reader::new(&found)?.number(FULL)?;
            if full <= now {
                continue;
            }
            if let (grant @ Grant::NotBefore(_), _) = draft.take(full, now) {
                return Ok(grant);
            }
            let most = draft.most(now);
            let values = [(":span", n(draft.span)), (":now", n(now)), (":most", n(most)), expires.clone()];
            if let Ok(written) = self.write_bucket(account, USED, &values).await? {
                let full = Reader(&written).number::<Millis>(FULL)?;
                return Ok(draft.take(full - draft.span, now).0);
            }
        }
        Err(TableError::Transient(format!("the bucket of {account} is written to by many at once")))
    }

    /// Writes a bucket, and returns what it is then; `Err`: what it is since the condition does not hold.
    async fn write_bucket(
        &self,
        account: &str,
        (update, condition): (&str, &str),
        values: &[(&str, AttributeValue)],
    ) -> Result<Result<Item, Option<Item>>, TableError> {
        let mut call = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(layout::keys(account, BUCKET)))
            .update_expression(update)
            .condition_expression(condition)
            .expression_attribute_names("#schema", layout::SCHEMA)
            .expression_attribute_names("#full", FULL)
            .expression_attribute_names("#expires", layout::EXPIRES)
            .expression_attribute_values(":schema", n(SCHEMA_VERSION))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (placeholder, value) in values {
            call = call.expression_attribute_values(*placeholder, value.clone());
        }
        match call.send().await {
            Ok(output) => Ok(Ok(output.attributes.unwrap_or_default())),
            Err(error) => Ok(Err(requests::refused(error)?)),
        }
    }
}
