//! The whole organization: its tree from the root down, then its policies.

use std::collections::{BTreeMap, VecDeque};

use stanchion_hub::CloudError;

use super::file::{File, Policy};
use super::read::Reader;
use crate::cloud::bound::in_turns;

/// Reads the organization; `None`: the account is in none.
pub(crate) async fn walk(reader: &Reader<'_>) -> Result<Option<File>, CloudError> {
    let Some(organization) = reader.description().await? else { return Ok(None) };
    let mut file = File { organization, roots: reader.roots().await?, ..File::default() };
    let mut parents: VecDeque<String> = file.roots.iter().map(|root| root.id.clone()).collect();
    let mut found = BTreeMap::new();
    while let Some(parent) = parents.pop_front() {
        let (units, accounts) = tokio::try_join!(reader.units(&parent), reader.accounts(&parent))?;
        parents.extend(units.iter().map(|unit| unit.id.clone()));
        file.organizational_units.extend(units);
        // One that was moved while the tree was walked is where it was seen last.
        found.extend(accounts.into_iter().map(|account| (account.id.clone(), account)));
    }
    file.accounts = found.into_values().collect();
    for kind in file.types() {
        file.policies.extend(policies(reader, &kind).await?);
    }
    Ok(Some(file))
}

/// The policies of a type, with texts and targets.
///
/// What each policy is attached to, rather than what is attached to each root, OU and account: there are
/// far fewer policies than accounts.
pub(crate) async fn policies(reader: &Reader<'_>, kind: &str) -> Result<Vec<Policy>, CloudError> {
    let listed = reader.policies(kind).await?;
    let read = in_turns(listed, |summary| async move {
        let (policy, target_ids) = tokio::try_join!(reader.policy(&summary.id), reader.targets(&summary.id))?;
        let gone = || CloudError::Transient(format!("policy {} is listed, and is not there", summary.id));
        Ok(Policy { target_ids, ..policy.ok_or_else(gone)? })
    });
    read.await
}
