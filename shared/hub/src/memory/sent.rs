//! The queues, the topic, and the topics for people in memory.

use std::sync::{Mutex, PoisonError};

use stanchion_alerts::eventbridge::Entry;
use stanchion_findings::Transition;

use super::{Fates, meet};
use crate::edges::{Queue, QueueError, Sent, Topic, TopicError};
use crate::messages::{Message, message};
use crate::people::{Letter, Post, To};
use crate::work::{Fan, Job};

/// A message that was sent, with the delay in seconds that it was sent with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// A job.
    Job(Job, u32),
    /// The rest of a fan-out.
    Fan(Fan, u32),
}

/// Queues in memory: what was sent and not yet [taken](MemoryQueue::take).
pub struct MemoryQueue {
    posted: Mutex<Vec<Posted>>,
    fates: Fates,
}

impl MemoryQueue {
    /// Empty queues.
    pub fn new(fates: Fates) -> Self {
        Self { posted: Mutex::default(), fates }
    }

    /// Takes all that was sent, in the order in which it was.
    pub fn take(&self) -> Vec<Posted> {
        std::mem::take(&mut *self.posted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn post(&self, name: &'static str, messages: Vec<Posted>) -> Result<(), QueueError> {
        let post = || self.posted.lock().unwrap_or_else(PoisonError::into_inner).extend(messages);
        meet(&self.fates, name, post).await.map_err(QueueError)
    }
}

impl Queue for MemoryQueue {
    async fn jobs(&self, jobs: &[Job], delay_seconds: u32) -> Result<(), QueueError> {
        self.post("jobs", jobs.iter().map(|job| Posted::Job(job.clone(), delay_seconds)).collect()).await
    }

    async fn fan(&self, fan: &Fan, delay_seconds: u32) -> Result<(), QueueError> {
        self.post("fan", vec![Posted::Fan(fan.clone(), delay_seconds)]).await
    }
}

/// What arrived on a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrived {
    /// The message.
    pub message: Message,
    /// The transitions that it tells.
    pub transitions: Vec<Transition>,
}

/// A topic in memory: all that was ever published.
pub struct MemoryTopic {
    arrived: Mutex<Vec<Arrived>>,
    fates: Fates,
}

impl MemoryTopic {
    /// A topic on which nothing was published.
    pub fn new(fates: Fates) -> Self {
        Self { arrived: Mutex::default(), fates }
    }

    /// All that was published, in order.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.arrived_since(0)
    }

    /// All that was published but the first so many.
    pub fn arrived_since(&self, first: usize) -> Vec<Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).iter().skip(first).cloned().collect()
    }
}

impl Topic for MemoryTopic {
    async fn publish(&self, messages: &[Sent<'_>]) -> Vec<Result<(), TopicError>> {
        let mut results = Vec::new();
        for sent in messages {
            let transitions = match sent {
                Sent::Transition(transition) => vec![(*transition).clone()],
                Sent::Baseline { transitions, .. } => transitions.to_vec(),
                Sent::UnknownEvent(_)
                | Sent::RulebookRefused(_)
                | Sent::UnusedSuppression(_)
                | Sent::Coverage { .. } => Vec::new(),
            };
            let arrived = Arrived { message: message(sent), transitions };
            let publish = || self.arrived.lock().unwrap_or_else(PoisonError::into_inner).push(arrived);
            results.push(meet(&self.fates, "publish", publish).await.map_err(TopicError));
        }
        results
    }
}

/// Topics for people and a bus in memory: all that was ever sent.
pub struct MemoryPost {
    letters: Mutex<Vec<(To, Letter)>>,
    entries: Mutex<Vec<Entry>>,
    fates: Fates,
}

impl MemoryPost {
    /// Nothing was sent.
    pub fn new(fates: Fates) -> Self {
        Self { letters: Mutex::default(), entries: Mutex::default(), fates }
    }

    /// All letters, in order.
    pub fn letters(&self) -> Vec<(To, Letter)> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All events, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Post for MemoryPost {
    async fn send(&self, to: To, letters: &[Letter]) -> Vec<Result<(), TopicError>> {
        let mut results = Vec::new();
        for letter in letters {
            let send =
                || self.letters.lock().unwrap_or_else(PoisonError::into_inner).push((to, letter.clone()));
            results.push(meet(&self.fates, "send", send).await.map_err(TopicError));
        }
        results
    }

    async fn put(&self, entries: &[Entry]) -> Vec<Result<(), TopicError>> {
        let mut results = Vec::new();
        for entry in entries {
            let put = || self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry.clone());
            results.push(meet(&self.fates, "put", put).await.map_err(TopicError));
        }
        results
    }
}
