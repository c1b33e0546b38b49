//! Questions about the principals of an inventory: can this one do it, and who can?

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::OnceLock;
use std::thread;

use stanchion_inventory::{Inventory, Principal, PrincipalKind};
use stanchion_policy::ask::{Case, Owner, Report, Wanted, report, why::Why};
use stanchion_policy::decide::arn_like;
use stanchion_policy::prove::{Asker, Assumption, Given, RoleTarget, STEPS, Verdict};
use stanchion_policy::{NamedPolicy, Policy, ResourcePolicy};
use stanchion_rules::{asker, organization_of_resource, roles};

/// What is asked, and what is said of the requests.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// What is asked.
    pub wanted: Wanted,
    /// Context keys with their values.
    pub context: BTreeMap<String, Vec<String>>,
    /// Context keys that no request has.
    pub absent: Vec<String>,
    /// Who owns the resource, if it is said.
    pub resource_account: Option<String>,
    /// The resource's policy, if it is said.
    pub resource_policy: Option<NamedPolicy>,
    /// The moment of the requests, in nanoseconds since the epoch; `None`: any.
    pub now: Option<i128>,
}

/// An inventory, ready to be asked.
pub struct Inquirer<'a> {
    inventory: &'a Inventory,
    /// Read when a question first asks for them.
    roles: OnceLock<Vec<RoleTarget>>,
}

/// One principal that can do what is asked, or that may.
#[derive(Clone, Debug)]
pub struct Able<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// The answer about it.
    pub report: Report,
}

/// Who can do what is asked.
#[derive(Clone, Debug, Default)]
pub struct WhoCan<'a> {
    /// Those who can, and those of whom it is not known, by ARN.
    pub able: Vec<Able<'a>>,
    /// How many cannot.
    pub unable: usize,
    /// How many were left out by name.
    pub excepted: usize,
}

impl<'a> Inquirer<'a> {
    /// Questions about this inventory.
    pub fn new(inventory: &'a Inventory) -> Self {
        Self { inventory, roles: OnceLock::new() }
    }

    /// Whether a principal can do it, and if not, why.
    ///
    /// # Errors
    /// What is said of the requests contradicts what is known of the principal.
    pub fn can(&self, principal: &Principal, inquiry: &Inquiry) -> Result<(Report, Option<Why>), String> {
        self.ask(principal, inquiry, |case| report(case, case.answer()))
            .map_err(|(Unasked::Contradiction(said) | Unasked::Unreadable(said))| said)
    }

    /// Every principal that can do it, on all cores. The result does not depend on how many there are.
    /// `except`: patterns of ARNs that are left out.
    pub fn who_can(&self, inquiry: &Inquiry, except: &[String]) -> WhoCan<'a> {
        let all: Vec<&Principal> = self.inventory.principals().collect();
        let left_out = |principal: &Principal| except.iter().any(|p| arn_like(p, &principal.arn));
        let asked: Vec<&Principal> = all.iter().copied().filter(|principal| !left_out(principal)).collect();
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let share = asked.len().div_ceil(cores).max(1);
        let mut who = WhoCan { excepted: all.len() - asked.len(), ..WhoCan::default() };
        thread::scope(|scope| {
            let work = |chunk: &[&'a Principal]| -> Vec<Option<Able<'a>>> {
                chunk.iter().map(|principal| self.able(principal, inquiry)).collect()
            };
            let workers: Vec<_> = asked.chunks(share).map(|chunk| scope.spawn(move || work(chunk))).collect();
            for worker in workers {
                let answers = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                for answer in answers {
                    match answer {
                        Some(able) => who.able.push(able),
                        None => who.unable += 1,
                    }
                }
            }
        });
        who.able.sort_by(|a, b| a.principal.arn.cmp(&b.principal.arn));
        who
    }

    /// `None`: it cannot, or makes no such request.
    fn able(&self, principal: &'a Principal, inquiry: &Inquiry) -> Option<Able<'a>> {
        let asked = self.ask(principal, inquiry, |case| {
            let answer = case.answer();
            let refused = matches!(answer.verdict, Verdict::No);
            (!refused).then(|| report(case, answer).0)
        });
        let report = match asked {
            Ok(report) => report?,
            Err(Unasked::Contradiction(_)) => return None,
            Err(Unasked::Unreadable(reason)) => Report::unknown(reason),
        };
        Some(Able { principal, report })
    }

    fn ask<R>(
        &self,
        principal: &Principal,
        inquiry: &Inquiry,
        ask: impl FnOnce(&Case<'_>) -> R,
    ) -> Result<R, Unasked> {
        let times = ["aws:currenttime", "aws:epochtime"];
        let mut keys = inquiry.context.keys().chain(&inquiry.absent);
        let now = inquiry.now.filter(|_| !keys.any(|key| times.contains(&key.to_ascii_lowercase().as_str())));
        let asker =
            asker(self.inventory, principal, now).map_err(|error| Unasked::Unreadable(error.to_string()))?;
        let given = given(&asker, inquiry).map_err(Unasked::Contradiction)?;
        let mut case = Case::new(&inquiry.wanted, &asker, self.inventory.layers(principal), STEPS);
        case.given = given;
        match inquiry.wanted.one_resource() {
            Some(arn) => {
                let (owner, sure) = self.owner(principal, inquiry, arn);
                case = case.on(arn, owner);
                if !sure {
                    case.presumed.insert(Assumption::OwnAccountResources);
                }
            }
            None => {
                case.leave_out_others();
                if inquiry.wanted.asks_for_roles() {
                    case.roles = self.roles.get_or_init(|| roles(self.inventory)).into();
                }
            }
        }
        Ok(ask(&case))
    }

    /// What is known of the one resource that is named, and whether it is sure whose it is.
    fn owner(&self, principal: &Principal, inquiry: &Inquiry, arn: &str) -> (Owner, bool) {
        let is_account = |text: &&str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        let of_arn = arn.split(':').nth(4).filter(is_account);
        let said = inquiry.resource_account.as_deref().or(of_arn);
        let account = said.unwrap_or(&principal.account).to_owned();
        let trust = || {
            let role = self.inventory.principal(arn).filter(|role| role.kind == PrincipalKind::Role);
            let unknown = || NamedPolicy::new(arn, Policy::unknown("the role is not in the inventory"));
            let trust = || role.and_then(|role| self.inventory.trust_policy(role)).unwrap_or_else(unknown);
            inquiry.wanted.assumes(arn).then(trust)
        };
        let policy = inquiry.resource_policy.clone().or_else(trust).map(ResourcePolicy::Known);
        let rcps = self.inventory.rcps(&account);
        let known = organization_of_resource(self.inventory, &account);
        (Owner { account, policy, known, rcps }, said.is_some() || arn == "*")
    }
}

/// Why a principal is not asked about.
enum Unasked {
    /// It makes no request of which this can be said.
    Contradiction(String),
    /// What it is cannot be read.
    Unreadable(String),
}

/// What is said of the requests, if it can be so.
fn given(asker: &Asker, inquiry: &Inquiry) -> Result<Given, String> {
    let mut given = Given::default();
    for (key, values) in &inquiry.context {
        if let Some(contradiction) = asker.contradiction(key, Some(values)) {
            return Err(contradiction);
        }
        given.values.insert(key, values.clone());
    }
    for key in &inquiry.absent {
        if let Some(contradiction) = asker.contradiction(key, None) {
            return Err(contradiction);
        }
        given.absent.insert(key.to_ascii_lowercase());
    }
    match given.absent.iter().find(|key| given.values.get(key).is_some()) {
        Some(key) => Err(format!("`{key}` cannot be absent and have a value")),
        None => Ok(given),
    }
}
