//! Exemptions that leave nobody, or that exempt nobody.

use stanchion_inventory::PrincipalKind;

use super::{Linter, RulePath, in_rule, kinds, paths};
use crate::code::Code;
use crate::glob::{covers, meet};
use crate::rulebook::Rule;
use crate::rulebook::yaml::Step;

/// Tells of exemptions by their patterns and the rule's scope alone.
pub(super) fn check(linter: &mut Linter<'_>, place: RulePath, rule: &Rule) {
    for (i, pattern) in rule.except.iter().enumerate() {
        let path = in_rule(place, &[Step::Key("except"), Step::Item(i)]);
        if let Some(help) = paths::forgotten(pattern) {
            let message = format!("`{pattern}` fits no role: AWS gives these a path");
            linter.warn(Code::ForgottenPath, &path, message, Some(help));
        } else if let Some(help) = exempts_nobody(pattern, rule) {
            let message = format!("`{pattern}` exempts nobody whom the rule is about");
            linter.warn(Code::ExemptsNobody, &path, message, Some(help));
        }
    }
    if exempts_everyone(rule) {
        let path = in_rule(place, &[Step::Key("except")]);
        let message = "these exemptions leave nobody whom the rule is about".to_owned();
        linter.warn(Code::ExemptsEveryone, &path, message, Some("name fewer principals".to_owned()));
    }
}

/// Why a pattern can fit nobody in scope.
fn exempts_nobody(pattern: &str, rule: &Rule) -> Option<String> {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let [_, _, service, region, account, resource] = parts[..] else { return None };
    if !meet(service, "iam") {
        return Some("users, roles and root users have ARNs as `arn:aws:iam::*:role/Name`".to_owned());
    }
    if !meet(region, "") {
        return Some("ARNs of IAM have no region: leave that part empty".to_owned());
    }
    let digits = account.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '?'));
    if !digits || !meet(account, "????????????") {
        return Some("the fifth part is an account of 12 digits: write `*` to mean any".to_owned());
    }
    let accounts = &rule.scope.accounts;
    if !accounts.is_empty() && !accounts.iter().any(|own| meet(account, own)) {
        return Some("its account is not among those in scope".to_owned());
    }
    let fits = |kind: &PrincipalKind| {
        meet(
            resource,
            match kind {
                PrincipalKind::Role => "role/?*",
                PrincipalKind::User => "user/?*",
                PrincipalKind::Root => "root",
            },
        )
    };
    if kinds(rule).iter().any(fits) {
        return None;
    }
    let all = [PrincipalKind::Role, PrincipalKind::User, PrincipalKind::Root];
    Some(if all.iter().any(fits) {
        "principals of this kind are not in scope".to_owned()
    } else {
        "the last part is `role/Name`, `user/Name` or `root`".to_owned()
    })
}

/// Whether for every kind and account in scope one pattern covers all there is.
fn exempts_everyone(rule: &Rule) -> bool {
    let any = ["*".to_owned()];
    let accounts = if rule.scope.accounts.is_empty() { &any[..] } else { &rule.scope.accounts };
    let covered = |account: &String, kind: &PrincipalKind| {
        let resource = match kind {
            PrincipalKind::Role => "role/*",
            PrincipalKind::User => "user/*",
            PrincipalKind::Root => "root",
        };
        let everyone = ["arn", "aws", "iam", "", account, resource];
        // Compared part by part, as `ArnLike` does.
        rule.except.iter().any(|pattern| {
            let parts: Vec<&str> = pattern.splitn(6, ':').collect();
            parts.len() == everyone.len() && parts.iter().zip(everyone).all(|(wide, own)| covers(wide, own))
        })
    };
    !rule.except.is_empty()
        && accounts.iter().all(|account| kinds(rule).iter().all(|kind| covered(account, kind)))
}
