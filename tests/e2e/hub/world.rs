//! The emulator, the organization in it, and the hub.

use std::env;
use std::path::PathBuf;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};

use crate::calls::Calls;
use crate::deploy::{self, Stack};
use crate::inbox::Inbox;
use crate::organization::{self, Names};
use crate::principals;

/// The account that the hub is in: the management account, since the emulator has no delegated
/// administrators.
pub(crate) const HUB: &str = "111122223333";
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
    /// The calls that the emulator noted.
    pub(crate) calls: Calls,
    pub(crate) place: Place,
}

/// Where things are: set by `cargo xtask e2e`.
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
    fn read() -> Self {
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
        for account in names.members() {
            deploy::deploy_member(&place, &account);
        }
        let stack = deploy::deploy(&place, &names);
        let inbox = Inbox::subscribe(&place, &stack).await;
        let calls = Calls::new(&place);
        Self { names, stack, inbox, calls, place }
    }
}
