//! The table, the queues and the topic in memory, for tests: everything that a call can come to on a bad day
//! can be brought about.

mod sent;
mod shelf;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use stanchion_findings::{Finding, Fingerprint, HISTORY, State, Subject, SubjectRecord, Transition};

use crate::budget::{Draft, Grant};
use crate::edges::{Memory, Outcome, Page, Table, TableError, Written};
use crate::work::{Cause, Key, Millis, Row, SCHEMA_VERSION};

pub use sent::{Arrived, MemoryPost, MemoryQueue, MemoryTopic, Posted};
pub use shelf::MemoryShelf;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is done, and answered.
    Done,
    /// It is not done, and says so.
    Fails,
    /// It is done, and the answer is lost.
    Lost,
    /// The caller is killed before it.
    Dies,
    /// The caller is killed after it: it is done, and never answers.
    DiesAfter,
}

/// Says what becomes of a call, given its name.
pub type Fates = Arc<dyn Fn(&'static str) -> Fate + Send + Sync>;

/// Everything is done.
pub fn kind_fates() -> Fates {
    Arc::new(|_| Fate::Done)
}

/// Lets others run, then meets its fate. A caller that is killed waits for ever, and is to be dropped.
async fn meet<R>(fates: &Fates, name: &'static str, act: impl FnOnce() -> R) -> Result<R, String> {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    match fates(name) {
        Fate::Done => Ok(act()),
        Fate::Fails => Err(format!("{name} failed")),
        Fate::Lost => {
            act();
            Err(format!("the answer of {name} is lost"))
        }
        Fate::Dies => std::future::pending().await,
        Fate::DiesAfter => {
            act();
            std::future::pending().await
        }
    }
}

/// [`HISTORY`], as ordinals count.
#[expect(clippy::cast_possible_truncation, reason = "it is a small number")]
const HISTORY_LENGTH: u32 = HISTORY as u32;

/// What is remembered of a row.
#[derive(Clone, Debug, Default)]
struct Kept {
    findings: BTreeMap<Fingerprint, Finding>,
    subjects: BTreeMap<Subject, SubjectRecord>,
    pending: Vec<Transition>,
    /// What was published, by fingerprint and ordinal.
    past: BTreeMap<(Fingerprint, u32), Transition>,
}

#[derive(Debug, Default)]
struct Tables {
    rows: BTreeMap<String, Row>,
    kept: BTreeMap<String, (Key, Kept)>,
    notes: BTreeMap<String, String>,
    /// When the buckets of accounts will be full.
    buckets: BTreeMap<String, Millis>,
    marked: BTreeSet<String>,
}

/// A table in memory.
pub struct MemoryTable {
    tables: Mutex<Tables>,
    fates: Fates,
    /// Whether outcomes are written whatever has been written since the row was read; to show what the
    /// condition is for.
    pub unconditional: bool,
    /// Whether rows are raised only when [`MemoryTable::raise_late`] is called, as if after their jobs are
    /// sent; to show what the order is for.
    pub raises_late: AtomicBool,
    late: Mutex<Vec<Raise>>,
}

/// A row to be raised.
type Raise = (Key, Option<(String, Cause)>, Millis);

impl MemoryTable {
    /// An empty table.
    pub fn new(fates: Fates) -> Self {
        Self {
            tables: Mutex::default(),
            fates,
            unconditional: false,
            raises_late: AtomicBool::new(false),
            late: Mutex::default(),
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn act<R>(
        &self,
        name: &'static str,
        act: impl FnOnce(&mut Tables) -> R + Send,
    ) -> Result<R, TableError> {
        meet(&self.fates, name, || act(&mut self.tables())).await.map_err(TableError::Transient)
    }

    /// Every finding, by row.
    pub fn findings(&self) -> Vec<(Key, Finding)> {
        let tables = self.tables();
        let of = |(key, kept): &(Key, Kept)| {
            kept.findings.values().map(|f| (key.clone(), f.clone())).collect::<Vec<_>>()
        };
        tables.kept.values().flat_map(of).collect()
    }

    /// Every row.
    pub fn rows(&self) -> Vec<Row> {
        self.tables().rows.values().cloned().collect()
    }

    /// Puts a row there, as another version wrote it.
    pub fn put(&self, row: Row) {
        self.tables().rows.insert(row.key.to_string(), row);
    }

    /// Whether it was noted that the alert of a transition is out.
    pub fn is_marked(&self, transition_id: &str) -> bool {
        self.tables().marked.contains(transition_id)
    }

    /// Forgets which alerts are pending; to show what they are for.
    pub fn forget_pending(&self) {
        self.tables().kept.values_mut().for_each(|(_, kept)| kept.pending.clear());
    }

    /// Raises what was to be raised late; `false`: there was nothing.
    pub fn raise_late(&self) -> bool {
        let late = std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner));
        let any = !late.is_empty();
        for raise in late {
            self.tables().raise(raise);
        }
        any
    }

    /// Whether nothing is left to be done or told.
    pub fn is_at_rest(&self) -> bool {
        let tables = self.tables();
        !tables.rows.values().any(Row::is_wanted) && tables.kept.values().all(|(_, k)| k.pending.is_empty())
    }
}

impl Tables {
    /// Whether a row is one that this version reads.
    fn readable(&self, key: &Key) -> Result<(), TableError> {
        match self.rows.get(&key.to_string()) {
            Some(row) if row.schema > SCHEMA_VERSION => Err(TableError::Unreadable {
                row: key.to_string(),
                reason: format!("its format has version {}, which is newer", row.schema),
            }),
            _ => Ok(()),
        }
    }

    fn raise(&mut self, (key, cause, due): Raise) -> Row {
        let row = self.rows.entry(key.to_string()).or_insert_with(|| Row::new(key));
        row.raise(cause.as_ref().map(|(id, cause)| (id.as_str(), cause)), due);
        row.clone()
    }

    fn commit(&mut self, row: &Row, outcome: &Outcome, unconditional: bool) -> Written {
        let name = row.key.to_string();
        let stored = self.rows.entry(name.clone()).or_insert_with(|| Row::new(row.key.clone()));
        if stored.looks != row.looks && !unconditional {
            return Written::Superseded;
        }
        stored.finish(row, outcome);
        let wanted = stored.wanted;
        let (_, kept) = self.kept.entry(name).or_insert_with(|| (row.key.clone(), Kept::default()));
        let batch = outcome.batch.clone();
        kept.findings.extend(batch.findings.into_iter().map(|f| (f.fingerprint.clone(), f)));
        kept.subjects.extend(batch.subjects.into_iter().map(|record| (record.subject.clone(), record)));
        for subject in &batch.removed_subjects {
            kept.subjects.remove(subject);
        }
        kept.pending.extend(batch.transitions);
        Written::Yes { wanted }
    }
}

impl Kept {
    fn memory(&self) -> Memory {
        Memory {
            findings: self.findings.values().cloned().collect(),
            subjects: self.subjects.values().cloned().collect(),
        }
    }
}

impl Table for MemoryTable {
    async fn raise(&self, key: &Key, cause: Option<(&str, &Cause)>, due: Millis) -> Result<Row, TableError> {
        let cause = cause.map(|(id, cause)| (id.to_owned(), cause.clone()));
        let raise = (key.clone(), cause, due);
        if self.raises_late.load(Ordering::Relaxed) {
            self.late.lock().unwrap_or_else(PoisonError::into_inner).push(raise);
            return self.row(key).await;
        }
        self.act("raise", |tables| tables.readable(key).map(|()| tables.raise(raise))).await?
    }

    async fn put_off(&self, row: &Row, due: Millis, attempts: u32) -> Result<(), TableError> {
        self.act("put_off", |tables| {
            tables.readable(&row.key)?;
            if let Some(stored) = tables.rows.get_mut(&row.key.to_string())
                && (stored.wanted, stored.looks) == (row.wanted, row.looks)
            {
                stored.due = due;
                stored.attempts = stored.attempts.max(attempts);
            }
            Ok(())
        })
        .await?
    }

    async fn claim(&self, row: &Row, until: Millis) -> Result<bool, TableError> {
        self.act("claim", |tables| {
            tables.readable(&row.key)?;
            let stored = tables.rows.get_mut(&row.key.to_string()).filter(|it| it.telling == row.telling);
            Ok(stored.map(|stored| stored.telling = until).is_some())
        })
        .await?
    }

    async fn take(&self, account: &str, draft: Draft, now: Millis) -> Result<Grant, TableError> {
        self.act("take", |tables| {
            let full = tables.buckets.entry(account.to_owned()).or_default();
            let (grant, after) = draft.take(*full, now);
            *full = after;
            grant
        })
        .await
    }

    async fn row(&self, key: &Key) -> Result<Row, TableError> {
        let row = |tables: &mut Tables| {
            tables.readable(key)?;
            Ok(tables.rows.get(&key.to_string()).cloned().unwrap_or_else(|| Row::new(key.clone())))
        };
        self.act("row", row).await?
    }

    async fn memory(&self, key: &Key) -> Result<Memory, TableError> {
        let memory = |tables: &mut Tables| tables.kept.get(&key.to_string()).map(|(_, kept)| kept.memory());
        Ok(self.act("memory", memory).await?.unwrap_or_default())
    }

    async fn rows_of(&self, account: &str) -> Result<Vec<Row>, TableError> {
        let is_of = |row: &&Row| matches!(row.key, Key::Principal { .. }) && row.key.account() == account;
        self.act("rows_of", |tables| {
            let rows = tables.rows.values().filter(is_of);
            rows.map(|row| tables.readable(&row.key).map(|()| row.clone())).collect()
        })
        .await?
    }

    async fn memories_of(&self, account: &str) -> Result<Vec<(Key, Memory)>, TableError> {
        let is_open = |kept: &Kept| kept.findings.values().any(|f| f.state != State::Resolved);
        self.act("memories_of", |tables| {
            let kept = tables.kept.values();
            let of = kept.filter(|(key, kept)| {
                matches!(key, Key::Principal { .. }) && key.account() == account && is_open(kept)
            });
            of.map(|(key, kept)| (key.clone(), kept.memory())).collect()
        })
        .await
    }

    async fn commit(&self, row: &Row, outcome: &Outcome) -> Result<Written, TableError> {
        self.act("commit", |tables| {
            tables.readable(&row.key)?;
            Ok(tables.commit(row, outcome, self.unconditional))
        })
        .await?
    }

    async fn left_over(&self, due_before: Millis, _page: Option<&str>) -> Result<Page<Key>, TableError> {
        let left = |tables: &mut Tables| {
            let rows = tables.rows.values().filter(|row| row.is_wanted() && row.due < due_before);
            rows.map(|row| row.key.clone()).collect()
        };
        Ok(Page { entries: self.act("left_over", left).await?, next: None })
    }

    async fn pending(&self, key: Option<&Key>, _page: Option<&str>) -> Result<Page<Transition>, TableError> {
        let pending = |tables: &mut Tables| match key {
            Some(key) => tables.kept.get(&key.to_string()).map_or_else(Vec::new, |(_, k)| k.pending.clone()),
            None => tables.kept.values().flat_map(|(_, kept)| kept.pending.clone()).collect(),
        };
        Ok(Page { entries: self.act("pending", pending).await?, next: None })
    }

    async fn unresolved(&self, _page: Option<&str>) -> Result<Page<Finding>, TableError> {
        let unresolved = |tables: &mut Tables| {
            let findings = tables.kept.values().flat_map(|(_, kept)| kept.findings.values());
            findings.filter(|finding| finding.state != State::Resolved).cloned().collect()
        };
        Ok(Page { entries: self.act("unresolved", unresolved).await?, next: None })
    }

    async fn every_finding(&self, _page: Option<&str>) -> Result<Page<Finding>, TableError> {
        let all = |tables: &mut Tables| {
            tables.kept.values().flat_map(|(_, kept)| kept.findings.values()).cloned().collect()
        };
        Ok(Page { entries: self.act("every_finding", all).await?, next: None })
    }

    async fn history(&self, finding: &Finding) -> Result<Vec<Transition>, TableError> {
        let name = &finding.fingerprint;
        self.act("history", |tables| {
            let kept = tables.kept.values().map(|(_, kept)| kept);
            let all = kept.flat_map(|kept| kept.past.values().chain(&kept.pending));
            let mut history: Vec<Transition> =
                all.filter(|told| told.finding.fingerprint == *name).cloned().collect();
            history.sort_by_key(|told| told.finding.transitions);
            history
        })
        .await
    }

    async fn mark_published(&self, transitions: &[Transition]) -> Result<(), TableError> {
        let ids: BTreeSet<&str> = transitions.iter().map(|transition| transition.id.as_str()).collect();
        self.act("mark_published", |tables| {
            tables.marked.extend(ids.iter().map(|id| (*id).to_owned()));
            for (_, kept) in tables.kept.values_mut() {
                let out = |transition: &&Transition| ids.contains(transition.id.as_str());
                for told in kept.pending.iter().filter(out) {
                    let finding = &told.finding;
                    let (name, ordinal) = (&finding.fingerprint, finding.transitions);
                    kept.past.insert((name.clone(), ordinal), told.clone());
                    let kept_from = ordinal.saturating_sub(HISTORY_LENGTH);
                    kept.past.retain(|(of, at), _| of != name || *at > kept_from);
                }
                kept.pending.retain(|transition| !ids.contains(transition.id.as_str()));
            }
        })
        .await
    }

    async fn note(&self, name: &str) -> Result<Option<String>, TableError> {
        self.act("note", |tables| tables.notes.get(name).cloned()).await
    }

    async fn set_note(&self, name: &str, was: Option<&str>, text: &str) -> Result<bool, TableError> {
        self.act("set_note", |tables| {
            let is = tables.notes.get(name).map(String::as_str) == was;
            if is {
                tables.notes.insert(name.to_owned(), text.to_owned());
            }
            is
        })
        .await
    }
}
