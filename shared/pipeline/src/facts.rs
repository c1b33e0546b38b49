//! A rule's judgement of a principal as the facts of a finding.

use stanchion_findings::{Because, Digests, Facts, Observation, Subject, Witness};
use stanchion_inventory::Principal;
use stanchion_policy::catalogue;
use stanchion_policy::prove::{self, Assumption};
use stanchion_rules::{ENGINE_VERSION, Guardrail, Judgement, Rulebook};

/// What kind of rule a guardrail is called in findings.
const GUARDRAIL: &str = "guardrail";

/// The subject that a principal's findings are about: its unique id, so that one recreated under
/// the same name is another.
pub(crate) fn subject(principal: &Principal) -> Subject {
    Subject::principal(principal.unique_id.as_str())
}

/// What an evaluation is judged by.
pub(crate) fn digests(rulebook: &Rulebook) -> Digests {
    Digests {
        rulebook: rulebook.digest.clone(),
        catalogue: catalogue::VERSION.to_owned(),
        engine: ENGINE_VERSION.to_owned(),
    }
}

/// The facts of a finding that a rule and a principal make, before what was seen is filled in.
fn frame(rule: &Guardrail, principal: &Principal) -> Facts {
    Facts {
        rule_id: rule.id.clone(),
        rule_kind: GUARDRAIL.to_owned(),
        severity: rule.severity,
        title: rule.title.clone(),
        subject: subject(principal),
        facet: None,
        principal: Some(principal.arn.clone()),
        account_id: Some(principal.account.clone()),
        witness: None,
        assumptions: Vec::new(),
        because: Vec::new(),
        unknowns: Vec::new(),
    }
}

/// What a judgement observes.
pub(crate) fn facts(rule: &Guardrail, principal: &Principal, judgement: &Judgement) -> Observation {
    let frame = frame(rule, principal);
    match judgement {
        Judgement::OutOfScope | Judgement::Holds { .. } => Observation::Clean,
        Judgement::Violated { witness, assumptions } => {
            Observation::Violates(violated(frame, witness, names(assumptions)))
        }
        Judgement::Indeterminate { reasons, assumptions } => Observation::Indeterminate(Facts {
            unknowns: reasons.clone(),
            assumptions: names(assumptions),
            ..frame
        }),
    }
}

/// What is observed when a stored witness still violates: the same as before, but for what the rule
/// says today.
pub(crate) fn still(
    rule: &Guardrail,
    principal: &Principal,
    witness: &prove::Witness,
    assumptions: Vec<String>,
) -> Observation {
    Observation::Violates(violated(frame(rule, principal), witness, assumptions))
}

fn violated(frame: Facts, witness: &prove::Witness, assumptions: Vec<String>) -> Facts {
    let because = witness.decision.because.iter().map(|b| Because {
        layer: b.layer.to_string(),
        policy: b.policy.to_string(),
        statement: b.statement.and_then(|s| u32::try_from(s).ok()),
        sid: b.sid.as_deref().map(str::to_owned),
    });
    let mut because: Vec<Because> = because.collect();
    // A policy that is attached to several levels of the organization is named once.
    because.dedup();
    Facts {
        witness: Some(Witness {
            action: witness.action.clone(),
            resource: witness.resource.clone(),
            context: witness.context.clone(),
        }),
        assumptions,
        because,
        ..frame
    }
}

fn names(assumptions: &[Assumption]) -> Vec<String> {
    assumptions.iter().map(Assumption::to_string).collect()
}
