//! Services that assume roles: that they do so for the organization alone.

use super::field::{Field, line, list, words};
use super::reader::Reader;
use super::rule::{self, Kind, Rule};
use super::third_party::texts;
use super::yaml::{Node, Place};

/// Which services must be held to the organization's own resources. Such a rule is about roles alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceTrust {
    /// Which services it is about.
    pub services: Services,
    /// Services that it is not about, with `*` and `?`.
    pub except: Vec<String>,
}

/// The services that a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Services {
    /// Those whose own guides show a trust policy with such a condition.
    Documented,
    /// Every service.
    All,
}

const SERVICES: [(&str, Services); 2] = [("documented", Services::Documented), ("all", Services::All)];

/// The keys that only rules about services have.
pub(super) const OWN: [Field; 2] = [
    Field::required(
        "services",
        "`documented`: those whose own guides show a trust policy that names the source; `all`: every service.",
        || words(&SERVICES),
    ),
    Field::optional("except_services", "Services that it is not about, with `*` and `?`.", || list(line())),
];

/// Reads one rule about services; also gives the place of its id.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<(Rule, Place)> {
    rule::read(node, "a rule about services", &OWN, reader, |fields, reader| {
        let services = fields.required("services", "`documented` or `all`", reader);
        let services = services.and_then(|node| reader.word(node, "a choice of services", &SERVICES));
        let except = fields.get("except_services").map(|node| texts(node, "except_services", reader));
        Some(Kind::ServiceTrust(ServiceTrust { services: services?, except: except.unwrap_or_default() }))
    })
}
