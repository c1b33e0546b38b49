//! What came of a look, in one transaction with its row.
//!
//! A transaction has at most 100 items and 4 MB (DynamoDB Developer Guide, "Quotas"). What does not fit
//! goes before, in parts. The first part takes the row's `looks`, so that nobody else who began with the same
//! row writes any more; the row's `done` comes with the last part. Whoever comes after a crash between two
//! parts finds findings that are true, alerts that are pending, and work left over.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{ConditionCheck, Put, TransactWriteItem};
use stanchion_findings::lifecycle::State as FindingState;
use stanchion_findings::{Batch, Finding, Transition};
use stanchion_hub::TableError;
use stanchion_hub::edges::{Outcome, Written};
use stanchion_hub::work::{Key, Row, SCHEMA_VERSION};

use super::item::{Item, json, n, s};
use super::layout::{self, EXPIRES, ORDER, PK, SCHEMA, STATE, State};
use super::requests::transient;
use super::row::{KEPT_SECONDS, Stored};
use super::{DynamoTable, MAX_TRIES, contended};

/// How many items one part has beside the row.
const PART_ITEMS: usize = 99;
/// How many bytes one part has beside the row, which has less than the rest.
const PART_BYTES: usize = 3 * 1024 * 1024;

/// What a transaction does to the row, beside the items.
enum RowStep<'a> {
    /// Writes it, a revision later.
    Write(&'a Stored),
    /// Asks that its `looks` are still these.
    Check(&'a Key, u64),
}

impl DynamoTable {
    pub(super) async fn write_outcome(&self, row: &Row, outcome: &Outcome) -> Result<Written, TableError> {
        let mut parts = parts(self.items(&row.key, &outcome.batch)?);
        let last = parts.pop().unwrap_or_default();
        let mut read = row.clone();
        for (place, part) in parts.into_iter().enumerate() {
            let written = if place == 0 {
                let taken = self.write_with_row(&part, &read, |stored| {
                    stored.row.looks += 1;
                });
                let taken = taken.await?.is_some();
                read.looks += 1;
                taken
            } else {
                self.transact(&part, RowStep::Check(&read.key, read.looks)).await?
            };
            if !written {
                return Ok(Written::Superseded);
            }
        }
        let finish = |stored: &mut Stored| {
            stored.evaluated(&outcome.batch);
            stored.row.finish(&read, outcome);
        };
        match self.write_with_row(&last, &read, finish).await? {
            Some(stored) => Ok(Written::Yes { wanted: stored.row.wanted }),
            None => Ok(Written::Superseded),
        }
    }

    /// Writes items with their row as it is after `change`; `None` if an evaluation was written since `read`.
    async fn write_with_row(
        &self,
        items: &[Item],
        read: &Row,
        change: impl Fn(&mut Stored),
    ) -> Result<Option<Stored>, TableError> {
        for _ in 0..MAX_TRIES {
            let mut stored = self.stored(&read.key).await?;
            if stored.row.looks != read.looks {
                return Ok(None);
            }
            change(&mut stored);
            if self.transact(items, RowStep::Write(&stored)).await? {
                return Ok(Some(stored));
            }
        }
        Err(contended(&read.key))
    }

    /// Writes everything, or nothing and says `false`: the row is not what it was.
    async fn transact(&self, items: &[Item], step: RowStep<'_>) -> Result<bool, TableError> {
        let row = match step {
            RowStep::Write(stored) => {
                let put =
                    Put::builder().table_name(&self.name).set_item(Some(stored.write((self.now_seconds)())?));
                let put = if stored.revision == 0 {
                    put.condition_expression("attribute_not_exists(#pk)")
                        .expression_attribute_names("#pk", PK)
                } else {
                    put.condition_expression("#revision = :revision")
                        .expression_attribute_names("#revision", "revision")
                        .expression_attribute_values(":revision", n(stored.revision))
                };
                TransactWriteItem::builder().put(put.build().map_err(incomplete)?)
            }
            RowStep::Check(key, looks) => {
                let check = ConditionCheck::builder()
                    .table_name(&self.name)
                    .set_key(Some(layout::keys(key.account(), &layout::row_sk(key))))
                    .condition_expression("#looks = :looks")
                    .expression_attribute_names("#looks", "looks")
                    .expression_attribute_values(":looks", n(looks));
                TransactWriteItem::builder().condition_check(check.build().map_err(incomplete)?)
            }
        };
        let mut call = self.client.transact_write_items().transact_items(row.build());
        for item in items {
            let put = Put::builder().table_name(&self.name).set_item(Some(item.clone()));
            let put = put.build().map_err(incomplete)?;
            call = call.transact_items(TransactWriteItem::builder().put(put).build());
        }
        let Err(error) = call.send().await else { return Ok(true) };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                let reasons = canceled.cancellation_reasons();
                let row = reasons.first().and_then(|reason| reason.code()).unwrap_or("None");
                let conflict = reasons.iter().any(|reason| reason.code() == Some("TransactionConflict"));
                if row == "ConditionalCheckFailed" || conflict {
                    return Ok(false);
                }
                let why = reasons.iter().find(|reason| !matches!(reason.code(), None | Some("None")));
                let why = why.map_or("no reason", |why| why.code().unwrap_or("no reason"));
                Err(TableError::Transient(format!("{}: {why}", error.code().unwrap_or_default())))
            }
            _ => Err(transient(error)),
        }
    }

    /// The items of a batch, each finding together with its transitions.
    fn items(&self, key: &Key, batch: &Batch) -> Result<Vec<Vec<Item>>, TableError> {
        let mut groups = Vec::new();
        let mut told = vec![false; batch.transitions.len()];
        for finding in &batch.findings {
            let gone = batch.removed_subjects.contains(&finding.subject);
            let mut group = vec![self.finding_item(key, finding, gone)?];
            for (told, transition) in told.iter_mut().zip(&batch.transitions) {
                if transition.finding.fingerprint == finding.fingerprint {
                    *told = true;
                    group.push(alert_item(transition)?);
                }
            }
            groups.push(group);
        }
        for (_, transition) in told.iter().zip(&batch.transitions).filter(|(told, _)| !**told) {
            groups.push(vec![alert_item(transition)?]);
        }
        Ok(groups)
    }

    fn finding_item(&self, key: &Key, finding: &Finding, gone: bool) -> Result<Item, TableError> {
        let fingerprint = finding.fingerprint.as_str();
        let mut item = layout::keys(key.account(), &layout::finding_sk(key, fingerprint));
        item.insert(SCHEMA.to_owned(), n(SCHEMA_VERSION));
        item.insert("finding".to_owned(), json(finding)?);
        if finding.state != FindingState::Resolved {
            item.insert(STATE.to_owned(), s(State::Unresolved.of(key.account())));
            item.insert(ORDER.to_owned(), s(fingerprint));
        } else if gone {
            // Its subject's id never comes again.
            item.insert(EXPIRES.to_owned(), n((self.now_seconds)() + KEPT_SECONDS));
        }
        Ok(item)
    }
}

fn alert_item(transition: &Transition) -> Result<Item, TableError> {
    let (pk, sk) = layout::alert_keys(transition);
    let mut item = layout::keys(&pk, &sk);
    item.insert(SCHEMA.to_owned(), n(SCHEMA_VERSION));
    item.insert("transition".to_owned(), json(transition)?);
    item.insert(STATE.to_owned(), s(State::Pending.of(&pk)));
    item.insert(ORDER.to_owned(), s(transition.id.as_str()));
    Ok(item)
}

/// Groups packed into as few parts as their order allows; a group is never torn. The last part is there even if it is empty.
fn parts(groups: Vec<Vec<Item>>) -> Vec<Vec<Item>> {
    let mut parts = Vec::new();
    let (mut part, mut bytes) = (Vec::new(), 0);
    for group in groups {
        let size: usize = group.iter().map(size).sum();
        if part.len() + group.len() > PART_ITEMS || bytes + size > PART_BYTES {
            parts.push(std::mem::take(&mut part));
            bytes = 0;
        }
        bytes += size;
        part.extend(group);
    }
    parts.push(part);
    parts
}

/// About how many bytes an item takes.
fn size(item: &Item) -> usize {
    item.values().map(|value| value.as_s().map_or(32, String::len)).sum()
}

fn incomplete(error: aws_sdk_dynamodb::error::BuildError) -> TableError {
    TableError::Transient(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(items: usize, bytes: usize) -> Vec<Item> {
        vec![Item::from([("x".to_owned(), s("x".repeat(bytes)))]); items]
    }

    #[test]
    fn parts_are_full_and_no_group_is_torn() {
        let lens = |groups| parts(groups).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lens(Vec::new()), [0]);
        assert_eq!(lens(vec![group(2, 10); 49]), [98]);
        assert_eq!(lens(vec![group(2, 10); 50]), [98, 2]);
        assert_eq!(lens(vec![group(2, 1024 * 1024); 3]), [2, 2, 2]);
    }
}
