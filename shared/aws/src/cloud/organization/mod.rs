//! The organization: read as a whole once, and then only where it changes.

mod change;
mod file;
mod read;
mod walk;

use stanchion_changes::Change;
use stanchion_hub::CloudError;
use stanchion_hub::edges::Known;
use stanchion_inventory::{RCP, SCP, TAG_POLICY};

use self::change::{Shown, read_again};
use self::file::File;
use self::read::Reader;
use super::kept::Kept;
use super::sessions::Sessions;
use crate::notes::Notes;

/// How often a change is read again since others changed the organization meanwhile.
const TRIES: usize = 5;

/// Whether policies of a type are read: those that take part in decisions and rules.
fn is_read(kind: &str) -> bool {
    matches!(kind, SCP | RCP | TAG_POLICY)
}

/// The organization as last known.
pub(crate) struct Organization(Kept);

impl Organization {
    pub(crate) fn new() -> Self {
        Self(Kept::new("organization"))
    }

    /// The organization; `None`: the account is in none.
    pub(crate) async fn known(
        &self,
        sessions: &Sessions,
        notes: &impl Notes,
    ) -> Result<Option<Known>, CloudError> {
        match self.0.last(notes).await?.known() {
            Some(known) => Ok(Some(known)),
            None => self.read(sessions, notes).await,
        }
    }

    /// Reads all of it anew.
    pub(crate) async fn read(
        &self,
        sessions: &Sessions,
        notes: &impl Notes,
    ) -> Result<Option<Known>, CloudError> {
        let last = self.0.last(notes).await?;
        let now = sessions.now();
        let reader = reader(sessions).await?;
        let Some(mut file) = walk::walk(&reader).await? else { return Ok(None) };
        // Who wrote in between has read at least some of it later; the rest waits for the next time.
        self.0.write(notes, &last, &file.text()?, Some(now)).await?;
        let known = self.0.last(notes).await?.known();
        known.map(Some).ok_or_else(|| CloudError::Transient("the organization was not kept".to_owned()))
    }

    /// Reads what a change may have altered. `false`: AWS does not show the change yet.
    pub(crate) async fn changed(
        &self,
        sessions: &Sessions,
        notes: &impl Notes,
        change: &Change,
    ) -> Result<bool, CloudError> {
        for _ in 0..TRIES {
            let last = self.0.last(notes).await?;
            let Some((_, text)) = &last.text else {
                let found = self.read(sessions, notes).await?;
                if found.is_none() {
                    return Ok(true);
                }
                continue;
            };
            let mut file = File::parse(text)?;
            let shown = read_again(&reader(sessions).await?, change, &mut file).await?;
            if self.0.write(notes, &last, &file.text()?, None).await? {
                return Ok(shown == Shown::Yes);
            }
        }
        Err(CloudError::Transient("others change the organization at the same time".to_owned()))
    }
}

async fn reader(sessions: &Sessions) -> Result<Reader<'_>, CloudError> {
    let account = sessions.settings.organization_account.as_ref().unwrap_or(&sessions.settings.account);
    Ok(Reader::new(sessions, &sessions.of(account).await?))
}
