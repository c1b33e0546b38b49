//! The stack is deployed again while things happen, with its rulebook in the bucket; it goes on where it was. Then the
//! rulebook changes, for worse and for better.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

use super::{ADMINISTRATOR, iam};
use crate::inbox::told;
use crate::world::World;
use crate::{deploy, events, wait};

const DEVELOPMENT: &str = "555566667777";
/// Where the rulebook is.
const KEY: &str = "rulebooks/ours.yaml";

pub(crate) async fn run(world: &World) {
    let rulebook = std::fs::read_to_string(world.place.scratch.join("rulebook.yaml")).expect("the rulebook");
    put(world, &rulebook).await;

    let (place, names) = (world.place.clone(), world.names.clone());
    let deploying =
        tokio::task::spawn_blocking(move || deploy::deploy(&place, &names, &[("RulebookKey", KEY)]));
    // Changes go on while functions are replaced.
    let mut is_administrator = false;
    while !(deploying.is_finished() && is_administrator) {
        is_administrator = !is_administrator;
        administrator(world, is_administrator).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let stack = deploying.await.expect("deployed");
    assert_eq!(stack.output("TableName"), world.stack.output("TableName"), "nothing is made anew");
    let rules = ["boundaries-stay", "nobody-makes-keys-for-others", "snapshots-stay-ours"];
    let messages = world.inbox.after(world).await;
    for rule in rules {
        let about = messages.iter().filter(|message| message["finding"]["rule_id"] == rule);
        let mut kinds: Vec<(u64, &str)> = about
            .map(|it| {
                (
                    it["finding"]["transitions"].as_u64().expect("a count"),
                    it["transition"].as_str().expect("a kind"),
                )
            })
            .collect();
        kinds.sort_unstable();
        // How often the hub saw it come and go depends on when it looked; not what it said first and last.
        let told: Vec<&str> = kinds.iter().map(|(_, kind)| *kind).filter(|kind| *kind != "updated").collect();
        let expected: Vec<&str> = ["opened", "resolved"].into_iter().cycle().take(told.len()).collect();
        assert!(told.len() % 2 == 1 && told == expected, "{rule}: {kinds:?}");
    }
    assert!(
        messages.iter().all(|it| rules.iter().any(|rule| it["finding"]["rule_id"] == *rule)),
        "{messages:?}"
    );

    // A rulebook that cannot be used: it is told once, and the last good one judges on.
    put(world, "version: 1\nguardrails: [{ id: nonsense }]\n").await;
    sweep(world);
    sweep(world);
    assert_eq!(told(world, &world.inbox.after(world).await), ["rulebook-refused"]);
    let answer = deployed(world, "Update");
    assert_eq!(answer["Status"], "FAILED", "a deployment with it fails: {answer}");
    assert!(answer["Reason"].as_str().is_some_and(|reason| reason.contains("ours.yaml:2:")), "{answer}");
    administrator(world, false).await;
    let resolved = rules.map(|rule| format!("resolved {rule} 555566667777:user/marek"));
    assert_eq!(told(world, &world.inbox.after(world).await), resolved);

    // Under another name a rule is another rule: what the old one found is resolved, and the new one's first answers are
    // no change's doing. A pass over all accounts finds it.
    let renamed = rulebook.replacen("id: snapshots-stay-ours", "id: snapshots-stay", 1);
    assert_ne!(renamed, rulebook);
    put(world, &renamed).await;
    let told = wait::until("everybody is judged by the new rulebook", async || {
        sweep(world);
        let told = told(world, &world.inbox.after(world).await);
        (!told.is_empty()).then_some(told)
    })
    .await;
    for (account, count) in [("333344445555", 1), ("444455556666", 42), ("555566667777", 1)] {
        assert!(told.contains(&format!("baseline of {account}: {{\"snapshots-stay\":{count}}}")), "{told:?}");
        let resolved = format!("resolved snapshots-stay-ours {account}:");
        assert_eq!(told.iter().filter(|line| line.starts_with(&resolved)).count(), count, "{told:?}");
    }
    assert_eq!(told.len(), 3 + 1 + 42 + 1, "{told:?}");

    world.calls.since("a new rulebook");
}

/// Makes marek an administrator, or no longer one.
async fn administrator(world: &World, is: bool) {
    let iam = iam(world, DEVELOPMENT);
    let event = if is {
        iam.attach_user_policy().user_name("marek").policy_arn(ADMINISTRATOR).send().await.expect("attached");
        "iam.AttachUserPolicy"
    } else {
        iam.detach_user_policy().user_name("marek").policy_arn(ADMINISTRATOR).send().await.expect("detached");
        "iam.DetachUserPolicy"
    };
    let parameters = json!({ "userName": "marek", "policyArn": ADMINISTRATOR });
    events::put(world, &events::call(world, event, DEVELOPMENT, parameters)).await;
}

fn sweep(world: &World) {
    deploy::invoke(&world.place, world.stack.output("SweepFunction"), &json!({}));
}

/// What the stack's custom resource answers CloudFormation.
fn deployed(world: &World, kind: &str) -> Value {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("its address"));
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("an answer");
        let mut request = Vec::new();
        // A JSON object, whose last byte is the request's.
        while !request.ends_with(b"}") {
            let mut part = [0; 4096];
            let read = stream.read(&mut part).expect("a request");
            assert!(read > 0, "it ends early");
            request.extend(part.iter().take(read));
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").expect("taken");
        String::from_utf8(request).expect("text")
    });
    let event = json!({
        "RequestType": kind, "RequestId": "r", "StackId": "s", "LogicalResourceId": "RulebookCheck",
        "PhysicalResourceId": "rulebook", "ResponseURL": url,
    });
    deploy::invoke(&world.place, world.stack.output("SweepFunction"), &event);
    let request = heard.join().expect("heard");
    let (head, body) = request.split_once("\r\n\r\n").expect("a body");
    assert!(head.starts_with("PUT "), "{head}");
    serde_json::from_str(body).expect("JSON")
}

async fn put(world: &World, text: &str) {
    let client = Client::new(&world.place.config(&world.place.hub()));
    let call = client.put_object().bucket(world.stack.output("BucketName")).key(KEY);
    call.body(ByteStream::from(text.as_bytes().to_vec())).send().await.expect("put");
}
