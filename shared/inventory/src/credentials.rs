//! Credential reports: what IAM knows of the passwords, devices and access keys of an account's users.
//!
//! The columns are AWS's own (IAM User Guide, "Generate credential reports for your AWS account", report
//! format). A report is up to four hours old when it is fetched.

use std::collections::BTreeMap;

use stanchion_policy::value::parse_date;

use crate::error::{InventoryError, quoted};
use crate::table;

/// What the report calls the root user.
const ROOT: &str = "<root_account>";

/// When something last happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Moment {
    /// Then, in nanoseconds since the epoch.
    At(i128),
    /// It has not, or not since AWS keeps track of it.
    Never,
    /// The input does not say.
    #[default]
    Unknown,
}

/// One account's credential report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CredentialReport {
    /// Users, by name.
    users: BTreeMap<String, Credentials>,
    root: Option<Credentials>,
}

impl CredentialReport {
    /// What is known of a user; `None`: the report does not list it.
    pub fn user(&self, name: &str) -> Option<&Credentials> {
        self.users.get(name)
    }

    pub(crate) fn of_mut(&mut self, user: Option<&str>) -> Option<&mut Credentials> {
        match user {
            Some(name) => self.users.get_mut(name),
            None => self.root.as_mut(),
        }
    }

    /// What is known of the root user.
    pub fn root(&self) -> Option<&Credentials> {
        self.root.as_ref()
    }
}

/// The credentials of a user. What is `None` the report does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Credentials {
    /// Whether there is a console password.
    pub password: Option<bool>,
    /// When it was last set.
    pub password_changed: Moment,
    /// When it was last used.
    pub password_used: Moment,
    /// Whether there is a device for multi-factor authentication.
    pub mfa: Option<bool>,
    /// The two access keys that a user may have.
    pub keys: [AccessKey; 2],
}

/// An access key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessKey {
    /// Whether there is one that can be used.
    pub active: Option<bool>,
    /// When it was made.
    pub made: Moment,
    /// When it was last used.
    pub used: Moment,
}

/// Reads a report.
///
/// # Errors
/// A text that is not a table with AWS's columns; a user of another account, or one that is there twice.
pub(crate) fn read(id: &str, text: &str, place: &str) -> Result<CredentialReport, InventoryError> {
    let mut report = CredentialReport::default();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for row in table::read(text, place, &["user", "arn"])?.rows() {
        let (user, arn) = (row.get("user").unwrap_or_default(), row.get("arn").unwrap_or_default());
        if arn.split(':').nth(4) != Some(id) {
            let (place, arn, account) = (place.to_owned(), quoted(arn), id.to_owned());
            return Err(InventoryError::WrongAccount { place, arn, account });
        }
        if let Some(first) = seen.insert(user.to_owned(), row.line) {
            let (first, second) = (format!("line {first}"), format!("line {}", row.line));
            return Err(InventoryError::repeated(place, user, first, second));
        }
        let key = |number: usize| AccessKey {
            active: flag(row.get(&format!("access_key_{number}_active"))),
            made: moment(row.get(&format!("access_key_{number}_last_rotated"))),
            used: moment(row.get(&format!("access_key_{number}_last_used_date"))),
        };
        let credentials = Credentials {
            password: flag(row.get("password_enabled")),
            password_changed: moment(row.get("password_last_changed")),
            password_used: moment(row.get("password_last_used")),
            mfa: flag(row.get("mfa_active")),
            keys: [key(1), key(2)],
        };
        match user {
            ROOT => report.root = Some(credentials),
            name => {
                report.users.insert(name.to_owned(), credentials);
            }
        }
    }
    Ok(report)
}

/// `not_supported` is said where the report does not look.
fn flag(text: Option<&str>) -> Option<bool> {
    match text?.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// `N/A` and `no_information` are said where there is nothing, or nothing since AWS keeps track.
fn moment(text: Option<&str>) -> Moment {
    match text {
        Some("N/A" | "no_information") => Moment::Never,
        Some(text) => parse_date(text).map_or(Moment::Unknown, Moment::At),
        None => Moment::Unknown,
    }
}
