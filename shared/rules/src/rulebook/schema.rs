//! The rulebook's JSON Schema (2020-12), for editors: made of the tables that the reader goes by.
//!
//! It refuses the same shapes as the reader does. What only the reader tells: ids that are given
//! twice, and places. What only the schema refuses: condition operators in another case than AWS
//! writes them.

use serde_json::{Value, json};

use super::field::object;
use super::{
    KEYS, abac, administrators, combination, example, extends, federation, forbid, guardrail, identities,
    matching, overrides, paths, persona, reference, rule, scope, service_trust, settings, suppression,
    third_party,
};

/// The schema.
pub fn schema() -> Value {
    let mut schema = serde_json::Map::from_iter([
        ("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema")),
        ("title".to_owned(), json!("Stanchion rulebook")),
        ("description".to_owned(), json!("What must not be possible in an AWS organization.")),
    ]);
    schema.extend(object(&KEYS));
    schema.insert(
        "$defs".to_owned(),
        json!({
            "pack": settings::schema(),
            "setting": object(&settings::SETTING),
            "extended": extends::entry_schema(),
            "override": object(&overrides::keys()),
            "guardrail": object(&rule::keys(&guardrail::OWN)),
            "abac": object(&rule::keys(&abac::OWN)),
            "tags": object(&abac::TAGS),
            "isolate": object(&abac::ISOLATE),
            "persona": object(&rule::keys(&persona::OWN)),
            "persona_coverage": object(&rule::keys(&persona::COVERAGE)),
            "third_parties": object(&rule::keys(&third_party::OWN)),
            "vendor": third_party::vendor_schema(),
            "federation": object(&rule::keys(&federation::OWN)),
            "service_trust": object(&rule::keys(&service_trust::OWN)),
            "combination": combination::schema(),
            "member": combination::member_schema(),
            "named_member": combination::named_schema(),
            "administrators": object(&rule::keys(&administrators::OWN)),
            "paths": object(&rule::keys(&paths::OWN)),
            "identities": identities::schema(),
            "suppression": suppression::schema(),
            "matching": matching::matching_schema(),
            "reference": reference::schema(),
            "any_of": reference::any_of_schema(),
            "inline_policy": reference::inline_schema(),
            "scope": object(&scope::KEYS),
            "statement": forbid::statement_schema(),
            "condition": forbid::condition_schema(),
            "keys": forbid::keys_schema(),
        }),
    );
    if let Some(Value::Object(parts)) = schema.get_mut("$defs") {
        parts.extend(example::parts().map(|(name, part)| (name.to_owned(), part)));
        parts.extend(federation::parts().map(|(name, part)| (name.to_owned(), part)));
    }
    Value::Object(schema)
}
