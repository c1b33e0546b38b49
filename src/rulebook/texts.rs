//! The texts that a rulebook is made of, by what problems call them.

use std::collections::BTreeMap;
use std::path::Path;

use stanchion_rules::packs;

/// The texts that a rulebook is made of.
pub(crate) struct Texts<'t> {
    /// The rulebook's own.
    own: &'t str,
    /// Those that it names, by their paths.
    others: BTreeMap<String, String>,
}

impl<'t> Texts<'t> {
    pub(crate) fn new(own: &'t str) -> Self {
        Self { own, others: BTreeMap::new() }
    }

    /// Notes the text of a file that lies beside the rulebook, as the rulebook's problems call it.
    pub(crate) fn add(&mut self, beside: Option<&Path>, path: &str, text: &str) {
        let file = beside.unwrap_or(Path::new("")).join(path);
        self.others.insert(file.display().to_string(), text.to_owned());
    }

    /// The text that problems call so.
    pub(crate) fn of(&self, file: &str) -> &str {
        let other = self.others.get(file).map(String::as_str);
        other.or_else(|| packs::text_of(file)).unwrap_or(self.own)
    }
}
