//! Administrators: who may do everything, and that nobody else does.

use super::field::Field;
use super::matching::{self, Matching};
use super::reader::Reader;
use super::rule::{self, Kind, Rule};
use super::yaml::{Node, Place};

/// Whoever may do everything must be one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrators {
    /// Those who may: any of these; none: nobody in scope.
    pub known: Vec<Matching>,
}

/// The keys that only rules about administrators have.
pub(super) const OWN: [Field; 1] = [Field::optional(
    "known",
    "Who may do everything: what must fit, or a list of such, any of which must. Without it: nobody in scope.",
    matching::schema,
)];

/// Reads one rule about administrators; also gives the place of its id.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<(Rule, Place)> {
    rule::read(node, "a rule about administrators", &OWN, reader, |fields, reader| {
        let known = fields.get("known").map(|node| matching::read(node, reader)).unwrap_or_default();
        Some(Kind::Administrators(Administrators { known }))
    })
}
