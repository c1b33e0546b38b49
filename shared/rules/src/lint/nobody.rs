//! Rules that no principal can fit, whatever an inventory holds.

use stanchion_inventory::PrincipalKind;

use super::{Linter, RulePath, in_rule, kinds};
use crate::code::Code;
use crate::glob::meet;
use crate::rulebook::yaml::Step;
use crate::rulebook::{Matching, Persona, Rule};

/// Tells of a `match` that asks for what no principal has at once.
pub(super) fn check_persona(linter: &mut Linter<'_>, place: RulePath, rule: &Rule, persona: &Persona) {
    for (index, matching) in persona.matches.iter().enumerate() {
        if let Some(help) = fits_nobody(matching, &kinds(rule)) {
            // A `match` that is no list is at the key itself.
            let path = in_rule(place, &[Step::Key("match"), Step::Item(index)]);
            let message = "no principal can fit this `match`".to_owned();
            linter.warn(Code::MatchesNobody, &path, message, Some(help.to_owned()));
        }
    }
}

/// Tells of a rule about root users, who have no tags.
pub(super) fn check_abac(linter: &mut Linter<'_>, place: RulePath, rule: &Rule) {
    if kinds(rule) == [PrincipalKind::Root] {
        let path = in_rule(place, &[Step::Key("scope"), Step::Key("principals")]);
        let message = "an ABAC rule about root users alone is about nobody: they have no tags".to_owned();
        linter.warn(Code::MatchesNobody, &path, message, Some("name `role` or `user`".to_owned()));
    }
}

/// Why nobody can fit.
fn fits_nobody(matching: &Matching, kinds: &[PrincipalKind]) -> Option<&'static str> {
    let asks = |some: &[String]| !some.is_empty();
    let never = |patterns: &[String], shape: &str| asks(patterns) && !patterns.iter().any(|p| meet(p, shape));
    let can_be = |kind| kinds.contains(&kind);
    if asks(&matching.permission_sets) {
        if !can_be(PrincipalKind::Role) {
            return Some("permission sets make roles, and `scope` leaves roles out");
        }
        if !matching.tags.is_empty() {
            return Some("roles of permission sets cannot be tagged: list the two as alternatives");
        }
        if never(&matching.names, "AWSReservedSSO_*") {
            return Some("names of roles of permission sets begin with `AWSReservedSSO_`");
        }
        if never(&matching.paths, "/aws-reserved/sso.amazonaws.com/*") {
            return Some("paths of roles of permission sets begin with `/aws-reserved/sso.amazonaws.com/`");
        }
    }
    if never(&matching.paths, "/*") || matching.paths.iter().any(|path| !meet(path, "*/")) {
        return Some("paths begin and end with a slash");
    }
    if asks(&matching.names) && matching.names.iter().all(|name| name.contains('/')) {
        return Some("names have no slash: write the path under `paths`");
    }
    let only_root = kinds == [PrincipalKind::Root];
    let of_others = asks(&matching.names) || asks(&matching.groups) || !matching.tags.is_empty();
    (only_root && of_others).then_some("root users have no names, no tags, and are in no group")
}
