//! Guardrails: requests that must be impossible.

use stanchion_policy::Document;

use super::field::{Field, list, part, words};
use super::forbid;
use super::reader::Reader;
use super::rule::{self, Kind, Rule};
use super::yaml::{Node, Place};

/// Requests that must be impossible for everyone in scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardrail {
    /// What must block the requests for everyone in scope, whatever their own policies say.
    pub enforced_by: Option<EnforcedBy>,
    /// The requests: what any one of these statements matches. Each is read as an `Allow`.
    pub forbid: Document,
}

/// What must block a guardrail's requests by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnforcedBy {
    /// The service control policies above every account in scope.
    Scp,
    /// The resource control policies above every account in scope.
    Rcp,
    /// The policies of the VPC endpoints in every account in scope, of what goes through them.
    Endpoint,
}

const ENFORCED_BY: [(&str, EnforcedBy); 3] =
    [("scp", EnforcedBy::Scp), ("rcp", EnforcedBy::Rcp), ("endpoint", EnforcedBy::Endpoint)];

/// The keys that only guardrails have.
pub(super) const OWN: [Field; 2] = [
    Field::optional(
        "enforced_by",
        "What must block the requests by itself, for anyone: `scp`, `rcp` or `endpoint`.",
        || words(&ENFORCED_BY),
    ),
    Field::required(
        "forbid",
        "The requests that must be impossible: statements in IAM's policy language, without `Effect` and \
         `Principal`. What any one of them matches is forbidden.",
        || list(part("statement")),
    ),
];

/// Reads one guardrail; also gives the place of its id.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<(Rule, Place)> {
    rule::read(node, "a guardrail", &OWN, reader, |fields, reader| {
        let enforced_by =
            fields.get("enforced_by").and_then(|node| reader.word(node, "a way to enforce", &ENFORCED_BY));
        let forbid = fields
            .required("forbid", "list the statements that must be impossible", reader)
            .and_then(|node| forbid::read(node, reader));
        Some(Kind::Guardrail(Guardrail { enforced_by, forbid: forbid? }))
    })
}
