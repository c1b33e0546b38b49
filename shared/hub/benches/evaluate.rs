//! From a message of the jobs queue to the call that publishes: our own code, with edges that answer at
//! once. One principal, a role that an administrator's policy was attached to, against the baseline pack.

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use serde_json::json;
use stanchion_changes::Change;
use stanchion_hub::edges::{Holder, Known};
use stanchion_hub::evaluate::{Did, evaluate};
use stanchion_hub::memory::{MemoryQueue, MemoryTable, MemoryTopic, kind_fates};
use stanchion_hub::work::{Job, Kind};
use stanchion_hub::{Cause, Cloud, CloudError, Hub, Key, Millis, Page, Settings, Table};
use stanchion_inventory::Inventory;
use stanchion_rules::Rulebook;

const ACCOUNT: &str = "222233334444";
const ORGANIZATION: &str = include_str!("../../../src/demo/organization.json");
const RULEBOOK: &str = include_str!("../../../rulebooks/baseline.yaml");
const EVENT: &str = include_str!("../../../events/iam.AttachRolePolicy.json");
/// Some time after the event.
const NOW: Millis = 1_773_046_800_000;

/// Knows one organization, and one role under any name.
struct OneRole {
    organization: Arc<str>,
}

impl Cloud for OneRole {
    async fn holders(&self, _: &str, _: &str, _: Option<&str>) -> Result<Page<Holder>, CloudError> {
        Ok(Page { entries: Vec::new(), next: None })
    }

    async fn members(&self, _: &str, _: &str, _: Option<&str>) -> Result<Page<String>, CloudError> {
        Ok(Page { entries: Vec::new(), next: None })
    }

    async fn principal(&self, key: &Key, _: bool, _: &[String]) -> Result<Option<String>, CloudError> {
        let Key::Principal { name, .. } = key else { return Ok(None) };
        Ok(Some(details(name)))
    }

    async fn account(&self, _: &str) -> Result<Vec<String>, CloudError> {
        Ok(Vec::new())
    }

    async fn organization(&self) -> Result<Option<Known>, CloudError> {
        Ok(Some(Known { generation: 1, text: Arc::clone(&self.organization) }))
    }

    async fn organization_changed(&self, _: &Change) -> Result<bool, CloudError> {
        Ok(true)
    }

    async fn identity_center(&self) -> Result<Option<Known>, CloudError> {
        Ok(None)
    }
}

/// The role's authorization details, with two policies and an inline one.
fn details(name: &str) -> String {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    let inline = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::logs/*" },
        { "Effect": "Deny", "Action": "iam:*User*", "Resource": "*",
          "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "false" } } }] });
    let policy = |arn: &str, name: &str, id: &str, document: serde_json::Value| {
        json!({ "PolicyName": name, "PolicyId": id, "Arn": arn, "Path": "/", "DefaultVersionId": "v1",
            "PolicyVersionList": [{ "Document": document, "VersionId": "v1", "IsDefaultVersion": true }] })
    };
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    let queue = format!("arn:aws:iam::{ACCOUNT}:policy/Queue");
    json!({
        "UserDetailList": [], "GroupDetailList": [],
        "RoleDetailList": [{
            "Path": "/", "RoleName": name, "RoleId": format!("AROA{name}"),
            "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"), "AssumeRolePolicyDocument": trust,
            "RolePolicyList": [{ "PolicyName": "logs", "PolicyDocument": inline }],
            "AttachedManagedPolicies": [
                { "PolicyName": "AdministratorAccess", "PolicyArn": administrator },
                { "PolicyName": "Queue", "PolicyArn": queue }],
            "Tags": [{ "Key": "team", "Value": "payments" }], "InstanceProfileList": [] }],
        "Policies": [
            policy(administrator, "AdministratorAccess", "ANPAADMIN", json!({ "Version": "2012-10-17",
                "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] })),
            policy(&queue, "Queue", "ANPAQUEUE", json!({ "Version": "2012-10-17",
                "Statement": [{ "Effect": "Allow", "Action": "sqs:*", "Resource": "*" }] }))],
        "IsTruncated": true
    })
    .to_string()
}

/// Runs what never has to wait for anybody else.
fn done<R>(future: impl Future<Output = R>) -> R {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
    }
}

type TheHub = Hub<'static, OneRole, MemoryTable, MemoryQueue, MemoryTopic>;

fn role(name: &str) -> Key {
    Key::Principal { account: ACCOUNT.to_owned(), kind: Kind::Role, name: name.to_owned() }
}

/// A hub that has seen to one role already, with a job for another.
fn warm(rulebook: &'static Rulebook, nothing: &'static Inventory) -> (TheHub, String) {
    let cloud = OneRole { organization: ORGANIZATION.into() };
    let fates = kind_fates;
    let edges = (cloud, MemoryTable::new(fates()), MemoryQueue::new(fates()), MemoryTopic::new(fates()));
    let hub = Hub::new(edges, Settings::new("111122223333"), rulebook, nothing);
    let raise = |name: &str| {
        let cause = Cause { event: EVENT.replace("111122223333", ACCOUNT).replace("Deploy", name) };
        done(hub.table.raise(&role(name), Some(("b87f7763", &cause)), NOW)).expect("raised");
        serde_json::to_string(&Job::new(role(name))).expect("JSON")
    };
    let first = raise("First");
    done(evaluate(&hub, &first, NOW)).expect("evaluated");
    let job = raise("Deploy");
    (hub, job)
}

fn one_principal(criterion: &mut Criterion) {
    let rulebook = Box::leak(Box::new(Rulebook::parse(RULEBOOK, "baseline.yaml").expect("a rulebook")));
    let nothing: &'static Inventory = Box::leak(Box::new(Inventory::default()));
    let (hub, job) = warm(rulebook, nothing);
    let evaluated = done(evaluate(&hub, &job, NOW)).expect("evaluated");
    assert_eq!(evaluated.did, Did::Looked);
    assert!(evaluated.published > 0, "there is something to publish: {evaluated:?}");
    criterion.bench_function("queue message to publish, one principal, warm", |bench| {
        bench.iter_batched(
            || warm(rulebook, nothing),
            |(hub, job)| {
                black_box(done(evaluate(&hub, &job, NOW)).expect("evaluated"));
                // Dropping the hub is not part of it.
                hub
            },
            BatchSize::LargeInput,
        );
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = one_principal
}
criterion_main!(benches);
