//! One schedule.

use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use stanchion_hub::memory;
use stanchion_hub::{Job, Millis, Settings};
use stanchion_inventory::Inventory;
use stanchion_rules::Rulebook;
use tokio::sync::{mpsc, oneshot};

use crate::aws::{Aws, Taken, VISIBILITY, Which};
use crate::common::cloud::FakeCloud;
use crate::common::truth::MANAGEMENT;
use crate::common::{START, cloud};
use crate::gate::{Gate, Note};
use crate::oracle::{self, Excuses, Held};
use crate::process::{Common, Process, config};
use crate::proxy::{self, Call, Dice, Fate};
use crate::scene;
use crate::without::Safeguard;

/// How long a call may take on this machine, whatever the schedule's own time.
const STUCK: Duration = Duration::from_secs(60);

/// How long whoever wrote a transition has to tell it, before others do (`stanchion_hub::evaluate`).
const TELLING: Millis = 60_000;

/// What a schedule begins with.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) endpoint: SocketAddr,
    pub(crate) rules: (&'static Rulebook, &'static Inventory),
    /// What the first sweep leaves in the table.
    pub(crate) items: Arc<Vec<Value>>,
    pub(crate) without: Option<Safeguard>,
    /// How many changes there are.
    pub(crate) acts: u64,
    /// Whether many slow processes get in each other's way, which they do now and then in any case.
    pub(crate) busy: bool,
}

/// What a schedule went through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) calls: u64,
    pub(crate) faults: u64,
    pub(crate) kills: u64,
    pub(crate) again: u64,
    pub(crate) sweeps: u64,
    pub(crate) messages: u64,
    pub(crate) transitions: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.faults += other.faults;
        self.kills += other.kills;
        self.again += other.again;
        self.sweeps += other.sweeps;
        self.messages += other.messages;
        self.transitions += other.transitions;
    }
}

/// A process, and what it is at.
struct Worker {
    process: Process,
    doing: Option<Doing>,
    /// Calls that wait for their turn.
    asks: VecDeque<(Arc<Call>, oneshot::Sender<Fate>)>,
    /// When it was handed what it is at.
    since: Millis,
    /// Whether it is not waiting for anything of ours.
    runs: bool,
    /// Whether a call of the current message met a fault, and which: the next one likely meets it too.
    met: Option<Fate>,
}

enum Doing {
    Batch(Which, Vec<Taken>),
    Sweep,
}

struct Schedule {
    aws: Aws,
    cloud: FakeCloud,
    common: Common,
    gate: Arc<Gate>,
    notes: mpsc::UnboundedReceiver<Note>,
    dice: Dice,
    /// Of a thousand calls, how many meet a fault.
    rate: u64,
    /// The same, of calls of the cloud.
    cloud_rate: Arc<AtomicU64>,
    /// Whether most of what happens happens to one role.
    busy: bool,
    /// How many processes there may be besides one.
    others: usize,
    /// How long a call may take, in milliseconds, besides twenty.
    slow: Millis,
    workers: Vec<Worker>,
    started: u64,
    /// When something may be there to be taken.
    due: [BTreeSet<Millis>; 2],
    /// Calls of processes that are no more: they are never answered.
    graveyard: Vec<oneshot::Sender<Fate>>,
    /// Jobs that kill whoever takes them, by the message's id.
    deadly: BTreeSet<String>,
    excuses: Excuses,
    tally: Tally,
}

impl Schedule {
    async fn new(setting: &Setting, seed: u64) -> Self {
        static RUNS: AtomicU64 = AtomicU64::new(0);
        let mut dice = Dice(seed);
        let busy = dice.of_thousand(125) || setting.busy;
        let aws = Aws::new(setting.endpoint, MANAGEMENT, RUNS.fetch_add(1, Ordering::Relaxed), START).await;
        let (sender, notes) = mpsc::unbounded_channel();
        let gate =
            Arc::new(Gate { notes: sender.clone(), now: AtomicI64::new(START), patience: Mutex::default() });
        let proxy = proxy::start(setting.endpoint, Arc::clone(&gate) as Arc<dyn proxy::Judge>).await;
        let endpoint = format!("http://{}", proxy.expect("a proxy"));
        let cloud_rate = Arc::new(AtomicU64::new(0));
        let (rate, draws) = (Arc::clone(&cloud_rate), Mutex::new(Dice(dice.next())));
        let fates: memory::Fates = Arc::new(move |_| {
            let fails = draws.lock().expect("nobody panicked").of_thousand(rate.load(Ordering::Relaxed));
            if fails { memory::Fate::Fails } else { memory::Fate::Done }
        });
        let cloud = cloud(scene::organization(), fates);
        let mut draws = Dice(dice.next());
        cloud.world().draw = Box::new(move |most| draws.below(most));
        let settings = Settings {
            settle: 2_000,
            second_look: 30_000,
            attempts: 4,
            verify_every: Millis::MAX / 2,
            ..Settings::new(MANAGEMENT)
        };
        let config = config(&endpoint, &aws).await;
        let (rules, without) = (setting.rules, setting.without);
        let common = Common { cloud: cloud.clone(), config, settings, rules, without, notes: sender };
        Self {
            aws,
            cloud,
            common,
            gate,
            notes,
            busy,
            others: if busy { 5 } else { usize::try_from(dice.below(3)).expect("small") },
            slow: if busy { 4_000 } else { *dice.pick(&[0, 0, 500]) },
            dice,
            rate: 0,
            cloud_rate,
            workers: Vec::new(),
            started: 0,
            due: Default::default(),
            graveyard: Vec::new(),
            deadly: BTreeSet::new(),
            excuses: Excuses::default(),
            tally: Tally::default(),
        }
    }

    fn chaos(&mut self, rate: u64) {
        self.rate = rate;
        self.cloud_rate.store(rate / 2, Ordering::Relaxed);
    }

    fn pass(&mut self, span: Millis) {
        self.aws.now += span;
        self.cloud.world().now = self.aws.now;
        self.gate.set(self.aws.now);
    }

    fn expect(&mut self, which: Which, after: Millis) {
        self.due[which as usize].insert(self.aws.now + after);
    }

    /// Waits until nobody runs: everybody is done, or waits for what becomes of a call.
    async fn settle(&mut self) -> Result<(), String> {
        while self.workers.iter().any(|worker| worker.runs && worker.asks.is_empty()) {
            let note = tokio::time::timeout(STUCK, self.notes.recv()).await;
            match note.map_err(|_| "a process is stuck")?.ok_or("nobody is there")? {
                Note::Asks(call, answer) => match self.worker(&call.caller) {
                    Some(worker) => {
                        worker.runs = false;
                        worker.asks.push_back((call, answer));
                    }
                    // Of one that was killed.
                    None if call.caller.starts_with('p') => self.graveyard.push(answer),
                    None => return Err(format!("nobody is called `{}`", call.caller)),
                },
                Note::Killed(name) => self.is_dead(&name),
                Note::Done(name, answer) => {
                    let failed: BTreeSet<String> =
                        answer.batch_item_failures.into_iter().map(|failed| failed.item_identifier).collect();
                    self.is_done(&name, &failed).await;
                }
            }
        }
        Ok(())
    }

    fn worker(&mut self, name: &str) -> Option<&mut Worker> {
        self.workers.iter_mut().find(|worker| worker.process.name == name)
    }

    /// Notes that all that a process had at hand comes again.
    fn comes_again(&mut self, doing: &Doing) {
        if let Doing::Batch(Which::Jobs, taken) = doing {
            for taken in taken {
                self.job_again(&taken.body);
            }
        }
    }

    fn job_again(&mut self, body: &str) {
        let job: Job = serde_json::from_str(body).expect("a job");
        self.excuses.again(&job.key);
        self.tally.again += 1;
    }

    fn is_dead(&mut self, name: &str) {
        let Some(at) = self.workers.iter().position(|worker| worker.process.name == name) else { return };
        let worker = self.workers.remove(at);
        self.tally.kills += 1;
        self.graveyard.extend(worker.asks.into_iter().map(|(_, answer)| answer));
        self.gate.patience.lock().expect("nobody panicked").retain(|(known, _)| known != name);
        let Some(doing) = worker.doing else { return };
        self.comes_again(&doing);
        if let Doing::Batch(Which::Jobs, taken) = doing
            && self.dice.of_thousand(300)
        {
            self.deadly.extend(taken.into_iter().map(|taken| taken.id));
        }
    }

    /// Takes what a process is done with off its queue, but for what failed.
    async fn is_done(&mut self, name: &str, failed: &BTreeSet<String>) {
        let now = self.aws.now;
        let Some(worker) = self.worker(name) else { return };
        worker.runs = false;
        let met = worker.met.take().is_some() || now - worker.since > TELLING;
        let Some(doing) = worker.doing.take() else { return };
        if met {
            self.comes_again(&doing);
        }
        let Doing::Batch(which, taken) = doing else { return };
        if self.common.without == Some(Safeguard::Redelivery) {
            return;
        }
        let done = taken.iter().filter(|taken| !failed.contains(&taken.id));
        // Lambda may come too late to take a message off, or fail to.
        let mut kept = Vec::new();
        for taken in done {
            if !self.dice.of_thousand(self.rate) {
                kept.push(taken);
            }
        }
        self.aws.delete(which, &kept).await;
    }

    /// What is to become of a call.
    fn fate(&mut self, call: &Call, (met, deadly): (Option<Fate>, bool)) -> Fate {
        let is_effect = call.is_effect();
        if deadly && is_effect && self.rate > 0 && self.dice.of_thousand(400) {
            return Fate::Killed { done: self.dice.of_thousand(500) };
        }
        let rate = if is_effect { self.rate } else { self.rate / 2 };
        if is_effect && self.dice.of_thousand(rate / 3) {
            return Fate::Killed { done: self.dice.of_thousand(500) };
        }
        // What is broken stays so for a while.
        let is_again = met.is_some() && self.rate > 0 && self.dice.of_thousand(700);
        if !is_again && !self.dice.of_thousand(rate) {
            return Fate::Pass;
        }
        let done = is_effect && self.dice.of_thousand(500);
        let which = self.dice.next();
        let late = u32::try_from(self.dice.below(30)).expect("small");
        if let Some(met @ (Fate::Throttled | Fate::Failed { done: false })) = met
            && is_again
        {
            return met;
        }
        match self.dice.below(10) {
            0 => Fate::Throttled,
            1 => Fate::Failed { done },
            2 => Fate::Reset { done },
            3 => Fate::TimedOut { done },
            4..=7 if call.is_batch() => Fate::Partial(which),
            8 if call.sent().is_some() => Fate::Twice,
            9 if call.sent().is_some() => Fate::Late(late),
            _ => Fate::Failed { done: false },
        }
    }

    /// Lets a call of one process meet its fate.
    fn step(&mut self) {
        let waiting: Vec<usize> =
            (0..self.workers.len()).filter(|at| !self.workers[*at].asks.is_empty()).collect();
        let at = *self.dice.pick(&waiting);
        let Some((call, answer)) = self.workers[at].asks.pop_front() else { return };
        let deadly = match &self.workers[at].doing {
            Some(Doing::Batch(_, taken)) => taken.iter().any(|taken| self.deadly.contains(&taken.id)),
            _ => false,
        };
        let fate = self.fate(&call, (self.workers[at].met, deadly));
        self.workers[at].runs = true;
        self.tally.calls += 1;
        if fate != Fate::Pass {
            self.workers[at].met = Some(fate);
            self.tally.faults += 1;
        }
        self.account(&call, fate);
        // Whoever asked may have been killed.
        let _ = answer.send(fate);
    }

    /// Notes what a call does, for the queues and for what may be told twice.
    fn account(&mut self, call: &Call, fate: Fate) {
        if fate.is_unknown() {
            for message in call.published() {
                let entries = message["findings"].as_array().into_iter().flatten();
                let ids = entries.map(|entry| &entry["id"]).chain([&message["id"]]).filter_map(Value::as_str);
                for id in ids {
                    *self.excuses.unknown.entry(id.to_owned()).or_default() += 1;
                }
            }
        }
        let Some((url, delay)) = call.sent() else { return };
        let Some(which) = self.aws.which(&url) else { return };
        let later = if let Fate::Late(seconds) = fate { i64::from(seconds) } else { 0 };
        self.expect(which, (delay + later) * 1000);
        if which == Which::Jobs && (fate.is_unknown() || fate == Fate::Twice) {
            let body = call.json();
            for entry in body["Entries"].as_array().into_iter().flatten() {
                self.job_again(entry["MessageBody"].as_str().unwrap_or_default());
            }
        }
    }

    /// Hands some messages of a queue to a process.
    async fn start(&mut self, which: Which) {
        let now = self.aws.now;
        let most = 1 + self.dice.below(3);
        let mut taken = self.aws.take(which, most).await;
        self.due[which as usize].retain(|due| *due > now);
        if taken.is_empty() {
            return;
        }
        if taken.len() as u64 == most {
            self.expect(which, 0);
        }
        self.expect(which, VISIBILITY * 1000);
        for at in (1..taken.len()).rev() {
            let other = usize::try_from(self.dice.below(at as u64 + 1)).expect("small");
            taken.swap(at, other);
        }
        for taken in taken.iter().filter(|taken| taken.count > 1) {
            match which {
                Which::Jobs => self.job_again(&taken.body),
                Which::Events => self.tally.again += 1,
            }
        }
        if self.common.without == Some(Safeguard::Redelivery) {
            let all: Vec<&Taken> = taken.iter().collect();
            self.aws.delete(which, &all).await;
        }
        let at = self.free();
        self.common.batch(&self.workers[at].process, which, &taken);
        self.workers[at].doing = Some(Doing::Batch(which, taken));
    }

    fn sweep(&mut self) {
        self.excuses.sweeps += 1;
        self.tally.sweeps += 1;
        let at = self.free();
        self.common.sweep(&self.workers[at].process);
        self.workers[at].doing = Some(Doing::Sweep);
    }

    /// A process that has nothing to do, which is about to.
    fn free(&mut self) -> usize {
        let at = self.workers.iter().position(|worker| worker.doing.is_none());
        let at = at.unwrap_or_else(|| {
            let (process, patience) = self.common.process(&self.aws, format!("p{}", self.started));
            self.started += 1;
            self.gate.patience.lock().expect("nobody panicked").push((process.name.clone(), patience));
            let (asks, since) = (VecDeque::new(), 0);
            self.workers.push(Worker { process, doing: None, asks, since, runs: false, met: None });
            self.workers.len() - 1
        });
        self.workers[at].since = self.aws.now;
        self.workers[at].runs = true;
        at
    }

    fn busy(&self) -> usize {
        self.workers.iter().filter(|worker| worker.doing.is_some()).count()
    }

    /// Lives on until a moment, or until nothing is left to do.
    async fn live(&mut self, until: Option<Millis>) -> Result<(), String> {
        for _ in 0..20_000 {
            self.settle().await?;
            let now = self.aws.now;
            if until.is_some_and(|until| now >= until) {
                return Ok(());
            }
            let is_due = |which: &Which| self.due[*which as usize].first().is_some_and(|due| *due <= now);
            let due: Vec<Which> = [Which::Events, Which::Jobs].into_iter().filter(is_due).collect();
            let busy = self.busy();
            if !due.is_empty() && busy <= self.others && (busy == 0 || self.dice.of_thousand(300)) {
                let which = *self.dice.pick(&due);
                self.start(which).await;
                continue;
            }
            if busy > 0 {
                self.step();
                let span = self.dice.millis(20 + self.slow);
                self.pass(span);
                continue;
            }
            let next = self.due.iter().filter_map(|due| due.first().copied()).chain(until).min();
            match next {
                Some(next) => self.pass((next - now).max(0)),
                None => return Ok(()),
            }
        }
        Err("it never comes to rest".to_owned())
    }

    /// Does something of which an event tells.
    async fn act(&mut self, number: u64) {
        // CloudTrail's times are whole seconds.
        self.pass(1000 - self.aws.now % 1000);
        let now = self.aws.now;
        let act = scene::some_act(&mut self.dice, self.cloud.world().truth(), number, self.busy);
        let mut event = None;
        self.cloud.world().change(|truth| event = act.event(truth, &format!("event-{number}"), now));
        let Some(event) = event else { return };
        for _ in 0..=u64::from(self.dice.of_thousand(self.rate)) {
            let delay = self.dice.millis(15);
            self.aws.send(&event, delay).await;
            self.expect(Which::Events, delay * 1000);
        }
    }
}

/// Runs a schedule, and says what went wrong.
pub(crate) async fn run(setting: &Setting, seed: u64) -> Result<Tally, String> {
    let mut schedule = Schedule::new(setting, seed).await;
    schedule.aws.put(&setting.items).await;
    schedule.cloud.world().lag = 5_000;
    let rate = 50 + schedule.dice.below(150);
    schedule.chaos(rate);
    for number in 0..setting.acts {
        schedule.act(number).await;
        if setting.without != Some(Safeguard::Reaper) && schedule.dice.of_thousand(70) {
            schedule.sweep();
        }
        let span = *schedule.dice.pick(&[500, 4_000, 15_000]);
        let until = schedule.aws.now + schedule.dice.millis(span);
        schedule.live(Some(until)).await?;
    }
    // As long as a message that somebody took and did not finish is not seen, and then some.
    let until = schedule.aws.now + 2 * VISIBILITY * 1000 + 20_000;
    schedule.live(Some(until)).await?;
    schedule.chaos(0);
    schedule.live(None).await?;
    let mut held = Held::of(&schedule.aws.items().await);
    // What is left over for five minutes the reaper finds.
    for _ in 0..5 {
        if held.left.is_empty() || setting.without == Some(Safeguard::Reaper) {
            break;
        }
        schedule.pass(360_000);
        schedule.sweep();
        schedule.live(None).await?;
        held = Held::of(&schedule.aws.items().await);
    }
    let clean = scene::clean_run(schedule.cloud.world().truth(), setting.rules.0);
    let messages = schedule.aws.arrived().await;
    schedule.tally.messages = messages.len() as u64;
    schedule.tally.transitions = held.findings.iter().map(|finding| u64::from(finding.transitions)).sum();
    oracle::check(&held, &clean, &messages, &schedule.excuses)?;
    Ok(schedule.tally)
}

/// What the first sweep leaves in the table, on a good day.
pub(crate) async fn first_sweep(setting: &Setting) -> Result<Vec<Value>, String> {
    let mut schedule = Schedule::new(setting, 0).await;
    schedule.sweep();
    schedule.live(None).await?;
    let items = schedule.aws.items().await;
    let held = Held::of(&items);
    let told = schedule.aws.arrived().await;
    if held.left.is_empty() && held.findings.is_empty() && told.is_empty() {
        Ok(items)
    } else {
        Err(format!("a first sweep leaves {:?} and tells {told:?}", held.left))
    }
}
