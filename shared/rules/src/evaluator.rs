//! Rules against principals, on one inventory.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use stanchion_inventory::{Inventory, Principal, TagPolicy};
use stanchion_policy::prove::{
    Answer, Asker, Assumption, Outsider, Question, RoleTarget, STEPS, Stack, Verdict, Witness,
    asks_for_roles, lets_in,
};
use stanchion_policy::{Layers, NamedPolicy, Policy};

use crate::alike::{Alike, Class, Shared};
use crate::asker::{asker, is_of_principal, is_time, roles, roles_that};
use crate::judgement::{Facets, Judgement};
use crate::kinds::abac::may_pass_tags;
use crate::kinds::{
    Enforced, ExternalIds, Follows, Known, Prepared, Resolved, followers, idle, resolve, version_notices,
};
use crate::named::Named;
use crate::rulebook::{Kind, Rule, Rulebook};

/// A rulebook and the inventory that it is held against.
pub struct Evaluator<'a> {
    rulebook: &'a Rulebook,
    /// The rules, made ready once, in the rulebook's order.
    prepared: Arc<[Prepared]>,
    inventory: &'a Inventory,
    now: Option<i128>,
    /// How many steps each question may take.
    steps: u64,
    /// Read when a question first asks for them.
    roles: OnceLock<Vec<RoleTarget>>,
    /// Those of them that may be assumed with tags.
    tagged: OnceLock<Vec<RoleTarget>>,
    /// Whom their trust policies name.
    named: OnceLock<Named>,
    /// By account.
    tag_policies: Mutex<BTreeMap<String, Arc<Result<TagPolicy, String>>>>,
    /// What the personas refer to, by their ids; looked up when the first of them is asked.
    personas: OnceLock<BTreeMap<String, Resolved>>,
    /// What has been proven of principals that others are like.
    alike: Alike,
    /// Whom roles ask for which external id.
    external_ids: OnceLock<ExternalIds>,
    /// Who may do everything, and what leads from role to role.
    escalation: Known,
}

/// What one rule says of one principal, or one facet of it.
///
/// A rule that can be broken in several ways at once, as a persona that exceeds its policies in two
/// services, has one facet for each way in which it is; if it is broken in none, there is one
/// judgement without a facet.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// What tells this from other ways to break the rule; lasts as long as the way does.
    pub facet: Option<String>,
    /// What is to be said.
    pub judgement: Judgement,
}

impl<'a> Evaluator<'a> {
    /// Prepares a rulebook. `now` is the moment that policies compare dates with, in nanoseconds
    /// since the epoch; `None`: any moment.
    pub fn new(rulebook: &'a Rulebook, inventory: &'a Inventory, now: Option<i128>) -> Self {
        let prepared = rulebook.rules.iter().map(Prepared::new).collect();
        Self {
            rulebook,
            prepared,
            inventory,
            now,
            steps: STEPS,
            roles: OnceLock::new(),
            tagged: OnceLock::new(),
            named: OnceLock::new(),
            tag_policies: Mutex::default(),
            personas: OnceLock::new(),
            alike: Alike::default(),
            external_ids: OnceLock::new(),
            escalation: Known::default(),
        }
    }

    /// The same, with at most so many steps for each question.
    #[must_use]
    pub fn with_steps(self, steps: u64) -> Self {
        Self { steps, ..self }
    }

    /// The same, at another moment; see [`Evaluator::new`].
    #[must_use]
    pub fn at(self, now: Option<i128>) -> Self {
        Self { now, ..self }
    }

    /// The same rulebook, held against another inventory.
    pub fn on<'b>(&self, inventory: &'b Inventory) -> Evaluator<'b>
    where
        'a: 'b,
    {
        Evaluator {
            rulebook: self.rulebook,
            prepared: Arc::clone(&self.prepared),
            inventory,
            now: self.now,
            steps: self.steps,
            roles: OnceLock::new(),
            tagged: OnceLock::new(),
            named: OnceLock::new(),
            tag_policies: Mutex::default(),
            personas: OnceLock::new(),
            alike: Alike::default(),
            external_ids: OnceLock::new(),
            escalation: Known::default(),
        }
    }

    /// The rulebook.
    pub fn rulebook(&self) -> &'a Rulebook {
        self.rulebook
    }

    /// The moment of the evaluation; see [`Evaluator::new`].
    pub fn now(&self) -> Option<i128> {
        self.now
    }

    /// The inventory.
    pub fn inventory(&self) -> &'a Inventory {
        self.inventory
    }

    /// Whether some rule is about assuming roles: its answers depend on trust policies of roles.
    pub fn asks_for_roles(&self) -> bool {
        self.prepared.iter().any(Prepared::asks_for_roles)
    }

    /// Whether some rule's answers about one principal depend on what other roles of its account may do.
    pub fn looks_through_roles(&self) -> bool {
        self.follows_roles() > Follows::Nobody
    }

    /// Whether some rule is about passwords, access keys and devices.
    pub fn asks_for_credentials(&self) -> bool {
        self.rulebook.rules.iter().any(|rule| matches!(rule.kind, Kind::Identities(_)))
    }

    /// What of the rules is not evaluated, or not as it may be thought, with the rule's id, in the
    /// rulebook's order; and where the inventory holds other versions of policies that rules name.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let rules = self.rulebook.rules.iter().zip(self.prepared.iter());
        let notes = rules.flat_map(|(rule, prepared)| {
            prepared.notes().iter().map(move |note| format!("{}: {note}", rule.id))
        });
        let disabled = self.rulebook.disabled.iter().map(|rule| {
            let by = self.rulebook.sources.get(rule.by).map_or("", |source| source.name.as_str());
            format!("{}: disabled by {by}: {}", rule.id, rule.reason)
        });
        let rules = self.rulebook.rules.iter().zip(self.prepared.iter());
        let left_out = rules.filter_map(|(rule, prepared)| {
            let notice = prepared.enforced()?.notice(rule, self.inventory)?;
            Some(format!("{}: {notice}", rule.id))
        });
        notes.chain(disabled).chain(left_out).chain(version_notices(self.rulebook, self.inventory))
    }

    /// Which SCPs and RCPs do nothing, which of their statements no request can match, and which of the rules
    /// that ask whether something is enforced: each in a sentence. An inventory without an organization has
    /// none.
    pub fn idle(&self) -> Vec<String> {
        idle(self)
    }

    /// The effective tag policy of an account, or why it is not known.
    pub(crate) fn tag_policy(&self, account: &str) -> Arc<Result<TagPolicy, String>> {
        let mut known = self.tag_policies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(policy) = known.get(account) {
            return Arc::clone(policy);
        }
        let policy = Arc::new(self.inventory.tag_policy(account));
        known.insert(account.to_owned(), Arc::clone(&policy));
        policy
    }

    /// Whether whoever assumes a role may pass tags, as far as its trust policy tells.
    pub(crate) fn may_pass_tags(&self, principal: &Principal) -> bool {
        may_pass_tags(principal)
    }

    fn roles_that_may_let_in(&self, principal: &Principal) -> Vec<RoleTarget> {
        let roles = self.roles();
        let named = self.named.get_or_init(|| Named::by(roles));
        named.letting_in(principal).map(|index| roles[index].clone()).collect()
    }

    /// What is known of who may do everything, and of what leads from role to role.
    pub(crate) fn escalation(&self) -> &Known {
        &self.escalation
    }

    /// The ARNs of those whose answers may depend on what one of these roles may do, or on whom it lets in,
    /// though no policy of theirs has changed; sorted, empty where no rule looks so far.
    pub fn followers(&self, roles: &[&str]) -> Vec<String> {
        followers(self, roles)
    }

    /// Whose permissions the answers depend on besides a principal's own, by the rule that looks farthest.
    pub(crate) fn follows_roles(&self) -> Follows {
        self.prepared.iter().map(Prepared::follows_roles).max().unwrap_or(Follows::Nobody)
    }

    /// The roles whose trust policies may let a principal in by its name, or let anyone in: it needs no
    /// permission of its own for those.
    pub(crate) fn roles_that_name(&self, principal: &Principal) -> Vec<RoleTarget> {
        let roles = self.roles();
        self.named.get_or_init(|| Named::by(roles)).of(principal).map(|index| roles[index].clone()).collect()
    }

    /// What every rule says of a principal, in the rulebook's order.
    pub fn principal(&self, principal: &Principal) -> Vec<Judged<'a>> {
        self.about(principal, |asked| {
            let rules = self.rulebook.rules.iter().zip(self.prepared.iter());
            let judged = rules.flat_map(|(rule, prepared)| {
                let facets = prepared.judge(rule, asked).into_iter();
                facets.map(move |(facet, judgement)| Judged { rule, facet, judgement })
            });
            judged.collect()
        })
    }

    /// Asks about one principal: what binds it is laid out once for all questions.
    pub fn about<R>(&self, principal: &Principal, ask: impl FnOnce(&Asked<'_, 'a>) -> R) -> R {
        let (asker, layers) = (self.asker(principal), self.inventory.layers(principal));
        let stack = asker.as_ref().map(|asker| Stack::new(asker, &layers));
        let class = asker.as_ref().ok().and_then(|asker| self.alike.class(principal, asker, &layers));
        let (asker, layers, stack, roles) = (&asker, &layers, &stack, OnceCell::new());
        ask(&Asked { evaluator: self, principal, asker, layers, stack, class, roles })
    }

    /// What every rule that is about accounts says of one, in the rulebook's order. The account's details need
    /// not be in the inventory, and tell no more than who can use what is left open.
    pub fn account(&self, account: &str) -> Vec<Judged<'a>> {
        let rules = self.rulebook.rules.iter().zip(self.prepared.iter());
        let judged = rules.flat_map(|(rule, prepared)| {
            let facets = prepared.judge_account(rule, self, account).into_iter().flatten();
            facets.map(move |(facet, judgement)| Judged { rule, facet, judgement })
        });
        judged.collect()
    }

    /// What one rule says of an account, facet by facet; `None`: there is no such rule, or it is about
    /// principals alone.
    pub fn account_by(&self, rule_id: &str, account: &str) -> Option<Facets> {
        let (rule, prepared) = self.rule(rule_id)?;
        prepared.judge_account(rule, self, account)
    }

    /// The accounts that rules are about, sorted: the organization's members; if a rule is about VPC endpoints, every
    /// account; none, if no rule is about accounts.
    pub fn accounts(&self) -> Vec<String> {
        if self.asks_for_endpoints() {
            return self.inventory.all_accounts();
        }
        if self.asks_for_accounts() { self.inventory.member_accounts() } else { Vec::new() }
    }

    /// Whether some rule is about what goes through VPC endpoints.
    pub fn asks_for_endpoints(&self) -> bool {
        self.prepared.iter().any(|prepared| prepared.enforced().is_some_and(Enforced::is_of_endpoints))
    }

    /// Whether some rule is about accounts.
    pub fn asks_for_accounts(&self) -> bool {
        self.prepared.iter().any(|prepared| prepared.enforced().is_some())
    }

    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    pub(crate) fn rule(&self, id: &str) -> Option<(&'a Rule, &Prepared)> {
        let mut rules = self.rulebook.rules.iter().zip(self.prepared.iter());
        rules.find(|(rule, _)| rule.id == id)
    }

    /// What the persona of this id refers to, on this inventory.
    pub(crate) fn persona(&self, id: &str) -> Option<&Resolved> {
        let all = || {
            let personas = self.rulebook.personas();
            personas.map(|(rule, persona)| (rule.id.clone(), resolve(persona, self.inventory))).collect()
        };
        self.personas.get_or_init(all).get(id)
    }

    /// Whom the inventory's roles ask for which external id.
    pub(crate) fn external_ids(&self) -> &ExternalIds {
        self.external_ids.get_or_init(|| ExternalIds::of(self.inventory))
    }

    fn asker(&self, principal: &Principal) -> Result<Asker, String> {
        asker(self.inventory, principal, self.now).map_err(|error| error.to_string())
    }

    /// Every role; to collect those of a large organization takes a while, and few rules ask for them.
    fn roles(&self) -> &[RoleTarget] {
        self.roles.get_or_init(|| roles(self.inventory))
    }
}

/// Which roles a question is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Roles<'r> {
    /// All of the inventory.
    All,
    /// Some.
    These(&'r [RoleTarget]),
}

/// A witness found earlier, as findings keep it.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'e> {
    /// The action.
    pub action: &'e str,
    /// The resource.
    pub resource: &'e str,
    /// The keys of the request.
    pub context: &'e BTreeMap<String, Vec<String>>,
    /// The names of what was taken for granted.
    pub assumptions: &'e [String],
}

/// A principal and what binds it, ready to be asked about rules.
pub struct Asked<'s, 'a> {
    evaluator: &'s Evaluator<'a>,
    principal: &'s Principal,
    asker: &'s Result<Asker, String>,
    layers: &'s Layers,
    stack: &'s Result<Stack<'s>, &'s String>,
    class: Option<Class>,
    /// The roles whose trust policies may let it in; no other can be assumed. Read when a question first
    /// asks for them.
    roles: OnceCell<Vec<RoleTarget>>,
}

impl Asked<'_, '_> {
    /// Who is asked about.
    pub fn principal(&self) -> &Principal {
        self.principal
    }

    /// What binds it.
    pub(crate) fn layers(&self) -> &Layers {
        self.layers
    }

    /// The rulebook and the inventory.
    pub fn evaluator(&self) -> &Evaluator<'_> {
        self.evaluator
    }

    /// What one rule says, facet by facet as in [`Judged`]; `None`: there is no such rule.
    pub fn one(&self, rule_id: &str) -> Option<Facets> {
        let (rule, prepared) = self.evaluator.rule(rule_id)?;
        Some(prepared.judge(rule, self))
    }

    /// Whether a witness found earlier still violates a rule, decided anew rather than searched.
    /// `assumptions` are the names of those that it was found under: they are to hold as before.
    pub fn still_violates(&self, rule_id: &str, earlier: &Earlier<'_>) -> Option<Witness> {
        let (rule, prepared) = self.evaluator.rule(rule_id)?;
        prepared.still_violates(rule, self, earlier)
    }

    /// Asks about the principal under other layers than its own, and of the roles that it may assume.
    ///
    /// # Errors
    /// Why the principal cannot be asked about.
    pub(crate) fn under<R>(
        &self,
        layers: &Layers,
        roles: Roles<'_>,
        ask: impl FnOnce(&dyn Fn(&Policy) -> Answer) -> R,
    ) -> Result<R, String> {
        let asker = self.asker.as_ref().map_err(Clone::clone)?;
        let stack = Stack::new(asker, layers);
        Ok(ask(&|forbidden| {
            let question = self.question(forbidden);
            stack.prove(&match roles {
                Roles::All => question,
                Roles::These(roles) => Question { roles, ..question },
            })
        }))
    }

    /// Whether the principal can make any request of a region.
    ///
    /// # Errors
    /// Why the principal cannot be asked about.
    pub(crate) fn prove(&self, forbidden: &Policy) -> Result<Answer, String> {
        self.share(&self.question(forbidden))
    }

    /// The roles whose trust policies may let the principal in, by its name, its account's, or anyone's.
    pub(crate) fn roles(&self) -> &[RoleTarget] {
        self.roles.get_or_init(|| self.evaluator.roles_that_may_let_in(self.principal))
    }

    fn question<'q>(&'q self, forbidden: &'q Policy) -> Question<'q> {
        let roles = if asks_for_roles(forbidden) { self.roles() } else { &[] };
        Question { forbidden, roles, resources: &[], steps: self.evaluator.steps }
    }

    /// As [`Self::prove`], of assuming these roles alone.
    ///
    /// # Errors
    /// Why the principal cannot be asked about.
    pub(crate) fn prove_of(&self, forbidden: &Policy, roles: &[RoleTarget]) -> Result<Answer, String> {
        self.share(&Question { forbidden, roles, resources: &[], steps: self.evaluator.steps })
    }

    /// The answer to a question, of which others of the principal's class may have been asked before.
    fn share(&self, question: &Question<'_>) -> Result<Answer, String> {
        let asker = self.asker.as_ref().map_err(Clone::clone)?;
        let stack = self.stack.as_ref().map_err(|error| (*error).clone())?;
        let shared = match question.roles {
            [] => self.evaluator.alike.region(self.class, (self.principal, asker), question.forbidden),
            _ => Shared::Alone,
        };
        if let Shared::Impossible(assumptions) = shared {
            return Ok(Answer { verdict: Verdict::No, assumptions: assumptions.to_vec(), steps: 0 });
        }
        let answer = stack.prove(question);
        if matches!(answer.verdict, Verdict::No) {
            shared.proven(&answer.assumptions);
        }
        Ok(answer)
    }

    /// What is known of whether a policy that a persona needs is in effect, by its place.
    pub(crate) fn need(&self, place: (&str, usize, usize), policies: &[NamedPolicy]) -> Shared<'_> {
        let policies: Vec<Policy> = policies.iter().map(|named| named.policy.clone()).collect();
        self.evaluator.alike.need(self.class, place, &policies)
    }

    /// As [`Self::prove`], of a region of `sts:TagSession` alone: few roles can be assumed with tags.
    ///
    /// # Errors
    /// Why the principal cannot be asked about.
    pub(crate) fn prove_tag_session(&self, forbidden: &Policy) -> Result<Answer, String> {
        let evaluator = self.evaluator;
        let inventory = evaluator.inventory;
        let tagged = || roles_that(inventory, &may_pass_tags);
        let roles = evaluator.tagged.get_or_init(tagged);
        self.share(&Question { forbidden, roles, resources: &[], steps: evaluator.steps })
    }

    /// Whether somebody from outside can begin a session of a role by a request of a region.
    pub(crate) fn lets_in(&self, who: &Outsider, role: &RoleTarget, region: &Policy) -> Answer {
        lets_in(who, role, region, self.evaluator.steps)
    }

    /// Whether a request found earlier is authorized, and of a region. The principal is as it is now,
    /// whatever its organization was.
    pub(crate) fn recheck(&self, forbidden: &Policy, earlier: &Earlier<'_>) -> Option<Witness> {
        // At another moment it is another request.
        if earlier.context.keys().any(|key| is_time(key)) {
            return None;
        }
        let mut context = earlier.context.clone();
        context.retain(|key, _| !is_of_principal(key));
        let stack = self.stack.as_ref().ok()?;
        let tags_passed = Assumption::SessionTags.to_string();
        let tags_passed = earlier.assumptions.contains(&tags_passed);
        // A trust policy that no longer lets it in decides as well.
        let roles = if asks_for_roles(forbidden) { self.evaluator.roles() } else { &[] };
        let question = Question { forbidden, roles, resources: &[], steps: self.evaluator.steps };
        stack.recheck(&question, earlier.action, earlier.resource, &context, tags_passed)
    }
}
