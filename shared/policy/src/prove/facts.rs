//! What is known of the context keys of a principal's requests before anything is searched.

use crate::catalogue::{self, ActionId, ResourceTypeId};
use crate::keys::{self, Presence};
use crate::request::CallerKind;

use super::Asker;
use super::pattern::{Pattern, Token, literal};
use super::sets::{Ranges, Set, shift};

/// What is known of one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Knowledge {
    /// It has these values; `None`: it is absent.
    Fixed(Option<Vec<String>>),
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

/// The facts of a question.
pub(super) struct Facts<'a> {
    pub(super) asker: &'a Asker,
    /// The region of the request; `None`: any of the partition.
    pub(super) region: Option<&'a str>,
    pub(super) resource_account: &'a str,
}

impl Facts<'_> {
    /// What is known of a key, given in lower case.
    pub(super) fn of(&self, key: &str, scope: Scope) -> Knowledge {
        let one = |value: &str| Knowledge::Fixed(Some(vec![value.to_owned()]));
        let absent = Knowledge::Fixed(None);
        let free = |may_be_absent| Knowledge::Free { may_be_absent, base: None };
        let asker = self.asker;
        let session = !matches!(asker.caller.kind, CallerKind::User { .. } | CallerKind::Root);
        match key {
            "aws:requestedregion" => {
                return match self.region {
                    Some(region) => one(region),
                    None => {
                        let regions = catalogue::regions(&asker.caller.partition);
                        let base = Set::text(regions.iter().map(|r| literal(r)).collect());
                        Knowledge::Free { may_be_absent: false, base: Some(base) }
                    }
                };
            }
            "aws:resourceaccount" => return one(self.resource_account),
            // Only S3 knows this key.
            "s3:resourceaccount" => {
                return match scope {
                    Scope::Of(action, _) if action.service() == "s3" => one(self.resource_account),
                    Scope::Of(..) => absent,
                    Scope::Any | Scope::Unknown => {
                        let base = Some(Set::text(vec![literal(self.resource_account)]));
                        Knowledge::Free { may_be_absent: true, base }
                    }
                };
            }
            "aws:principaltype" => {
                return one(match asker.caller.kind {
                    CallerKind::User { .. } => "User",
                    CallerKind::Root | CallerKind::AssumedRoot => "Account",
                    _ => "AssumedRole",
                });
            }
            "aws:principalisawsservice" => return one("false"),
            "aws:username" => {
                return match &asker.caller.kind {
                    CallerKind::User { name } => one(name),
                    _ => absent,
                };
            }
            "aws:principalarn" => {
                return asker.caller.principal_arn().map_or(absent, |arn| one(&arn));
            }
            "aws:principalaccount" => return one(&asker.caller.account),
            "aws:userid" => return self.user_id(),
            // In seconds, which numeric and date operators both read.
            "aws:epochtime" => {
                return asker.now.map_or(free(false), |now| one(&(now / 1_000_000_000).to_string()));
            }
            "aws:currenttime" => {
                return match asker.now {
                    Some(now) => Knowledge::Fixed(crate::value::date_text(now).map(|text| vec![text])),
                    None => free(false),
                };
            }
            "aws:tokenissuetime" if session => {
                let base = asker.now.map(|now| Set::Dates(Ranges::new(vec![(0, shift(now))])));
                return Knowledge::Free { may_be_absent: false, base };
            }
            "aws:resourceorgid" if asker.is_own(self.resource_account) => {
                return self.known("aws:principalorgid");
            }
            "aws:resourceorgpaths" if asker.is_own(self.resource_account) => {
                return self.known("aws:principalorgpaths");
            }
            "aws:principalorgid" | "aws:principalorgpaths" => return self.known(key),
            _ if key.starts_with("aws:principaltag/") => return self.known(key),
            _ => {}
        }
        if asker.known.get(key).is_some() {
            return self.known(key);
        }
        match keys::facts(key).presence {
            Some(Presence::Always) => free(false),
            Some(Presence::Never) => absent,
            Some(Presence::TemporaryCredentials) => free(true),
            Some(Presence::RoleSessions) if !session => absent,
            Some(Presence::RoleSessions | Presence::Sometimes) => free(true),
            None => match scope {
                Scope::Any => Knowledge::Unlisted,
                Scope::Of(action, resource) if action.lists_key(resource, key) => free(true),
                Scope::Of(..) | Scope::Unknown => Knowledge::Unlisted,
            },
        }
    }

    /// Keys of which everything is known: what is not there is absent.
    fn known(&self, key: &str) -> Knowledge {
        match self.asker.known.get(key) {
            // A tag in two spellings: which of them IAM reads is contested.
            Some(entry) if entry.contested => Knowledge::Unlisted,
            entry => Knowledge::Fixed(entry.map(|entry| entry.values.clone())),
        }
    }

    /// A user's is its unique id, a session's is the role's id and the session's name, which the
    /// caller chooses (IAM User Guide, "Principal key values").
    fn user_id(&self) -> Knowledge {
        let Asker { caller, unique_id, .. } = self.asker;
        match (&caller.kind, unique_id) {
            (CallerKind::Root | CallerKind::AssumedRoot, _) => {
                Knowledge::Fixed(Some(vec![caller.account.clone()]))
            }
            (CallerKind::User { .. }, Some(id)) => Knowledge::Fixed(Some(vec![id.clone()])),
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
}

impl Asker {
    fn is_own(&self, account: &str) -> bool {
        self.caller.account == account
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
