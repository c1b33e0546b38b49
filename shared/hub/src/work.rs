//! Rows of work, and the jobs that name them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use stanchion_inventory::{Principal, PrincipalKind};

use crate::edges::Outcome;

/// The version of the messages and rows of this module.
pub const SCHEMA_VERSION: u32 = 1;

/// How many causes a row keeps; further ones are only counted.
pub const MAX_CAUSES: usize = 8;

/// Milliseconds since the Unix epoch.
pub type Millis = i64;

/// What a row of work is about.
///
/// A principal is known by its name, since events tell nothing else; its findings are known by its
/// unique id. Names are unique in an account and kind, whatever their paths (IAM User Guide, "IAM
/// identifiers").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// A user, a role or a root user.
    Principal {
        /// The account's id.
        account: String,
        /// `user`, `role` or `root`.
        kind: Kind,
        /// The name without its path; `root` for a root user.
        name: String,
    },
    /// All principals of an account, read at once.
    Account {
        /// The account's id.
        account: String,
    },
}

/// [`PrincipalKind`], as messages and rows spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "see `PrincipalKind`")]
pub enum Kind {
    User,
    Role,
    Root,
}

impl From<PrincipalKind> for Kind {
    fn from(kind: PrincipalKind) -> Self {
        match kind {
            PrincipalKind::User => Self::User,
            PrincipalKind::Role => Self::Role,
            PrincipalKind::Root => Self::Root,
        }
    }
}

impl Key {
    /// The row of a principal.
    pub fn of(principal: &Principal) -> Self {
        Self::Principal {
            account: principal.account.clone(),
            kind: principal.kind.into(),
            name: principal.name.clone(),
        }
    }

    /// The account that it is in.
    pub fn account(&self) -> &str {
        match self {
            Self::Principal { account, .. } | Self::Account { account } => account,
        }
    }
}

/// As `111122223333/role/Deploy`, or `111122223333` for an account: the name of its row.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Principal { account, kind, name } => {
                let kind = match kind {
                    Kind::User => "user",
                    Kind::Role => "role",
                    Kind::Root => "root",
                };
                write!(f, "{account}/{kind}/{name}")
            }
            Self::Account { account } => f.write_str(account),
        }
    }
}

/// One row of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// [`SCHEMA_VERSION`] when it was written.
    pub schema: u32,
    /// What it is about.
    pub key: Key,
    /// How often somebody wanted it looked at.
    pub wanted: u64,
    /// What `wanted` was when the last evaluation that was written began. Work is left over while this is
    /// less.
    pub done: u64,
    /// How many outcomes have been written: who writes the next one must have read this.
    pub looks: u64,
    /// The changes that led here since, by event id; at most [`MAX_CAUSES`].
    pub causes: BTreeMap<String, Cause>,
    /// How many more there were.
    pub causes_dropped: u32,
    /// Not to be looked at before.
    pub due: Millis,
    /// How often the current work was put off since AWS did not show the change yet, or did not answer.
    pub attempts: u32,
    /// When a second look is due, if one is, though nobody asks.
    pub again: Option<Millis>,
    /// Findings that the last look did not find any more, by fingerprint, and since when none has: they
    /// are resolved when that has been so for long enough.
    pub unseen: BTreeMap<String, Millis>,
    /// As whom and by what it was evaluated last: [`Outcome::evaluated`](crate::edges::Outcome).
    pub evaluated: Option<String>,
    /// Of an account: when the last look began that saw all of its principals, if one did.
    #[serde(default)]
    pub looked: Option<Millis>,
    /// Until when it is left to the writer of the last outcome to tell its alerts.
    #[serde(default)]
    pub telling: Millis,
}

impl Row {
    /// A row that nobody has asked for.
    pub fn new(key: Key) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            key,
            wanted: 0,
            done: 0,
            looks: 0,
            causes: BTreeMap::new(),
            causes_dropped: 0,
            due: 0,
            attempts: 0,
            again: None,
            unseen: BTreeMap::new(),
            evaluated: None,
            looked: None,
            telling: 0,
        }
    }

    /// Whether there is something to do.
    pub fn is_wanted(&self) -> bool {
        self.wanted > self.done
    }

    /// What [`Table::raise`](crate::Table::raise) does to a row, in every table.
    pub fn raise(&mut self, cause: Option<(&str, &Cause)>, due: Millis) {
        self.due = if self.is_wanted() { self.due.min(due) } else { due };
        self.wanted += 1;
        if let Some((event_id, cause)) = cause
            && !self.causes.contains_key(event_id)
        {
            if self.causes.len() < MAX_CAUSES {
                self.causes.insert(event_id.to_owned(), cause.clone());
            } else {
                self.causes_dropped += 1;
            }
        }
    }

    /// What [`Table::commit`](crate::Table::commit) does to a row, in every table, after a look that began
    /// with `read`.
    pub fn finish(&mut self, read: &Row, outcome: &Outcome) {
        let moved = self.wanted != read.wanted;
        self.looks += 1;
        self.done = read.wanted;
        self.causes.retain(|event_id, _| !read.causes.contains_key(event_id));
        self.causes_dropped = self.causes_dropped.saturating_sub(read.causes_dropped);
        self.attempts = 0;
        self.again = outcome.again;
        self.unseen.clone_from(&outcome.unseen);
        self.evaluated.clone_from(&outcome.evaluated);
        self.looked = outcome.looked.or(self.looked);
        self.telling = self.telling.max(outcome.telling);
        if let Some(again) = outcome.again
            && !moved
        {
            self.wanted += 1;
            self.due = again;
        }
    }
}

/// A change that led to a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The event as it was delivered, envelope included; without what makes it large if it is.
    pub event: String,
}

/// What goes through the queue of evaluations: which row to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// [`SCHEMA_VERSION`] when it was sent.
    pub schema: u32,
    /// The row.
    pub key: Key,
    /// Whether the calls of the look are set aside already: [`budget`](crate::budget).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub granted: bool,
}

impl Job {
    /// To look at a row.
    pub fn new(key: Key) -> Self {
        Self { schema: SCHEMA_VERSION, key, granted: false }
    }
}

/// The rest of a fan-out that is too wide for one go. It goes through the queue of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fan {
    /// [`SCHEMA_VERSION`] when it was sent.
    pub schema: u32,
    /// The event that it is of, as it was delivered.
    pub event: String,
    /// Where to go on: a place of the fan-out's own making; empty: from the start.
    pub from: String,
    /// How often it was put off, since AWS did not answer or did not show the change yet.
    pub attempts: u32,
}
