//! What the token of an identity provider puts into a request: the keys of whoever it vouches for.
//!
//! A provider's claims are condition keys that begin with its name (IAM User Guide, "Available keys for
//! AWS web identity federation" and "Available keys for SAML-based AWS STS federation").

use super::facts::Knowledge;
use super::pattern::Token;
use super::sets::Set;
use crate::keys;
use crate::request::Caller;

/// Claims of web identities that a token always has: OpenID Connect Core, section 2, and those that stand
/// for them at providers that are no OpenID providers (IAM User Guide, as above).
const OF_TOKENS: [&str; 5] = ["sub", "aud", "app_id", "id", "user_id"];

/// Attributes that an assertion always has (IAM User Guide, "Configure SAML assertions for the
/// authentication response").
const OF_ASSERTIONS: [&str; 5] = ["aud", "iss", "sub", "sub_type", "namequalifier"];

/// What is known of a key, given in lower case, in the requests of those whom a provider vouches for;
/// `None`: the key is no provider's.
pub(super) fn knowledge(provider: &Caller, key: &str) -> Option<Knowledge> {
    let (issuer, claim) = key.rsplit_once(':')?;
    let name = issuer_of(&provider.name);
    let own = name.eq_ignore_ascii_case(issuer);
    if !own {
        // Another provider's: the names of services and of AWS's own keys have no dots.
        let of_another = issuer.contains('.') || issuer == "saml";
        return of_another.then_some(Knowledge::Fixed(None));
    }
    let always: &[&str] = if issuer == "saml" { &OF_ASSERTIONS } else { &OF_TOKENS };
    let text = || Set::text(vec![vec![Token::One, Token::Star]]);
    let base = (!keys::facts(key).multivalued).then(text);
    Some(Knowledge::Free { may_be_absent: !always.contains(&claim), base })
}

/// What the keys of a provider begin with, by its ARN or its domain.
fn issuer_of(name: &str) -> &str {
    match name.split_once("-provider/") {
        Some((kind, _)) if kind.ends_with(":saml") => "saml",
        Some((_, issuer)) => issuer,
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(provider: &str, key: &str) -> Option<Knowledge> {
        knowledge(&Caller::parse(provider).expect("a provider"), key)
    }

    fn may_be_absent(knowledge: Option<Knowledge>) -> Option<bool> {
        match knowledge? {
            Knowledge::Free { may_be_absent, .. } => Some(may_be_absent),
            _ => None,
        }
    }

    #[test]
    fn a_token_has_the_claims_of_its_own_issuer() {
        let eks = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB12";
        let own = "oidc.eks.eu-west-1.amazonaws.com/id/ab12";
        assert_eq!(may_be_absent(known(eks, &format!("{own}:sub"))), Some(false));
        assert_eq!(may_be_absent(known(eks, &format!("{own}:zone"))), Some(true));
        assert_eq!(known(eks, "gitlab.com:sub"), Some(Knowledge::Fixed(None)));
        assert_eq!(known(eks, "saml:aud"), Some(Knowledge::Fixed(None)));
        assert_eq!(known(eks, "sts:rolesessionname"), None);
        assert_eq!(known(eks, "aws:requesttag/team"), None);
    }

    #[test]
    fn an_assertion_has_the_keys_of_saml_whatever_the_provider_is_called() {
        let okta = "arn:aws:iam::111122223333:saml-provider/Okta";
        assert_eq!(may_be_absent(known(okta, "saml:aud")), Some(false));
        assert_eq!(may_be_absent(known(okta, "saml:edupersonnickname")), Some(true));
        assert_eq!(known(okta, "okta:sub"), None);
    }
}
