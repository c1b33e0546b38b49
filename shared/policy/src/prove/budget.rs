//! How much work a question may cost, counted in steps that are the same on every machine.

/// What is left of a question's budget.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    left: u64,
}

/// The budget ran out: the answer is indeterminate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Budget {
    pub(super) fn new(steps: u64) -> Self {
        Self { left: steps }
    }

    /// How much of the whole is used up.
    pub(super) fn spent(&self, whole: u64) -> u64 {
        whole - self.left
    }

    /// How much is left.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Takes steps from the budget.
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), Exhausted> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Exhausted)
            }
        }
    }
}
