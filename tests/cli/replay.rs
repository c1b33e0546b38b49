//! `replay`: log files of a period in, what would have alerted out.

use serde_json::{Value, json};

use crate::place::{Place, administrators, attachment, before, call, gzip, log};

const JSON: [&str; 2] = ["--format", "json"];

/// What happened, in short.
fn told(report: &Value) -> Vec<String> {
    let line =
        |item: &Value| format!("{} {} {}", item["at"], item["transition"], item["caused_by"]["event_id"]);
    let transitions = report["transitions"].as_array().expect("a list");
    transitions.iter().map(|item| line(item).replace('"', "")).collect()
}

/// A call of another service.
fn other(id: &str) -> Value {
    let mut event = attachment(id);
    event["detail"]["eventSource"] = "s3.amazonaws.com".into();
    event
}

/// A quarter of an hour in which the role is made an administrator twice and once not, in files that
/// are delivered in another order.
fn quarter() -> Place {
    let place = Place::new(&before());
    let opened = administrators("e1", "AttachRolePolicy", "2026-03-09T09:00:10Z");
    let resolved = administrators("e2", "DetachRolePolicy", "2026-03-09T09:05:00Z");
    let again = administrators("e3", "AttachRolePolicy", "2026-03-09T09:10:00Z");
    place.log("20260309T0910Z", "aaaa", &[other("x1"), resolved.clone(), other("x2")]);
    place.log("20260309T0915Z", "bbbb", &[again, opened.clone()]);
    place.log("20260309T0920Z", "cccc", &[opened, resolved]);
    place
}

const QUARTER: [&str; 3] =
    ["2026-03-09T09:00:10Z opened e1", "2026-03-09T09:05:00Z resolved e1", "2026-03-09T09:10:00Z opened e3"];

#[test]
fn events_are_played_once_and_in_the_order_of_their_time() {
    let ran = quarter().replay(&JSON);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let report = ran.json();
    assert_eq!(told(&report), QUARTER);
    let records = &report["records"];
    for (name, count) in
        [("read", 7), ("unwatched", 2), ("duplicates", 2), ("relevant", 3), ("changes", 3), ("late", 0)]
    {
        assert_eq!(records[name], count, "{name}");
    }
    assert_eq!(
        (&report["first_event"], &report["last_event"]),
        (&json!("2026-03-09T09:00:10Z"), &json!("2026-03-09T09:10:00Z"))
    );
    assert_eq!(report["findings"]["opened"], 2);
    assert_eq!(report["by_rule"]["trails-stay"]["open_at_end"], 1);
    assert_eq!(report["by_account"]["111122223333"]["resolved"], 1);
    assert_eq!(report["by_severity"]["critical"]["opened"], 2);
    assert_eq!(report["worst_rules"][0]["example"]["caused_by"]["event_id"], "e1");
}

#[test]
fn in_words() {
    insta::assert_snapshot!(quarter().replay(&[]).out, @r"
    from 2026-03-09T09:00:10Z to 2026-03-09T09:10:00Z
    3 files, 7 records
      not relevant: 2 of other services, 2 duplicates
      relevant: 3 changes

    findings      before opened resolved   open indeterminate
    all                0      2        1      1             0
    by severity
    critical           0      2        1      1             0
    by rule
    trails-stay        0      2        1      1             0
    by account
    111122223333       0      2        1      1             0

    critical trails-stay: Nobody stops CloudTrail, opened 2 times
      as 2026-03-09T09:00:10Z opened critical trails-stay arn:aws:iam::111122223333:role/ci/Deploy can cloudtrail:StopLogging on arn:aws:cloudtrail:us-east-1:111122223333:trail/example, caused by AttachRolePolicy e1 by arn:aws:iam::111122223333:user/dana
      remedy: Deny it.
    ");
    let verbose = quarter().replay(&["--verbose"]).out;
    assert_eq!(verbose.lines().filter(|line| line.starts_with("2026-03-09T09:")).count(), 3, "{verbose}");
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let place = quarter();
    let expected = place.replay(&JSON).out;
    for threads in ["1", "2", "3", "16"] {
        assert_eq!(place.replay(&["--format", "json", "--threads", threads]).out, expected, "{threads}");
    }
}

/// Digests and insights hold no events; what is no JSON is none of ours.
#[test]
fn files_without_events_are_passed_over() {
    let place = quarter();
    place.write("logs/1_CloudTrail-Digest_us-east-1_t_us-east-1_20260309T0915Z.json.gz", "no gzip");
    place.write("logs/1_CloudTrail-Insight_us-east-1_20260309T0915Z_x.json.gz", "no gzip");
    place.write("logs/README.md", "no JSON");
    let report = place.replay(&JSON).json();
    assert_eq!(told(&report), QUARTER);
    let files = &report["files"];
    assert_eq!(
        (&files["read"], &files["digests"], &files["insights"], &files["others"]),
        (&json!(3), &json!(1), &json!(1), &json!(1))
    );
}

#[test]
fn other_forms_of_events_do_as_well() {
    let place = Place::new(&before());
    let [first, second, third] = [
        administrators("e1", "AttachRolePolicy", "2026-03-09T09:00:10Z"),
        administrators("e2", "DetachRolePolicy", "2026-03-09T09:05:00Z"),
        administrators("e3", "AttachRolePolicy", "2026-03-09T09:10:00Z"),
    ];
    place.write("logs/archive.jsonl", format!("{third}\n{first}\n"));
    place.write("logs/deep/in/it/plain.json", json!({"Records": [second["detail"]]}).to_string());
    let twice =
        [gzip(first.to_string().as_bytes()), gzip(b"\n"), gzip(second.to_string().as_bytes())].concat();
    place.write("logs/members.jsonl.gz", twice);
    let report = place.replay(&JSON).json();
    assert_eq!(told(&report), QUARTER);
    assert_eq!(report["records"]["duplicates"], 2);
}

/// Delivered more than a day after it happened: played when it comes, and counted.
#[test]
fn an_event_that_comes_too_late_is_played_when_it_comes() {
    let place = Place::new(&before());
    place.log("20260309T0915Z", "a", &[administrators("e1", "AttachRolePolicy", "2026-03-09T09:10:00Z")]);
    place.log("20260312T0915Z", "b", &[administrators("e3", "AttachRolePolicy", "2026-03-12T09:10:00Z")]);
    place.log("20260314T0915Z", "c", &[administrators("e2", "DetachRolePolicy", "2026-03-09T09:20:00Z")]);
    let report = place.replay(&JSON).json();
    assert_eq!(report["records"]["late"], 1);
    assert_eq!(told(&report), ["2026-03-09T09:10:00Z opened e1", "2026-03-09T09:20:00Z resolved e1"]);
    assert!(place.replay(&[]).out.contains("1 event played late"));
}

#[test]
fn a_period_is_played_alone() {
    let place = quarter();
    place.log("20260308T0915Z", "old", &[administrators("e0", "DetachRolePolicy", "2026-03-08T09:10:00Z")]);
    let report = place
        .replay(&["--format", "json", "--from", "2026-03-09T09:01:00Z", "--to", "2026-03-09T09:10:00Z"])
        .json();
    assert_eq!(told(&report), [""; 0], "the role was not seen as an administrator: {report:#}");
    assert_eq!((&report["files"]["earlier"], &report["records"]["outside"]), (&json!(1), &json!(3)));
    assert_eq!((&report["records"]["relevant"], &report["records"]["duplicates"]), (&json!(1), &json!(1)));
}

#[test]
fn events_that_nobody_knows_are_listed() {
    let place = quarter();
    let unknown = |id| call(id, "AttachRolePolicyForever", "2026-03-09T09:02:00Z", json!({}));
    place.log("20260309T0916Z", "dddd", &[unknown("u2"), unknown("u1")]);
    let report = place.replay(&JSON).json();
    assert_eq!(
        report["unknown_events"],
        json!([{"event_source": "iam.amazonaws.com", "event_name": "AttachRolePolicyForever", "count": 2, "first_event_id": "u1"}])
    );
    assert!(
        place
            .replay(&[])
            .out
            .contains("unknown event AttachRolePolicyForever of iam.amazonaws.com, 2 times, as u1")
    );
}

#[test]
fn events_that_do_not_tell_what_they_changed_are_listed() {
    let place = quarter();
    let vague = call("v1", "DetachRolePolicy", "2026-03-09T09:02:00Z", json!({"roleName": "Deploy"}));
    place.log("20260309T0916Z", "dddd", &[vague]);
    let report = place.replay(&JSON).json();
    let [vague] = report["not_applied"].as_array().expect("a list").as_slice() else { panic!("{report:#}") };
    assert_eq!((&vague["event_id"], &vague["affected_principals"]), (&json!("v1"), &json!(1)));
    assert!(
        place.replay(&[]).out.contains("out of date role Deploy of account 111122223333 (1 principal) since")
    );
}

#[test]
fn exit_codes() {
    let place = Place::new(&before());
    place.log("20260309T0910Z", "a", &[other("x1")]);
    assert_eq!(place.replay(&[]).code, Some(0));
    assert_eq!(quarter().replay(&[]).code, Some(1));
    let nothing = Place::new(&before());
    nothing.write("logs/README.md", "no JSON");
    let ran = nothing.replay(&[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("there are no log files here"), "{}", ran.err);
}

#[test]
fn a_damaged_file_ends_the_replay_unless_it_is_to_go_on() {
    let place = quarter();
    let whole = gzip(json!({"Records": [other("x9")["detail"]]}).to_string().as_bytes());
    let mut damaged = whole.clone();
    let middle = damaged.len() - 6;
    damaged[middle] ^= 0xff;
    for (mark, bytes, message) in [
        ("cut", &whole[..whole.len() / 2], "cut off"),
        ("damaged", &damaged[..], "damaged"),
        ("json", b"{\"Records\": [}", "expected value"),
    ] {
        let name = log("20260309T0912Z", mark);
        place.write(&name, bytes);
        let ran = place.replay(&JSON);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{mark}");
        let error = ran.err.replace(['│', '\n', ' '], "");
        assert!(error.contains(&format!("_{mark}.json.gz")), "{error}");
        assert!(error.contains(&message.replace(' ', "")), "{error}");
        assert!(error.contains("--keep-going"), "{error}");
        let report = place.replay(&["--format", "json", "--keep-going"]).json();
        assert_eq!(told(&report), QUARTER, "{mark}");
        let [mistake] = report["files"]["mistakes"].as_array().expect("a list").as_slice() else {
            panic!("one")
        };
        assert_eq!(mistake["file"], *name);
        assert!(place.replay(&["--keep-going"]).out.contains("not read to its end"));
        std::fs::remove_file(place.path().join(&name)).expect("the file");
    }
}

/// Nothing of a run that is piped is drawn over.
#[test]
fn no_progress_where_nobody_looks() {
    assert_eq!(quarter().replay(&[]).err, "");
}
