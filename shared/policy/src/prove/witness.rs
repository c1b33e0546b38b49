//! From the values that a search found to a witness that `decide` has confirmed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::atom::Variable;
use super::class::Class;
use super::domain;
use super::facts::{Key, Knowledge, OF_ACCOUNTS, View};
use super::question::{Attempt, Search, Subject};
use super::target::Target;
use super::values::{Assignment, Value};
use super::{Asker, Witness};
use crate::decide;
use crate::policy::{NamedPolicy, Policy, ResourcePolicy};
use crate::request::{Caller, CallerKind, Context, Request};

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
        let (stack, asker) = (self.stack, self.stack.asker);
        let spelled = |key: &str| -> String {
            let known = stack.given.values.spelled(key).or_else(|| asker.known.spelled(key));
            let written = || stack.spelling(self.question.forbidden, key).unwrap_or(key);
            known.unwrap_or_else(written).to_owned()
        };
        let region = attempt.region.unwrap_or_else(|| {
            let own = resource.split(':').nth(3).filter(|region| !region.is_empty());
            own.unwrap_or(domain::usual_region(self.partition()))
        });
        let view = View { region: Some(region), ..self.view(attempt) };
        // Each key that some statement mentions, and the variable that it is here: two keys may be one,
        // and a service's own key carries the same tag.
        let own = attempt.target.iter().flat_map(|target| target.allows.iter().chain(&target.denies));
        let mut mentioned: Vec<(&str, Rc<Key>)> = Vec::new();
        for name in class.keys(own) {
            let key = stack.key(name);
            if let Knowledge::Fixed(Some(values)) | Knowledge::Passed { own: Some(values) } =
                key.known(&view, asker)
                && !Asker::derives(name)
            {
                context.insert(spelled(name), values.to_vec());
            }
            let same = stack.resource_tag(name, view.scope);
            mentioned.push((name, same.map_or(key, |same| stack.key(&same))));
        }
        for (variable, value) in assignment.iter() {
            let Variable::Key(key) = variable else { continue };
            // The caller's name says it.
            if key.is_of_call() || Asker::derives(&key.name) {
                continue;
            }
            if *value == Value::Absent {
                continue;
            }
            let values: Vec<String> = value.all().iter().map(|value| value.to_string()).collect();
            for (other, same) in &mentioned {
                if Rc::ptr_eq(same, key) && **other != *key.name {
                    context.insert(spelled(other), values.clone());
                }
            }
            context.insert(spelled(&key.name), values);
        }
        // A region that the search chose among the regions is told by its own name.
        let requested = || Variable::Key(stack.key("aws:requestedregion"));
        let said = stack.given.says("aws:requestedregion");
        if !said && self.rests_on_region() && assignment.get(&requested()).is_none() {
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
        let caller = self.caller(assignment).map_err(|error| vec![error.to_string()])?;
        match stack.versus.as_ref().map(|versus| (versus, versus.layers)) {
            Some((versus, Some(other))) => {
                return self.confirm_both(versus, other, caller, &action, &resource, context);
            }
            Some((versus, None)) => return self.confirm_one(versus, caller, &action, &resource, context),
            None => {}
        }
        self.confirm_as(caller, &action, &resource, context, attempt.target)
    }

    pub(super) fn confirm(
        &self,
        action: &str,
        resource: &str,
        context: BTreeMap<String, Vec<String>>,
        target: Option<&Target<'_>>,
    ) -> Result<Witness, Vec<String>> {
        self.confirm_as(self.stack.asker.caller.clone(), action, resource, context, target)
    }

    fn confirm_as(
        &self,
        caller: Caller,
        action: &str,
        resource: &str,
        context: BTreeMap<String, Vec<String>>,
        target: Option<&Target<'_>>,
    ) -> Result<Witness, Vec<String>> {
        let asker = self.stack.asker;
        let principal = caller.name.clone();
        // What follows from the caller and the resource comes in addition.
        let mut given = self.stack.base().with_room(context.len() + 8);
        for (key, values) in &context {
            given.set(key, values);
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
            if let Some(known) = known.filter(|_| !given.has(of_resource)) {
                given.set(of_resource, &known.values);
            }
        }
        let request = Request::new(caller, action, resource, Some(account), given)
            .map_err(|error| vec![error.to_string()])?;
        let mut layers = Cow::Borrowed(self.stack.bound);
        let mut of_resource = ResourcePolicy::None;
        if let Some(target) = target {
            of_resource = ResourcePolicy::Known(target.policy.clone());
            layers.to_mut().rcps = target.levels.to_vec();
        } else if on_kms_key(&request.action_lower, resource) {
            of_resource = ResourcePolicy::Known(delegating(account));
        }
        let decision = decide::decide_on(&request, &layers, &of_resource);
        match (decision.outcome, decide::matches(&request, self.question.forbidden)) {
            (decide::Outcome::Allow, Some(true)) => Ok(Witness {
                action: action.to_owned(),
                resource: resource.to_owned(),
                context,
                decision,
                principal,
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
