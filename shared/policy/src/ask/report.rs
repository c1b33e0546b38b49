//! An answer as programs read it. `docs/CAN.md` describes the fields.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Case;
use super::why::{Obstacle, Place, Said, Says, Why, why};
use crate::decide::{Because, LayerKind};
use crate::policy::Level;
use crate::prove::{Answer, Verdict, Witness};

/// An answer, with what made it so. A format that lasts.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `yes`, `no` or `indeterminate`.
    pub answer: &'static str,
    /// For `yes`: a request that is authorized, which [`crate::decide()`] has confirmed.
    pub witness: Option<Authorized>,
    /// For `yes`, the statements that allow; for `no`, what refuses.
    pub because: Vec<Reason>,
    /// For `no`: what would have to change, all of it.
    pub change: Vec<Reason>,
    /// For `indeterminate`: what would have to be known.
    pub unknowns: Vec<String>,
    /// What the answer takes for granted.
    pub assumptions: Vec<String>,
}

impl Report {
    /// Nothing is known, for this reason.
    pub fn unknown(reason: String) -> Self {
        Self { unknowns: vec![reason], ..Self::bare("indeterminate") }
    }

    /// An answer with nothing to say besides.
    pub(super) fn bare(answer: &'static str) -> Self {
        Self {
            answer,
            witness: None,
            because: Vec::new(),
            change: Vec::new(),
            unknowns: Vec::new(),
            assumptions: Vec::new(),
        }
    }
}

/// A concrete request.
#[derive(Clone, Debug, Serialize)]
pub struct Authorized {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// The context keys that matter.
    pub context: BTreeMap<String, Vec<String>>,
}

/// A statement, or the lack of one.
#[derive(Clone, Debug, Serialize)]
pub struct Reason {
    /// The layer, as `simulate` calls it.
    pub layer: String,
    /// Of SCPs and RCPs: the level.
    pub level: Option<String>,
    /// `allows`, `denies`, or `does-not-allow`.
    pub says: &'static str,
    /// The policy; where a layer does not allow, the level or the layer.
    pub policy: String,
    /// The statement, counted from 0; null where a layer does not allow.
    pub statement: Option<usize>,
    /// Its `Sid`.
    pub sid: Option<String>,
}

/// The report of an answer; a *no* is explained, which asks more questions.
pub fn report(case: &Case<'_>, answer: Answer) -> (Report, Option<Why>) {
    let assumptions = answer.assumptions.iter().map(ToString::to_string).collect();
    let mut report = Report { assumptions, ..Report::bare("no") };
    match answer.verdict {
        Verdict::Yes(witness) => {
            report.answer = "yes";
            report.because = allowed(&case.layers.scps, &witness.decision.because);
            let Witness { action, resource, context, .. } = *witness;
            report.witness = Some(Authorized { action, resource, context });
            (report, None)
        }
        Verdict::Indeterminate(reasons) => {
            report.answer = "indeterminate";
            report.unknowns = reasons;
            (report, None)
        }
        Verdict::No => {
            let why = why(case);
            report.because = why.layers.iter().flat_map(refused).collect();
            report.change = why.change.iter().map(changed).collect();
            if report.because.is_empty() {
                // No layer refuses all by itself: together they do.
                report.because.clone_from(&report.change);
            }
            (report, Some(why))
        }
    }
}

/// The statements that allow, with the levels of SCPs: one for each level, in order.
pub(super) fn allowed(scps: &[Level], because: &[Because]) -> Vec<Reason> {
    let mut levels = scps.iter().map(|level| level.name.to_string());
    let reason = |because: &Because| Reason {
        layer: because.layer.to_string(),
        level: if because.layer == LayerKind::Scp { levels.next() } else { None },
        says: "allows",
        policy: because.policy.to_string(),
        statement: because.statement,
        sid: because.sid.as_deref().map(str::to_owned),
    };
    because.iter().map(reason).collect()
}

fn refused(said: &Said) -> Vec<Reason> {
    let of = |deny| changed(&Obstacle { layer: said.layer.clone(), deny });
    match &said.says {
        Says::Passes => Vec::new(),
        Says::AllowsNone => vec![of(None)],
        Says::Denies(denies) => denies.iter().map(|deny| of(Some(deny.clone()))).collect(),
    }
}

fn changed(obstacle: &Obstacle) -> Reason {
    let Obstacle { layer: Place { kind, level }, deny } = obstacle;
    let level = level.as_deref().map(str::to_owned);
    let layer = kind.to_string();
    match deny {
        Some(cited) => Reason {
            says: "denies",
            policy: cited.policy.name.to_string(),
            statement: Some(cited.statement),
            sid: cited.statement().and_then(|statement| statement.sid.clone()),
            layer,
            level,
        },
        None => Reason {
            says: "does-not-allow",
            policy: level.clone().unwrap_or_else(|| layer.clone()),
            statement: None,
            sid: None,
            layer,
            level,
        },
    }
}
