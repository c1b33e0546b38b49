//! Who is deleted has no findings any more, and a namesake is somebody else.

use serde_json::json;
use stanchion_inventory::Inventory;

use crate::events::{attach, create, delete, iam, tag};
use crate::run::{SILENCE, on_each_store, run};
use crate::world::{ADMIN, Entity, PROD, TEST, account, alone, role, user};

fn nobody() -> Inventory {
    alone(&[account(PROD)])
}

fn one(entity: &Entity) -> Inventory {
    alone(&[account(PROD).with(entity)])
}

#[test]
fn deleting_resolves() {
    on_each_store(|store| {
        run(store, &one(&role("Deploy").attach(ADMIN)), &[attach("e1", "Deploy", ADMIN)]);
        let told = run(store, &nobody(), &[delete("e2", "Deploy")]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by e1"]);
        assert_eq!(run(store, &nobody(), &[delete("e3", "Deploy")]), SILENCE);
    });
}

/// The event of a deletion has the name and not the path, and the inventory has neither any more.
#[test]
fn deleting_resolves_whatever_the_path_was() {
    let deploy = role("Deploy").path("/ci/eu/").attach(ADMIN);
    on_each_store(|store| {
        run(store, &one(&deploy), &[attach("e1", "Deploy", ADMIN)]);
        let told = run(store, &nobody(), &[delete("e2", "Deploy")]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/ci/eu/Deploy: seen on e2, caused by e1"]);
    });
}

#[test]
fn deleting_touches_no_other_principal_of_that_name() {
    let here = account(PROD).with(&role("Deploy").id("AROAEXAMPLE1").attach(ADMIN));
    let there = account(TEST).with(&role("Deploy").id("AROAEXAMPLE2").path("/ci/").attach(ADMIN));
    let all = here.clone().with(&user("Deploy").path("/ci/").attach(ADMIN));
    on_each_store(|store| {
        crate::run::first_look(store, &alone(&[all.clone(), there.clone()]));
        let left = account(PROD).with(&user("Deploy").path("/ci/").attach(ADMIN));
        let told = run(store, &alone(&[left, there.clone()]), &[delete("e1", "Deploy")]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e1, caused by -"]);
        assert_eq!(store.unresolved().expect("the store can be read").len(), 2);
    });
}

#[test]
fn a_namesake_is_another_subject() {
    let (old, new) = (role("Deploy").id("AROAEXAMPLEOLD"), role("Deploy").id("AROAEXAMPLENEW"));
    on_each_store(|store| {
        run(store, &one(&old.clone().attach(ADMIN)), &[attach("e1", "Deploy", ADMIN)]);
        let events = [
            delete("e2", "Deploy"),
            create("e3", "Deploy", "/", "AROAEXAMPLENEW"),
            attach("e4", "Deploy", ADMIN),
        ];
        let told = run(store, &one(&new.clone().attach(ADMIN)), &events);
        assert_eq!(
            told,
            [
                "resolved trails-stay 111122223333:role/Deploy: seen on e4, caused by e1",
                "opened trails-stay 111122223333:role/Deploy: seen on e4, caused by e4",
            ]
        );
        let arn = "arn:aws:iam::111122223333:role/Deploy";
        let findings = store.findings_of_principal(arn).expect("the store can be read");
        assert_eq!(findings.len(), 2, "one of each subject");
        assert_ne!(findings[0].fingerprint, findings[1].fingerprint);
    });
}

#[test]
fn a_clean_namesake_does_not_inherit_the_finding() {
    on_each_store(|store| {
        run(
            store,
            &one(&role("Deploy").id("AROAEXAMPLEOLD").attach(ADMIN)),
            &[attach("e1", "Deploy", ADMIN)],
        );
        let new = one(&role("Deploy").id("AROAEXAMPLENEW"));
        let told = run(store, &new, &[create("e2", "Deploy", "/", "AROAEXAMPLENEW")]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by e1"]);
        assert_eq!(store.unresolved().expect("the store can be read"), []);
    });
}

/// Names are unique in an account whatever their paths: the old one must be gone.
#[test]
fn a_namesake_under_another_path_ends_the_old_ones_findings() {
    on_each_store(|store| {
        let old = role("Deploy").id("AROAEXAMPLEOLD").path("/old/").attach(ADMIN);
        run(store, &one(&old), &[attach("e1", "Deploy", ADMIN)]);
        let new = one(&role("Deploy").id("AROAEXAMPLENEW").path("/new/"));
        let events = [delete("e2", "Deploy"), create("e3", "Deploy", "/new/", "AROAEXAMPLENEW")];
        let told = run(store, &new, &events);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/old/Deploy: seen on e3, caused by e1"]);
    });
}

/// A user keeps its id with a new name or path, so its finding stays open under the new ARN.
#[test]
fn a_renamed_user_keeps_its_finding() {
    let named = |name: &str| user(name).id("AIDAEXAMPLEONE").attach(ADMIN);
    on_each_store(|store| {
        crate::run::first_look(store, &one(&named("ana")));
        let renamed = iam("e1", "UpdateUser", json!({"userName": "ana", "newUserName": "anna"}));
        assert_eq!(run(store, &one(&named("anna")), &[renamed]), SILENCE);
        let open = store.unresolved().expect("the store can be read");
        let [finding] = open.as_slice() else { panic!("one finding, not {open:?}") };
        assert_eq!(finding.principal.as_deref(), Some("arn:aws:iam::111122223333:user/anna"));
    });
}

#[test]
fn an_event_about_somebody_unknown_tells_nothing() {
    on_each_store(|store| assert_eq!(run(store, &nobody(), &[tag("e1", "Deploy")]), SILENCE));
}
