//! Who may ask: a comparison of documents knows no principal, so it goes through the kinds of caller
//! and the accounts that the documents can tell apart. Names, tags and organizations are free; what
//! patterns rest on is tried with a value of its own besides.

use std::collections::{BTreeMap, BTreeSet};

use crate::keys::{self, Presence};
use crate::prove::{Anyone, Asker, Mentions, is_clear, is_of_account, numbers};
use crate::request::{Caller, CallerKind, Context};

/// One kind of caller in one account, and the account whose resources it asks for.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    pub(super) asker: Asker,
    /// Whether the caller is this one, and not any of its kind.
    pub(super) named: bool,
    pub(super) resource_account: String,
}

/// Everyone who may ask.
pub(super) struct Casts {
    pub(super) all: Vec<Cast>,
    /// Why that may not be everyone.
    pub(super) incomplete: Option<String>,
}

/// How many are gone through; beyond that the answer is indeterminate, if nothing is found.
pub(super) const MOST: usize = 512;

/// The name of a caller that no document knows.
const NAME: &str = "someone";

/// Documentation's account numbers, which documents seldom hold.
const ACCOUNTS: [&str; 5] = ["111122223333", "444455556666", "777788889999", "999900001111", "222233334444"];

impl Cast {
    /// A user, a role or the root user of an account.
    pub(super) fn new(kind: &str, partition: &str, account: &str, resource_account: &str) -> Option<Self> {
        let name = if kind == "root" { kind.to_owned() } else { format!("{kind}/{NAME}") };
        let caller = Caller::parse(&format!("arn:{partition}:iam::{account}:{name}")).ok()?;
        Some(Self::of(caller, false, resource_account))
    }

    pub(super) fn of(caller: Caller, named: bool, resource_account: &str) -> Self {
        let asker = Asker { caller, unique_id: None, known: Context::new(), trust: None, now: None };
        Self { asker, named, resource_account: resource_account.to_owned() }
    }

    /// What the search may choose of the caller.
    pub(super) fn anyone(&self) -> Anyone {
        let at_home = self.asker.caller.account == self.resource_account;
        Anyone { named: self.named, at_home, values: BTreeMap::new() }
    }

    /// As [`Self::anyone`], with values for the keys that patterns rest on.
    pub(super) fn someone(&self, mentions: &Mentions<'_>) -> Anyone {
        let mut anyone = self.anyone();
        for key in &mentions.links {
            let role = !matches!(self.asker.caller.kind, CallerKind::User { .. });
            let value = match *key {
                "aws:userid" if role => "AROAEXAMPLE:someone",
                "aws:userid" => "AIDAEXAMPLE",
                "aws:principalorgid" => "o-example",
                "aws:principalorgpaths" => "o-example/r-root/",
                "aws:username" | "aws:principalarn" => {
                    anyone.named = true;
                    continue;
                }
                _ => NAME,
            };
            anyone.values.insert((*key).to_owned(), value.to_owned());
        }
        anyone
    }
}

impl Casts {
    /// Everyone whom these statements can tell apart. `roots`: root users too, whom identity policies
    /// do not concern.
    pub(super) fn of(mentions: &Mentions<'_>, roots: bool) -> Self {
        let by_kind = mentions.keys.iter().any(|key| is_of_caller(key));
        let kinds: &[&str] = match (by_kind, roots) {
            (false, _) => &["user"],
            (true, false) => &["user", "role"],
            (true, true) => &["user", "role", "root"],
        };
        let accounts = Accounts::of(mentions);
        let mut all = Vec::new();
        let mut incomplete =
            accounts.unclear.map(|text| format!("`{text}` speaks of parts of account numbers"));
        for partition in partitions(mentions) {
            for (own, other) in &accounts.pairs {
                all.extend(kinds.iter().filter_map(|kind| Cast::new(kind, &partition, own, other)));
            }
        }
        if all.len() > MOST {
            all.truncate(MOST);
            incomplete = Some("the documents name too many accounts to go through".to_owned());
        }
        Self { all, incomplete }
    }
}

/// Whether the value of a key, or its presence, depends on what kind of principal asks, or on which.
fn is_of_caller(key: &str) -> bool {
    key.starts_with("aws:principal")
        || key.starts_with("aws:resourceorg")
        || matches!(key, "aws:userid" | "aws:username" | "aws:tokenissuetime" | "aws:assumedroot")
        || keys::facts(key).presence == Some(Presence::RoleSessions)
}

/// The partitions that the statements name, or the usual one.
pub(super) fn partitions(mentions: &Mentions<'_>) -> BTreeSet<String> {
    let texts = mentions.resources.iter().chain(mentions.values.iter().map(|(_, text)| text));
    let named = texts.filter_map(|text| text.strip_prefix("arn:")?.split(':').next());
    let known = ["aws", "aws-cn", "aws-us-gov"];
    let mut all: BTreeSet<String> = named.filter(|name| known.contains(name)).map(str::to_owned).collect();
    all.insert("aws".to_owned());
    all
}

/// The accounts that the statements tell apart.
struct Accounts {
    /// The caller's and the resource's.
    pairs: Vec<(String, String)>,
    /// A text whose part of an account's number may decide.
    unclear: Option<String>,
}

impl Accounts {
    fn of(mentions: &Mentions<'_>) -> Self {
        let has = |wanted: &[&str]| wanted.iter().any(|key| mentions.keys.contains(key));
        let of_caller =
            has(&["aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"]);
        let of_resource =
            has(&["aws:resourceaccount", "s3:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"]);
        let values = mentions.values.iter().filter(|(key, _)| is_of_account(key)).map(|(_, text)| *text);
        let texts: Vec<&str> = mentions.resources.iter().copied().chain(values).collect();
        let named = numbers(texts.iter().copied());
        let in_arns = mentions.resources.iter().any(|text| !numbers([*text]).is_empty());
        let unclear = texts.iter().find(|text| !is_clear(text)).map(|text| (*text).to_owned());
        let mut accounts: Vec<String> = vec![fresh(&named, 0)];
        accounts.extend(named.iter().cloned());
        let mut pairs: Vec<(String, String)> = accounts.iter().map(|a| (a.clone(), a.clone())).collect();
        if of_resource || of_caller && in_arns {
            accounts.push(fresh(&named, 1));
            for own in &accounts {
                let others = accounts.iter().filter(|other| *other != own);
                pairs.extend(others.map(|other| (own.clone(), other.clone())));
                if pairs.len() > MOST {
                    break;
                }
            }
        }
        Self { pairs, unclear }
    }
}

/// An account that none of these is.
pub(super) fn fresh(named: &BTreeSet<String>, nth: usize) -> String {
    let usual = ACCOUNTS.iter().map(|account| (*account).to_owned());
    let more = (1..).map(|number: u64| format!("{number:012}"));
    usual.chain(more).filter(|account| !named.contains(account)).nth(nth).unwrap_or_default()
}
