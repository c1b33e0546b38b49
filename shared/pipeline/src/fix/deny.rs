//! What a rule forbids, as statements that deny it.

use stanchion_policy::document::{
    Condition, Document, Effect, Operator, Patterns, PrincipalEntry, Principals,
};
use stanchion_policy::document::{Statement, Version};
use stanchion_policy::{Policy, catalogue};

use super::complement::add;

/// Statements that deny a region, and nothing else, called by this name; none, where it is not known.
pub(super) fn statements(region: &Policy, sid: &str) -> Vec<Statement> {
    let Ok(document) = region.document() else { return Vec::new() };
    let several = document.statements.len() > 1;
    let deny = |(index, statement): (usize, &Statement)| {
        let resource = statement.resource.clone().or_else(|| Some(any()));
        let sid = if several { format!("{sid}{}", index + 1) } else { sid.to_owned() };
        Statement { sid: Some(sid), effect: Effect::Deny, resource, ..statement.clone() }
    };
    document.statements.iter().enumerate().map(deny).collect()
}

/// The same requests of a principal: ARNs of any partition, or of any of AWS's, are of its own, and those of IAM of its
/// own account, if that is told, since nobody works on IAM's resources elsewhere.
pub(super) fn at_home(region: &Policy, partition: &str, account: Option<&str>) -> Policy {
    let Ok(document) = region.document() else { return region.clone() };
    let mut settled = document.clone();
    for statement in &mut settled.statements {
        let resources = statement.resource.iter_mut().flat_map(|resource| &mut resource.patterns);
        let values = statement.conditions.iter_mut().flat_map(|condition| &mut condition.values);
        for text in resources.chain(values) {
            let rest = ["arn:*:", "arn:aws*:"].iter().find_map(|start| text.strip_prefix(start));
            if let Some(rest) = rest {
                *text = format!("arn:{partition}:{rest}");
            }
        }
        let resources = statement.resource.iter_mut().flat_map(|resource| &mut resource.patterns);
        if let Some(account) = account {
            for text in resources {
                if let Some(rest) = text.strip_prefix(&format!("arn:{partition}:iam::*:")) {
                    *text = format!("arn:{partition}:iam::{account}:{rest}");
                }
            }
        }
    }
    if settled == *document { region.clone() } else { Policy::of(settled) }
}

fn any() -> Patterns {
    Patterns { negated: false, patterns: vec!["*".to_owned()] }
}

/// A document of statements.
pub(super) fn document(statements: Vec<Statement>) -> Document {
    Document { version: Version::V2012, version_given: true, statements }
}

/// A rule's id as a `Sid`, which has letters and digits only (IAM User Guide, "IAM JSON policy elements: Sid").
pub(super) fn sid(rule_id: &str) -> String {
    let words = rule_id.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    };
    words.map(capital).collect()
}

/// The same statements, but not for those whom the rule excepts. `None`: they speak of them already in another way.
pub(super) fn but_for(mut statements: Vec<Statement>, except: &[String]) -> Option<Vec<Statement>> {
    if except.is_empty() {
        return Some(statements);
    }
    let others = Condition {
        operator: Operator::parse("ArnNotLike"),
        key: "aws:PrincipalArn".to_owned(),
        values: except.to_vec(),
    };
    statements.iter_mut().all(|statement| add(statement, others.clone())).then_some(statements)
}

/// The same statements as a resource control policy has them; `None`: RCPs bind none, or not all, of the services
/// (Organizations User Guide, "Resource control policies (RCPs)").
pub(super) fn of_resources(mut statements: Vec<Statement>) -> Option<Vec<Statement>> {
    for statement in &mut statements {
        let is_bound = |pattern: &String| {
            let service = pattern.split_once(':').map(|(service, _)| service.to_ascii_lowercase());
            service.is_some_and(|service| catalogue::supports_rcp(&service))
        };
        if statement.action.negated || !statement.action.patterns.iter().all(is_bound) {
            return None;
        }
        statement.principal = Some(Principals { negated: false, entries: vec![PrincipalEntry::Anyone] });
    }
    Some(statements)
}
