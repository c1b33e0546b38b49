//! Nothing that stands in a file steers the terminal: names and titles cannot colour, move, hide or
//! turn around what is written, nor write lines of their own. Our own styles stay.

use std::process::Command;

use serde_json::json;

use crate::place::{Place, RULEBOOK, allow, attachment};

/// A name that clears the screen, sets the window's title, turns the text around and breaks the line.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{7f}\u{202e}\u{2067}\u{2028}\r\nRESOLVED";

/// Runs the program as on a terminal with colours.
fn coloured(place: &Place, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_stanchion"))
        .args(arguments)
        .current_dir(place.path())
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .env("CLICOLOR_FORCE", "1")
        .env("FORCE_COLOR", "1")
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The text without the styles that we write, each of which is `ESC [ digits m`.
fn unstyled(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        match after.split_once('m') {
            Some((code, after)) if code.chars().all(|c| c.is_ascii_digit() || c == ';') => rest = after,
            _ => panic!("not a style: {:?}", &after[..after.len().min(20)]),
        }
    }
    plain + rest
}

#[track_caller]
fn assert_steers_nothing(text: &str) {
    let plain = unstyled(text);
    let steering = plain.chars().find(|c| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    assert_eq!(steering, None, "{plain}");
    assert!(!plain.lines().any(|line| line.starts_with("RESOLVED")), "{plain}");
}

/// A role of a hostile name that breaks a rule of a hostile title.
fn hostile() -> Place {
    let details = json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
        "RoleName": format!("Deploy{HOSTILE}"), "RoleId": format!("AROA{HOSTILE}"), "Path": "/",
        "Arn": format!("arn:aws:iam::111122223333:role/Deploy{HOSTILE}"),
        "GroupList": [HOSTILE],
        "AttachedManagedPolicies": [{"PolicyArn": format!("arn:aws:iam::111122223333:policy/{HOSTILE}")}],
        "RolePolicyList": [{"PolicyName": format!("own{HOSTILE}"), "PolicyDocument": allow("cloudtrail:*")}],
        "AssumeRolePolicyDocument": "no document"}]});
    let place = Place::new(&details.to_string());
    place.write(
        "inventory/organization.json",
        json!({"Organization": {"Id": HOSTILE, "MasterAccountId": HOSTILE},
            "Roots": [{"Id": "r-ab12", "Name": HOSTILE, "PolicyTypes": []}],
            "OrganizationalUnits": [{"Id": format!("ou-{HOSTILE}"), "Name": HOSTILE, "ParentId": "r-ab12"}],
            "Accounts": [{"Id": "111122223333", "Name": HOSTILE, "Status": HOSTILE, "ParentId": "r-ab12"}],
            "Policies": []})
        .to_string(),
    );
    place.write(
        "rulebook.yaml",
        RULEBOOK
            .replace("Nobody stops CloudTrail", r#""Nobody \e[31mstops\u202e CloudTrail""#)
            .replace("remedy: Deny it.", r#"remedy: "Deny \e[2J it.""#),
    );
    place
}

#[test]
fn of_the_findings_of_a_check() {
    let place = hostile();
    let (_, out, err) =
        coloured(&place, &["check", "--inventory", "inventory", "--rulebook", "rulebook.yaml"]);
    assert!(out.contains("\u{1b}["), "styles are still there: {out}{err}");
    assert!(out.contains(r"role/Deploy\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{7f}\u{202e}"), "{out}");
    assert!(out.contains(r"Nobody \u{1b}[31mstops\u{202e} CloudTrail"), "{out}");
    assert_steers_nothing(&out);
    assert_steers_nothing(&err);
}

#[test]
fn of_events() {
    let place = hostile();
    let mut event = attachment("e1");
    event["detail"]["userIdentity"]["arn"] = json!(HOSTILE);
    event["detail"]["eventName"] = json!(format!("Attach{HOSTILE}"));
    place.write("event.json", event.to_string());
    let arguments = ["react", "event.json", "--inventory", "inventory", "--rulebook", "rulebook.yaml"];
    let (_, out, err) = coloured(&place, &arguments);
    assert!(out.contains(r"Attach\u{1b}[2J"), "{out}{err}");
    assert_steers_nothing(&out);
    assert_steers_nothing(&err);
}

#[test]
fn of_an_inventory() {
    let place = hostile();
    for more in [&[][..], &["--account", "111122223333"]] {
        let (_, out, err) =
            coloured(&place, &[&["inventory", "show", "--inventory", "inventory"], more].concat());
        assert!(out.contains(r"\u{1b}[2J"), "{out}{err}");
        assert_steers_nothing(&out);
        assert_steers_nothing(&err);
    }
}

#[test]
fn of_errors_that_quote_contents() {
    let place = Place::new(&json!({"UserDetailList": HOSTILE}).to_string());
    let (code, _, err) = coloured(&place, &["inventory", "show", "--inventory", "inventory"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("expected a list"), "{err}");
    assert_steers_nothing(&err);

    let place = Place::new(&json!({format!("a{HOSTILE}"): 1}).to_string().replacen(
        '{',
        "{\"\\u001b[2J\": 1, \"\\u001b[2J\": 2,",
        1,
    ));
    let (code, _, err) = coloured(&place, &["inventory", "show", "--inventory", "inventory"]);
    assert_eq!(code, Some(2));
    assert!(err.contains(r"\u{1b}[2J"), "{err}");
    assert_steers_nothing(&err);
}

#[cfg(unix)]
#[test]
fn of_errors_that_name_files() {
    let place = Place::new("{}");
    place.write(&format!("inventory/accounts/a{}.json", HOSTILE.replace('/', "")), "{}");
    let (code, _, err) = coloured(&place, &["inventory", "show", "--inventory", "inventory"]);
    assert_eq!(code, Some(2));
    assert!(err.contains(r"a\u{1b}[2J"), "{err}");
    assert_steers_nothing(&err);
}

/// The excerpt of a rulebook keeps its columns.
#[test]
fn of_errors_that_show_a_source() {
    let place = Place::new("{}");
    place.write("rulebook.yaml", RULEBOOK.replace("severity: critical", "severty: \"a\u{202e}b\u{9b}c\""));
    let (code, _, err) =
        coloured(&place, &["check", "--inventory", "inventory", "--rulebook", "rulebook.yaml"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("severty"), "{err}");
    assert_steers_nothing(&err);
}

/// A program reads it, and JSON escapes what steers a program.
#[test]
fn json_tells_names_as_they_are() {
    let place = hostile();
    let ran = place.run(&["inventory", "show", "--inventory", "inventory", "--format", "json"]);
    assert_eq!(ran.json()["accounts"][0]["name"], HOSTILE);
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
}
