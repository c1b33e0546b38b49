//! What a change takes away besides what the rule forbids. Proven, by comparing each whom it concerns before and
//! after it.

use stanchion_inventory::{Inventory, Principal};
use stanchion_policy::compare::{self, Difference};
use stanchion_policy::document::{Document, Effect, Patterns, Statement, Version};
use stanchion_policy::{Layers, Level, NamedPolicy, Policy};
use stanchion_rules::{Evaluator, Meant, asker};

use super::deny;

/// How many requests are told of one principal as examples.
const EXAMPLES: usize = 3;

/// What one principal loses that the rule does not forbid: requests as examples, or what is not known; nothing, if
/// it is proven that there is none.
pub(super) fn of_principal(
    evaluator: &Evaluator<'_>,
    principal: &Principal,
    after: &Inventory,
    meant: &Meant,
) -> Vec<String> {
    let before = evaluator.inventory();
    let Some(then) = after.principal(&principal.arn) else {
        return vec![format!("{} is gone", name(principal))];
    };
    let (mut left, right) = (before.layers(principal), after.layers(then));
    if left == right {
        return Vec::new();
    }
    let asked = match asker(before, principal, None) {
        Ok(asked) => asked,
        Err(error) => return vec![unknown(principal, &error.to_string())],
    };
    leave_out(&mut left, meant);
    let mut told = Vec::new();
    for _ in 0..EXAMPLES {
        let one = compare::Principal { asker: &asked, layers: &left };
        match compare::beyond(one, compare::Principal { asker: &asked, layers: &right }) {
            Difference::None => break,
            Difference::Indeterminate(reasons) => {
                told.push(unknown(principal, reasons.first().map_or("", String::as_str)));
                break;
            }
            Difference::Some(witness) => {
                let on =
                    if witness.resource == "*" { String::new() } else { format!(" on {}", witness.resource) };
                told.push(format!("{} can no longer call {}{on}", name(principal), witness.action));
                // Another one is looked for.
                left.identity
                    .push(NamedPolicy::new(format!("but {}", witness.action), refusal(&witness.action)));
            }
        }
    }
    told
}

fn unknown(principal: &Principal, reason: &str) -> String {
    format!("whether {} loses anything else is not known: {reason}", name(principal))
}

/// `role Deploy of account 111122223333`.
fn name(principal: &Principal) -> String {
    let kind =
        principal.arn.splitn(6, ':').nth(5).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    match kind {
        "root" => format!("the root user of account {}", principal.account),
        kind => format!("{kind} {} of account {}", principal.name, principal.account),
    }
}

/// Takes what should not be possible out of what is.
fn leave_out(layers: &mut Layers, meant: &Meant) {
    if meant.by_themselves {
        let statements =
            meant.regions.iter().flat_map(|region| deny::statements(region, "Forbidden")).collect();
        let document = Document { version: Version::V2012, version_given: true, statements };
        layers.identity.push(NamedPolicy::new("what the rule forbids", Policy::of(document)));
    }
    if !meant.at_most.is_empty() {
        layers.scps.push(Level { name: "what is allowed at most".into(), policies: meant.at_most.clone() });
    }
}

fn refusal(action: &str) -> Policy {
    let action = Patterns { negated: false, patterns: vec![action.to_owned()] };
    let statement = Statement { effect: Effect::Deny, action, ..Statement::everything() };
    Policy::of(Document { version: Version::V2012, version_given: true, statements: vec![statement] })
}

/// What a trust policy lets in before a change and not after it, but for what these statements deny.
pub(super) fn of_trust(before: &Document, after: &Document, refused: &[Statement]) -> Vec<String> {
    let mut left = before.clone();
    left.statements.extend(refused.iter().cloned());
    let named = |name: &str, document: &Document| NamedPolicy::new(name, Policy::of(document.clone()));
    match compare::beyond_as_resource(&named("before", &left), &named("after", after)) {
        Difference::None => Vec::new(),
        Difference::Some(witness) => {
            vec![format!("{} can no longer call {} for it", witness.principal, witness.action)]
        }
        Difference::Indeterminate(reasons) => {
            let reason = reasons.first().map_or("", String::as_str);
            vec![format!("whether anyone else is locked out is not known: {reason}")]
        }
    }
}
