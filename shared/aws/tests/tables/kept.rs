//! The functions' table as a place that findings are kept in: it passes the suite of the stores.

use stanchion_findings::{Batch, Finding, SubjectRecord, Transition};
use stanchion_hub::edges::{Outcome, Page, Written};
use stanchion_hub::work::{Key, Kind, Row};
use stanchion_hub::{Table, TableError};

use crate::conformance::Kept;

/// A table, asked about roles.
pub(crate) struct Rows<T>(pub(crate) T);

fn key(role: &str) -> Key {
    Key::Principal { account: "111122223333".to_owned(), kind: Kind::Role, name: role.to_owned() }
}

/// All pages of a list.
async fn all<R>(page: impl AsyncFn(Option<String>) -> Result<Page<R>, TableError>) -> Vec<R> {
    let (mut entries, mut next) = (Vec::new(), None);
    loop {
        let some = page(next).await.expect("readable");
        entries.extend(some.entries);
        next = some.next;
        if next.is_none() {
            return entries;
        }
    }
}

impl<T: Table> Kept for Rows<T> {
    type Read = Row;

    async fn read(&self, role: &str) -> (Row, Vec<Finding>, Option<SubjectRecord>) {
        let row = self.0.row(&key(role)).await.expect("a row");
        let mut memory = self.0.memory(&key(role)).await.expect("readable");
        memory.findings.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
        (row, memory.findings, memory.subjects.pop())
    }

    async fn write(&mut self, read: &Row, _: &str, batch: Batch) -> bool {
        let outcome = Outcome { batch, ..Outcome::default() };
        match self.0.commit(read, &outcome).await.expect("writable") {
            Written::Yes { .. } => true,
            Written::Superseded => false,
        }
    }

    async fn findings(&self) -> Vec<Finding> {
        all(async |page: Option<String>| self.0.every_finding(page.as_deref()).await).await
    }

    async fn unresolved(&self) -> Vec<Finding> {
        all(async |page: Option<String>| self.0.unresolved(page.as_deref()).await).await
    }

    async fn history(&self, finding: &Finding) -> Vec<Transition> {
        self.0.history(finding).await.expect("readable")
    }

    async fn pending(&self) -> Vec<Transition> {
        all(async |page: Option<String>| self.0.pending(None, page.as_deref()).await).await
    }

    async fn mark_published(&mut self, transition: &Transition) {
        self.0.mark_published(std::slice::from_ref(transition)).await.expect("writable");
    }
}
