//! A policy document, as written: parsed and checked against the grammar, nothing interpreted yet.
//!
//! Grammar: IAM User Guide, "Grammar of the IAM JSON policy language".

use std::fmt;

/// The language version of a document. A document without one is read as the older.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Version {
    /// `2008-10-17`: policy variables are plain text.
    #[default]
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// What a statement does to the requests it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Grants them, as far as every other layer lets it.
    Allow,
    /// Refuses them, whatever else is said.
    Deny,
}

/// A parsed policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The language version; 2008-10-17 if none is given.
    pub version: Version,
    /// Whether the document says its version. Leaving it out is legal, and usually a mistake.
    pub version_given: bool,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The `Sid`, if any.
    pub sid: Option<String>,
    /// `Allow` or `Deny`; a rulebook's `forbid` statement is read as an `Allow` of what is forbidden.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`.
    pub principal: Option<Principals>,
    /// `Action` or `NotAction`.
    pub action: Patterns,
    /// `Resource` or `NotResource`; trust policies have neither.
    pub resource: Option<Patterns>,
    /// Every operator and key of the `Condition` block, in order: all must hold.
    pub conditions: Vec<Condition>,
}

impl Statement {
    /// An Allow that matches every request, whoever makes it.
    pub fn everything() -> Self {
        let any = || Patterns { negated: false, patterns: vec!["*".to_owned()] };
        Self {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action: any(),
            resource: Some(any()),
            conditions: Vec::new(),
        }
    }
}

/// `Action`, `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patterns {
    /// Whether this is the `Not...` form: everything but what the patterns match.
    pub negated: bool,
    /// The patterns, as written.
    pub patterns: Vec<String>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principals {
    /// Whether this is `NotPrincipal`.
    pub negated: bool,
    /// The principals named.
    pub entries: Vec<PrincipalEntry>,
}

/// One principal that a statement names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalEntry {
    /// `"*"`, also as `{"AWS": "*"}`.
    Anyone,
    /// An account, an IAM or STS ARN, or a unique id.
    Aws(String),
    /// A service, as `ec2.amazonaws.com`.
    Service(String),
    /// An identity provider.
    Federated(String),
    /// An S3 canonical user id.
    CanonicalUser(String),
}

/// One operator applied to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The key, as written.
    pub key: String,
    /// The values, as written; unquoted scalars as text.
    pub values: Vec<String>,
}

/// A condition operator with its quantifier and `IfExists`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// `ForAnyValue:` or `ForAllValues:`.
    pub quantifier: Option<Quantifier>,
    /// What is compared, and how.
    pub comparison: Comparison,
    /// Whether a missing key satisfies it.
    pub if_exists: bool,
    /// As written, for messages.
    pub text: String,
}

/// How an operator treats a key of several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// `ForAnyValue:`.
    AnyValue,
    /// `ForAllValues:`.
    AllValues,
}

/// What an operator compares. `negated` turns each into its `Not...` form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `StringEquals`, `StringLike`, `...IgnoreCase` and their negations.
    Text {
        /// Whether letters' case counts not.
        ignore_case: bool,
        /// Whether `*` and `?` are wildcards.
        like: bool,
        /// `StringNot...`.
        negated: bool,
    },
    /// `ArnEquals` and `ArnLike`, which are the same, and their negations.
    Arn {
        /// `ArnNot...`.
        negated: bool,
    },
    /// `Numeric...`.
    Number(Order),
    /// `Date...`.
    Date(Order),
    /// `Bool`.
    Bool,
    /// `BinaryEquals`.
    Binary,
    /// `IpAddress`, `NotIpAddress`.
    Ip {
        /// `NotIpAddress`.
        negated: bool,
    },
    /// `Null`.
    Null,
    /// An operator that this version does not know: its outcome is unknown.
    Unknown,
}

/// How numbers and dates are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Order {
    Equals,
    NotEquals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Comparison {
    /// Whether this is a negated operator: true on a missing key, and true only if no value matches.
    pub fn negated(self) -> bool {
        match self {
            Self::Text { negated, .. } | Self::Arn { negated } | Self::Ip { negated } => negated,
            Self::Number(order) | Self::Date(order) => order == Order::NotEquals,
            Self::Bool | Self::Binary | Self::Null | Self::Unknown => false,
        }
    }
}

impl Operator {
    /// Reads an operator's name. Case does not count: real policies write `Stringlike`, and IAM
    /// takes them. A name that is not known gives [`Comparison::Unknown`].
    pub fn parse(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let (quantifier, rest) = if let Some(rest) = lower.strip_prefix("foranyvalue:") {
            (Some(Quantifier::AnyValue), rest)
        } else if let Some(rest) = lower.strip_prefix("forallvalues:") {
            (Some(Quantifier::AllValues), rest)
        } else {
            (None, lower.as_str())
        };
        let (name, if_exists) = match rest.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let comparison = match comparison(name) {
            // `NullIfExists` is not an operator (UG, "...IfExists condition operators").
            Comparison::Null if if_exists => Comparison::Unknown,
            known => known,
        };
        Self { quantifier, comparison, if_exists, text: text.to_owned() }
    }
}

fn comparison(name: &str) -> Comparison {
    let text = |ignore_case, like, negated| Comparison::Text { ignore_case, like, negated };
    if let Some(order) = name.strip_prefix("numeric").and_then(order) {
        return Comparison::Number(order);
    }
    if let Some(order) = name.strip_prefix("date").and_then(order) {
        return Comparison::Date(order);
    }
    match name {
        "stringequals" => text(false, false, false),
        "stringnotequals" => text(false, false, true),
        "stringequalsignorecase" => text(true, false, false),
        "stringnotequalsignorecase" => text(true, false, true),
        "stringlike" => text(false, true, false),
        "stringnotlike" => text(false, true, true),
        "arnequals" | "arnlike" => Comparison::Arn { negated: false },
        "arnnotequals" | "arnnotlike" => Comparison::Arn { negated: true },
        "bool" => Comparison::Bool,
        "binaryequals" => Comparison::Binary,
        "ipaddress" => Comparison::Ip { negated: false },
        "notipaddress" => Comparison::Ip { negated: true },
        "null" => Comparison::Null,
        _ => Comparison::Unknown,
    }
}

fn order(name: &str) -> Option<Order> {
    Some(match name {
        "equals" => Order::Equals,
        "notequals" => Order::NotEquals,
        "lessthan" => Order::LessThan,
        "lessthanequals" => Order::LessThanEquals,
        "greaterthan" => Order::GreaterThan,
        "greaterthanequals" => Order::GreaterThanEquals,
        _ => return None,
    })
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        })
    }
}
