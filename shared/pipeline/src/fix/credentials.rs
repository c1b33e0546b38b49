//! Passwords, keys and devices that are not in order: what is to be done is no change of a policy.

use stanchion_inventory::{Inventory, Moment, Principal, PrincipalKind};
use stanchion_policy::prove::Witness;

use super::edit::Edit;
use super::{Case, Step, Who};

/// What is to be done with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// The console password is deleted.
    Password,
    /// An access key, the first or the second, is deactivated, or deleted where it is the root user's.
    Key(usize),
    /// A device for multi-factor authentication is registered.
    Device,
}

impl Credential {
    /// Makes the change in the inventory's credential report.
    pub(super) fn apply(self, account: &str, user: Option<&str>, inventory: &mut Inventory) -> bool {
        inventory.change_credentials(account, user, |own| match self {
            Self::Password => own.password = Some(false),
            Self::Device => own.mfa = Some(true),
            Self::Key(number) => {
                if let Some(key) = own.keys.get_mut(number - 1) {
                    key.active = Some(false);
                }
            }
        })
    }

    /// What is to be done; the commands are the AWS CLI's.
    pub(super) fn told(self, user: Option<&str>) -> String {
        match (self, user) {
            (Self::Password, Some(user)) => {
                format!(
                    "Delete the console password of user {user}: aws iam delete-login-profile --user-name {user}"
                )
            }
            (Self::Key(number), Some(user)) => format!(
                "Deactivate access key {number} of user {user}: aws iam update-access-key --user-name {user} --status \
                 Inactive --access-key-id, with the id that aws iam list-access-keys tells"
            ),
            (Self::Device, Some(user)) => format!("Register a second factor for user {user}"),
            (Self::Key(number), None) => {
                format!("Delete access key {number} of the root user, signed in as it")
            }
            (Self::Device, None) => "Register a second factor for the root user, signed in as it".to_owned(),
            (Self::Password, None) => "Have no password for the root user".to_owned(),
        }
    }

    /// What is lost by it.
    pub(super) fn loses(self) -> Option<String> {
        match self {
            Self::Device => None,
            Self::Password => Some("whoever signs in with the password can no longer".to_owned()),
            Self::Key(number) => Some(format!("whatever still uses access key {number} can no longer")),
        }
    }
}

/// What a facet of a rule about identities asks for.
pub(super) fn in_order(case: &Case<'_>, inventory: &Inventory, _: Option<&Witness>) -> Option<Step> {
    let Who::Principal(principal, _) = &case.who else { return None };
    let user = match principal.kind {
        PrincipalKind::User => Some(principal.name.clone()),
        PrincipalKind::Root => None,
        PrincipalKind::Role => return None,
    };
    let facet = case.facet?;
    let credential = match facet.split_once(':').unwrap_or((facet, "")) {
        ("console-password" | "password-unused", _) => Credential::Password,
        ("console-mfa" | "root-mfa", _) => Credential::Device,
        ("key-age" | "key-unused", number) => {
            Credential::Key(number.parse().ok().filter(|n| (1..=2).contains(n))?)
        }
        ("keys" | "root-keys", _) => Credential::Key(least_used(principal, inventory)?),
        _ => return None,
    };
    let edit = Edit::Credential { account: principal.account.clone(), user, credential };
    Some(Step { edits: vec![edit], ..Step::default() })
}

/// The active key that was not used for longer; the second of two that were not used at all.
fn least_used(principal: &Principal, inventory: &Inventory) -> Option<usize> {
    let report = inventory.account(&principal.account)?.credentials()?;
    let own = match principal.kind {
        PrincipalKind::Root => report.root()?,
        _ => report.user(&principal.name)?,
    };
    let active = own.keys.iter().enumerate().rev().filter(|(_, key)| key.active == Some(true));
    let used = |moment: Moment| match moment {
        Moment::At(at) => Some(at),
        Moment::Never | Moment::Unknown => None,
    };
    active.min_by_key(|(_, key)| used(key.used)).map(|(index, _)| index + 1)
}
