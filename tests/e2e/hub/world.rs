//! The emulator, the organization in it, and the hub.

use std::path::PathBuf;
use std::{env, fs};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};

use crate::calls::Calls;
use crate::deploy::{self, Stack};
use crate::inbox::{Inbox, Subscription};
use crate::organization::{self, Names};
use crate::principals;
use crate::trails;

/// The management account: the organization is read through it, and its events are forwarded as those of all others.
pub(crate) const MANAGEMENT: &str = "111122223333";
/// The account that the hub is in, as the demo names it.
pub(crate) const HUB: &str = "222233334444";
/// What the audit roles' trust policies ask for.
pub(crate) const EXTERNAL_ID: &str = "nobody-guesses-it";
/// The audit roles' path and name.
pub(crate) const AUDIT_PATH: &str = "/stanchion/";
/// See [`AUDIT_PATH`].
pub(crate) const AUDIT_NAME: &str = "Audit";

/// Everything that the scenarios need.
pub(crate) struct World {
    /// Which id of the demo's organization has which here.
    pub(crate) names: Names,
    /// The deployed hub.
    pub(crate) stack: Stack,
    /// The queue that subscribes to the topic.
    pub(crate) inbox: Inbox,
    /// The queues that subscribe to the topics for people: texts, and cards.
    pub(crate) people: Subscription,
    /// See [`World::people`].
    pub(crate) chat: Subscription,
    /// The queue that subscribes to the topic of what is wrong with the hub itself.
    pub(crate) operations: Subscription,
    /// The calls that the emulator noted.
    pub(crate) calls: Calls,
    pub(crate) place: Place,
}

/// Where things are: set by `cargo xtask e2e`.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) endpoint: String,
    /// The SAM command line.
    pub(crate) sam: PathBuf,
    /// The folder with what `sam build` built.
    pub(crate) built: PathBuf,
    /// A folder for files of this run.
    pub(crate) scratch: PathBuf,
    /// The workspace's root.
    pub(crate) root: PathBuf,
}

impl Place {
    pub(crate) fn read() -> Self {
        let variable = |name: &str| {
            env::var(name).unwrap_or_else(|_| panic!("`{name}` is not set: run `cargo xtask e2e`"))
        };
        Self {
            endpoint: variable("STANCHION_E2E_ENDPOINT"),
            sam: variable("STANCHION_E2E_SAM").into(),
            built: variable("STANCHION_E2E_BUILT").into(),
            scratch: variable("STANCHION_E2E_SCRATCH").into(),
            root: concat!(env!("CARGO_MANIFEST_DIR"), "/../..").into(),
        }
    }

    /// The account that the hub is in.
    pub(crate) fn hub(&self) -> String {
        fs::read_to_string(self.scratch.join("hub.txt")).expect("there is a hub")
    }

    /// What clients need to call AWS as the root user of an account: in the emulator, an account's id is an
    /// access key of it.
    pub(crate) fn config(&self, account: &str) -> SdkConfig {
        let credentials = Credentials::new(account, "test", None, None, "e2e");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.endpoint)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }
}

impl World {
    /// The demo's organization by API calls, the hub by SAM, and a queue that subscribes to its topic.
    pub(crate) async fn build() -> Self {
        let place = Place::read();
        let names = organization::create(&place).await;
        principals::create_all(&place, &names).await;
        // First the members, so that the first sweep may read them.
        fs::write(place.scratch.join("hub.txt"), names.of(HUB)).expect("written");
        let members = names.members();
        for account in &members {
            deploy::deploy_member(&place, account);
        }
        trails::create_all(&place, &names).await;
        let stack = deploy::deploy(&place, &names, &[]);
        let inbox = Inbox::subscribe(&place, &stack).await;
        let people = Subscription::new(&place, stack.output("PeopleTopicArn"), "people", None).await;
        let chat = Subscription::new(&place, stack.output("ChatTopicArn"), "chat", None).await;
        let operations =
            Subscription::new(&place, stack.output("OperationsTopicArn"), "operations", None).await;
        let calls = Calls::new(&place);
        Self { names, stack, inbox, people, chat, operations, calls, place }
    }
}
