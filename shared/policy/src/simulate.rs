//! Requests as JSON lines, decisions as JSON lines: the format of `stanchion simulate`.
//! `docs/SIMULATE.md` describes both.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::decide::{Decision, Outcome, decide};
use crate::lines::{Raw, Reader, not_text};
use crate::request::{Context, Request};

/// Decides one line after the other; documents that repeat are parsed once.
#[derive(Default)]
pub struct Simulator(Reader);

/// A line, as it goes out.
#[derive(Serialize)]
struct Answer<'a> {
    id: Option<&'a RawValue>,
    decision: String,
    because: Vec<Because<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    unknowns: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct Because<'a> {
    layer: String,
    policy: &'a str,
    statement: Option<usize>,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It has a decision, or is indeterminate.
    Yes,
    /// It could not be read.
    Error,
}

impl Simulator {
    /// No documents yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides one line and writes the answer, as one line without its end, to `out`.
    ///
    /// # Errors
    /// Only those of writing; a line that cannot be read is answered with its error.
    pub fn line(&mut self, line: &str, out: &mut Vec<u8>) -> Result<Answered, serde_json::Error> {
        let mut id = None;
        let decision = self.decide(line, &mut id);
        let answer = match &decision {
            Ok(decision) => Answer {
                id,
                decision: decision.outcome.to_string(),
                because: decision
                    .because
                    .iter()
                    .map(|b| Because {
                        layer: b.layer.to_string(),
                        policy: &b.policy,
                        statement: b.statement,
                    })
                    .collect(),
                unknowns: if decision.outcome == Outcome::Indeterminate { &decision.unknowns } else { &[] },
                error: None,
            },
            Err(error) => Answer {
                id,
                decision: "error".to_owned(),
                because: Vec::new(),
                unknowns: &[],
                error: Some(error.clone()),
            },
        };
        serde_json::to_writer(&mut *out, &answer)?;
        Ok(if decision.is_ok() { Answered::Yes } else { Answered::Error })
    }

    fn decide<'a>(&mut self, text: &'a str, id: &mut Option<&'a RawValue>) -> Result<Decision, String> {
        let raw = Raw::parse(text, id)?;
        let line = self.0.read(&raw)?;
        let mut context = Context::new();
        for (key, values) in line.context {
            context.insert(key, values.ok_or_else(|| not_text(key))?);
        }
        let request = Request::new(line.caller, line.action, line.resource, line.resource_account, context)
            .map_err(|error| error.to_string())?;
        Ok(decide(&request, &line.layers))
    }
}
