//! Faults between the deployed functions and their table, queues and topics.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;
use tokio::sync::oneshot;

use crate::deploy;
use crate::proxy::{self, Call, Dice, Fate, Judge};
use crate::world::World;

/// The functions, and the variables that send the SDK's clients elsewhere (AWS SDKs and Tools Reference Guide,
/// "Service-specific endpoints").
const FUNCTIONS: [&str; 3] = ["ReactFunction", "EvaluateFunction", "SweepFunction"];
const ENDPOINTS: [&str; 3] = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_SNS"];

/// Says what becomes of the functions' calls, and remembers what excuses a second message.
pub(crate) struct Chaos {
    /// Of a thousand calls, how many meet a fault.
    rate: AtomicU64,
    dice: Mutex<Dice>,
    pub(crate) faults: AtomicU64,
    /// Publishes whose outcome the function did not learn, and marks that are not known to be made, by transition.
    excuses: Mutex<BTreeMap<String, usize>>,
    endpoint: OnceLock<SocketAddr>,
}

impl Chaos {
    /// Starts the proxy, in a thread of its own, since this test's waits for programs. Nothing fails yet.
    pub(crate) fn start(world: &World, seed: u64) -> Arc<Self> {
        let upstream =
            world.place.endpoint.trim_start_matches("http://").parse().expect("the emulator's address");
        let chaos = Arc::new(Self {
            rate: AtomicU64::new(0),
            dice: Mutex::new(Dice(seed)),
            faults: AtomicU64::new(0),
            excuses: Mutex::default(),
            endpoint: OnceLock::new(),
        });
        let (judge, (sender, receiver)) = (Arc::clone(&chaos), std::sync::mpsc::channel());
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let endpoint = proxy::start(upstream, judge).await.expect("a proxy");
                sender.send(endpoint).expect("somebody waits");
                std::future::pending::<()>().await;
            });
        });
        chaos.endpoint.set(receiver.recv().expect("a proxy")).expect("the first");
        chaos
    }

    /// Sends the functions' calls through the proxy.
    pub(crate) fn take_over(&self, world: &World) {
        let endpoint = self.endpoint.get().expect("a proxy");
        let variables: Vec<String> =
            ENDPOINTS.iter().map(|name| format!("{name}=http://{endpoint}")).collect();
        for function in FUNCTIONS {
            deploy::set(&world.place, world.stack.output(function), &variables);
        }
    }

    pub(crate) fn set(&self, rate: u64) {
        self.rate.store(rate, Ordering::Relaxed);
    }

    /// How often a transition may have been told besides once, but for the functions' processes that were ended and the
    /// reaper's runs.
    pub(crate) fn excuses(&self, id: &str) -> usize {
        self.excuses.lock().expect("no panic").get(id).copied().unwrap_or_default()
    }

    fn fate(&self, call: &Call) -> Fate {
        let mut dice = self.dice.lock().expect("no panic");
        if !dice.of_thousand(self.rate.load(Ordering::Relaxed)) {
            return Fate::Pass;
        }
        self.faults.fetch_add(1, Ordering::Relaxed);
        let done = call.is_effect() && dice.of_thousand(500);
        let which = dice.next();
        let late = u32::try_from(dice.below(3)).expect("small");
        match dice.below(40) {
            // The caller waits for ten seconds, in earnest.
            0 => Fate::TimedOut { done },
            1..=8 => Fate::Throttled,
            9..=16 => Fate::Failed { done },
            17..=24 => Fate::Reset { done },
            25..=32 if call.is_batch() => Fate::Partial(which),
            33..=36 if call.sent().is_some() => Fate::Twice,
            _ if call.sent().is_some() => Fate::Late(late),
            _ => Fate::Failed { done: false },
        }
    }
}

impl Judge for Chaos {
    fn judge(&self, call: &Arc<Call>) -> oneshot::Receiver<Fate> {
        let (sender, receiver) = oneshot::channel();
        let fate = self.fate(call);
        if fate != Fate::Pass {
            let told = if fate.is_unknown() { call.published() } else { Vec::new() };
            let told = told.iter().filter_map(|message| message["id"].as_str().map(str::to_owned));
            let ids: Vec<String> = told.chain(marked(call)).collect();
            let mut excuses = self.excuses.lock().expect("no panic");
            ids.into_iter().for_each(|id| *excuses.entry(id).or_default() += 1);
        }
        let _ = sender.send(fate);
        receiver
    }

    fn unanswered(&self, _: &Call, _: Fate) {}

    fn headers(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// The transitions that a call notes as told.
fn marked(call: &Call) -> Vec<String> {
    if call.operation != "BatchWriteItem" {
        return Vec::new();
    }
    let body = call.json();
    let requests = body["RequestItems"].as_object().into_iter().flat_map(|tables| tables.values());
    let requests = requests.filter_map(Value::as_array).flatten();
    let keys = requests.filter_map(|request| request["DeleteRequest"]["Key"]["sk"]["S"].as_str());
    keys.filter_map(|sk| sk.rsplit_once("#alert#").map(|(_, id)| id.to_owned())).collect()
}
