//! Who is let in: a role's trust policy, asked about somebody whom no inventory knows.
//!
//! Whoever asks is taken to have every permission of its own, as anybody can give itself in its own
//! account; so the trust policy and the RCPs of the role's account alone decide. Names, tags,
//! organizations and the claims of tokens are the search's to choose, as far as the caller leaves them
//! open.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::anyone::Anyone;
use super::budget::{self, Budget, Exhausted};
use super::question::{Search, place};
use super::{Answer, Asker, Assumption, Given, Question, RoleTarget, Stack, Verdict};
use crate::catalogue;
use crate::policy::{Layers, NamedPolicy, Policy};
use crate::request::{Caller, CallerKind, Context};

/// The call by which a caller begins a session of a role (STS API Reference, the calls' own pages).
pub(super) fn call(caller: &Caller) -> &'static str {
    match caller.kind {
        CallerKind::Federated if caller.name.contains(":saml-provider/") => "sts:assumerolewithsaml",
        CallerKind::Federated => "sts:assumerolewithwebidentity",
        _ => "sts:assumerole",
    }
}

/// Somebody from outside.
#[derive(Clone, Debug)]
pub struct Outsider {
    /// A user or a role of some account, a service, an identity provider for anybody that it vouches for,
    /// or nobody in particular.
    pub caller: Caller,
    /// Whether it is the one of this name; if not, a user or role of any name in its account.
    pub named: bool,
}

/// What the caller's own policies allow.
static EVERYTHING: LazyLock<NamedPolicy> = LazyLock::new(|| {
    let text = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    NamedPolicy::new("AdministratorAccess", Policy::parse(text))
});

/// Whether somebody from outside can begin a session of a role by a request of a region, as
/// [`crate::Document::forbidden`] reads it. Of the region, the call counts by which such a caller begins one.
pub fn lets_in(outsider: &Outsider, role: &RoleTarget, region: &Policy, steps: u64) -> Answer {
    let mut caller = outsider.caller.clone();
    if caller.partition.is_empty() {
        caller.partition = role.arn.split(':').nth(1).unwrap_or("aws").to_owned();
    }
    let at_home = caller.account == role.account;
    let asker = Asker { caller, unique_id: None, known: Context::new(), trust: None, now: None };
    let layers = Layers { identity: vec![EVERYTHING.clone()], ..Layers::default() };
    let mut stack = Stack::empty(&asker, &layers, Given::default());
    stack.keys.anyone = Some(Anyone { named: outsider.named, at_home, values: BTreeMap::new() });
    let question = Question { forbidden: region, roles: std::slice::from_ref(role), resources: &[], steps };
    let mut budget = Budget::new(steps);
    let verdict = begins(&stack, &question, &mut budget)
        .unwrap_or_else(|Exhausted| Verdict::Indeterminate(vec![budget::spent(steps)]));
    Answer { verdict, assumptions: vec![Assumption::StandardEndpoint], steps: budget.spent(steps) }
}

fn begins(stack: &Stack<'_>, question: &Question<'_>, budget: &mut Budget) -> Result<Verdict, Exhausted> {
    let region = match question.forbidden.boxes() {
        Ok(region) => region,
        Err(reason) => return Ok(Verdict::Indeterminate(vec![format!("what is asked for: {reason}")])),
    };
    budget.spend(region.cost)?;
    let placed = place(&region.statements);
    let mut search = Search::new(stack, question, &placed);
    if let Some(call) = catalogue::find(call(&stack.asker.caller)) {
        let class = search.restrict(|placed| placed.actions().contains(call));
        if let Some(witness) = search.assume_role(&class, call, budget)? {
            return Ok(Verdict::Yes(Box::new(witness)));
        }
    }
    if search.reasons.is_empty() {
        return Ok(Verdict::No);
    }
    Ok(Verdict::Indeterminate(search.reasons.iter().cloned().collect()))
}
