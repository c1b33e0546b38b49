//! By which names the statements of a resource's policy name the caller.

use super::Asker;
use super::compile::Statement;
use super::translate::Bound;
use crate::document::{Effect, PrincipalEntry, Principals};
use crate::request::{Caller, CallerKind};

/// What a grant that names the caller so needs besides (IAM User Guide, "Policy evaluation logic").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// Whether an `Allow` names the caller at all.
pub(super) fn allows_in_some_way(statement: &Statement, asker: &Asker, bound: Bound) -> bool {
    [Naming::Direct, Naming::Role, Naming::Account].iter().any(|way| allows(statement, asker, *way, bound))
}

/// Whether a statement of a resource's policy speaks of the caller; an `Allow` that names no more than
/// its account counts if `delegated` says so.
pub(crate) fn speaks_of(
    element: Option<&Principals>,
    effect: Effect,
    asker: &Asker,
    delegated: bool,
    bound: Bound,
) -> bool {
    let Some(element) = element else { return false };
    match (effect, element.negated) {
        (Effect::Deny, true) => not_principal(element, asker, false, bound),
        // Not valid, and so unknown.
        (Effect::Allow, true) => bound == Bound::Upper,
        (_, false) => element.entries.iter().any(|entry| {
            let naming = named(entry, asker, bound);
            naming.is_some_and(|naming| effect == Effect::Deny || delegated || naming != Naming::Account)
        }),
    }
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
        PrincipalEntry::Service(name) if own.kind == CallerKind::Service => {
            return name.eq_ignore_ascii_case(&own.name).then_some(Naming::Direct);
        }
        PrincipalEntry::Federated(name) if own.kind == CallerKind::Federated => {
            return (*name == own.name).then_some(Naming::Direct);
        }
        _ if own.account.is_empty() => return None,
        // Another name for an account; whose is not known.
        PrincipalEntry::CanonicalUser(_) => return (bound == Bound::Upper).then_some(Naming::Account),
        PrincipalEntry::Aws(name) => name.as_str(),
        _ => return None,
    };
    if name == own.account || is_root_of(name, own) {
        return Some(Naming::Account);
    }
    let by_name = match own.kind {
        CallerKind::Role { .. } | CallerKind::Session { .. } => Naming::Role,
        _ => Naming::Direct,
    };
    if let CallerKind::Session { role, .. } = &own.kind {
        if name == own.name {
            return Some(Naming::Direct);
        }
        let named = Caller::parse(name).ok().filter(|named| named.account == own.account);
        if named.is_some_and(|named| named.role() == Some(role) && of_its_path(name, role, asker)) {
            let is_role = name.contains(":role/");
            return is_role.then_some(Naming::Role);
        }
    }
    if asker.unique_id.as_deref() == Some(name) || name == own.name {
        return Some(by_name);
    }
    if asker.unique_id.is_none() && may_be_unique_id(name, own) {
        // It may be the caller's own.
        return (bound == Bound::Upper).then_some(by_name);
    }
    // A session of this role: the search does not choose the session's name.
    let session = Caller::parse(name).ok()?;
    let is_own =
        matches!(&session.kind, CallerKind::Session { role, .. } if Some(role.as_str()) == own.role());
    (is_own && session.account == own.account && bound == Bound::Upper).then_some(Naming::Direct)
}

/// Whether a name is `arn:<partition>:iam::<account>:root`, of the caller's account.
fn is_root_of(name: &str, own: &Caller) -> bool {
    let rest = name.strip_prefix("arn:").and_then(|rest| rest.strip_prefix(own.partition.as_str()));
    let account = rest.and_then(|rest| rest.strip_prefix(":iam::"));
    account.and_then(|rest| rest.strip_prefix(own.account.as_str())) == Some(":root")
}

/// Role names are unique in an account, so a path can only contradict, where a session's is known.
fn of_its_path(arn: &str, role: &str, asker: &Asker) -> bool {
    let known = asker.known.first("aws:principalarn").unwrap_or_default();
    let has_path = known.matches('/').count() > 1 && known.ends_with(&format!("/{role}"));
    !has_path || known == arn
}

/// Whether a name can be the unique id of the caller (IAM User Guide, "IAM identifiers", unique
/// identifiers).
fn may_be_unique_id(name: &str, caller: &Caller) -> bool {
    let prefix = match caller.kind {
        CallerKind::User { .. } => "AIDA",
        CallerKind::Role { .. } | CallerKind::Session { .. } => "AROA",
        _ => return false,
    };
    name.starts_with(prefix) && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
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
            CallerKind::Session { .. } => {
                account && names.contains(&Naming::Direct) && names.contains(&Naming::Role)
            }
            _ => account && own,
        };
    // Partial lists are contested.
    !complete && bound == Bound::Upper
}
