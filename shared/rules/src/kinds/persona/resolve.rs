//! What a persona's references stand for, on one inventory.

use std::sync::{Arc, OnceLock};

use stanchion_inventory::Inventory;
use stanchion_policy::catalogue::ActionId;
use stanchion_policy::document::Effect;
use stanchion_policy::{NamedPolicy, Policy};

use super::named::allowed;
use super::region::{Settled, statements, turned};
use crate::bundle;
use crate::rulebook::{Persona, Reference, nearest};

/// A persona's references, looked up.
pub(crate) struct Resolved {
    /// What is needed: for each, the choices of which any will do.
    pub(super) needs: Vec<Vec<Granted>>,
    /// What is allowed at most.
    pub(super) at_most: Option<AtMost>,
}

/// What one reference stands for.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    /// What it is called.
    pub name: String,
    /// Its policies: one, but for roles.
    pub policies: Vec<NamedPolicy>,
    /// Why it is not known what it allows.
    pub unknown: Option<String>,
    /// The actions that it names.
    actions: OnceLock<Vec<ActionId>>,
}

impl Granted {
    /// The actions of the catalogue that it allows for some request, as far as statements name them.
    pub(super) fn actions(&self) -> &[ActionId] {
        self.actions.get_or_init(|| allowed(&self.policies))
    }
}

/// What some references allow together.
pub(super) struct AtMost {
    /// What findings call it.
    pub(super) name: String,
    /// Denies whatever they allow.
    pub(super) beyond: Vec<NamedPolicy>,
    /// Allows whatever they deny.
    pub(super) denied: Vec<NamedPolicy>,
    /// Those of them that deny anything.
    pub(super) denying: Vec<NamedPolicy>,
    /// What they allow in the very same words.
    pub(super) settled: Settled,
    /// Why it is not known what they allow.
    pub(super) unknown: Vec<String>,
}

/// Looks up what a persona refers to.
pub(crate) fn resolve(persona: &Persona, inventory: &Inventory) -> Resolved {
    let look_up = |reference: &Reference| -> Vec<Granted> {
        reference.choices().iter().map(|one| granted(one, inventory)).collect()
    };
    let needs = persona.needs.iter().map(look_up).collect();
    let at_most = persona.at_most.as_ref().map(|references| at_most(references, inventory));
    Resolved { needs, at_most }
}

/// What some references allow together, on an inventory.
pub(super) fn at_most(references: &[Reference], inventory: &Inventory) -> AtMost {
    let choices = references.iter().flat_map(Reference::choices);
    AtMost::of(choices.map(|one| granted(one, inventory)).collect())
}

/// What one reference stands for on an inventory.
pub(crate) fn granted(reference: &Reference, inventory: &Inventory) -> Granted {
    let name = reference.name();
    let known = |policy: Policy| vec![NamedPolicy::new(name.as_str(), policy)];
    let (policies, unknown) = match reference {
        Reference::Given { document, .. } => (known(Policy::of(document.clone())), None),
        Reference::Aws(_) => match aws(&name, inventory) {
            Some(policy) => (known(policy), None),
            None => (Vec::new(), Some(nobody_knows(&name))),
        },
        Reference::Role(arn) => match inventory.principal(arn) {
            Some(role) => (inventory.layers(role).identity, None),
            None => (Vec::new(), Some(format!("what role {arn} may do: it is not in the inventory"))),
        },
        // `Reference::choices` has no such choices.
        Reference::AnyOf(_) => (Vec::new(), Some(format!("which of {name}"))),
    };
    let unread = policies.iter().find_map(|named| {
        named.policy.document().err().map(|reason| format!("what {} allows: {reason}", named.name))
    });
    Granted { name, policies, unknown: unknown.or(unread), actions: OnceLock::new() }
}

/// The document of a policy of AWS's own: the inventory's, else the bundled one.
fn aws(name: &str, inventory: &Inventory) -> Option<Policy> {
    let own = inventory.aws_managed_policy(name).and_then(|policy| policy.default_document());
    own.cloned().or_else(|| bundle::find(name).map(|bundled| bundled.policy.clone()))
}

fn nobody_knows(name: &str) -> String {
    if bundle::is_known(name) {
        return format!("what {name} allows: its document is neither in the inventory nor bundled");
    }
    let names: Vec<&str> = bundle::names().collect();
    let near = nearest(name, &names).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    format!("what {name} allows: AWS has no such policy that is known here{near}")
}

impl AtMost {
    fn of(granted: Vec<Granted>) -> Self {
        let names: Vec<&str> = granted.iter().map(|one| one.name.as_str()).collect();
        let name = if names.is_empty() { "nothing at all".to_owned() } else { names.join(", ") };
        let policies: Vec<&NamedPolicy> = granted.iter().flat_map(|one| &one.policies).collect();
        let all = |effect| {
            let named = policies.iter().enumerate().filter_map(|(index, named)| {
                let turned = turned(named, effect)?;
                // Of several roles, inline policies may have the same name.
                Some(NamedPolicy::new(Arc::from(format!("{} ({index})", turned.name)), turned.policy))
            });
            named.collect()
        };
        let denies = |named: &&NamedPolicy| statements([*named], Effect::Deny).next().is_some();
        Self {
            name,
            beyond: all(Effect::Allow),
            denied: all(Effect::Deny),
            denying: policies.iter().copied().filter(denies).cloned().collect(),
            settled: Settled::of(policies.iter().copied()),
            unknown: granted.iter().filter_map(|one| one.unknown.clone()).collect(),
        }
    }
}
