//! Events for EventBridge: one of each transition, for rules that react to findings (EventBridge API
//! reference, "PutEvents").

use serde_json::Value;
use stanchion_findings::{Transition, TransitionKind};

use crate::message::{body, write};

/// The `source` of all of them.
pub const SOURCE: &str = "stanchion.findings";

/// The largest entry, in bytes (EventBridge User Guide, "Calculating PutEvents event entry size").
pub const MAX_BYTES: usize = 262_144;

/// What is left for all but the detail.
const FOR_THE_REST: usize = 8_192;

/// An entry of `PutEvents`, but for the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// [`SOURCE`].
    pub source: &'static str,
    /// `Finding Opened`, `Finding Updated`, `Finding Suppressed`, `Finding Indeterminate` or `Finding Resolved`.
    pub detail_type: &'static str,
    /// JSON: the body of the topic's message of the transition.
    pub detail: String,
    /// The principal's ARN, if the finding is about one.
    pub resources: Vec<String>,
    /// When, as ISO 8601 text; none if no event led to it.
    pub time: Option<String>,
}

/// The entry of a transition.
pub fn entry(transition: &Transition) -> Entry {
    Entry {
        source: SOURCE,
        detail_type: match transition.kind {
            TransitionKind::Opened => "Finding Opened",
            TransitionKind::Updated => "Finding Updated",
            TransitionKind::Suppressed => "Finding Suppressed",
            TransitionKind::Indeterminate => "Finding Indeterminate",
            TransitionKind::Resolved => "Finding Resolved",
        },
        detail: body(transition, MAX_BYTES - FOR_THE_REST),
        // What is no ARN of a sane length is refused, and with it the event.
        resources: transition.finding.principal.iter().filter(|arn| arn.len() <= 2_048).cloned().collect(),
        time: transition.at.clone(),
    }
}

impl Entry {
    /// Its size as EventBridge counts it: 14 bytes for a time, and the bytes of the texts.
    pub fn size(&self) -> usize {
        let texts = self.source.len() + self.detail_type.len() + self.detail.len();
        texts + self.resources.iter().map(String::len).sum::<usize>() + self.time.iter().len() * 14
    }

    /// As the AWS CLI takes it: `aws events put-events --entries`.
    pub fn json(&self) -> String {
        let mut entry = serde_json::json!({
            "Source": self.source,
            "DetailType": self.detail_type,
            "Detail": self.detail,
            "Resources": self.resources,
        });
        if let Some(time) = &self.time {
            entry["Time"] = Value::from(time.as_str());
        }
        write(&entry)
    }
}
