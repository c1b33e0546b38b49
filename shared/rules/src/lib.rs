//! Rulebook -> violations: one file for each kind of rule.

pub mod rulebook;
