//! What must be so when all is quiet.

use std::collections::BTreeMap;

use serde_json::Value;
use stanchion_findings::{Finding, State, Transition};
use stanchion_hub::Key;
use stanchion_inventory::IamArn;

/// Why messages may be told more than once.
#[derive(Debug, Default)]
pub(crate) struct Excuses {
    /// Publishes of a transition whose outcome the publisher did not learn, by the transition's id.
    pub(crate) unknown: BTreeMap<String, usize>,
    /// Messages about a row that were delivered again, or that a fault cut short so that they, or others like them, came
    /// again, or that took longer than their alerts are left to them; by the row's name.
    pub(crate) again: BTreeMap<String, usize>,
    /// Runs of the reaper.
    pub(crate) sweeps: usize,
}

impl Excuses {
    pub(crate) fn again(&mut self, key: &Key) {
        *self.again.entry(key.to_string()).or_default() += 1;
    }

    /// How many messages a transition of this finding may have.
    fn most(&self, id: &str, finding: &Finding) -> usize {
        let of = |counts: &BTreeMap<String, usize>, name: &str| counts.get(name).copied().unwrap_or_default();
        let account = finding.account_id.clone().unwrap_or_default();
        let row = finding.principal.as_deref().and_then(IamArn::parse);
        let row = row.map(|arn| format!("{account}/{}/{}", arn.kind, arn.name)).unwrap_or_default();
        1 + of(&self.unknown, id) + of(&self.again, &row) + of(&self.again, &account) + self.sweeps
    }
}

/// What the table holds.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) findings: Vec<Finding>,
    /// Rows that are wanted, and alerts that are pending.
    pub(crate) left: Vec<String>,
}

impl Held {
    pub(crate) fn of(items: &[Value]) -> Self {
        let mut held = Self::default();
        for item in items {
            let text = |name: &str| item[name]["S"].as_str();
            let number = |name: &str| item[name]["N"].as_str().and_then(|n| n.parse::<u64>().ok());
            let name = || format!("{} {}", text("pk").unwrap_or_default(), text("sk").unwrap_or_default());
            if text("pk").is_some_and(|pk| pk.starts_with("past#")) {
                // What was published stays as the finding's history.
            } else if let Some(finding) = text("finding") {
                held.findings.push(serde_json::from_str(finding).expect("a finding"));
            } else if let Some(transition) = text("transition") {
                let transition: Transition = serde_json::from_str(transition).expect("a transition");
                held.left.push(format!("pending {}", transition.id));
            } else if number("wanted") > number("done") {
                held.left.push(format!("wanted {}", name()));
            }
        }
        held
    }
}

/// Whether nothing is lost, and nothing told too often.
pub(crate) fn check(
    held: &Held,
    clean: &BTreeMap<String, String>,
    messages: &[String],
    excuses: &Excuses,
) -> Result<(), String> {
    if !held.left.is_empty() {
        return Err(format!("left over: {}", held.left.join(", ")));
    }
    let mut open = BTreeMap::new();
    for f in held.findings.iter().filter(|finding| finding.state != State::Resolved) {
        let line = format!("{} {} {}", f.state, f.rule_id, f.subject);
        if open.insert(f.fingerprint.to_string(), line).is_some() {
            return Err(format!("{} is open twice", f.fingerprint));
        }
    }
    if open != *clean {
        let lacking: Vec<_> = clean.iter().filter(|(f, _)| !open.contains_key(*f)).collect();
        let extra: Vec<_> = open.iter().filter(|(f, _)| !clean.contains_key(*f)).collect();
        return Err(format!("missing {lacking:?}, too many {extra:?}"));
    }
    let mut told: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for body in messages {
        let message: Value = serde_json::from_str(body).map_err(|error| format!("{error}: {body}"))?;
        let id = message["id"].as_str().ok_or_else(|| format!("no id: {body}"))?;
        let (text, count) = told.entry(id.to_owned()).or_insert_with(|| (body.clone(), 0));
        if text != body {
            return Err(format!("{id} is the id of two messages"));
        }
        *count += 1;
    }
    for finding in &held.findings {
        for ordinal in 1..=finding.transitions {
            let id = format!("{}-{ordinal:06}", finding.fingerprint);
            let Some((text, count)) = told.get(&id) else { return Err(format!("{id} was never told")) };
            let most = excuses.most(&id, finding);
            if *count > most {
                return Err(format!("{id} was told {count} times, and {most} would do"));
            }
            let message: Value = serde_json::from_str(text).unwrap_or_default();
            let state = message["finding"]["state"].as_str();
            if ordinal == finding.transitions && state != Some(finding.state.to_string().as_str()) {
                return Err(format!("{id} tells {state:?}, and it is {}", finding.state));
            }
        }
    }
    Ok(())
}
