//! The organization and Identity Center, parsed once for each generation; and what they say of accounts.

use std::sync::PoisonError;

use stanchion_inventory::{Inventory, InventoryError};

use crate::edges::{Cloud, CloudError, Known};
use crate::hub::Hub;

/// Authorization details of an account that has nobody.
pub(crate) const NOBODY: &str =
    r#"{"UserDetailList":[],"RoleDetailList":[],"GroupDetailList":[],"Policies":[]}"#;

/// An inventory without accounts' details, and the readings that it is of.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    organization: Option<u64>,
    identity_center: Option<u64>,
    inventory: Inventory,
}

impl<C: Cloud, T, Q, P> Hub<'_, C, T, Q, P> {
    /// The organization and Identity Center as they are known now: an inventory without accounts' details.
    ///
    /// # Errors
    /// Those of AWS; a text that is not of its form is [`CloudError::Unreadable`].
    pub(crate) async fn organization(&self) -> Result<Inventory, CloudError> {
        let organization = self.cloud.organization().await?;
        let identity_center = self.cloud.identity_center().await?;
        let generations = [&organization, &identity_center].map(|known| known.as_ref().map(|k| k.generation));
        {
            let parsed = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(parsed) = &*parsed
                && [parsed.organization, parsed.identity_center] == generations
            {
                return Ok(parsed.inventory.clone());
            }
        }
        let inventory = parse(organization.as_ref(), identity_center.as_ref())
            .map_err(|error| CloudError::Unreadable(error.to_string()))?;
        let [organization, identity_center] = generations;
        let parsed = Parsed { organization, identity_center, inventory: inventory.clone() };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(parsed);
        Ok(inventory)
    }

    /// Whether an account is known to be there no more, as one that left the organization or was closed. A
    /// closed account stays for a while (Organizations User Guide, "Closing a member account"), as `CLOSED`
    /// by its state, and as `SUSPENDED` by the status that came before states.
    pub(crate) fn is_gone(&self, account: &str, organization: &Inventory) -> bool {
        let Some(accounts) = organization.organization().and_then(|o| o.accounts.as_ref()) else {
            return false;
        };
        match accounts.get(account) {
            Some(member) => matches!(member.status.as_deref(), Some("SUSPENDED" | "CLOSED")),
            None => account != self.settings.account && !organization.is_management_account(account),
        }
    }

    /// The accounts to evaluate: those of the organization that are not gone; without one, the hub's own.
    /// `None`: the organization's accounts are not known.
    pub(crate) fn accounts(&self, organization: &Inventory) -> Option<Vec<String>> {
        let Some(known) = organization.organization() else {
            return Some(vec![self.settings.account.clone()]);
        };
        let there = |id: &&String| !self.is_gone(id, organization);
        Some(known.accounts.as_ref()?.keys().filter(there).cloned().collect())
    }
}

fn parse(organization: Option<&Known>, identity_center: Option<&Known>) -> Result<Inventory, InventoryError> {
    let inventory = Inventory::from_parts(organization.map(|known| &*known.text), &[])?;
    match identity_center {
        Some(known) => inventory.with_identity_center(&known.text),
        None => Ok(inventory),
    }
}

/// An organization without an account that is there no more: it has no principals, not even a root user.
///
/// # Errors
/// Those of an account's id that is none.
pub(crate) fn without(mut organization: Inventory, account: &str) -> Result<Inventory, InventoryError> {
    organization.remove_account(account);
    organization.with_account(account, NOBODY)
}
