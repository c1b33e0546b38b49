//! What a ceiling alone leaves open: SCPs, RCPs or the policy of a VPC endpoint, asked about somebody to whom
//! everything else gives everything.
//!
//! Under SCPs the caller is an administrator of the account, of any name, with any tags; under RCPs, and through an
//! endpoint, it is anybody at all, and the policy of every resource lets everybody do everything. So a *no* holds
//! whatever anybody writes into another policy.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::actions::{ActionSet, Draft};
use super::anyone::Anyone;
use super::budget::Budget;
use super::facts::Keys;
use super::kinds::KINDS;
use super::mentions::{Mentions, is_clear, is_of_account, numbers};
use super::outside::call;
use super::question::{place, told};
use super::versus::Versus;
use super::{Answer, Asker, Assumption, Given, Outsider, Question, Stack, Verdict};
use crate::catalogue::{self, ActionId};
use crate::document::PrincipalEntry;
use crate::policy::{Layers, Level, NamedPolicy, Policy, ResourcePolicy};
use crate::request::{Caller, CallerKind, Context};

/// Policies that limit, and never grant.
#[derive(Clone, Copy, Debug)]
pub enum Ceiling<'a> {
    /// SCPs, root first, of the caller's account.
    Scps(&'a [Level]),
    /// RCPs, root first, of the resources' account. Only actions that RCPs bind are asked about.
    Rcps(&'a [Level]),
    /// The policy of a VPC endpoint. Only requests that go through it are asked about.
    Endpoint(&'a VpcEndpoint),
}

/// A VPC endpoint, and what every request through it has.
#[derive(Clone, Debug)]
pub struct VpcEndpoint {
    policy: Vec<NamedPolicy>,
    services: Option<Vec<&'static str>>,
    context: Context,
}

impl VpcEndpoint {
    /// An endpoint with its policy. `services` are the prefixes of the actions that go through it; `None`: any.
    /// `context` is what its requests have: `aws:SourceVpce` and `aws:SourceVpc`, `aws:VpceAccount` and the like, and
    /// `aws:RequestedRegion` if its region is known.
    pub fn new(policy: NamedPolicy, services: Option<Vec<&'static str>>, mut context: Context) -> Self {
        // What a service asks for on somebody's behalf comes from its own network (IAM User Guide, "Forward access
        // sessions").
        context.insert("aws:ViaAWSService", vec!["false".to_owned()]);
        Self { policy: vec![policy], services, context }
    }

    /// What is said of every request through it.
    fn given(&self) -> Given {
        // IAM User Guide, "aws:SourceIp": it is not in requests that come through an endpoint.
        Given { values: self.context.clone(), absent: ["aws:sourceip".to_owned()].into(), ..Given::default() }
    }

    /// Whether requests of a service go through it.
    pub(super) fn carries(&self, service: &str) -> bool {
        self.services.as_ref().is_none_or(|own| own.iter().any(|own| own.eq_ignore_ascii_case(service)))
    }

    /// The actions that go through it.
    fn actions(&self) -> Option<ActionSet> {
        let mut all = Draft::empty();
        for service in self.services.as_ref()? {
            let actions = catalogue::service_actions(service).filter_map(ActionId::from_index);
            actions.for_each(|action| all.insert_action(action));
        }
        Some(all.into_set())
    }
}

/// Somebody, and the account whose resources are asked for.
#[derive(Clone, Debug)]
pub struct Hypothesis {
    /// Who: any of its kind, unless it is `named`.
    pub who: Outsider,
    /// What is known of the organizations: `aws:PrincipalOrgID`, `aws:PrincipalOrgPaths` of the caller, and
    /// `aws:ResourceOrgID`, `aws:ResourceOrgPaths` of another account's resources. What is not here may be
    /// anything.
    pub known: Context,
    /// The account that owns the resources.
    pub resource_account: String,
    /// The moment of the request, in nanoseconds since the epoch; `None`: any.
    pub now: Option<i128>,
}

/// Whether a ceiling leaves a request of a region, as [`crate::Document::forbidden`] reads it, to somebody.
pub fn leaves(ceiling: Ceiling<'_>, setting: &Hypothesis, region: &Policy, steps: u64) -> Answer {
    let mut assumptions = vec![Assumption::ResourceLetsIn];
    if !matches!(ceiling, Ceiling::Endpoint(_)) {
        assumptions.push(Assumption::StandardEndpoint);
    }
    let caller = setting.who.caller.clone();
    if caller.role().is_some() {
        assumptions.push(Assumption::NoSessionPolicy);
    }
    let at_home = caller.account == setting.resource_account;
    let asker =
        Asker { caller, unique_id: None, known: setting.known.clone(), trust: None, now: setting.now };
    let layers = layers(ceiling);
    let nothing = BTreeSet::new();
    let given = match ceiling {
        Ceiling::Endpoint(endpoint) => endpoint.given(),
        Ceiling::Scps(_) | Ceiling::Rcps(_) => Given::default(),
    };
    let mut stack = Stack::given(&asker, &layers, given);
    stack.keys.anyone = Some(Anyone { named: setting.who.named, at_home, values: BTreeMap::new() });
    if asker.caller.kind == CallerKind::Root {
        // IAM User Guide, "Root user": it cannot assume roles.
        stack.possible.subtract(&KINDS.apart);
    }
    if asker.caller.kind == CallerKind::Federated {
        // Whoever a provider vouches for has no permissions, and begins sessions of roles only.
        let begins = catalogue::find(call(&asker.caller)).map(ActionSet::one).unwrap_or_default();
        (stack.possible, stack.ungranted) = (begins.clone(), begins);
    }
    let bound = match ceiling {
        Ceiling::Scps(_) => None,
        Ceiling::Rcps(_) => Some(Cow::Borrowed(&KINDS.under_rcps)),
        Ceiling::Endpoint(endpoint) => endpoint.actions().map(Cow::Owned),
    };
    let counts = |service: &str| match ceiling {
        Ceiling::Scps(_) => true,
        Ceiling::Rcps(_) => catalogue::supports_rcp(service),
        Ceiling::Endpoint(endpoint) => endpoint.carries(service),
    };
    if let Some(bound) = bound {
        (stack.possible, stack.ungranted) =
            (stack.possible.intersect(&bound), stack.ungranted.intersect(&bound));
    }
    stack.versus = Some(Versus {
        rival: None,
        layers: None,
        resource_account: &setting.resource_account,
        extra: &nothing,
        assumptions: &assumptions,
        reach: None,
        keys: Keys::default(),
        counts: Some(&counts),
    });
    let question = Question { forbidden: region, roles: &[], resources: &[], steps };
    let mut budget = Budget::new(steps);
    let (verdict, assumptions) = match region.boxes() {
        Ok(compiled) => stack.search_placed(&question, &place(&compiled.statements), &mut budget),
        Err(reason) => {
            (Verdict::Indeterminate(vec![format!("what is asked for: {reason}")]), assumptions.clone())
        }
    };
    Answer { verdict, assumptions: told(assumptions), steps: budget.spent(steps) }
}

fn layers(ceiling: Ceiling<'_>) -> Layers {
    let everything = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let everybody = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    let identity = vec![NamedPolicy::new("AdministratorAccess", Policy::parse(everything))];
    let lets_in = || {
        let policy = NamedPolicy::new("a policy that lets everybody in", Policy::parse(everybody));
        ResourcePolicy::Known(policy)
    };
    match ceiling {
        Ceiling::Scps(levels) => Layers { identity, scps: levels.to_vec(), ..Layers::default() },
        Ceiling::Rcps(levels) => {
            Layers { identity, rcps: levels.to_vec(), resource: lets_in(), ..Layers::default() }
        }
        Ceiling::Endpoint(through) => {
            let endpoint = Some(through.policy.clone());
            Layers { identity, endpoint, resource: lets_in(), ..Layers::default() }
        }
    }
}

/// Of whom a ceiling and a region speak, besides the account that is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The accounts that they name.
    pub accounts: BTreeSet<String>,
    /// Of those, the ones that they name as the caller's.
    pub callers: BTreeSet<String>,
    /// Users, roles and sessions that the elements for principals name, and whom providers vouch for.
    pub principals: Vec<Caller>,
    /// The services that they name.
    pub services: BTreeSet<String>,
    /// The identity providers whose keys they look at, in lower case: what those begin with.
    pub providers: BTreeSet<String>,
    /// Whether they look at whose the resource is: its account, or its organization.
    pub of_resources: bool,
    /// A text in which a part of an account's number may decide.
    pub unclear: Option<String>,
}

/// Of whom a ceiling and a region speak; policies that cannot be read speak of nobody.
pub fn named_by(ceiling: Ceiling<'_>, region: &Policy) -> Told {
    let named: Vec<&NamedPolicy> = match ceiling {
        Ceiling::Scps(levels) | Ceiling::Rcps(levels) => {
            levels.iter().flat_map(|level| &level.policies).collect()
        }
        Ceiling::Endpoint(endpoint) => endpoint.policy.iter().collect(),
    };
    let mut mentions = Mentions::default();
    let mut entries = Vec::new();
    let policies = named.iter().map(|named| &named.policy);
    let compiled = policies.chain([region]).filter_map(|policy| policy.boxes().ok());
    for statement in compiled.flat_map(|compiled| &compiled.statements) {
        mentions.add(statement);
        entries.extend(statement.principal.iter().flat_map(|element| &element.entries));
    }
    let (mut principals, mut by_element, mut services) = (Vec::new(), Vec::new(), BTreeSet::new());
    for entry in entries {
        match entry {
            PrincipalEntry::Aws(name) => {
                by_element.push(name.as_str());
                let one = Caller::parse(name).ok().filter(|caller| caller.kind != CallerKind::Root);
                principals.extend(one.filter(|one| !one.account.is_empty()));
            }
            PrincipalEntry::Service(name) => {
                services.insert(name.clone());
            }
            PrincipalEntry::Federated(name) => principals.extend(Caller::parse(name)),
            PrincipalEntry::Anyone | PrincipalEntry::CanonicalUser(_) => {}
        }
    }
    let texts = || mentions.resources.iter().copied().chain(mentions.values.iter().map(|(_, text)| *text));
    let of_account = mentions.values.iter().filter(|(key, _)| is_of_account(key)).map(|(_, text)| *text);
    let unclear = mentions.resources.iter().copied().chain(of_account.clone()).find(|text| !is_clear(text));
    let of_resource = |key: &&str| key.starts_with("aws:resourceorg") || key.ends_with(":resourceaccount");
    let of_callers = mentions.values.iter().filter(|(key, _)| key.starts_with("aws:principal"));
    let of_callers = of_callers.map(|(_, text)| *text).chain(by_element.iter().copied());
    services.extend(texts().filter(|text| text.ends_with(".amazonaws.com")).map(str::to_owned));
    let accounts = mentions.resources.iter().copied().chain(of_account).chain(by_element.iter().copied());
    Told {
        accounts: numbers(accounts),
        callers: numbers(of_callers),
        principals,
        services,
        providers: mentions.keys.iter().filter_map(|key| issuer(key)).map(str::to_owned).collect(),
        of_resources: mentions.keys.iter().any(of_resource)
            || mentions.resources.iter().any(|text| !numbers([*text]).is_empty()),
        unclear: unclear.map(str::to_owned),
    }
}

/// The provider of OpenID Connect whose claim a key is: the names of services have neither dots nor slashes.
fn issuer(key: &str) -> Option<&str> {
    let (issuer, _) = key.rsplit_once(':')?;
    issuer.contains(['.', '/']).then_some(issuer)
}

/// A caller as [`Outsider`]s have it, of an account: `role`, `user` or `root`.
///
/// # Errors
/// What is not a partition or an account.
pub fn anyone_of(kind: &str, partition: &str, account: &str) -> Result<Outsider, crate::RequestError> {
    let name = if kind == "root" { kind.to_owned() } else { format!("{kind}/someone") };
    let caller = Caller::parse(&format!("arn:{partition}:iam::{account}:{name}"))?;
    Ok(Outsider { caller, named: false })
}
