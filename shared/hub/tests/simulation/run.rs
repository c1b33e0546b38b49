//! One day.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use stanchion_findings::{MemoryStore, Store};
use stanchion_hub::budget::Bucket;
use stanchion_hub::evaluate::evaluate;
use stanchion_hub::memory::{Fate, Fates, MemoryQueue, MemoryTable, MemoryTopic, Posted};
use stanchion_hub::react::react;
use stanchion_hub::sweep::sweep;
use stanchion_hub::{Fault, Hub, Millis, Settings};
use stanchion_inventory::Inventory;
use stanchion_rules::Rulebook;

use crate::common::acts::Act;
use crate::common::cloud::FakeCloud;
use crate::common::truth::{MANAGEMENT, Truth, allow, deny};
use crate::common::{PAYMENTS, SANDBOX, START, cloud, organization, rulebook};
use crate::coverage;

/// A safeguard that can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    Condition,
    Pending,
    RaiseFirst,
}

/// What kind of day it is. Rates are of a thousand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Day {
    pub(crate) seed: u64,
    pub(crate) faults: u64,
    pub(crate) lost_events: u64,
    /// How many messages are seen to at a time, besides one.
    pub(crate) others: usize,
    /// How long a call may take, in milliseconds, besides twenty.
    pub(crate) slow: Millis,
    pub(crate) without: Option<Bad>,
}

/// A small generator of numbers (splitmix64): the same seed is the same day.
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most.max(1)
    }

    pub(crate) fn of_thousand(&mut self, rate: u64) -> bool {
        self.below(1000) < rate
    }

    fn millis(&mut self, most: Millis) -> Millis {
        i64::try_from(self.below(u64::try_from(most).expect("a span"))).expect("a span")
    }

    pub(crate) fn pick<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        let at = self.below(some.len() as u64);
        &some[usize::try_from(at).expect("small")]
    }
}

/// What becomes of calls.
struct Chaos {
    dice: Dice,
    rate: u64,
    /// Whether the caller that is running was just killed.
    died: bool,
    /// Whether any call failed or lost its answer since this was last asked.
    failed: bool,
}

fn fates(chaos: &Arc<Mutex<Chaos>>) -> Fates {
    let chaos = Arc::clone(chaos);
    Arc::new(move |_| {
        let mut chaos = chaos.lock().expect("nobody panicked");
        let rate = chaos.rate;
        if !chaos.dice.of_thousand(rate) {
            return Fate::Done;
        }
        let fate = *chaos.dice.pick(&[Fate::Fails, Fate::Lost, Fate::Dies, Fate::DiesAfter]);
        chaos.died |= matches!(fate, Fate::Dies | Fate::DiesAfter);
        chaos.failed = true;
        fate
    })
}

pub(crate) type TheHub<'r> = Hub<'r, FakeCloud, MemoryTable, MemoryQueue, MemoryTopic>;
type Running<'h> = Pin<Box<dyn Future<Output = Result<(), Fault>> + 'h>>;

#[derive(Clone, Debug)]
enum Message {
    Event(String),
    Job(String),
    Sweep,
}

struct Simulation<'h> {
    hub: &'h TheHub<'h>,
    clock: &'h (dyn Fn() -> Millis + Sync),
    chaos: Arc<Mutex<Chaos>>,
    dice: Dice,
    waiting: Vec<(Millis, Message)>,
    running: Vec<(Message, Running<'h>)>,
    day: Day,
    /// How much of what arrived has been looked at.
    arrived: usize,
}

impl<'h> Simulation<'h> {
    fn now(&self) -> Millis {
        self.hub.cloud.world().now
    }

    fn pass(&mut self, span: Millis) {
        self.hub.cloud.world().now += span;
    }

    fn is_chaotic(&self) -> bool {
        self.chaos.lock().expect("nobody panicked").rate > 0
    }

    fn send(&mut self, due: Millis, message: Message) {
        if self.is_chaotic() && self.dice.of_thousand(100) {
            let later = due + self.dice.millis(90_000);
            self.waiting.push((later, message.clone()));
        }
        self.waiting.push((due, message));
    }

    /// Takes what was posted into the queues.
    fn collect(&mut self) {
        for posted in self.hub.queue.take() {
            let now = self.now();
            let late = if self.is_chaotic() { self.dice.millis(5_000) } else { 0 };
            let (delay, message) = match posted {
                Posted::Job(job, delay) => (delay, Message::Job(serde_json::to_string(&job).expect("JSON"))),
                Posted::Fan(fan, delay) => {
                    (delay, Message::Event(serde_json::to_string(&fan).expect("JSON")))
                }
            };
            self.send(now + i64::from(delay) * 1000 + late, message);
        }
    }

    fn start(&mut self, message: Message) {
        let (hub, now, clock) = (self.hub, self.now(), self.clock);
        let body = message.clone();
        let running: Running<'h> = Box::pin(async move {
            match body {
                Message::Event(body) => react(hub, &body, now).await.map(|_| ()),
                Message::Job(body) => evaluate(hub, &body, now).await.map(|_| ()),
                Message::Sweep => sweep(hub, clock, now + 60_000).await.map(|_| ()),
            }
        });
        self.running.push((message, running));
    }

    /// Lets one of those who run take a step.
    fn step(&mut self) -> Result<(), String> {
        let at = usize::try_from(self.dice.below(self.running.len() as u64)).expect("small");
        let polled = self.running[at].1.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let (died, failed) = {
            let mut chaos = self.chaos.lock().expect("nobody panicked");
            (std::mem::take(&mut chaos.died), std::mem::take(&mut chaos.failed))
        };
        if failed && self.day.without == Some(Bad::Pending) {
            self.hub.table.forget_pending();
        }
        match polled {
            Poll::Ready(Ok(())) => drop(self.running.remove(at)),
            Poll::Ready(Err(Fault::Poison(why))) => return Err(format!("poison: {why}")),
            // Its messages become visible again.
            Poll::Ready(Err(Fault::Transient(_))) => self.again(at),
            Poll::Pending if died => self.again(at),
            Poll::Pending => {}
        }
        Ok(())
    }

    /// One at a time, nobody tells again what is known to have been told.
    fn told_again(&mut self) -> Result<(), String> {
        let arrived = self.hub.topic.arrived_since(self.arrived);
        self.arrived += arrived.len();
        let mut ids =
            arrived.iter().flat_map(|arrived| &arrived.transitions).map(|transition| &transition.id);
        match ids.find(|id| self.hub.table.is_marked(id)) {
            Some(id) if self.day.others == 0 => Err(format!("{id} was told again though it was marked")),
            _ => Ok(()),
        }
    }

    fn again(&mut self, at: usize) {
        let (message, _) = self.running.remove(at);
        let due = self.now() + 30_000 + self.dice.millis(30_000);
        if !matches!(message, Message::Sweep) {
            self.waiting.push((due, message));
        }
    }

    /// Lives on until a moment, or until nothing is left to do.
    fn live(&mut self, until: Option<Millis>) -> Result<(), String> {
        for _ in 0..2_000_000 {
            self.collect();
            let now = self.now();
            if until.is_some_and(|until| now >= until) {
                return Ok(());
            }
            let due: Vec<usize> = (0..self.waiting.len()).filter(|at| self.waiting[*at].0 <= now).collect();
            if !due.is_empty() && self.running.len() <= self.day.others {
                let at = *self.dice.pick(&due);
                let (_, message) = self.waiting.swap_remove(at);
                self.start(message);
            }
            if self.dice.of_thousand(100) {
                self.hub.table.raise_late();
            }
            if !self.running.is_empty() {
                self.step()?;
                self.told_again()?;
                let span = self.dice.millis(20 + self.day.slow);
                self.pass(span);
                continue;
            }
            let next = self.waiting.iter().map(|(due, _)| *due).chain(until).min();
            match next {
                Some(next) => self.pass((next - now).max(0)),
                None if self.hub.table.raise_late() => {}
                None => return Ok(()),
            }
        }
        Err("it never comes to rest".to_owned())
    }
}

fn some_act(dice: &mut Dice, number: u64) -> Act {
    let account = (*dice.pick(&[PAYMENTS, PAYMENTS, SANDBOX, MANAGEMENT])).to_owned();
    let who = (*dice.pick(&["user/ana", "user/ben", "role/app-0", "role/app-1", "role/new"])).to_owned();
    let holder =
        (*dice.pick(&["user/ana", "role/app-0", "role/app-1", "role/new", "group/admins"])).to_owned();
    let policy = *dice.pick(&["Buckets", "Users", "Shared"]);
    let arn = format!("arn:aws:iam::{account}:policy/{policy}");
    let document = if dice.of_thousand(500) { allow("s3:*") } else { deny("s3:*") };
    let user = (*dice.pick(&["ana", "ben"])).to_owned();
    let (group, name) = ("admins".to_owned(), "extra".to_owned());
    let target = (*dice.pick(&["ou-ab12-work", "ou-ab12-play", "r-ab12", PAYMENTS])).to_owned();
    let scp = "p-nobuckets".to_owned();
    match dice.below(16) {
        0..=2 => Act::Attach { account, who: holder, arn },
        3 | 4 => Act::Detach { account, who: holder, arn },
        5 => Act::PutInline { account, who: holder, name, document },
        6 => Act::DeleteInline { account, who: holder, name },
        7 | 8 => Act::Create { account, who, id: format!("ID{number}") },
        9 => Act::Delete { account, who },
        10 => Act::Join { account, user, group },
        11 => Act::Leave { account, user, group },
        12 => {
            let arn = format!("arn:aws:iam::{account}:policy/Shared");
            let document = if dice.of_thousand(500) { allow("s3:DeleteBucket") } else { allow("ec2:*") };
            Act::Version { account, arn, document }
        }
        13 => Act::AttachScp { policy: scp, target },
        14 => Act::DetachScp { policy: scp, target },
        _ => {
            let to = (*dice.pick(&["ou-ab12-work", "ou-ab12-play"])).to_owned();
            let account = (*dice.pick(&[PAYMENTS, SANDBOX])).to_owned();
            Act::Move { account, to }
        }
    }
}

/// Lives through a day, and says what went wrong.
pub(crate) fn run(day: &Day) -> Result<(), String> {
    let mut dice = Dice(day.seed);
    let chaos = Chaos { dice: Dice(dice.next()), rate: 0, died: false, failed: false };
    let chaos = Arc::new(Mutex::new(chaos));
    let fates = fates(&chaos);
    let aws = cloud(organization(), Arc::clone(&fates));
    let mut draws = Dice(dice.next());
    aws.world().draw = Box::new(move |most| draws.below(most));
    aws.world().lag = 20_000;
    let world = aws.clone();
    let clock = move || world.world().now;
    let (rulebook, nothing) = (rulebook(), Inventory::default());
    let mut table = MemoryTable::new(Arc::clone(&fates));
    table.unconditional = day.without == Some(Bad::Condition);
    let edges = (aws, table, MemoryQueue::new(Arc::clone(&fates)), MemoryTopic::new(fates));
    // So few calls that many a job has to wait for some.
    let bucket = Bucket { burst: 40, per_second: 2 };
    let settings = Settings { verify_every: 60_000, bucket, ..Settings::new(MANAGEMENT) };
    let hub: TheHub<'_> = Hub::new(edges, settings, &rulebook, &nothing);
    let mut simulation = Simulation {
        hub: &hub,
        clock: &clock,
        chaos: Arc::clone(&chaos),
        dice,
        waiting: vec![(START, Message::Sweep)],
        running: Vec::new(),
        day: day.clone(),
        arrived: 0,
    };
    let set_rate = |rate| chaos.lock().expect("nobody panicked").rate = rate;

    simulation.live(None)?;
    check(&hub, "after the first sweep")?;
    set_rate(day.faults);
    hub.table.raises_late.store(day.without == Some(Bad::RaiseFirst), Ordering::Relaxed);
    let mut all_told = true;
    for number in 0..24 {
        let span = simulation.dice.millis(40_000);
        let until = simulation.now() + span;
        simulation.live(Some(until))?;
        // CloudTrail's times are whole seconds, and this cloud tells changes by them.
        simulation.pass(1000 - simulation.now() % 1000);
        if simulation.dice.of_thousand(300) {
            coverage::change(&mut hub.cloud.world(), &mut simulation.dice);
        }
        let act = some_act(&mut simulation.dice, number);
        let now = simulation.now();
        let mut event = None;
        // CloudTrail's times are whole seconds.
        hub.cloud
            .world()
            .change(|truth| event = act.event(truth, &format!("event-{number}"), now / 1000 * 1000));
        if let Some(event) = event {
            if simulation.dice.of_thousand(day.lost_events) {
                all_told = false;
                continue;
            }
            let due = now + simulation.dice.millis(20_000);
            simulation.send(due, Message::Event(event));
        }
        if simulation.dice.of_thousand(100) {
            simulation.waiting.push((now, Message::Sweep));
        }
    }
    let until = simulation.now() + 120_000;
    simulation.live(Some(until))?;
    set_rate(0);
    simulation.live(None)?;
    if all_told {
        let left = || -> Vec<String> {
            let rows = hub.table.rows();
            rows.iter().filter(|row| row.is_wanted()).map(|row| row.key.to_string()).collect()
        };
        // Of two who look at one account, one may be killed after it raised a row and before it sent the job;
        // once the other is done nobody comes back to it but the next sweep.
        if !left().is_empty() && day.faults > 0 && day.others > 0 {
            simulation.pass(360_000);
            let now = simulation.now();
            simulation.waiting.push((now, Message::Sweep));
            simulation.live(None)?;
        }
        let left = left();
        if !left.is_empty() {
            return Err(format!("work is left over: {}", left.join(", ")));
        }
        check(&hub, "when all is quiet")?;
    }
    // Alerts that were left behind, and then all that events did not tell.
    for wait in [360_000, 360_000, 25 * 3_600_000, 360_000, 360_000] {
        simulation.pass(wait);
        let now = simulation.now();
        simulation.waiting.push((now, Message::Sweep));
        simulation.live(None)?;
    }
    check(&hub, "after the last sweep")?;
    if !hub.table.is_at_rest() {
        return Err("something is still wanted or pending".to_owned());
    }
    coverage::check(&hub, day.faults == 0)?;
    told(&hub, day.faults == 0)
}

/// Whether the findings are those of a clean run.
fn check(hub: &TheHub<'_>, when: &str) -> Result<(), String> {
    let truth = hub.cloud.world().truth().clone();
    let expected = clean_run(&truth, &rulebook());
    let mut found = BTreeMap::new();
    for (key, finding) in hub.table.findings() {
        if finding.state != stanchion_findings::State::Resolved {
            let text = format!("{} {} {}", finding.state, finding.rule_id, finding.subject);
            if found.insert(finding.fingerprint.to_string(), text).is_some() {
                return Err(format!("{} is open twice, once in {key}", finding.fingerprint));
            }
        }
    }
    if found != expected {
        let missing: Vec<_> = expected.iter().filter(|(f, _)| !found.contains_key(*f)).collect();
        let extra: Vec<_> = found.iter().filter(|(f, _)| !expected.contains_key(*f)).collect();
        return Err(format!("{when}: missing {missing:?}, too many {extra:?}"));
    }
    Ok(())
}

/// Whether every transition was told, under one id, and the last of each finding is what the finding is.
fn told(hub: &TheHub<'_>, exactly_once: bool) -> Result<(), String> {
    let mut told = BTreeMap::new();
    let mut messages = BTreeSet::new();
    for arrived in hub.topic.arrived() {
        messages.insert(arrived.message.id);
        for transition in arrived.transitions {
            match told.get(&transition.id) {
                Some(_) if exactly_once => return Err(format!("{} was told twice", transition.id)),
                Some(before) if *before != transition => {
                    return Err(format!("{} is the id of two transitions", transition.id));
                }
                _ => {
                    told.insert(transition.id.clone(), transition);
                }
            }
        }
    }
    for (_, finding) in hub.table.findings() {
        for ordinal in 1..=finding.transitions {
            let id = format!("{}-{ordinal:06}", finding.fingerprint);
            let Some(transition) = told.get(&id) else { return Err(format!("{id} was never told")) };
            if ordinal == finding.transitions && transition.finding.state != finding.state {
                return Err(format!("{id} tells {}, and it is {}", transition.finding.state, finding.state));
            }
        }
    }
    Ok(())
}

/// What an evaluation from nothing finds: rule, unique id, and state.
fn clean_run(truth: &Truth, rulebook: &Rulebook) -> BTreeMap<String, String> {
    let details: Vec<(String, String)> =
        truth.parents.keys().map(|account| (account.clone(), truth.details(account))).collect();
    let parts: Vec<(&str, &str)> = details.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let organization = truth.organization();
    let inventory = Inventory::from_parts(Some(&organization), &parts).expect("readable");
    let evaluator = stanchion_rules::Evaluator::new(rulebook, &inventory, None);
    let mut store = MemoryStore::new();
    stanchion_pipeline::baseline(&evaluator, &mut store).expect("in memory");
    let found = store.unresolved().expect("in memory");
    found
        .into_iter()
        .map(|f| (f.fingerprint.to_string(), format!("{} {} {}", f.state, f.rule_id, f.subject)))
        .collect()
}
