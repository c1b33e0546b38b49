//! How the program ends: one enum, in one place.

use std::process::ExitCode;

/// The exit codes of every verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing is open; for `react`, nothing was opened by these events.
    Clean,
    /// There are violations; for `rulebook lint`, warnings.
    Violations,
    /// The input or the usage is wrong. (The command-line parser ends with the same code.)
    Wrong,
    /// Nothing is violated, but something is indeterminate.
    Indeterminate,
}

impl Exit {
    /// What to end with, given what was found.
    pub(crate) fn of(violated: bool, indeterminate: bool) -> Self {
        match (violated, indeterminate) {
            (true, _) => Self::Violations,
            (false, true) => Self::Indeterminate,
            (false, false) => Self::Clean,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Violations => 1,
            Exit::Wrong => 2,
            Exit::Indeterminate => 3,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn violations_outweigh_what_is_indeterminate() {
        assert_eq!(Exit::of(true, true), Exit::Violations);
        assert_eq!(Exit::of(false, true), Exit::Indeterminate);
        assert_eq!(Exit::of(false, false), Exit::Clean);
    }
}
