//! What the hub needs of the world.
//!
//! Every method may be called again after it failed, and after it succeeded: none does harm twice.

mod outpost;
mod shelf;

use std::collections::BTreeMap;
use std::future::Future;

use stanchion_changes::{Change, Meta};
use stanchion_findings::{Batch, Finding, SubjectRecord, Transition};
use thiserror::Error;

pub use outpost::{Gap, Lack};
pub use shelf::{Edition, Shelf, ShelfError};

use crate::budget::{Draft, Grant};
use crate::sweep::Unused;
use crate::watch::Notice;
use crate::work::{Cause, Fan, Job, Key, Millis, Row};

/// Some of a list, and where it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// What to ask for the next page with; `None`: this was the last.
    pub next: Option<String>,
}

/// What is read of AWS. Texts are of the forms of `docs/INVENTORY.md`, so that one reader reads them all.
pub trait Cloud: Send + Sync {
    /// The users, roles and groups that hold a managed policy, as policy or as boundary, in an account.
    fn holders(
        &self,
        account: &str,
        policy_arn: &str,
        page: Option<&str>,
    ) -> impl Future<Output = Result<Page<Holder>, CloudError>> + Send;

    /// The names of the users in a group.
    fn members(
        &self,
        account: &str,
        group: &str,
        page: Option<&str>,
    ) -> impl Future<Output = Result<Page<String>, CloudError>> + Send;

    /// Authorization details of one principal: itself, its groups, and the policies that bind it, marked as
    /// truncated. With `roles`, every role of the account with its trust policy as well. `None`: there is
    /// no such principal; a root user is always there, and is asked for only with `roles`. Of the policies
    /// in `doubted`, by ARN, nothing that is cached counts.
    fn principal(
        &self,
        key: &Key,
        roles: bool,
        doubted: &[String],
    ) -> impl Future<Output = Result<Option<String>, CloudError>> + Send;

    /// Authorization details of an account, one text a page, to the last.
    fn account(&self, account: &str) -> impl Future<Output = Result<Vec<String>, CloudError>> + Send;

    /// The credential report of an account, or the row of one user as of now; a root user's is the report.
    /// `None`: there is no such user, or none are known. A report that is not made yet is transient.
    fn credentials(&self, _: &Key) -> impl Future<Output = Result<Option<String>, CloudError>> + Send {
        std::future::ready(Ok(None))
    }

    /// The organization, as known at least since [`Cloud::organization_changed`] last returned anywhere;
    /// `None`: the hub's account is in none.
    fn organization(&self) -> impl Future<Output = Result<Option<Known>, CloudError>> + Send;

    /// Reads again what a change of the organization, or of Identity Center, may have altered, and raises the
    /// generation. `Ok(false)`: AWS does not show the change yet.
    fn organization_changed(&self, change: &Change) -> impl Future<Output = Result<bool, CloudError>> + Send;

    /// Identity Center; `None`: there is none, or none that the hub may read.
    fn identity_center(&self) -> impl Future<Output = Result<Option<Known>, CloudError>> + Send;

    /// Reads the organization and Identity Center as a whole, whatever is known of them: events get lost,
    /// so a sweep begins with this.
    fn read_again(&self) -> impl Future<Output = Result<(), CloudError>> + Send {
        std::future::ready(Ok(()))
    }

    /// What lacks of the hub's part in an account, the hub's own included: the rules that forward events and
    /// the trail, in each region that is watched. An account that lets nobody in is [`CloudError::Refused`].
    fn outpost(&self, _account: &str) -> impl Future<Output = Result<Vec<Gap>, CloudError>> + Send {
        std::future::ready(Ok(Vec::new()))
    }
}

/// A text that is read seldom, and its name: the same generation is the same text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Which reading this is.
    pub generation: u64,
    /// The file, as `docs/INVENTORY.md` describes it.
    pub text: std::sync::Arc<str>,
}

/// Who holds a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each holds its name, without the path")]
pub enum Holder {
    User(String),
    Role(String),
    Group(String),
}

/// Why AWS did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CloudError {
    /// Too many calls, a 5xx, a timeout, a connection that broke: try again later.
    #[error("AWS did not answer: {0}")]
    Transient(String),
    /// This account does not let the hub read it.
    #[error("account {account} refuses: {reason}")]
    Refused {
        /// The account.
        account: String,
        /// What AWS said, without ids of requests.
        reason: String,
    },
    /// The account that was assumed into is another one than the one that was meant.
    #[error("the audit role of account {meant} is of account {found}")]
    OtherAccount {
        /// The account wanted.
        meant: String,
        /// The account of the session.
        found: String,
    },
    /// An answer that cannot be read.
    #[error("an answer of AWS cannot be read: {0}")]
    Unreadable(String),
}

/// What is remembered of the principal of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Findings about whoever has or had this name, resolved ones included.
    pub findings: Vec<Finding>,
    /// When and by what they were evaluated.
    pub subjects: Vec<SubjectRecord>,
}

/// What an evaluation writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Findings, records of evaluation, and transitions whose alerts are pending.
    pub batch: Batch,
    /// When to look again, though nobody asks: a second look.
    pub again: Option<Millis>,
    /// The row's `unseen` from now on.
    pub unseen: BTreeMap<String, Millis>,
    /// The row's `evaluated` from now on: a digest of the principal's unique id, the rulebook, the catalogue
    /// and the engine.
    pub evaluated: Option<String>,
    /// When the look began, if it saw all principals of an account.
    pub looked: Option<Millis>,
    /// Until when its writer tells the alerts by himself, so that nobody tells them beside him. 0: there are none.
    pub telling: Millis,
}

/// Whether an outcome was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// All of it, and how much is wanted by now.
    Yes {
        /// The row's `wanted` after the write.
        wanted: u64,
    },
    /// Nothing of it: another evaluation was written since the row was read.
    Superseded,
}

/// Where rows, findings and pending alerts are kept.
pub trait Table: Send + Sync {
    /// Wants a row looked at, not before `due`: raises `wanted`, and notes the cause unless it is there
    /// already or there are too many. The row's `due` becomes this one; if it was wanted already, the
    /// sooner of the two. Returns the row as it is then.
    fn raise(
        &self,
        key: &Key,
        cause: Option<(&str, &Cause)>,
        due: Millis,
    ) -> impl Future<Output = Result<Row, TableError>> + Send;

    /// Puts a row's work off: sets `due`, and raises `attempts` to so many, if `wanted` and `looks` are still
    /// those of `row`; otherwise nothing happens.
    fn put_off(
        &self,
        row: &Row,
        due: Millis,
        attempts: u32,
    ) -> impl Future<Output = Result<(), TableError>> + Send;

    /// Leaves the alerts that are pending of a row to whoever calls, until a moment: sets `telling`, if it is still
    /// that of `row`. `false`: somebody was quicker.
    fn claim(&self, row: &Row, until: Millis) -> impl Future<Output = Result<bool, TableError>> + Send;

    /// Takes calls out of an account's bucket, as [`Draft::take`] does, in one go.
    fn take(
        &self,
        account: &str,
        draft: Draft,
        now: Millis,
    ) -> impl Future<Output = Result<Grant, TableError>> + Send;

    /// A row as the last write left it; a new one if there is none.
    fn row(&self, key: &Key) -> impl Future<Output = Result<Row, TableError>> + Send;

    /// What is remembered of a row's principal.
    fn memory(&self, key: &Key) -> impl Future<Output = Result<Memory, TableError>> + Send;

    /// The rows of an account's principals, to the last.
    fn rows_of(&self, account: &str) -> impl Future<Output = Result<Vec<Row>, TableError>> + Send;

    /// What is remembered of all principals of an account that have unresolved findings, by row.
    fn memories_of(
        &self,
        account: &str,
    ) -> impl Future<Output = Result<Vec<(Key, Memory)>, TableError>> + Send;

    /// Writes what came of a look that began with `row`: everything or nothing, and only if `looks` is
    /// still that of `row` (a row that is not there counts as [`Row::new`]).
    ///
    /// Findings, subjects and pending alerts are written, subjects that are no more removed. Of the row,
    /// `looks` counts on, `done` becomes the `wanted` of `row`, the causes of `row` are dropped,
    /// `causes_dropped` goes down by as much as `row` had, `attempts` is 0, and `again`, `unseen` and
    /// `evaluated` are those of the outcome. With `again`, and unless `wanted` moved meanwhile, `wanted`
    /// goes up by one and `due` becomes `again`.
    fn commit(
        &self,
        row: &Row,
        outcome: &Outcome,
    ) -> impl Future<Output = Result<Written, TableError>> + Send;

    /// Rows with work left over that were due before a moment.
    fn left_over(
        &self,
        due_before: Millis,
        page: Option<&str>,
    ) -> impl Future<Output = Result<Page<Key>, TableError>> + Send;

    /// Transitions whose alerts are pending, those of one row or of all; those of one finding in order.
    fn pending(
        &self,
        key: Option<&Key>,
        page: Option<&str>,
    ) -> impl Future<Output = Result<Page<Transition>, TableError>> + Send;

    /// Findings that are not resolved, of every account; those that were written a moment ago may lack.
    fn unresolved(
        &self,
        page: Option<&str>,
    ) -> impl Future<Output = Result<Page<Finding>, TableError>> + Send;

    /// Every finding, resolved ones included, of every account. It reads all there is: not for functions.
    fn every_finding(
        &self,
        page: Option<&str>,
    ) -> impl Future<Output = Result<Page<Finding>, TableError>> + Send;

    /// What happened to a finding, the latest last: what is pending, and of what is published the last
    /// [`HISTORY`](stanchion_findings::HISTORY) transitions at the least.
    fn history(&self, finding: &Finding) -> impl Future<Output = Result<Vec<Transition>, TableError>> + Send;

    /// Notes that the alerts of these transitions are out. They are history from then on.
    fn mark_published(
        &self,
        transitions: &[Transition],
    ) -> impl Future<Output = Result<(), TableError>> + Send;

    /// A small document by name, as the state of a sweep.
    fn note(&self, name: &str) -> impl Future<Output = Result<Option<String>, TableError>> + Send;

    /// Writes a small document, if it is still what it was when it was read.
    fn set_note(
        &self,
        name: &str,
        was: Option<&str>,
        text: &str,
    ) -> impl Future<Output = Result<bool, TableError>> + Send;
}

/// Why the table did not do it. Every one may be tried again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TableError {
    /// It did not answer, or is throttled.
    #[error("the table did not answer: {0}")]
    Transient(String),
    /// A row was written by a newer version, or by something else.
    #[error("row `{row}` cannot be read: {reason}")]
    Unreadable {
        /// The row's name.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Where jobs and the rests of fan-outs go.
pub trait Queue: Send + Sync {
    /// Sends jobs, each to be taken not before `delay_seconds` (at most 900). Where one account has many, those
    /// of the others should not have to wait for them.
    fn jobs(&self, jobs: &[Job], delay_seconds: u32) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Sends the rest of a fan-out, to be taken not before `delay_seconds` (at most 900).
    fn fan(&self, fan: &Fan, delay_seconds: u32) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// Why a queue did not take a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the queue did not answer: {0}")]
pub struct QueueError(pub String);

/// What a message on the topic is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent<'a> {
    /// One transition.
    Transition(&'a Transition),
    /// What the first evaluations of an account's principals found, none of it brought about by a change
    /// that is known.
    Baseline {
        /// The account.
        account: &'a str,
        /// The transitions.
        transitions: &'a [Transition],
    },
    /// An event of a watched service that may change something and that this version does not know.
    UnknownEvent(&'a Meta),
    /// The newest edition of the rulebook cannot be used; the last good one is kept.
    RulebookRefused(&'a crate::rulebook::Refused),
    /// A suppression has fitted no finding for long.
    UnusedSuppression(&'a Unused),
    /// Something lacks of the hub's part in an account, or lacks no more.
    Coverage {
        /// The account.
        account: &'a str,
        /// What is told.
        notice: &'a Notice,
    },
}

/// Where alerts go.
pub trait Topic: Send + Sync {
    /// Publishes messages; the result has one entry for each, in order. What failed is tried again by
    /// whoever asks next.
    fn publish(&self, messages: &[Sent<'_>]) -> impl Future<Output = Vec<Result<(), TopicError>>> + Send;
}

/// Why a message is not out, or not known to be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the topic did not take the message: {0}")]
pub struct TopicError(pub String);
