//! Twenty schedules at once, each with a role of its own: what the functions ask of their table, queues and topics fails
//! in every way, and their processes are ended at any moment.
//!
//! Each schedule's changes are by a seed; how they and the faults fall together is the machine's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};

use super::{ADMINISTRATOR, iam};
use crate::chaos::Chaos;
use crate::principals::{Maker, trust};
use crate::proxy::Dice;
use crate::world::World;
use crate::{deploy, events, wait};

const DEVELOPMENT: &str = "555566667777";
/// How many schedules there are.
const SCHEDULES: u64 = 20;
/// How many changes each has.
const CHANGES: u64 = 4;
/// What a role's policy is given back after, in seconds: messages come again sooner than on AWS.
const VISIBILITY: &str = "20";
/// What is left over, or left behind, waits for five minutes, and then for the reaper's next run.
const QUIET: Duration = Duration::from_secs(900);

struct Schedule {
    role: String,
    dice: Dice,
    attached: bool,
}

#[expect(clippy::print_stdout, reason = "what the schedules went through is the result")]
pub(crate) async fn run(world: &World) {
    world.inbox.after(world).await;
    for queue in ["EventsQueueUrl", "JobsQueueUrl"] {
        let client = aws_sdk_sqs::Client::new(&world.place.config(&world.place.hub()));
        let set = client.set_queue_attributes().queue_url(world.stack.output(queue));
        set.attributes(QueueAttributeName::VisibilityTimeout, VISIBILITY).send().await.expect("set");
    }
    let clean = clean_run(world).await;
    assert!(!clean.is_empty(), "an administrator breaks rules");

    let chaos = Chaos::start(world, 0);
    chaos.take_over(world);
    let mut schedules = Vec::new();
    for seed in 0..SCHEDULES {
        let role = format!("Fault{seed:02}");
        make(world, &role).await;
        schedules.push(Schedule { role, dice: Dice(seed), attached: false });
    }
    // The roles are known before anything fails, so that what is found later is news.
    for schedule in &mut schedules {
        change(world, schedule).await;
    }
    wait::until_idle(world).await;
    chaos.set(80);
    let mut ended = 0;
    for _ in 1..CHANGES {
        for schedule in &mut schedules {
            change(world, schedule).await;
        }
        for function in ["EvaluateFunction", "ReactFunction"] {
            ended += 1;
            deploy::set(&world.place, world.stack.output(function), &[format!("ENDED={ended}")]);
        }
        taken(world).await;
    }
    chaos.set(0);
    wait::until_idle_within(QUIET, world).await;

    let findings = findings(world).await;
    for Schedule { role, attached, .. } in &schedules {
        let open: BTreeSet<String> = findings
            .iter()
            .filter(|finding| is_of(finding, role) && finding["state"] == "open")
            .map(|finding| finding["rule_id"].as_str().expect("a rule").to_owned())
            .collect();
        assert_eq!(open, if *attached { clean.clone() } else { BTreeSet::new() }, "{role}");
    }
    let mut told: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for message in world.inbox.now().await {
        told.entry(message["id"].as_str().expect("an id").to_owned()).or_default().push(message);
    }
    let (mut transitions, mut messages) = (0, 0);
    for finding in findings.iter().filter(|f| schedules.iter().any(|schedule| is_of(f, &schedule.role))) {
        let fingerprint = finding["fingerprint"].as_str().expect("a fingerprint");
        for ordinal in 1..=finding["transitions"].as_u64().expect("a number") {
            let id = format!("{fingerprint}-{ordinal:06}");
            let same = told.get(&id).unwrap_or_else(|| panic!("{id} was never told"));
            assert!(same.iter().all(|message| *message == same[0]), "{id} is the id of two messages");
            // Processes that were ended may have told it before; runs of the reaper may have come between.
            let most = 1 + chaos.excuses(&id) + ended + 1;
            assert!(same.len() <= most, "{id} was told {} times, and {most} would do", same.len());
            (transitions, messages) = (transitions + 1, messages + same.len());
        }
    }
    let faults = chaos.faults.load(std::sync::atomic::Ordering::Relaxed);
    println!(
        "{SCHEDULES} schedules through the functions: {faults} faults, processes ended {ended} times, {transitions} \
         transitions, {messages} messages"
    );
    assert!(faults > 0 && transitions > 0);
    world.calls.since("twenty schedules of faults");
}

fn is_of(finding: &Value, role: &str) -> bool {
    finding["principal"].as_str().is_some_and(|arn| arn.ends_with(&format!(":role/{role}")))
}

/// The rules that an administrator breaks, as the hub finds them when nothing fails.
async fn clean_run(world: &World) -> BTreeSet<String> {
    make(world, "FaultClean").await;
    let mut schedule = Schedule { role: "FaultClean".to_owned(), dice: Dice(0), attached: false };
    change(world, &mut schedule).await;
    world.inbox.after(world).await;
    let findings = findings(world).await;
    let broken = findings.iter().filter(|finding| is_of(finding, "FaultClean") && finding["state"] == "open");
    broken.map(|finding| finding["rule_id"].as_str().expect("a rule").to_owned()).collect()
}

async fn make(world: &World, role: &str) {
    let maker = Maker { client: iam(world, DEVELOPMENT) };
    let trust = trust(json!({ "Service": "ecs-tasks.amazonaws.com" }), json!({}));
    maker.role(&json!({ "RoleName": role, "Path": "/", "AssumeRolePolicyDocument": trust })).await;
}

/// Gives a role AdministratorAccess, or takes it away; its event comes once or twice.
async fn change(world: &World, schedule: &mut Schedule) {
    let client = iam(world, DEVELOPMENT);
    let (role, arn) = (schedule.role.clone(), ADMINISTRATOR);
    let name = if schedule.attached {
        client.detach_role_policy().role_name(&role).policy_arn(arn).send().await.expect("detached");
        "iam.DetachRolePolicy"
    } else {
        client.attach_role_policy().role_name(&role).policy_arn(arn).send().await.expect("attached");
        "iam.AttachRolePolicy"
    };
    schedule.attached = !schedule.attached;
    let event = events::call(world, name, DEVELOPMENT, json!({ "roleName": role, "policyArn": arn }));
    for _ in 0..=u64::from(schedule.dice.of_thousand(200)) {
        events::put(world, &event).await;
    }
    // Now and then it is changed back at once.
    if schedule.dice.of_thousand(300) {
        Box::pin(change(world, schedule)).await;
    }
}

/// Waits until most of what there is to take is taken.
async fn taken(world: &World) {
    let client = aws_sdk_sqs::Client::new(&world.place.config(&world.place.hub()));
    for queue in ["EventsQueueUrl", "JobsQueueUrl"] {
        wait::until("messages are taken", async || {
            let asked = client.get_queue_attributes().queue_url(world.stack.output(queue));
            let asked = asked.attribute_names(QueueAttributeName::ApproximateNumberOfMessages);
            let attributes = asked.send().await.expect("a queue").attributes.unwrap_or_default();
            let waiting = attributes.get(&QueueAttributeName::ApproximateNumberOfMessages);
            waiting.is_none_or(|waiting| waiting == "0").then_some(())
        })
        .await;
    }
}

/// Every finding that the table holds.
async fn findings(world: &World) -> Vec<Value> {
    let client = aws_sdk_dynamodb::Client::new(&world.place.config(&world.place.hub()));
    let (mut findings, mut start) = (Vec::new(), None);
    loop {
        let scan = client.scan().table_name(world.stack.output("TableName")).set_exclusive_start_key(start);
        let page = scan.send().await.expect("the table");
        for item in page.items.unwrap_or_default() {
            if let Some(AttributeValue::S(text)) = item.get("finding") {
                findings.push(serde_json::from_str(text).expect("a finding"));
            }
        }
        start = page.last_evaluated_key;
        if start.is_none() {
            return findings;
        }
    }
}
