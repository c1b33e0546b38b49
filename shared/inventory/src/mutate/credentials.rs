//! What an account's credential report says, as it would be after something was done.

use std::sync::Arc;

use crate::credentials::Credentials;
use crate::inventory::Inventory;

impl Inventory {
    /// Changes what the credential report says of a user, or with `None` of the root user. `false`: there is no
    /// report, or it does not list it.
    pub fn change_credentials(
        &mut self,
        account: &str,
        user: Option<&str>,
        change: impl FnOnce(&mut Credentials),
    ) -> bool {
        let report = self.account_mut(account).and_then(|account| account.credentials.as_mut());
        let own = report.map(Arc::make_mut).and_then(|report| report.of_mut(user));
        own.map(change).is_some()
    }
}
