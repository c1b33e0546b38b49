//! Rules in words, and what comes of their examples.

use std::io::{self, Write};
use std::iter;

use stanchion_inventory::PrincipalKind;
use stanchion_policy::prove::asks_for_roles;
use stanchion_policy::{Document, Policy};
use stanchion_rules::rulebook::{
    Abac, Combination, EnforcedBy, Federation, Identities, Kind, Matched, Matching, Member, Persona, Reach,
    Reference, Scope, Services, Subjects, ThirdParties,
};
use stanchion_rules::{Rule, Tried};

use super::words::whole_statement;
use super::{BOLD, DIM, GREEN, RED, YELLOW, counted, stdout};
use crate::rulebook::{Explained, expected};

/// A rule, and where it comes from.
pub(crate) fn rule_explained(rule: &Explained<'_>) -> io::Result<()> {
    let mut out = stdout();
    writeln!(out, "{BOLD}{}{BOLD:#}  {} {}", rule.id, rule.severity, rule.kind)?;
    writeln!(out, "{}", rule.title)?;
    let version = rule.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let mut part = |name: &str, lines: &[String]| -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(out)?;
        writeln!(out, "{BOLD}{name}{BOLD:#}")?;
        lines.iter().try_for_each(|line| writeln!(out, "  {line}"))
    };
    let text = |text: Option<&str>| text.map(|text| vec![text.to_owned()]).unwrap_or_default();
    part("From", &[format!("{}{version}", rule.from)])?;
    part("Overridden", &rule.overrides)?;
    part("About", &rule.about)?;
    part("Says", &rule.says)?;
    part("Only a sample", &rule.samples)?;
    part("Why", &text(rule.description))?;
    part("Mend", &text(rule.remedy))?;
    part("Asked again after", &rule.looked_at)?;
    let example = rule.example.as_ref().map(|it| vec![format!("{}:", it.name), format!("  {}", it.shown)]);
    part("For example", &example.unwrap_or_default())?;
    out.flush()
}

/// What the rules of a rulebook say of their examples.
pub(crate) fn tried(file: &str, tried: &[Tried<'_>]) -> io::Result<()> {
    let mut out = stdout();
    writeln!(out, "{BOLD}{file}{BOLD:#}")?;
    let mut rule = "";
    for it in tried {
        if it.rule.id != rule {
            rule = &it.rule.id;
            writeln!(out, "  {rule}")?;
        }
        let (word, style) = if it.as_expected { ("ok", GREEN) } else { ("WRONG", RED) };
        let expected = expected(&it.example.expected);
        writeln!(out, "    {style}{word:5}{style:#} {expected}: {}", it.example.name)?;
        writeln!(out, "          {DIM}{}{DIM:#}", it.says)?;
    }
    out.flush()
}

/// How many examples there were.
pub(crate) fn tests_counted(as_expected: usize, otherwise: usize, without: &[String]) -> io::Result<()> {
    let mut out = stdout();
    if !without.is_empty() {
        writeln!(out, "{YELLOW}without an example{YELLOW:#}: {}", without.join(", "))?;
    }
    let examples = counted(as_expected + otherwise, "example");
    writeln!(out, "{BOLD}{examples}: {as_expected} as expected, {otherwise} otherwise{BOLD:#}")?;
    out.flush()
}

/// Whom a rule is about.
pub(crate) fn about(rule: &Rule) -> Vec<String> {
    let Scope { ous, accounts, principals, paths, tags } = &rule.scope;
    let kinds = match (&rule.kind, &principals[..]) {
        (Kind::ThirdParties(_) | Kind::Federation(_) | Kind::ServiceTrust(_), _) => "every role".to_owned(),
        (_, []) => "every role, user and root user".to_owned(),
        (kind, some) => {
            let word = |of: &PrincipalKind| match of {
                PrincipalKind::Role => "every role",
                PrincipalKind::User => "every user",
                PrincipalKind::Root if matches!(kind, Kind::Identities(_)) => "every root user",
                PrincipalKind::Root => "every root user of a member account",
            };
            some.iter().map(word).collect::<Vec<_>>().join(", ")
        }
    };
    let mut lines = vec![kinds];
    if let Kind::Persona(persona) = &rule.kind {
        lines.extend(persona.matches.iter().map(|one| format!("that has {}", matching(one))));
    }
    let list =
        |words: &str, list: &[String]| (!list.is_empty()).then(|| format!("{words} {}", list.join(", ")));
    lines.extend(list("under", ous));
    lines.extend(list("in the accounts", accounts));
    lines.extend(list("with the path", paths));
    lines.extend(tags.iter().map(|(key, values)| format!("with the tag {key} = {}", values.join(" or "))));
    lines.extend(list("except", &rule.except));
    lines
}

fn matching(matching: &Matching) -> String {
    let Matching { tags, paths, names, permission_sets, groups } = matching;
    let mut parts: Vec<String> =
        tags.iter().map(|(key, values)| format!("the tag {key} = {}", values.join(" or "))).collect();
    for (words, list) in [
        ("the path", paths),
        ("the name", names),
        ("the permission set", permission_sets),
        ("the group", groups),
    ] {
        if !list.is_empty() {
            parts.push(format!("{words} {}", list.join(" or ")));
        }
    }
    parts.join(" and ")
}

/// What a rule says.
pub(crate) fn says(rule: &Rule) -> Vec<String> {
    match &rule.kind {
        Kind::Guardrail(guardrail) => {
            let mut lines = requests("can make no request of", &guardrail.forbid);
            lines.extend(guardrail.enforced_by.map(|by| {
                match by {
                    EnforcedBy::Scp => {
                        "and the SCPs above its account alone see to that, for anyone".to_owned()
                    }
                    EnforcedBy::Rcp => {
                        "and the RCPs above its account alone see to that, for anyone".to_owned()
                    }
                    EnforcedBy::Endpoint => {
                        "through a VPC endpoint, and the endpoint's policy alone sees to that, for anyone"
                            .to_owned()
                    }
                }
            }));
            lines
        }
        Kind::Abac(abac) => of_abac(abac),
        Kind::Persona(persona) => of_persona(persona),
        Kind::Coverage(coverage) => {
            let many = match coverage.matched {
                Matched::AtLeastOne => "at least one",
                Matched::AtMostOne => "at most one",
                Matched::ExactlyOne => "exactly one",
            };
            let of = match &coverage.personas[..] {
                [] => "persona of the rulebook".to_owned(),
                some => format!("of the personas {}", some.join(", ")),
            };
            vec![format!("has {many} {of}")]
        }
        Kind::ThirdParties(third) => of_third_parties(third),
        Kind::Federation(federation) => of_federation(federation),
        Kind::ServiceTrust(services) => {
            let which = match services.services {
                Services::Documented => "a service whose own guide shows how",
                Services::All => "any service",
            };
            let mut lines = vec![format!("lets {which} in for resources of the organization alone")];
            if !services.except.is_empty() {
                lines.push(format!("but for {}", services.except.join(", ")));
            }
            lines
        }
        Kind::Combination(combination) => of_combination(combination),
        Kind::Administrators(administrators) => {
            let mut lines = vec!["may not do everything".to_owned()];
            lines.extend(administrators.known.iter().map(|one| format!("unless it has {}", matching(one))));
            lines
        }
        Kind::Paths(paths) => {
            let mut lines = match &paths.reach {
                Reach::Administrators => {
                    vec!["comes to no role that may do everything, or give itself everything".to_owned()]
                }
                Reach::Requests(forbidden) => {
                    requests("comes to no role that can make a request of", forbidden)
                }
            };
            lines.push(format!("from role to role, in at most {}", counted(paths.steps, "step")));
            lines
        }
        Kind::Identities(identities) => of_identities(identities),
    }
}

fn requests(start: &str, requests: &Document) -> Vec<String> {
    requests.statements.iter().flat_map(|statement| whole_statement(start, statement)).collect()
}

fn indented(start: &str, document: &Document) -> Vec<String> {
    requests(start, document).into_iter().map(|line| format!("  {line}")).collect()
}

fn of_combination(combination: &Combination) -> Vec<String> {
    let Combination { together, passes_to, runs_as, .. } = combination;
    let mut lines = match &together[..] {
        [one] if passes_to.is_empty() && runs_as.is_empty() => {
            requests("can make no request of", &one.requests)
        }
        all => {
            let member = |member: &Member| indented("can make a request of", &member.requests);
            let head = iter::once("never all of these".to_owned());
            head.chain(all.iter().flat_map(member)).collect()
        }
    };
    if !passes_to.is_empty() {
        lines.push(format!("  can pass to {} a role that may do more", passes_to.join(" or ")));
    }
    if !runs_as.is_empty() {
        lines.push(format!("  there is a role for {} that may do more", runs_as.join(" or ")));
    }
    if let Some(gains) = &combination.gains {
        lines.extend(indented("more is a request of", gains));
    }
    if combination.unless.is_some() {
        lines.push("unless it may do everything already, or give itself everything".to_owned());
    }
    lines
}

fn of_identities(identities: &Identities) -> Vec<String> {
    let days = |what: &str, days: Option<u32>| days.map(|days| format!("{what} {days} days"));
    let is = |what: &str, is: bool| is.then(|| what.to_owned());
    let lines = [
        is("has no console password", identities.federated),
        is("has a device if it has a console password", identities.console_mfa),
        days("has no password that was not used for", identities.password_unused),
        days("has no active access key older than", identities.key_age),
        days("has no active access key that was not used for", identities.key_unused),
        identities.keys_at_most.map(|most| match most {
            0 => "has no active access key".to_owned(),
            most => format!("has at most {}", counted(most as usize, "active access key")),
        }),
        is("has no active access key", identities.no_root_keys),
        is("has a device if it may have a password", identities.root_mfa),
        days("has not been used in the last", identities.root_use),
        days("has been used in the last", identities.role_unused),
        days("has used every service that it may use in the last", identities.service_unused),
    ];
    lines.into_iter().flatten().collect()
}

fn of_abac(abac: &Abac) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(tags) = &abac.tags {
        lines.extend(tags.required.iter().map(|key| format!("has the tag {key}")));
        lines.extend(
            tags.values.iter().map(|(key, values)| {
                format!("if it has the tag {key}, its value is {}", values.join(" or "))
            }),
        );
        if tags.tag_policies {
            lines.push("has tags as the organization's tag policies ask".to_owned());
        }
    }
    if let Some(isolate) = &abac.isolate {
        let (actions, by) = (isolate.actions.join(", "), isolate.by.join(" and "));
        lines.push(format!("uses {actions} on resources alone that have its own tag {by}"));
    }
    if !abac.immutable.is_empty() {
        lines.push(format!("cannot change its own tag {}", abac.immutable.join(", ")));
    }
    lines
}

fn names(references: &[Reference]) -> String {
    references.iter().map(Reference::name).collect::<Vec<_>>().join(", ")
}

fn of_persona(persona: &Persona) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(persona.needs.iter().map(|need| format!("can do all that {} allows", need.name())));
    match persona.at_most.as_deref() {
        None => {}
        Some([]) => lines.push("can do nothing".to_owned()),
        Some(most) => lines.push(format!("can do nothing beyond {}", names(most))),
    }
    let conflicts = persona.conflicts.iter();
    lines.extend(conflicts.map(|other| format!("is not {other}, nor holds what that needs")));
    if persona.outside_management {
        lines.push("lives outside the management account".to_owned());
    }
    lines
}

fn of_third_parties(third: &ThirdParties) -> Vec<String> {
    let mut lines = vec!["lets nobody in from outside the organization but".to_owned()];
    lines.extend(third.vendors.iter().map(|vendor| {
        let most = vendor.at_most.as_ref().map(|most| format!(", to do at most {}", names(most)));
        format!("  {} from {}{}", vendor.name, vendor.accounts.join(", "), most.unwrap_or_default())
    }));
    lines.extend(third.organizations.iter().map(|id| format!("  the organization {id}")));
    if third.vendors.is_empty() && third.organizations.is_empty() {
        lines = vec!["lets nobody in from outside the organization".to_owned()];
    }
    lines
}

fn of_federation(federation: &Federation) -> Vec<String> {
    let mut lines = vec!["lets in whom an identity provider vouches for only if that is".to_owned()];
    for oidc in &federation.oidc {
        let subjects = match &oidc.subjects {
            Subjects::Of(patterns) => patterns.join(", "),
            Subjects::OfNamedNamespaces => "service accounts of namespaces that are named".to_owned(),
        };
        lines.push(format!("  {} for {subjects}", oidc.provider));
    }
    if let Some(saml) = &federation.saml {
        lines.push(format!("  the SAML provider {}", saml.providers.join(" or ")));
    }
    if federation.cognito.is_some() {
        lines.push("  Amazon Cognito, for identity pools that are named".to_owned());
    }
    lines
}

/// The events after which a rule is asked again, of each kind the most frequent ones. docs/EVENTS.md lists all.
const EVENTS: [(&str, &[&str]); 3] = [
    (
        "its own policies, groups, boundary, tags and trust policy",
        &["AttachRolePolicy", "PutRolePolicy", "CreatePolicyVersion", "TagRole", "UpdateAssumeRolePolicy"],
    ),
    ("permission sets that it comes from", &["PutInlinePolicyToPermissionSet", "CreateAccountAssignment"]),
    (
        "the policies above its account, and where the account lies",
        &["AttachPolicy", "UpdatePolicy", "DetachPolicy", "MoveAccount"],
    ),
];

/// When a rule is asked again.
pub(crate) fn looked_at(rule: &Rule) -> Vec<String> {
    let line = |(what, events): &(&str, &[&str])| format!("{what}: {}, ...", events.join(", "));
    let mut lines: Vec<String> = EVENTS.iter().map(line).collect();
    if let Kind::Guardrail(guardrail) = &rule.kind
        && asks_for_roles(&Policy::of(guardrail.forbid.clone()))
    {
        lines.push("trust policies of roles that let it in: UpdateAssumeRolePolicy, ...".to_owned());
    }
    match &rule.kind {
        Kind::Combination(it) if !it.passes_to.is_empty() || !it.runs_as.is_empty() => {
            lines.push("other roles of its account: those events of theirs".to_owned());
        }
        Kind::Paths(_) => lines.push("roles that it may come to: those events of theirs".to_owned()),
        Kind::Identities(_) => {
            lines.push(
                "its passwords, devices and access keys: CreateAccessKey, EnableMFADevice, ...".to_owned(),
            );
        }
        _ => {}
    }
    for (service, what) in
        [("kms", "keys: PutKeyPolicy, CreateGrant, ..."), ("s3", "buckets: PutBucketPolicy, ...")]
    {
        if rule.watches(service) {
            lines.push(format!("policies of {what}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use stanchion_changes::table;

    use super::EVENTS;

    #[test]
    fn the_events_that_are_named_are_in_the_table() {
        let sources = ["iam.amazonaws.com", "sso.amazonaws.com", "organizations.amazonaws.com"];
        for ((_, events), source) in EVENTS.iter().zip(sources) {
            for event in *events {
                assert!(table::find(source, event).is_some(), "{source} {event}");
            }
        }
    }
}
