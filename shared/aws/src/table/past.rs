//! What happened to findings, after it was published.
//!
//! Items of the past expire by the table's time-to-live; of one finding no more than the last [`HISTORY`] are kept.

use std::collections::BTreeMap;

use stanchion_findings::{Finding, HISTORY, Transition};
use stanchion_hub::TableError;
use stanchion_hub::work::SCHEMA_VERSION;

use super::DynamoTable;
use super::item::{Item, Reader, json, n};
use super::layout::{self, EXPIRES, SCHEMA};
use super::row::KEPT_SECONDS;

impl DynamoTable {
    /// Makes pending transitions past ones. What is written first is the past: whoever stops in between publishes
    /// again, and loses nothing.
    pub(super) async fn write_past(&self, transitions: &[Transition]) -> Result<(), TableError> {
        let expires = (self.now_seconds)() + KEPT_SECONDS;
        let mut items = BTreeMap::new();
        for transition in transitions {
            items.insert(layout::past_keys(transition), past_item(transition, expires)?);
        }
        self.batch_put(items.into_values().collect()).await?;
        let kept = u32::try_from(HISTORY).unwrap_or(u32::MAX);
        let too_old = transitions.iter().filter_map(|transition| layout::keys_before(transition, kept));
        self.batch_delete(transitions.iter().map(layout::alert_keys).chain(too_old).collect()).await
    }

    /// What is known to have happened to a finding, the latest last.
    pub(super) async fn read_past(&self, finding: &Finding) -> Result<Vec<Transition>, TableError> {
        let (pk, prefix) = layout::past_of(finding);
        let mut items = self.whole_range(&pk, &prefix, None).await?;
        // What is pending is not past yet.
        let (pk, prefix) = layout::alerts_of(finding);
        items.extend(self.whole_range(&pk, &prefix, None).await?);
        let mut history = BTreeMap::new();
        for item in &items {
            let transition: Transition = Reader::new(item)?.record("transition")?;
            history.insert(transition.finding.transitions, transition);
        }
        Ok(history.into_values().collect())
    }
}

fn past_item(transition: &Transition, expires: i64) -> Result<Item, TableError> {
    let (pk, sk) = layout::past_keys(transition);
    let mut item = layout::keys(&pk, &sk);
    item.insert(SCHEMA.to_owned(), n(SCHEMA_VERSION));
    item.insert("transition".to_owned(), json(transition)?);
    item.insert(EXPIRES.to_owned(), n(expires));
    Ok(item)
}
