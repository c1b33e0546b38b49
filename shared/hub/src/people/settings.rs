//! How people are told, as whoever deploys it chose.

use stanchion_alerts::channel::{Policy, Quiet};
use stanchion_alerts::people::{Settings, To};
use stanchion_findings::Severity;

use crate::settings::SettingsError;

/// Over how long alerts are counted, in seconds.
const HOUR: i64 = 3_600;

/// How many times as long as it must be quiet an alert is added to at most.
const LONGEST: i64 = 5;

/// Settings as environment variables hold them; one that is empty is not set.
///
/// | variable | what it is | default |
/// |---|---|---|
/// | `STANCHION_GATHER_SECONDS` | how long nothing must be added to an alert until it is told, at most 300; five times that at most | 60 |
/// | `STANCHION_ALWAYS_TELL` | what is as bad is told at once, whatever the hour and the rate | `critical` |
/// | `STANCHION_ALERTS_PER_HOUR` | how many others are told, at most 1,000; the rest is in a digest | 20 |
/// | `STANCHION_QUIET_HOURS` | as `22:00-07:00 UTC0`, with a time zone as POSIX writes it | none |
/// | `STANCHION_QUIET_BELOW` | what is less bad waits meanwhile | `high` |
/// | `STANCHION_CHAT_TOPIC` | a topic for chat is told, too | only that for text |
///
/// # Errors
/// The first variable that is not what it should be.
pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Settings, SettingsError> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let number = |name, most: i64, default: i64, must| match set(name) {
        None => Ok(default),
        Some(value) => match value.parse() {
            Ok(number) if (0..=most).contains(&number) => Ok(number),
            _ => Err(SettingsError::Invalid { name, value, must }),
        },
    };
    let severity = |name, default| match set(name) {
        None => Ok(default),
        Some(value) => Severity::ALL.into_iter().find(|severity| severity.as_str() == value).ok_or(
            SettingsError::Invalid { name, value, must: "informational, low, medium, high or critical" },
        ),
    };
    let settle = number("STANCHION_GATHER_SECONDS", 300, 60, "a number of seconds, at most 300")? * 1_000;
    let most = number("STANCHION_ALERTS_PER_HOUR", 1_000, 20, "a number, at most 1000")?;
    let always = severity("STANCHION_ALWAYS_TELL", Severity::Critical)?;
    let below = severity("STANCHION_QUIET_BELOW", Severity::High)?;
    let quiet = set(QUIET_HOURS).map(|value| quiet(value, below)).transpose()?;
    let chat = set("STANCHION_CHAT_TOPIC").map(|_| To::Chat);
    Ok(Settings {
        policy: Policy { always, most: usize::try_from(most).unwrap_or_default(), window: HOUR, quiet },
        settle,
        longest: LONGEST * settle,
        channels: std::iter::once(To::Text).chain(chat).collect(),
    })
}

const QUIET_HOURS: &str = "STANCHION_QUIET_HOURS";

fn quiet(value: String, below: Severity) -> Result<Quiet, SettingsError> {
    let read = || {
        let (hours, zone) = value.trim().split_once(' ').ok_or("a time zone is missing")?;
        let (from, to) = hours.split_once('-').ok_or("an end is missing")?;
        Quiet::parse(from, to, zone.trim(), below)
    };
    read().map_err(|why| SettingsError::Unreadable {
        name: QUIET_HOURS,
        why: format!(
            "{why}; it is written as `22:00-07:00 CET-1CEST,M3.5.0,M10.5.0/3` or `22:00-07:00 UTC0`"
        ),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Settings, String> {
        let found = |name: &str| variables.iter().find(|(known, _)| *known == name);
        from_env(|name| found(name).map(|(_, value)| (*value).to_owned())).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let policy = Policy { always: Severity::Critical, most: 20, window: 3_600, quiet: None };
        let default = Settings { policy, settle: 60_000, longest: 300_000, channels: vec![To::Text] };
        assert_eq!(from(&[]), Ok(default.clone()));
        assert_eq!(from(&[("STANCHION_QUIET_HOURS", ""), ("STANCHION_CHAT_TOPIC", "")]), Ok(default));
    }

    #[test]
    fn what_is_set_is_read() {
        let settings = from(&[
            ("STANCHION_GATHER_SECONDS", "1"),
            ("STANCHION_ALWAYS_TELL", "high"),
            ("STANCHION_ALERTS_PER_HOUR", "0"),
            ("STANCHION_QUIET_HOURS", "22:00-07:00 CET-1CEST,M3.5.0,M10.5.0/3"),
            ("STANCHION_QUIET_BELOW", "medium"),
            ("STANCHION_CHAT_TOPIC", "arn"),
        ])
        .expect("all are right");
        assert_eq!((settings.settle, settings.longest), (1_000, 5_000));
        assert_eq!((settings.policy.always, settings.policy.most), (Severity::High, 0));
        assert_eq!(settings.policy.quiet.expect("quiet hours").below, Severity::Medium);
        assert_eq!(settings.channels, [To::Text, To::Chat]);
    }

    #[test]
    fn errors_name_the_variable_and_the_mend() {
        for (name, value, why) in [
            ("STANCHION_GATHER_SECONDS", "301", "it must be a number of seconds, at most 300"),
            ("STANCHION_ALERTS_PER_HOUR", "-1", "it must be a number, at most 1000"),
            ("STANCHION_ALWAYS_TELL", "bad", "it must be informational, low, medium, high or critical"),
            (
                "STANCHION_QUIET_HOURS",
                "22:00-07:00",
                "a time zone is missing; it is written as `22:00-07:00 CET",
            ),
            ("STANCHION_QUIET_HOURS", "22:00 UTC0", "an end is missing; it is written"),
            ("STANCHION_QUIET_HOURS", "22:00-25:00 UTC0", "`25:00` is no time"),
            ("STANCHION_QUIET_HOURS", "22:00-07:00 Europe/Berlin", "`Europe/Berlin` is no POSIX time zone"),
        ] {
            let error = from(&[(name, value)]).expect_err(value);
            assert!(error.starts_with(&format!("`{name}` is `{value}`: {why}")), "{error}");
        }
    }
}
