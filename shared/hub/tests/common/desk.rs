//! A hub on a good day: one message at a time, in the order of their time.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use stanchion_findings::{Finding, State, Transition};
use stanchion_hub::evaluate::{Evaluated, evaluate};
use stanchion_hub::memory::{Fate, MemoryQueue, MemoryTable, MemoryTopic, Posted, kind_fates};
use stanchion_hub::messages::Message;
use stanchion_hub::react::{Reacted, react};
use stanchion_hub::sweep::{Swept, sweep};
use stanchion_hub::{Fault, Hub, Millis, Settings};
use stanchion_inventory::Inventory;
use stanchion_rules::Rulebook;

use super::acts::Act;
use super::cloud::FakeCloud;
use super::truth::{MANAGEMENT, Truth};
use super::{cloud, organization};

pub(crate) type TheHub = Hub<'static, FakeCloud, MemoryTable, MemoryQueue, MemoryTopic>;

pub(crate) struct Desk {
    pub(crate) hub: TheHub,
    waiting: Vec<(Millis, Posted)>,
    events: usize,
    told: usize,
    /// What becomes of the next calls of the topic; then all is well.
    pub(crate) publishing: Arc<Mutex<Vec<Fate>>>,
}

/// Runs what never has to wait for anybody else.
pub(crate) fn done<R>(future: impl Future<Output = R>) -> R {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
    }
}

impl Desk {
    /// With the organization of the tests, nothing evaluated yet.
    pub(crate) fn new() -> Self {
        Self::of(organization(), super::rulebook())
    }

    pub(crate) fn of(truth: Truth, rulebook: Rulebook) -> Self {
        let fates = kind_fates;
        let publishing = Arc::new(Mutex::new(Vec::new()));
        let next = Arc::clone(&publishing);
        let edges = (
            cloud(truth, fates()),
            MemoryTable::new(fates()),
            MemoryQueue::new(fates()),
            MemoryTopic::new(Arc::new(move |_| next.lock().expect("fates").pop().unwrap_or(Fate::Done))),
        );
        let rulebook = Box::leak(Box::new(rulebook));
        let nothing = Box::leak(Box::new(Inventory::default()));
        let hub = Hub::new(edges, Settings::new(MANAGEMENT), rulebook, nothing);
        Self { hub, waiting: Vec::new(), events: 0, told: 0, publishing }
    }

    /// With a baseline that has been told.
    pub(crate) fn settled() -> Self {
        let mut desk = Self::new();
        desk.sweep();
        desk.rest();
        desk.told();
        desk
    }

    pub(crate) fn now(&self) -> Millis {
        self.hub.cloud.world().now
    }

    pub(crate) fn pass(&mut self, span: Millis) {
        self.hub.cloud.world().now += span;
    }

    /// Does something, and delivers its event.
    pub(crate) fn act(&mut self, act: &Act) -> Reacted {
        let event = self.quietly(act);
        self.react(&event).expect("an event")
    }

    /// Does something of which no event tells; returns the event.
    pub(crate) fn quietly(&mut self, act: &Act) -> String {
        let now = self.now();
        self.pass(1000 - now % 1000);
        let now = self.now();
        let id = format!("event-{}", self.events);
        self.events += 1;
        let mut event = None;
        self.hub.cloud.world().change(|truth| event = act.event(truth, &id, now));
        event.expect("AWS does it")
    }

    pub(crate) fn react(&mut self, body: &str) -> Result<Reacted, Fault> {
        let now = self.now();
        done(react(&self.hub, body, now))
    }

    pub(crate) fn sweep(&mut self) -> Swept {
        let now = self.now();
        done(sweep(&self.hub, &|| now, now + 60_000)).expect("a sweep")
    }

    /// The next job goes to somebody who stops where `publishing` says so, and is delivered a second time.
    pub(crate) fn stops_half_way(&mut self) {
        let now = self.now();
        let job = self.hub.queue.take().into_iter().find_map(|posted| match posted {
            Posted::Job(job, _) => Some(job),
            Posted::Fan(..) => None,
        });
        let job = job.expect("a job");
        self.pass(5_000);
        let body = serde_json::to_string(&job).expect("JSON");
        let mut first = pin!(evaluate(&self.hub, &body, now + 5_000));
        while !self.publishing.lock().expect("fates").is_empty() {
            assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        self.waiting.push((now + 5_000, Posted::Job(job, 0)));
    }

    /// The next message; `None`: there is none.
    pub(crate) fn next(&mut self) -> Option<Evaluated> {
        loop {
            let now = self.now();
            let posted = self.hub.queue.take().into_iter().map(|posted| {
                let (Posted::Job(_, delay) | Posted::Fan(_, delay)) = &posted;
                (now + i64::from(*delay) * 1000, posted)
            });
            self.waiting.extend(posted);
            let at = (0..self.waiting.len()).min_by_key(|at| self.waiting[*at].0)?;
            let (due, posted) = self.waiting.remove(at);
            self.pass((due - now).max(0));
            let now = self.now();
            match posted {
                Posted::Job(job, _) => {
                    let body = serde_json::to_string(&job).expect("JSON");
                    return Some(done(evaluate(&self.hub, &body, now)).expect("a job"));
                }
                Posted::Fan(fan, _) => {
                    let body = serde_json::to_string(&fan).expect("JSON");
                    done(react(&self.hub, &body, now)).expect("the rest of an event");
                }
            }
        }
    }

    /// Sees to every message until there is none.
    pub(crate) fn rest(&mut self) -> Vec<Evaluated> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// What was told since this was last asked, and in how many messages.
    pub(crate) fn told(&mut self) -> (Vec<Transition>, Vec<Message>) {
        let arrived = self.hub.topic.arrived_since(self.told);
        self.told += arrived.len();
        let transitions = arrived.iter().flat_map(|arrived| arrived.transitions.clone()).collect();
        (transitions, arrived.into_iter().map(|arrived| arrived.message).collect())
    }

    /// The findings that are not resolved.
    pub(crate) fn open(&self) -> Vec<Finding> {
        let findings = self.hub.table.findings().into_iter().map(|(_, finding)| finding);
        findings.filter(|finding| finding.state != State::Resolved).collect()
    }
}

/// What was told, a line each.
pub(crate) fn lines(transitions: &[Transition]) -> String {
    let line = |t: &Transition| {
        let finding = &t.finding;
        let who = finding.principal.as_deref().or(finding.account_id.as_deref()).unwrap_or_default();
        let cause = finding.caused_by.as_ref().map_or("-", |cause| cause.event_name.as_str());
        format!("{} {} {who} {cause}\n", t.kind, finding.rule_id)
    };
    let mut lines: Vec<String> = transitions.iter().map(line).collect();
    lines.sort();
    lines.concat()
}
