//! Documents as JSON, as people write them: every element in its usual place, one value without a list.

use crate::document::{Condition, Document, Patterns, PrincipalEntry, Principals, Statement, Version};
use crate::json::Json;

impl Document {
    /// The document as JSON, indented by two. [`Document::parse`] gives the same document again; the elements
    /// are in the order of the User Guide's grammar, and an `Id` is not kept.
    pub fn to_json(&self) -> String {
        let mut members = Vec::new();
        if self.version_given {
            let version = match self.version {
                Version::V2008 => "2008-10-17",
                Version::V2012 => "2012-10-17",
            };
            members.push(("Version".to_owned(), text(version)));
        }
        let statements = self.statements.iter().map(statement).collect();
        members.push(("Statement".to_owned(), Json::List(statements)));
        let mut written = String::new();
        write(&Json::Object(members), 0, &mut written);
        written
    }
}

fn statement(statement: &Statement) -> Json {
    let mut members = Vec::new();
    let mut add = |name: &str, value: Json| members.push((name.to_owned(), value));
    if let Some(sid) = &statement.sid {
        add("Sid", text(sid));
    }
    add("Effect", text(&statement.effect.to_string()));
    if let Some(principal) = &statement.principal {
        add(if principal.negated { "NotPrincipal" } else { "Principal" }, principals(principal));
    }
    let named = |name: &'static str, not: &'static str, patterns: &Patterns| {
        (if patterns.negated { not } else { name }, texts(&patterns.patterns))
    };
    let (name, actions) = named("Action", "NotAction", &statement.action);
    add(name, actions);
    if let Some(resource) = &statement.resource {
        let (name, resources) = named("Resource", "NotResource", resource);
        add(name, resources);
    }
    if !statement.conditions.is_empty() {
        add("Condition", conditions(&statement.conditions));
    }
    Json::Object(members)
}

fn principals(principals: &Principals) -> Json {
    if principals.entries == [PrincipalEntry::Anyone] {
        return text("*");
    }
    let mut kinds: Vec<(&str, Vec<String>)> = Vec::new();
    for entry in &principals.entries {
        let (kind, name) = match entry {
            PrincipalEntry::Anyone => ("AWS", "*"),
            PrincipalEntry::Aws(name) => ("AWS", name.as_str()),
            PrincipalEntry::Service(name) => ("Service", name.as_str()),
            PrincipalEntry::Federated(name) => ("Federated", name.as_str()),
            PrincipalEntry::CanonicalUser(name) => ("CanonicalUser", name.as_str()),
        };
        match kinds.iter_mut().find(|(own, _)| *own == kind) {
            Some((_, names)) => names.push(name.to_owned()),
            None => kinds.push((kind, vec![name.to_owned()])),
        }
    }
    Json::Object(kinds.into_iter().map(|(kind, names)| (kind.to_owned(), texts(&names))).collect())
}

fn conditions(conditions: &[Condition]) -> Json {
    let mut operators: Vec<(String, Vec<(String, Json)>)> = Vec::new();
    for condition in conditions {
        let key = (condition.key.clone(), texts(&condition.values));
        match operators.iter_mut().find(|(operator, _)| *operator == condition.operator.text) {
            Some((_, keys)) => keys.push(key),
            None => operators.push((condition.operator.text.clone(), vec![key])),
        }
    }
    Json::Object(operators.into_iter().map(|(operator, keys)| (operator, Json::Object(keys))).collect())
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn texts(texts: &[String]) -> Json {
    match texts {
        [one] => text(one),
        several => Json::List(several.iter().map(|one| text(one)).collect()),
    }
}

fn write(json: &Json, depth: usize, to: &mut String) {
    let inner = "  ".repeat(depth + 1);
    let separate = |index: usize, to: &mut String| to.push_str(if index == 0 { "\n" } else { ",\n" });
    match json {
        Json::List(items) if !items.is_empty() => {
            to.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, to);
                to.push_str(&inner);
                write(item, depth + 1, to);
            }
            to.push_str(&format!("\n{}]", "  ".repeat(depth)));
        }
        Json::Object(members) if !members.is_empty() => {
            to.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                separate(index, to);
                to.push_str(&format!("{inner}{}: ", quoted(name)));
                write(value, depth + 1, to);
            }
            to.push_str(&format!("\n{}}}", "  ".repeat(depth)));
        }
        Json::List(_) => to.push_str("[]"),
        Json::Object(_) => to.push_str("{}"),
        scalar => to.push_str(&quoted(scalar.scalar().unwrap_or_default())),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same_document() {
        let texts = [
            r#"{"Statement":[]}"#,
            r#"{"Version":"2008-10-17","Statement":{"Sid":"a\"b","Effect":"Deny","NotPrincipal":{"AWS":["*","111122223333"],"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#,
            r#"{"Version":"2012-10-17","Statement":[
                {"Effect":"Allow","Principal":"*","NotAction":["iam:*","sts:*"],"NotResource":["a","b"],
                 "Condition":{"StringLike":{"aws:PrincipalTag/x":["1","2"],"s3:prefix":"é"},"Bool":{"aws:SecureTransport":true}}},
                {"Effect":"Allow","Action":[],"Resource":"*","Condition":{}}]}"#,
        ];
        for text in texts {
            let document = Document::parse(text).expect("a policy");
            let written = document.to_json();
            assert_eq!(Document::parse(&written).as_ref(), Ok(&document), "{written}");
            assert_eq!(Document::parse(&written).map(|document| document.to_json()).as_ref(), Ok(&written));
        }
    }
}
