//! Reading AWS: IAM of every account, the organization, Identity Center.
//!
//! Lists are read to their last page, or not at all. What AWS does not let us read is
//! [`CloudError::Refused`], what it may let us read later is [`CloudError::Transient`].

mod account;
mod bound;
mod credentials;
mod details;
mod fault;
mod holders;
mod identity_center;
mod kept;
mod organization;
mod outpost;
mod pages;
mod policies;
mod principal;
mod sessions;
mod settings;

use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_config::SdkConfig;
use stanchion_changes::Change;
use stanchion_hub::edges::{Gap, Holder, Known};
use stanchion_hub::work::Kind;
use stanchion_hub::{Cloud, CloudError, Key, Millis, Page};

pub(crate) use self::bound::in_turns;
pub(crate) use self::fault::fault;
pub use self::sessions::{Clock, IAM_ACTIONS, ORGANIZATION_ACTIONS, WATCH_ACTIONS};
pub use self::settings::{AuditRole, CloudSettings, Heard, Secret, SettingsError, Watch};

use self::identity_center::IdentityCenter;
use self::organization::Organization;
use self::outpost::Outposts;
use self::policies::Policies;
use self::sessions::Sessions;
use crate::bucket::Bucket;
use crate::calls::Calls;
use crate::notes::Notes;

/// How long what changes seldom is believed where no event says that it changed.
pub(crate) const SELDOM: Millis = 6 * 60 * 60 * 1000;

/// AWS, read with one program's credentials.
///
/// Dropping one of its futures does no harm: what is kept is written only when it is whole.
pub struct AwsCloud<N> {
    sessions: Sessions,
    policies: Policies,
    organization: Organization,
    identity_center: IdentityCenter,
    outposts: Outposts,
    /// Until when it is believed that there is no organization, and no Identity Center.
    none_until: [AtomicI64; 2],
    notes: N,
    /// Where what was read is kept for people, if anywhere.
    snapshots: Option<Bucket>,
}

/// Places in `none_until`.
const ORGANIZATION: usize = 0;
const IDENTITY_CENTER: usize = 1;

impl<N: Notes> AwsCloud<N> {
    /// Reads AWS with the credentials, the endpoints and the limits of `config`; counts its calls, and
    /// keeps what is read seldom in notes.
    pub fn new(config: &SdkConfig, settings: CloudSettings, notes: N, calls: Calls, clock: Clock) -> Self {
        Self {
            sessions: Sessions::new(config, settings, calls, clock),
            policies: Policies::default(),
            organization: Organization::new(),
            identity_center: IdentityCenter::new(),
            outposts: Outposts::default(),
            none_until: Default::default(),
            notes,
            snapshots: None,
        }
    }

    /// Keeps what is read of whole accounts and of the organization in a bucket: under `snapshots/`, as the
    /// inventory of `docs/INVENTORY.md`.
    #[must_use]
    pub fn with_snapshots(self, bucket: Option<Bucket>) -> Self {
        Self { snapshots: bucket, ..self }
    }

    /// Keeps a file of the inventory. Nothing depends on it: where it cannot be kept, that is logged.
    async fn keep(&self, file: &str, text: impl FnOnce() -> String) {
        let Some(bucket) = &self.snapshots else { return };
        if let Err(reason) = bucket.put(&format!("snapshots/{file}"), text()).await {
            tracing::warn!(file, reason, "a snapshot is not kept");
        }
    }

    /// The present moment, by the clock that was given.
    pub fn now(&self) -> Millis {
        self.sessions.now()
    }

    /// Hands the pages of an account's authorization details over, one at a time, each with how many users
    /// and roles it has.
    ///
    /// # Errors
    /// Those of the calls, and those of `take`, which end the reading.
    pub async fn account_pages(
        &self,
        account: &str,
        take: impl FnMut(String, usize) -> Result<(), CloudError> + Send,
    ) -> Result<(), CloudError> {
        account::pages(&self.sessions, account, take).await
    }

    async fn unless_none<T>(
        &self,
        place: usize,
        known: impl Future<Output = Result<Option<T>, CloudError>>,
    ) -> Result<Option<T>, CloudError> {
        let Some(until) = self.none_until.get(place) else { return known.await };
        if self.sessions.now() < until.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let known = known.await?;
        if known.is_none() {
            until.store(self.sessions.now() + SELDOM, Ordering::Relaxed);
        }
        Ok(known)
    }
}

impl<N: Notes> Cloud for AwsCloud<N> {
    async fn holders(
        &self,
        account: &str,
        policy_arn: &str,
        page: Option<&str>,
    ) -> Result<Page<Holder>, CloudError> {
        holders::holders(&self.sessions, account, policy_arn, page).await
    }

    async fn members(
        &self,
        account: &str,
        group: &str,
        page: Option<&str>,
    ) -> Result<Page<String>, CloudError> {
        holders::members(&self.sessions, account, group, page).await
    }

    async fn principal(
        &self,
        key: &Key,
        roles: bool,
        doubted: &[String],
    ) -> Result<Option<String>, CloudError> {
        let Self { sessions, policies, notes, .. } = self;
        principal::Reader { sessions, policies, notes, doubted }.read(key, roles).await
    }

    async fn account(&self, account: &str) -> Result<Vec<String>, CloudError> {
        let mut texts = Vec::new();
        self.account_pages(account, |text, _| {
            texts.push(text);
            Ok(())
        })
        .await?;
        self.keep(&format!("accounts/{account}.json"), || texts.join("\n")).await;
        Ok(texts)
    }

    async fn credentials(&self, key: &Key) -> Result<Option<String>, CloudError> {
        match key {
            Key::Principal { account, kind: Kind::User, name } => {
                credentials::of_user(&self.sessions, account, name).await
            }
            // Of roles there are none, and the root user's are in the report only.
            Key::Principal { kind: Kind::Role, .. } => Ok(None),
            Key::Principal { account, kind: Kind::Root, .. } | Key::Account { account } => {
                credentials::report(&self.sessions, account).await.map(Some)
            }
        }
    }

    async fn organization(&self) -> Result<Option<Known>, CloudError> {
        self.unless_none(ORGANIZATION, self.organization.known(&self.sessions, &self.notes)).await
    }

    async fn organization_changed(&self, change: &Change) -> Result<bool, CloudError> {
        if change.event_source != "organizations.amazonaws.com" {
            return Ok(true);
        }
        self.organization.changed(&self.sessions, &self.notes, change).await
    }

    async fn identity_center(&self) -> Result<Option<Known>, CloudError> {
        self.unless_none(IDENTITY_CENTER, self.identity_center.known(&self.sessions, &self.notes)).await
    }

    async fn read_again(&self) -> Result<(), CloudError> {
        self.organization.read(&self.sessions, &self.notes).await?;
        self.identity_center.read(&self.sessions, &self.notes).await?;
        if self.snapshots.is_some() {
            for (file, known) in [
                ("organization.json", self.organization().await?),
                ("identity-center.json", self.identity_center().await?),
            ] {
                if let Some(known) = known {
                    self.keep(file, || known.text.to_string()).await;
                }
            }
        }
        Ok(())
    }

    async fn outpost(&self, account: &str) -> Result<Vec<Gap>, CloudError> {
        self.outposts.gaps(&self.sessions, account).await
    }
}
