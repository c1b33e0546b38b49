//! What one policy allows and another does not, action by action: what a new version of a policy gives
//! or takes away.

use std::collections::BTreeSet;

use stanchion_policy::document::Effect;
use stanchion_policy::prove::{Asker, Question, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Layers, NamedPolicy, Policy, RequestError};

use super::named::allowed;
use super::region::{Settled, actions, turned};

/// Actions for which one policy allows requests that another does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beyond {
    /// For which the other allows none.
    pub whole: BTreeSet<&'static str>,
    /// For which the other allows some.
    pub part: BTreeSet<&'static str>,
    /// For which it is not known.
    pub unknown: BTreeSet<&'static str>,
}

/// What `one` allows and `other` does not, for a role; assuming roles is left out.
///
/// # Errors
/// A policy that cannot be read.
pub fn beyond(one: &Policy, other: &Policy) -> Result<Beyond, String> {
    let named = |name: &str, policy: &Policy| {
        policy.document().map_err(str::to_owned)?;
        Ok::<_, String>(NamedPolicy::new(name, policy.clone()))
    };
    let (one, other) = (named("one", one)?, named("other", other)?);
    let asker = asker().map_err(|error| error.to_string())?;
    let left = Settled::of([&other]).without(&one);
    let actions_left = allowed(&left);
    let both = Layers {
        identity: left.iter().cloned().chain(turned(&other, Effect::Allow)).collect(),
        ..Layers::default()
    };
    let alone = Layers { identity: vec![other], ..Layers::default() };
    let (both, alone) = (Stack::new(&asker, &both), Stack::new(&asker, &alone));
    let ask = |stack: &Stack<'_>, region: &Policy| {
        stack.prove(&Question { forbidden: region, roles: &[], resources: &[], steps: STEPS }).verdict
    };
    let mut beyond = Beyond::default();
    for action in actions_left {
        let region = actions(&[action.full_name()]);
        let list = match ask(&both, &region) {
            Verdict::No => continue,
            Verdict::Indeterminate(_) => &mut beyond.unknown,
            Verdict::Yes(_) => match ask(&alone, &region) {
                Verdict::No => &mut beyond.whole,
                Verdict::Yes(_) | Verdict::Indeterminate(_) => &mut beyond.part,
            },
        };
        list.insert(action.full_name());
    }
    Ok(beyond)
}

/// Any role.
pub(super) fn asker() -> Result<Asker, RequestError> {
    let caller = Caller::parse("arn:aws:iam::111122223333:role/Persona")?;
    Ok(Asker { caller, unique_id: None, known: Context::new(), trust: None, now: None })
}
