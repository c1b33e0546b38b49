//! A rule's judgement of a principal as the facts of a finding.

use stanchion_findings::{Because, Digests, Facts, Finding, Observation, Subject, Witness};
use stanchion_inventory::Principal;
use stanchion_policy::catalogue;
use stanchion_policy::prove::{self, Assumption};
use stanchion_rules::{ENGINE_VERSION, Evidence, Facets, Judgement, Rule, Rulebook};

/// The subject that a principal's findings are about: its unique id, so that one recreated under
/// the same name is another.
pub fn subject(principal: &Principal) -> Subject {
    Subject::principal(principal.unique_id.as_str())
}

/// What an evaluation is judged by.
pub fn digests(rulebook: &Rulebook) -> Digests {
    Digests {
        rulebook: rulebook.digest.clone(),
        catalogue: catalogue::VERSION.to_owned(),
        engine: ENGINE_VERSION.to_owned(),
    }
}

/// Who or what is judged.
#[derive(Clone, Copy)]
pub(crate) enum Who<'a> {
    Principal(&'a Principal),
    /// By its id.
    Account(&'a str),
}

impl Who<'_> {
    pub(crate) fn subject(self) -> Subject {
        match self {
            Self::Principal(principal) => subject(principal),
            Self::Account(id) => Subject::account(id),
        }
    }

    pub(crate) fn arn(self) -> Option<String> {
        match self {
            Self::Principal(principal) => Some(principal.arn.clone()),
            Self::Account(_) => None,
        }
    }

    fn account(self) -> String {
        match self {
            Self::Principal(principal) => principal.account.clone(),
            Self::Account(id) => id.to_owned(),
        }
    }
}

/// The facts of a finding that a rule and whoever it judges make, before what was seen is filled in.
fn frame(rule: &Rule, facet: Option<&str>, who: Who<'_>) -> Facts {
    Facts {
        rule_id: rule.id.clone(),
        rule_kind: rule.kind.name().to_owned(),
        severity: rule.severity,
        title: rule.title.clone(),
        subject: who.subject(),
        facet: facet.map(str::to_owned),
        principal: who.arn(),
        account_id: Some(who.account()),
        detail: None,
        remedy: rule.remedy.clone(),
        witness: None,
        assumptions: Vec::new(),
        because: Vec::new(),
        unknowns: Vec::new(),
    }
}

/// What a judgement observes.
pub(crate) fn facts(rule: &Rule, facet: Option<&str>, who: Who<'_>, judgement: &Judgement) -> Observation {
    let frame = frame(rule, facet, who);
    match judgement {
        Judgement::OutOfScope | Judgement::Holds { .. } => Observation::Clean,
        Judgement::Violated { evidence: Evidence::Witness(witness, detail), assumptions } => {
            let frame = Facts { detail: detail.clone(), ..frame };
            Observation::Violates(violated(frame, witness, names(assumptions)))
        }
        Judgement::Violated { evidence: Evidence::Fact(detail), assumptions } => {
            let detail = Some(detail.clone());
            Observation::Violates(Facts { detail, assumptions: names(assumptions), ..frame })
        }
        Judgement::Indeterminate { reasons, assumptions } => Observation::Indeterminate(Facts {
            unknowns: reasons.clone(),
            assumptions: names(assumptions),
            ..frame
        }),
    }
}

/// What a rule says of one facet; of one that it does not name, what it says of all. `None`: nothing is
/// wrong with it, whatever else is.
pub(crate) fn observed<'f>(facets: &'f Facets, facet: Option<&str>) -> Option<&'f Judgement> {
    let of = |facet| facets.iter().find(|(own, _)| own.as_deref() == facet).map(|(_, judgement)| judgement);
    of(facet).or_else(|| of(None))
}

/// What is observed when a stored witness still violates: the same as before, but for what the rule
/// says today.
pub(crate) fn still(rule: &Rule, who: Who<'_>, finding: &Finding, witness: &prove::Witness) -> Observation {
    let frame = frame(rule, finding.facet.as_deref(), who);
    let frame = Facts { detail: finding.detail.clone(), ..frame };
    Observation::Violates(violated(frame, witness, finding.assumptions.clone()))
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
