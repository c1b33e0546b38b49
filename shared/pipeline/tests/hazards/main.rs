//! The pipeline, one file for each way in which it could tell something that is not so.

mod attribution_by_undoing;
mod baseline_is_not_blamed;
mod coalesced_events;
mod crash_before_publishing;
mod deleted_and_recreated;
mod enforced;
mod events;
mod missing_is_not_deleted;
mod moved_out_of_scope;
mod old_witness;
mod organization_policies;
mod personas;
mod played;
mod resolved_when_taken_back;
mod rulebook_changes;
mod run;
mod second_run_is_silent;
mod session_tags;
mod through_groups_and_policies;
mod trust_of_others;
mod unreadable_is_not_clean;
mod whom_roles_let_in;
mod world;
