//! The calls of DynamoDB, each once.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    DeleteRequest, KeysAndAttributes, PutRequest, ReturnValuesOnConditionCheckFailure, WriteRequest,
};
use stanchion_hub::{Page, TableError};

use crate::errors::line;

use super::item::{Item, n, s};
use super::layout::{self, BY_STATE, ORDER, PK, SHARDS, SK, STATE, State};
use super::{DynamoTable, MAX_TRIES};

/// How many keys one `BatchWriteItem` takes (API reference).
const BATCH_WRITE: usize = 25;
/// How many keys are read of the index at once: as many as one `BatchGetItem` takes (API reference).
const PAGE: usize = 100;

/// What an item must be for it to be written over.
pub(super) enum Put<'a> {
    /// A row of this revision; 0: not there.
    Revision(u64),
    /// A note of this text; `None`: not there.
    Text(Option<&'a str>),
}

/// Keys of items: `pk` and `sk`.
pub(super) type Keys = (String, String);

/// What DynamoDB said.
pub(super) fn transient<E, R>(error: SdkError<E, R>) -> TableError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    TableError::Transient(line(&error))
}

/// An error of a write that may be that its condition did not hold.
pub(super) trait Refusal {
    /// The item as it is, if it is that; `Some(None)`: there is none.
    fn found(&self) -> Option<Option<Item>>;
}

impl Refusal for UpdateItemError {
    fn found(&self) -> Option<Option<Item>> {
        match self {
            Self::ConditionalCheckFailedException(refused) => Some(refused.item.clone()),
            _ => None,
        }
    }
}

impl Refusal for PutItemError {
    fn found(&self) -> Option<Option<Item>> {
        match self {
            Self::ConditionalCheckFailedException(refused) => Some(refused.item.clone()),
            _ => None,
        }
    }
}

/// The item as it is, of a write whose condition did not hold; any other error is one.
pub(super) fn refused<E, R>(error: SdkError<E, R>) -> Result<Option<Item>, TableError>
where
    E: Refusal + ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error.as_service_error().and_then(Refusal::found) {
        Some(found) => Ok(found),
        None => Err(transient(error)),
    }
}

impl DynamoTable {
    /// One item as the last write left it.
    pub(super) async fn get(&self, pk: &str, sk: &str) -> Result<Option<Item>, TableError> {
        let call = self.client.get_item().table_name(&self.name).consistent_read(true);
        let output = call.set_key(Some(layout::keys(pk, sk))).send().await.map_err(transient)?;
        Ok(output.item)
    }

    /// Writes an item if what is there is what was meant. `Err`: what is there.
    pub(super) async fn put_item(
        &self,
        item: Item,
        over: Put<'_>,
    ) -> Result<Result<(), Option<Item>>, TableError> {
        let call = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let call = match over {
            Put::Revision(0) | Put::Text(None) => {
                call.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK)
            }
            Put::Revision(revision) => call
                .condition_expression("#revision = :revision")
                .expression_attribute_names("#revision", "revision")
                .expression_attribute_values(":revision", n(revision)),
            Put::Text(Some(text)) => call
                .condition_expression("#text = :text")
                .expression_attribute_names("#text", "text")
                .expression_attribute_values(":text", s(text)),
        };
        match call.send().await {
            Ok(_) => Ok(Ok(())),
            Err(error) => Ok(Err(refused(error)?)),
        }
    }

    /// One page of the items of a partition whose `sk` begins with a prefix, as the last writes left them.
    /// Pages go on at an `sk`.
    pub(super) async fn range(
        &self,
        pk: &str,
        prefix: &str,
        filter: Option<(&str, &[&str])>,
        page: Option<&str>,
    ) -> Result<(Vec<Item>, Option<String>), TableError> {
        let mut call = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":pk", s(pk))
            .set_exclusive_start_key(page.map(|sk| layout::keys(pk, sk)));
        call = if prefix.is_empty() {
            call.key_condition_expression("#pk = :pk")
        } else {
            call.key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":prefix", s(prefix))
        };
        if let Some((expression, names)) = filter {
            call = call.filter_expression(expression);
            for name in names {
                call = call.expression_attribute_names(format!("#{name}"), *name);
            }
        }
        let output = call.send().await.map_err(transient)?;
        let next = output.last_evaluated_key.as_ref().and_then(|key| text(key, SK));
        Ok((output.items.unwrap_or_default(), next))
    }

    /// All pages of [`DynamoTable::range`].
    pub(super) async fn whole_range(
        &self,
        pk: &str,
        prefix: &str,
        filter: Option<(&str, &[&str])>,
    ) -> Result<Vec<Item>, TableError> {
        let (mut items, mut next) = self.range(pk, prefix, filter, None).await?;
        while let Some(page) = next {
            let (more, after) = self.range(pk, prefix, filter, Some(&page)).await?;
            items.extend(more);
            next = after;
        }
        Ok(items)
    }

    /// The keys of what is open, at most [`PAGE`] at once, shard by shard; with `before`, of what comes before
    /// that in the order of its state. The index is a moment behind.
    pub(super) async fn open(
        &self,
        state: State,
        before: Option<&str>,
        page: Option<&str>,
    ) -> Result<Page<Keys>, TableError> {
        let (mut shard, mut start) = match page {
            Some(page) => place(page)?,
            None => (0, None),
        };
        loop {
            let mut call = self
                .client
                .query()
                .table_name(&self.name)
                .index_name(BY_STATE)
                .limit(i32::try_from(PAGE).unwrap_or(i32::MAX))
                .expression_attribute_names("#state", STATE)
                .expression_attribute_values(":state", s(state.shard(shard)))
                .set_exclusive_start_key(start.take());
            call = match before {
                Some(before) => call
                    .key_condition_expression("#state = :state AND #order < :before")
                    .expression_attribute_names("#order", ORDER)
                    .expression_attribute_values(":before", s(before)),
                None => call.key_condition_expression("#state = :state"),
            };
            let output = call.send().await.map_err(transient)?;
            let last = output.last_evaluated_key;
            let items = output.items.unwrap_or_default();
            let entries: Vec<Keys> =
                items.iter().filter_map(|item| Some((text(item, PK)?, text(item, SK)?))).collect();
            let next = match last {
                Some(last) => Some(token(shard, Some(&last))),
                None => (shard + 1 < SHARDS).then(|| token(shard + 1, None)),
            };
            if !entries.is_empty() || next.is_none() {
                return Ok(Page { entries, next });
            }
            (shard, start) = place(next.as_deref().unwrap_or_default())?;
        }
    }

    /// The items of these keys, in their order, as the last writes left them; those that are gone are left
    /// out.
    pub(super) async fn batch_get(&self, keys: &[Keys]) -> Result<Vec<Item>, TableError> {
        let mut found = HashMap::new();
        for chunk in keys.chunks(PAGE) {
            let mut wanted: Vec<Item> = chunk.iter().map(|(pk, sk)| layout::keys(pk, sk)).collect();
            for _ in 0..MAX_TRIES {
                if wanted.is_empty() {
                    break;
                }
                let request = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(wanted));
                let request = request.build().map_err(|error| TableError::Transient(error.to_string()))?;
                let call = self.client.batch_get_item().request_items(&self.name, request);
                let output = call.send().await.map_err(transient)?;
                let items = output.responses.and_then(|mut tables| tables.remove(&self.name));
                for item in items.unwrap_or_default() {
                    if let (Some(pk), Some(sk)) = (text(&item, PK), text(&item, SK)) {
                        found.insert((pk, sk), item);
                    }
                }
                let left = output.unprocessed_keys.and_then(|mut tables| tables.remove(&self.name));
                wanted = left.map(|left| left.keys).unwrap_or_default();
            }
            if !wanted.is_empty() {
                return Err(TableError::Transient("keys of a batch were left unread".to_owned()));
            }
        }
        Ok(keys.iter().filter_map(|keys| found.remove(keys)).collect())
    }

    /// Deletes the items of these keys; what is not there is none the worse.
    pub(super) async fn batch_delete(&self, mut keys: Vec<Keys>) -> Result<(), TableError> {
        // A batch must not name an item twice.
        keys.sort_unstable();
        keys.dedup();
        let delete = |(pk, sk): &Keys| {
            let request = DeleteRequest::builder().set_key(Some(layout::keys(pk, sk))).build();
            let request = request.map_err(|error| TableError::Transient(error.to_string()))?;
            Ok(WriteRequest::builder().delete_request(request).build())
        };
        self.batch_write(keys.iter().map(delete).collect::<Result<_, TableError>>()?).await
    }

    /// Writes items, whatever was there; no two have the same keys.
    pub(super) async fn batch_put(&self, items: Vec<Item>) -> Result<(), TableError> {
        let put = |item| {
            let request = PutRequest::builder().set_item(Some(item)).build();
            let request = request.map_err(|error| TableError::Transient(error.to_string()))?;
            Ok(WriteRequest::builder().put_request(request).build())
        };
        self.batch_write(items.into_iter().map(put).collect::<Result<_, TableError>>()?).await
    }

    async fn batch_write(&self, requests: Vec<WriteRequest>) -> Result<(), TableError> {
        for chunk in requests.chunks(BATCH_WRITE) {
            let mut left = chunk.to_vec();
            for _ in 0..MAX_TRIES {
                if left.is_empty() {
                    break;
                }
                let call = self.client.batch_write_item().request_items(&self.name, left);
                let output = call.send().await.map_err(transient)?;
                let unprocessed = output.unprocessed_items.and_then(|mut tables| tables.remove(&self.name));
                left = unprocessed.unwrap_or_default();
            }
            if !left.is_empty() {
                return Err(TableError::Transient("items of a batch were left unwritten".to_owned()));
            }
        }
        Ok(())
    }

    /// One page of the items of the whole table that have an attribute.
    pub(super) async fn scan(&self, having: &str, page: Option<&str>) -> Result<Page<Item>, TableError> {
        let start = page.map(|page| {
            let (pk, sk) = page.split_once('\n').unwrap_or((page, ""));
            layout::keys(pk, sk)
        });
        let call = self.client.scan().table_name(&self.name).set_exclusive_start_key(start);
        let call = call.filter_expression("attribute_exists(#having)");
        let output = call.expression_attribute_names("#having", having).send().await.map_err(transient)?;
        let next = output.last_evaluated_key;
        let next = next.and_then(|key| Some(format!("{}\n{}", text(&key, PK)?, text(&key, SK)?)));
        Ok(Page { entries: output.items.unwrap_or_default(), next })
    }
}

fn text(item: &Item, name: &str) -> Option<String> {
    item.get(name).and_then(|value| value.as_s().ok()).cloned()
}

/// Where the index goes on: a shard, and after which item of it.
fn token(shard: u8, after: Option<&Item>) -> String {
    let after = after.map(|item| [PK, SK, STATE, ORDER].map(|name| text(item, name).unwrap_or_default()));
    serde_json::json!([shard, after]).to_string()
}

fn place(token: &str) -> Result<(u8, Option<Item>), TableError> {
    let (shard, after): (u8, Option<[String; 4]>) = serde_json::from_str(token).map_err(|error| {
        TableError::Unreadable { row: format!("(page {token})"), reason: error.to_string() }
    })?;
    let after = after.map(|values| {
        let names = [PK, SK, STATE, ORDER].map(str::to_owned);
        names.into_iter().zip(values.map(s)).collect()
    });
    Ok((shard, after))
}
