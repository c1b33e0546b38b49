//! Findings as events of the Open Cybersecurity Schema Framework 1.8: class Compliance Finding (2003), of the category
//! Findings, with the profile Cloud (schema.ocsf.io, "Compliance Finding").

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use stanchion_findings::{EventRef, Finding, Severity, State};
use stanchion_inventory::IamArn;

use crate::page::sentence;
use crate::words::{self, clean};

const CLASS: u32 = 2003;

/// A finding as an event. `now` is when it is written, as ISO 8601 text: what stands for times that the finding
/// does not know. A time that cannot be read counts as not known; if `now` is such a time, 1970 stands for it.
pub fn finding(finding: &Finding, now: &str) -> Value {
    // An event tells what was last done to the finding.
    let (activity, activity_name) = match finding.state {
        State::Resolved => (3, "Close"),
        _ if finding.transitions <= 1 => (1, "Create"),
        _ => (2, "Update"),
    };
    let (status, status_name) = match finding.state {
        State::Open | State::Indeterminate => (1, "New"),
        State::Suppressed => (3, "Suppressed"),
        State::Resolved => (4, "Resolved"),
    };
    let (result, result_name) = match finding.state {
        State::Open | State::Suppressed => (3, "Fail"),
        State::Indeterminate => (2, "Warning"),
        State::Resolved => (1, "Pass"),
    };
    let (severity, severity_name) = match finding.severity {
        Severity::Informational => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    };
    let created = finding.first_seen.as_deref().and_then(millis).or(millis(now)).unwrap_or_default();
    let modified = finding.last_changed.as_deref().and_then(millis).unwrap_or(created);
    let mut event = json!({
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + activity,
        "type_name": format!("Compliance Finding: {activity_name}"),
        "severity_id": severity,
        "severity": severity_name,
        "status_id": status,
        "status": status_name,
        "time": modified,
        "message": sentence(finding).unwrap_or_else(|| clean(&finding.title)),
        "metadata": {
            "version": "1.8.0",
            "profiles": ["cloud"],
            "product": {"name": "Stanchion", "vendor_name": "Stanchion", "version": env!("CARGO_PKG_VERSION")},
            "uid": format!("{}-{:06}", finding.fingerprint, finding.transitions),
        },
        "cloud": {"provider": "AWS"},
        "compliance": {
            "control": clean(&finding.rule_id),
            "standards": ["Stanchion rulebook"],
            "status_id": result,
            "status": result_name,
        },
        "finding_info": {
            "uid": finding.fingerprint.as_str(),
            "title": clean(&finding.title),
            "created_time": created,
            "modified_time": modified,
            "first_seen_time": created,
            "last_seen_time": modified,
            "types": [clean(&finding.rule_kind)],
        },
        "remediation": {"desc": words::todo(finding).join(" ")},
        "resources": [resource(finding)],
        "unmapped": {"state": finding.state.to_string(), "assumptions": finding.assumptions},
    });
    if let Some(account) = &finding.account_id {
        event["cloud"]["account"] = json!({"uid": clean(account), "type": "AWS Account", "type_id": 10});
    }
    if let Some(detail) = &finding.detail {
        event["finding_info"]["desc"] = clean(detail).into();
    }
    if let Some(suppression) = finding.suppression.as_ref().filter(|_| finding.state == State::Suppressed) {
        event["comment"] = words::answered(suppression).into();
    }
    if !finding.unknowns.is_empty() {
        let unknowns: Vec<String> = finding.unknowns.iter().map(|unknown| clean(unknown)).collect();
        event["compliance"]["status_details"] = json!(unknowns);
    }
    if let Some(evidence) = evidence(finding) {
        event["evidences"] = json!([evidence]);
    }
    event
}

fn millis(time: &str) -> Option<i64> {
    time.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

fn resource(finding: &Finding) -> Value {
    match finding.principal.as_deref() {
        Some(arn) => {
            let iam = IamArn::parse(arn);
            let kind = iam.map_or("principal", |iam| iam.kind);
            json!({"uid": clean(arn), "name": clean(iam.map_or(arn, |iam| iam.name)), "type": kind})
        }
        None => json!({"uid": clean(&finding.subject.id), "type": finding.subject.kind.as_str()}),
    }
}

/// The witness, what allows it, and the change behind it.
fn evidence(finding: &Finding) -> Option<Value> {
    let mut data = Map::new();
    if let Some(witness) = &finding.witness {
        data.insert("witness".to_owned(), json!(witness));
        data.insert("because".to_owned(), json!(finding.because));
    }
    let mut evidence = Map::new();
    if let Some((event, is_cause)) = words::event(finding) {
        evidence.insert("api".to_owned(), json!({"operation": clean(&event.event_name)}));
        evidence.insert("actor".to_owned(), json!({"user": user(event)}));
        if let Some(ip) = event.source_ip.as_deref().filter(|ip| ip.parse::<std::net::IpAddr>().is_ok()) {
            evidence.insert("src_endpoint".to_owned(), json!({"ip": ip}));
        }
        let word = if is_cause { "caused_by" } else { "seen_after" };
        data.insert(word.to_owned(), json!(event));
    }
    if data.is_empty() {
        return None;
    }
    evidence.insert("data".to_owned(), data.into());
    Some(evidence.into())
}

fn user(event: &EventRef) -> Value {
    json!({"uid": clean(&event.actor), "name": words::person(&event.actor)})
}
