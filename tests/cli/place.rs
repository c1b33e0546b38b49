//! A directory to run the program in.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// How the program ended and what it wrote.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out, self.err))
    }
}

/// Runs the program in a directory, with the same environment everywhere.
pub(crate) fn stanchion_in(directory: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stanchion"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that fails early does not read its input.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// A temporary directory with files in it.
pub(crate) struct Place(TempDir);

pub(crate) const RULEBOOK: &str = "\
version: 1
guardrails:
  - id: trails-stay
    title: Nobody stops CloudTrail
    severity: critical
    remedy: Deny it.
    forbid: [ { Action: cloudtrail:StopLogging } ]
";

/// Details of the account 111122223333: a role Deploy with one inline policy.
pub(crate) fn details(inline: &Value) -> String {
    let inline = json!([{"PolicyName": "own", "PolicyDocument": inline}]);
    role(json!({"RolePolicyList": inline})).to_string()
}

/// Details of the account 111122223333: a role Deploy with AdministratorAccess attached.
pub(crate) fn administrator() -> String {
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attached = json!([{"PolicyName": "AdministratorAccess", "PolicyArn": arn}]);
    let mut details = role(json!({"AttachedManagedPolicies": attached}));
    details["Policies"] = json!([{"Arn": arn, "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "Document": allow("*")}]}]);
    details.to_string()
}

fn role(more: Value) -> Value {
    let mut role = json!({
        "RoleName": "Deploy", "RoleId": "AROAEXAMPLEDEPLOY0001", "Path": "/ci/",
        "Arn": "arn:aws:iam::111122223333:role/ci/Deploy",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    });
    for (key, value) in more.as_object().expect("an object") {
        role[key] = value.clone();
    }
    json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []})
}

pub(crate) fn allow(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

impl Place {
    /// A directory with `rulebook.yaml`, and `inventory/accounts/111122223333.json` of this text.
    pub(crate) fn new(details: &str) -> Self {
        let place = Self(TempDir::new().expect("a temporary directory"));
        place.write("rulebook.yaml", RULEBOOK);
        place.write("inventory/accounts/111122223333.json", details);
        place
    }

    /// One where the role has `AdministratorAccess`, and `event.json`, the event that attached it.
    pub(crate) fn violated() -> Self {
        let place = Self::new(&administrator());
        place.write("event.json", attachment("e1").to_string());
        place
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// With this on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        stanchion_in(self.path(), arguments, input)
    }

    /// `check` of this directory's inventory by its rulebook.
    pub(crate) fn check(&self, more: &[&str]) -> Ran {
        self.run(&[&["check", "--inventory", "inventory", "--rulebook", "rulebook.yaml"], more].concat())
    }

    /// `react` to `event.json`.
    pub(crate) fn react(&self, more: &[&str]) -> Ran {
        self.react_to(&["event.json"], more, "")
    }

    pub(crate) fn react_to(&self, events: &[&str], more: &[&str], input: &str) -> Ran {
        let options = ["--inventory", "inventory", "--rulebook", "rulebook.yaml"];
        self.run_with(&[&["react"], events, &options, more].concat(), input)
    }
}

/// The event that attached `AdministratorAccess` to the role, as EventBridge delivers it.
pub(crate) fn attachment(id: &str) -> Value {
    json!({
        "source": "aws.iam",
        "detail-type": "AWS API Call via CloudTrail",
        "account": "111122223333",
        "detail": {
            "eventID": id,
            "eventName": "AttachRolePolicy",
            "eventSource": "iam.amazonaws.com",
            "eventTime": "2026-03-02T09:01:00Z",
            "eventType": "AwsApiCall",
            "readOnly": false,
            "recipientAccountId": "111122223333",
            "sourceIPAddress": "198.51.100.23",
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/dana"},
            "requestParameters": {
                "roleName": "Deploy", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
            "responseElements": null
        }
    })
}

/// Another call on the role, at another time.
pub(crate) fn call(id: &str, name: &str, time: &str, parameters: Value) -> Value {
    let mut event = attachment(id);
    event["detail"]["eventName"] = name.into();
    event["detail"]["eventTime"] = time.into();
    event["detail"]["requestParameters"] = parameters;
    event
}

/// `AttachRolePolicy` or `DetachRolePolicy` of `AdministratorAccess`.
pub(crate) fn administrators(id: &str, name: &str, time: &str) -> Value {
    let parameters = attachment(id)["detail"]["requestParameters"].clone();
    call(id, name, time, parameters)
}

/// Details of the account in which the role has nothing attached, and the policy is known.
pub(crate) fn before() -> String {
    let mut details: Value = serde_json::from_str(&administrator()).expect("JSON");
    details["RoleDetailList"][0]["AttachedManagedPolicies"] = json!([]);
    details.to_string()
}

/// A text, compressed.
pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text).expect("memory");
    out.finish().expect("memory")
}

/// The name of a log file that was delivered at a time, as `20260309T0915Z`.
pub(crate) fn log(delivered: &str, mark: &str) -> String {
    let day = format!("{}/{}/{}", &delivered[..4], &delivered[4..6], &delivered[6..8]);
    let file = format!("111122223333_CloudTrail_us-east-1_{delivered}_{mark}.json.gz");
    format!("logs/AWSLogs/o-exampleorg1/111122223333/CloudTrail/us-east-1/{day}/{file}")
}

impl Place {
    /// Writes a log file with these events.
    pub(crate) fn log(&self, delivered: &str, mark: &str, events: &[Value]) {
        let records: Vec<&Value> = events.iter().map(|event| &event["detail"]).collect();
        self.write(&log(delivered, mark), gzip(json!({"Records": records}).to_string().as_bytes()));
    }

    /// `replay` of `logs`.
    pub(crate) fn replay(&self, more: &[&str]) -> Ran {
        let options = ["logs", "--inventory", "inventory", "--rulebook", "rulebook.yaml"];
        self.run(&[&["replay"], &options[..], more].concat())
    }
}
