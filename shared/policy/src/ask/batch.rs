//! Questions as JSON lines, answers as JSON lines: `stanchion can --batch`. `docs/CAN.md` describes both.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Case, Owner, Report, Wanted, is_account, report};
use crate::decide::{Outcome, decide};
use crate::lines::{Line, Raw, Reader};
use crate::policy::{Layers, ResourcePolicy};
use crate::prove::{Asker, Given, Verdict};
use crate::request::{CallerKind, Context, Request};
use crate::simulate::Answered;

/// Answers one line after the other; documents that repeat are parsed once.
pub struct Batch {
    reader: Reader,
    now: Option<i128>,
    steps: u64,
}

/// A line, as it goes out.
#[derive(Serialize)]
struct Answer<'a> {
    id: Option<&'a RawValue>,
    answer: &'static str,
    witness: Option<report::Authorized>,
    because: Vec<report::Reason>,
    change: Vec<report::Reason>,
    unknowns: Vec<String>,
    assumptions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Keys that follow from a request's principal and resource, and so are never absent.
const DERIVED: [&str; 7] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:username",
    "aws:resourceaccount",
    "s3:resourceaccount",
];

impl Batch {
    /// No documents yet. `now`: the moment of requests whose context does not tell it, in nanoseconds
    /// since the epoch; `None`: any. `steps`: as of [`crate::prove::Question`].
    pub fn new(now: Option<i128>, steps: u64) -> Self {
        Self { reader: Reader::default(), now, steps }
    }

    /// Answers one line, and writes the answer, as one line without its end, to `out`.
    ///
    /// # Errors
    /// Only those of writing; a line that cannot be read is answered with its error.
    pub fn line(&mut self, line: &str, out: &mut Vec<u8>) -> Result<Answered, serde_json::Error> {
        let mut id = None;
        let (report, error) = match self.answer(line, &mut id) {
            Ok(report) => (report, None),
            Err(error) => (Report::bare("error"), Some(error)),
        };
        let answered = if error.is_some() { Answered::Error } else { Answered::Yes };
        let Report { answer, witness, because, change, unknowns, assumptions } = report;
        let answer = Answer { id, answer, witness, because, change, unknowns, assumptions, error };
        serde_json::to_writer(&mut *out, &answer)?;
        Ok(answered)
    }

    fn answer<'a>(&mut self, text: &'a str, id: &mut Option<&'a RawValue>) -> Result<Report, String> {
        let raw = Raw::parse(text, id)?;
        let line = self.reader.read(&raw)?;
        let wanted = Wanted::of(line.action, line.resource).map_err(|error| error.to_string())?;
        let given = given(&line)?;
        if !is_searched(&line.caller.kind) {
            return unsearched(&line, &wanted, &given);
        }
        let asker = self.asker(&line, &given);
        let Line { resource_account, layers, .. } = line;
        let mut case = Case::new(&wanted, &asker, layers, self.steps);
        case.given = given;
        match wanted.one_resource() {
            Some(arn) => {
                let of_arn = arn.split(':').nth(4).filter(|account| is_account(account));
                let account = resource_account.or(of_arn).unwrap_or(&asker.caller.account).to_owned();
                let (policy, rcps) = (Some(case.layers.resource.clone()), case.layers.rcps.clone());
                case = case.on(arn, Owner { account, policy, known: Context::new(), rcps });
            }
            None => {
                if matches!(case.layers.resource, ResourcePolicy::Known(_)) {
                    return Err("`resource_policy` needs one `resource`, not a pattern".to_owned());
                }
                if resource_account.is_some_and(|account| account != asker.caller.account) {
                    return Err("`resource_account` needs one `resource`, not a pattern".to_owned());
                }
                case.leave_out_others();
                if wanted.asks_for_roles() {
                    case.left_out.push("the trust policies of the roles, which are not given".to_owned());
                }
            }
        }
        let mut answer = case.answer();
        if let (Some(doubt), false) =
            (may_be_service_linked(&case.layers, &asker), matches!(answer.verdict, Verdict::Yes(_)))
        {
            // What is refused without them is refused.
            case.unbind();
            answer = case.answer();
            if !matches!(answer.verdict, Verdict::No) {
                answer.verdict = Verdict::Indeterminate(vec![doubt]);
            }
        }
        Ok(report(&case, answer).0)
    }

    fn asker(&self, line: &Line<'_>, given: &Given) -> Asker {
        let mut known = Context::new();
        if let Some(arn) = given.values.first("aws:principalarn") {
            known.insert("aws:PrincipalArn", vec![arn.to_owned()]);
        }
        let id = given.values.first("aws:userid").and_then(|id| id.split(':').next());
        // Where the key is absent, no name is its value.
        let id = id.or(given.absent.contains("aws:userid").then_some(""));
        let times = ["aws:currenttime", "aws:epochtime"];
        let now = self.now.filter(|_| !times.iter().any(|key| given.values.first(key).is_some()));
        Asker { caller: line.caller.clone(), unique_id: id.map(str::to_owned), known, trust: None, now }
    }
}

/// What the context says: null is absent, and what is not there is free.
fn given(line: &Line<'_>) -> Result<Given, String> {
    let root = line.caller.kind == CallerKind::Root;
    let mut given = Given { open: true, ..Given::default() };
    for (key, values) in &line.context {
        let lower = key.to_ascii_lowercase();
        match values {
            Some(values) => given.values.insert(key, values.clone()),
            None if DERIVED.contains(&lower.as_str()) || lower == "aws:userid" && root => {
                return Err(format!(
                    "`{key}` follows from the principal and the resource: it is never absent"
                ));
            }
            None => {
                given.absent.insert(lower);
            }
        }
    }
    let both = given.absent.iter().find(|key| given.values.get(key).is_some());
    match both {
        Some(key) => Err(format!("context key `{key}` is given twice")),
        None => Ok(given),
    }
}

fn is_searched(kind: &CallerKind) -> bool {
    matches!(
        kind,
        CallerKind::User { .. } | CallerKind::Role { .. } | CallerKind::Session { .. } | CallerKind::Root
    )
}

/// The requests of other principals are not searched: the one in which no other key is there is decided.
fn unsearched(line: &Line<'_>, wanted: &Wanted, given: &Given) -> Result<Report, String> {
    let mut report = Report::unknown("what else is in the requests of such a principal".to_owned());
    let Ok(request) = Request::new(
        line.caller.clone(),
        wanted.action(),
        wanted.resource(),
        line.resource_account,
        given.values.clone(),
    ) else {
        return Ok(report);
    };
    let decision = decide(&request, &line.layers);
    if decision.outcome == Outcome::Allow && wanted.one_resource().is_some() {
        report.answer = "yes";
        report.unknowns.clear();
        let context = given.values.iter().map(|entry| (entry.key, entry.values)).collect();
        let (action, resource) = (request.action, request.resource);
        report.witness = Some(report::Authorized { action, resource, context });
        report.because = report::allowed(&line.layers.scps, &decision.because);
    }
    Ok(report)
}

/// Why it is not known whether SCPs and RCPs bind a session: its ARN has no path, and the path alone
/// makes a role service-linked.
fn may_be_service_linked(layers: &Layers, asker: &Asker) -> Option<String> {
    let known = asker.known.first("aws:principalarn").is_some_and(|arn| arn.matches('/').count() > 1);
    let bound = !(layers.scps.is_empty() && layers.rcps.is_empty());
    match &asker.caller.kind {
        CallerKind::Session { role, .. } if bound && !known && role.starts_with("AWSServiceRoleFor") => {
            Some(format!("principal: whether the role `{role}` is service-linked"))
        }
        _ => None,
    }
}
