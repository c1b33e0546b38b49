//! From the values that a search found to a witness that `decide` has confirmed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::atom::Variable;
use super::class::Class;
use super::domain;
use super::facts::{Knowledge, Scope, View};
use super::question::{Attempt, Search, Subject};
use super::solve::{Assignment, Value};
use super::target::Target;
use super::{Asker, Witness};
use crate::decide::{self, decide};
use crate::policy::{NamedPolicy, Policy, ResourcePolicy};
use crate::request::{CallerKind, Request};

impl<'s> Search<'s> {
    /// Turns values into a request and has `decide` confirm it.
    pub(super) fn witness(
        &self,
        class: &Class<'s>,
        assignment: &Assignment,
        attempt: Attempt<'_>,
    ) -> Result<Witness, Vec<String>> {
        let action = match attempt.subject {
            Subject::Known(action, _) => action.full_name().to_owned(),
            Subject::Extra(action) => action.to_owned(),
        };
        let resource = match (attempt.target, assignment.get(&Variable::Resource)) {
            (Some(target), _) => target.arn.to_owned(),
            (None, Some(Value::One(resource))) => resource.to_string(),
            _ => "*".to_owned(),
        };
        let mut context = BTreeMap::new();
        let mut mentioned = class.keys();
        let own = attempt.target.iter().flat_map(|target| target.allows.iter().chain(&target.denies));
        mentioned.extend(own.flat_map(|placed| placed.statement.keys.iter()).map(|key| &**key));
        let (stack, asker) = (self.stack, self.stack.asker);
        let spelled = |key: &str| -> String {
            let known = asker.known.get(key).map(|entry| entry.key);
            let written = || stack.spelling(self.question.forbidden, key).unwrap_or(key).to_owned();
            known.unwrap_or_else(written)
        };
        let region = attempt.region.unwrap_or_else(|| {
            let own = resource.split(':').nth(3).filter(|region| !region.is_empty());
            own.unwrap_or(domain::usual_region(self.partition()))
        });
        let account = attempt.target.map_or(asker.caller.account.as_str(), |target| target.account);
        let scope = match attempt.subject {
            Subject::Known(action, resource) => Scope::Of(action, resource),
            _ => Scope::Unknown,
        };
        let view = View { scope, region: Some(region), resource_account: account };
        for key in mentioned.into_iter().filter(|key| !Asker::derives(key)) {
            if let Knowledge::Fixed(Some(values)) = stack.key(key).known(&view, asker) {
                context.insert(spelled(key), values.to_vec());
            }
        }
        for (variable, value) in assignment.iter() {
            let Variable::Key(key) = variable else { continue };
            let values: &[Cow<'_, str>] = match value {
                Value::Absent => continue,
                Value::One(one) => std::slice::from_ref(one),
                Value::Many(many) => many,
            };
            context.insert(spelled(&key.name), values.iter().map(|value| value.to_string()).collect());
        }
        // A region that the search chose among the regions is told by its own name.
        let requested = || Variable::Key(stack.key("aws:requestedregion"));
        if self.mentions("aws:requestedregion") && assignment.get(&requested()).is_none() {
            context.insert(spelled("aws:requestedregion"), vec![region.to_owned()]);
        }
        // Values of tag keys that nothing else speaks of.
        if let Some(Value::Many(keys)) = assignment.get(&Variable::Key(stack.key("aws:tagkeys"))) {
            for key in keys {
                let name = format!("aws:RequestTag/{key}");
                if !context.keys().any(|held| held.eq_ignore_ascii_case(&name)) {
                    context.insert(name, vec!["example".to_owned()]);
                }
            }
        }
        self.confirm(&action, &resource, context, attempt.target)
    }

    pub(super) fn confirm(
        &self,
        action: &str,
        resource: &str,
        context: BTreeMap<String, Vec<String>>,
        target: Option<&Target<'_>>,
    ) -> Result<Witness, Vec<String>> {
        let asker = self.stack.asker;
        let mut given = asker.known.clone();
        for (key, values) in &context {
            given.insert(key, values.clone());
        }
        // Last, since policies may spell it in another way.
        match (&asker.unique_id, &asker.caller.kind) {
            (Some(id), CallerKind::User { .. }) => given.derive("aws:userid", id.as_str()),
            (Some(id), CallerKind::Role { .. }) => {
                given.derive("aws:userid", format!("{id}:session"));
            }
            _ => {}
        }
        let account = target.map_or(asker.caller.account.as_str(), |target| target.account);
        let request = Request::new(asker.caller.clone(), action, resource, Some(account), given)
            .map_err(|error| vec![error.to_string()])?;
        let mut layers = Cow::Borrowed(&self.stack.layers);
        if let Some(target) = target {
            layers.to_mut().resource = ResourcePolicy::Known(target.policy.clone());
            layers.to_mut().rcps = target.levels.to_vec();
        } else if on_kms_key(&request.action_lower, resource) {
            layers.to_mut().resource = ResourcePolicy::Known(delegating(account));
        }
        let decision = decide(&request, &layers);
        match (decision.outcome, decide::matches(&request, self.question.forbidden)) {
            (decide::Outcome::Allow, Some(true)) => {
                Ok(Witness { action: action.to_owned(), resource: resource.to_owned(), context, decision })
            }
            (decide::Outcome::Indeterminate, _) => Err(decision.unknowns),
            (outcome, forbidden) => Err(vec![format!(
                "unconfirmed: `{action}` on `{resource}` is decided {outcome}, forbidden {forbidden:?}"
            )]),
        }
    }
}

pub(super) fn on_kms_key(action: &str, resource: &str) -> bool {
    action.starts_with("kms:") && resource.contains(":key/")
}

/// The key policy that [`super::Assumption::KeyPolicyDelegates`] stands for (KMS Developer Guide, "Default
/// key policy").
pub(super) fn delegating(account: &str) -> NamedPolicy {
    let text = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"kms:*","Resource":"*"}}}}"#
    );
    NamedPolicy::new("assumed key policy", Policy::parse(&text))
}
