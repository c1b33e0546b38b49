//! Changes of a role's trust policy, so that it does not let in whom the rule does not want.

use stanchion_inventory::Inventory;
use stanchion_policy::decide::{Because, LayerKind};
use stanchion_policy::document::{
    Comparison, Condition, Document, Effect, Operator, Patterns, PrincipalEntry, Principals, Statement,
};
use stanchion_policy::prove::Witness;
use stanchion_rules::pattern_matches;

use super::complement::{add, complement};
use super::edit::{Edit, Place, entity};
use super::{Case, Step, Who};

/// A statement that lets somebody in, and which of its principals are meant.
struct Door<'i> {
    place: Place,
    document: &'i Document,
    at: usize,
    meant: Vec<PrincipalEntry>,
}

fn trust<'i>(case: &Case<'_>, inventory: &'i Inventory) -> Option<(Place, &'i Document)> {
    let Who::Principal(principal, _) = &case.who else { return None };
    let role = entity(principal)?;
    let document = inventory.principal_of(&role)?.trust.as_ref()?.document().ok()?;
    Some((Place::Trust(role), document))
}

fn door<'i>(case: &Case<'_>, inventory: &'i Inventory, witness: &Witness) -> Option<Door<'i>> {
    let (place, document) = trust(case, inventory)?;
    let of_trust = |because: &&Because| because.layer == LayerKind::Resource && because.statement.is_some();
    let at = witness.decision.because.iter().find(of_trust)?.statement?;
    let statement = document.statements.get(at).filter(|statement| statement.effect == Effect::Allow)?;
    let principals = statement.principal.as_ref().filter(|principals| !principals.negated)?;
    let account = |text: &str| text.split(':').nth(4).unwrap_or(text).to_owned();
    let is_meant = |entry: &&PrincipalEntry| match entry {
        PrincipalEntry::Anyone => true,
        PrincipalEntry::Aws(name) => account(name) == account(&witness.principal),
        PrincipalEntry::Service(name) => *name == witness.principal,
        PrincipalEntry::Federated(name) => {
            *name == witness.principal
                || case
                    .facet
                    .is_some_and(|facet| facet.split_once(':').is_some_and(|(_, of)| name.ends_with(of)))
        }
        PrincipalEntry::CanonicalUser(_) => false,
    };
    let meant: Vec<PrincipalEntry> = principals.entries.iter().filter(is_meant).cloned().collect();
    (!meant.is_empty()).then_some(Door { place, document, at, meant })
}

impl Door<'_> {
    fn statement(&self) -> &Statement {
        &self.document.statements[self.at]
    }

    /// The statement for those who are not meant, if there are any.
    fn for_others(&self) -> Option<Statement> {
        let mut statement = self.statement().clone();
        let entries = &mut statement.principal.as_mut()?.entries;
        entries.retain(|entry| !self.meant.contains(entry));
        (!entries.is_empty()).then_some(statement)
    }

    /// What the statement lets those do who are meant, denied under a condition.
    fn refusal(&self, condition: Option<Condition>) -> Statement {
        Statement {
            sid: None,
            effect: Effect::Deny,
            principal: Some(Principals { negated: false, entries: self.meant.clone() }),
            conditions: condition.into_iter().collect(),
            ..self.statement().clone()
        }
    }

    fn with(self, statements: Vec<Statement>, what: String, refused: Vec<Statement>) -> Option<Step> {
        let mut document = self.document.clone();
        document.statements.splice(self.at..=self.at, statements);
        let is_closed = document.statements.is_empty();
        let what = if is_closed { "Let nobody in any more by".to_owned() } else { what };
        close(&mut document);
        Some(Step { edits: vec![Edit::Write { place: self.place, document, what }], refused })
    }

    fn told(&self) -> String {
        let name = |entry: &PrincipalEntry| match entry {
            PrincipalEntry::Anyone => "*".to_owned(),
            PrincipalEntry::Aws(name)
            | PrincipalEntry::Service(name)
            | PrincipalEntry::Federated(name)
            | PrincipalEntry::CanonicalUser(name) => name.clone(),
        };
        self.meant.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

/// Asks those who are meant for what the rule wants of them. What does not carry it is what the rule forbids.
pub(super) fn asked(case: &Case<'_>, inventory: &Inventory, witness: Option<&Witness>) -> Option<Step> {
    let Who::Principal(_, meant) = &case.who else { return None };
    let door = door(case, inventory, witness?)?;
    let mut statement = door.statement().clone();
    statement.principal = Some(Principals { negated: false, entries: door.meant.clone() });
    let mut refused = Vec::new();
    for condition in &meant.conditions {
        refused.push(door.refusal(Some(complement(condition)?)));
        ask(&mut statement, condition)?;
    }
    (!refused.is_empty() && statement != *door.statement()).then_some(())?;
    let others = door.for_others();
    if others.is_some() {
        // A `Sid` is used once.
        statement.sid = None;
    }
    let keys: Vec<&str> = meant.conditions.iter().map(|condition| condition.key.as_str()).collect();
    let what = format!("Ask {} for {} in statement {} of", door.told(), keys.join(", "), door.at);
    door.with(others.into_iter().chain([statement]).collect(), what, refused)
}

/// Adds a condition, or narrows the one that a statement has on the key to what is wanted; `None`: nothing of that is
/// wanted.
fn ask(statement: &mut Statement, wanted: &Condition) -> Option<()> {
    let is_text = |condition: &Condition| {
        let operator = &condition.operator;
        let plain = operator.quantifier.is_none() && !operator.if_exists;
        plain && matches!(operator.comparison, Comparison::Text { negated: false, .. })
    };
    let same = |own: &&mut Condition| own.key.eq_ignore_ascii_case(&wanted.key) && is_text(own);
    let Some(own) = statement.conditions.iter_mut().find(same).filter(|_| is_text(wanted)) else {
        return add(statement, wanted.clone()).then_some(());
    };
    let is_like =
        |condition: &Condition| matches!(condition.operator.comparison, Comparison::Text { like: true, .. });
    let fits = |like: bool, pattern: &str, text: &str| {
        if like { pattern_matches(pattern, text) } else { pattern == text }
    };
    // Never more than it lets in already.
    let kept = own.values.iter().filter(|text| wanted.values.iter().any(|w| fits(is_like(wanted), w, text)));
    let mut values: Vec<String> = kept.cloned().collect();
    let within = wanted.values.iter().filter(|text| own.values.iter().any(|o| fits(is_like(own), o, text)));
    let plain = |text: &&String| is_like(own) || !text.contains(['*', '?']);
    for value in within.filter(plain) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    (!values.is_empty()).then(|| own.values = values)
}

/// Takes those who are meant out of the statement, and the statement away if it names nobody else.
pub(super) fn without_principal(
    case: &Case<'_>,
    inventory: &Inventory,
    witness: Option<&Witness>,
) -> Option<Step> {
    if let Some(id) = case.facet.and_then(|facet| facet.strip_prefix("gone:")) {
        return without_id(case, inventory, id);
    }
    let door = door(case, inventory, witness?)?;
    let Who::Principal(_, meant) = &case.who else { return None };
    let refused = if meant.by_themselves {
        let organization = case.facet.and_then(|facet| facet.strip_prefix("organization:"));
        let account = case.facet.and_then(|facet| facet.strip_prefix("account:"));
        let of = |key: &str, value: &str| Condition {
            operator: Operator::parse("StringEquals"),
            key: key.to_owned(),
            values: vec![value.to_owned()],
        };
        let organization = organization.map(|id| of("aws:PrincipalOrgID", id));
        vec![door.refusal(organization.or_else(|| account.map(|id| of("aws:PrincipalAccount", id))))]
    } else {
        // Those of them who do what the rule asks for would be lost.
        meant.conditions.iter().filter_map(complement).map(|turned| door.refusal(Some(turned))).collect()
    };
    let what = format!("Take {} out of statement {} of", door.told(), door.at);
    let others = door.for_others().into_iter().collect();
    door.with(others, what, refused)
}

/// Takes the id of a principal that is gone out of the trust policy.
fn without_id(case: &Case<'_>, inventory: &Inventory, id: &str) -> Option<Step> {
    let (place, document) = trust(case, inventory)?;
    let entry = PrincipalEntry::Aws(id.to_owned());
    let mut document = document.clone();
    document.statements.retain_mut(|statement| match &mut statement.principal {
        Some(principals) if statement.effect == Effect::Allow && !principals.negated => {
            let was_named = principals.entries.contains(&entry);
            principals.entries.retain(|own| *own != entry);
            !was_named || !principals.entries.is_empty()
        }
        _ => true,
    });
    close(&mut document);
    let what = format!("Take {id} out of");
    Some(Step { edits: vec![Edit::Write { place, document, what }], ..Step::default() })
}

/// A policy has one statement at least: a trust policy that lets in nobody says so.
fn close(document: &mut Document) {
    if document.statements.is_empty() {
        document.statements.push(Statement {
            effect: Effect::Deny,
            principal: Some(Principals { negated: false, entries: vec![PrincipalEntry::Anyone] }),
            action: Patterns { negated: false, patterns: vec!["sts:AssumeRole*".to_owned()] },
            resource: None,
            ..Statement::everything()
        });
    }
}

/// Takes the whole statement away.
pub(super) fn without_statement(
    case: &Case<'_>,
    inventory: &Inventory,
    witness: Option<&Witness>,
) -> Option<Step> {
    let door = door(case, inventory, witness?)?;
    let what = format!("Remove statement {} of", door.at);
    door.with(Vec::new(), what, Vec::new())
}
