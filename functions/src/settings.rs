//! What the functions are told by environment variables; `docs/FUNCTIONS.md` lists them.

use std::path::PathBuf;

use thiserror::Error;

/// Which function this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    /// Events in, jobs out.
    React,
    /// Jobs in, findings and alerts out.
    Evaluate,
    /// On a schedule: what events missed, and what was left over.
    Sweep,
    /// Alerts in, and on a schedule: what people get to read out.
    Tell,
}

impl Function {
    /// Its name, as `_HANDLER` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::React => "react",
            Self::Evaluate => "evaluate",
            Self::Sweep => "sweep",
            Self::Tell => "tell",
        }
    }

    /// The function that `_HANDLER` names.
    pub(crate) fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, PlaceError> {
        let handler = set(&variable, "_HANDLER")?;
        let all = [Self::React, Self::Evaluate, Self::Sweep, Self::Tell];
        all.into_iter().find(|function| function.name() == handler).ok_or(PlaceError::Handler(handler))
    }
}

/// A variable. One that is empty is not set.
fn set(variable: &impl Fn(&str) -> Option<String>, name: &'static str) -> Result<String, PlaceError> {
    variable(name).filter(|value| !value.is_empty()).ok_or(PlaceError::Missing(name))
}

/// Where everything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) function: Function,
    pub(crate) table: String,
    pub(crate) jobs_url: String,
    pub(crate) events_url: String,
    pub(crate) topic_arn: String,
    /// Where snapshots go and rulebooks come from, if there is one.
    pub(crate) bucket: Option<String>,
    /// The rulebook that is packed with the functions.
    pub(crate) rulebook: PathBuf,
    /// The rulebook in the bucket that counts instead, if one does.
    pub(crate) rulebook_key: Option<String>,
}

/// Where everything is that `tell` needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeoplesPlaces {
    pub(crate) table: String,
    pub(crate) text_topic_arn: String,
    /// The topic for chat, if there is one.
    pub(crate) chat_topic_arn: Option<String>,
    /// The bus for events of findings, if there is one.
    pub(crate) bus: Option<String>,
}

impl PeoplesPlaces {
    /// Reads the variables. One that is empty is not set.
    pub(crate) fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, PlaceError> {
        Ok(Self {
            table: set(&variable, "STANCHION_TABLE")?,
            text_topic_arn: set(&variable, "STANCHION_PEOPLE_TOPIC")?,
            chat_topic_arn: set(&variable, "STANCHION_CHAT_TOPIC").ok(),
            bus: set(&variable, "STANCHION_FINDINGS_BUS").ok(),
        })
    }
}

/// A variable that is missing or holds what it should not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PlaceError {
    #[error("`{0}` is not set")]
    Missing(&'static str),
    #[error("`_HANDLER` is `{0}`: it must be `react`, `evaluate`, `sweep` or `tell`")]
    Handler(String),
}

impl Places {
    /// Reads the variables. One that is empty is not set.
    pub(crate) fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, PlaceError> {
        let function = Function::from_env(&variable)?;
        let set = |name: &'static str| set(&variable, name);
        let rulebook = PathBuf::from(set("STANCHION_RULEBOOK")?);
        Ok(Self {
            function,
            table: set("STANCHION_TABLE")?,
            jobs_url: set("STANCHION_JOBS_QUEUE")?,
            events_url: set("STANCHION_EVENTS_QUEUE")?,
            topic_arn: set("STANCHION_TOPIC")?,
            bucket: set("STANCHION_BUCKET").ok(),
            rulebook_key: set("STANCHION_RULEBOOK_KEY").ok(),
            // A relative path is beside the binary, wherever Lambda puts that.
            rulebook: match set("LAMBDA_TASK_ROOT") {
                Ok(root) => PathBuf::from(root).join(rulebook),
                Err(_) => rulebook,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(&str, &str); 7] = [
        ("_HANDLER", "evaluate"),
        ("STANCHION_TABLE", "stanchion"),
        ("STANCHION_JOBS_QUEUE", "https://sqs/jobs"),
        ("STANCHION_EVENTS_QUEUE", "https://sqs/events"),
        ("STANCHION_TOPIC", "arn:aws:sns:us-east-1:111122223333:findings"),
        ("STANCHION_RULEBOOK", "rulebooks/baseline.yaml"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
    ];

    fn read(variables: &[(&str, &str)]) -> Result<Places, PlaceError> {
        let found = |name: &str| variables.iter().rev().find(|(known, _)| *known == name);
        Places::from_env(|name| found(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn what_is_set_is_read() {
        let places = read(&ALL).expect("all are set");
        assert_eq!(places.function, Function::Evaluate);
        assert_eq!(places.rulebook, PathBuf::from("/var/task/rulebooks/baseline.yaml"));
    }

    #[test]
    fn people_need_a_table_and_a_topic() {
        let of = |variables: &[(&str, &str)]| {
            let found = |name: &str| variables.iter().find(|(known, _)| *known == name);
            PeoplesPlaces::from_env(|name| found(name).map(|(_, value)| (*value).to_owned()))
        };
        let both = [
            ("STANCHION_TABLE", "stanchion"),
            ("STANCHION_PEOPLE_TOPIC", "arn"),
            ("STANCHION_CHAT_TOPIC", ""),
        ];
        assert_eq!(of(&both).expect("both are set").chat_topic_arn, None);
        assert_eq!(of(&both[..1]), Err(PlaceError::Missing("STANCHION_PEOPLE_TOPIC")));
        let tell = Function::from_env(|name| (name == "_HANDLER").then(|| "tell".to_owned()));
        assert_eq!(tell, Ok(Function::Tell));
    }

    #[test]
    fn what_lacks_is_named() {
        for (name, _) in ALL.iter().take(6) {
            let mut lacking = ALL.to_vec();
            lacking.push((name, ""));
            assert_eq!(read(&lacking).expect_err(name).to_string(), format!("`{name}` is not set"));
        }
        let error = read(&[("_HANDLER", "bootstrap")]).expect_err("no such function").to_string();
        assert_eq!(error, "`_HANDLER` is `bootstrap`: it must be `react`, `evaluate`, `sweep` or `tell`");
    }
}
