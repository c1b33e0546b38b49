//! What can be wrong with a rulebook: one word for each kind of mistake.

use std::fmt;

macro_rules! codes {
    ($($(#[$about:meta])+ $name:ident = $text:literal,)+) => {
        /// A kind of mistake. `docs/RULEBOOK.md` has a table of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$about])+ $name,)+ }

        impl Code {
            /// Every code: the errors, then the warnings.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code in kebab case.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

codes! {
    /// The text is not YAML.
    NotYaml = "not-yaml",
    /// The text is too long.
    TooLarge = "too-large",
    /// There are more mistakes than are told.
    TooMany = "too-many",
    /// A part of YAML, or of the format, that this version does not read.
    Unsupported = "unsupported",
    /// A key that does not belong there.
    UnknownKey = "unknown-key",
    /// A key that must be there is not.
    MissingKey = "missing-key",
    /// A key, or the id of a rule, is given twice.
    Repeated = "repeated",
    /// A list where there should be text, or the like.
    WrongType = "wrong-type",
    /// A list or a text with nothing in it.
    Empty = "empty",
    /// A word that is none of those that can stand there.
    UnknownWord = "unknown-word",
    /// An id or an ARN that is not written like one.
    Malformed = "malformed",
    /// A `forbid` statement that IAM's grammar refuses.
    BadStatement = "bad-statement",
    /// A condition operator that does not exist.
    UnknownOperator = "unknown-operator",

    /// A file that the rulebook names and that cannot be read.
    Unreadable = "unreadable",

    /// A suppression that ends later than is allowed.
    LongSuppression = "long-suppression",
    /// A suppression that fits more findings than it says.
    WideSuppression = "wide-suppression",

    // Warnings; `is_warning` counts on `UnknownAction` being the first of them.

    /// An action pattern that matches no action.
    UnknownAction = "unknown-action",
    /// A condition key that is nowhere described.
    UnknownConditionKey = "unknown-condition-key",
    /// A service's condition key that no action of the statement lists.
    UnlistedConditionKey = "unlisted-condition-key",
    /// A value that its operator cannot read.
    UnreadableValue = "unreadable-value",
    /// A resource that no action of the statement can have.
    ImpossibleResource = "impossible-resource",
    /// A statement that matches no request.
    MatchesNothing = "matches-nothing",
    /// A rule that says nothing that another one does not say.
    ShadowedRule = "shadowed-rule",
    /// A rule that says the same as an earlier one.
    DuplicateRule = "duplicate-rule",
    /// The exemptions of a rule leave nobody in its scope.
    ExemptsEveryone = "exempts-everyone",
    /// An exemption that fits nobody in the rule's scope.
    ExemptsNobody = "exempts-nobody",
    /// A pattern of roles without the path that AWS gives to such roles.
    ForgottenPath = "forgotten-path",
    /// An OU that the inventory lacks.
    UnknownOu = "unknown-ou",
    /// An account that the inventory lacks.
    UnknownAccount = "unknown-account",
    /// An exemption that fits nobody in the inventory.
    UnusedExemption = "unused-exemption",
    /// A rule that is about nobody in the inventory.
    AboutNobody = "about-nobody",
    /// A policy of AWS's own that is not known.
    UnknownPolicy = "unknown-policy",
    /// A `match` of a persona, or a scope, that no principal can fit.
    MatchesNobody = "matches-nobody",
    /// A policy that a persona needs and does not allow at most.
    NeedsBeyond = "needs-beyond",
    /// A persona that conflicts with itself, or with all that hold what it needs.
    AlwaysInConflict = "always-in-conflict",
    /// An `isolate` whose actions no tag can hold apart.
    NothingIsolated = "nothing-isolated",
    /// A tag that holds resources apart and that no rule requires.
    UnrequiredTag = "unrequired-tag",
    /// A tag that a rule wants and the tag policies of the inventory refuse.
    RefusedTag = "refused-tag",
    /// A suppression whose day has come.
    EndedSuppression = "ended-suppression",
    /// A suppression that fits no finding.
    UnusedSuppression = "unused-suppression",
    /// There was more to prove than is tried.
    NotLinted = "not-linted",
}

impl Code {
    /// Whether a rulebook with it is read all the same.
    pub fn is_warning(self) -> bool {
        self >= Self::UnknownAction
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
