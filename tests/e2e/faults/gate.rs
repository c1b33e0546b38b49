//! Where every call of every process waits until it is its turn: so the seed alone says what happens in which order.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::{AsyncSleep, Sleep};
use stanchion_functions::batch::Answer;
use stanchion_hub::Millis;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::aws::moment;
use crate::proxy::{Call, Fate, Judge};

/// What the schedule learns of.
pub(crate) enum Note {
    /// A process asks for something, and waits for what becomes of it.
    Asks(Arc<Call>, oneshot::Sender<Fate>),
    /// It was killed; everything that was to be done of its last call is done.
    Killed(String),
    /// It is done with what it was handed.
    Done(String, Answer),
}

/// The gate.
pub(crate) struct Gate {
    pub(crate) notes: mpsc::UnboundedSender<Note>,
    pub(crate) now: AtomicI64,
    /// Who waits for an answer, by name.
    pub(crate) patience: Mutex<Vec<(String, Patience)>>,
}

impl Gate {
    pub(crate) fn set(&self, now: Millis) {
        self.now.store(now, Ordering::Relaxed);
    }
}

impl Judge for Gate {
    fn judge(&self, call: &Arc<Call>) -> oneshot::Receiver<Fate> {
        let (answer, fate) = oneshot::channel();
        // Nobody listens any more once the schedule is over.
        let _ = self.notes.send(Note::Asks(Arc::clone(call), answer));
        fate
    }

    fn unanswered(&self, call: &Call, fate: Fate) {
        if matches!(fate, Fate::Killed { .. }) {
            let _ = self.notes.send(Note::Killed(call.caller.clone()));
            return;
        }
        let patience = self.patience.lock().expect("nobody panicked");
        for (_, patience) in patience.iter().filter(|(name, _)| *name == call.caller) {
            patience.0.notify_waiters();
        }
    }

    fn headers(&self) -> Vec<(String, String)> {
        let (name, value) = moment(self.now.load(Ordering::Relaxed));
        vec![(name.to_owned(), value)]
    }
}

/// The SDK's sense of time in one process: it waits between tries without time passing, and for an answer until it is
/// told that it has waited for long enough.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patience(Arc<Notify>);

/// Waits between tries are shorter than this, and limits of how long a call may take are not.
const LIMITS: Duration = Duration::from_secs(3);
/// How long one try may take (`stanchion_aws::config`).
const ATTEMPT: Duration = Duration::from_secs(10);

impl AsyncSleep for Patience {
    fn sleep(&self, duration: Duration) -> Sleep {
        let over = Arc::clone(&self.0);
        Sleep::new(async move {
            if duration == ATTEMPT {
                over.notified().await;
            } else if duration >= LIMITS {
                std::future::pending::<()>().await;
            } else {
                tokio::task::yield_now().await;
            }
        })
    }
}
