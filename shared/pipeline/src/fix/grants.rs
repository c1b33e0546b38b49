//! Changes of what a principal is granted: of the statement that allows what the rule forbids, of its policy, of the
//! principal's own policies.

use stanchion_inventory::{Entity, EntityKind, Inventory, Principal};
use stanchion_policy::decide::{Because, LayerKind};
use stanchion_policy::document::{Condition, Document, Effect, Patterns, Statement, Version};
use stanchion_policy::prove::Witness;
use stanchion_rules::pattern_matches;
use stanchion_rules::rulebook::Kind;

use super::complement::{add, complement};
use super::edit::{Edit, Owner, Place};
use super::{Case, Step, Who, deny};

/// Where a statement is that allows a request.
struct Grant<'i> {
    /// Where its document is; `None`: it is AWS's own, and cannot be written.
    place: Option<Place>,
    /// What the policy is attached to, and its ARN; `None`: it is inline.
    attached: Option<(Owner, String)>,
    document: &'i Document,
    at: usize,
}

impl Grant<'_> {
    fn statement(&self) -> &Statement {
        &self.document.statements[self.at]
    }

    /// The document with another statement in its place, with several, or with none.
    fn with(&self, statements: Vec<Statement>, what: &str) -> Option<Step> {
        let place = self.place.clone()?;
        let mut document = self.document.clone();
        document.statements.splice(self.at..=self.at, statements);
        if !document.statements.is_empty() {
            let what = format!("{what} statement {} of", self.at);
            return Some(one(Edit::Write { place, document, what }));
        }
        // A policy has one statement at least.
        Some(one(match &self.attached {
            Some((owner, policy)) => Edit::Detach { owner: owner.clone(), policy: policy.clone() },
            None => Edit::Delete { place },
        }))
    }
}

fn one(edit: Edit) -> Step {
    Step { edits: vec![edit], ..Step::default() }
}

/// The principal that is to be mended, as it is after the changes before.
fn principal<'i>(case: &Case<'_>, inventory: &'i Inventory) -> Option<&'i Principal> {
    match &case.who {
        Who::Principal(principal, _) => inventory.principal(&principal.arn),
        Who::Account(_) => None,
    }
}

/// The statement that grants a witness's request by what the principal holds.
fn grant<'i>(case: &Case<'_>, inventory: &'i Inventory, witness: Option<&Witness>) -> Option<Grant<'i>> {
    let principal = principal(case, inventory)?;
    let is_grant = |because: &&Because| because.layer == LayerKind::Identity && because.statement.is_some();
    let because = witness?.decision.because.iter().find(is_grant)?;
    locate(principal, inventory, &because.policy, because.statement?)
}

/// A statement of a policy, called as layers name it, that allows something.
fn locate<'i>(principal: &Principal, inventory: &'i Inventory, policy: &str, at: usize) -> Option<Grant<'i>> {
    let (owner, policy) = match policy.strip_prefix("group ").and_then(|rest| rest.split_once(": ")) {
        Some((group, policy)) => {
            (Owner::One(Entity::new(EntityKind::Group, principal.account.as_str(), group)), policy)
        }
        None => (Owner::of(principal, inventory)?, policy),
    };
    let (place, attached) = match policy.strip_prefix("inline:") {
        Some(name) => (Some(Place::Inline { owner, name: name.to_owned() }), None),
        None => {
            let is_own = !policy.contains(":iam::aws:");
            (is_own.then(|| Place::Managed(policy.to_owned())), Some((owner, policy.to_owned())))
        }
    };
    let document = match &place {
        Some(place) => place.document(inventory)?,
        None => inventory.managed_policy(&principal.account, policy)?.default_document()?.document().ok()?,
    };
    let is_allow = document.statements.get(at).is_some_and(|statement| statement.effect == Effect::Allow);
    is_allow.then_some(Grant { place, attached, document, at })
}

/// Takes away a statement that has no effect, where that is what a persona's rule says.
pub(super) fn void(case: &Case<'_>, inventory: &Inventory, _: Option<&Witness>) -> Option<Step> {
    let principal = principal(case, inventory)?;
    let (name, at) = case.facet?.strip_prefix("void:inline:")?.rsplit_once(':')?;
    let place = Place::Inline { owner: Owner::of(principal, inventory)?, name: name.to_owned() };
    let document = place.document(inventory)?;
    let at: usize = at.parse().ok().filter(|at| *at < document.statements.len())?;
    Grant { place: Some(place), attached: None, document, at }.with(Vec::new(), "Remove")
}

/// Attaches the policy that a persona needs.
pub(super) fn needed(case: &Case<'_>, inventory: &Inventory, _: Option<&Witness>) -> Option<Step> {
    let principal = principal(case, inventory)?;
    let name = case.facet?.strip_prefix("lacks:")?.split('|').next()?;
    let policy = inventory.aws_managed_policy(name)?.arn.to_string();
    Some(one(Edit::Grant { owner: Owner::of(principal, inventory)?, policy }))
}

/// Takes a statement away that allows everything, where the rule is about that.
pub(super) fn of_everything(
    case: &Case<'_>,
    inventory: &Inventory,
    witness: Option<&Witness>,
) -> Option<Step> {
    let principal = principal(case, inventory).filter(|_| witness.is_none())?;
    matches!(case.rule.kind, Kind::Administrators(_)).then_some(())?;
    let is_any = |patterns: &Patterns| patterns.negated || patterns.patterns.iter().any(|p| p == "*");
    let is_everything = |statement: &Statement| {
        let resource = statement.resource.as_ref().is_some_and(is_any);
        statement.effect == Effect::Allow && is_any(&statement.action) && resource
    };
    let named = inventory.layers(principal).identity;
    let found = named.iter().find_map(|named| {
        let at = named.policy.document().ok()?.statements.iter().position(is_everything)?;
        locate(principal, inventory, &named.name, at)
    })?;
    match (&found.place, &found.attached) {
        (None, Some((owner, policy))) => {
            Some(one(Edit::Detach { owner: owner.clone(), policy: policy.clone() }))
        }
        _ => found.with(Vec::new(), "Remove"),
    }
}

/// Takes the resources of the request out of the statement, where it lists others.
pub(super) fn without_resource(
    case: &Case<'_>,
    inventory: &Inventory,
    witness: Option<&Witness>,
) -> Option<Step> {
    let grant = grant(case, inventory, witness)?;
    let resource = &witness?.resource;
    let mut statement = grant.statement().clone();
    let listed = statement.resource.as_mut().filter(|listed| !listed.negated)?;
    let before = listed.patterns.len();
    listed.patterns.retain(|pattern| !pattern_matches(pattern, resource));
    let left = listed.patterns.len();
    (0 < left && left < before).then_some(())?;
    grant.with(vec![statement], &format!("Take the resources that match {resource} out of"))
}

/// Takes the action of the request out of the statement, and the statement away if nothing is left of it.
pub(super) fn without_action(
    case: &Case<'_>,
    inventory: &Inventory,
    witness: Option<&Witness>,
) -> Option<Step> {
    let grant = grant(case, inventory, witness)?;
    let action = &witness?.action;
    let mut statement = grant.statement().clone();
    let listed = &mut statement.action;
    if listed.negated {
        listed.patterns.push(action.clone());
        return grant.with(vec![statement], &format!("Except {action} in"));
    }
    let is_meant = |pattern: &String| pattern_matches(&lower(pattern), &lower(action));
    let taken: Vec<String> = listed.patterns.iter().filter(|pattern| is_meant(pattern)).cloned().collect();
    listed.patterns.retain(|pattern| !taken.contains(pattern));
    if listed.patterns.is_empty() {
        return grant.with(Vec::new(), "Remove");
    }
    grant.with(vec![statement], &format!("Take {} out of", taken.join(", ")))
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// Lets the statement allow what the rule does not forbid of the action: by a condition, or on other resources.
pub(super) fn narrowed(case: &Case<'_>, inventory: &Inventory, witness: Option<&Witness>) -> Option<Step> {
    let grant = grant(case, inventory, witness)?;
    let Who::Principal(_, meant) = &case.who else { return None };
    let statement = grant.statement();
    for region in &meant.regions {
        for forbidden in region.document().ok().into_iter().flat_map(|document| &document.statements) {
            let Some((inside, outside)) = split(&statement.action, &forbidden.action, &witness?.action)
            else {
                continue;
            };
            // What of variables only the newer version reads would be plain text.
            let is_read = grant.document.version == Version::V2012 || !has_variables(forbidden);
            let Some(narrower) = narrower(statement, forbidden).filter(|_| is_read) else { continue };
            let outside = outside.map(|action| Statement { action, ..statement.clone() });
            let inside = narrower.into_iter().enumerate().map(|(index, narrow)| {
                let is_first = outside.is_none() && index == 0;
                // A `Sid` is used once.
                let sid = statement.sid.clone().filter(|_| is_first);
                Statement { sid, action: inside.clone(), ..narrow }
            });
            let inside: Vec<Statement> = inside.collect();
            return grant.with(outside.into_iter().chain(inside).collect(), "Narrow");
        }
    }
    None
}

fn has_variables(statement: &Statement) -> bool {
    let resources = statement.resource.iter().flat_map(|resource| &resource.patterns);
    let values = statement.conditions.iter().flat_map(|condition| &condition.values);
    resources.chain(values).any(|text| text.contains("${"))
}

/// The actions of a statement that the rule is about, and the others; `None`: it is not about this one, or they
/// cannot be told apart.
fn split(own: &Patterns, forbidden: &Patterns, action: &str) -> Option<(Patterns, Option<Patterns>)> {
    let fits = |pattern: &String, text: &str| pattern_matches(&lower(pattern), &lower(text));
    let is_about = forbidden.patterns.iter().any(|pattern| fits(pattern, action)) != forbidden.negated;
    if !is_about || own.negated {
        return None;
    }
    if own.patterns.iter().any(|pattern| pattern == "*") {
        let rest = Patterns { negated: !forbidden.negated, patterns: forbidden.patterns.clone() };
        return Some((forbidden.clone(), Some(rest)));
    }
    let inside = |pattern: &&String| {
        // Where all are meant but some, a pattern may be of both.
        let meets = |other: &String| fits(other, pattern) || fits(pattern, other);
        match forbidden.negated {
            true => !forbidden.patterns.iter().any(meets),
            false => forbidden.patterns.iter().any(|other| fits(other, pattern)),
        }
    };
    let (inside, outside): (Vec<&String>, Vec<&String>) = own.patterns.iter().partition(inside);
    let list = |patterns: Vec<&String>| Patterns {
        negated: false,
        patterns: patterns.into_iter().cloned().collect(),
    };
    if inside.is_empty() {
        return None;
    }
    Some((list(inside), (!outside.is_empty()).then(|| list(outside))))
}

/// The statement, as far as it allows what another does not match: a statement for each of that one's elements;
/// `None`: it matches all of it, or there is no saying so.
fn narrower(statement: &Statement, forbidden: &Statement) -> Option<Vec<Statement>> {
    let mut all = Vec::new();
    for condition in &forbidden.conditions {
        let mut narrow = statement.clone();
        let turned: Condition = complement(condition)?;
        add(&mut narrow, turned).then_some(())?;
        all.push(narrow);
    }
    let is_any = |patterns: &Patterns| !patterns.negated && patterns.patterns.iter().any(|p| p == "*");
    if let Some(resource) = forbidden.resource.as_ref().filter(|resource| !is_any(resource)) {
        statement.resource.as_ref().is_some_and(is_any).then_some(())?;
        let others = Patterns { negated: !resource.negated, ..resource.clone() };
        all.push(Statement { resource: Some(others), ..statement.clone() });
    }
    (!all.is_empty()).then_some(all)
}

/// Denies what the rule forbids in the policy that allows it.
pub(super) fn denied_there(
    case: &Case<'_>,
    inventory: &Inventory,
    witness: Option<&Witness>,
) -> Option<Step> {
    let grant = grant(case, inventory, witness)?;
    let document = denying(case, grant.document)?;
    Some(one(Edit::Write { place: grant.place?, document, what: "Deny what the rule forbids in".to_owned() }))
}

/// A document that denies what the rule forbids as well. Once is enough: where that does not mend it, nothing of the
/// kind does.
fn denying(case: &Case<'_>, document: &Document) -> Option<Document> {
    let Who::Principal(_, meant) = &case.who else { return None };
    let sid = deny::sid(&case.rule.id);
    let mut document = document.clone();
    let is_there = |document: &Document| {
        document.statements.iter().any(|own| own.sid.as_ref().is_some_and(|own| own.starts_with(&sid)))
    };
    if is_there(&document) {
        return None;
    }
    let region = meant.regions.first()?;
    document.statements.extend(deny::statements(region, &sid));
    let is_read = document.version == Version::V2012 || !document.statements.iter().any(has_variables);
    (is_there(&document) && is_read).then_some(document)
}

/// What IAM Identity Center calls the one inline policy of a permission set in its roles.
const OF_PERMISSION_SET: &str = stanchion_inventory::INLINE_POLICY_NAME;

/// Denies what the rule forbids in an inline policy of the principal's own.
pub(super) fn denied_by_itself(case: &Case<'_>, inventory: &Inventory, _: Option<&Witness>) -> Option<Step> {
    let principal = principal(case, inventory)?;
    let owner = Owner::of(principal, inventory)?;
    let name = match &owner {
        Owner::PermissionSet { .. } => OF_PERMISSION_SET.to_owned(),
        Owner::One(_) => format!("deny-{}", case.rule.id),
    };
    let place = Place::Inline { owner, name };
    let empty = deny::document(Vec::new());
    let document = denying(case, place.document(inventory).unwrap_or(&empty))?;
    Some(one(Edit::Write { place, document, what: "Deny what the rule forbids in".to_owned() }))
}

/// Detaches the managed policy that allows it.
pub(super) fn detached(case: &Case<'_>, inventory: &Inventory, witness: Option<&Witness>) -> Option<Step> {
    let (owner, policy) = grant(case, inventory, witness)?.attached?;
    Some(one(Edit::Detach { owner, policy }))
}
