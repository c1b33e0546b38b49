//! From the values that a search found to a witness that `decide` has confirmed.

use std::collections::BTreeMap;

use super::atom::Variable;
use super::domain;
use super::facts::{Facts, Knowledge, Scope};
use super::layers::{Class, Search};
use super::question::{Attempt, Subject};
use super::solve::{Assignment, Value};
use super::{Asker, RoleTarget, Witness};
use crate::decide::{self, decide};
use crate::policy::{Layers, NamedPolicy, Policy, ResourcePolicy};
use crate::request::{CallerKind, Request};

impl<'a> Search<'a> {
    /// Turns values into a request and has `decide` confirm it.
    pub(super) fn witness(
        &self,
        class: &Class<'a>,
        assignment: &Assignment,
        attempt: Attempt<'_>,
    ) -> Result<Witness, Vec<String>> {
        let action = match attempt.subject {
            Subject::Known(action, _) => action.full_name().to_owned(),
            Subject::Extra(action) => action.to_owned(),
            Subject::AnyOf(_) => return Err(vec!["no action".to_owned()]),
        };
        let resource = match (attempt.target, assignment.get(&Variable::Resource)) {
            (Some(target), _) => target.arn.clone(),
            (None, Some(Value::One(resource))) => resource.clone(),
            _ => "*".to_owned(),
        };
        let mut context = BTreeMap::new();
        let mut mentioned = class.keys();
        let trust = attempt.target.and_then(|target| target.trust.policy.boxes().ok());
        mentioned.extend(trust.iter().flat_map(|compiled| &compiled.keys).map(String::as_str));
        let spelled = |key: &str| {
            let known = self.asker.known.get(key).map(|entry| entry.key.clone());
            known.or_else(|| self.spelling.get(key).cloned()).unwrap_or_else(|| key.to_owned())
        };
        let region = attempt.region.unwrap_or_else(|| {
            let own = resource.split(':').nth(3).filter(|region| !region.is_empty());
            own.unwrap_or(domain::usual_region(self.partition()))
        });
        let account = attempt.target.map_or(self.asker.caller.account.as_str(), |t| t.account.as_str());
        let facts = Facts { asker: self.asker, region: Some(region), resource_account: account };
        let scope = match attempt.subject {
            Subject::Known(action, resource) => Scope::Of(action, resource),
            _ => Scope::Unknown,
        };
        for key in mentioned.iter().filter(|key| !Asker::derives(key)) {
            if let Knowledge::Fixed(Some(values)) = facts.of(key, scope) {
                context.insert(spelled(key), values);
            }
        }
        for (variable, value) in assignment {
            let Variable::Key(key) = variable else { continue };
            match value {
                Value::Absent => {}
                Value::One(one) => {
                    context.insert(spelled(key), vec![one.clone()]);
                }
                Value::Many(many) => {
                    context.insert(spelled(key), many.clone());
                }
            }
        }
        // A region that the search chose among the regions is told by its own name.
        if self.keys.contains("aws:requestedregion")
            && !assignment.contains_key(&Variable::Key("aws:requestedregion".into()))
        {
            context.insert(spelled("aws:requestedregion"), vec![region.to_owned()]);
        }
        // Values of tag keys that nothing else speaks of.
        if let Some(Value::Many(keys)) = assignment.get(&Variable::Key("aws:tagkeys".into())) {
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
        target: Option<&RoleTarget>,
    ) -> Result<Witness, Vec<String>> {
        let mut given = self.asker.known.clone();
        for (key, values) in &context {
            given.insert(key, values.clone());
        }
        // Last, since policies may spell it in another way.
        match (&self.asker.unique_id, &self.asker.caller.kind) {
            (Some(id), CallerKind::User { .. }) => given.derive("aws:userid", id.as_str()),
            (Some(id), CallerKind::Role { .. }) => {
                given.derive("aws:userid", format!("{id}:session"));
            }
            _ => {}
        }
        let account = target.map_or(self.asker.caller.account.as_str(), |t| t.account.as_str());
        let request = Request::new(self.asker.caller.clone(), action, resource, Some(account), given)
            .map_err(|error| vec![error.to_string()])?;
        let mut layers: Layers = self.question.layers.clone();
        layers.endpoint = None;
        layers.resource = match target {
            Some(target) => ResourcePolicy::Known(target.trust.clone()),
            None if on_kms_key(&request.action_lower, resource) => ResourcePolicy::Known(delegating(account)),
            None => ResourcePolicy::None,
        };
        if let Some(target) = target {
            layers.rcps.clone_from(&target.rcps);
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

/// The key policy that [`Assumption::KeyPolicyDelegates`] stands for (KMS Developer Guide, "Default
/// key policy").
pub(super) fn delegating(account: &str) -> NamedPolicy {
    let text = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"kms:*","Resource":"*"}}}}"#
    );
    NamedPolicy::new("assumed key policy", Policy::parse(&text))
}
