//! `rulebook lint` and `rulebook schema`.

use std::fs;

use serde_json::json;

use crate::place::{Place, RULEBOOK, repository, stanchion_in};

#[test]
fn the_schema_in_the_repository_is_the_one_that_is_printed() {
    let printed = stanchion_in(&repository(), &["rulebook", "schema"], "");
    assert_eq!(printed.code, Some(0));
    let kept = fs::read_to_string(repository().join("rulebooks/schema.json")).expect("the schema");
    assert_eq!(printed.out, kept, "run `stanchion rulebook schema > rulebooks/schema.json`");
}

#[test]
fn our_own_rulebooks_are_clean() {
    let lint = |arguments: &[&str]| {
        let ran = stanchion_in(&repository(), &[&["rulebook", "lint"], arguments].concat(), "");
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), "0 errors, 0 warnings\n"), "{arguments:?}");
    };
    lint(&["rulebooks/baseline.yaml"]);
    lint(&["pack:third-party"]);
    lint(&["src/demo/rulebook.yaml"]);
    lint(&["src/demo/rulebook.yaml", "--inventory", "src/demo"]);
}

#[test]
fn warnings_are_shown_in_their_place_and_end_with_1() {
    let place = Place::violated();
    place.write("rulebook.yaml", RULEBOOK.replace("StopLogging", "StopLoging"));
    let ran = place.run(&["rulebook", "lint", "rulebook.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    insta::assert_snapshot!(ran.out, @r"
    unknown-action

      ⚠ rulebook.yaml:7:25: `cloudtrail:StopLoging` matches no action of the
      │ catalogue of 2026-10-27
       ╭─[rulebook.yaml:7:25]
     6 │     remedy: Deny it.
     7 │     forbid: [ { Action: cloudtrail:StopLoging } ]
       ·                         ─
       ╰────
      help: did you mean `cloudtrail:StopLogging`?

    0 errors, 1 warning
    ");
}

#[test]
fn errors_are_shown_alike_and_end_with_2() {
    let place = Place::violated();
    place.write("rulebook.yaml", RULEBOOK.replace("severity: critical", "severity: worst"));
    let ran = place.run(&["rulebook", "lint", "rulebook.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(2), ""));
    insta::assert_snapshot!(ran.out, @r"
    unknown-word

      × rulebook.yaml:5:15: `worst` is not a severity
       ╭─[rulebook.yaml:5:15]
     4 │     title: Nobody stops CloudTrail
     5 │     severity: worst
       ·               ─
     6 │     remedy: Deny it.
       ╰────
      help: expected one of `critical`, `high`, `medium`, `low`, `informational`

    1 error, 0 warnings
    ");
}

#[test]
fn an_inventory_tells_which_names_there_are() {
    let place = Place::violated();
    let except = "except: [ 'arn:aws:iam::*:role/Deploy' ]\n    forbid";
    place.write("rulebook.yaml", RULEBOOK.replace("forbid", except));
    let alone = place.run(&["rulebook", "lint", "rulebook.yaml"]);
    assert_eq!(alone.code, Some(0), "{}", alone.out);
    let arguments = ["rulebook", "lint", "rulebook.yaml", "--inventory", "inventory", "--format", "json"];
    let ran = place.run(&arguments);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.json(),
        json!({
            "schema_version": 1,
            "errors": 0,
            "warnings": 1,
            "problems": [{
                "file": "rulebook.yaml",
                "line": 7,
                "column": 15,
                "code": "unused-exemption",
                "severity": "warning",
                "message": "`arn:aws:iam::*:role/Deploy` fits nobody in the inventory",
                "help": "did you mean `arn:aws:iam::*:role/ci/Deploy`?",
            }],
        })
    );
}

#[test]
fn every_code_is_in_the_table_of_the_page() {
    let page = fs::read_to_string(repository().join("docs/RULEBOOK.md")).expect("the page");
    for code in stanchion_rules::Code::ALL {
        let kind = if code.is_warning() { "warning" } else { "error" };
        assert!(page.contains(&format!("| `{code}` | {kind} |")), "`{code}` is not described");
    }
}
