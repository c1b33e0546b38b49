//! What a principal may do beyond the policies that its persona has at most: a witness for each
//! service, with the gravest actions asked for first.

use std::collections::BTreeSet;

use stanchion_inventory::PrincipalKind;
use stanchion_policy::catalogue::{self, ActionId};
use stanchion_policy::document::Effect;
use stanchion_policy::prove::{Answer, Assumption, RoleTarget, Verdict};
use stanchion_policy::{Layers, NamedPolicy, Policy};

use super::Found;
use super::assumable::CALLS;
use super::named::Actions;
use super::region::{EVERYTHING, FREE, actions, allow_nothing, other_actions, statements, turned};
use super::resolve::AtMost;
use crate::evaluator::{Asked, Roles};
use crate::judgement::{Evidence, Judgement};

/// How its facets begin.
pub(super) const FACET: &str = "exceeds:";

/// How many services are told of by themselves.
const SERVICES: usize = 20;

/// The actions by which a principal can give itself more, or become another, the gravest first; all
/// others of their service follow.
const GRAVE: [(&str, &[&[&str]]); 2] = [
    (
        "iam",
        &[
            &["iam:PassRole"],
            &[
                "iam:Attach*Policy",
                "iam:Put*Policy",
                "iam:CreatePolicyVersion",
                "iam:SetDefaultPolicyVersion",
                "iam:UpdateAssumeRolePolicy",
                "iam:AddUserToGroup",
                "iam:CreateAccessKey",
                "iam:CreateLoginProfile",
                "iam:UpdateLoginProfile",
                "iam:Delete*PermissionsBoundary",
            ],
        ],
    ),
    ("sts", &[&["sts:AssumeRole"]]),
];

/// Everything that a principal may do and `at_most` does not allow, or denies.
pub(super) fn check(asked: &Asked<'_, '_>, at_most: &AtMost, found: &mut Found) -> Result<(), String> {
    let own = asked.layers();
    let left: Vec<NamedPolicy> =
        own.identity.iter().filter_map(|named| at_most.settled.without(named)).collect();
    let mut told = BTreeSet::new();
    let needs_permission = asked.principal().kind != PrincipalKind::Root;
    // Who has no permission left to become others can only become those who let it in by its name.
    let named = asked.evaluator().roles_that_name(asked.principal());
    let roles = if needs_permission && !may_assume(&left) { Roles::These(&named) } else { Roles::All };
    if matches!(roles, Roles::These([])) && allow_nothing(&left) {
        found.assumptions.insert(Assumption::NoResourcePolicy);
    } else {
        let (services, wide) = services(&left);
        let identity = left.into_iter().chain(at_most.beyond.iter().cloned()).collect();
        let layers = Layers { identity, ..own.clone() };
        asked.under(&layers, roles, |ask| {
            by_service(ask, at_most, &services, wide, &mut told, found);
        })?;
    }
    let denies_as_well =
        |named: &NamedPolicy| own.identity.iter().any(|held| held.policy.same(&named.policy));
    if !at_most.denying.iter().all(denies_as_well) {
        let layers = Layers { session: Some(at_most.denied.clone()), ..own.clone() };
        let (services, wide) = services(&layers.identity);
        asked.under(&layers, Roles::All, |ask| {
            by_service(ask, at_most, &services, wide, &mut told, found);
        })?;
    }
    Ok(())
}

type Ask<'q> = &'q dyn Fn(&Policy) -> Answer;

fn by_service(
    ask: Ask<'_>,
    at_most: &AtMost,
    services: &BTreeSet<String>,
    wide: bool,
    told: &mut BTreeSet<String>,
    found: &mut Found,
) {
    let whole = ask(&EVERYTHING);
    if matches!(whole.verdict, Verdict::No) {
        found.assumptions.extend(whole.assumptions);
        return;
    }
    let mut asked = Vec::new();
    let grave = GRAVE.iter().map(|(service, _)| *service);
    let others = services.iter().map(String::as_str).filter(|service| !["iam", "sts"].contains(service));
    for service in grave.chain(others.take(SERVICES)) {
        asked.push(format!("{service}:*"));
        let first = GRAVE.iter().filter(|(name, _)| *name == service).flat_map(|(_, groups)| groups.iter());
        let all = all_of(service);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let answers = first.copied().chain([&*all]).map(|patterns| ask(&actions(patterns)));
        tell(answers, service, at_most, told, found);
    }
    if wide || services.len() > SERVICES {
        asked.push(FREE.to_owned());
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        let others = other_actions(&asked);
        tell(std::iter::once_with(|| ask(&others)), "others", at_most, told, found);
    }
}

/// The actions of a service that take a permission.
fn all_of(service: &str) -> Vec<String> {
    if service != "sts" {
        return vec![format!("{service}:*")];
    }
    let actions = catalogue::service_actions(service).filter_map(ActionId::from_index);
    actions.map(|action| action.full_name().to_owned()).filter(|name| name != FREE).collect()
}

/// Notes the first witness among answers about one service.
fn tell(
    answers: impl Iterator<Item = Answer>,
    service: &str,
    at_most: &AtMost,
    told: &mut BTreeSet<String>,
    found: &mut Found,
) {
    let mut reasons = Vec::new();
    for answer in answers {
        match answer.verdict {
            Verdict::No => {}
            Verdict::Indeterminate(more) => reasons.extend(more),
            Verdict::Yes(_) if !at_most.unknown.is_empty() => reasons.extend(at_most.unknown.clone()),
            Verdict::Yes(witness) => {
                if told.insert(service.to_owned()) {
                    let detail = Some(format!("beyond {}", at_most.name));
                    let mut assumptions = answer.assumptions;
                    // A ceiling stands in the place of a session's policies.
                    if !assumptions.contains(&Assumption::NoSessionPolicy) {
                        assumptions.push(Assumption::NoSessionPolicy);
                        assumptions.sort_unstable();
                    }
                    let evidence = Evidence::Witness(witness, detail);
                    found.tell(format!("{FACET}{service}"), Judgement::Violated { evidence, assumptions });
                }
                return;
            }
        }
        found.assumptions.extend(answer.assumptions);
    }
    found.reasons.extend(reasons);
}

/// Whether some policies may allow to assume roles, or to pass on to them what sessions carry.
fn may_assume(policies: &[NamedPolicy]) -> bool {
    policies.iter().any(|named| named.policy.document().is_err())
        || statements(policies, Effect::Allow)
            .map(Actions::of)
            .any(|actions| CALLS.iter().any(|call| actions.has(call)))
}

/// The services that the `Allow` statements name; and whether some statement may be about any.
fn services(policies: &[NamedPolicy]) -> (BTreeSet<String>, bool) {
    let mut services = BTreeSet::new();
    let mut wide = policies.iter().any(|named| named.policy.document().is_err());
    for statement in statements(policies, Effect::Allow) {
        wide |= statement.action.negated;
        for pattern in &statement.action.patterns {
            match pattern.split_once(':') {
                Some((service, _)) if !service.contains(['*', '?']) => {
                    services.insert(service.to_ascii_lowercase());
                }
                _ => wide = true,
            }
        }
    }
    (services, wide)
}

/// Whether some policies allow anything that others do not; `None`: that is not known.
pub(in crate::kinds) fn nothing_beyond(
    asked: &Asked<'_, '_>,
    allowing: &[NamedPolicy],
    held: &[NamedPolicy],
    roles: impl FnOnce() -> Vec<RoleTarget>,
) -> Result<Verdict, String> {
    let settled = super::region::Settled::of(held);
    let left = allowing.iter().filter_map(|named| settled.without(named));
    let beyond = held
        .iter()
        .filter_map(|named| turned(named, Effect::Allow))
        .enumerate()
        .map(|(index, named)| NamedPolicy::new(format!("{} ({index})", named.name), named.policy));
    let left: Vec<NamedPolicy> = left.collect();
    if asked.principal().kind != PrincipalKind::Root && allow_nothing(&left) {
        return Ok(Verdict::No);
    }
    let layers = Layers { identity: left.into_iter().chain(beyond).collect(), ..Layers::default() };
    asked.under(&layers, Roles::These(&roles()), |ask| ask(&EVERYTHING).verdict)
}
