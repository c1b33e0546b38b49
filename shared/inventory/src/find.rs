//! Principals as people name them: by ARN, or by as little as is clear.

use thiserror::Error;

use crate::account::Principal;
use crate::arn::IamArn;
use crate::inventory::Inventory;

/// Why a name leads to no principal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unfound {
    /// Nobody has this name.
    #[error("the inventory knows no principal `{name}`")]
    Nobody {
        /// The name, as it was given.
        name: String,
        /// The ARN that was probably meant.
        likely: Option<String>,
    },
    /// Several have it.
    #[error("the inventory knows {} principals `{name}`", arns.len())]
    Several {
        /// The name, as it was given.
        name: String,
        /// Their ARNs.
        arns: Vec<String>,
    },
}

impl Unfound {
    /// What to do about it.
    pub fn mend(&self) -> String {
        match self {
            Self::Nobody { likely: Some(arn), .. } => format!("did you mean `{arn}`?"),
            Self::Nobody { likely: None, .. } => {
                "name it as `role/NAME`, `user/NAME`, `ACCOUNT:role/NAME`, or by its ARN; `stanchion inventory \
                 show --account ID` lists an account's"
                    .to_owned()
            }
            Self::Several { arns, .. } => format!("say which: {}", arns.join(", ")),
        }
    }
}

impl Inventory {
    /// The principal of this name: an ARN, that of a role's session included; `role/NAME`, `user/NAME` or
    /// `root`, if one account alone has it, with or without the path; the same after `ACCOUNT:`.
    ///
    /// # Errors
    /// Nobody has the name, or several have it.
    pub fn find(&self, name: &str) -> Result<&Principal, Unfound> {
        if let Some(principal) = self.principal(name) {
            return Ok(principal);
        }
        let wanted = Wanted::parse(name);
        let found: Vec<&Principal> = self.principals().filter(|principal| wanted.fits(principal)).collect();
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(Unfound::Nobody { name: name.to_owned(), likely: self.likely(&wanted) }),
            several => Err(Unfound::Several {
                name: name.to_owned(),
                arns: several.iter().map(|principal| principal.arn.clone()).collect(),
            }),
        }
    }

    /// The principal whose name is nearest, if at most one letter in four is wrong.
    fn likely(&self, wanted: &Wanted<'_>) -> Option<String> {
        let name = |resource: &str| resource.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let own = name(wanted.resource);
        let distance = |principal: &Principal| {
            let kind = IamArn::parse(&principal.arn).map(|arn| arn.kind);
            let elsewhere = wanted.account.is_some_and(|account| account != principal.account);
            let other = kind != wanted.resource.split('/').next();
            (strsim::osa_distance(&own, &principal.name.to_ascii_lowercase()), other, elsewhere)
        };
        let near = self.principals().map(|principal| (distance(principal), &principal.arn));
        let ((wrong, _, _), arn) = near.min()?;
        (wrong <= (own.chars().count() / 4).max(1)).then(|| arn.clone())
    }
}

/// A name, taken apart.
struct Wanted<'a> {
    account: Option<&'a str>,
    /// `role/path/NAME`, `user/NAME`, `root`.
    resource: &'a str,
    /// Whether it is a session's, whose ARN has no path.
    session: bool,
}

impl<'a> Wanted<'a> {
    fn parse(name: &'a str) -> Self {
        let parts: Vec<&str> = name.splitn(6, ':').collect();
        let (account, resource) = match parts.as_slice() {
            ["arn", _, _, _, account, resource] => (Some(*account), *resource),
            [account, resource] => (Some(*account), *resource),
            _ => (None, name),
        };
        Self { account, resource, session: resource.starts_with("assumed-role/") }
    }

    fn fits(&self, principal: &Principal) -> bool {
        if self.account.is_some_and(|account| account != principal.account) {
            return false;
        }
        if self.session {
            return principal.trust.is_some() && self.resource.split('/').nth(1) == Some(&principal.name);
        }
        let own = principal.arn.splitn(6, ':').nth(5).unwrap_or_default();
        let kind = own.split('/').next().unwrap_or_default();
        own == self.resource || self.resource.strip_prefix(kind) == Some(&format!("/{}", principal.name))
    }
}
