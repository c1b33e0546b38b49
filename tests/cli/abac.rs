//! A sample organization whose projects are held apart by tags: it passes, and each pitfall in it is
//! found for what it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::place::{Ran, repository, stanchion_in};

const ACCOUNT: &str = "444455556666";

/// The sample, in a directory of its own so that it can be changed.
struct Sample {
    directory: TempDir,
    organization: Value,
    details: Value,
}

impl Sample {
    fn new() -> Self {
        let read = |name: &str| -> Value {
            let path = Self::home().join(name);
            serde_json::from_str(&fs::read_to_string(&path).expect("a file")).expect("JSON")
        };
        Self {
            directory: TempDir::new().expect("a temporary directory"),
            organization: read("organization.json"),
            details: read(&format!("accounts/{ACCOUNT}.json")),
        }
    }

    fn home() -> PathBuf {
        repository().join("tests/organizations/abac")
    }

    /// A role's details.
    fn role(&mut self, name: &str) -> &mut Value {
        let roles = self.details["RoleDetailList"].as_array_mut().expect("roles");
        roles.iter_mut().find(|role| role["RoleName"] == name).expect("the role")
    }

    /// Gives a role one more inline policy of one statement.
    fn allow(mut self, role: &str, statement: &Value) -> Self {
        let policy = json!({"PolicyName": "more", "PolicyDocument": document(statement)});
        self.role(role)["RolePolicyList"].as_array_mut().expect("a list").push(policy);
        self
    }

    fn tags(mut self, role: &str, tags: &[(&str, &str)]) -> Self {
        let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        self.role(role)["Tags"] = tags.into();
        self
    }

    fn trust(mut self, role: &str, statement: &Value) -> Self {
        self.role(role)["AssumeRolePolicyDocument"] = document(statement);
        self
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let directory = self.directory.path();
        let accounts = directory.join("accounts");
        fs::create_dir_all(&accounts).expect("a directory");
        fs::write(directory.join("organization.json"), self.organization.to_string()).expect("a file");
        fs::write(accounts.join(format!("{ACCOUNT}.json")), self.details.to_string()).expect("a file");
        let management = "accounts/111122223333.json";
        fs::copy(Self::home().join(management), directory.join(management)).expect("a copy");
        fs::copy(Self::home().join("rulebook.yaml"), directory.join("rulebook.yaml")).expect("a copy");
        let inventory = ["--inventory", ".", "--rulebook", "rulebook.yaml"];
        stanchion_in(directory, &[arguments, &inventory].concat(), "")
    }

    /// The findings of a check, one line each: principal, facet, and what the witness does or what the
    /// fact is.
    fn found(&self) -> Vec<String> {
        let report = self.run(&["check", "--format", "json"]).json();
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let line = |finding: &Value| {
            let principal = text(&finding["principal"]);
            let name = principal.rsplit('/').next().unwrap_or_default();
            let what = match finding["witness"]["action"].as_str() {
                Some(action) => action.to_owned(),
                None => text(&finding["detail"]),
            };
            format!("{} {name} {}: {what}", text(&finding["status"]), text(&finding["facet"]))
        };
        report["findings"].as_array().expect("a list").iter().map(line).collect()
    }
}

fn document(statement: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn allow(action: &Value, condition: &Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition})
}

#[test]
fn the_sample_passes_and_says_what_tags_cannot_hold_apart() {
    let ran = Sample::new().run(&["check", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
    let report = ran.json();
    assert_eq!(report["findings"], json!([]));
    let notes = &report["summary"]["notes"];
    assert_eq!(
        notes,
        &json!(["projects-stay-apart: no tag can hold these actions apart: secretsmanager:ListSecrets"])
    );
    let text = Sample::new().run(&["check"]).out;
    assert!(text.contains("note projects-stay-apart: no tag can hold"), "{text}");
}

#[test]
fn a_principal_without_the_tag_is_told_and_what_that_opens() {
    let sample = Sample::new().tags("atlas-eng", &[("team", "eng")]);
    assert_eq!(sample.found(), ["open atlas-eng tag:project: the tag `project` is missing"]);
    // What compares with `StringNotEquals` lets those in who have no tag.
    let another = json!({"StringNotEquals": {"aws:PrincipalTag/project": "borealis"}});
    let sample = sample.allow("atlas-eng", &allow(&json!("secretsmanager:PutSecretValue"), &another));
    assert_eq!(
        sample.found(),
        [
            "open atlas-eng tag:project: the tag `project` is missing",
            "open atlas-eng isolate:project: secretsmanager:PutSecretValue",
        ]
    );
}

#[test]
fn all_of_no_tag_keys_is_true() {
    let only = json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["project", "team"]}});
    let sample = Sample::new().allow("atlas-eng", &allow(&json!("secretsmanager:CreateSecret"), &only));
    assert_eq!(
        sample.found(),
        [
            "open atlas-eng isolate:project: secretsmanager:CreateSecret",
            "open atlas-eng immutable:resources: secretsmanager:CreateSecret",
        ]
    );
}

#[test]
fn a_set_operator_on_a_key_of_one_value_lets_what_has_no_tag_in() {
    let set =
        json!({"ForAllValues:StringEquals": {"aws:ResourceTag/project": "${aws:PrincipalTag/project}"}});
    let sample = Sample::new().allow("atlas-eng", &allow(&json!("secretsmanager:PutSecretValue"), &set));
    assert_eq!(sample.found(), ["open atlas-eng isolate:project: secretsmanager:PutSecretValue"]);
}

#[test]
fn whoever_changes_its_own_tags_or_those_of_others_crosses_the_boundary() {
    let on =
        |resource: &str, action: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let own = format!("arn:aws:iam::{ACCOUNT}:role/projects/atlas-eng");
    let cases = [
        (on(&own, "iam:TagRole"), vec!["open atlas-eng immutable:self: iam:TagRole"]),
        (on(&own, "iam:UntagRole"), vec!["open atlas-eng immutable:self: iam:UntagRole"]),
        (on("arn:aws:iam::*:user/*", "iam:TagUser"), vec!["open atlas-eng immutable:peers: iam:TagUser"]),
        (on("*", "iam:CreateRole"), vec!["open atlas-eng immutable:peers: iam:CreateRole"]),
        (
            on(&format!("arn:aws:iam::{ACCOUNT}:policy/ProjectAccess"), "iam:CreatePolicyVersion"),
            vec!["open atlas-eng immutable:policies: iam:CreatePolicyVersion"],
        ),
        (on("*", "iam:TagPolicy"), vec!["open atlas-eng immutable:policy-tags: iam:TagPolicy"]),
        (on("*", "ec2:CreateTags"), vec!["open atlas-eng immutable:resources: ec2:CreateTags"]),
    ];
    for (statement, expected) in cases {
        assert_eq!(Sample::new().allow("atlas-eng", &statement).found(), expected, "{statement}");
    }
}

#[test]
fn giving_what_one_has_oneself_changes_nothing() {
    let own = json!({"StringEquals": {"aws:RequestTag/project": "${aws:PrincipalTag/project}",
        "aws:RequestTag/team": "${aws:PrincipalTag/team}"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["project", "team"]}});
    let statement = allow(&json!(["ec2:CreateVolume", "iam:CreateRole"]), &own);
    assert_eq!(Sample::new().allow("atlas-eng", &statement).found(), Vec::<String>::new());
}

#[test]
fn a_role_that_is_assumed_with_tags_of_the_callers_choice_is_not_isolated() {
    let calls = json!(["sts:AssumeRole", "sts:TagSession"]);
    let root = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    let open = json!({"Effect": "Allow", "Principal": root, "Action": calls});
    let sample = Sample::new().trust("atlas-eng", &open);
    assert_eq!(
        sample.found(),
        [
            "open atlas-eng isolate:project: secretsmanager:CancelRotateSecret",
            "open atlas-eng immutable:resources: secretsmanager:CreateSecret",
            "open atlas-eng immutable:trust: secretsmanager:BatchGetSecretValue",
        ]
    );
    let fixed = json!({"Effect": "Allow", "Principal": root, "Action": calls, "Condition": {
        "StringEquals": {"aws:RequestTag/project": "atlas", "aws:RequestTag/team": "eng"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["project", "team"]}}});
    let sample = Sample::new().trust("atlas-eng", &fixed);
    assert_eq!(sample.found(), Vec::<String>::new(), "tags that the trust policy fixes open nothing");
    // Whoever may pass other tags is told of as well.
    let by_borealis = json!({"Effect": "Allow", "Action": calls,
        "Resource": format!("arn:aws:iam::{ACCOUNT}:role/projects/atlas-eng")});
    let sample = Sample::new().trust("atlas-eng", &open).allow("borealis-eng", &by_borealis);
    assert!(
        sample.found().contains(&"open borealis-eng immutable:session: sts:TagSession".to_owned()),
        "{:?}",
        sample.found()
    );
}

#[test]
fn spellings_and_values_are_those_of_the_tag_policies() {
    let sample = Sample::new()
        .tags("atlas-eng", &[("Project", "atlas"), ("team", "eng")])
        .tags("atlas-qas", &[("project", "Atlas"), ("team", "ops")])
        .tags("borealis-eng", &[("project", "data-7"), ("team", "eng")]);
    assert_eq!(
        sample.found(),
        [
            "open atlas-eng tag-policy:project: the tag `Project` should be spelled `project` by tag policy",
            "open atlas-qas tag:team: the tag `team` is `ops`: it should be `eng` or `qas`",
            "open atlas-qas tag-policy:project: the tag `project` is `Atlas`: by tag policy it should be `atlas` \
             or `borealis` or `data-*`",
        ]
    );
}

#[test]
fn a_statement_for_what_tags_do_not_reach_loses_the_boundary() {
    let statement = json!({"Effect": "Allow", "Action": "secretsmanager:Update*", "Resource": "*"});
    let sample = Sample::new().allow("borealis-qas", &statement);
    assert_eq!(sample.found(), ["open borealis-qas isolate:project: secretsmanager:UpdateSecret"]);
}

#[test]
fn tags_of_an_account_are_not_those_of_its_principals() {
    let mut sample = Sample::new().tags("atlas-eng", &[("team", "eng")]);
    sample.organization["Accounts"][1]["Tags"] = json!([{"Key": "project", "Value": "atlas"}]);
    assert_eq!(sample.found(), ["open atlas-eng tag:project: the tag `project` is missing"]);
}

#[test]
fn a_tag_policy_that_cannot_be_read_is_no_pass() {
    let mut sample = Sample::new();
    sample.organization["Policies"][1]["Content"] =
        json!({"tags": {"project": {"tag_value": {"@@only": []}}}});
    let found = sample.found();
    assert_eq!(found.len(), 6, "{found:?}");
    assert!(found.iter().all(|line| line.starts_with("indeterminate")), "{found:?}");
}

/// A call of IAM in the sample's account, or of Organizations in the management account. The id is its
/// minute as well.
fn event(id: &str, name: &str, parameters: &Value) -> Value {
    let organizations = parameters.get("policyId").is_some();
    let (service, account) = if organizations { ("organizations", "111122223333") } else { ("iam", ACCOUNT) };
    let minute: u32 = id.trim_start_matches('e').parse().expect("an id like e7");
    json!({
        "source": format!("aws.{service}"),
        "detail-type": "AWS API Call via CloudTrail",
        "account": account,
        "detail": {
            "eventID": id,
            "eventName": name,
            "eventSource": format!("{service}.amazonaws.com"),
            "eventTime": format!("2026-03-02T09:{minute:02}:00Z"),
            "eventType": "AwsApiCall",
            "readOnly": false,
            "recipientAccountId": account,
            "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::{account}:user/dana")},
            "requestParameters": parameters,
            "responseElements": null
        }
    })
}

/// What two events bring about when they are played: what happened, to whom, by which event.
fn played(sample: &Sample, events: &[Value]) -> Vec<String> {
    fs::write(sample.directory.path().join("events.json"), Value::from(events.to_vec()).to_string())
        .expect("a file");
    let report = sample.run(&["react", "events.json", "--apply", "--format", "json"]).json();
    assert_eq!(report["before"], json!([]), "the sample is clean");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |told: &Value| {
        let principal = text(&told["principal"]);
        let name = principal.rsplit('/').next().unwrap_or_default().to_owned();
        let by = if told["transition"] == "opened" { &told["caused_by"] } else { &told["trigger"] };
        format!("{} {name} {} by {}", text(&told["transition"]), text(&told["facet"]), text(&by["event_id"]))
    };
    report["transitions"].as_array().expect("a list").iter().map(line).collect()
}

/// The first event opens these, and the second resolves them.
fn opens_and_resolves(sample: &Sample, events: [Value; 2], findings: &[&str]) {
    let told = played(sample, &events);
    let wanted = |word: &str, id: &str| {
        findings.iter().map(move |f| format!("{word} {f} by {id}")).collect::<Vec<_>>()
    };
    let expected: BTreeSet<String> =
        wanted("opened", "e1").into_iter().chain(wanted("resolved", "e2")).collect();
    assert_eq!(told.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(told.len(), expected.len(), "each once: {told:?}");
}

#[test]
fn a_tag_that_is_taken_away_and_given_back() {
    let role = "atlas-eng";
    let untag = event("e1", "UntagRole", &json!({"roleName": role, "tagKeys": ["project"]}));
    let tag =
        event("e2", "TagRole", &json!({"roleName": role, "tags": [{"key": "project", "value": "atlas"}]}));
    opens_and_resolves(&Sample::new(), [untag, tag], &["atlas-eng tag:project"]);
}

#[test]
fn a_tag_policy_that_is_written_and_written_back() {
    let update = |id: &str, values: Value| {
        let content = json!({"tags": {"project": {"tag_key": {"@@assign": "project"}, "tag_value": {"@@assign": values}}}});
        event(id, "UpdatePolicy", &json!({"policyId": "p-projecttags1", "content": content.to_string()}))
    };
    let events = [update("e1", json!(["atlas"])), update("e2", json!(["atlas", "borealis"]))];
    let broken = ["borealis-eng", "borealis-qas", "ben"].map(|name| format!("{name} tag-policy:project"));
    let broken: Vec<&str> = broken.iter().map(String::as_str).collect();
    opens_and_resolves(&Sample::new(), events, &broken);
}

#[test]
fn a_tag_policy_that_is_detached_and_attached() {
    let sample = Sample::new().tags("atlas-eng", &[("project", "data-7"), ("team", "eng")]);
    let parameters = json!({"policyId": "p-moreprojects", "targetId": "ou-ab12-projects0"});
    let events = [event("e1", "DetachPolicy", &parameters), event("e2", "AttachPolicy", &parameters)];
    opens_and_resolves(&sample, events, &["atlas-eng tag-policy:project"]);
}

#[test]
fn policies_that_let_tags_be_crossed_or_changed() {
    let cases = [
        ("secretsmanager:UpdateSecret", "*", "isolate:project"),
        ("iam:TagRole", "arn:aws:iam::444455556666:role/projects/atlas-eng", "immutable:self"),
        ("iam:UntagUser", "*", "immutable:peers"),
        ("sqs:TagQueue", "*", "immutable:resources"),
        ("iam:CreatePolicyVersion", "*", "immutable:policies"),
        ("iam:UntagPolicy", "*", "immutable:policy-tags"),
    ];
    for (action, resource, facet) in cases {
        let statement = json!({"Effect": "Allow", "Action": action, "Resource": resource});
        let policy = json!({"roleName": "atlas-eng", "policyName": "more", "policyDocument": document(&statement).to_string()});
        let events = [
            event("e1", "PutRolePolicy", &policy),
            event("e2", "DeleteRolePolicy", &json!({"roleName": "atlas-eng", "policyName": "more"})),
        ];
        opens_and_resolves(&Sample::new(), events, &[&format!("atlas-eng {facet}")]);
    }
}

#[test]
fn a_trust_policy_that_lets_tags_be_passed() {
    let root = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    let trust = |id: &str, actions: Value| {
        let statement = json!({"Effect": "Allow", "Principal": root, "Action": actions});
        let parameters = json!({"roleName": "atlas-eng", "policyDocument": document(&statement).to_string()});
        event(id, "UpdateAssumeRolePolicy", &parameters)
    };
    let events =
        [trust("e1", json!(["sts:AssumeRole", "sts:TagSession"])), trust("e2", json!("sts:AssumeRole"))];
    let passes = json!({"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Resource": format!("arn:aws:iam::{ACCOUNT}:role/projects/atlas-eng")});
    let sample = Sample::new().allow("borealis-eng", &passes);
    opens_and_resolves(
        &sample,
        events,
        &[
            "atlas-eng isolate:project",
            "atlas-eng immutable:resources",
            "atlas-eng immutable:trust",
            "borealis-eng immutable:session",
        ],
    );
}

#[test]
fn what_tags_open_and_close_is_told_in_a_table() {
    let page = fs::read_to_string(repository().join("docs/ABAC.md")).expect("the page");
    let blocks = page.split("```text\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
    let (example, _) = blocks.last().expect("an example");
    let arguments = ["abac", "explain", "role/atlas-eng", "--inventory", "tests/organizations/abac"];
    let ran = stanchion_in(&repository(), &arguments, "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.out.trim_end(), example.trim_end(), "docs/ABAC.md should have this");
}

#[test]
fn a_tag_that_is_missing_or_chosen_by_callers_is_told_as_that() {
    let open = json!({"Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole", "sts:TagSession"]});
    let sample = Sample::new().tags("atlas-eng", &[("team", "eng")]).trust("atlas-eng", &open);
    let ran = sample.run(&["abac", "explain", "role/atlas-eng", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let report = ran.json();
    let tag = |key: &str| {
        report["tags"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|tag| tag["key"] == key)
            .expect("the tag")
            .clone()
    };
    assert_eq!(tag("project")["value"], Value::Null);
    assert_eq!(tag("project")["statements"][0]["does"], "opens-not");
    assert_eq!((&tag("project")["sessions"], &tag("team")["sessions"]), (&json!("yes"), &json!("yes")));
    assert_eq!(tag("team")["statements"][0]["does"], "opens");
    assert_eq!(report["rules"][0]["facet"], "tag:project");
}
