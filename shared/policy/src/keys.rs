//! The condition keys that are no service's own: their types, whether they have many values, and
//! when IAM puts them into a request. One row a key.
//!
//! Source of every row: IAM User Guide, "AWS global condition context keys", the key's own
//! section, unless the row says otherwise. Service keys are in the [`catalogue`](mod@crate::catalogue).

use crate::catalogue::{self, KeyType};
use crate::document::Comparison;

/// The types of condition key values (Service Authorization Reference, "Condition keys" tables).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Type {
    Text,
    Arn,
    Number,
    Date,
    Bool,
    Ip,
    Binary,
}

/// When a key is in the context of a request that an IAM principal makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// In every request.
    Always,
    /// Never in a request that an IAM user, role or root user makes.
    Never,
    /// In every request made with temporary credentials, and in no other.
    TemporaryCredentials,
    /// In requests of role sessions, at times.
    RoleSessions,
    /// At times, whoever asks.
    Sometimes,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// The type of its values; `None`: not known, and so no operator is wrong.
    pub kind: Option<Type>,
    /// Whether the type is documented well enough to say that another type's operator never matches.
    pub certain: bool,
    /// Whether it can have several values.
    pub multivalued: bool,
    /// When it is there; `None`: a service's key, for which the catalogue speaks.
    pub presence: Option<Presence>,
}

use Presence::{Always, Never, RoleSessions, Sometimes, TemporaryCredentials};
use Type::{Arn, Bool, Date, Ip, Number, Text};

/// Name in lower case, type, whether multivalued, presence. Sorted by name. A name that ends in `/`
/// stands for every key that begins with it.
const GLOBAL: [(&str, Type, bool, Presence); 68] = [
    // Keys of identity providers that a session keeps: UG, "IAM and AWS STS condition context keys".
    ("accounts.google.com:sub", Text, false, RoleSessions),
    ("aws:assumedroot", Bool, false, Never),
    ("aws:calledvia", Text, true, Sometimes),
    ("aws:calledviaawsmcp", Text, false, Sometimes),
    ("aws:calledviafirst", Text, false, Sometimes),
    ("aws:calledvialast", Text, false, Sometimes),
    ("aws:chatbotsourcearn", Arn, false, RoleSessions),
    ("aws:currenttime", Date, false, Always),
    ("aws:ec2instancesourceprivateipv4", Ip, false, RoleSessions),
    ("aws:ec2instancesourcevpc", Text, false, RoleSessions),
    // UG: with date or numeric operators alike; a date here, and `accepts` lets numbers in.
    ("aws:epochtime", Date, false, Always),
    ("aws:federatedprovider", Text, false, RoleSessions),
    ("aws:multifactorauthage", Number, false, Sometimes),
    ("aws:multifactorauthpresent", Bool, false, Sometimes),
    ("aws:principalaccount", Text, false, Always),
    ("aws:principalarn", Arn, false, Always),
    ("aws:principalisawsservice", Bool, false, Always),
    ("aws:principalorgid", Text, false, Sometimes),
    ("aws:principalorgpaths", Text, true, Sometimes),
    ("aws:principalservicename", Text, false, Never),
    ("aws:principalservicenameslist", Text, true, Never),
    ("aws:principaltag/", Text, false, Sometimes),
    ("aws:principaltype", Text, false, Always),
    ("aws:referer", Text, false, Sometimes),
    ("aws:requestedregion", Text, false, Always),
    ("aws:requesttag/", Text, false, Sometimes),
    ("aws:resourceaccount", Text, false, Always),
    ("aws:resourceorgid", Text, false, Sometimes),
    ("aws:resourceorgpaths", Text, true, Sometimes),
    ("aws:resourcetag/", Text, false, Sometimes),
    ("aws:securetransport", Bool, false, Always),
    ("aws:sourceaccount", Text, false, Never),
    ("aws:sourcearn", Arn, false, Never),
    ("aws:sourceidentity", Text, false, RoleSessions),
    ("aws:sourceip", Ip, false, Sometimes),
    ("aws:sourceorgid", Text, false, Never),
    ("aws:sourceorgpaths", Text, true, Never),
    ("aws:sourcevpc", Text, false, Sometimes),
    ("aws:sourcevpcarn", Arn, false, Sometimes),
    ("aws:sourcevpce", Text, false, Sometimes),
    ("aws:tagkeys", Text, true, Sometimes),
    ("aws:tokenissuetime", Date, false, TemporaryCredentials),
    ("aws:useragent", Text, false, Sometimes),
    ("aws:userid", Text, false, Always),
    ("aws:username", Text, false, Sometimes),
    ("aws:viaawsmcpservice", Bool, false, Sometimes),
    ("aws:viaawsservice", Bool, false, Always),
    ("aws:vpceaccount", Text, false, Sometimes),
    ("aws:vpceorgid", Text, false, Sometimes),
    ("aws:vpceorgpaths", Text, true, Sometimes),
    ("aws:vpcsourceip", Ip, false, Sometimes),
    // Keys of a role's session that other services' actions see: UG, "Control access for AWS
    // resources" and the services' own pages.
    ("codebuild:buildarn", Arn, false, RoleSessions),
    ("cognito-identity.amazonaws.com:amr", Text, true, RoleSessions),
    ("cognito-identity.amazonaws.com:aud", Text, false, RoleSessions),
    ("cognito-identity.amazonaws.com:sub", Text, false, RoleSessions),
    ("ec2:roledelivery", Number, false, RoleSessions),
    ("ec2:sourceinstancearn", Arn, false, RoleSessions),
    ("ecs:sourcetaskarn", Arn, false, RoleSessions),
    ("glue:credentialissuingservice", Text, false, RoleSessions),
    ("glue:roleassumedby", Text, false, RoleSessions),
    ("graph.facebook.com:id", Text, false, RoleSessions),
    ("identitystore:userid", Text, false, RoleSessions),
    ("lambda:sourcefunctionarn", Arn, false, RoleSessions),
    ("saml:namequalifier", Text, false, RoleSessions),
    ("saml:sub", Text, false, RoleSessions),
    ("saml:sub_type", Text, false, RoleSessions),
    ("ssm:sourceinstancearn", Arn, false, RoleSessions),
    ("www.amazon.com:user_id", Text, false, RoleSessions),
];

/// The names of these keys, in lower case and in order; one that ends in `/` stands for every key
/// that begins with it.
pub fn global_keys() -> impl Iterator<Item = &'static str> {
    GLOBAL.iter().map(|row| row.0)
}

/// What is known of a key, given in lower case.
pub fn facts(key: &str) -> KeyFacts {
    if let Some((_, kind, multivalued, presence)) = global(key) {
        return KeyFacts { kind: Some(kind), certain: true, multivalued, presence: Some(presence) };
    }
    if key.starts_with("aws:") {
        // A global key that this version does not know: AWS adds some every year.
        return KeyFacts { kind: None, certain: false, multivalued: false, presence: Some(Sometimes) };
    }
    let listed = catalogue::key_type(key);
    let kind = listed.and_then(|listed| match listed.element() {
        KeyType::String => Some(Text),
        KeyType::Arn => Some(Arn),
        KeyType::Numeric => Some(Number),
        KeyType::Date => Some(Date),
        KeyType::Bool => Some(Bool),
        KeyType::Ip => Some(Ip),
        KeyType::Binary => Some(Type::Binary),
        _ => None,
    });
    let multivalued = listed.is_some_and(KeyType::is_array);
    KeyFacts { kind, certain: false, multivalued, presence: None }
}

/// Whether a key, given in lower case, is no service's own, or one of a role's session.
pub(crate) fn is_global(key: &str) -> bool {
    global(key).is_some()
}

/// The names of those keys, in lower case; one that ends in `/` stands for all that begin so.
pub(crate) fn global_names() -> impl Iterator<Item = &'static str> {
    GLOBAL.iter().map(|row| row.0)
}

fn global(key: &str) -> Option<(&'static str, Type, bool, Presence)> {
    let at = GLOBAL.partition_point(|row| row.0 <= key).checked_sub(1)?;
    let row = GLOBAL[at];
    (row.0 == key || row.0.ends_with('/') && key.len() > row.0.len() && key.starts_with(row.0)).then_some(row)
}

/// Whether an operator is of a key's type; string operators also take ARNs and dates (IAM User
/// Guide, "String condition operators").
pub(crate) fn accepts(comparison: Comparison, kind: Type, key: &str) -> bool {
    match comparison {
        Comparison::Text { .. } => matches!(kind, Text | Arn | Date),
        Comparison::Arn { .. } => kind == Arn,
        Comparison::Number(_) => kind == Number || key == "aws:epochtime",
        Comparison::Date(_) => kind == Date,
        Comparison::Bool => kind == Bool,
        Comparison::Binary => kind == Type::Binary,
        Comparison::Ip { .. } => kind == Ip,
        Comparison::Null | Comparison::Unknown => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(GLOBAL.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn tag_keys_are_found_by_their_prefix() {
        assert_eq!(facts("aws:principaltag/team").kind, Some(Text));
        assert_eq!(facts("aws:principaltag/").presence, Some(Sometimes));
        assert_eq!(facts("aws:principalarn").kind, Some(Arn));
        assert!(facts("aws:tagkeys").multivalued);
        assert_eq!(facts("aws:unheardof").kind, None);
    }

    #[test]
    fn service_keys_come_from_the_catalogue() {
        assert_eq!(facts("s3:max-keys").kind, Some(Number));
        assert!(!facts("s3:max-keys").certain);
    }
}
