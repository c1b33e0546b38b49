//! The hub on AWS: its edges, made once; the hub itself again whenever another rulebook is adopted.

use std::sync::{Arc, Mutex, PoisonError};

use stanchion_aws::cloud::{AwsCloud, CloudSettings};
use stanchion_aws::{Bucket, Calls, DynamoTable, SnsTopic, SqsQueue};
use stanchion_hub::rulebook::{Adoption, adopt};
use stanchion_hub::{Fault, Hub, Millis, Settings};
use stanchion_inventory::Inventory;
use stanchion_rules::Rulebook;

use crate::deployed;
use crate::handlers::now;
use crate::rulebook::{self, Source};
use crate::settings::{Function, Places};

/// How long a rulebook is judged by, at most, before it is looked whether another one is adopted.
const LOOK_EVERY: Millis = 60_000;

/// The hub whose edges are on AWS.
pub(crate) type AwsHub = Hub<'static, AwsCloud<DynamoTable>, DynamoTable, SqsQueue, SnsTopic>;

/// The hub's edges, the hub, and the calls that it made.
pub(crate) struct OnAws {
    pub(crate) calls: Calls,
    table: DynamoTable,
    source: Source,
    look_every: Millis,
    make: Box<dyn Fn(&'static Rulebook) -> AwsHub + Send + Sync>,
    held: Mutex<Held>,
}

/// The hub in use.
#[derive(Clone, Copy)]
struct Held {
    hub: &'static AwsHub,
    rulebook: &'static Rulebook,
    looked: Millis,
}

impl OnAws {
    /// Makes the edges, and the hub with the rulebook that there is.
    ///
    /// # Errors
    /// A setting that is missing or wrong; a rulebook that cannot be used where there was never a good one.
    pub(crate) async fn new(
        places: Places,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let settings = Settings::from_env(&variable).map_err(|error| error.to_string())?;
        let cloud_settings = CloudSettings::from_env(&variable).map_err(|error| error.to_string())?;
        let nothing = Inventory::from_parts(None, &[]).map_err(|error| error.to_string())?;
        let calls = Calls::new();
        let config = stanchion_aws::config_of_function(&variable);
        let table = DynamoTable::new(&config, &calls, &places.table);
        let queue = SqsQueue::new(&config, &calls, &places.jobs_url, &places.events_url);
        let topic = SnsTopic::new(&config, &calls, &places.topic_arn);
        let bucket = places.bucket.as_ref().map(|name| Bucket::new(&config, &calls, name));
        let source = match (&places.rulebook_key, &bucket) {
            (Some(key), Some(bucket)) => Source::InBucket(bucket.clone(), key.clone()),
            (Some(_), None) => {
                return Err("`STANCHION_RULEBOOK_KEY` is set, and `STANCHION_BUCKET` is not".to_owned());
            }
            (None, _) => Source::Packed(places.rulebook.clone()),
        };
        let first = match rulebook::first(&source, &places.rulebook, &table).await {
            // A newer edition may be good where this version cannot read the last one any more; the sweep looks for it.
            Err(error) if places.function == Function::Sweep => {
                tracing::error!(error, "the rulebook");
                adopt(&table, &source, now()).await.map_err(|fault| fault.to_string())?;
                rulebook::first(&source, &places.rulebook, &table).await?
            }
            first => first?,
        };
        // They live as long as the process, and tasks must be able to borrow them. A rulebook that is adopted later is
        // one more: people write few in the hours that a process lives.
        let nothing: &'static Inventory = Box::leak(Box::new(nothing));
        // The pass by a new one waits for longer.
        let look_every = LOOK_EVERY.min(settings.rulebook_settle / 2);
        let edges = (calls.clone(), table.clone());
        let make = move |rulebook| {
            let (calls, table) = edges.clone();
            let cloud = AwsCloud::new(&config, cloud_settings.clone(), table.clone(), calls, Arc::new(now));
            let cloud = cloud.with_snapshots(bucket.clone());
            Hub::new((cloud, table, queue.clone(), topic.clone()), settings.clone(), rulebook, nothing)
        };
        let held = hold(&make, first);
        Ok(Self { calls, table, source, look_every, make: Box::new(make), held: Mutex::new(held) })
    }

    /// The hub, with the rulebook that is adopted now, or was a minute ago.
    pub(crate) async fn hub(&self) -> &'static AwsHub {
        let held = *self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = matches!(self.source, Source::InBucket(..)) && now() - held.looked >= self.look_every;
        if is_time { self.look(held).await } else { held.hub }
    }

    /// Looks for a newer edition of the rulebook, and adopts it if it is good: the sweep does. The hub with what is
    /// adopted then.
    ///
    /// # Errors
    /// Those of the table.
    pub(crate) async fn adopt(&self) -> Result<&'static AwsHub, Fault> {
        match adopt(&self.table, &self.source, now()).await? {
            Adoption::Adopted { adopted, doubts } => {
                tracing::info!(edition = adopted.edition, digest = adopted.digest, "a rulebook is adopted");
                for doubt in doubts {
                    tracing::warn!(doubt, "the rulebook");
                }
            }
            Adoption::Refused(refused) => {
                let (edition, reasons) = (&refused.edition, refused.reasons.join("\n"));
                tracing::error!(edition, reasons, "the newest rulebook cannot be used");
            }
            Adoption::Unavailable(reason) => tracing::warn!(reason, "the rulebook"),
            Adoption::Nothing | Adoption::Unchanged | Adoption::Overtaken => {}
        }
        let held = *self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // Of one that is packed, the start has chosen already, and every function chose the same.
        Ok(if matches!(self.source, Source::InBucket(..)) { self.look(held).await } else { held.hub })
    }

    /// Whether the newest edition of the rulebook can be used; it is adopted if it can.
    ///
    /// # Errors
    /// What is wrong with it, or that nobody knows.
    pub(crate) async fn check(&self) -> Result<(), String> {
        let adoption = adopt(&self.table, &self.source, now()).await.map_err(|fault| fault.to_string())?;
        deployed::verdict(&adoption)
    }

    async fn look(&self, held: Held) -> &'static AwsHub {
        let mut next = Held { looked: now(), ..held };
        let digest =
            stanchion_hub::rulebook::adopted(&self.table).await.map(|adopted| adopted.map(|it| it.digest));
        if matches!(&digest, Ok(Some(digest)) if *digest != held.rulebook.digest) {
            match rulebook::adopted(&self.table).await {
                Ok(Some(rulebook)) => next = hold(&self.make, rulebook),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(error, "the rulebook that is adopted cannot be read: the last one stays");
                }
            }
        }
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = next;
        next.hub
    }
}

fn hold(make: &dyn Fn(&'static Rulebook) -> AwsHub, rulebook: Rulebook) -> Held {
    let rulebook: &'static Rulebook = Box::leak(Box::new(rulebook));
    Held { hub: Box::leak(Box::new(make(rulebook))), rulebook, looked: now() }
}
