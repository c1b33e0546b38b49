//! Whether a `Principal` or `NotPrincipal` element names the caller, and by which name.
//!
//! IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".

use super::truth::Truth;
use super::{At, Evaluation};
use crate::document::{PrincipalEntry, Principals};
use crate::request::{Caller, CallerKind, is_account};

/// By which name a statement of a resource's policy names the caller. What its grant bypasses
/// depends on it (IAM User Guide, "Policy evaluation logic", resource-based policies).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// A user by its ARN, a session by its own ARN, everybody, a service, a provider: the identity
    /// side's implicit denies do not count.
    Direct,
    /// A role by its ARN: boundary and session policies limit the grant.
    Role,
    /// The account: the identity side must allow as well.
    Account,
}

impl Evaluation<'_> {
    /// By which names, and how surely, the element names the caller. No name: no match.
    pub(super) fn named(&self, element: &Principals, at: &At<'_>) -> impl Iterator<Item = (Naming, Truth)> {
        let negated = element.negated.then(|| (Naming::Direct, self.not_principal(element, at)));
        let entries = if element.negated { &[] } else { element.entries.as_slice() };
        let named = entries.iter().filter_map(move |entry| self.entry(entry, at));
        negated.into_iter().chain(named.filter(|(_, truth)| *truth != Truth::False))
    }

    fn entry(&self, entry: &PrincipalEntry, at: &At<'_>) -> Option<(Naming, Truth)> {
        let caller = &self.request.caller;
        match entry {
            PrincipalEntry::Anyone => Some((Naming::Direct, Truth::True)),
            PrincipalEntry::Service(name) if caller.kind == CallerKind::Service => {
                if name.eq_ignore_ascii_case(&caller.name) {
                    return Some((Naming::Direct, Truth::True));
                }
                let (one, other) = (without_region(name), without_region(&caller.name));
                // Whether a service's regional name is covered by its plain one differs by service.
                (one == other).then(|| {
                    let unknown = self.unknown(at, || {
                        format!("`{name}` and `{}` differ in their region alone", caller.name)
                    });
                    (Naming::Direct, unknown)
                })
            }
            PrincipalEntry::Federated(name) => {
                let named = caller.kind == CallerKind::Federated && *name == caller.name;
                named.then_some((Naming::Direct, Truth::True))
            }
            PrincipalEntry::Aws(name) => self.aws(name, at),
            // Another name for an account; which one is not known here.
            PrincipalEntry::CanonicalUser(id) if !caller.account.is_empty() => {
                let unknown = self
                    .unknown(at, || format!("whether `{id}` is the account {} is not said", caller.account));
                Some((Naming::Account, unknown))
            }
            PrincipalEntry::Service(_) | PrincipalEntry::CanonicalUser(_) => None,
        }
    }

    fn aws(&self, name: &str, at: &At<'_>) -> Option<(Naming, Truth)> {
        let caller = &self.request.caller;
        if caller.account.is_empty() {
            return None;
        }
        if account_of(name) == Some(caller.account.as_str()) {
            // The account's own name means the account: all its principals, the root user too.
            return Some((Naming::Account, Truth::True));
        }
        if let Some(id) = self.request.context.first("aws:userid")
            && is_unique_id(name)
        {
            // Policies of deleted and recreated principals hold unique ids.
            let own = id.split(':').next() == Some(name);
            let naming = if caller.role().is_some() { Naming::Role } else { Naming::Direct };
            return own.then_some((naming, Truth::True));
        }
        match &caller.kind {
            CallerKind::User { .. } | CallerKind::Root => {
                (name == caller.name).then_some((Naming::Direct, Truth::True))
            }
            CallerKind::FederatedUser { .. } => {
                if name == caller.name {
                    return Some((Naming::Direct, Truth::True));
                }
                // A session's ARN does not say whose it is.
                let named = Caller::parse(name).ok()?;
                (matches!(named.kind, CallerKind::User { .. }) && named.account == caller.account).then(
                    || {
                        let unknown = self.unknown(at, || {
                            format!("whether `{name}` made the federated session is not said")
                        });
                        (Naming::Role, unknown)
                    },
                )
            }
            CallerKind::Role { role } | CallerKind::Session { role, .. } => {
                if name == caller.name && matches!(caller.kind, CallerKind::Session { .. }) {
                    return Some((Naming::Direct, Truth::True));
                }
                let named = Caller::parse(name).ok().filter(|named| named.account == caller.account)?;
                match named.kind {
                    CallerKind::Role { role: other } => (other == *role && self.path_agrees(name, role))
                        .then_some((Naming::Role, Truth::True)),
                    CallerKind::Session { role: other, .. }
                        if other == *role && matches!(caller.kind, CallerKind::Role { .. }) =>
                    {
                        let unknown =
                            self.unknown(at, || format!("whether the session is `{name}` is not said"));
                        Some((Naming::Direct, unknown))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Role names are unique in an account, so a path can only contradict, where it is known.
    fn path_agrees(&self, arn: &str, role: &str) -> bool {
        let known = self.request.context.first("aws:principalarn").unwrap_or_default();
        let has_path = |arn: &str| arn.matches('/').count() > 1;
        !(has_path(known) && known.ends_with(&format!("/{role}"))) || known == arn
    }

    /// `NotPrincipal` with `Deny`: whether the statement applies to the caller.
    fn not_principal(&self, element: &Principals, at: &At<'_>) -> Truth {
        let caller = &self.request.caller;
        if element.entries.contains(&PrincipalEntry::Anyone) {
            return Truth::False;
        }
        // UG: it always denies principals that have a permissions boundary.
        if self.has_boundary
            && matches!(
                caller.kind,
                CallerKind::User { .. } | CallerKind::Role { .. } | CallerKind::Session { .. }
            )
        {
            return Truth::True;
        }
        let names: Vec<(Naming, Truth)> =
            element.entries.iter().filter_map(|entry| self.entry(entry, at)).collect();
        let has = |wanted| names.iter().any(|(naming, _)| *naming == wanted);
        let (direct, role, account) = (has(Naming::Direct), has(Naming::Role), has(Naming::Account));
        let complete = match caller.kind {
            CallerKind::User { .. } | CallerKind::FederatedUser { .. } => direct && account,
            CallerKind::Session { .. } => direct && role && account,
            CallerKind::Role { .. } => role && account,
            CallerKind::Root | CallerKind::AssumedRoot => account,
            CallerKind::Service | CallerKind::Federated => direct,
            CallerKind::Anonymous => false,
        };
        if complete && names.iter().all(|(_, truth)| *truth == Truth::True) {
            Truth::False
        } else if names.is_empty() {
            Truth::True
        } else {
            // UG: "might deny access" where the account, the role and the session are not all listed.
            self.unknown(at, || "`NotPrincipal` lists the caller in part".to_owned())
        }
    }
}

/// The account that an account's number or its `:root` ARN names.
fn account_of(name: &str) -> Option<&str> {
    if is_account(name) {
        return Some(name);
    }
    let mut parts = name.splitn(6, ':');
    let (arn, _, service, _, account, resource) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (arn == "arn" && service == "iam" && resource == "root" && is_account(account)).then_some(account)
}

/// IAM User Guide, "IAM identifiers", unique identifiers.
fn is_unique_id(name: &str) -> bool {
    name.len() >= 16
        && name.starts_with("A")
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// `logs.eu-west-1.amazonaws.com` -> `logs.amazonaws.com`.
fn without_region(service: &str) -> String {
    let mut labels: Vec<&str> = service.split('.').collect();
    if labels.len() > 3 && labels[1].matches('-').count() >= 2 {
        labels.remove(1);
    }
    labels.join(".").to_ascii_lowercase()
}
