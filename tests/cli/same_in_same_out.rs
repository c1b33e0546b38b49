//! The same input gives the same bytes, however it is written down: whatever the order of files, of
//! the events in them, of members, of lists whose order says nothing, and the number of threads.

use std::fs;

use serde_json::{Map, Value, json};

use crate::place::{Place, gzip, repository};

/// Numbers that look random; the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).expect("small")
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// What the order of is part of what is said: statements are counted, and a policy's lists are text
/// of the user's.
fn is_document(value: &Value) -> bool {
    value.get("Statement").is_some()
}

/// The same value with its members, and its lists if they may be, in another order.
fn shuffled(value: &Value, lists: bool, dice: &mut Dice) -> Value {
    let lists = lists && !is_document(value);
    match value {
        Value::Object(object) => {
            let mut members: Vec<_> =
                object.iter().map(|(key, value)| (key.clone(), shuffled(value, lists, dice))).collect();
            dice.shuffle(&mut members);
            Value::Object(Map::from_iter(members))
        }
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(|item| shuffled(item, lists, dice)).collect();
            if lists {
                dice.shuffle(&mut items);
            }
            Value::Array(items)
        }
        other => other.clone(),
    }
}

fn read(path: &str) -> Value {
    let text = fs::read_to_string(repository().join(path)).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

/// The files of a folder of the repository, as JSON.
fn folder(path: &str) -> Vec<(String, Value)> {
    let mut names: Vec<String> = fs::read_dir(repository().join(path))
        .expect("a folder")
        .map(|entry| entry.expect("a file").file_name().into_string().expect("a name"))
        .filter(|name| name.ends_with(".json"))
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), read(&format!("{path}/{name}")))).collect()
}

/// Requests that are allowed, denied, and not known.
fn requests() -> Vec<Value> {
    let document = |effect: &str, condition: Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Sid": "S", "Effect": effect, "Action": ["s3:*", "sqs:*"],
            "Resource": "*", "Condition": condition}]})
    };
    let region = json!({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-north-1"]}, "Bool": {"aws:SecureTransport": "true"}});
    let unknown = json!({"StringEquals": {"a": "b"}, "StringResembles": {"c": "d"}});
    [region, json!({}), unknown]
        .into_iter()
        .enumerate()
        .map(|(id, condition)| {
            json!({"id": id, "principal": "arn:aws:iam::111122223333:user/ana", "action": "s3:GetObject",
                "resource": "arn:aws:s3:::docs/a", "resource_account": "111122223333",
                "context": {"aws:RequestedRegion": "eu-west-1", "aws:SecureTransport": "true", "a": ["b"]},
                "identity": [document("Allow", condition.clone()), document("Allow", json!({}))],
                "boundary": document("Allow", condition.clone()), "scps": [[document("Allow", condition)]]})
        })
        .collect()
}

/// One way of writing the demo's organization, its events, and some requests.
struct Written {
    place: Place,
    events: Vec<String>,
    logs: Vec<String>,
}

fn written(seed: u64) -> Written {
    let mut dice = Dice(seed);
    let place = Place::new("{}");
    fs::remove_file(place.path().join("inventory/accounts/111122223333.json")).expect("the file");
    place.write(
        "rulebook.yaml",
        fs::read_to_string(repository().join("src/demo/rulebook.yaml")).expect("text"),
    );
    let organization = read("src/demo/organization.json");
    place.write("inventory/organization.json", shuffled(&organization, true, &mut dice).to_string());
    for (name, details) in folder("src/demo/accounts") {
        place.write(
            &format!("inventory/accounts/{name}"),
            format!("{:#}", shuffled(&details, true, &mut dice)),
        );
    }

    // Two that nothing but their ids tells apart, and one that comes twice.
    let mut events: Vec<Value> = folder("src/demo/events").into_iter().map(|(_, event)| event).collect();
    let mut twin = events[0].clone();
    twin["detail"]["eventID"] = "00000000-twin".into();
    events.extend([twin, events[4].clone()]);
    events.extend(folder("events").into_iter().map(|(_, event)| event).step_by(7));
    dice.shuffle(&mut events);
    let events: Vec<Value> = events.iter().map(|event| shuffled(event, false, &mut dice)).collect();

    let mut files = Vec::new();
    let mut logs = Vec::new();
    for these in events.chunks(3) {
        let name = format!("events-{}.json", files.len());
        place.write(&name, Value::from(these).to_string());
        files.push(name);
        let mark = dice.below(1_000_000);
        let log = format!("logs/{mark}/111122223333_CloudTrail_us-east-1_20260310T0000Z_{mark}.json.gz");
        let records: Vec<&Value> = these.iter().map(|event| &event["detail"]).collect();
        place.write(&log, gzip(json!({"Records": records}).to_string().as_bytes()));
        logs.push(log);
    }
    dice.shuffle(&mut files);
    dice.shuffle(&mut logs);

    let requests: Vec<String> =
        requests().iter().map(|request| shuffled(request, false, &mut dice).to_string()).collect();
    place.write("requests.jsonl", requests.join("\n"));
    Written { place, events: files, logs }
}

/// What the program says, the same for every way of writing; the first way is the ordinary one.
fn same(run: impl Fn(&Written) -> crate::place::Ran) {
    let first = run(&written(0));
    assert!(first.out.len() > 100 && first.code != Some(2), "{}", first.err);
    for seed in 1..4 {
        let other = run(&written(seed));
        assert_eq!(first.code, other.code, "seed {seed}: {}", other.err);
        for (line, (a, b)) in first.out.lines().zip(other.out.lines()).enumerate() {
            assert_eq!(a, b, "seed {seed}, line {}", line + 1);
        }
        assert_eq!(first.out.len(), other.out.len(), "seed {seed}");
    }
}

const NOW: [&str; 4] = ["--now", "2026-03-10T00:00:00Z", "--format", "json"];

#[test]
fn of_check() {
    same(|written| written.place.check(&NOW));
}

#[test]
fn of_react() {
    let run = |written: &Written, more: &[&str]| {
        let events: Vec<&str> = written.events.iter().map(String::as_str).collect();
        written.place.react_to(&events, &[&NOW, more].concat(), "")
    };
    same(|written| run(written, &[]));
    same(|written| run(written, &["--apply"]));
    same(|written| run(written, &["--apply", "--store", "findings.redb"]));
}

#[test]
fn of_replay() {
    let options = ["--inventory", "inventory", "--rulebook", "rulebook.yaml"];
    same(|written| {
        let logs: Vec<&str> = written.logs.iter().map(String::as_str).collect();
        let threads = (written.logs.len() % 4 + 1).to_string();
        written.place.run(&[&["replay", "--threads", &threads], &logs[..], &options, &NOW].concat())
    });
}

#[test]
fn of_simulate() {
    same(|written| written.place.run(&["simulate", "requests.jsonl"]));
}
