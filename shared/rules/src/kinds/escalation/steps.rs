//! The steps from one principal to roles: it assumes them, or passes them to a service that then acts with
//! them for it.

use std::sync::LazyLock;

use stanchion_inventory::PrincipalKind;
use stanchion_policy::document::Effect;
use stanchion_policy::prove::{Answer, Assumption, RoleTarget, Verdict, Witness};
use stanchion_policy::{NamedPolicy, Policy};

use super::passing::{passable, unlisted};
use super::ways::{self, Way};
use crate::evaluator::Asked;
use crate::kinds::persona::{Actions, actions, statements};

/// A step to a role.
pub(super) struct Step {
    /// The role's ARN.
    pub(super) to: String,
    /// How it is come by, as "assumes".
    pub(super) how: String,
    /// The request; `None`: whether there is one is not known.
    pub(super) witness: Option<Box<Witness>>,
    /// What it takes for granted.
    pub(super) assumptions: Vec<Assumption>,
    /// Why it is not known; none: it is.
    pub(super) open: Vec<String>,
}

/// All steps from one principal: to each role that is proven to be in reach once, and the others.
#[derive(Default)]
pub(super) struct Steps {
    pub(super) sure: Vec<Step>,
    pub(super) open: Vec<Step>,
    /// Why there may be others.
    pub(super) unlisted: Option<String>,
}

impl Steps {
    fn add(&mut self, step: Step) {
        if self.sure.iter().any(|known| known.to == step.to) {
            return;
        }
        if step.open.is_empty() { &mut self.sure } else { &mut self.open }.push(step);
    }
}

static ASSUME: LazyLock<Policy> = LazyLock::new(|| actions(&["sts:AssumeRole"]));

/// The steps from the principal that is asked about.
///
/// # Errors
/// Why it cannot be asked about.
pub(super) fn steps(asked: &Asked<'_, '_>) -> Result<Steps, String> {
    let mut steps = Steps::default();
    if asked.principal().kind == PrincipalKind::Root {
        // Root users assume no roles (IAM User Guide, "Compare AWS STS credentials").
        return Ok(steps);
    }
    steps.unlisted = unlisted(asked).filter(|_| may_step(&asked.layers().identity));
    assumed(asked, &mut steps)?;
    for way in ways::ALL.iter() {
        passed(asked, way, &mut steps)?;
    }
    Ok(steps)
}

/// Whether some policies may allow to assume or to pass roles.
fn may_step(policies: &[NamedPolicy]) -> bool {
    let calls = ["sts:assumerole", "iam:passrole"];
    policies.iter().any(|named| named.policy.document().is_err())
        || statements(policies, Effect::Allow)
            .map(Actions::of)
            .any(|named| calls.iter().any(|call| named.has(call)))
}

/// The roles that it may assume. Most principals may assume none: all are asked about at once first.
fn assumed(asked: &Asked<'_, '_>, steps: &mut Steps) -> Result<(), String> {
    let roles = asked.roles();
    if roles.is_empty() || matches!(asked.prove_of(&ASSUME, roles)?.verdict, Verdict::No) {
        return Ok(());
    }
    for role in roles.iter().filter(|role| role.arn != asked.principal().arn) {
        let answer = asked.prove_of(&ASSUME, std::slice::from_ref::<RoleTarget>(role))?;
        add(answer, &role.arn, "assumes", &[], steps);
    }
    Ok(())
}

/// The roles that it may pass to a service, and have the service use.
fn passed(asked: &Asked<'_, '_>, way: &Way, steps: &mut Steps) -> Result<(), String> {
    let roles = passable(asked, way.service);
    let mut doubts = Vec::new();
    if roles.is_empty() {
        return Ok(());
    }
    for call in &way.calls {
        match asked.prove(call)?.verdict {
            Verdict::No => return Ok(()),
            Verdict::Yes(_) => {}
            Verdict::Indeterminate(reasons) => doubts.extend(reasons),
        }
    }
    let how = format!("passes to {}", way.service);
    for role in roles.iter().filter(|role| role.arn != asked.principal().arn) {
        let doubts: Vec<String> = doubts.iter().chain(&role.open).cloned().collect();
        add(asked.prove(&role.passing)?, &role.arn, &how, &doubts, steps);
    }
    Ok(())
}

fn add(answer: Answer, to: &str, how: &str, doubts: &[String], steps: &mut Steps) {
    let (witness, more) = match answer.verdict {
        Verdict::No => return,
        Verdict::Yes(witness) => (Some(witness), Vec::new()),
        Verdict::Indeterminate(reasons) => (None, reasons),
    };
    let open = doubts.iter().cloned().chain(more).collect();
    let (to, how) = (to.to_owned(), how.to_owned());
    steps.add(Step { to, how, witness, assumptions: answer.assumptions, open });
}
