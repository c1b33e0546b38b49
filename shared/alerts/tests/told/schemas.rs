//! The schemas say what is written, all of it, and take what was written before.

use std::collections::BTreeSet;

use crate::samples::{all, facts, fix, opened, suppressed};
use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};
use stanchion_alerts::{FINDING_SCHEMA, MESSAGE_SCHEMA, eventbridge, message};
use stanchion_changes::Meta;
use stanchion_findings::Since;

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

fn schema(of: &str) -> Schema {
    let mut compiler = Compiler::new();
    for (name, text) in
        [("urn:stanchion:finding:1", FINDING_SCHEMA), ("urn:stanchion:message:1", MESSAGE_SCHEMA)]
    {
        compiler.add_resource(name, serde_json::from_str(text).expect("JSON")).expect("a schema");
    }
    let mut schemas = Schemas::new();
    let index = compiler.compile(of, &mut schemas).expect("a valid schema");
    Schema { schemas, index }
}

impl Schema {
    fn takes(&self, value: &Value) {
        if let Err(error) = self.schemas.validate(value, self.index) {
            panic!("{error:#}\n{value:#}");
        }
    }

    fn refuses(&self, value: &Value) {
        assert!(self.schemas.validate(value, self.index).is_err(), "{value:#}");
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn findings_of_now_and_of_before_are_taken() {
    let schema = schema("urn:stanchion:finding:1");
    for transition in all() {
        schema.takes(&json!(transition.finding));
    }
    schema.takes(&parsed(include_str!("frozen/finding-1.json")));
}

#[test]
fn messages_of_now_and_of_before_are_taken() {
    let schema = schema("urn:stanchion:message:1");
    for transition in all() {
        schema.takes(&parsed(&message::finding(&transition).body));
        schema.takes(&parsed(&eventbridge::entry(&transition).detail));
    }
    schema.takes(&parsed(&message::baseline("222233334444", &all()).body));
    schema.takes(&parsed(&message::unknown_event(&Meta::default()).body));
    schema.takes(&parsed(include_str!("frozen/message-finding-1.json")));
    schema.takes(&parsed(include_str!("frozen/message-baseline-1.json")));
    schema.takes(&parsed(include_str!("frozen/message-unknown-event-1.json")));
}

#[test]
fn what_is_added_is_taken_and_what_is_wrong_is_not() {
    let schema = schema("urn:stanchion:message:1");
    let body = parsed(&message::finding(&opened(facts("Deploy"))).body);
    let with = |change: fn(&mut Value)| {
        let mut body = body.clone();
        change(&mut body);
        body
    };
    schema.takes(&with(|body| body["added"] = json!(true)));
    schema.takes(&with(|body| body["finding"]["added"] = json!({"a": 1})));
    schema.takes(&with(|body| body["type"] = json!("a-later-type")));
    schema.refuses(&with(|body| body["finding"]["state"] = json!("closed")));
    schema.refuses(&with(|body| body["finding"]["fingerprint"] = json!("x")));
    schema.refuses(&with(|body| body["finding"]["witness"]["context"] = json!({"a": "b"})));
    schema.refuses(&with(|body| body["schema_version"] = json!(2)));
    schema.refuses(&with(|body| {
        body["finding"].as_object_mut().expect("an object").remove("rule_id");
    }));
}

/// What is written and not described would be a field that nobody may rely on.
#[test]
fn every_field_is_described() {
    let schema = parsed(FINDING_SCHEMA);
    let described = |of: &Value| -> BTreeSet<String> {
        of["properties"].as_object().expect("properties").keys().cloned().collect()
    };
    let written = |value: &Value| -> BTreeSet<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    let mut finding = suppressed(facts("Deploy")).finding;
    finding.since = Some(Since::default());
    finding.fix = Some(fix());
    let finding = json!(finding);
    assert_eq!(written(&finding), described(&schema));
    for (part, name) in [
        (&finding["fix"], "fix"),
        (&finding["witness"], "witness"),
        (&finding["because"][0], "because"),
        (&finding["trigger"], "event"),
        (&finding["suppression"], "suppression"),
        (&finding["since"], "since"),
    ] {
        assert_eq!(written(part), described(&schema["$defs"][name]), "{name}");
    }
}
