//! The hub on AWS: its edges, made once.

use std::sync::Arc;

use stanchion_aws::cloud::{AwsCloud, CloudSettings};
use stanchion_aws::{Calls, DynamoTable, SnsTopic, SqsQueue};
use stanchion_hub::{Hub, Settings};
use stanchion_inventory::Inventory;
use stanchion_rules::Rulebook;

use crate::handlers::now;
use crate::settings::Places;

/// The hub whose edges are on AWS.
pub(crate) type AwsHub = Hub<'static, AwsCloud<DynamoTable>, DynamoTable, SqsQueue, SnsTopic>;

/// The hub, and the calls that it made.
pub(crate) struct OnAws {
    pub(crate) hub: AwsHub,
    pub(crate) calls: Calls,
}

impl OnAws {
    /// Makes the edges; none of them calls anything yet.
    ///
    /// # Errors
    /// A setting that is missing or wrong.
    pub(crate) async fn new(
        places: &Places,
        variable: impl Fn(&str) -> Option<String>,
        rulebook: &'static Rulebook,
        nothing: &'static Inventory,
    ) -> Result<Self, String> {
        let settings = Settings::from_env(&variable).map_err(|error| error.to_string())?;
        let cloud = CloudSettings::from_env(&variable).map_err(|error| error.to_string())?;
        let calls = Calls::new();
        let config = stanchion_aws::config(None, None).await;
        let table = DynamoTable::new(&config, &calls, &places.table);
        let queue = SqsQueue::new(&config, &calls, &places.jobs_url, &places.events_url);
        let topic = SnsTopic::new(&config, &calls, &places.topic_arn);
        let cloud = AwsCloud::new(&config, cloud, table.clone(), calls.clone(), Arc::new(now));
        Ok(Self { hub: Hub::new((cloud, table, queue, topic), settings, rulebook, nothing), calls })
    }
}
