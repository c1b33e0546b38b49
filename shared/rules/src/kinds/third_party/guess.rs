//! External ids that somebody could guess: made of what others know, or of too little.

use std::fmt;

use stanchion_inventory::Inventory;

use crate::rulebook::{ThirdParties, Vendor};

/// How an external id can be guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// It is an account's number.
    Account,
    /// It is a number as short as that of a telephone, or shorter.
    Number,
    /// What is left without this name is next to nothing.
    Name(String),
    /// Too few different characters.
    Plain,
}

impl fmt::Display for Guess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("it is an account's number"),
            Self::Number => f.write_str("it is a number as short as a telephone's"),
            Self::Name(name) => write!(f, "it is made of the name {name}"),
            Self::Plain => f.write_str("it is short, or made of a few characters or words"),
        }
    }
}

/// What others know: names that external ids are often made of.
pub(super) struct Names {
    names: Vec<String>,
    account: String,
}

impl Names {
    /// The vendor's own name, those that the rule gives, and those of the organization's accounts.
    pub(super) fn of(rule: &ThirdParties, vendor: &Vendor, account: &str, inventory: &Inventory) -> Self {
        let accounts = inventory.organization().and_then(|organization| organization.accounts.as_ref());
        let own = accounts.into_iter().flatten().map(|(_, account)| account.name.clone());
        let given = rule.guessable.iter().cloned();
        let names =
            given.chain([vendor.name.clone()]).chain(own).filter(|name| plain(name).len() > 2).collect();
        Self { names, account: account.to_owned() }
    }
}

/// The longest telephone numbers have this many digits (ITU-T E.164).
const TELEPHONE: usize = 15;

/// How hard a guess must be, in bits: more tries than anybody would send to STS.
const BITS: f64 = 40.0;

/// What a letter of running text is worth, in bits (C. E. Shannon, "Prediction and Entropy of Printed
/// English", 1951).
const OF_TEXT: f64 = 1.5;

impl Guess {
    /// How an external id can be guessed, if it can.
    pub(super) fn of(id: &str, names: &Names) -> Option<Self> {
        let digits: Vec<char> = id.chars().filter(char::is_ascii_digit).collect();
        let is_number = !digits.is_empty() && !id.chars().any(char::is_alphabetic);
        if is_number && digits.len() == 12
            || without(id, &names.account).is_some_and(|rest| bits(&rest) < BITS)
        {
            return Some(Self::Account);
        }
        if is_number && digits.len() <= TELEPHONE {
            return Some(Self::Number);
        }
        let made_of = |name: &&String| without(id, name).is_some_and(|rest| bits(&rest) < BITS);
        if let Some(name) = names.names.iter().find(made_of) {
            return Some(Self::Name(name.clone()));
        }
        (bits(id) < BITS).then_some(Self::Plain)
    }
}

/// Letters and digits alone, in lower case.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What is left of an id without a name; `None`: the name is not in it.
fn without(id: &str, name: &str) -> Option<String> {
    let (id, name) = (plain(id), plain(name));
    (!name.is_empty() && id.contains(&name)).then(|| id.replacen(&name, "", 1))
}

/// How much there is to guess: by how often each character is there, and where there are no digits, no
/// more than in words.
fn bits(text: &str) -> f64 {
    let characters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut sorted = characters.clone();
    sorted.sort_unstable();
    let length = sorted.len() as f64;
    let shares = sorted.chunk_by(|a, b| a == b).map(|same| same.len() as f64 / length);
    let each: f64 = shares.map(|share| -share * share.log2()).sum();
    let is_text = !characters.iter().any(char::is_ascii_digit);
    length * if is_text { each.min(OF_TEXT) } else { each }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(id: &str) -> Option<Guess> {
        let names = Names {
            names: vec!["Acme Corp".to_owned(), "Vendor".to_owned()],
            account: "111122223333".to_owned(),
        };
        Guess::of(id, &names)
    }

    #[test]
    fn what_others_know_can_be_guessed() {
        assert_eq!(guessed("444455556666"), Some(Guess::Account));
        assert_eq!(guessed("vendor-111122223333"), Some(Guess::Account));
        assert_eq!(guessed("+1-202-555-0143"), Some(Guess::Number));
        assert_eq!(guessed("12345"), Some(Guess::Number));
        assert_eq!(guessed("AcmeCorp"), Some(Guess::Name("Acme Corp".to_owned())));
        assert_eq!(guessed("acme-corp-2024"), Some(Guess::Name("Acme Corp".to_owned())));
        assert_eq!(guessed("vendor1"), Some(Guess::Name("Vendor".to_owned())));
    }

    #[test]
    fn what_is_short_or_plain_can_be_guessed() {
        for id in
            ["x7", "a1b2c3", "aaaaaaaaaaaaaaaaaaaaaaaa", "1111111111111111", "ExternalId", "secret-access"]
        {
            assert_eq!(guessed(id), Some(Guess::Plain), "{id}");
        }
    }

    #[test]
    fn what_is_random_cannot() {
        for id in [
            "6f1d2c0e-8a4b-4f7e-9d35-1b2a7c90e4d8",
            "19a66f642cea46dca3a24d6b661980f1",
            "Kq7vR2mZx9Tb4Lp8",
            "acme-corp-6f1d2c0e8a4b4f7e9d35",
            "DK1_SFCRole=2_7KqYtr0vZ8bnm4Xw9pLs3d==",
        ] {
            assert_eq!(guessed(id), None, "{id}");
        }
    }
}
