//! The documents of AWS's own policies, written into the sample organization that uses them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::package::Managed;

/// Rewrites the `Policies` of each account's file: those of the account's own stay, and those of AWS that
/// something is attached to come from the package.
pub(super) fn rewrite(accounts: &Path, managed: &BTreeMap<String, Managed>) -> Result<(), String> {
    let context = |error: std::io::Error| format!("{}: {error}", accounts.display());
    for entry in fs::read_dir(accounts).map_err(context)? {
        let path = entry.map_err(context)?.path();
        let text = fs::read_to_string(&path).map_err(context)?;
        let mut details: Value =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut attached = BTreeSet::new();
        collect(&details, &mut attached);
        let own = details["Policies"].as_array().into_iter().flatten();
        let own = own.filter(|policy| !policy["Arn"].as_str().is_some_and(is_aws)).cloned();
        let aws = managed.iter().filter(|(_, policy)| attached.contains(&policy.arn));
        let aws = aws.filter_map(|(name, policy)| {
            Some(json!({
                "PolicyName": name,
                "Arn": policy.arn,
                "DefaultVersionId": policy.latest_version_id,
                "PolicyVersionList": [{"VersionId": policy.latest_version_id, "IsDefaultVersion": true,
                    "Document": policy.latest()?.document}],
            }))
        });
        let policies: Vec<Value> = own.chain(aws).collect();
        details["Policies"] = Value::Array(policies);
        let text = serde_json::to_string_pretty(&details).map_err(|error| error.to_string())?;
        fs::write(&path, text + "\n").map_err(context)?;
    }
    Ok(())
}

fn is_aws(arn: &str) -> bool {
    arn.contains(":iam::aws:policy/")
}

/// The ARNs of all policies that something is attached to.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("PolicyArn").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| collect(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}
