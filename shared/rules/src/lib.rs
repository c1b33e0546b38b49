//! Rulebook -> violations: one file for each kind of rule.
//!
//! [`Evaluator`] holds a rulebook and an inventory, and says of each principal and rule whether the
//! rule holds, is violated (with a witness), or cannot be decided (with the reasons). [`lint`] says
//! what looks wrong with a rulebook itself.

mod asker;
mod code;
mod evaluator;
mod guardrail;
mod lint;
pub mod rulebook;

pub use code::Code;
pub use evaluator::{Asked, Evaluator, Judged};
pub use guardrail::Judgement;
pub use lint::{lint, lint_within};
pub use rulebook::{Guardrail, Rulebook, RulebookError, Severity};

/// The version of everything that can change a verdict, besides the rulebook and the catalogue:
/// raised when an answer of the engine may differ from what it was.
pub const ENGINE_VERSION: &str = "1";
