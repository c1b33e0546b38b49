//! A part that the inventory lacks is unknown: nobody in it is gone for that.

use crate::events::{attach, delete, tag};
use crate::run::{SILENCE, on_each_store, run};
use crate::world::{ADMIN, PROD, TEST, account, alone, role};

fn with_finding(store: &mut dyn stanchion_findings::Store) {
    let inventory = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    assert_eq!(run(store, &inventory, &[attach("e1", "Deploy", ADMIN)]).len(), 1);
}

#[test]
fn an_account_without_details_resolves_nothing() {
    on_each_store(|store| {
        with_finding(store);
        assert_eq!(run(store, &alone(&[account(TEST)]), &[tag("e2", "Deploy")]), SILENCE);
    });
}

#[test]
fn a_missing_list_resolves_nothing() {
    on_each_store(|store| {
        with_finding(store);
        let inventory = alone(&[account(PROD).without("RoleDetailList")]);
        assert_eq!(run(store, &inventory, &[tag("e2", "Deploy")]), SILENCE);
    });
}

#[test]
fn a_truncated_list_resolves_nothing() {
    on_each_store(|store| {
        with_finding(store);
        assert_eq!(run(store, &alone(&[account(PROD).truncated()]), &[tag("e2", "Deploy")]), SILENCE);
    });
}

/// That a role is deleted is what the event itself says.
#[test]
fn a_deletion_resolves_even_so() {
    on_each_store(|store| {
        with_finding(store);
        let told = run(store, &alone(&[account(PROD).truncated()]), &[delete("e2", "Deploy")]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by e1"]);
    });
}
