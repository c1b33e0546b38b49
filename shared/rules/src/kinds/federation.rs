//! Federation: whom do identity providers vouch for, and for which audience?

use std::collections::BTreeSet;

use stanchion_policy::prove::Outsider;
use stanchion_policy::{Caller, CallerKind};

use super::trust::region::Region;
use super::trust::{Found, Role};
use crate::evaluator::Asked;
use crate::glob;
use crate::judgement::{Facets, Judgement};
use crate::mend::{Meant, condition};
use crate::rulebook::{self, Cognito, Oidc, Saml, Subjects};

/// The provider of Amazon Cognito's identity pools.
const COGNITO: &str = "cognito-identity.amazonaws.com";

/// A provider that every account has: whoever lets in anyone lets in its users.
const EVERYWHERE: &str = "accounts.google.com";

/// A rule about federation.
pub(crate) struct Federation {
    rule: rulebook::Federation,
}

impl Federation {
    pub(super) fn new(rule: &rulebook::Federation) -> Self {
        Self { rule: rule.clone() }
    }

    /// A facet for each provider that vouches for others than it should, and for each other way in which
    /// its tokens are taken and should not be.
    pub(super) fn judge(&self, asked: &Asked<'_, '_>) -> Facets {
        let role = match Role::of(asked) {
            Ok(Some(role)) => role,
            Ok(None) => return vec![(None, Judgement::OutOfScope)],
            Err(reason) => return vec![(None, Judgement::unknown(reason))],
        };
        let mut found = Found::default();
        let mut providers = role.providers();
        if role.names_anyone() {
            providers.insert(EVERYWHERE);
        }
        for name in providers {
            match Caller::parse(name) {
                Ok(caller) if caller.kind == CallerKind::Federated => {
                    self.provider(&Provider::of(caller), &role, &mut found);
                }
                _ => found.unknown(format!("which identity provider `{name}` names")),
            }
        }
        found.finish()
    }

    /// What the tokens of an approved provider should be asked for.
    pub(super) fn meant(&self, facet: &str) -> Meant {
        let Some((what, name)) = facet.split_once(':') else { return Meant::default() };
        let oidc = self.rule.oidc.iter().find(|oidc| is_of(oidc, name));
        let saml = self.rule.saml.as_ref().filter(|saml| fits(&saml.providers, name));
        let claim = |claim| key(name, claim);
        let asked = match (what, &self.rule.cognito, oidc, saml) {
            ("subject", Some(cognito), ..) if name == COGNITO && !cognito.identity_pools.is_empty() => {
                Some(condition("StringEquals", &claim("aud"), cognito.identity_pools.iter().cloned()))
            }
            ("unauthenticated", Some(_), ..) => {
                Some(condition("ForAnyValue:StringLike", &claim("amr"), ["authenticated"]))
            }
            ("subject", cognito, None, None) if name != COGNITO || cognito.is_none() => {
                return Meant::nobody();
            }
            ("subject", _, Some(Oidc { subjects: Subjects::Of(approved), .. }), _)
                if !approved.is_empty() =>
            {
                Some(condition("StringLike", &claim("sub"), approved.iter().cloned()))
            }
            ("audience", _, Some(oidc), _) => {
                Some(condition("StringEquals", &claim("aud"), oidc.audiences.iter().cloned()))
            }
            ("audience", _, None, Some(saml)) => {
                Some(condition("StringEquals", "SAML:aud", saml.audiences.iter().cloned()))
            }
            _ => None,
        };
        Meant::asks(asked.into_iter().collect())
    }

    fn provider(&self, provider: &Provider, role: &Role<'_>, found: &mut Found) {
        let name = &provider.name;
        if provider.is_saml {
            match self.rule.saml.as_ref().filter(|saml| fits(&saml.providers, name)) {
                Some(saml) => self.saml(saml, provider, role, found),
                None => strangers(provider, role, found),
            }
            return;
        }
        match (&self.rule.cognito, self.rule.oidc.iter().find(|oidc| is_of(oidc, name))) {
            (Some(cognito), _) if name == COGNITO => identities(cognito, provider, role, found),
            (_, Some(oidc)) => tokens(oidc, provider, role, found),
            _ => strangers(provider, role, found),
        }
    }

    fn saml(&self, saml: &Saml, provider: &Provider, role: &Role<'_>, found: &mut Found) {
        audience(&saml.audiences, "SAML:aud", provider, role, found);
    }
}

/// An identity provider that a trust policy names.
struct Provider {
    who: Outsider,
    /// What it is called in IAM: a host with its path, or a SAML provider's name.
    name: String,
    is_saml: bool,
}

impl Provider {
    fn of(caller: Caller) -> Self {
        let (kind, name) = caller.name.split_once("-provider/").unwrap_or(("", &caller.name));
        let (name, is_saml) = (name.to_owned(), kind.ends_with(":saml"));
        Self { who: Outsider { caller, named: true }, name, is_saml }
    }

    fn key(&self, claim: &str) -> String {
        key(&self.name, claim)
    }
}

/// The key of a claim of a provider. Two providers, older than the standard, call things otherwise (IAM User
/// Guide, "Available keys for AWS web identity federation").
fn key(name: &str, claim: &str) -> String {
    let claim = match (name, claim) {
        ("graph.facebook.com" | "www.amazon.com", "aud") => "app_id",
        ("graph.facebook.com", "sub") => "id",
        ("www.amazon.com", "sub") => "user_id",
        (_, claim) => claim,
    };
    format!("{name}:{claim}")
}

fn is_of(oidc: &Oidc, name: &str) -> bool {
    glob::matches(&oidc.provider.to_ascii_lowercase(), &name.to_ascii_lowercase())
}

fn fits(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| glob::matches(pattern, name))
}

/// A provider that is not approved.
fn strangers(provider: &Provider, role: &Role<'_>, found: &mut Found) {
    let answer = role.lets_in(&provider.who, Region::any());
    if let Some(witness) = found.of(answer) {
        let name = &provider.name;
        let detail = format!("whoever {name} vouches for may assume it, and that provider is not approved");
        found.witness(format!("subject:{name}"), witness, detail);
    }
}

/// What the tokens of an approved provider must say.
fn tokens(oidc: &Oidc, provider: &Provider, role: &Role<'_>, found: &mut Found) {
    let key = provider.key("sub");
    let approved = match &oidc.subjects {
        Subjects::Of(patterns) => patterns.clone(),
        Subjects::OfNamedNamespaces => named_namespaces(role, &key),
    };
    let others = || {
        let region = Region::any().with("Null", &key, ["false".to_owned()]);
        if approved.is_empty() { region } else { region.with("StringNotLike", &key, approved.clone()) }
    };
    // A subject that looks like a real one makes the better witness; any other is wrong as well.
    let usual = oidc.usual.iter().map(|usual| others().with("StringLike", &key, [usual.clone()]));
    for region in usual.chain([others()]) {
        let answer = role.lets_in(&provider.who, region);
        if let Some(witness) = found.of(answer) {
            let detail = format!("{} vouches for subjects that are not approved", provider.name);
            found.witness(format!("subject:{}", provider.name), witness, detail);
            break;
        }
    }
    audience(&oidc.audiences, &provider.key("aud"), provider, role, found);
}

/// Tokens that are meant for somebody else.
fn audience(audiences: &[String], key: &str, provider: &Provider, role: &Role<'_>, found: &mut Found) {
    if audiences.is_empty() {
        return;
    }
    let answer = role.lets_in(&provider.who, Region::any().other_than(key, audiences));
    if let Some(witness) = found.of(answer) {
        let detail = format!("tokens of {} for other audiences will do", provider.name);
        found.witness(format!("audience:{}", provider.name), witness, detail);
    }
}

/// Identity pools: there are those of every customer of AWS (IAM User Guide, "Using Amazon Cognito for
/// mobile apps"; Amazon Cognito Developer Guide, "Role trust and permissions").
fn identities(cognito: &Cognito, provider: &Provider, role: &Role<'_>, found: &mut Found) {
    let pool = provider.key("aud");
    let pools = match cognito.identity_pools.as_slice() {
        [] => role.values_of(&pool, false),
        pools => pools.to_vec(),
    };
    let answer = role.lets_in(&provider.who, Region::any().other_than(&pool, &pools));
    if let Some(witness) = found.of(answer) {
        let detail = match cognito.identity_pools.is_empty() {
            true => "identities of anybody's identity pool may assume it",
            false => "identities of other identity pools than those approved may assume it",
        };
        found.witness(format!("subject:{COGNITO}"), witness, detail.to_owned());
        return;
    }
    if cognito.unauthenticated {
        return;
    }
    let (kind, nobody) = (provider.key("amr"), || ["unauthenticated".to_owned()]);
    let region = Region::any().with("Null", &kind, ["false".to_owned()]);
    let answer = role.lets_in(&provider.who, region.with("ForAllValues:StringEquals", &kind, nobody()));
    if let Some(witness) = found.of(answer) {
        let detail = "identities that nobody has authenticated may assume it".to_owned();
        found.witness(format!("unauthenticated:{COGNITO}"), witness, detail);
    }
}

/// Service accounts of the namespaces that conditions on the subject name in full.
fn named_namespaces(role: &Role<'_>, key: &str) -> Vec<String> {
    let subjects = role.values_of(key, true);
    let namespace = |subject: &String| {
        let (namespace, _) = subject.strip_prefix("system:serviceaccount:")?.split_once(':')?;
        let named = !namespace.is_empty() && !namespace.contains(['*', '?', '$']);
        named.then(|| format!("system:serviceaccount:{namespace}:*"))
    };
    subjects.iter().filter_map(namespace).collect::<BTreeSet<_>>().into_iter().collect()
}
