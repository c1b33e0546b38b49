//! What [`AwsCloud`](super::AwsCloud) has to be told.

use std::fmt;

use thiserror::Error;

/// Whose accounts are read, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudSettings {
    /// The account whose credentials the program has; nobody is assumed to read it.
    pub account: String,
    /// Its partition, as `aws`.
    pub partition: String,
    /// Who is assumed to read another account; `None`: no other account can be read.
    pub audit: Option<AuditRole>,
    /// The account whose view of the organization and of Identity Center is read: the management account
    /// or a delegated administrator. `None`: the program's own.
    pub organization_account: Option<String>,
    /// The region of Identity Center's instance; `None`: that of the configuration.
    pub identity_center_region: Option<String>,
    /// What the hub's part in every account should be; `None`: nobody looks whether it is there.
    pub watch: Option<Watch>,
}

/// What the templates made, so that it can be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The name of the hub's stack: rules are called after it.
    pub stack: String,
    /// The bus that other accounts hand events to, an ARN. `None`: they hand over nothing.
    pub bus: Option<String>,
    /// Whether events of keys and buckets are handed over.
    pub resource_policies: bool,
    /// The hub's topics: to one of each list somebody should listen.
    pub topics: Vec<Vec<Heard>>,
}

/// A topic of the hub's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its ARN.
    pub topic: String,
    /// How many of its subscriptions are the hub's own.
    pub own: u64,
}

/// The role that every account has for being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRole {
    /// Its name, with its path if it has one, as `stanchion/Audit`.
    pub name: String,
    /// What its trust policy asks for.
    pub external_id: Option<Secret>,
}

/// A text that is written nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name} {message}")]
pub struct SettingsError {
    /// The variable.
    pub name: &'static str,
    /// What is wrong, and what would be right.
    pub message: String,
}

const ACCOUNT: &str = "STANCHION_ACCOUNT";
const AUDIT_ROLE: &str = "STANCHION_AUDIT_ROLE";
const EXTERNAL_ID: &str = "STANCHION_EXTERNAL_ID";
const ORGANIZATION_ACCOUNT: &str = "STANCHION_ORGANIZATION_ACCOUNT";
const IDENTITY_CENTER_REGION: &str = "STANCHION_IDENTITY_CENTER_REGION";
const STACK: &str = "STANCHION_STACK";
const BUS: &str = "STANCHION_BUS";
/// Where alerts go, people's topic first, each with how many of its subscriptions are the hub's own: the queue that people
/// are told from is one.
const ALERTS: [(&str, u64); 3] =
    [("STANCHION_PEOPLE_TOPIC", 0), ("STANCHION_CHAT_TOPIC", 0), ("STANCHION_TOPIC", 1)];
const OPERATIONS: [(&str, u64); 1] = [("STANCHION_OPERATIONS_TOPIC", 0)];
const RESOURCE_POLICIES: &str = "STANCHION_WATCH_RESOURCE_POLICIES";

impl CloudSettings {
    /// Settings of an account that reads only itself.
    pub fn new(account: &str, region: Option<&str>) -> Self {
        Self {
            account: account.to_owned(),
            partition: partition_of(region).to_owned(),
            audit: None,
            organization_account: None,
            identity_center_region: None,
            watch: None,
        }
    }

    /// Reads the settings from environment variables. One that is empty is not set.
    ///
    /// # Errors
    /// A variable that is missing or does not hold what it should.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let account_of = |name: &'static str| match variable(name) {
            Some(id) if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(id)),
            Some(_) => Err(SettingsError { name, message: "must be an account id of 12 digits".to_owned() }),
            None => Ok(None),
        };
        let missing = |name| SettingsError { name, message: "must be set".to_owned() };
        let account = account_of(ACCOUNT)?.ok_or_else(|| missing(ACCOUNT))?;
        let mut settings = Self::new(&account, variable("AWS_REGION").as_deref());
        let external_id = variable(EXTERNAL_ID).map(Secret::new);
        settings.audit = match variable(AUDIT_ROLE) {
            Some(name) if name.starts_with("arn:") => {
                let message = "must be the role's name: it is the same in every account".to_owned();
                return Err(SettingsError { name: AUDIT_ROLE, message });
            }
            Some(name) => Some(AuditRole { name: name.trim_matches('/').to_owned(), external_id }),
            None if external_id.is_some() => {
                let message = format!("is set, and {AUDIT_ROLE} is not");
                return Err(SettingsError { name: EXTERNAL_ID, message });
            }
            None => None,
        };
        settings.organization_account = account_of(ORGANIZATION_ACCOUNT)?;
        settings.identity_center_region = variable(IDENTITY_CENTER_REGION);
        let resource_policies = match variable(RESOURCE_POLICIES).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                let message = "must be true or false".to_owned();
                return Err(SettingsError { name: RESOURCE_POLICIES, message });
            }
        };
        let heard = |(name, own)| variable(name).map(|topic| Heard { topic, own });
        let topics: Vec<Vec<Heard>> = vec![
            ALERTS.into_iter().filter_map(heard).collect(),
            OPERATIONS.into_iter().filter_map(heard).collect(),
        ];
        settings.watch =
            variable(STACK).map(|stack| Watch { stack, bus: variable(BUS), resource_policies, topics });
        Ok(settings)
    }
}

/// The partition of a region (AWS General Reference, "Amazon Resource Names").
fn partition_of(region: Option<&str>) -> &'static str {
    match region {
        Some(region) if region.starts_with("cn-") => "aws-cn",
        Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<CloudSettings, String> {
        let found = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        CloudSettings::from_env(found).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_set_is_read() {
        let settings = read(&[
            ("STANCHION_ACCOUNT", "111122223333"),
            ("STANCHION_AUDIT_ROLE", "/stanchion/Audit"),
            ("STANCHION_EXTERNAL_ID", "nobody-guesses-it"),
            ("AWS_REGION", "us-gov-west-1"),
        ])
        .expect("settings");
        let audit = settings.audit.as_ref().expect("a role");
        assert_eq!((audit.name.as_str(), settings.partition.as_str()), ("stanchion/Audit", "aws-us-gov"));
        assert!(!format!("{settings:?}").contains("nobody-guesses-it"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(read(&[]).expect_err("no account"), "STANCHION_ACCOUNT must be set");
        let account = ("STANCHION_ACCOUNT", "111122223333");
        let error = read(&[account, ("STANCHION_ORGANIZATION_ACCOUNT", "o-1")]).expect_err("no id");
        assert_eq!(error, "STANCHION_ORGANIZATION_ACCOUNT must be an account id of 12 digits");
        let error = read(&[account, ("STANCHION_AUDIT_ROLE", "arn:aws:iam::1:role/A")]).expect_err("an ARN");
        assert!(error.starts_with("STANCHION_AUDIT_ROLE must be the role's name"), "{error}");
        let error = read(&[account, ("STANCHION_EXTERNAL_ID", "x")]).expect_err("no role");
        assert_eq!(error, "STANCHION_EXTERNAL_ID is set, and STANCHION_AUDIT_ROLE is not");
    }
}
