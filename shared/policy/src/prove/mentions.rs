//! The keys and the texts that a question's statements speak of, for those who choose whom to ask about.

use std::collections::BTreeSet;

use super::compile::Statement;
use crate::text::Piece;

/// What the statements of a question speak of.
#[derive(Default)]
pub(crate) struct Mentions<'a> {
    /// Every key, in lower case.
    pub(crate) keys: BTreeSet<&'a str>,
    /// The keys whose values patterns rest on.
    pub(crate) links: BTreeSet<&'a str>,
    /// The patterns of resources.
    pub(crate) resources: Vec<&'a str>,
    /// The keys and values of conditions.
    pub(crate) values: Vec<(&'a str, &'a str)>,
}

impl<'a> Mentions<'a> {
    pub(super) fn add(&mut self, statement: &'a Statement) {
        self.keys.extend(statement.keys.iter().map(|key| &**key));
        let resources = statement.resource.iter().flat_map(|resources| &resources.patterns);
        let values =
            statement.conditions.iter().flat_map(|c| c.values.iter().map(move |value| (&*c.key, value)));
        self.resources.extend(resources.clone().map(|(text, _)| text.as_str()));
        self.values.extend(values.clone().map(|(key, (text, _))| (key, text.as_str())));
        for (_, pieces) in resources.chain(values.map(|(_, value)| value)) {
            self.links.extend(pieces.iter().filter_map(|piece| match piece {
                Piece::Variable { key, .. } => Some(key.as_str()),
                _ => None,
            }));
        }
    }

    /// Adds what another question speaks of.
    pub(crate) fn join(&mut self, other: Self) {
        self.keys.extend(other.keys);
        self.links.extend(other.links);
        self.resources.extend(other.resources);
        self.values.extend(other.values);
    }
}

/// Whether the values of a key hold an account's number.
pub(crate) fn is_of_account(key: &str) -> bool {
    matches!(key, "aws:principalaccount" | "aws:principalarn" | "aws:resourceaccount" | "s3:resourceaccount")
}

/// Every number of twelve digits.
pub(crate) fn numbers<'t>(texts: impl IntoIterator<Item = &'t str>) -> BTreeSet<String> {
    let runs = texts.into_iter().flat_map(|text| text.split(|c: char| !c.is_ascii_digit()));
    runs.filter(|run| run.len() == 12).map(str::to_owned).collect()
}

/// Whether a text says all or nothing of an account: its digits stand for themselves.
pub(crate) fn is_clear(text: &str) -> bool {
    let digits = |text: &str| text.bytes().any(|b| b.is_ascii_digit());
    if !digits(text) || !text.contains(['*', '?']) {
        return true;
    }
    match text.split(':').nth(4) {
        Some(account) => {
            !digits(account) || account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
        }
        None => false,
    }
}
