//! Documents that name principals: the policies of resources, and of roles that are assumed.
//!
//! They are compared caller by caller: every principal that one of the documents names, and users and
//! roles that none names, of every account that is named and of one that is not. What such a document
//! decides depends on what else the caller has, so each is asked about
//! - from another account, with every permission of its own: the document must name it;
//! - in the resource's account, without any: the document must name it, and not its account alone;
//! - in the resource's account, with every permission: only what the document denies counts.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::cast::{self, Cast, Casts, MOST};
use super::identity::{go_through, mentions};
use super::{Search, everything};
use crate::document::{Document, Effect, PrincipalEntry, Principals};
use crate::policy::{Layers, NamedPolicy, Policy, ResourcePolicy};
use crate::prove::{self, Asker, Assumption, Bound, Mentions, Side, Slot, speaks_of};
use crate::request::{Caller, CallerKind};

/// What the caller has besides the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    /// Every permission, of another account.
    Elsewhere,
    /// No permission.
    Nothing,
    /// Every permission, in the resource's account.
    Everything,
}

/// What needs no grant of the resource's policy: neither KMS keys nor the assuming of roles.
static BESIDES: LazyLock<Policy> = LazyLock::new(|| {
    let apart = r#""kms:*","sts:AssumeRole*","sts:SetContext","sts:SetSourceIdentity","sts:TagSession""#;
    let text = format!(r#"{{"Statement":[{{"Effect":"Allow","NotAction":[{apart}],"Resource":"*"}}]}}"#);
    Policy::parse(&text)
});

/// Searches for what one document allows and the other does not.
pub(super) fn search(from: &NamedPolicy, to: &NamedPolicy, search: &mut Search<'_>) {
    const ASSUMPTIONS: [Assumption; 1] = [Assumption::StandardEndpoint];
    search.assumptions.extend(ASSUMPTIONS);
    search.assumptions.insert(Assumption::CatalogueActions);
    let mut unknown = [from, to].into_iter().filter_map(|named| named.policy.document().err());
    if let Some(reason) = unknown.next() {
        search.reasons.insert(reason.to_owned());
        return;
    }
    let said = said(from, to);
    let casts = casts(from, to, &said);
    for (cast, own) in casts.all {
        let (left, right) = (layers(from, own), layers(to, own));
        let (mine, theirs) =
            (side(from, &cast.asker, own, Bound::Upper), side(to, &cast.asker, own, Bound::Lower));
        let gaps = prove::gaps(&mine, &theirs, None, search.extra, true);
        let mentions = mentions(&gaps);
        let casts = Casts { all: vec![cast], incomplete: None };
        go_through(&gaps, &mentions, &casts, (&left, &right), &ASSUMPTIONS, search);
        if search.found.is_some() || search.steps == 0 {
            return;
        }
    }
    search.reasons.extend(casts.incomplete);
}

/// What one document says to a caller. What is not sure counts for it on the left side (`Upper`), and
/// against it on the right.
fn side<'a>(policy: &'a NamedPolicy, asker: &Asker, own: Own, allows: Bound) -> Side<'a> {
    let denies = if allows == Bound::Upper { Bound::Lower } else { Bound::Upper };
    let mut side = Side::default();
    side.layer(Slot::Ceiling, [&policy.policy], |element: Option<&Principals>, effect| {
        let bound = if effect == Effect::Allow { allows } else { denies };
        speaks_of(element, effect, asker, own == Own::Elsewhere, bound)
    });
    if own == Own::Everything {
        side = side.without_layers();
        if allows == Bound::Upper {
            side.layer(Slot::Ceiling, [&*BESIDES], |_, _| true);
        }
    }
    side
}

fn layers(policy: &NamedPolicy, own: Own) -> Layers {
    let identity = if own == Own::Nothing { Vec::new() } else { vec![everything("AdministratorAccess")] };
    Layers { identity, resource: ResourcePolicy::Known(policy.clone()), ..Layers::default() }
}

struct Everyone {
    all: Vec<(Cast, Own)>,
    incomplete: Option<String>,
}

/// The texts of both documents.
#[derive(Default)]
struct Said {
    resources: Vec<String>,
    others: Vec<String>,
    principals: BTreeSet<String>,
    services: BTreeSet<String>,
    federated: BTreeSet<String>,
    /// Whether a condition looks at who asks.
    by_key: bool,
    /// A text whose part of an account's number may decide.
    unclear: Option<String>,
}

fn said(left: &NamedPolicy, right: &NamedPolicy) -> Said {
    let mut said = Said::default();
    let documents: Vec<&Document> =
        [left, right].into_iter().filter_map(|named| named.policy.document().ok()).collect();
    for statement in documents.into_iter().flat_map(|document| &document.statements) {
        let resources = || statement.resource.iter().flat_map(|resource| &resource.patterns);
        said.unclear = said.unclear.take().or(resources().find(|text| !prove::is_clear(text)).cloned());
        said.resources.extend(resources().cloned());
        for condition in &statement.conditions {
            said.others.extend(condition.values.iter().cloned());
            let key = condition.key.to_ascii_lowercase();
            said.by_key |= key.starts_with("aws:principal") || key == "aws:userid";
            if prove::is_of_account(&key) {
                said.unclear =
                    said.unclear.take().or(condition.values.iter().find(|v| !prove::is_clear(v)).cloned());
            }
        }
        for entry in statement.principal.iter().flat_map(|principals| &principals.entries) {
            match entry {
                PrincipalEntry::Aws(name) => {
                    said.principals.insert(name.clone());
                }
                PrincipalEntry::Service(name) => {
                    said.services.insert(name.clone());
                }
                PrincipalEntry::Federated(name) => {
                    said.federated.insert(name.clone());
                }
                PrincipalEntry::Anyone | PrincipalEntry::CanonicalUser(_) => {}
            }
        }
    }
    said
}

/// Everyone whom the documents can tell apart.
fn casts(left: &NamedPolicy, right: &NamedPolicy, said: &Said) -> Everyone {
    let texts = |all: &[String]| prove::numbers(all.iter().map(String::as_str));
    let mut accounts = prove::numbers(said.principals.iter().map(String::as_str));
    accounts.extend(texts(&said.others));
    let of_resources: BTreeSet<String> =
        texts(&said.resources).into_iter().chain(texts(&said.others)).collect();
    let known: BTreeSet<String> = accounts.union(&of_resources).cloned().collect();
    let (nobody, elsewhere) = (cast::fresh(&known, 0), cast::fresh(&known, 1));
    accounts.insert(nobody);
    let mut homes: Vec<String> = vec![elsewhere];
    homes.extend(of_resources);

    let mentions = Mentions {
        resources: said.resources.iter().map(String::as_str).collect(),
        values: said.principals.iter().map(|name| ("", name.as_str())).collect(),
        ..Mentions::default()
    };
    let mut incomplete =
        said.unclear.as_ref().map(|text| format!("`{text}` speaks of parts of account numbers"));
    let mut callers: Vec<(Asker, bool)> = Vec::new();
    for name in &said.principals {
        match caller(name, &accounts) {
            Some(asker) => callers.extend(asker),
            None => incomplete = Some(format!("whom `{name}` names")),
        }
    }
    let mut all = Vec::new();
    for partition in cast::partitions(&mentions) {
        for account in &accounts {
            // Who is root is told by its name alone.
            let kinds = ["user", "role"].into_iter().chain(said.by_key.then_some("root"));
            callers.extend(kinds.filter_map(|kind| {
                Cast::new(kind, &partition, account, account).map(|cast| (cast.asker, false))
            }));
        }
        let nobodys = said.services.iter().chain(&said.federated).map(String::as_str).chain(["anonymous"]);
        for mut caller in nobodys.filter_map(|name| Caller::parse(name).ok()) {
            if caller.partition.is_empty() {
                caller.partition.clone_from(&partition);
            }
            let home = |account: &String| (Cast::of(caller.clone(), true, account), Own::Nothing);
            all.extend(homes.iter().map(home));
        }
    }
    for (asker, named) in callers {
        let own = asker.caller.account.clone();
        let cast = |account: &str| Cast { asker: asker.clone(), named, resource_account: account.to_owned() };
        // A root user has every permission in its account.
        if asker.caller.kind != CallerKind::Root {
            all.push((cast(&own), Own::Nothing));
        }
        all.push((cast(&own), Own::Everything));
        all.extend(homes.iter().filter(|home| **home != own).map(|home| (cast(home), Own::Elsewhere)));
    }
    if all.len() > MOST {
        all.truncate(MOST);
        incomplete = Some("the documents name too many principals to go through".to_owned());
    }
    let canonical =
        [left, right].into_iter().filter_map(|named| named.policy.document().ok()).any(|document| {
            let entries = document.statements.iter().flat_map(|s| &s.principal).flat_map(|p| &p.entries);
            entries.into_iter().any(|entry| matches!(entry, PrincipalEntry::CanonicalUser(_)))
        });
    if canonical {
        incomplete = Some("whom a canonical user id names".to_owned());
    }
    Everyone { all, incomplete }
}

/// The principal that a name stands for, and whether it is that one alone; `Some(None)`: an account,
/// whose principals are asked about in any case. `None`: it cannot be told.
#[expect(clippy::option_option, reason = "nobody in particular, and nobody known")]
fn caller(name: &str, accounts: &BTreeSet<String>) -> Option<Option<(Asker, bool)>> {
    if accounts.contains(name) {
        return Some(None);
    }
    if let Ok(caller) = Caller::parse(name) {
        let one = !matches!(caller.kind, CallerKind::Root);
        return Some(one.then(|| (Cast::of(caller, true, "").asker, true)));
    }
    let kind = match name.get(..4)? {
        "AIDA" => "user",
        "AROA" => "role",
        _ => return None,
    };
    let cast = Cast::new(kind, "aws", accounts.first()?, "")?;
    Some(Some((Asker { unique_id: Some(name.to_owned()), ..cast.asker }, true)))
}
