//! Policies and requests that nobody would write on purpose: a clear answer, and soon.

mod comparisons;
mod links;
mod nesting;
mod numbers;
mod repetition;
mod size;
mod strings;
mod truncation;

use stanchion_policy::prove::{Asker, Question, STEPS, Stack, Verdict};
use stanchion_policy::simulate::Simulator;
use stanchion_policy::{Caller, Context, Document, Layers, NamedPolicy, Policy};

/// Why a text is no policy.
fn refused(text: &str) -> String {
    Document::parse(text).expect_err("the policy should be refused").to_string()
}

/// What `simulate` answers to a request with this identity policy.
fn simulated(policy: &str) -> String {
    let request = r#""principal": "arn:aws:iam::111122223333:role/A", "action": "s3:GetObject""#;
    line(&format!(r#"{{{request}, "resource": "arn:aws:s3:::a/b", "identity": [{policy}]}}"#))
}

fn line(text: &str) -> String {
    let mut out = Vec::new();
    Simulator::new().line(text, &mut out).expect("an answer");
    String::from_utf8(out).expect("text")
}

/// Whether a role with this policy can read some object of S3.
fn proven(policy: &str) -> Verdict {
    let layers = Layers { identity: vec![NamedPolicy::new("p", Policy::parse(policy))], ..Layers::default() };
    let forbidden = serde_json::from_str(r#"{"Action": "s3:GetObject"}"#).expect("JSON");
    let forbidden = Policy::of(Document::forbidden(&[forbidden], "forbid").expect("a region"));
    let caller = Caller::parse("arn:aws:iam::111122223333:role/A").expect("a role");
    let asker = Asker { caller, unique_id: None, known: Context::new(), trust: None, now: None };
    let question = Question { forbidden: &forbidden, roles: &[], resources: &[], steps: STEPS };
    Stack::new(&asker, &layers).prove(&question).verdict
}

/// A policy of one statement with this condition value.
fn condition(operator: &str, value: &str) -> String {
    let statement = r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*""#;
    format!(r#"{{"Statement": {{{statement}, "Condition": {{"{operator}": {{"s3:max-keys": {value}}}}}}}}}"#)
}
