//! The table of events: what each operation acts on, what kind of change it is, and what it does to
//! an inventory. One row says everything about one event; one file holds the rows of one service.
//!
//! Names are looked up, never guessed: of a service that is watched as a whole, an event that changes
//! something and is not here is reported as unknown. `docs/EVENTS.md` is this table as a page.

mod account;
mod acts_on;
mod iam;
mod identity_center;
mod identity_store;
mod organizations;
mod page;
mod partner_central;
mod resource_policies;
mod roles_anywhere;
mod sts;

use crate::effect::Apply;
use crate::effect::read::NOTHING;
use crate::kind::Kind;
use crate::record::Event;

pub use acts_on::ActsOn;
pub use page::page;

/// The events of one `eventSource`.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// `eventSource`, as `iam.amazonaws.com`.
    pub source: &'static str,
    /// The `source` that EventBridge gives its events, as `aws.iam`.
    pub event_bridge: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Which of its events are of interest.
    pub watched: Watched,
    /// Its events, sorted by name.
    pub rows: &'static [Row],
}

/// Which events of a service are of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// All: one that changes something and has no row is reported as unknown.
    Whole,
    /// Those that have a row.
    Part,
    /// Those that have a row, where a rule is about actions of this service prefix.
    Ruled(&'static str),
}

/// One event that is known.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// `eventName`.
    pub name: &'static str,
    /// What it acts on, which says how to find who is affected.
    pub acts_on: ActsOn,
    /// What kind of change it is; [`Kind::None`]: it changes no permission.
    pub kind: Kind,
    /// What it does to an inventory.
    pub apply: Apply,
    /// What has to be in the event for it to be a change at all; without, it changes no permission.
    pub only_if: Option<Condition>,
    /// What to know about it; empty: nothing.
    pub note: &'static str,
}

/// What has to be in an event for it to be a change.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    /// In words that follow "only if".
    pub words: &'static str,
    /// Request parameters of which one has to be there.
    pub(crate) parameters: &'static [&'static str],
}

impl Condition {
    pub(crate) fn holds(&self, event: Event<'_>) -> bool {
        self.parameters.iter().any(|name| event.has(name))
    }
}

/// Every service that is watched, sorted by source.
pub const SERVICES: [&Service; 12] = [
    &account::ACCOUNT,
    &iam::IAM,
    &identity_store::SCIM,
    &identity_store::API,
    &resource_policies::KMS,
    &organizations::ORGANIZATIONS,
    &partner_central::PARTNER_CENTRAL,
    &roles_anywhere::ROLES_ANYWHERE,
    &resource_policies::S3,
    &identity_store::CONSOLE,
    &identity_center::IDENTITY_CENTER,
    &sts::STS,
];

/// The watched service of an `eventSource`.
pub fn service(event_source: &str) -> Option<&'static Service> {
    let found = SERVICES.binary_search_by(|service| service.source.cmp(event_source));
    found.ok().and_then(|index| SERVICES.get(index)).copied()
}

/// The known event of this source and name.
pub fn find(event_source: &str, name: &str) -> Option<&'static Row> {
    service(event_source)?.find(name)
}

/// The `source` that EventBridge gives events of a watched service; `None`: it is not watched.
pub fn event_bridge_source(event_source: &str) -> Option<&'static str> {
    service(event_source).map(|service| service.event_bridge)
}

/// Whether an event of this source and name may be of interest. What is not is neither a change nor
/// unknown, whatever else its record says.
pub fn may_matter(event_source: &str, name: &str) -> bool {
    service(event_source).is_some_and(|it| it.watched == Watched::Whole || it.find(name).is_some())
}

impl Service {
    /// The known event of this name.
    pub fn find(&self, name: &str) -> Option<&'static Row> {
        self.rows.binary_search_by(|row| row.name.cmp(name)).ok().and_then(|index| self.rows.get(index))
    }
}

const fn row(name: &'static str, acts_on: ActsOn, kind: Kind, apply: Apply) -> Row {
    Row { name, acts_on, kind, apply, only_if: None, note: "" }
}

/// An event that changes no permission, and nothing that an inventory holds.
const fn idle(name: &'static str) -> Row {
    row(name, ActsOn::Nothing, Kind::None, NOTHING)
}

impl Row {
    const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// Such an event must have no effect on an inventory: most are not read to their end.
    const fn only_if(mut self, words: &'static str, parameters: &'static [&'static str]) -> Self {
        self.only_if = Some(Condition { words, parameters });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both look-ups are binary searches.
    #[test]
    fn the_table_is_sorted_and_names_nothing_twice() {
        assert!(SERVICES.is_sorted_by(|a, b| a.source < b.source));
        for service in SERVICES {
            for pair in service.rows.windows(2) {
                assert!(pair[0].name < pair[1].name, "{}: {}", service.source, pair[1].name);
            }
        }
    }

    #[test]
    fn operations_whose_verbs_mislead_are_known() {
        for name in ["SetDefaultPolicyVersion", "AcceptDelegationRequest", "ChangePassword"] {
            assert!(find("iam.amazonaws.com", name).is_some_and(|row| row.kind != Kind::None), "{name}");
        }
        let elsewhere = find("iam.amazonaws.com", "MoveAccount");
        assert!(elsewhere.is_none(), "it is an operation of Organizations");
    }

    #[test]
    fn what_is_read_all_day_long_does_not_matter() {
        for (source, name, matters) in [
            ("kms.amazonaws.com", "Decrypt", false),
            ("kms.amazonaws.com", "PutKeyPolicy", true),
            ("sts.amazonaws.com", "GetCallerIdentity", false),
            ("sts.amazonaws.com", "AssumeRole", true),
            ("iam.amazonaws.com", "AnythingNew", true),
            ("ec2.amazonaws.com", "RunInstances", false),
        ] {
            assert_eq!(may_matter(source, name), matters, "{source} {name}");
        }
    }

    /// A change that names nothing would affect a whole account without need.
    #[test]
    fn every_change_acts_on_something() {
        for service in SERVICES {
            for row in service.rows.iter().filter(|row| row.kind != Kind::None) {
                assert_ne!(row.acts_on, ActsOn::Nothing, "{} {}", service.source, row.name);
            }
        }
    }
}
