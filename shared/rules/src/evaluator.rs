//! Rules against principals, on one inventory.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use stanchion_inventory::{Inventory, Principal};
use stanchion_policy::prove::{
    Question, RoleTarget, STEPS, Verdict, Witness, asks_for_roles, prove, recheck,
};
use stanchion_policy::{Layers, Policy};

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
        let layers = self.inventory.layers(principal);
        self.rulebook
            .guardrails
            .iter()
            .zip(&self.forbidden)
            .map(|(rule, forbidden)| Judged {
                rule,
                judgement: self.judge(rule, forbidden, principal, &layers),
            })
            .collect()
    }

    /// One rule's judgement of a principal; `None`: there is no such rule.
    pub fn one(&self, rule_id: &str, principal: &Principal) -> Option<Judgement> {
        let (rule, forbidden) = self.rule(rule_id)?;
        Some(self.judge(rule, forbidden, principal, &self.inventory.layers(principal)))
    }

    /// Whether a witness found earlier still violates a rule, decided anew rather than searched.
    pub fn still_violates(
        &self,
        rule_id: &str,
        principal: &Principal,
        action: &str,
        resource: &str,
        context: &BTreeMap<String, Vec<String>>,
    ) -> Option<Witness> {
        let (rule, forbidden) = self.rule(rule_id)?;
        if !matches!(in_scope(rule, self.inventory, principal), InScope::Yes) {
            return None;
        }
        // At another moment it is another request.
        if context.keys().any(|key| is_time(key)) {
            return None;
        }
        let asker = asker(self.inventory, principal, self.now).ok()?;
        let layers = self.inventory.layers(principal);
        let question = self.question(&asker, &layers, forbidden);
        // The principal is as it is now, whatever its tags and its organization were.
        let mut context = context.clone();
        context.retain(|key, _| !is_of_principal(key));
        recheck(&question, action, resource, &context)
    }

    fn rule(&self, id: &str) -> Option<(&'a Guardrail, &Policy)> {
        let mut rules = self.rulebook.guardrails.iter().zip(&self.forbidden);
        rules.find(|(rule, _)| rule.id == id)
    }

    fn judge(
        &self,
        rule: &Guardrail,
        forbidden: &Policy,
        principal: &Principal,
        layers: &Layers,
    ) -> Judgement {
        let unknown = |reason| Judgement::Indeterminate { reasons: vec![reason], assumptions: Vec::new() };
        let in_scope = in_scope(rule, self.inventory, principal);
        if matches!(in_scope, InScope::No) {
            return Judgement::OutOfScope;
        }
        let asker = match asker(self.inventory, principal, self.now) {
            Ok(asker) => asker,
            Err(error) => return unknown(error.to_string()),
        };
        let answer = prove(&self.question(&asker, layers, forbidden));
        let assumptions = answer.assumptions;
        match (answer.verdict, in_scope) {
            (Verdict::No, _) => Judgement::Holds { assumptions },
            (_, InScope::Unknown(reason)) => unknown(reason),
            (Verdict::Yes(witness), _) => Judgement::Violated { witness, assumptions },
            (Verdict::Indeterminate(reasons), _) => Judgement::Indeterminate { reasons, assumptions },
        }
    }

    fn question<'q>(
        &'q self,
        asker: &'q stanchion_policy::prove::Asker,
        layers: &'q Layers,
        forbidden: &'q Policy,
    ) -> Question<'q> {
        // To collect the roles of a large organization takes a while, and few rules ask for them.
        let roles: &[RoleTarget] =
            if asks_for_roles(forbidden) { self.roles.get_or_init(|| roles(self.inventory)) } else { &[] };
        Question { asker, layers, forbidden, roles, steps: self.steps }
    }
}
