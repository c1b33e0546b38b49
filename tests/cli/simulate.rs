//! `simulate`: one line in, one line out, whatever the line.

use serde_json::{Value, json};

use crate::place::{Place, allow};

fn request(id: &Value, action: &str) -> String {
    json!({"id": id, "principal": "arn:aws:iam::111122223333:user/ana", "action": action,
        "resource": "arn:aws:s3:::docs/a.txt", "identity": [allow("s3:Get*")]})
    .to_string()
}

fn answers(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

#[test]
fn a_bad_line_is_one_error_line_and_the_rest_go_on() {
    let place = Place::violated();
    let lines = [
        request(&json!("first"), "s3:GetObject"),
        "not JSON".to_owned(),
        r#"{"id": "no principal", "action": "s3:GetObject", "resource": "*"}"#.to_owned(),
        request(&json!({"any": 1}), "s3:PutObject"),
    ];
    let ran = place.run_with(&["simulate"], &lines.join("\n"));
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.err, "", "what is wrong is said in the line's place");
    let answers = answers(&ran.out);
    let decisions: Vec<_> = answers.iter().map(|answer| &answer["decision"]).collect();
    assert_eq!(decisions, ["allow", "error", "error", "implicit-deny"]);
    let ids: Vec<_> = answers.iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(ids, [json!("first"), Value::Null, json!("no principal"), json!({"any": 1})]);
    for error in &answers[1..3] {
        assert!(error["error"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
        assert_eq!(error["because"], json!([]));
    }
    assert!(answers[2]["error"].as_str().is_some_and(|text| text.contains("principal")), "{}", answers[2]);
    assert_eq!(answers[0].get("error"), None);
}

#[test]
fn a_file_reads_like_standard_input() {
    let place = Place::violated();
    let text = request(&json!(1), "s3:GetObject");
    place.write("requests.jsonl", &text);
    let from_file = place.run(&["simulate", "requests.jsonl"]);
    assert_eq!(from_file.code, Some(0));
    for arguments in [&["simulate"][..], &["simulate", "-"]] {
        assert_eq!(place.run_with(arguments, &text).out, from_file.out, "{arguments:?}");
    }
}

#[test]
fn empty_lines_have_no_answer() {
    let place = Place::violated();
    let line = request(&json!(1), "s3:GetObject");
    let ran = place.run_with(&["simulate"], &format!("\n{line}\r\n  \n{line}\n\n"));
    assert_eq!(ran.out.lines().count(), 2);
    assert_eq!(ran.code, Some(0));
}

#[test]
fn bytes_that_are_no_text_are_one_bad_line() {
    let place = Place::violated();
    let line = request(&json!(1), "s3:GetObject");
    place.write("requests.jsonl", [b"\xff\xfe\n", line.as_bytes()].concat());
    let ran = place.run(&["simulate", "requests.jsonl"]);
    assert_eq!(ran.code, Some(2));
    let decisions: Vec<_> = answers(&ran.out).iter().map(|answer| answer["decision"].clone()).collect();
    assert_eq!(decisions, ["error", "allow"]);
}
