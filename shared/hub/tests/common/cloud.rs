//! AWS as it is seen from outside: now and then as it was a while ago.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use stanchion_changes::Change;
use stanchion_hub::edges::{Gap, Holder, Known};
use stanchion_hub::memory::{Fate, Fates};
use stanchion_hub::{Cloud, CloudError, Key, Millis, Page};

use super::truth::Truth;

/// AWS. Whoever reads sees the state of a moment within the last `lag` milliseconds.
#[derive(Clone)]
pub(crate) struct FakeCloud(pub(crate) Arc<Mutex<World>>, pub(crate) Fates);

pub(crate) struct World {
    pub(crate) now: Millis,
    /// All states that ever were, and since when.
    pub(crate) states: Vec<(Millis, Truth)>,
    pub(crate) lag: Millis,
    /// Which of the last states is seen: a number below the given one.
    pub(crate) draw: Box<dyn FnMut(u64) -> u64 + Send>,
    /// Accounts that let nobody in.
    pub(crate) refusing: BTreeSet<String>,
    /// As of when the organization is known.
    pub(crate) organization: (u64, Millis),
    /// How often AWS was read.
    pub(crate) reads: usize,
    /// Credential reports of accounts, and rows of users, by the name of the row of work.
    pub(crate) credentials: BTreeMap<String, String>,
    /// What lacks of the hub's part, by account.
    pub(crate) gaps: BTreeMap<String, Vec<Gap>>,
}

impl World {
    pub(crate) fn new(truth: Truth, now: Millis) -> Self {
        Self {
            now,
            states: vec![(0, truth)],
            lag: 0,
            draw: Box::new(|_| 0),
            refusing: BTreeSet::new(),
            organization: (1, now),
            reads: 0,
            credentials: BTreeMap::new(),
            gaps: BTreeMap::new(),
        }
    }

    pub(crate) fn truth(&self) -> &Truth {
        &self.states.last().expect("a state").1
    }

    /// Makes something so from now on.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Truth)) {
        let mut truth = self.truth().clone();
        change(&mut truth);
        self.states.push((self.now, truth));
    }

    fn at(&self, moment: Millis) -> &Truth {
        let state = self.states.iter().rev().find(|(since, _)| *since <= moment);
        &state.unwrap_or(&self.states[0]).1
    }

    fn moment(&mut self) -> Millis {
        let lag = u64::try_from(self.lag).expect("a span");
        let late = if lag == 0 { 0 } else { (self.draw)(lag + 1) };
        self.now - i64::try_from(late).expect("a span")
    }

    fn seen(&mut self) -> Truth {
        self.reads += 1;
        let moment = self.moment();
        self.at(moment).clone()
    }
}

impl FakeCloud {
    pub(crate) fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.0.lock().expect("nobody panicked")
    }

    async fn read<R>(
        &self,
        name: &'static str,
        account: Option<&str>,
        read: impl FnOnce(Truth) -> R,
    ) -> Result<R, CloudError> {
        match (self.1)(name) {
            Fate::Dies | Fate::DiesAfter => std::future::pending().await,
            Fate::Fails | Fate::Lost => Err(CloudError::Transient(format!("{name}: Throttling"))),
            Fate::Done => {
                let mut world = self.world();
                if let Some(account) = account.filter(|account| world.refusing.contains(*account)) {
                    let (account, reason) = (account.to_owned(), "AccessDenied".to_owned());
                    return Err(CloudError::Refused { account, reason });
                }
                Ok(read(world.seen()))
            }
        }
    }
}

impl Cloud for FakeCloud {
    async fn holders(
        &self,
        account: &str,
        arn: &str,
        page: Option<&str>,
    ) -> Result<Page<Holder>, CloudError> {
        let from: usize = page.map_or(0, |page| page.parse().expect("a page of ours"));
        let all = self.read("holders", Some(account), |truth| truth.holders(account, arn)).await?;
        let next = (all.len() > from + 3).then(|| (from + 3).to_string());
        Ok(Page { entries: all.into_iter().skip(from).take(3).collect(), next })
    }

    async fn members(
        &self,
        account: &str,
        group: &str,
        _page: Option<&str>,
    ) -> Result<Page<String>, CloudError> {
        let entries = self.read("members", Some(account), |truth| truth.members(account, group)).await?;
        Ok(Page { entries, next: None })
    }

    async fn principal(
        &self,
        key: &Key,
        _roles: bool,
        _doubted: &[String],
    ) -> Result<Option<String>, CloudError> {
        self.read("principal", Some(key.account()), |truth| truth.principal(key)).await
    }

    async fn account(&self, account: &str) -> Result<Vec<String>, CloudError> {
        self.read("account", Some(account), |truth| vec![truth.details(account)]).await
    }

    async fn credentials(&self, key: &Key) -> Result<Option<String>, CloudError> {
        self.read("credentials", Some(key.account()), |_| ()).await?;
        Ok(self.world().credentials.get(&key.to_string()).cloned())
    }

    async fn organization(&self) -> Result<Option<Known>, CloudError> {
        let world = self.world();
        let (generation, as_of) = world.organization;
        Ok(Some(Known { generation, text: world.at(as_of).organization().into() }))
    }

    async fn organization_changed(&self, change: &Change) -> Result<bool, CloudError> {
        self.read("organization_changed", None, |_| ()).await?;
        let mut world = self.world();
        let moment = world.moment();
        let (generation, as_of) = world.organization;
        world.organization = (generation + 1, as_of.max(moment));
        let event: Millis = change.event_time.parse::<jiff::Timestamp>().expect("a time").as_millisecond();
        Ok(world.organization.1 >= event)
    }

    async fn identity_center(&self) -> Result<Option<Known>, CloudError> {
        Ok(None)
    }

    async fn read_again(&self) -> Result<(), CloudError> {
        self.read("read_again", None, |_| ()).await?;
        let mut world = self.world();
        let moment = world.moment();
        let (generation, as_of) = world.organization;
        world.organization = (generation + 1, as_of.max(moment));
        Ok(())
    }

    async fn outpost(&self, account: &str) -> Result<Vec<Gap>, CloudError> {
        self.read("outpost", Some(account), |_| ()).await?;
        Ok(self.world().gaps.get(account).cloned().unwrap_or_default())
    }
}
