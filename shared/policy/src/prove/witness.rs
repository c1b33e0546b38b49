//! From the values that a search found to a witness that `decide` has confirmed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::atom::Variable;
use super::class::Class;
use super::domain;
use super::facts::{Knowledge, OF_ACCOUNTS, View};
use super::question::{Attempt, Search, Subject};
use super::solve::{Assignment, Value};
use super::target::Target;
use super::{Asker, Witness};
use crate::decide::{self, decide};
use crate::policy::{NamedPolicy, Policy, ResourcePolicy};
use crate::request::{CallerKind, Context, Request};

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
            let known = stack.given.values.get(key).or_else(|| asker.known.get(key)).map(|entry| entry.key);
            let written = || stack.spelling(self.question.forbidden, key).unwrap_or(key).to_owned();
            known.unwrap_or_else(written)
        };
        let region = attempt.region.unwrap_or_else(|| {
            let own = resource.split(':').nth(3).filter(|region| !region.is_empty());
            own.unwrap_or(domain::usual_region(self.partition()))
        });
        let view = View { region: Some(region), ..self.view(attempt) };
        for key in mentioned.iter().copied().filter(|key| !Asker::derives(key)) {
            if let Knowledge::Fixed(Some(values)) | Knowledge::Passed { own: Some(values) } =
                stack.key(key).known(&view, asker)
            {
                context.insert(spelled(key), values.to_vec());
            }
        }
        for (variable, value) in assignment.iter() {
            let Variable::Key(key) = variable else { continue };
            // The caller's name says it.
            if key.is_of_call() || Asker::derives(&key.name) {
                continue;
            }
            let values: &[Cow<'_, str>] = match value {
                Value::Absent => continue,
                Value::One(one) => std::slice::from_ref(one),
                Value::Many(many) => many,
            };
            let values: Vec<String> = values.iter().map(|value| value.to_string()).collect();
            // Two keys may be one variable, and a service's own key carries the same tag.
            let is_same = |other: &str| {
                stack
                    .resource_tag(other, view.scope)
                    .map_or_else(|| Rc::ptr_eq(&stack.key(other), key), |same| same == *key.name)
            };
            for other in mentioned.iter().filter(|other| **other != &*key.name && is_same(other)) {
                context.insert(spelled(other), values.clone());
            }
            context.insert(spelled(&key.name), values);
        }
        // A region that the search chose among the regions is told by its own name.
        let requested = || Variable::Key(stack.key("aws:requestedregion"));
        let said = stack.given.says("aws:requestedregion");
        if !said && self.mentions("aws:requestedregion") && assignment.get(&requested()).is_none() {
            context.insert(spelled("aws:requestedregion"), vec![region.to_owned()]);
        }
        context.extend(stack.given.values.iter().map(|entry| (entry.key, entry.values)));
        // Values of tag keys that nothing else speaks of.
        if let Some(Value::Many(keys)) = assignment.get(&Variable::Key(stack.key("aws:tagkeys"))) {
            for key in keys {
                let name = format!("aws:RequestTag/{key}");
                let said = stack.given.says(&name.to_ascii_lowercase());
                if !said && !context.keys().any(|held| held.eq_ignore_ascii_case(&name)) {
                    context.insert(name, vec!["example".to_owned()]);
                }
            }
        }
        if let Some(versus) = &stack.versus {
            let caller = self.caller(assignment).map_err(|error| vec![error.to_string()])?;
            return self.confirm_both(versus, caller, &action, &resource, context);
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
        let mut given = self.stack.given.values.clone();
        for entry in asker.known.iter().filter(|e| !self.stack.given.says(&e.key.to_ascii_lowercase())) {
            given.insert(&entry.key, entry.values);
        }
        for (key, values) in &context {
            given.insert(key, values.clone());
        }
        if !self.stack.given.says("aws:userid") {
            derive_user_id(&mut given, asker);
        }
        let account = target.map_or(asker.caller.account.as_str(), |target| target.account);
        for (of_resource, own) in OF_ACCOUNTS {
            let known = match target.filter(|_| account != asker.caller.account) {
                Some(target) => target.known.get(of_resource),
                None => asker.known.get(own),
            };
            if let Some(known) = known.filter(|_| given.get(of_resource).is_none()) {
                given.insert(of_resource, known.values);
            }
        }
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
            (decide::Outcome::Allow, Some(true)) => Ok(Witness {
                action: action.to_owned(),
                resource: resource.to_owned(),
                context,
                decision,
                principal: asker.caller.name.clone(),
                refused: None,
            }),
            (decide::Outcome::Indeterminate, _) => Err(decision.unknowns),
            (outcome, forbidden) => Err(vec![format!(
                "unconfirmed: `{action}` on `{resource}` is decided {outcome}, forbidden {forbidden:?}"
            )]),
        }
    }
}

/// Adds the caller's `aws:userid`, where its unique id is known. Last, since policies may spell the key
/// in another way.
pub(super) fn derive_user_id(given: &mut Context, asker: &Asker) {
    match (&asker.unique_id, &asker.caller.kind) {
        (Some(id), CallerKind::User { .. }) => given.derive("aws:userid", id.as_str()),
        (Some(id), CallerKind::Role { .. }) => given.derive("aws:userid", format!("{id}:session")),
        _ => {}
    }
}

pub(super) fn on_kms_key(action: &str, resource: &str) -> bool {
    action.starts_with("kms:") && resource.contains(":key/")
}

/// The policy that [`super::Assumption::KeyPolicyDelegates`] (KMS Developer Guide, "Default key policy")
/// and [`super::Assumption::ResourceLetsIn`] stand for.
pub(crate) fn delegating(account: &str) -> NamedPolicy {
    let text = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"*","Resource":"*"}}}}"#
    );
    NamedPolicy::new("assumed resource policy", Policy::parse(&text))
}
