//! Rulebooks that nobody would write on purpose: a clear answer, and soon.

mod aliases;
mod control_characters;
mod nesting;
mod numbers;
mod repetition;
mod size;
mod truncation;

use stanchion_rules::{Rulebook, lint};

/// A rulebook that is fine.
const FINE: &str = "\
version: 1
guardrails:
  - id: a
    title: A
    severity: low
    scope: { accounts: [\"111122223333\"] }
    except: [\"arn:aws:iam::*:role/A\"]
    forbid:
      - Action: [s3:GetObject, s3:PutObject]
        Resource: '*'
        Condition: { StringEquals: { aws:RequestedRegion: eu-west-1 } }
";

/// What is said of a rulebook that must be refused; each line has its place. Linting says the same.
fn refused(text: &str) -> String {
    let error = Rulebook::parse(text, "r").expect_err("the rulebook should be refused");
    assert_eq!(lint(text, "r", None), error.problems());
    for problem in error.problems() {
        assert!(problem.line > 0 && problem.column > 0 && !problem.code.is_warning(), "{problem}");
    }
    error.to_string()
}
