//! A caller that is not one principal but any of its kind in an account: a comparison of documents
//! knows no principal. Its name, tags and organization are then the search's to choose.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::facts::{Key, Knowledge, Source};
use super::pattern::{Pattern, Token, literal};
use super::sets::Set;
use super::{Asker, provider};
use crate::request::CallerKind;

/// What the search may choose of a caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Anyone {
    /// Whether the caller is the one that is named: its tags and organization are free only.
    pub(crate) named: bool,
    /// Whether resources belong to the caller's own account, and so to its organization.
    pub(crate) at_home: bool,
    /// What these keys, in lower case, have for a value wherever they have one.
    pub(crate) values: BTreeMap<String, String>,
}

impl Anyone {
    /// The key that has the same value in every request.
    pub(super) fn same_as<'k>(&self, name: &'k str) -> &'k str {
        match name {
            "aws:resourceorgid" if self.at_home => "aws:principalorgid",
            "aws:resourceorgpaths" if self.at_home => "aws:principalorgpaths",
            name => name,
        }
    }

    /// Frees what is known of a key because it is known of one principal.
    pub(super) fn free(&self, key: &mut Key, asker: &Asker) {
        if let Some(knowledge) = self.knowledge(&key.name, asker) {
            key.source = Source::Principal(knowledge);
        }
        key.chosen = self.values.get(&*key.name).map(|value| Rc::from([value.clone()]));
    }

    fn knowledge(&self, key: &str, asker: &Asker) -> Option<Knowledge> {
        let caller = &asker.caller;
        let free = |may_be_absent, base| Some(Knowledge::Free { may_be_absent, base });
        let absent = || Some(Knowledge::Fixed(None));
        let one = |value: &str| Some(Knowledge::Fixed(Some([value.to_owned()].into())));
        let names = |kind: &str| {
            let begin = literal(&format!("arn:{}:iam::{}:{kind}/", caller.partition, caller.account));
            let name = [Token::OneInName, Token::StarInName];
            // IAM API Reference, CreateRole: a path may hold any character, a colon too.
            let path = [Token::One, Token::Star, Token::Char('/')];
            let with = |parts: &[Token]| begin.iter().chain(parts).copied().collect::<Pattern>();
            Some(Set::text(vec![with(&name), with(&[path.as_slice(), name.as_slice()].concat())]))
        };
        if caller.kind == CallerKind::Federated
            && let Some(known) = provider::knowledge(caller, key)
        {
            return Some(known);
        }
        match (&caller.kind, key) {
            // IAM User Guide, "AWS global condition context keys": what a service's own requests have.
            (CallerKind::Service, "aws:principalisawsservice") => one("true"),
            (CallerKind::Service, "aws:principalservicename") => one(&caller.name),
            (
                CallerKind::Service,
                "aws:sourcearn"
                | "aws:sourceaccount"
                | "aws:sourceorgid"
                | "aws:sourceorgpaths"
                | "aws:principalservicenameslist",
            ) => free(true, None),
            (CallerKind::Anonymous, "aws:principaltype") => one("Anonymous"),
            (CallerKind::Anonymous, "aws:principalaccount" | "aws:userid") => one("anonymous"),
            // Whether the call that begins a session has the key of the session is not said.
            (CallerKind::Federated, "aws:federatedprovider") => Some(Knowledge::Unlisted),
            (CallerKind::Anonymous | CallerKind::Federated, "aws:principalisawsservice") => absent(),
            (CallerKind::Service | CallerKind::Anonymous | CallerKind::Federated, key)
                if key.starts_with("aws:principal") || matches!(key, "aws:userid" | "aws:username") =>
            {
                absent()
            }
            (CallerKind::User { .. }, "aws:principalarn") if !self.named => free(false, names("user")),
            (CallerKind::Role { .. }, "aws:principalarn") if !self.named => free(false, names("role")),
            (CallerKind::User { .. }, "aws:username") if !self.named => {
                let name: Pattern = vec![Token::OneInName, Token::StarInName];
                free(false, Some(Set::text(vec![name])))
            }
            (_, "aws:principalorgid" | "aws:principalorgpaths") if asker.known.get(key).is_some() => None,
            (_, "aws:principalorgid" | "aws:principalorgpaths") => free(true, None),
            (_, key) if key.starts_with("aws:principaltag/") => free(true, None),
            _ => None,
        }
    }
}
