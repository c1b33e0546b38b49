//! What whoever deploys the hub may choose.

use thiserror::Error;

use crate::budget::Bucket;
use crate::work::Millis;

/// What whoever deploys the hub may choose. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The hub's own account: the only one that is evaluated where there is no organization.
    pub account: String,
    /// How long after a change AWS is first asked (IAM is eventually consistent).
    pub settle: Millis,
    /// How long a finding must not be found any more until it is resolved, and how long after a deletion it
    /// is looked again.
    pub second_look: Millis,
    /// How often a look is put off since AWS does not show the change that led to it.
    pub attempts: u32,
    /// How often every account is evaluated, though nothing is known to have changed.
    pub sweep_every: Millis,
    /// How often the hub's part in every account is verified.
    pub verify_every: Millis,
    /// How long functions may go on by the rulebook before, once another edition is adopted: the pass over all
    /// accounts waits for so long. A function looks once a minute, and runs for five at most.
    pub rulebook_settle: Millis,
    /// How much of each account's IAM the hub uses.
    pub bucket: Bucket,
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// One without a default is missing.
    #[error("`{0}` is not set")]
    Missing(&'static str),
    /// One is not what it should be.
    #[error("`{name}` is `{value}`: it must be {must}")]
    Invalid {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it must be.
        must: &'static str,
    },
    /// One of several parts cannot be read.
    #[error("`{name}` is `{value}`: {why}")]
    Unreadable {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Settings {
    /// The defaults, of a hub in this account.
    pub fn new(account: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            settle: 5_000,
            second_look: 180_000,
            attempts: 7,
            sweep_every: 24 * 3_600_000,
            verify_every: 60 * 60_000,
            rulebook_settle: 360_000,
            bucket: Bucket::default(),
        }
    }

    /// Settings as environment variables hold them:
    ///
    /// | variable | what it is | default |
    /// |---|---|---|
    /// | `STANCHION_ACCOUNT` | the hub's own account, twelve digits | none |
    /// | `STANCHION_SETTLE_SECONDS` | [`Settings::settle`], at most 900 | 5 |
    /// | `STANCHION_SECOND_LOOK_SECONDS` | [`Settings::second_look`], at most 86,400 | 180 |
    /// | `STANCHION_ATTEMPTS` | [`Settings::attempts`], at most 100 | 7 |
    /// | `STANCHION_SWEEP_HOURS` | [`Settings::sweep_every`], 1 to 720 | 24 |
    /// | `STANCHION_VERIFY_MINUTES` | [`Settings::verify_every`], 1 to 1,440 | 60 |
    /// | `STANCHION_RULEBOOK_SECONDS` | [`Settings::rulebook_settle`], at most 3,600 | 360 |
    /// | `STANCHION_ACCOUNT_BURST` | [`Bucket::burst`], 20 to 10,000 | 400 |
    /// | `STANCHION_ACCOUNT_CALLS_PER_SECOND` | [`Bucket::per_second`], 1 to 1,000 | 20 |
    ///
    /// # Errors
    /// The first variable that is missing or not what it should be.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        const ACCOUNT: &str = "STANCHION_ACCOUNT";
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let account = set(ACCOUNT).ok_or(SettingsError::Missing(ACCOUNT))?;
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            let must = "an account's id, twelve digits";
            return Err(SettingsError::Invalid { name: ACCOUNT, value: account, must });
        }
        let defaults = Self::new(account);
        let number = |name, least: i64, most: i64, default: i64, must| match set(name) {
            None => Ok(default),
            Some(value) => match value.parse() {
                Ok(number) if (least..=most).contains(&number) => Ok(number),
                _ => Err(SettingsError::Invalid { name, value, must }),
            },
        };
        let settle = number(
            "STANCHION_SETTLE_SECONDS",
            0,
            900,
            defaults.settle / 1000,
            "a number of seconds, at most 900",
        )?;
        let second_look = number(
            "STANCHION_SECOND_LOOK_SECONDS",
            0,
            86_400,
            defaults.second_look / 1000,
            "a number of seconds, at most 86400",
        )?;
        let attempts =
            number("STANCHION_ATTEMPTS", 0, 100, defaults.attempts.into(), "a number, at most 100")?;
        let hours = number(
            "STANCHION_SWEEP_HOURS",
            1,
            720,
            defaults.sweep_every / 3_600_000,
            "a number of hours from 1 to 720",
        )?;
        let minutes = number(
            "STANCHION_VERIFY_MINUTES",
            1,
            1_440,
            defaults.verify_every / 60_000,
            "a number of minutes from 1 to 1440",
        )?;
        let rulebook_settle = number(
            "STANCHION_RULEBOOK_SECONDS",
            0,
            3_600,
            defaults.rulebook_settle / 1000,
            "a number of seconds, at most 3600",
        )?;
        let burst = number(
            "STANCHION_ACCOUNT_BURST",
            20,
            10_000,
            defaults.bucket.burst.into(),
            "a number of calls from 20 to 10000",
        )?;
        let per_second = number(
            "STANCHION_ACCOUNT_CALLS_PER_SECOND",
            1,
            1_000,
            defaults.bucket.per_second.into(),
            "a number of calls from 1 to 1000",
        )?;
        Ok(Self {
            settle: settle * 1000,
            second_look: second_look * 1000,
            attempts: u32::try_from(attempts).unwrap_or(defaults.attempts),
            sweep_every: hours * 3_600_000,
            verify_every: minutes * 60_000,
            rulebook_settle: rulebook_settle * 1000,
            bucket: Bucket {
                burst: u32::try_from(burst).unwrap_or(defaults.bucket.burst),
                per_second: u32::try_from(per_second).unwrap_or(defaults.bucket.per_second),
            },
            ..defaults
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::from_env(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let account = ("STANCHION_ACCOUNT", "111122223333");
        assert_eq!(from(&[account]), Ok(Settings::new("111122223333")));
        let set = from(&[
            account,
            ("STANCHION_SECOND_LOOK_SECONDS", "0"),
            ("STANCHION_SWEEP_HOURS", "1"),
            ("STANCHION_ATTEMPTS", ""),
        ]);
        let expected = Settings { second_look: 0, sweep_every: 3_600_000, ..Settings::new("111122223333") };
        assert_eq!(set, Ok(expected));
    }

    #[test]
    fn errors_name_the_variable_and_the_mend() {
        let message = |variables: &[(&str, &str)]| from(variables).expect_err("wrong").to_string();
        assert_eq!(message(&[]), "`STANCHION_ACCOUNT` is not set");
        assert_eq!(
            message(&[("STANCHION_ACCOUNT", "1234")]),
            "`STANCHION_ACCOUNT` is `1234`: it must be an account's id, twelve digits"
        );
        assert_eq!(
            message(&[("STANCHION_ACCOUNT", "111122223333"), ("STANCHION_SETTLE_SECONDS", "soon")]),
            "`STANCHION_SETTLE_SECONDS` is `soon`: it must be a number of seconds, at most 900"
        );
    }
}
