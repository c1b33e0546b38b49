//! What is known of the context keys of a principal's requests before anything is searched.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::catalogue::{self, ActionId, ResourceTypeId};
use crate::keys::{self, KeyFacts, Presence};
use crate::request::CallerKind;

use super::Asker;
use super::pattern::{Pattern, Token, literal};
use super::sets::{Ranges, Set, shift};

/// What is known of one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Knowledge {
    /// It has these values; `None`: it is absent.
    Fixed(Option<Rc<[String]>>),
    /// The search may choose.
    Free {
        /// Whether it may be absent.
        may_be_absent: bool,
        /// What its value must be in any case.
        base: Option<Set>,
    },
    /// Nothing is known: a service's key that the reference does not list for this action (the
    /// Service Authorization Reference leaves some out), or a contested one.
    Unlisted,
}

/// What an action's own place in the catalogue tells about keys.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    /// Nothing: any action of any service.
    Any,
    /// This action on this type of resource.
    Of(ActionId, Option<ResourceTypeId>),
    /// An action that the catalogue lacks.
    Unknown,
}

/// One key of a stack's policies. A stack holds each key once.
#[derive(Debug)]
pub(super) struct Key {
    /// In lower case.
    pub(super) name: Rc<str>,
    pub(super) facts: KeyFacts,
    source: Source,
}

/// What a key's value depends on.
#[derive(Debug)]
enum Source {
    /// The principal alone.
    Principal(Knowledge),
    /// The region of the request; if that is not said, this.
    Region(Knowledge),
    /// The resource's account.
    Account,
    /// As `Account`, for S3 alone.
    AccountOfS3,
    /// The organization of the resource's account: for the principal's own account the principal's,
    /// for others this.
    Organization { own: Knowledge, other: Knowledge },
    /// The action and the resource type.
    Action,
}

/// The keys of a stack's policies, and what is known of them.
#[derive(Debug, Default)]
pub(super) struct Keys(RefCell<FxHashMap<Rc<str>, Rc<Key>>>);

/// What one search says of the request.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) scope: Scope,
    /// The region of the request; `None`: any of the partition.
    pub(super) region: Option<&'a str>,
    pub(super) resource_account: &'a str,
}

impl Keys {
    /// The key of this name, given in lower case.
    pub(super) fn get(&self, name: &str, asker: &Asker) -> Rc<Key> {
        let mut all = self.0.borrow_mut();
        if let Some(key) = all.get(name) {
            return Rc::clone(key);
        }
        let key = Rc::new(Key::new(name, asker));
        all.insert(Rc::clone(&key.name), Rc::clone(&key));
        key
    }
}

impl Key {
    fn new(name: &str, asker: &Asker) -> Self {
        let facts = keys::facts(name);
        Self { name: name.into(), facts, source: Source::of(name, facts, asker) }
    }

    /// Whether it depends on the action if the key is there.
    pub(super) fn is_of_service(&self) -> bool {
        matches!(self.source, Source::Action)
    }

    /// What is known of the key in one search.
    pub(super) fn known(&self, view: &View<'_>, asker: &Asker) -> Knowledge {
        let one = |value: &str| Knowledge::Fixed(Some([value.to_owned()].into()));
        match &self.source {
            Source::Principal(knowledge) => knowledge.clone(),
            Source::Region(any) => view.region.map_or_else(|| any.clone(), one),
            Source::Account => one(view.resource_account),
            Source::AccountOfS3 => match view.scope {
                Scope::Of(action, _) if action.service() == "s3" => one(view.resource_account),
                Scope::Of(..) => Knowledge::Fixed(None),
                Scope::Any | Scope::Unknown => {
                    let base = Some(Set::text(vec![literal(view.resource_account)]));
                    Knowledge::Free { may_be_absent: true, base }
                }
            },
            Source::Organization { own, other } => {
                if view.resource_account == asker.caller.account {
                    own.clone()
                } else {
                    other.clone()
                }
            }
            Source::Action => match view.scope {
                Scope::Of(action, resource) if action.lists_key(resource, &self.name) => {
                    Knowledge::Free { may_be_absent: true, base: None }
                }
                Scope::Any | Scope::Of(..) | Scope::Unknown => Knowledge::Unlisted,
            },
        }
    }
}

impl Source {
    fn of(key: &str, facts: KeyFacts, asker: &Asker) -> Self {
        let caller = &asker.caller;
        let one = |value: &str| Self::Principal(Knowledge::Fixed(Some([value.to_owned()].into())));
        let absent = || Self::Principal(Knowledge::Fixed(None));
        let free = |may_be_absent| Self::Principal(Knowledge::Free { may_be_absent, base: None });
        let session = !matches!(caller.kind, CallerKind::User { .. } | CallerKind::Root);
        match key {
            "aws:requestedregion" => {
                let regions = catalogue::regions(&caller.partition);
                let base = Set::text(regions.iter().map(|r| literal(r)).collect());
                return Self::Region(Knowledge::Free { may_be_absent: false, base: Some(base) });
            }
            "aws:resourceaccount" => return Self::Account,
            // Only S3 knows this key.
            "s3:resourceaccount" => return Self::AccountOfS3,
            "aws:principaltype" => {
                return one(match caller.kind {
                    CallerKind::User { .. } => "User",
                    CallerKind::Root | CallerKind::AssumedRoot => "Account",
                    _ => "AssumedRole",
                });
            }
            "aws:principalisawsservice" => return one("false"),
            "aws:username" => {
                return match &caller.kind {
                    CallerKind::User { name } => one(name),
                    _ => absent(),
                };
            }
            "aws:principalarn" => return caller.principal_arn().map_or_else(absent, |arn| one(&arn)),
            "aws:principalaccount" => return one(&caller.account),
            "aws:userid" => return Self::Principal(asker.user_id()),
            // In seconds, which numeric and date operators both read.
            "aws:epochtime" => {
                return asker.now.map_or(free(false), |now| one(&(now / 1_000_000_000).to_string()));
            }
            "aws:currenttime" => {
                return match asker.now {
                    Some(now) => crate::value::date_text(now).map_or_else(absent, |text| one(&text)),
                    None => free(false),
                };
            }
            "aws:tokenissuetime" if session => {
                let base = asker.now.map(|now| Set::Dates(Ranges::new(vec![(0, shift(now))])));
                return Self::Principal(Knowledge::Free { may_be_absent: false, base });
            }
            "aws:resourceorgid" | "aws:resourceorgpaths" => {
                let of =
                    if key == "aws:resourceorgid" { "aws:principalorgid" } else { "aws:principalorgpaths" };
                let given = asker.known.get(key).is_some();
                let other = Knowledge::Free { may_be_absent: true, base: None };
                let other = if given { asker.known(key) } else { other };
                return Self::Organization { own: asker.known(of), other };
            }
            "aws:principalorgid" | "aws:principalorgpaths" => return Self::Principal(asker.known(key)),
            _ if key.starts_with("aws:principaltag/") => return Self::Principal(asker.known(key)),
            _ => {}
        }
        if asker.known.get(key).is_some() {
            return Self::Principal(asker.known(key));
        }
        match facts.presence {
            Some(Presence::Always) => free(false),
            Some(Presence::Never) => absent(),
            Some(Presence::TemporaryCredentials) => free(true),
            Some(Presence::RoleSessions) if !session => absent(),
            Some(Presence::RoleSessions | Presence::Sometimes) => free(true),
            None => Self::Action,
        }
    }
}

impl Asker {
    /// Keys of which everything is known: what is not there is absent.
    fn known(&self, key: &str) -> Knowledge {
        match self.known.get(key) {
            // A tag in two spellings: which of them IAM reads is contested.
            Some(entry) if entry.contested => Knowledge::Unlisted,
            entry => Knowledge::Fixed(entry.map(|entry| entry.values.as_slice().into())),
        }
    }

    /// A user's is its unique id, a session's is the role's id and the session's name, which the
    /// caller chooses (IAM User Guide, "Principal key values").
    fn user_id(&self) -> Knowledge {
        let Self { caller, unique_id, .. } = self;
        match (&caller.kind, unique_id) {
            (CallerKind::Root | CallerKind::AssumedRoot, _) => {
                Knowledge::Fixed(Some([caller.account.clone()].into()))
            }
            (CallerKind::User { .. }, Some(id)) => Knowledge::Fixed(Some([id.clone()].into())),
            (_, id) => {
                let mut pattern: Pattern = match id {
                    Some(id) => literal(&format!("{id}:")),
                    None => Vec::new(),
                };
                pattern.extend([Token::One, Token::Star]);
                Knowledge::Free { may_be_absent: false, base: Some(Set::text(vec![pattern])) }
            }
        }
    }

    /// Whether the value of a key follows from the caller and the resource, so that it need not be
    /// told.
    pub(super) fn derives(key: &str) -> bool {
        matches!(
            key,
            "aws:principalarn"
                | "aws:principalaccount"
                | "aws:principaltype"
                | "aws:principalisawsservice"
                | "aws:username"
                | "aws:resourceaccount"
                | "s3:resourceaccount"
        )
    }
}
