//! One process of the functions: a hub of its own, with the SDK's clients that the functions have.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{AppName, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedAsyncSleep, SharedCredentialsProvider};
use stanchion_aws::{Calls, DynamoTable, SnsTopic, SqsQueue};
use stanchion_functions::batch::{self, Answer, Batch, Record};
use stanchion_functions::handlers;
use stanchion_hub::{Hub, Millis, Settings};
use stanchion_inventory::Inventory;
use stanchion_rules::Rulebook;
use tokio::sync::mpsc::UnboundedSender;

use crate::aws::{Aws, Taken, Which};
use crate::common::cloud::FakeCloud;
use crate::gate::{Note, Patience};
use crate::without::{Safeguard, Weakened};

type TheHub = Hub<'static, FakeCloud, Weakened, SqsQueue, SnsTopic>;

/// How long an invocation may take, which nothing here does.
const LEFT: Duration = Duration::from_secs(3600);

/// What every process of a schedule has alike.
pub(crate) struct Common {
    pub(crate) cloud: FakeCloud,
    pub(crate) config: SdkConfig,
    pub(crate) settings: Settings,
    pub(crate) rules: (&'static Rulebook, &'static Inventory),
    pub(crate) without: Option<Safeguard>,
    pub(crate) notes: UnboundedSender<Note>,
}

/// A process.
pub(crate) struct Process {
    pub(crate) name: String,
    hub: Arc<TheHub>,
}

impl Common {
    /// Starts a process, which waits for answers as long as its patience says.
    pub(crate) fn process(&self, aws: &Aws, name: String) -> (Process, Patience) {
        let patience = Patience::default();
        let sleep = SharedAsyncSleep::new(patience.clone());
        let app = AppName::new(name.clone()).expect("a name");
        let config = self.config.to_builder().sleep_impl(sleep).app_name(app).build();
        let calls = Calls::new();
        let table = Weakened { table: DynamoTable::new(&config, &calls, "stanchion"), without: self.without };
        let queue = SqsQueue::new(&config, &calls, aws.url(Which::Jobs), aws.url(Which::Events));
        let topic = SnsTopic::new(&config, &calls, &aws.topic);
        let edges = (self.cloud.clone(), table, queue, topic);
        let (rulebook, nothing) = self.rules;
        let hub = Arc::new(Hub::new(edges, self.settings.clone(), rulebook, nothing));
        (Process { name, hub }, patience)
    }

    /// Hands a process a batch, as Lambda does.
    pub(crate) fn batch(&self, process: &Process, which: Which, taken: &[Taken]) {
        let record = |taken: &Taken| Record { message_id: taken.id.clone(), body: taken.body.clone() };
        let batch = Batch { records: taken.iter().map(record).collect() };
        let (hub, name, notes) = (Arc::clone(&process.hub), process.name.clone(), self.notes.clone());
        tokio::spawn(async move {
            let see_to = |body: String| {
                let hub = Arc::clone(&hub);
                async move {
                    let now = now(&hub);
                    match which {
                        Which::Events => handlers::react_to(&hub, &body, now).await,
                        Which::Jobs => handlers::see_to_job(&hub, &body, now).await,
                    }
                }
            };
            let (answer, _) = batch::each(batch, || LEFT, see_to).await;
            notes.send(Note::Done(name, answer)).ok()
        });
    }

    /// Lets the schedule call a process.
    pub(crate) fn sweep(&self, process: &Process) {
        let (hub, name, notes) = (Arc::clone(&process.hub), process.name.clone(), self.notes.clone());
        tokio::spawn(async move {
            let deadline = now(&hub) + 60_000;
            // What keeps it from going on is the next call's.
            let _ = handlers::go_on_sweeping(&hub, &|| now(&hub), deadline).await;
            notes.send(Note::Done(name, Answer::default())).ok()
        });
    }
}

fn now(hub: &TheHub) -> Millis {
    hub.cloud.world().now
}

/// How the functions call AWS, at an address, for an account and a region.
pub(crate) async fn config(endpoint: &str, aws: &Aws) -> SdkConfig {
    let credentials = Credentials::new(&aws.account, "test", None, None, "test");
    let config = stanchion_aws::config(None, Some(&aws.region)).await.into_builder();
    config
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .stalled_stream_protection(
            aws_config::stalled_stream_protection::StalledStreamProtectionConfig::disabled(),
        )
        .build()
}
