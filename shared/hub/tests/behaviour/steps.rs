//! Calls that end at each of their steps in turn, in each way in which one can end.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use stanchion_hub::memory::{Fate, Fates};

/// The step at which something happens.
pub(crate) struct Step {
    number: usize,
    fate: Fate,
    /// How many steps were made; `None`: nobody counts.
    made: Arc<Mutex<Option<usize>>>,
    /// Whether the step was come to.
    met: Mutex<bool>,
}

impl Step {
    /// The fates of edges: all is well, but for one step of what [`Step::stop_in`] runs.
    pub(crate) fn fates(&self) -> Fates {
        let (made, number, fate) = (Arc::clone(&self.made), self.number, self.fate);
        Arc::new(move |_| match &mut *made.lock().expect("nobody panicked") {
            Some(made) => {
                *made += 1;
                if *made == number { fate } else { Fate::Done }
            }
            None => Fate::Done,
        })
    }

    /// Runs something as far as it comes.
    pub(crate) fn stop_in<R>(&self, call: impl Future<Output = R>) {
        *self.made.lock().expect("nobody panicked") = Some(0);
        {
            let mut call = pin!(call);
            let mut context = Context::from_waker(Waker::noop());
            // Whoever is killed never ends.
            (0..1_000).any(|_| matches!(call.as_mut().poll(&mut context), Poll::Ready(_)));
        }
        let made = self.made.lock().expect("nobody panicked").take().unwrap_or_default();
        *self.met.lock().expect("nobody panicked") |= made >= self.number;
    }
}

/// Tries each step with each fate, until there is no such step. Returns how many there are.
pub(crate) fn at_every_step(try_out: impl Fn(&Step, Fate)) -> usize {
    for number in 1.. {
        let mut met = false;
        for fate in [Fate::Fails, Fate::Lost, Fate::Dies, Fate::DiesAfter] {
            let step = Step { number, fate, made: Arc::default(), met: Mutex::default() };
            try_out(&step, fate);
            met |= *step.met.lock().expect("nobody panicked");
        }
        if !met {
            return number - 1;
        }
    }
    0
}
