//! Disagreements that docs/CONFORMANCE.md explains. An entry takes the feature that it is about out of
//! a request; it explains a disagreement that goes away with it.

use serde_json::{Map, Value, json};

/// One difference between the two evaluators.
pub(super) struct Entry {
    /// Its heading in docs/CONFORMANCE.md.
    pub(super) name: &'static str,
    /// Takes the feature out; whether it was there.
    pub(super) take_out: fn(&mut Value) -> bool,
}

/// Every difference that is known.
pub(super) const ENTRIES: [Entry; 11] = [
    Entry { name: "rcp-services", take_out: rcps_of_other_services },
    Entry { name: "variables-in-old-documents", take_out: old_versions },
    Entry { name: "root-users", take_out: root_user },
    Entry { name: "federated-sessions", take_out: federated_session },
    Entry { name: "for-any-value-if-exists", take_out: for_any_value_if_exists },
    Entry { name: "session-policies-and-resource-grants", take_out: session_policy },
    Entry { name: "dates-in-seconds", take_out: seconds },
    Entry { name: "every-address", take_out: every_address },
    Entry { name: "ipv6-callers", take_out: ipv6_caller },
    Entry { name: "variables-without-a-value", take_out: variables_without_value },
    Entry { name: "not-principal-everybody", take_out: not_everybody },
];

/// Services whose resources RCPs bind, of those that are asked for.
const UNDER_RCPS: [&str; 6] = ["s3", "sts", "kms", "sqs", "secretsmanager", "dynamodb"];

fn rcps_of_other_services(line: &mut Value) -> bool {
    let service = line["action"].as_str().and_then(|action| action.split(':').next()).unwrap_or_default();
    let bound = UNDER_RCPS.contains(&service) && line["resource"] != "*";
    !bound && remove(line, "rcps")
}

fn old_versions(line: &mut Value) -> bool {
    let mut found = false;
    each_object(line, &mut |object| {
        if object.contains_key("Statement") && object.get("Version") != Some(&json!("2012-10-17")) {
            found |= object.get("Statement").is_some_and(|statements| statements.to_string().contains("${"));
            object.insert("Version".to_owned(), json!("2012-10-17"));
        }
    });
    found
}

fn root_user(line: &mut Value) -> bool {
    line["principal"].as_str().is_some_and(|principal| principal.ends_with(":root")) && replace_caller(line)
}

fn federated_session(line: &mut Value) -> bool {
    line["principal"].as_str().is_some_and(|principal| principal.contains(":federated-user/"))
        && replace_caller(line)
}

fn replace_caller(line: &mut Value) -> bool {
    // No policy names this one.
    let user = "arn:aws:iam::111122223333:user/cleo";
    line["principal"] = json!(user);
    line["context"]["aws:PrincipalArn"] = json!(user);
    line["context"]["aws:PrincipalType"] = json!("User");
    line["context"]["aws:username"] = json!("cleo");
    remove(line, "session");
    true
}

fn for_any_value_if_exists(line: &mut Value) -> bool {
    let mut found = false;
    each_object(line, &mut |object| {
        let plain = |operator: &str| {
            let plain = operator.strip_suffix("IfExists").filter(|plain| plain.starts_with("ForAnyValue:"));
            plain.map(str::to_owned)
        };
        for (operator, tests) in std::mem::take(object) {
            found |= plain(&operator).is_some();
            object.insert(plain(&operator).unwrap_or(operator), tests);
        }
    });
    found
}

fn session_policy(line: &mut Value) -> bool {
    !line["resource_policy"].is_null() && remove(line, "session")
}

fn seconds(line: &mut Value) -> bool {
    replace_text(line, "1767225600", "2026-01-01T00:00:00Z")
}

fn every_address(line: &mut Value) -> bool {
    replace_text(line, "0.0.0.0/0", "10.0.0.0/8")
}

fn ipv6_caller(line: &mut Value) -> bool {
    replace_text(line, "2001:db8::1", "10.1.2.3")
}

fn variables_without_value(line: &mut Value) -> bool {
    let mut found = false;
    for variable in ["aws:PrincipalTag/team", "aws:PrincipalAccount", "aws:username"] {
        let context = line["context"].as_object();
        let value = context.and_then(|context| {
            context.iter().find(|(key, _)| key.eq_ignore_ascii_case(variable)).map(|(_, value)| value)
        });
        if value.is_none_or(|value| value == "") {
            found |= replace_text(line, &format!("${{{variable}}}"), "none");
        }
    }
    found
}

fn not_everybody(line: &mut Value) -> bool {
    let mut found = false;
    each_object(line, &mut |object| {
        if object.get("NotPrincipal").is_some_and(|named| named.to_string().contains("\"*\"")) {
            found = true;
            object.insert("NotPrincipal".to_owned(), json!({"AWS": "444455556666"}));
        }
    });
    found
}

fn remove(line: &mut Value, field: &str) -> bool {
    line.as_object_mut().is_some_and(|line| line.remove(field).is_some())
}

/// Replaces a part of every text; whether it was there.
fn replace_text(value: &mut Value, part: &str, with: &str) -> bool {
    match value {
        Value::String(text) if text.contains(part) => {
            *text = text.replace(part, with);
            true
        }
        Value::Array(items) => {
            items.iter_mut().fold(false, |found, item| replace_text(item, part, with) | found)
        }
        Value::Object(object) => {
            object.values_mut().fold(false, |found, item| replace_text(item, part, with) | found)
        }
        _ => false,
    }
}

/// Calls `f` with every object, the outer ones first.
fn each_object(value: &mut Value, f: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, f)),
        Value::Object(object) => {
            f(object);
            object.values_mut().for_each(|item| each_object(item, f));
        }
        _ => {}
    }
}
