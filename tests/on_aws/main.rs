//! The verbs that talk to AWS, on the organization and the hub that the end-to-end test leaves in an emulator.
//! `cargo xtask e2e` runs this after it.

mod least_privilege;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::Value;

/// The management account, in `tests/e2e`; in the emulator, an account's id is an access key of it.
const MANAGEMENT: &str = "111122223333";

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("`{name}` is not set: run `cargo xtask e2e`"))
}

/// Runs the program as the hub's account, and says its exit code and what it wrote.
fn stanchion(arguments: &[&str]) -> (Option<i32>, String) {
    stanchion_as(&hub(), arguments, "")
}

/// Runs the program as an account's root user, with a text on its standard input.
fn stanchion_as(account: &str, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stanchion"))
        .args(arguments)
        .env_clear()
        .envs([
            ("AWS_ENDPOINT_URL", variable("STANCHION_E2E_ENDPOINT").as_str()),
            ("AWS_ACCESS_KEY_ID", account),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("STANCHION_EXTERNAL_ID", "nobody-guesses-it"),
            ("LC_ALL", "C.UTF-8"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("its input");
    let input = input.to_owned();
    // It may write before it has read everything.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    // A verb that reads nothing closes its input.
    let _ = writer.join().expect("the writer ends");
    (output.status.code(), String::from_utf8(output.stdout).expect("text"))
}

/// The account that the hub is in.
fn hub() -> String {
    fs::read_to_string(scratch().join("hub.txt")).expect("there is a hub")
}

/// The folder of the run.
fn scratch() -> PathBuf {
    PathBuf::from(variable("STANCHION_E2E_SCRATCH"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of UTF-8")
}

/// An output of the hub's stack, as the end-to-end test noted it.
fn output(scratch: &Path, name: &str) -> String {
    let listed = fs::read_to_string(scratch.join("outputs.json")).expect("the stack's outputs");
    let listed: Vec<Value> = serde_json::from_str(&listed).expect("JSON");
    let found = listed.iter().find(|output| output["OutputKey"] == name).expect("such an output");
    found["OutputValue"].as_str().expect("text").to_owned()
}

/// The findings of a report, by fingerprint, with whom they are about and their state.
fn findings(report: &str) -> BTreeMap<String, (String, String)> {
    let report: Value = serde_json::from_str(report).unwrap_or_else(|error| panic!("{error}: {report}"));
    let field = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let each = report["findings"].as_array().expect("findings").iter();
    each.map(|finding| {
        let (account, state) = (field(finding, "account_id"), field(finding, "status"));
        (field(finding, "fingerprint"), (account, state))
    })
    .collect()
}

/// The audit roles let only the functions in, so of the accounts it is the own one that is read here.
#[test]
fn the_organization_and_the_own_account_are_collected_and_can_be_checked() {
    let scratch = scratch();
    let (inventory, rulebook) = (scratch.join("collected"), scratch.join("rulebook.yaml"));
    let out = text(&inventory);

    let (code, said) = stanchion_as(MANAGEMENT, &["collect", "--out", out, "--accounts", MANAGEMENT], "");
    assert_eq!(code, Some(0), "all of it is read: {said}");
    for file in ["organization.json".to_owned(), format!("accounts/{MANAGEMENT}.json")] {
        assert!(inventory.join(&file).exists(), "{file}: {said}");
    }
    let (_, checked) =
        stanchion(&["check", "--inventory", out, "--rulebook", text(&rulebook), "--format", "json"]);
    let of_own = |report: &str| -> BTreeMap<_, _> {
        findings(report).into_iter().filter(|(_, (account, _))| account == MANAGEMENT).collect()
    };
    let table = output(&scratch, "TableName");
    let (_, listed) = stanchion(&["findings", "list", "--table", &table, "--format", "json"]);
    assert_eq!(of_own(&listed), of_own(&checked), "the hub holds what a check finds");
}

#[test]
fn what_the_hub_holds_is_listed() {
    let table = output(&scratch(), "TableName");
    let (code, listed) = stanchion(&["findings", "list", "--table", &table, "--format", "json"]);
    assert_eq!(code, Some(1), "the scenarios leave violations");
    let listed = findings(&listed);
    assert!(!listed.is_empty() && listed.values().all(|(_, state)| state != "resolved"), "{listed:?}");

    let (code, page) = stanchion(&["findings", "list", "--table", &table]);
    assert_eq!(code, Some(1));
    let (account, _) = listed.values().next().expect("one");
    assert!(page.contains(account.as_str()), "{page}");

    // The same verbs as on a file.
    let store = format!("dynamodb:{table}");
    let (id, _) = listed.first_key_value().expect("one");
    let (_, page) = stanchion(&["findings", "show", id, "--store", &store]);
    assert!(page.contains(id), "{page}");
    let (code, past) = stanchion(&["findings", "history", id, "--store", &store]);
    assert_eq!(code, Some(0), "{past}");
    assert!(past.lines().count() >= 2, "its first line says what it is, the next what happened: {past}");
    let (code, all) = stanchion(&["findings", "export", "--store", &store, "--format", "json"]);
    assert_eq!(code, Some(0));
    let all: Vec<Value> = serde_json::from_str(&all).expect("findings");
    assert!(all.len() > listed.len() && all.iter().any(|finding| finding["state"] == "resolved"), "{all:?}");
}
