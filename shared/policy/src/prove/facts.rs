//! What is known of the context keys of a principal's requests before anything is searched.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::catalogue::{self, ActionId, ResourceTypeId};
use crate::keys::{self, KeyFacts, Presence};
use crate::request::{CallerKind, Context};

use super::anyone::Anyone;
use super::atom::Claim;
use super::couplings;
use super::pattern::{Pattern, Token, literal};
use super::session::{OF_CALL, is_reserved};
use super::sets::{Ranges, Set, shift};
use super::{Asker, Given};

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
    /// The search may choose a session tag, whose absence stands for the principal's own values.
    Passed { own: Option<Rc<[String]>> },
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
    pub(super) source: Source,
    /// Whether other keys have to do with it.
    pub(super) is_coupled: bool,
    /// The value that the search must choose, where it may choose.
    pub(super) chosen: Option<Rc<[String]>>,
}

/// What a key's value depends on.
#[derive(Debug, PartialEq)]
pub(super) enum Source {
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
pub(super) struct Keys {
    all: RefCell<FxHashMap<Rc<str>, Rc<Key>>>,
    /// Whether sessions may carry tags that are not the principal's own.
    passed: bool,
    /// The caller is not one principal, but any of its kind.
    pub(super) anyone: Option<Anyone>,
}

/// What was chosen for a key before the search.
#[derive(Clone)]
pub(super) enum Choice {
    Absent,
    Value(String),
    /// Any value of the set; which one is not said.
    Within(Set),
}

impl Choice {
    pub(super) fn claim(&self) -> Claim {
        match self {
            Self::Absent => Claim::Value { absent: true, set: Set::Empty },
            Self::Value(value) => Claim::Value { absent: false, set: Set::text(vec![literal(value)]) },
            Self::Within(set) => Claim::Value { absent: false, set: set.clone() },
        }
    }
}

/// A key, and what was chosen for it.
pub(super) type Pin = (Rc<Key>, Choice);

/// What one search says of the request.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) pins: &'a [Pin],
    pub(super) scope: Scope,
    /// The region of the request; `None`: any of the partition.
    pub(super) region: Option<&'a str>,
    pub(super) resource_account: &'a str,
    /// What is known of the organization of that account, if it is not the principal's own.
    pub(super) organization: Option<&'a Context>,
}

impl Keys {
    /// The key of this name, given in lower case.
    pub(super) fn get(&self, name: &str, asker: &Asker, given: &Given) -> Rc<Key> {
        let name = self.anyone.as_ref().map_or(name, |anyone| anyone.same_as(name));
        let mut all = self.all.borrow_mut();
        if let Some(key) = all.get(name) {
            return Rc::clone(key);
        }
        let mut key = Key::new(name, asker, given, self.passed);
        if let Some(anyone) = &self.anyone {
            anyone.free(&mut key, asker);
        }
        let key = Rc::new(key);
        all.insert(Rc::clone(&key.name), Rc::clone(&key));
        key
    }

    /// From now on, sessions may carry tags that are not the principal's own.
    pub(super) fn pass_tags(&mut self) {
        self.passed = true;
        self.all.borrow_mut().clear();
    }
}

impl Key {
    fn new(name: &str, asker: &Asker, given: &Given, passed: bool) -> Self {
        if let Some(of_call) = name.strip_prefix(OF_CALL) {
            let free = Knowledge::Free { may_be_absent: true, base: None };
            return Self {
                name: name.into(),
                facts: keys::facts(of_call),
                source: Source::Principal(free),
                is_coupled: couplings::is_coupled(name),
                chosen: None,
            };
        }
        let facts = keys::facts(name);
        let tag = name.strip_prefix("aws:principaltag/").filter(|tag| passed && !is_reserved(tag));
        let source = match (given.knowledge(name), tag.map(|_| asker.known(name))) {
            (Some(said), _) => Source::Principal(said),
            (None, Some(Knowledge::Fixed(own))) => Source::Principal(Knowledge::Passed { own }),
            _ => Source::of(name, facts, asker, given.open),
        };
        Self { name: name.into(), facts, source, is_coupled: couplings::is_coupled(name), chosen: None }
    }

    /// What is known of a principal's key, where nothing is said of the requests.
    pub(super) fn of(name: &str, asker: &Asker) -> Self {
        Self::new(name, asker, &Given::default(), false)
    }

    /// Whether it is one of the call that passes session tags, and none of the request.
    pub(super) fn is_of_call(&self) -> bool {
        self.name.starts_with(OF_CALL)
    }

    /// What was chosen for the key, if anything was.
    pub(super) fn pinned<'v>(&self, view: &View<'v>) -> Option<&'v Choice> {
        view.pins.iter().find(|(key, _)| std::ptr::eq(&**key, self)).map(|(_, choice)| choice)
    }

    /// Whether it depends on the action if the key is there.
    pub(super) fn is_of_service(&self) -> bool {
        matches!(self.source, Source::Action)
    }

    /// What is known of the key in one search.
    pub(super) fn known(&self, view: &View<'_>, asker: &Asker) -> Knowledge {
        match (self.unchosen(view, asker), &self.chosen) {
            (Knowledge::Free { .. }, Some(values)) => Knowledge::Fixed(Some(Rc::clone(values))),
            (knowledge, _) => knowledge,
        }
    }

    fn unchosen(&self, view: &View<'_>, asker: &Asker) -> Knowledge {
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
                    return own.clone();
                }
                let known = view.organization.and_then(|known| known.get(&self.name));
                known.map_or_else(|| other.clone(), |known| Knowledge::Fixed(Some(known.values.into())))
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
    fn of(key: &str, facts: KeyFacts, asker: &Asker, open: bool) -> Self {
        let caller = &asker.caller;
        let one = |value: &str| Self::Principal(Knowledge::Fixed(Some([value.to_owned()].into())));
        let absent = || Self::Principal(Knowledge::Fixed(None));
        let free = |may_be_absent| Self::Principal(Knowledge::Free { may_be_absent, base: None });
        let session = !matches!(caller.kind, CallerKind::User { .. } | CallerKind::Root);
        let known = |key: &str| match asker.known(key) {
            Knowledge::Fixed(None) if open => Knowledge::Free { may_be_absent: true, base: None },
            known => known,
        };
        match key {
            "aws:requestedregion" => {
                let base = Some(regions(&caller.partition));
                return Self::Region(Knowledge::Free { may_be_absent: false, base });
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
                let of = OF_ACCOUNTS.iter().find(|(of, _)| *of == key).map_or(key, |(_, own)| own);
                let given = asker.known.get(key).is_some();
                let other = Knowledge::Free { may_be_absent: true, base: None };
                let other = if given { asker.known(key) } else { other };
                return Self::Organization { own: known(of), other };
            }
            "aws:principalorgid" | "aws:principalorgpaths" => return Self::Principal(known(key)),
            _ if key.starts_with("aws:principaltag/") => return Self::Principal(known(key)),
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

/// The keys of the organization of the resource's account, and of the principal's.
pub(super) const OF_ACCOUNTS: [(&str, &str); 2] =
    [("aws:resourceorgid", "aws:principalorgid"), ("aws:resourceorgpaths", "aws:principalorgpaths")];

/// The regions of each partition.
static REGIONS: LazyLock<Vec<(&str, Set)>> = LazyLock::new(|| {
    let of = |partition| Set::text(catalogue::regions(partition).iter().map(|r| literal(r)).collect());
    catalogue::partitions().map(|partition| (partition, of(partition))).collect()
});

/// The regions of a partition; none, if it is not known.
fn regions(partition: &str) -> Set {
    REGIONS.iter().find(|(name, _)| *name == partition).map_or(Set::Empty, |(_, regions)| regions.clone())
}

impl Asker {
    /// What is wrong with a context key and its values (`None`: it is absent) in the requests of this
    /// principal, in words: what follows from the principal, from the resource, or from IAM's rules.
    pub fn contradiction(&self, key: &str, values: Option<&[String]>) -> Option<String> {
        let (name, who) = (key.to_ascii_lowercase(), &self.caller.name);
        let free = |may_be_absent: bool, base: Option<&Set>| match values {
            None if !may_be_absent => Some(format!("`{key}` is in every request of {who}")),
            Some(values) if base.is_some_and(|base| !values.iter().all(|value| base.contains(value))) => {
                Some(format!("`{key}` of {who} cannot be `{}`", values.join(", ")))
            }
            _ => None,
        };
        match Source::of(&name, keys::facts(&name), self, false) {
            Source::Principal(Knowledge::Fixed(None)) => {
                values.map(|_| format!("`{key}` is in no request of {who}"))
            }
            Source::Principal(Knowledge::Fixed(Some(own))) => {
                let differs = values.is_none_or(|values| *values != *own);
                differs.then(|| format!("`{key}` of {who} is `{}`", own.join(", ")))
            }
            Source::Principal(Knowledge::Free { may_be_absent, base }) => free(may_be_absent, base.as_ref()),
            Source::Account | Source::AccountOfS3 => Some(format!("`{key}` follows from the resource")),
            Source::Region(_) => free(false, None),
            Source::Principal(Knowledge::Unlisted | Knowledge::Passed { .. })
            | Source::Organization { .. }
            | Source::Action => None,
        }
    }

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
