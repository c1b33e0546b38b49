//! Files that say whose accounts are whose, in the format of the public registry `known_aws_accounts`: a
//! list of entries, each with a `name` and `accounts`.

use super::reader::Reader;
use super::yaml::{self, Node, Value};
use crate::code::Code;

/// An account of somebody who is known by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAccount {
    /// Its id.
    pub account: String,
    /// Whose it is.
    pub name: String,
    /// Whether that is a service of AWS.
    pub of_aws: bool,
}

/// Reads a reference to such a file, and the file.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Vec<KnownAccount> {
    let Some(text) = reader.text(node, "`known_accounts`") else { return Vec::new() };
    let Some(path) = text.strip_prefix("file:").filter(|path| !path.trim().is_empty()) else {
        let help = "write `file:` and a path, as `file:known-accounts.yaml`";
        reader.problem_with_help(Code::Malformed, node.at, format!("`{text}` is not a file"), help);
        return Vec::new();
    };
    let content = match reader.load(path, node.at) {
        Ok(content) => content,
        Err(error) => {
            reader.problem(Code::Unreadable, node.at, format!("`{path}` cannot be read: {error}"));
            return Vec::new();
        }
    };
    match accounts(&content, path) {
        Ok(known) => known,
        Err(wrong) => {
            let help = "it is a list of entries, each with a `name` and `accounts`";
            reader.problem_with_help(Code::Unreadable, node.at, format!("`{path}`: {wrong}"), help);
            Vec::new()
        }
    }
}

/// The accounts of a file. Entries that are not enabled are known all the same.
fn accounts(content: &str, path: &str) -> Result<Vec<KnownAccount>, String> {
    let mut reader = Reader::new(path);
    let root = yaml::parse(content, &mut reader);
    reader.finish().map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())?;
    let Some(Node { value: Value::List(entries), .. }) = root else {
        return Err("it is not a list".to_owned());
    };
    let mut known = Vec::new();
    for entry in &entries {
        let line = entry.at.line;
        let Value::Map(fields) = &entry.value else { return Err(format!("line {line}: not a mapping")) };
        let field = |name: &str| fields.iter().find(|(key, _)| key.name == name).map(|(_, node)| &node.value);
        let (Some(Value::Text(name)), Some(Value::List(ids))) = (field("name"), field("accounts")) else {
            return Err(format!("line {line}: no `name`, or no list of `accounts`"));
        };
        let of_aws = matches!(field("type"), Some(Value::Text(kind)) if kind == "aws");
        for id in ids {
            match &id.value {
                Value::Text(account)
                    if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) =>
                {
                    known.push(KnownAccount { account: account.clone(), name: name.clone(), of_aws });
                }
                _ => return Err(format!("line {}: an account id is 12 digits in quotes", id.at.line)),
            }
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::accounts;

    #[test]
    fn a_registry_names_accounts() {
        let text = "- name: Acme\n  source: ['https://example.com']\n  accounts: ['111122223333', '444455556666']\n\
                    - name: Logs\n  type: aws\n  enabled: false\n  accounts: ['777788889999']\n";
        let known = accounts(text, "known.yaml").expect("a registry");
        let told: Vec<_> = known.iter().map(|k| (k.account.as_str(), k.name.as_str(), k.of_aws)).collect();
        assert_eq!(
            told,
            [
                ("111122223333", "Acme", false),
                ("444455556666", "Acme", false),
                ("777788889999", "Logs", true),
            ]
        );
    }

    #[test]
    fn what_is_no_registry_is_told_with_its_line() {
        for (text, wrong) in [
            ("{}", "it is not a list"),
            ("- a", "line 1: not a mapping"),
            ("- name: A\n- name: B", "line 1: no `name`, or no list of `accounts`"),
            ("- name: A\n  accounts: [12]", "line 2: an account id is 12 digits in quotes"),
        ] {
            assert_eq!(accounts(text, "known.yaml").expect_err(text), wrong);
        }
        assert!(accounts("[", "known.yaml").is_err());
    }
}
