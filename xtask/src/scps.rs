//! `cargo xtask scps DIR`: every `Deny` of a folder of real SCPs and RCPs as a guardrail that must be
//! enforced: violated in an account without the policy, and not in one with it. Nothing of the folder goes
//! into the repository but the names of the files and what came of them, in docs/SCPS.md.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_rules::{Evaluator, Judgement, Rulebook};

use crate::shell::{Workspace, say};

/// Where the policies are.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// A folder with `index.json`: a list of `file`, `kind` (`scp` or `rcp`), `repo`, `path`, `license`
    dir: PathBuf,
}

/// Evaluates every policy, and writes docs/SCPS.md.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let root = Workspace::read()?.root;
    let index = parsed(&options.dir.join("index.json"))?;
    let entries = index.as_array().ok_or("index.json is not a list")?;
    let mut rows = Vec::new();
    for entry in entries {
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        if !matches!(text("kind").as_str(), "scp" | "rcp") {
            continue;
        }
        let policy = parsed(&options.dir.join(text("file")))?;
        let policy = filled(policy);
        let row = Row {
            kind: text("kind"),
            source: format!("{}: {}", text("repo"), text("path").replace('|', "\\|")),
            license: text("license"),
            statements: denies(&policy).map(|statement| tried(&text("kind"), statement, &policy)).collect(),
        };
        say(&format!("{} {}", row.kind, row.source));
        rows.push(row);
    }
    let path = root.join("docs/SCPS.md");
    fs::write(&path, page(&rows)).map_err(|error| format!("{}: {error}", path.display()))
}

fn parsed(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// One policy, and what came of its statements.
struct Row {
    kind: String,
    source: String,
    license: String,
    statements: Vec<Tried>,
}

/// What came of one statement as a rule.
#[derive(Clone, PartialEq, Eq)]
enum Tried {
    /// Violated without the policy, and holds with it.
    Enforced,
    /// Violated with it too.
    Leaks(String),
    /// Not violated without it.
    Unmatched,
    /// Not known, or not a rule.
    Open(String),
}

fn denies(policy: &Value) -> impl Iterator<Item = &Value> {
    let statements = match &policy["Statement"] {
        Value::Array(statements) => statements.iter().collect(),
        one => vec![one],
    };
    statements.into_iter().filter(|statement| statement["Effect"] == "Deny")
}

fn tried(kind: &str, statement: &Value, policy: &Value) -> Tried {
    let mut forbid = statement.clone();
    if let Some(elements) = forbid.as_object_mut() {
        for key in ["Effect", "Sid", "Principal"] {
            elements.remove(key);
        }
    }
    let rulebook = json!({"version": 1, "guardrails": [
        {"id": "tried", "title": "tried", "severity": "low", "enforced_by": kind, "forbid": [forbid]}]});
    let rulebook = match Rulebook::parse(&rulebook.to_string(), "rulebook") {
        Ok(rulebook) => rulebook,
        Err(error) => return Tried::Open(error.to_string().lines().next().unwrap_or_default().to_owned()),
    };
    let judged = |inventory: Result<Inventory, String>| -> Result<Judgement, String> {
        let inventory = inventory?;
        let mut all = Evaluator::new(&rulebook, &inventory, None).account(MEMBER);
        all.pop().map(|judged| judged.judgement).ok_or_else(|| "no rule".to_owned())
    };
    match (judged(organization(kind, None)), judged(organization(kind, Some(policy)))) {
        (Err(error), _) | (_, Err(error)) => Tried::Open(error),
        (Ok(Judgement::Indeterminate { reasons, .. }), _)
        | (_, Ok(Judgement::Indeterminate { reasons, .. })) => Tried::Open(reasons.join("; ")),
        (Ok(Judgement::Violated { .. }), Ok(Judgement::Violated { evidence, .. })) => match evidence {
            stanchion_rules::Evidence::Witness(witness, _) => {
                Tried::Leaks(format!("{} on {}", witness.action, witness.resource))
            }
            stanchion_rules::Evidence::Fact(fact) => Tried::Leaks(fact),
        },
        (Ok(Judgement::Violated { .. }), Ok(_)) => Tried::Enforced,
        (Ok(_), Ok(_)) => Tried::Unmatched,
    }
}

const MANAGEMENT: &str = "999988887777";
const MEMBER: &str = "123456789012";

/// An organization of one member, with the policy at its root or without it.
fn organization(kind: &str, policy: Option<&Value>) -> Result<Inventory, String> {
    let (scp, rcp) = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY");
    let own = if kind == "scp" { scp } else { rcp };
    let everywhere = ["r-ab12", MANAGEMENT, MEMBER];
    let mut policies = vec![
        json!({"PolicySummary": {"Id": "p-FullAWSAccess", "Type": scp}, "TargetIds": everywhere}),
        json!({"PolicySummary": {"Id": "p-RCPFullAWSAccess", "Type": rcp}, "TargetIds": everywhere}),
    ];
    policies.extend(policy.map(|policy| {
        json!({"PolicySummary": {"Id": "p-tried000", "Type": own}, "Content": policy.to_string(),
            "TargetIds": ["r-ab12"]})
    }));
    let organization = json!({
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": MANAGEMENT},
        "Roots": [{"Id": "r-ab12", "PolicyTypes": [
            {"Type": scp, "Status": "ENABLED"}, {"Type": rcp, "Status": "ENABLED"}]}],
        "OrganizationalUnits": [],
        "Accounts": [{"Id": MANAGEMENT, "ParentId": "r-ab12"}, {"Id": MEMBER, "ParentId": "r-ab12"}],
        "Policies": policies
    });
    Inventory::from_parts(Some(&organization.to_string()), &[]).map_err(|error| error.to_string())
}

/// The policy with a value in place of each `<placeholder>`, and of the examples that are none by their looks.
fn filled(value: Value) -> Value {
    match value {
        Value::String(text) if text == "<third-party-resource>" => {
            Value::String("arn:aws:s3:::of-a-third-party/*".to_owned())
        }
        Value::String(text) => Value::String(fill(&text.replace(EXAMPLE_PATH, "o-exampleorg1/r-ab12/"))),
        Value::Array(values) => Value::Array(values.into_iter().map(filled).collect()),
        Value::Object(entries) => {
            Value::Object(entries.into_iter().map(|(key, value)| (fill(&key), filled(value))).collect())
        }
        other => other,
    }
}

/// Where one of the samples has its organization and unit.
const EXAMPLE_PATH: &str = "o-orgid/r-acroot/ou-development/";

fn fill(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '[', '$']) {
        let (before, found) = rest.split_at(at);
        out += before;
        match placeholder(found) {
            Some((name, after)) => {
                out += value(&name.to_ascii_lowercase());
                rest = after;
            }
            None => {
                out += &found[..1];
                rest = &found[1..];
            }
        }
    }
    out + rest
}

/// The name of a placeholder and what follows it: `<name>`, `[NAME]` or `${Name}`. Variables of IAM have a
/// colon in them.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let (inner, end) = match text.as_bytes() {
        [b'<', ..] => (&text[1..], '>'),
        [b'[', ..] => (&text[1..], ']'),
        [b'$', b'{', ..] => (&text[2..], '}'),
        _ => return None,
    };
    let (name, after) = inner.split_once(end)?;
    (!name.is_empty() && !name.contains([':', '$', '<'])).then_some((name, after))
}

fn value(name: &str) -> &'static str {
    let has = |part: &str| name.contains(part);
    match () {
        () if has("oidc") && has("2") => "idp.example.org",
        () if has("oidc") => "idp.example.com",
        () if has("cidr") => "203.0.113.0/24",
        () if has("org-id") => "o-exampleorg1",
        () if has("vpc-region") || name == "region" => "eu-west-1",
        () if has("vpc") => "vpc-0123456789abcdef0",
        () if has("third-party") || has("service-account") || has("load-balancing") || has("fin-space") => {
            "111111111111"
        }
        () if has("account-name") => "example",
        () if has("account") => MEMBER,
        () if has("milliseconds") => "600000",
        () => "example",
    }
}

fn page(rows: &[Row]) -> String {
    let all: Vec<&Tried> = rows.iter().flat_map(|row| &row.statements).collect();
    let count = |wanted: &dyn Fn(&Tried) -> bool| all.iter().filter(|tried| wanted(tried)).count();
    let enforced = count(&|tried| *tried == Tried::Enforced);
    let leaks = count(&|tried| matches!(tried, Tried::Leaks(_)));
    let unmatched = count(&|tried| *tried == Tried::Unmatched);
    let open = count(&|tried| matches!(tried, Tried::Open(_)));
    let mut out = format!(
        "# Real SCPs and RCPs as rules\n\n\
         Made by `cargo xtask scps DIR` from a folder of published policies, of which nothing else is kept here. Each \
         `Deny`\nstatement is a guardrail with `enforced_by`, and is asked about two accounts of one \
         organization: one that the policy\nis not above, and one that it is. Placeholders of the samples \
         have been filled in. The policies are their authors';\nsource and licence stand beside each.\n\n\
         | what came of it | statements |\n|---|---|\n\
         | enforced: violated without the policy, and holds with it | {enforced} |\n\
         | leaks: violated with the policy too | {leaks} |\n\
         | unmatched: holds without the policy, since no request that is asked about matches | {unmatched} |\n\
         | open: not known, or not a rule | {open} |\n\n\
         {} policies, {} statements that deny.\n\n\
         | kind | policy | licence | enforced | the rest |\n|---|---|---|---|---|\n",
        rows.len(),
        all.len()
    );
    for row in rows {
        let enforced = row.statements.iter().filter(|tried| **tried == Tried::Enforced).count();
        let rest = row.statements.iter().enumerate().filter_map(|(at, tried)| match tried {
            Tried::Enforced => None,
            Tried::Leaks(witness) => Some(format!("{at} leaks: `{witness}`")),
            Tried::Unmatched => Some(format!("{at} unmatched")),
            Tried::Open(reason) => Some(format!("{at} open: {}", reason.replace('|', "\\|"))),
        });
        let rest: Vec<String> = rest.collect();
        let Row { kind, source, license, statements } = row;
        let line = format!(
            "| {kind} | {source} | {license} | {enforced} of {} | {} |",
            statements.len(),
            rest.join("; ")
        );
        // INVARIANT: writing to a string cannot fail.
        let _ = writeln!(out, "{line}");
    }
    out + WHY
}

/// What was found when the rows that are not enforced were looked through.
const WHY: &str = "
## Why some are not enforced

- **unmatched: `Deny-modification-to-Lambda-URL-Config`.** Its resource is `function/*`, and ARNs of functions have
  `function:`. It denies nothing; `lint` says so (`resource-of-no-action`).
- **open: `sns_topic_policy`.** A topic's policy, which stands in the samples' folder of RCPs: RCPs are not for Amazon SNS.
- **open: actions without resource types** (`kms:CreateKey`, `sts:GetWebIdentityToken`,
  `s3:PutAccountPublicAccessBlock`, `cognito-identity:GetId`). RCPs follow the account of the resource, and these have none. The
  Organizations User Guide (\"RCP effects on permissions\") may be read so that the caller's account counts then, and the
  samples take it so. As long as that is contested, no such rule is said to hold.
- **open: `Deny-built-in-web-identity-providers`.** Whether the call that begins a session has the key
  `aws:FederatedProvider`, which the session will have, is not said.
- **open: `Deny-Bedrock-model-invocation-except-approved-models`.** Its pattern has a wildcard in place of the region before
  an empty account, and how far such a wildcard reaches is documented in two ways.
- **open: a search that used up its steps.** Thirty patterns of resources to keep away from at once.
";

#[cfg(test)]
mod tests {
    use super::{Tried, fill, tried};
    use serde_json::json;

    #[test]
    fn placeholders_are_filled_with_what_they_stand_for() {
        assert_eq!(fill("arn:aws:s3:<region>:<account_id>:x"), "arn:aws:s3:eu-west-1:123456789012:x");
        assert_eq!(fill("<my-corporate-cidr>"), "203.0.113.0/24");
        assert_eq!(fill("arn:aws:iam::${Account}:role/[A_ROLE]"), "arn:aws:iam::123456789012:role/example");
        assert_eq!(fill("<third-party-account-a>"), "111111111111");
        assert_eq!(fill("<OIDC_provider_name_2>:sub"), "idp.example.org:sub");
        assert_eq!(fill("a < b, ${aws:username}"), "a < b, ${aws:username}");
    }

    #[test]
    fn a_statement_is_enforced_by_itself_and_not_matched_where_no_request_can() {
        let deny = json!({"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*"});
        let policy = json!({"Version": "2012-10-17", "Statement": [deny]});
        assert!(tried("scp", &deny, &policy) == Tried::Enforced);
        let never = json!({"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*",
            "Condition": {"Null": {"aws:PrincipalArn": "true"}}});
        let policy = json!({"Version": "2012-10-17", "Statement": [never]});
        assert!(tried("scp", &never, &policy) == Tried::Unmatched);
    }
}
