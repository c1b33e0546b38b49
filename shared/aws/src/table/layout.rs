//! Where everything is in the table.
//!
//! | `pk` | `sk` | what |
//! |---|---|---|
//! | account | `role/Deploy#row` | a row of work, and when its principals were evaluated |
//! | account | `role/Deploy#finding#<fingerprint>` | a finding |
//! | account | `role/Deploy#alert#<transition>` | a transition whose alert is pending |
//! | account | `account#row`, `account#...` | the same of the account itself |
//! | `past#` and account | fingerprint and ordinal | a transition that was published |
//! | account | `calls` | the account's bucket of calls |
//! | `note` | name | a small document |
//!
//! Names of IAM have no `#` and no `/` (IAM User Guide, "IAM and AWS STS quotas"), so that all of one
//! principal is one range, and no other's.
//!
//! The index [`BY_STATE`] is sparse: an item is in it while it has [`STATE`], that is while something is
//! open about it. Ten values of each kind spread the load over partitions, by the account's last digit.

use aws_sdk_dynamodb::types::AttributeValue;
use stanchion_findings::{Finding, Transition};
use stanchion_hub::work::{Key, Kind, Millis};
use stanchion_inventory::IamArn;

use super::item::Item;

/// The table's partition key.
pub const PK: &str = "pk";
/// The table's sort key.
pub const SK: &str = "sk";
/// The index of what is open; it has keys only.
pub const BY_STATE: &str = "by-state";
/// The partition key of [`BY_STATE`].
pub const STATE: &str = "state";
/// The sort key of [`BY_STATE`].
pub const ORDER: &str = "order";
/// When an item may be dropped, in seconds since the Unix epoch: the table's time-to-live attribute.
pub const EXPIRES: &str = "expires";
/// The version of an item's format.
pub const SCHEMA: &str = "schema";

/// The `pk` of notes.
pub(super) const NOTE: &str = "note";

/// The `sk` of an account's bucket of calls: no row's, since those have a `#`.
pub(super) const BUCKET: &str = "calls";

/// How many values each [`State`] has in the index.
pub(super) const SHARDS: u8 = 10;

/// Why an item is in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// A row with work left over; in the order of `due`.
    LeftOver,
    /// An alert that is not out; in the order of transitions.
    Pending,
    /// A finding that is not resolved; in the order of fingerprints.
    Unresolved,
}

impl State {
    /// The value of [`STATE`] for one shard.
    pub(super) fn shard(self, shard: u8) -> String {
        let name = match self {
            Self::LeftOver => "left-over",
            Self::Pending => "pending",
            Self::Unresolved => "unresolved",
        };
        format!("{name}#{shard}")
    }

    /// The value of [`STATE`] for items of an account.
    pub(super) fn of(self, account: &str) -> String {
        let digit = account.bytes().last().filter(u8::is_ascii_digit);
        self.shard(digit.map_or(0, |digit| digit - b'0'))
    }
}

/// The value of [`ORDER`] for a row: sorts as the number does.
pub(super) fn due_order(due: Millis) -> String {
    format!("{:020}", due.max(0))
}

/// The part of `sk` that all items of a row begin with, without the `#` behind it.
pub(super) fn row_name(key: &Key) -> String {
    match key {
        Key::Principal { kind, name, .. } => principal_name(*kind, name),
        Key::Account { .. } => "account".to_owned(),
    }
}

fn principal_name(kind: Kind, name: &str) -> String {
    let kind = match kind {
        Kind::User => "user",
        Kind::Role => "role",
        Kind::Root => "root",
    };
    format!("{kind}/{name}")
}

/// The `sk` of a row.
pub(super) fn row_sk(key: &Key) -> String {
    format!("{}#row", row_name(key))
}

/// What the `sk` of a row's findings begins with.
pub(super) fn finding_sk(key: &Key, fingerprint: &str) -> String {
    format!("{}#finding#{fingerprint}", row_name(key))
}

/// What the `sk` of a row's alerts begins with.
pub(super) fn alerts_prefix(key: &Key) -> String {
    format!("{}#alert#", row_name(key))
}

/// `pk` and `sk` of a pending alert. They depend on the transition alone, so that whoever has it can take
/// it off.
pub(super) fn alert_keys(transition: &Transition) -> (String, String) {
    let (account, name) = alert_place(&transition.finding);
    (account, format!("{name}#alert#{}", transition.id))
}

/// Where the pending alerts of a finding are: `pk`, and what `sk` begins with.
pub(super) fn alerts_of(finding: &Finding) -> (String, String) {
    let (account, name) = alert_place(finding);
    (account, format!("{name}#alert#{}-", finding.fingerprint))
}

/// The account and the row's name by which a finding's alerts are kept.
fn alert_place(finding: &Finding) -> (String, String) {
    let arn = finding.principal.as_deref().and_then(IamArn::parse);
    let kind = arn.and_then(|arn| match arn.kind {
        "user" => Some((arn, Kind::User)),
        "role" => Some((arn, Kind::Role)),
        "root" => Some((arn, Kind::Root)),
        _ => None,
    });
    let (account, name) = match kind {
        Some((arn, kind)) => (Some(arn.account), principal_name(kind, arn.name)),
        None => (None, "account".to_owned()),
    };
    // An OU has no account; its alerts are kept where no account's are.
    let account = finding.account_id.as_deref().or(account).unwrap_or("organization");
    (account.to_owned(), name)
}

/// `pk` of what was published about findings of an account. It is a partition of its own, so that reading an
/// account's rows and findings does not read their past.
fn past(account: &str) -> String {
    format!("past#{account}")
}

/// `pk` and `sk` of a transition that was published: the fingerprint and the ordinal.
pub(super) fn past_keys(transition: &Transition) -> (String, String) {
    (past(&alert_keys(transition).0), transition.id.clone())
}

/// The keys of the transition of the same finding that many ordinals before; `None`: there is none.
pub(super) fn keys_before(transition: &Transition, by: u32) -> Option<(String, String)> {
    let ordinal = transition.finding.transitions.checked_sub(by).filter(|ordinal| *ordinal > 0)?;
    let (pk, _) = past_keys(transition);
    Some((pk, format!("{}-{ordinal:06}", transition.finding.fingerprint)))
}

/// Where the past of a finding is: `pk`, and what `sk` begins with.
pub(super) fn past_of(finding: &Finding) -> (String, String) {
    let (account, _) = alert_place(finding);
    (past(&account), format!("{}-", finding.fingerprint))
}

/// The row that an item belongs to, of the item's keys.
pub(super) fn key_of(pk: &str, sk: &str) -> Option<Key> {
    let (name, _) = sk.split_once('#')?;
    let account = pk.to_owned();
    if name == "account" {
        return Some(Key::Account { account });
    }
    let (kind, name) = name.split_once('/')?;
    let kind = match kind {
        "user" => Kind::User,
        "role" => Kind::Role,
        "root" => Kind::Root,
        _ => return None,
    };
    Some(Key::Principal { account, kind, name: name.to_owned() })
}

/// An item that has its keys only.
pub(super) fn keys(pk: &str, sk: &str) -> Item {
    [(PK, pk), (SK, sk)].map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let account = "111122223333".to_owned();
        for key in [
            Key::Account { account: account.clone() },
            Key::Principal { account: account.clone(), kind: Kind::Role, name: "a+=,.@-_b".to_owned() },
            Key::Principal { account: account.clone(), kind: Kind::Root, name: "root".to_owned() },
        ] {
            assert_eq!(key_of(&account, &row_sk(&key)), Some(key));
        }
        assert_eq!(key_of(&account, "group/admins#row"), None);
    }

    #[test]
    fn orders_sort_as_numbers_do() {
        assert!(due_order(999) < due_order(1000));
        assert!(due_order(-5) < due_order(1));
    }

    #[test]
    fn an_account_has_one_shard_in_each_state() {
        assert_eq!(State::LeftOver.of("111122223337"), "left-over#7");
        assert_eq!(State::Pending.of("organization"), "pending#0");
    }
}
