//! The record of a finding, and of what happened to it.
//!
//! Both are stored and sent, so their JSON is a format that lasts: every field is always written (but for a fix,
//! where there is none), none is flattened, and [`SCHEMA_VERSION`] counts the changes that an old reader would get
//! wrong. A field that was added later has a default, so that what was stored before it is still read.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use stanchion_rules::rulebook::Severity;

use crate::fix::Fix;
use crate::lifecycle::{State, TransitionKind};
use crate::subject::{Fingerprint, Subject};

/// The version of the records' format.
pub const SCHEMA_VERSION: u32 = 1;

/// A violation over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// [`SCHEMA_VERSION`] when it was written. What a newer version wrote is refused.
    #[serde(deserialize_with = "readable")]
    pub schema_version: u32,
    /// Its name.
    pub fingerprint: Fingerprint,
    /// Where it stands.
    pub state: State,
    /// The rule that is broken.
    pub rule_id: String,
    /// The kind of rule, as `guardrail`.
    pub rule_kind: String,
    /// How bad it is.
    pub severity: Severity,
    /// One line on what the rule says.
    pub title: String,
    /// Who or what breaks it.
    pub subject: Subject,
    /// What tells this finding from others of the same rule and subject.
    pub facet: Option<String>,
    /// The principal's ARN, if the subject is one.
    pub principal: Option<String>,
    /// The account concerned; none for an OU.
    pub account_id: Option<String>,
    /// What is wrong, in one line, where the rule's title and the witness do not say it.
    #[serde(default)]
    pub detail: Option<String>,
    /// What the rule says is to be done.
    #[serde(default)]
    pub remedy: Option<String>,
    /// A change that is proven to resolve it, if one was looked for and found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// A request that IAM grants and the rule forbids. It stays when the finding is resolved, as
    /// what used to be possible.
    pub witness: Option<Witness>,
    /// What the answer takes for granted.
    pub assumptions: Vec<String>,
    /// The statements that grant the witness.
    pub because: Vec<Because>,
    /// What kept the last evaluation from an answer.
    pub unknowns: Vec<String>,
    /// Of a suppressed finding, what keeps it from being an alarm; of one that was suppressed before, what did.
    #[serde(default)]
    pub suppression: Option<Suppression>,
    /// The event on which the last transition was seen.
    pub trigger: Option<EventRef>,
    /// The event that brought the violation about, if that is proven.
    pub caused_by: Option<EventRef>,
    /// Where no change is known to have brought it about: between when it came.
    #[serde(default)]
    pub since: Option<Since>,
    /// When it was first seen, in the time of events.
    pub first_seen: Option<String>,
    /// When its last transition was.
    pub last_changed: Option<String>,
    /// How often it came back after it was resolved.
    pub times_reopened: u32,
    /// How many transitions it has been through: the ordinal of the last one.
    pub transitions: u32,
}

/// A version that this program reads.
fn readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let version = u32::deserialize(deserializer)?;
    if version > SCHEMA_VERSION {
        return Err(D::Error::custom(format_args!(
            "the finding is of schema {version}, which is newer than {SCHEMA_VERSION}: deploy a newer version"
        )));
    }
    Ok(version)
}

/// A request that IAM grants and a rule forbids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The action.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// The condition keys of the request and their values.
    pub context: BTreeMap<String, Vec<String>>,
}

/// What is known of where a violation came from, if no change is known to have brought it about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// When the rule was last seen to hold, as ISO 8601 text in UTC; none if it never was.
    pub held_at: Option<String>,
    /// When the violation was found.
    pub found_at: Option<String>,
    /// Changes in between that may have brought it about, the latest first; at most [`LIKELY`].
    pub likely: Vec<EventRef>,
}

/// How many changes that may have brought a violation about are named.
pub const LIKELY: usize = 5;

/// Why a violation is no alarm for now, as the rulebook said it when it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The day on which it ends, as it begins in UTC: `2027-03-01`.
    pub until: String,
    /// How it ended, if it has.
    #[serde(default)]
    pub ended: Option<Ended>,
}

/// How a suppression ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// Its day came.
    Expired,
    /// The rulebook no longer has it, or it no longer fits.
    Withdrawn,
}

/// One statement that takes part in a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    /// The policy layer.
    pub layer: String,
    /// The policy, by ARN or name.
    pub policy: String,
    /// The statement's place in it, from 0.
    pub statement: Option<u32>,
    /// The statement's `Sid`.
    pub sid: Option<String>,
}

/// A CloudTrail event, and who made it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// The event's id.
    pub event_id: String,
    /// The event's name, as `AttachRolePolicy`.
    pub event_name: String,
    /// The ARN of who made the call.
    pub actor: String,
    /// When, as ISO 8601 text in UTC.
    #[serde(default)]
    pub at: Option<String>,
    /// What it was made to, in words, as `role Deploy of account 111122223333`.
    #[serde(default)]
    pub target: Option<String>,
    /// The ARN of the role whose session the actor is.
    #[serde(default)]
    pub session_issuer: Option<String>,
    /// Where the call came from: an address, or the name of a service.
    #[serde(default)]
    pub source_ip: Option<String>,
    /// The service that called for the actor, as `cloudformation.amazonaws.com`.
    #[serde(default)]
    pub invoked_by: Option<String>,
}

/// One evaluation of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Names what it started from: the subject, how many evaluations of it were written before, the rules, and the
    /// events that led to it. One that is done over after a crash has the same id.
    pub id: String,
    /// When it was, as ISO 8601 text in UTC; none if no moment was given.
    pub at: Option<String>,
}

/// One thing that happened to a finding, and the alert that it is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// The fingerprint and the ordinal: the same transition has the same id however often it is
    /// computed, stored or sent.
    pub id: String,
    /// What happened.
    pub kind: TransitionKind,
    /// The finding, as it was afterwards.
    pub finding: Finding,
    /// When, in the time of events.
    pub at: Option<String>,
    /// The evaluation that saw it.
    #[serde(default)]
    pub evaluation: Option<Evaluation>,
    /// Whether it is what a subject's first evaluation by its rules found, and no change is known to have
    /// brought it about: told in one digest with others.
    #[serde(default)]
    pub baseline: bool,
}
