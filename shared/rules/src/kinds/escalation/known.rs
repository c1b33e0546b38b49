//! What has been found out of one inventory, for all rules about escalation and all principals.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::passing::Passable;
use super::standing::Standing;
use super::steps::Steps;

/// Roles that a service may assume, by account and service.
type PassableByService = BTreeMap<(String, String), Arc<[Passable]>>;

/// What is known of an inventory's principals; filled in as it is asked for.
#[derive(Default)]
pub(crate) struct Known {
    standings: Mutex<BTreeMap<String, Standing>>,
    passable: Mutex<PassableByService>,
    steps: Mutex<BTreeMap<String, Arc<Steps>>>,
}

impl Known {
    pub(super) fn standing(&self, arn: &str) -> Option<Standing> {
        lock(&self.standings).get(arn).cloned()
    }

    pub(super) fn note_standing(&self, arn: &str, standing: &Standing) {
        lock(&self.standings).insert(arn.to_owned(), standing.clone());
    }

    /// The roles of an account that a service may assume; `find` is called without the lock, since it may
    /// take a while.
    pub(super) fn passable(
        &self,
        account: &str,
        service: &str,
        find: impl FnOnce() -> Vec<Passable>,
    ) -> Arc<[Passable]> {
        let key = (account.to_owned(), service.to_owned());
        if let Some(known) = lock(&self.passable).get(&key) {
            return Arc::clone(known);
        }
        let found: Arc<[Passable]> = find().into();
        // Of two that found out at once, one counts: each has policies of its own, which are asked about.
        Arc::clone(lock(&self.passable).entry(key).or_insert(found))
    }

    /// The steps from a principal.
    pub(super) fn steps(
        &self,
        arn: &str,
        find: impl FnOnce() -> Result<Steps, String>,
    ) -> Result<Arc<Steps>, String> {
        if let Some(known) = lock(&self.steps).get(arn) {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(find()?);
        Ok(Arc::clone(lock(&self.steps).entry(arn.to_owned()).or_insert(found)))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
