//! What other programs read. `cargo xtask schemas` holds these snapshots against the published schemas.

use crate::samples::{all, facts, opened, reopened, resolved, suppressed, undecided};
use insta::assert_snapshot;
use serde_json::{Value, json};
use stanchion_alerts::asff::{self, Hub};
use stanchion_alerts::junit::Asked;
use stanchion_alerts::sarif::Place;
use stanchion_alerts::{csv, eventbridge, junit, message, ocsf, sarif};
use stanchion_findings::{Facts, Finding, Severity, Subject};

const NOW: &str = "2026-03-10T00:00:00Z";
const HUB: Hub<'_> = Hub { region: "eu-central-1", partition: "aws", now: NOW };

fn findings() -> Vec<Finding> {
    all().into_iter().map(|transition| transition.finding).collect()
}

/// Every state, so that each is held against the schema.
#[test]
fn asff_of_every_state() {
    let all: Vec<Value> =
        findings().iter().map(|finding| asff::finding(finding, HUB).expect("an account")).collect();
    assert_snapshot!("asff", format!("{:#}", json!(all)));
}

#[test]
fn asff_keeps_the_id_and_the_limits() {
    let open = opened(facts("Deploy"));
    let over = resolved(&open.finding);
    let of = |finding: &Finding| asff::finding(finding, HUB).expect("an account");
    let (open, over) = (of(&open.finding), of(&over.finding));
    assert_eq!(open["Id"], over["Id"]);
    assert_eq!(open["CreatedAt"], over["CreatedAt"]);
    assert_eq!((&over["RecordState"], &over["Compliance"]["Status"]), (&json!("ARCHIVED"), &json!("PASSED")));

    let long = "é".repeat(40_000);
    let facts = Facts {
        rule_id: long.clone(),
        title: long.clone(),
        detail: Some(long.clone()),
        remedy: Some(long.clone()),
        facet: Some(long.clone()),
        unknowns: vec![long.clone(); 50],
        ..facts(&long)
    };
    let large = of(&opened(facts).finding);
    let length = |value: &Value| value.as_str().expect("text").chars().count();
    assert!(length(&large["Title"]) <= 256 && length(&large["Description"]) <= 1024);
    assert!(length(&large["GeneratorId"]) <= 512);
    assert!(length(&large["Remediation"]["Recommendation"]["Text"]) <= 512);
    assert!(length(&large["Resources"][0]["Id"]) <= 512);
    assert!(large.to_string().len() < 240_000, "{}", large.to_string().len());
}

#[test]
fn what_is_about_no_account_has_no_security_hub() {
    let facts =
        Facts { account_id: None, principal: None, subject: Subject::ou("ou-ab12"), ..facts("Deploy") };
    assert_eq!(asff::finding(&opened(facts).finding, HUB), None);
}

#[test]
fn ocsf_of_every_state() {
    let all: Vec<Value> = findings().iter().map(|finding| ocsf::finding(finding, NOW)).collect();
    assert_snapshot!("ocsf", format!("{:#}", json!(all)));
}

/// What is suppressed is there, and no alarm.
#[test]
fn what_is_suppressed_says_so_in_every_format() {
    let held = suppressed(facts("Vendor"));
    let finding = &held.finding;
    assert_eq!(asff::finding(finding, HUB).expect("an account")["Workflow"], json!({"Status": "SUPPRESSED"}));
    let event = ocsf::finding(finding, NOW);
    assert_eq!((&event["status_id"], &event["status"]), (&json!(3), &json!("Suppressed")));
    assert_eq!(eventbridge::entry(&held).detail_type, "Finding Suppressed");
    let back = reopened(finding, "2026-06-01T00:00:05Z").finding;
    let log = sarif::log(&[finding.clone(), back.clone()], |_| None);
    let results = &log["runs"][0]["results"];
    assert_eq!(results[0]["suppressions"][0]["status"], "accepted");
    assert_eq!(results[1]["suppressions"], json!([]), "all results say, or none");
    let log = sarif::log(std::slice::from_ref(&back), |_| None);
    assert_eq!(log["runs"][0]["results"][0].get("suppressions"), None);
    assert_eq!(asff::finding(&back, HUB).expect("an account").get("Workflow"), None);
    let report = junit::report(std::slice::from_ref(finding), &[]);
    assert!(report.contains("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\""), "{report}");
}

#[test]
fn ocsf_follows_the_finding() {
    let open = opened(facts("Deploy"));
    let over = resolved(&open.finding);
    let (open, over) = (ocsf::finding(&open.finding, NOW), ocsf::finding(&over.finding, NOW));
    assert_eq!((&open["activity_id"], &over["activity_id"]), (&json!(1), &json!(3)));
    assert_eq!((&open["type_uid"], &over["type_uid"]), (&json!(200_301), &json!(200_303)));
    assert_eq!(open["finding_info"]["uid"], over["finding_info"]["uid"]);
    assert_eq!(open["finding_info"]["created_time"], json!(1_773_022_447_000_i64));
    // A finding that knows no time, written by a clock that tells none.
    assert_eq!(ocsf::finding(&undecided("Deploy").finding, "?")["time"], json!(0));
}

#[test]
fn sarif_of_every_state() {
    let place = |finding: &Finding| {
        let file = format!("accounts/{} of ours.json", finding.account_id.as_deref()?);
        finding.principal.as_ref().map(|_| Place { file, line: 12 })
    };
    assert_snapshot!("sarif", format!("{:#}", sarif::log(&findings(), place)));
}

#[test]
fn sarif_leaves_out_what_is_over() {
    let over = resolved(&opened(facts("Deploy")).finding).finding;
    let log = sarif::log(&[over, undecided("Deploy").finding], |_| None);
    let results = log["runs"][0]["results"].as_array().expect("a list");
    assert_eq!(results.len(), 1);
    assert_eq!((&results[0]["kind"], &results[0]["level"]), (&json!("open"), &json!("none")));
}

#[test]
fn junit_of_every_state() {
    let asked = |id: &str, title: &str, note: Option<&str>| Asked {
        id: id.to_owned(),
        title: title.to_owned(),
        note: note.map(str::to_owned),
    };
    let rules = [
        asked("buckets-stay", "Nobody deletes buckets", Some("some of it is not evaluated")),
        asked("trails-stay", "Nobody stops \"CloudTrail\"", None),
        asked("nobody-leaves", "Nobody leaves", Some("not evaluated: there is no organization")),
    ];
    let report = junit::report(&findings(), &rules);
    assert_snapshot!("junit", report);
    assert_eq!(
        report.matches("<skipped").count(),
        2,
        "what is not evaluated did not pass, nor what is suppressed"
    );
}

#[test]
fn a_table_holds_no_formula() {
    let table = csv::table(&findings());
    assert_snapshot!("csv", table.replace("\r\n", "\n"));
    assert_eq!(table.matches("\r\n").count(), findings().len() + 1, "one line each");
    for title in ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "\t=1", "\r=1", "＝1"] {
        let finding = opened(Facts { title: title.to_owned(), ..facts("Deploy") }).finding;
        let table = csv::table(&[finding]);
        let cell =
            table.lines().nth(1).expect("a line").split(',').nth(5).expect("the title").trim_matches('"');
        assert!(cell.starts_with('\'') || cell.starts_with('\\'), "{cell}");
    }
}

#[test]
fn an_event_for_eventbridge() {
    let entry = eventbridge::entry(&opened(facts("Deploy")));
    assert_eq!(entry.detail_type, "Finding Opened");
    let json: Value = serde_json::from_str(&entry.json()).expect("JSON");
    assert_eq!(json["Source"], "stanchion.findings");
    assert_eq!(json["Resources"], json!(["arn:aws:iam::222233334444:role/app/Deploy"]));
    let detail: Value = serde_json::from_str(json["Detail"].as_str().expect("text")).expect("JSON");
    assert_eq!(detail["finding"]["severity"], "high");
}

#[test]
fn what_is_too_large_is_shortened_and_says_so() {
    let many = facts("Deploy").because.iter().cycle().take(20_000).cloned().collect();
    let transition = opened(Facts { because: many, severity: Severity::Low, ..facts("Deploy") });
    let entry = eventbridge::entry(&transition);
    assert!(entry.size() <= eventbridge::MAX_BYTES, "{}", entry.size());
    let detail: Value = serde_json::from_str(&entry.detail).expect("JSON");
    assert_eq!(detail["shortened"], json!(["because"]));
    assert!(message::finding(&transition).body.len() < message::MAX_BYTES);
}
