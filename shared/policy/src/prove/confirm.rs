//! From the values that a search between two sides found to a witness that `decide` has confirmed on
//! both.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Witness;
use super::atom::Variable;
use super::facts::OF_ACCOUNTS;
use super::kinds::ASSUME_ROLE;
use super::question::Search;
use super::values::{Assignment, Value};
use super::versus::Versus;
use super::witness::{delegating, derive_user_id, on_kms_key};
use crate::decide::{Decision, Outcome, decide, matches};
use crate::policy::{Layers, ResourcePolicy};
use crate::request::{Caller, Request, RequestError};

impl Search<'_> {
    /// The caller that the search chose.
    pub(super) fn caller(&self, assignment: &Assignment) -> Result<Caller, RequestError> {
        let own = &self.stack.asker.caller;
        if self.stack.keys.anyone.is_none() {
            return Ok(own.clone());
        }
        let chosen = |key: &str| match assignment.get(&Variable::Key(self.stack.key(key))) {
            Some(Value::One(value)) => Some(value.to_string()),
            _ => None,
        };
        let by_name =
            || Some(format!("arn:{}:iam::{}:user/{}", own.partition, own.account, chosen("aws:username")?));
        match chosen("aws:principalarn").or_else(by_name) {
            Some(name) => Caller::parse(&name),
            None => Ok(own.clone()),
        }
    }

    /// Has `decide` confirm that one side allows the request and the other does not.
    pub(super) fn confirm_both(
        &self,
        versus: &Versus<'_>,
        other_layers: &Layers,
        caller: Caller,
        action: &str,
        resource: &str,
        context: BTreeMap<String, Vec<String>>,
    ) -> Result<Witness, Vec<String>> {
        let mut given = self.stack.asker.known.clone();
        context.iter().for_each(|(key, values)| given.insert(key, values.clone()));
        derive_user_id(&mut given, self.stack.asker);
        let principal = caller.name.clone();
        let request = |caller, context| {
            Request::new(caller, action, resource, Some(versus.resource_account), context)
                .map_err(|error| vec![error.to_string()])
        };
        let own = request(caller.clone(), given.clone())?;
        let other = match versus.rival {
            None => request(caller, given)?,
            Some(rival) => {
                let mut theirs = rival.known.clone();
                for (key, values) in &context {
                    let key_of = self.stack.key(&key.to_ascii_lowercase());
                    if versus.rivals_own(&key_of).is_none() {
                        theirs.insert(key, values.clone());
                    }
                }
                derive_user_id(&mut theirs, rival);
                request(rival.caller.clone(), theirs)?
            }
        };
        let decision = decide(&own, &lets_in(self.stack.bound, &own));
        let refused = decide(&other, &lets_in(other_layers, &other));
        let unknowns = |outcome: &Decision| {
            (outcome.outcome == Outcome::Indeterminate).then(|| outcome.unknowns.clone())
        };
        match (decision.outcome, refused.outcome) {
            (Outcome::Allow, Outcome::ImplicitDeny | Outcome::ExplicitDeny) => Ok(Witness {
                action: action.to_owned(),
                resource: resource.to_owned(),
                context,
                decision,
                principal,
                refused: Some(refused),
            }),
            (one, two) => Err(unknowns(&decision).or_else(|| unknowns(&refused)).unwrap_or_else(|| {
                vec![format!("unconfirmed: `{action}` on `{resource}` is decided {one} and {two}")]
            })),
        }
    }

    /// Has `decide` confirm that the layers allow the request, and that it is forbidden.
    pub(super) fn confirm_one(
        &self,
        versus: &Versus<'_>,
        caller: Caller,
        action: &str,
        resource: &str,
        context: BTreeMap<String, Vec<String>>,
    ) -> Result<Witness, Vec<String>> {
        let mut given = self.stack.asker.known.clone();
        if caller.account == versus.resource_account {
            for (of_resource, own) in OF_ACCOUNTS {
                // In two spellings a key would be contested.
                let is_told = context.keys().any(|key| key.eq_ignore_ascii_case(of_resource));
                let values = given.get(own).map(|known| known.values.to_vec());
                if let Some(values) = values.filter(|_| !is_told) {
                    given.insert(of_resource, values);
                }
            }
        }
        context.iter().for_each(|(key, values)| given.insert(key, values.clone()));
        let principal = caller.name.clone();
        let request = Request::new(caller, action, resource, Some(versus.resource_account), given)
            .map_err(|error| vec![error.to_string()])?;
        let decision = decide(&request, &lets_in(self.stack.bound, &request));
        match (decision.outcome, matches(&request, self.question.forbidden)) {
            (Outcome::Allow, Some(true)) => Ok(Witness {
                action: action.to_owned(),
                resource: resource.to_owned(),
                context,
                decision,
                principal,
                refused: None,
            }),
            (Outcome::Indeterminate, _) => Err(decision.unknowns),
            (outcome, forbidden) => Err(vec![format!(
                "unconfirmed: `{action}` on `{resource}` is decided {outcome}, forbidden {forbidden:?}"
            )]),
        }
    }
}

/// The layers, and where a resource's own policy must let the caller in, one that does and leaves the
/// rest to the other layers.
fn lets_in<'l>(layers: &'l Layers, request: &Request) -> Cow<'l, Layers> {
    let assumes = ASSUME_ROLE.contains(&request.action_lower.as_str());
    let must_grant = assumes
        || on_kms_key(&request.action_lower, &request.resource)
        || request.caller.account != request.resource_account;
    if layers.resource != ResourcePolicy::None && layers.resource != ResourcePolicy::NotGiven || !must_grant {
        return Cow::Borrowed(layers);
    }
    let mut layers = layers.clone();
    layers.resource = ResourcePolicy::Known(delegating(&request.caller.account));
    Cow::Owned(layers)
}
