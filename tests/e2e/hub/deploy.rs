//! The hub and its part in the other accounts, deployed by SAM.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::organization::Names;
use crate::world::{AUDIT_NAME, AUDIT_PATH, EXTERNAL_ID, MANAGEMENT, Place};

/// The stack's name.
pub(crate) const STACK: &str = "stanchion";

/// The deployed stack's outputs.
pub(crate) struct Stack(BTreeMap<String, String>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    output_key: String,
    output_value: String,
}

impl Stack {
    /// An output.
    pub(crate) fn output(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("the stack has no output `{name}`"))
    }
}

/// Deploys what was built, with the demo's rulebook; `more` are parameters besides, or instead.
pub(crate) fn deploy(place: &Place, names: &Names, more: &[(&str, &str)]) -> Stack {
    let rulebook = fs::read_to_string(place.root.join("src/demo/rulebook.yaml")).expect("the rulebook");
    let file = place.scratch.join("rulebook.yaml");
    fs::write(&file, names.translate(&rulebook)).expect("written");
    let mut parameters = BTreeMap::from([
        ("AuditRolePath", AUDIT_PATH.to_owned()),
        ("AuditRoleName", AUDIT_NAME.to_owned()),
        ("ExternalId", EXTERNAL_ID.to_owned()),
        ("OrganizationAccount", MANAGEMENT.to_owned()),
        ("OrganizationId", names.of("o-exampleorg1").to_owned()),
        // The emulator runs functions as they are, without /opt.
        ("Rulebook", file.display().to_string()),
        ("SettleSeconds", "0".to_owned()),
        ("SecondLookSeconds", "2".to_owned()),
        ("Attempts", "3".to_owned()),
        ("SweepSchedule", "rate(1 minute)".to_owned()), // the shortest that there is
        ("VerifyMinutes", "1".to_owned()),
        ("RulebookSeconds", "4".to_owned()),
        ("WatchResourcePolicies", "true".to_owned()),
        ("GatherSeconds", "10".to_owned()),
        ("AlertsPerHour", "1000".to_owned()),
    ]);
    parameters.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let mut command = sam(
        place,
        &place.hub(),
        &["deploy", "--stack-name", STACK, "--resolve-s3", "--no-confirm-changeset"],
    );
    command.arg("--template-file").arg(place.built.join("template.yaml"));
    command.args([
        "--capabilities",
        "CAPABILITY_NAMED_IAM",
        "CAPABILITY_AUTO_EXPAND",
        "--parameter-overrides",
    ]);
    // Values may have spaces.
    command.args(parameters.iter().map(|(name, value)| format!("{name}=\"{value}\"")));
    output(command);
    let listed =
        sam(place, &place.hub(), &["list", "stack-outputs", "--stack-name", STACK, "--output", "json"]);
    let listed = output(listed);
    // For whoever looks at the stack afterwards.
    fs::write(place.scratch.join("outputs.json"), &listed).expect("written");
    let outputs: Vec<Output> = serde_json::from_str(&listed).expect("the stack's outputs");
    Stack(outputs.into_iter().map(|output| (output.output_key, output.output_value)).collect())
}

/// Deploys the template for members to one.
pub(crate) fn deploy_member(place: &Place, account: &str) {
    let deploy = ["deploy", "--stack-name", "stanchion-member", "--no-confirm-changeset"];
    let mut command = sam(place, account, &deploy);
    command.arg("--template-file").arg(place.root.join("member.yaml"));
    command.args(["--capabilities", "CAPABILITY_NAMED_IAM", "--parameter-overrides"]);
    let hub = place.hub();
    let parameters = [
        ("HubAccount", hub.as_str()),
        ("ReadOrganization", if account == MANAGEMENT { "true" } else { "false" }),
        ("HubStack", STACK),
        ("AuditRolePath", AUDIT_PATH),
        ("AuditRoleName", AUDIT_NAME),
        ("ExternalId", EXTERNAL_ID),
        ("WatchResourcePolicies", "true"),
    ];
    command.args(parameters.map(|(name, value)| format!("{name}=\"{value}\"")));
    output(command);
}

/// A template as CloudFormation has it, SAM's resources made plain.
pub(crate) fn processed(place: &Place, account: &str, stack: &str) -> Value {
    serde_json::from_str(&python(place, account, &["processed", stack])).expect("the template")
}

/// Calls a function of the hub's account, and waits until it is done.
pub(crate) fn invoke(place: &Place, function: &str, event: &Value) {
    python(place, &place.hub(), &["invoke", function, &event.to_string()]);
}

/// Deletes a stack, and waits until it is gone.
pub(crate) fn delete(place: &Place, account: &str, stack: &str) {
    python(place, account, &["delete", stack]);
}

/// Gives a function variables besides those that it has; its processes end, whatever they are at.
pub(crate) fn set(place: &Place, function: &str, variables: &[String]) {
    let arguments: Vec<&str> =
        ["set", function].into_iter().chain(variables.iter().map(String::as_str)).collect();
    python(place, &place.hub(), &arguments);
}

/// What SAM's command line does not say, by the libraries that it brings.
fn python(place: &Place, account: &str, arguments: &[&str]) -> String {
    let program = place.sam.with_file_name("python");
    let mut command = as_root(place, account, Command::new(program));
    command.arg(place.root.join("tests/e2e/hub/sam.py")).args(arguments);
    output(command)
}

/// The SAM command line, as the root user of an account.
fn sam(place: &Place, account: &str, arguments: &[&str]) -> Command {
    let mut command = as_root(place, account, Command::new(&place.sam));
    command.args(arguments);
    command
}

fn as_root(place: &Place, account: &str, mut command: Command) -> Command {
    command.current_dir(&place.scratch);
    // Nothing of the person who runs it: neither a profile nor a proxy's certificates.
    command.env_remove("AWS_PROFILE").env_remove("AWS_CA_BUNDLE").env_remove("AWS_SESSION_TOKEN");
    command.envs([
        ("AWS_ENDPOINT_URL", place.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", account),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("SAM_CLI_TELEMETRY", "0"),
    ]);
    command
}

fn output(mut command: Command) -> String {
    let done = command.output().expect("sam starts");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {}\n{said}\n{errors}", done.status);
    said
}
