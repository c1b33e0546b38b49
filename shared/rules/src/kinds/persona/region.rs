//! Policies turned over, so that "one allows and the other does not" becomes a question to the prover:
//! what the other allows is denied, and everything is asked for.

use std::sync::LazyLock;

use stanchion_policy::document::{Effect, Statement, Version};
use stanchion_policy::json::Json;
use stanchion_policy::{Document, NamedPolicy, Policy};

/// What users may do without a permission (IAM User Guide, "Permissions for GetSessionToken").
pub(super) const FREE: &str = "sts:GetSessionToken";

/// Everything that takes a permission.
pub(in crate::kinds) static EVERYTHING: LazyLock<Policy> = LazyLock::new(|| requests("NotAction", &[FREE]));

/// The requests for the actions that an element, `Action` or `NotAction`, takes in.
fn requests(element: &str, patterns: &[&str]) -> Policy {
    let patterns = patterns.iter().map(|pattern| Json::Text((*pattern).to_owned())).collect();
    let statement = Json::Object(vec![(element.to_owned(), Json::List(patterns))]);
    match Document::forbidden(&[statement], "") {
        Ok(document) => Policy::of(document),
        Err(error) => Policy::unknown(error.to_string()),
    }
}

/// The requests for these actions.
pub(in crate::kinds) fn actions(patterns: &[&str]) -> Policy {
    requests("Action", patterns)
}

/// The requests for all other actions than these.
pub(super) fn other_actions(patterns: &[&str]) -> Policy {
    requests("NotAction", patterns)
}

/// The statements of a policy that have one effect, with the other instead. `None`: it has none.
pub(in crate::kinds) fn turned(named: &NamedPolicy, from: Effect) -> Option<NamedPolicy> {
    let document = named.policy.document().ok()?;
    let to = match from {
        Effect::Allow => Effect::Deny,
        Effect::Deny => Effect::Allow,
    };
    let statements = document.statements.iter().filter(|statement| statement.effect == from);
    let statements: Vec<Statement> =
        statements.map(|statement| Statement { effect: to, ..statement.clone() }).collect();
    let policy = || Policy::of(Document { statements, ..*document_head(document) });
    (document.statements.iter().any(|statement| statement.effect == from))
        .then(|| NamedPolicy::new(format!("not {}", named.name), policy()))
}

fn document_head(document: &Document) -> Box<Document> {
    Box::new(Document {
        version: document.version,
        version_given: document.version_given,
        statements: Vec::new(),
    })
}

/// `Allow` statements of some policies, to be left out of others: what they allow is settled.
#[derive(Default)]
pub(in crate::kinds) struct Settled {
    policies: Vec<Policy>,
    statements: Vec<(Version, Statement)>,
}

impl Settled {
    /// Those of these policies.
    pub(in crate::kinds) fn of<'p>(policies: impl IntoIterator<Item = &'p NamedPolicy>) -> Self {
        let mut settled = Self::default();
        for named in policies {
            let Ok(document) = named.policy.document() else { continue };
            settled.policies.push(named.policy.clone());
            let allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
            settled.statements.extend(
                allows.map(|statement| (document.version, Statement { sid: None, ..statement.clone() })),
            );
        }
        settled
    }

    /// A policy without the `Allow` statements that are settled; `None`: it says nothing else.
    pub(in crate::kinds) fn without(&self, named: &NamedPolicy) -> Option<NamedPolicy> {
        let Ok(document) = named.policy.document() else { return Some(named.clone()) };
        let whole = self.policies.iter().any(|policy| policy.same(&named.policy));
        let is_left = |statement: &&Statement| {
            let same = |(version, settled): &(Version, Statement)| {
                *version == document.version
                    && settled.action == statement.action
                    && settled.resource == statement.resource
                    && settled.conditions == statement.conditions
            };
            statement.effect == Effect::Deny || !whole && !self.statements.iter().any(same)
        };
        let left: Vec<Statement> = document.statements.iter().filter(is_left).cloned().collect();
        match left.len() {
            0 => None,
            count if count == document.statements.len() => Some(named.clone()),
            _ => {
                let policy = Policy::of(Document { statements: left, ..*document_head(document) });
                Some(NamedPolicy::new(std::sync::Arc::clone(&named.name), policy))
            }
        }
    }
}

/// Whether some policies allow nothing, whatever else they say: each can be read, and has no `Allow`.
pub(super) fn allow_nothing(policies: &[NamedPolicy]) -> bool {
    policies.iter().all(|named| {
        named.policy.document().is_ok_and(|document| {
            document.statements.iter().all(|statement| statement.effect == Effect::Deny)
        })
    })
}

/// The statements of policies, those that cannot be read left out.
pub(in crate::kinds) fn statements<'p>(
    policies: impl IntoIterator<Item = &'p NamedPolicy>,
    effect: Effect,
) -> impl Iterator<Item = &'p Statement> {
    let documents = policies.into_iter().filter_map(|named| named.policy.document().ok());
    documents.flat_map(|document| &document.statements).filter(move |statement| statement.effect == effect)
}
