//! Third parties: which vendors may assume roles, and that nobody else from outside may.

use serde_json::{Value as Json, json};

use super::field::{Field, line, list, object, part, words};
use super::known::{self, KnownAccount};
use super::reader::Reader;
use super::reference::{self, Reference};
use super::rule::{self, Kind, Rule};
use super::scope::{account, alternatives};
use super::yaml::{Node, Place};
use crate::code::Code;

/// Who from outside the organization may assume roles. Such a rule is about roles alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThirdParties {
    /// Those that may.
    pub vendors: Vec<Vendor>,
    /// Ids of other organizations that may.
    pub organizations: Vec<String>,
    /// Whose accounts are whose, to tell strangers by name: no approval.
    pub known_accounts: Vec<KnownAccount>,
    /// Names by which somebody may guess an external id, as the company's own.
    pub guessable: Vec<String>,
}

/// Somebody who may assume roles from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vendor {
    /// Its name.
    pub name: String,
    /// Its accounts.
    pub accounts: Vec<String>,
    /// What its requests must carry.
    pub external_id: ExternalId,
    /// The external ids that will do; none: any.
    pub external_ids: Vec<String>,
    /// All that it may be able to do; `None`: anything.
    pub at_most: Option<Vec<Reference>>,
}

/// What a role must ask of a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalId {
    /// An external id of the vendor's that nobody can guess.
    Random,
    /// An external id.
    Required,
    /// Nothing.
    NotNeeded,
}

const EXTERNAL_ID: [(&str, ExternalId); 3] = [
    ("random", ExternalId::Random),
    ("required", ExternalId::Required),
    ("not-needed", ExternalId::NotNeeded),
];

/// The keys that only rules about third parties have.
pub(super) const OWN: [Field; 4] = [
    Field::optional(
        "vendors",
        "Those from outside who may assume roles.",
        || json!({"type": "array", "items": part("vendor")}),
    ),
    Field::optional("organizations", "Ids of other organizations whose principals may assume roles.", || {
        list(json!({"type": "string", "pattern": ORGANIZATION, "examples": ["o-a1b2c3d4e5"]}))
    }),
    Field::optional(
        "known_accounts",
        "A file, in the format of the public registry of vendors' accounts, that strangers are told by. \
         Being in it is no approval.",
        || json!({"type": "string", "pattern": "^file:.+$", "examples": ["file:known-accounts.yaml"]}),
    ),
    Field::optional("guessable", "Names that external ids must not be made of, as the company's.", || {
        list(line())
    }),
];

/// The keys of a vendor.
const VENDOR: [Field; 5] = [
    Field::required("name", "Its name in findings.", line),
    Field::required("accounts", "Its account ids, in quotes.", || {
        list(json!({"type": "string", "pattern": "^[0-9]{12}$"}))
    }),
    Field::optional(
        "external_id",
        "What roles must ask of it: a `random` external id (as without this key), any that is `required`, or \
         none, since it is `not-needed`.",
        || words(&EXTERNAL_ID),
    ),
    Field::optional("external_ids", "The external ids that roles may ask for.", || list(line())),
    Field::optional(
        "at_most",
        "Policies beyond which it must be able to do nothing with a role.",
        || json!({"type": "array", "items": part("reference")}),
    ),
];

/// Organizations API Reference, `OrganizationId`.
const ORGANIZATION: &str = "^o-[a-z0-9]{10,32}$";

/// The schema of a vendor.
pub(super) fn vendor_schema() -> Json {
    Json::Object(object(&VENDOR))
}

/// Reads one rule about third parties; also gives the place of its id.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<(Rule, Place)> {
    rule::read(node, "a rule about third parties", &OWN, reader, |fields, reader| {
        let vendors = fields.get("vendors").map(|node| vendors(node, reader)).unwrap_or_default();
        let organizations = fields.get("organizations");
        let organizations =
            organizations.map(|node| alternatives(node, "organizations", reader, organization));
        let known_accounts = fields.get("known_accounts").map(|node| known::read(node, reader));
        let guessable = fields.get("guessable").map(|node| texts(node, "guessable", reader));
        Some(Kind::ThirdParties(ThirdParties {
            vendors,
            organizations: organizations.unwrap_or_default(),
            known_accounts: known_accounts.unwrap_or_default(),
            guessable: guessable.unwrap_or_default(),
        }))
    })
}

/// An account belongs to one vendor, or nobody could say who comes.
fn vendors(node: &Node, reader: &mut Reader<'_>) -> Vec<Vendor> {
    let vendors = reader.list(node, "vendors", |item, reader| Some((vendor(item, reader)?, item.at)));
    for (index, (vendor, at)) in vendors.iter().enumerate() {
        for (other, _) in &vendors[..index] {
            if other.name.eq_ignore_ascii_case(&vendor.name) {
                let message = format!("the vendor `{}` is given twice", vendor.name);
                reader.problem(Code::Repeated, *at, message);
            }
            if let Some(both) = vendor.accounts.iter().find(|account| other.accounts.contains(account)) {
                let message = format!("the account {both} is of `{}` already", other.name);
                reader.problem(Code::Repeated, *at, message);
            }
        }
    }
    vendors.into_iter().map(|(vendor, _)| vendor).collect()
}

fn vendor(node: &Node, reader: &mut Reader<'_>) -> Option<Vendor> {
    let fields = reader.fields(node, "a vendor", &VENDOR)?;
    let name = fields.required("name", "what findings call it", reader);
    let name = name.and_then(|node| reader.text(node, "`name`")).map(str::to_owned);
    let accounts = fields.required("accounts", "list its account ids", reader);
    let accounts = accounts.map(|node| alternatives(node, "accounts", reader, account));
    let external_id = fields.get("external_id").map_or(Some(ExternalId::Random), |node| {
        reader.word(node, "what a role asks of a vendor", &EXTERNAL_ID)
    });
    let external_ids = fields.get("external_ids").map(|node| texts(node, "external_ids", reader));
    let at_most = fields.get("at_most").map(|node| reader.list(node, "at_most", reference::read));
    Some(Vendor {
        name: name?,
        accounts: accounts?,
        external_id: external_id?,
        external_ids: external_ids.unwrap_or_default(),
        at_most,
    })
}

/// A list of texts that is not empty.
pub(super) fn texts(node: &Node, name: &'static str, reader: &mut Reader<'_>) -> Vec<String> {
    alternatives(node, name, reader, |node, reader| {
        reader.text(node, &format!("an entry of `{name}`")).map(str::to_owned)
    })
}

fn organization(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let id = reader.text(node, "an organization's id")?;
    let rest = id.strip_prefix("o-").filter(|rest| (10..=32).contains(&rest.len()));
    let known = rest.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    if !known {
        let help = "write `o-` and its letters and digits, as `o-a1b2c3d4e5`";
        let message = format!("`{id}` is not the id of an organization");
        reader.problem_with_help(Code::Malformed, node.at, message, help);
    }
    known.then(|| id.to_owned())
}
