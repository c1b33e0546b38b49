//! Rules against principals, on one inventory.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use stanchion_inventory::{Inventory, Principal};
use stanchion_policy::Policy;
use stanchion_policy::prove::{Asker, Question, RoleTarget, STEPS, Stack, Verdict, Witness, asks_for_roles};

use crate::asker::{asker, is_of_principal, is_time, roles};
use crate::guardrail::{InScope, Judgement, in_scope};
use crate::rulebook::{Guardrail, Rulebook};

/// A rulebook and the inventory that it is held against.
pub struct Evaluator<'a> {
    rulebook: &'a Rulebook,
    /// The forbidden region of each guardrail, compiled once.
    forbidden: Vec<Policy>,
    inventory: &'a Inventory,
    now: Option<i128>,
    /// How many steps each question may take.
    steps: u64,
    /// Read when a question first asks for them.
    roles: OnceLock<Vec<RoleTarget>>,
}

/// One rule's judgement of one principal.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The rule.
    pub rule: &'a Guardrail,
    /// What is to be said.
    pub judgement: Judgement,
}

impl<'a> Evaluator<'a> {
    /// Prepares a rulebook. `now` is the moment that policies compare dates with, in nanoseconds
    /// since the epoch; `None`: any moment.
    pub fn new(rulebook: &'a Rulebook, inventory: &'a Inventory, now: Option<i128>) -> Self {
        let forbidden = rulebook.guardrails.iter().map(|g| Policy::of(g.forbid.clone())).collect();
        Self { rulebook, forbidden, inventory, now, steps: STEPS, roles: OnceLock::new() }
    }

    /// The same, with at most so many steps for each question.
    #[must_use]
    pub fn with_steps(self, steps: u64) -> Self {
        Self { steps, ..self }
    }

    /// The same rulebook, held against another inventory.
    pub fn on<'b>(&self, inventory: &'b Inventory) -> Evaluator<'b>
    where
        'a: 'b,
    {
        Evaluator {
            rulebook: self.rulebook,
            forbidden: self.forbidden.clone(),
            inventory,
            now: self.now,
            steps: self.steps,
            roles: OnceLock::new(),
        }
    }

    /// The rulebook.
    pub fn rulebook(&self) -> &'a Rulebook {
        self.rulebook
    }

    /// The inventory.
    pub fn inventory(&self) -> &'a Inventory {
        self.inventory
    }

    /// Whether some rule is about assuming roles: its answers depend on trust policies of roles.
    pub fn asks_for_roles(&self) -> bool {
        self.forbidden.iter().any(asks_for_roles)
    }

    /// Every rule's judgement of a principal, in the rulebook's order.
    pub fn principal(&self, principal: &Principal) -> Vec<Judged<'a>> {
        self.about(principal, |asked| {
            let rules = self.rulebook.guardrails.iter().zip(&self.forbidden);
            rules.map(|(rule, forbidden)| Judged { rule, judgement: asked.judge(rule, forbidden) }).collect()
        })
    }

    /// Asks about one principal: what binds it is laid out once for all questions.
    pub fn about<R>(&self, principal: &Principal, ask: impl FnOnce(&Asked<'_, 'a>) -> R) -> R {
        let (asker, layers) = (self.asker(principal), self.inventory.layers(principal));
        let stack = asker.as_ref().map(|asker| Stack::new(asker, &layers));
        ask(&Asked { evaluator: self, principal, stack: &stack })
    }

    fn rule(&self, id: &str) -> Option<(&'a Guardrail, &Policy)> {
        let mut rules = self.rulebook.guardrails.iter().zip(&self.forbidden);
        rules.find(|(rule, _)| rule.id == id)
    }

    fn asker(&self, principal: &Principal) -> Result<Asker, String> {
        asker(self.inventory, principal, self.now).map_err(|error| error.to_string())
    }

    fn question<'q>(&'q self, forbidden: &'q Policy) -> Question<'q> {
        // To collect the roles of a large organization takes a while, and few rules ask for them.
        let roles: &[RoleTarget] =
            if asks_for_roles(forbidden) { self.roles.get_or_init(|| roles(self.inventory)) } else { &[] };
        Question { forbidden, roles, resources: &[], steps: self.steps }
    }
}

/// A principal and what binds it, ready to be asked about rules.
pub struct Asked<'s, 'a> {
    evaluator: &'s Evaluator<'a>,
    principal: &'s Principal,
    stack: &'s Result<Stack<'s>, &'s String>,
}

impl Asked<'_, '_> {
    /// Who is asked about.
    pub fn principal(&self) -> &Principal {
        self.principal
    }

    /// The rulebook and the inventory.
    pub fn evaluator(&self) -> &Evaluator<'_> {
        self.evaluator
    }

    /// One rule's judgement; `None`: there is no such rule.
    pub fn one(&self, rule_id: &str) -> Option<Judgement> {
        let (rule, forbidden) = self.evaluator.rule(rule_id)?;
        Some(self.judge(rule, forbidden))
    }

    /// Whether a witness found earlier still violates a rule, decided anew rather than searched.
    pub fn still_violates(
        &self,
        rule_id: &str,
        action: &str,
        resource: &str,
        context: &BTreeMap<String, Vec<String>>,
    ) -> Option<Witness> {
        let (rule, forbidden) = self.evaluator.rule(rule_id)?;
        if !matches!(in_scope(rule, self.evaluator.inventory, self.principal), InScope::Yes) {
            return None;
        }
        // At another moment it is another request.
        if context.keys().any(|key| is_time(key)) {
            return None;
        }
        // The principal is as it is now, whatever its tags and its organization were.
        let mut context = context.clone();
        context.retain(|key, _| !is_of_principal(key));
        let stack = self.stack.as_ref().ok()?;
        stack.recheck(&self.evaluator.question(forbidden), action, resource, &context)
    }

    fn judge(&self, rule: &Guardrail, forbidden: &Policy) -> Judgement {
        let unknown = |reason| Judgement::Indeterminate { reasons: vec![reason], assumptions: Vec::new() };
        let in_scope = in_scope(rule, self.evaluator.inventory, self.principal);
        if matches!(in_scope, InScope::No) {
            return Judgement::OutOfScope;
        }
        let stack = match self.stack {
            Ok(stack) => stack,
            Err(error) => return unknown((*error).clone()),
        };
        let answer = stack.prove(&self.evaluator.question(forbidden));
        let assumptions = answer.assumptions;
        match (answer.verdict, in_scope) {
            (Verdict::No, _) => Judgement::Holds { assumptions },
            (_, InScope::Unknown(reason)) => unknown(reason),
            (Verdict::Yes(witness), _) => Judgement::Violated { witness, assumptions },
            (Verdict::Indeterminate(reasons), _) => Judgement::Indeterminate { reasons, assumptions },
        }
    }
}
