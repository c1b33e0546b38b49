//! Rulebook -> violations: one file for each kind of rule.
//!
//! [`Evaluator`] holds a rulebook and an inventory, and says of each principal and rule whether the
//! rule holds, is violated (with a witness), or cannot be decided (with the reasons). [`lint`] says
//! what looks wrong with a rulebook itself.

mod alike;
mod asker;
pub mod bundle;
mod code;
mod evaluator;
mod examples;
mod explain;
mod glob;
mod judgement;
mod kinds;
mod mend;

mod lint;
mod named;
pub mod packs;
pub mod rulebook;
mod scope;

pub use asker::{asker, organization_of_resource, roles};
pub use code::Code;
pub use evaluator::{Asked, Earlier, Evaluator, Judged};
pub use examples::{Tried, try_examples};
pub use explain::{Does, Sessions, StatementExplained, TagExplained, explain};
pub use glob::matches as pattern_matches;
pub use judgement::{Evidence, Facets, Judgement};
pub use kinds::{Beyond, Described, Fit, beyond, describe, fit};
pub use lint::{lint, lint_with, lint_within};
pub use mend::Meant;
pub use rulebook::nearest;
pub use rulebook::{Rule, Rulebook, RulebookError, Severity};

/// The version of everything that can change a verdict, besides the rulebook and the catalogue:
/// raised when an answer of the engine may differ from what it was.
pub const ENGINE_VERSION: &str = "1";
