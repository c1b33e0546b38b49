//! Which services a rulebook is about.

use stanchion_policy::Document;

use super::{Kind, Paths, Reach, Rule, Rulebook};

impl Rulebook {
    /// Whether some rule is about an action of this service, called by its prefix in actions, as
    /// `kms`. A `NotAction` is about every service.
    pub fn watches(&self, service: &str) -> bool {
        self.rules.iter().any(|rule| rule.watches(service))
    }
}

impl Rule {
    /// Whether the rule is about an action of this service, as [`Rulebook::watches`].
    pub fn watches(&self, service: &str) -> bool {
        match &self.kind {
            Kind::Guardrail(guardrail) => speaks_of(&guardrail.forbid, service),
            // What passing a role gains is said of every service, unless the rule says of which.
            Kind::Combination(rule) => {
                let mut members = rule.together.iter().map(|member| &member.requests).chain(&rule.gains);
                !(rule.passes_to.is_empty() && rule.runs_as.is_empty()) && rule.gains.is_none()
                    || members.any(|requests| speaks_of(requests, service))
            }
            Kind::Paths(Paths { reach: Reach::Requests(requests), .. }) => speaks_of(requests, service),
            // Resources of every service can be tagged.
            Kind::Abac(abac) => {
                let mut isolated = abac.isolate.iter().flat_map(|isolate| &isolate.actions);
                !abac.immutable.is_empty() || isolated.any(|pattern| may_be_of(pattern, service))
            }
            // What may be possible at most is said of every service.
            Kind::Persona(persona) => persona.at_most.is_some(),
            // What a vendor may do at most is said of every service.
            Kind::ThirdParties(third) => third.vendors.iter().any(|vendor| vendor.at_most.is_some()),
            Kind::Coverage(_)
            | Kind::Federation(_)
            | Kind::ServiceTrust(_)
            | Kind::Administrators(_)
            | Kind::Paths(_)
            | Kind::Identities(_) => false,
        }
    }
}

fn speaks_of(requests: &Document, service: &str) -> bool {
    requests.statements.iter().any(|statement| {
        let action = &statement.action;
        action.negated || action.patterns.iter().any(|pattern| may_be_of(pattern, service))
    })
}

/// Whether a pattern of actions can match one of this service; where its prefix has a wildcard, the
/// letters before that decide.
fn may_be_of(pattern: &str, service: &str) -> bool {
    let end = pattern.find([':', '*', '?']).unwrap_or(pattern.len());
    let (literal, rest) = pattern.split_at(end);
    let (literal, service) = (literal.to_ascii_lowercase(), service.to_ascii_lowercase());
    if rest.starts_with(':') { literal == service } else { service.starts_with(&literal) && !rest.is_empty() }
}

#[cfg(test)]
mod tests {
    use super::{Rulebook, may_be_of};

    #[test]
    fn a_rulebook_is_about_the_services_of_what_it_forbids() {
        let rulebook = |forbid: &str| {
            let rule = format!("{{ id: a, title: t, severity: low, forbid: [ {forbid} ] }}");
            Rulebook::parse(&format!("version: 1\nguardrails: [ {rule} ]"), "test").expect("a rulebook")
        };
        let keys = rulebook("{ Action: cloudtrail:StopLogging }, { Action: [s3:GetObject, kms:Decrypt] }");
        assert!(keys.watches("kms") && keys.watches("s3") && !keys.watches("ec2"));
        assert!(rulebook("{ NotAction: kms:* }").watches("s3"));
    }

    #[test]
    fn a_pattern_is_about_its_service_or_about_any_that_its_wildcard_leaves_open() {
        for (pattern, is_about_kms) in [
            ("kms:Decrypt", true),
            ("KMS:*", true),
            ("*", true),
            ("k*:Decrypt", true),
            ("?ms:Decrypt", true),
            ("kmsx:Decrypt", false),
            ("s3:*", false),
            ("s*", false),
            ("kms", false),
        ] {
            assert_eq!(may_be_of(pattern, "kms"), is_about_kms, "{pattern}");
        }
    }
}
