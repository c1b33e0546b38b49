//! Requests that statements match, whoever makes them: what the prover is asked here.

use stanchion_inventory::PrincipalKind;
use stanchion_policy::catalogue;
use stanchion_policy::document::{Condition, Document, Effect, Statement, Version};
use stanchion_policy::prove::{Asker, Question, Stack, Verdict};
use stanchion_policy::text::{Piece, Reading, pieces};
use stanchion_policy::{Caller, Context, Layers, NamedPolicy, Policy};

use super::Linter;

/// How many steps one proof may take.
const STEPS: u64 = 300_000;

/// A policy of these statements. In a rulebook a statement without resources is about any.
pub(super) fn policy(effect: Effect, statements: impl IntoIterator<Item = Statement>) -> Policy {
    let whole = |statement: Statement| {
        let resource = statement.resource.or_else(|| Statement::everything().resource);
        Statement { effect, resource, ..statement }
    };
    let statements = statements.into_iter().map(whole).collect();
    Policy::of(Document { version: Version::V2012, version_given: true, statements })
}

/// Whether what the statement matches depends on who asks.
pub(super) fn depends_on_principal(statement: &Statement) -> bool {
    let patterns = statement.resource.iter().flat_map(|element| &element.patterns);
    patterns.clone().any(|pattern| names_principal(pattern))
        || statement.conditions.iter().any(condition_depends)
}

/// The statement without what depends on who asks: it matches no less.
pub(super) fn relaxed(statement: &Statement) -> Statement {
    let mut relaxed = statement.clone();
    relaxed.conditions.retain(|condition| !condition_depends(condition));
    if let Some(element) = &mut relaxed.resource {
        if element.negated {
            element.patterns.retain(|pattern| !names_principal(pattern));
        }
        let open = |pattern: &String| names_principal(pattern) || is_nobodys(pattern);
        if element.patterns.is_empty() || !element.negated && element.patterns.iter().any(open) {
            relaxed.resource = None;
        }
    }
    relaxed
}

/// Whether a pattern names an owner that is no account, as AWS's own policies have it
/// (`arn:aws:iam::aws:policy/...`): the prover asks about resources of accounts alone.
pub(super) fn is_nobodys(pattern: &str) -> bool {
    pattern.split(':').nth(4).is_some_and(|account| account.contains(|c: char| c.is_alphabetic()))
}

fn condition_depends(condition: &Condition) -> bool {
    is_principals(&condition.key.to_ascii_lowercase())
        || condition.values.iter().any(|value| names_principal(value))
}

fn names_principal(text: &str) -> bool {
    let variables = pieces(text, Reading::new(false, Version::V2012));
    variables.iter().any(|piece| matches!(piece, Piece::Variable { key, .. } if is_principals(key)))
}

/// Keys, in lower case, whose values the principal settles, or its account's place, and the
/// resource's with it: resources belong to the principal's account.
fn is_principals(key: &str) -> bool {
    let starts = ["aws:principal", "aws:resourceorg", "aws:resourceaccount", "s3:resourceaccount"];
    starts.iter().any(|start| key.starts_with(start)) || matches!(key, "aws:username" | "aws:userid")
}

/// One of each sort of principal that can make a difference to these statements: of these kinds, in
/// every partition, in every account that a resource is said to belong to, and in one other.
pub(super) fn askers(kinds: &[PrincipalKind], statements: &[&Statement]) -> Vec<Asker> {
    let patterns = statements.iter().filter_map(|s| s.resource.as_ref()).flat_map(|r| &r.patterns);
    let mut accounts: Vec<String> = patterns.filter_map(|pattern| account_in(pattern)).collect();
    accounts.sort();
    accounts.dedup();
    let other = (1..).map(|n: u64| format!("{:012}", n * 111_111_111_111 % 1_000_000_000_000));
    accounts.extend(other.take(accounts.len() + 1).find(|account| !accounts.contains(account)));
    let mut partitions: Vec<&str> = catalogue::partitions().collect();
    // The one that nearly everybody is in comes first.
    partitions.sort_by_key(|partition| *partition != "aws");
    let mut askers = Vec::new();
    for partition in partitions {
        for account in accounts.iter().rev() {
            for kind in kinds {
                let resource = match kind {
                    PrincipalKind::Role => "role/lint",
                    PrincipalKind::User => "user/lint",
                    PrincipalKind::Root => "root",
                };
                if let Ok(caller) = Caller::parse(&format!("arn:{partition}:iam::{account}:{resource}")) {
                    askers.push(Asker {
                        caller,
                        unique_id: None,
                        known: Context::new(),
                        trust: None,
                        now: None,
                    });
                }
            }
        }
    }
    askers
}

/// An account that an ARN pattern names, be it in part.
fn account_in(pattern: &str) -> Option<String> {
    let account = pattern.split(':').nth(4).filter(|account| *account != "*" && account.len() <= 12)?;
    let missing = 12 - account.chars().filter(|c| *c != '*').count().min(12);
    let account = account.replacen('*', &"0".repeat(missing), 1).replace('*', "").replace('?', "0");
    (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())).then_some(account)
}

impl Linter<'_> {
    /// Whether it is proven that none of these principals, allowed everything but what `denied`
    /// matches, can make a request that `forbidden` matches.
    pub(super) fn impossible(
        &mut self,
        askers: &[Asker],
        denied: Option<&Policy>,
        forbidden: &Policy,
    ) -> bool {
        let all = NamedPolicy::new("all", policy(Effect::Allow, [Statement::everything()]));
        let denied = denied.map(|policy| NamedPolicy::new("denied", policy.clone()));
        let layers = Layers { identity: std::iter::once(all).chain(denied).collect(), ..Layers::default() };
        askers.iter().all(|asker| {
            let question = Question { forbidden, roles: &[], resources: &[], steps: STEPS };
            if !self.spend(1000) {
                return false;
            }
            let answer = Stack::new(asker, &layers).prove(&question);
            self.spend(answer.steps) && matches!(answer.verdict, Verdict::No)
        })
    }
}
