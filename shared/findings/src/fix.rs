//! How a finding could be mended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The smallest change found that resolves a finding. Each is proven: with it, the rule holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What to do, in a sentence without its full stop.
    pub summary: String,
    /// The policies that it changes, by ARN or in words; none, where it changes something else.
    pub policies: Vec<String>,
    /// The changes of their documents, as a unified diff of their JSON, indented by two; empty where none
    /// is changed.
    pub diff: String,
    /// Whether anything else is lost.
    pub safety: Safety,
    /// What else is lost, or may be, a sentence each: of requests, some examples.
    pub loses: Vec<String>,
    /// The ARNs of the others whom the change concerns, at most a handful.
    pub others: Vec<String>,
}

/// Whether a fix takes away more than what the rule forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Proven: nothing else is lost, for anyone.
    Safe,
    /// Something is, or it is not known.
    Unsafe,
}

impl fmt::Display for Safety {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        })
    }
}
