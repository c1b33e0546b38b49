//! By which names the statements of a resource's policy name the caller.

use super::Asker;
use super::compile::Statement;
use super::translate::Bound;
use crate::document::{PrincipalEntry, Principals};
use crate::request::{Caller, CallerKind};

/// What a grant that names the caller so needs besides (IAM User Guide, "Policy evaluation logic").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// Nothing.
    Direct,
    /// The boundary must allow.
    Role,
    /// The identity policies and the boundary must allow.
    Account,
}

/// Whether an `Allow` names the caller so.
pub(super) fn allows(statement: &Statement, asker: &Asker, naming: Naming, bound: Bound) -> bool {
    let Some(element) = &statement.principal else { return false };
    if element.negated {
        // Not valid, and so unknown.
        return bound == Bound::Upper;
    }
    element.entries.iter().any(|entry| named(entry, asker, bound) == Some(naming))
}

/// Whether a `Deny` speaks of the caller.
pub(super) fn denies(statement: &Statement, asker: &Asker, has_boundary: bool, bound: Bound) -> bool {
    let Some(element) = &statement.principal else { return false };
    if element.negated {
        return not_principal(element, asker, has_boundary, bound);
    }
    element.entries.iter().any(|entry| named(entry, asker, bound).is_some())
}

fn named(entry: &PrincipalEntry, asker: &Asker, bound: Bound) -> Option<Naming> {
    let own = &asker.caller;
    let name = match entry {
        PrincipalEntry::Anyone => return Some(Naming::Direct),
        // Another name for an account; whose is not known.
        PrincipalEntry::CanonicalUser(_) => return (bound == Bound::Upper).then_some(Naming::Account),
        PrincipalEntry::Aws(name) => name.as_str(),
        _ => return None,
    };
    let account = format!("arn:{}:iam::{}:root", own.partition, own.account);
    if name == own.account || name == account {
        return Some(Naming::Account);
    }
    let by_name = match own.kind {
        CallerKind::Role { .. } | CallerKind::Session { .. } => Naming::Role,
        _ => Naming::Direct,
    };
    if asker.unique_id.as_deref() == Some(name) || name == own.name {
        return Some(by_name);
    }
    // A session of this role: the search does not choose the session's name.
    let session = Caller::parse(name).ok()?;
    let is_own =
        matches!(&session.kind, CallerKind::Session { role, .. } if Some(role.as_str()) == own.role());
    (is_own && session.account == own.account && bound == Bound::Upper).then_some(Naming::Direct)
}

fn not_principal(element: &Principals, asker: &Asker, has_boundary: bool, bound: Bound) -> bool {
    if element.entries.contains(&PrincipalEntry::Anyone) {
        return false;
    }
    let of = |bound| -> Vec<Naming> {
        element.entries.iter().filter_map(|entry| named(entry, asker, bound)).collect()
    };
    // The session that is listed may be the one that asks.
    let (names, possibly) = (of(Bound::Lower), of(Bound::Upper));
    // UG: it always denies users and roles that have a boundary.
    let bounded = has_boundary && !matches!(asker.caller.kind, CallerKind::Root | CallerKind::AssumedRoot);
    if bounded || possibly.is_empty() {
        return true;
    }
    let account = names.contains(&Naming::Account);
    let own = names.iter().any(|n| *n != Naming::Account);
    let complete = names.len() == possibly.len()
        && match asker.caller.kind {
            CallerKind::Root => account,
            _ => account && own,
        };
    // Partial lists are contested.
    !complete && bound == Bound::Upper
}
