//! Every event matters: each row of the table, by its sample, opens a finding and resolves it again; and
//! what an event by itself does to an inventory is what makes the difference.

#[path = "../../../changes/tests/common/cases.rs"]
mod cases;
#[path = "../../../changes/tests/common/mod.rs"]
mod fixture;
mod own_effect;
mod sample;
mod seen;
