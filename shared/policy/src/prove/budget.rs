//! How much work a question may cost, counted in steps that are the same on every machine.

/// How the reason of an answer begins whose search ran out.
const RAN_OUT: &str = "the search used up its ";

/// Whether a reason for an indeterminate answer says that the search used up its budget.
pub fn ran_out(reason: &str) -> bool {
    reason.starts_with(RAN_OUT)
}

/// The reason of an answer whose search ran out.
pub(super) fn spent(steps: u64) -> String {
    format!("{RAN_OUT}{steps} steps")
}

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

    /// Takes all that is left: the search needs more memory than it may have.
    pub(super) fn exhaust(&mut self) -> Exhausted {
        self.left = 0;
        Exhausted
    }

    /// Takes steps from the budget.
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), Exhausted> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.exhaust()),
        }
    }
}
