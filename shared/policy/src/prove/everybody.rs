//! Whom a ceiling can tell apart: everybody that has to be asked about for an answer about anyone.

use std::collections::BTreeSet;

use super::Outsider;
use super::ceiling::{Ceiling, Hypothesis, Told, anyone_of};
use crate::request::{Caller, CallerKind, Context, DOMAIN_PROVIDERS, RequestError};

/// How many accounts besides its own are gone through for one account.
const MOST_ACCOUNTS: usize = 64;

/// How many pairs of a caller's account and a resource's are gone through for one endpoint.
const MOST_PAIRS: usize = 1024;

/// Services that ask for resources on behalf of others.
const SERVICES: [&str; 3] = ["cloudtrail.amazonaws.com", "logging.s3.amazonaws.com", "config.amazonaws.com"];

/// The account that a ceiling is above.
#[derive(Clone, Debug)]
pub struct Home<'a> {
    /// Its partition, as `aws`.
    pub partition: &'a str,
    /// Its number.
    pub account: &'a str,
    /// What is known of its organization, as the principal's: `aws:PrincipalOrgID`, `aws:PrincipalOrgPaths`.
    pub of_principal: Context,
    /// The same as the resource's: `aws:ResourceOrgID`, `aws:ResourceOrgPaths`.
    pub of_resource: Context,
    /// The moment of requests, in nanoseconds since the epoch; `None`: any.
    pub now: Option<i128>,
}

/// Everybody whom a ceiling and a region can tell apart. `kinds` are those of the principals that are asked
/// about: `role`, `user`, `root`.
///
/// Under SCPs these are the account's own principals, who ask for its resources, and where it matters whose
/// the resource is, for those of other accounts. Under RCPs they are whoever asks for the account's resources:
/// its own principals, those of other accounts, services, whoever an identity provider vouches for, and nobody in
/// particular. Through an endpoint these ask, where it matters whose the resource is, for those of other accounts as well.
///
/// # Errors
/// What is not a partition or an account.
pub fn everybody(
    ceiling: Ceiling<'_>,
    told: &Told,
    kinds: &[&str],
    home: &Home<'_>,
) -> Result<Vec<Hypothesis>, RequestError> {
    let mut all = Vec::new();
    let mut add = |who: Outsider, known: &Context, resource_account: &str| {
        let resource_account = resource_account.to_owned();
        all.push(Hypothesis { who, known: known.clone(), resource_account, now: home.now });
    };
    let others = others(home.account, told);
    match ceiling {
        Ceiling::Scps(_) => {
            let elsewhere = others.iter().filter(|_| told.of_resources).map(String::as_str);
            for resource_account in std::iter::once(home.account).chain(elsewhere) {
                for kind in kinds {
                    let who = anyone_of(kind, home.partition, home.account)?;
                    add(who, &home.of_principal, resource_account);
                }
            }
        }
        Ceiling::Rcps(_) => {
            for kind in kinds {
                add(anyone_of(kind, home.partition, home.account)?, &home.of_principal, home.account);
            }
            for other in &others {
                for kind in kinds {
                    add(anyone_of(kind, home.partition, other)?, &home.of_resource, home.account);
                }
            }
            for caller in without_account(told, home)? {
                add(caller, &home.of_resource, home.account);
            }
        }
        Ceiling::Endpoint(endpoint) => {
            let nothing = Context::new();
            let known = |caller: &str, owner: &str| match (caller == home.account, owner == home.account) {
                (true, _) => &home.of_principal,
                (false, true) => &home.of_resource,
                (false, false) => &nothing,
            };
            let pairs = pairs(told, home.account);
            for (caller, owner) in pairs.iter().take(MOST_PAIRS) {
                for kind in kinds {
                    add(anyone_of(kind, home.partition, caller)?, known(caller, owner), owner);
                }
            }
            let owners: BTreeSet<&String> = pairs.iter().map(|(_, owner)| owner).collect();
            let mut others = without_account(told, home)?;
            others.retain(|other| other.caller.kind != CallerKind::Federated || endpoint.carries("sts"));
            others.extend(told.principals.iter().cloned().map(|caller| Outsider { caller, named: true }));
            for owner in owners {
                for other in &others {
                    add(other.clone(), known(&other.caller.account, owner), owner);
                }
            }
        }
    }
    Ok(all)
}

impl Told {
    /// Why an answer about [`everybody`] is not one about anyone; nothing: it is.
    pub fn beyond(&self, ceiling: Ceiling<'_>) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.of_resources || !matches!(ceiling, Ceiling::Scps(_)) {
            if let Some(text) = &self.unclear {
                reasons.push(format!("`{text}` speaks of parts of account numbers"));
            }
            let too_many = match ceiling {
                Ceiling::Endpoint(_) => pairs(self, "").len() > MOST_PAIRS,
                Ceiling::Scps(_) | Ceiling::Rcps(_) => self.accounts.len() > MOST_ACCOUNTS,
            };
            if too_many {
                reasons.push("the policies name too many accounts to go through".to_owned());
            }
        }
        reasons
    }
}

/// The accounts of callers and of resources that can be told apart: those that are named, and two that are not.
fn pairs(told: &Told, account: &str) -> Vec<(String, String)> {
    let named =
        |all: &BTreeSet<String>| all.iter().filter(|named| *named != account).cloned().collect::<Vec<_>>();
    let fresh = (0..).map(|n: u64| format!("{n:012}"));
    let mut fresh = fresh.filter(|fresh| fresh != account && !told.accounts.contains(fresh));
    let (own, one, another) = ([account.to_owned()], fresh.next(), fresh.next());
    let callers = own.iter().chain(&one).cloned().chain(named(&told.callers));
    let mut owners = own.to_vec();
    if told.of_resources {
        owners.extend(one.iter().chain(&another).cloned().chain(named(&told.accounts)));
    }
    callers
        .flat_map(|caller| {
            owners.iter().map(move |owner| (caller.clone(), owner.clone())).collect::<Vec<_>>()
        })
        .collect()
}

/// Services, nobody in particular, and whoever identity providers vouch for.
fn without_account(told: &Told, home: &Home<'_>) -> Result<Vec<Outsider>, RequestError> {
    let more = (0..).map(|n: u64| format!("service{n}.amazonaws.com"));
    let unnamed = unheard_of(SERVICES.into_iter().map(str::to_owned).chain(more), &told.services);
    let services = told.services.iter().cloned().chain(unnamed);
    let names = services.chain(["*".to_owned()]).chain(providers(told, home));
    let outsider = |name: String| {
        let caller = Caller { partition: home.partition.to_owned(), ..Caller::parse(&name)? };
        Ok(Outsider { caller, named: true })
    };
    names.map(outsider).collect()
}

/// Identity providers for those whom they vouch for: those whose keys the policies look at, one of OpenID Connect of
/// which they do not speak, and one of SAML, whose keys are the same for all.
fn providers(told: &Told, home: &Home<'_>) -> Vec<String> {
    let Home { partition, account, .. } = home;
    let unnamed = unheard_of((0..).map(|n: u64| format!("idp{n}.example.com")), &told.providers);
    let issuers = told.providers.iter().cloned().chain(unnamed);
    let named = issuers.map(|issuer| match DOMAIN_PROVIDERS.contains(&issuer.as_str()) {
        true => issuer,
        false => format!("arn:{partition}:iam::{account}:oidc-provider/{issuer}"),
    });
    named.chain([format!("arn:{partition}:iam::{account}:saml-provider/Example")]).collect()
}

/// The accounts that the policies name, and one that they do not.
fn others(account: &str, told: &Told) -> Vec<String> {
    let numbers = (0..).map(|n: u64| format!("{n:012}")).filter(|fresh| fresh != account);
    let fresh = unheard_of(numbers, &told.accounts);
    let named = told.accounts.iter().filter(|named| *named != account).take(MOST_ACCOUNTS);
    fresh.into_iter().chain(named.cloned()).collect()
}

/// The first of these names that is not said.
fn unheard_of(mut names: impl Iterator<Item = String>, said: &BTreeSet<String>) -> Option<String> {
    names.find(|name| !said.contains(name))
}
