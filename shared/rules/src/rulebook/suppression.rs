//! Suppressions: findings that somebody answers for, for a reason, until a day.
//!
//! A suppression says nothing of whether a rule holds: it only keeps what breaks it from being an alarm. It ends by
//! itself, and hides nothing that is not known.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};
use stanchion_policy::decide::arn_like;

use super::extends::Gathered;
use super::field::{Field, line, object};
use super::reader::{Fields, Reader, nearest};
use super::rule::principal_arn;
use super::scope;
use super::yaml::{Node, Value};
use super::{Rulebook, SECTIONS};
use crate::code::Code;
use crate::glob;

/// How many findings a suppression may fit before it has to say that so many are meant.
pub const TOO_WIDE: u32 = 25;

/// How many days ahead a suppression may end, unless the rulebook says otherwise: a year.
pub const LONGEST: u32 = 366;

/// The most days that a rulebook may say: ten years.
const MOST_DAYS: u32 = 3650;

/// What `findings` may be at most.
const MOST_FINDINGS: u32 = 1_000_000;

/// The keys of a suppression.
const KEYS: [Field; 9] = [
    Field::required(
        "rule",
        "The id of the rule, or a pattern of ids; `*` and `?` are wildcards.",
        || json!({"type": "string", "pattern": "^[A-Za-z0-9*?-]+$", "examples": ["no-leaving-the-organization"]}),
    ),
    Field::optional(
        "principal",
        "Whose findings: a pattern of ARNs, compared as `ArnLike` compares `aws:PrincipalArn`.",
        super::rule::principal_shape,
    ),
    Field::optional(
        "account",
        "Findings of this account, its principals' included.",
        || json!({"type": "string", "pattern": "^[0-9]{12}$"}),
    ),
    Field::optional(
        "subject",
        "Whose findings, by the id that stays: a principal's unique id or an account's; `*` and `?` are wildcards.",
        || json!({"type": "string", "pattern": "^[A-Za-z0-9*?-]+$", "examples": ["AROAEXAMPLEROLE"]}),
    ),
    Field::optional("facet", "One way to break the rule, as findings name it. Without it: every way.", line),
    Field::required("reason", "Why it is all right for now.", line),
    Field::required("owner", "Who answers for it.", line),
    Field::required(
        "until",
        "The day on which it ends, as it begins in UTC: `2027-03-01`.",
        || json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": ["2027-03-01"]}),
    ),
    Field::optional(
        "findings",
        "How many findings it may fit. Without it: 25.",
        || json!({"type": "integer", "minimum": 1, "maximum": MOST_FINDINGS}),
    ),
];

/// The schema of a suppression.
pub(super) fn schema() -> Json {
    let mut schema = object(&KEYS);
    let one_of = ["principal", "account", "subject"].map(|key| json!({"required": [key]}));
    schema.insert("anyOf".to_owned(), json!(one_of));
    Json::Object(schema)
}

/// The schema of `longest_suppression`.
pub(super) fn days() -> Json {
    json!({"type": "integer", "minimum": 1, "maximum": MOST_DAYS})
}

/// One entry of `suppressions`. All that it says of a finding must fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The id of the rule, or a pattern of ids.
    pub rule: String,
    /// An `ArnLike` pattern of principals.
    pub principal: Option<String>,
    /// An account's id.
    pub account: Option<String>,
    /// A pattern of the subject's id.
    pub subject: Option<String>,
    /// The facet; `None`: any.
    pub facet: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The day on which it ends, as it begins in UTC.
    pub until: Date,
    /// How many findings it may fit, if that is said.
    pub findings: Option<u32>,
    /// Where it is written: its place among [`Rulebook::sources`].
    pub source: usize,
    /// The line there, from 1.
    pub line: usize,
    /// The column there, from 1.
    pub column: usize,
}

/// What a suppression is held against: the parts of a finding that it may name.
#[derive(Clone, Copy, Debug)]
pub struct About<'f> {
    /// The rule that is broken.
    pub rule: &'f str,
    /// The principal's ARN, if it is about one.
    pub principal: Option<&'f str>,
    /// The account.
    pub account: Option<&'f str>,
    /// The subject's id.
    pub subject: &'f str,
    /// The facet.
    pub facet: Option<&'f str>,
}

/// How a suppression stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is in force.
    InForce,
    /// It has ended.
    Ended,
    /// It ends later than is allowed, and is not in force until that is not so.
    TooLong,
}

impl Suppression {
    /// Whether it is about a finding, in force or not.
    pub fn fits(&self, about: About<'_>) -> bool {
        glob::matches(&self.rule, about.rule)
            && self
                .principal
                .as_deref()
                .is_none_or(|own| about.principal.is_some_and(|arn| arn_like(own, arn)))
            && self.account.as_deref().is_none_or(|own| about.account == Some(own))
            && self.subject.as_deref().is_none_or(|own| glob::matches(own, about.subject))
            && self.facet.as_deref().is_none_or(|own| about.facet == Some(own))
    }

    /// How it stands on a day, where suppressions may end `longest` days ahead.
    pub fn standing(&self, today: Date, longest: u32) -> Standing {
        let days = today.until(self.until).map_or(i32::MAX, |span| span.get_days());
        match days {
            ..=0 => Standing::Ended,
            days if days.unsigned_abs() > longest => Standing::TooLong,
            _ => Standing::InForce,
        }
    }

    /// The moment at which it ends, in nanoseconds since the epoch.
    pub fn ends(&self) -> i128 {
        let start = self.until.to_zoned(TimeZone::UTC);
        // A day so late that it has no moment never comes.
        start.map_or(i128::MAX, |start| start.timestamp().as_nanosecond())
    }

    /// How many findings it may fit.
    pub fn most(&self) -> u32 {
        self.findings.unwrap_or(TOO_WIDE)
    }
}

/// What it is about, as `no-root-use of arn:aws:iam::*:root`: tells it from others for people and for programs.
impl fmt::Display for Suppression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule)?;
        let account = self.account.as_ref().map(|id| format!("account {id}"));
        let of: Vec<&str> =
            [&self.principal, &account, &self.subject].into_iter().flatten().map(String::as_str).collect();
        write!(f, " of {}", of.join(", "))?;
        match &self.facet {
            Some(facet) => write!(f, ", as to {facet}"),
            None => Ok(()),
        }
    }
}

/// The day of a moment in nanoseconds since the epoch, in UTC.
pub fn day(now: i128) -> Option<Date> {
    Timestamp::from_nanosecond(now).ok().map(|moment| moment.to_zoned(TimeZone::UTC).date())
}

impl Rulebook {
    /// The suppression of a finding that is in force at a moment; of several, the one that ends last. `None` for
    /// the moment: nothing is known to be in force.
    pub fn suppression(&self, about: About<'_>, now: Option<i128>) -> Option<&Suppression> {
        if self.suppressions.is_empty() {
            return None;
        }
        let today = day(now?)?;
        let in_force =
            |own: &&Suppression| own.standing(today, self.longest_suppression) == Standing::InForce;
        self.suppressions.iter().filter(in_force).filter(|own| own.fits(about)).max_by_key(|own| own.until)
    }
}

/// Reads one suppression.
fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Suppression> {
    let fields = reader.fields(node, "a suppression", &KEYS)?;
    let rule = fields.required("rule", "the id of a rule", reader);
    let rule = rule.and_then(|node| pattern(node, "`rule`", reader));
    let principal =
        optional(&fields, "principal", reader, |node, reader| principal_arn(node, "`principal`", reader));
    let account = optional(&fields, "account", reader, scope::account);
    let subject = optional(&fields, "subject", reader, |node, reader| pattern(node, "`subject`", reader));
    let facet = fields.optional_text("facet", reader);
    if !["principal", "account", "subject"].iter().any(|key| fields.get(key).is_some()) {
        let message = "a suppression says whose findings it is about";
        reader.problem_with_help(
            Code::MissingKey,
            node.at,
            message,
            "add `principal`, `account` or `subject`",
        );
    }
    let text = |name: &'static str, help: &str, reader: &mut Reader<'_>| {
        let node = fields.required(name, help, reader)?;
        reader.text(node, &format!("`{name}`")).map(str::to_owned)
    };
    let reason = text("reason", "why it is all right for now", reader);
    let owner = text("owner", "who answers for it", reader);
    let until =
        fields.required("until", "a day, as `2027-03-01`", reader).and_then(|node| date(node, reader));
    let findings = fields.get("findings").map(|node| number(node, "`findings`", MOST_FINDINGS, reader));
    Some(Suppression {
        rule: rule?,
        principal: principal?,
        account: account?,
        subject: subject?,
        facet,
        reason: reason?,
        owner: owner?,
        until: until?,
        findings: match findings {
            Some(findings) => Some(findings?),
            None => None,
        },
        source: node.at.file,
        line: node.at.line,
        column: node.at.column,
    })
}

/// What is behind a key that may be left out; `None`: it is a mistake.
fn optional<T>(
    fields: &Fields<'_>,
    name: &str,
    reader: &mut Reader<'_>,
    read: impl FnOnce(&Node, &mut Reader<'_>) -> Option<T>,
) -> Option<Option<T>> {
    match fields.get(name) {
        Some(node) => read(node, reader).map(Some),
        None => Some(None),
    }
}

/// A pattern of ids.
fn pattern(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(node, what)?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-*?".contains(&byte);
    if !text.bytes().all(fits) {
        let message = format!("{what} is `{text}`, which no id is like");
        reader.problem_with_help(
            Code::Malformed,
            node.at,
            message,
            "write an id, with `*` and `?` as wildcards",
        );
        return None;
    }
    Some(text.to_owned())
}

fn date(node: &Node, reader: &mut Reader<'_>) -> Option<Date> {
    let text = reader.text(node, "`until`")?;
    let date = text.parse::<Date>().ok().filter(|_| text.len() == "2027-03-01".len());
    if date.is_none() {
        let message = format!("`{text}` is not a day");
        reader.problem_with_help(Code::Malformed, node.at, message, "as `2027-03-01`");
    }
    date
}

/// A whole number from 1 on.
fn number(node: &Node, what: &str, most: u32, reader: &mut Reader<'_>) -> Option<u32> {
    let number = match &node.value {
        Value::Number(text) => text.parse().ok().filter(|number| (1..=most).contains(number)),
        other => {
            reader.problem(
                Code::WrongType,
                node.at,
                format!("{what} must be a number, not {}", other.kind()),
            );
            return None;
        }
    };
    if number.is_none() {
        reader.problem(Code::Malformed, node.at, format!("{what} must be a whole number from 1 to {most}"));
    }
    number
}

/// Reads `longest_suppression`.
pub(super) fn read_days(node: &Node, reader: &mut Reader<'_>) -> Option<u32> {
    number(node, "`longest_suppression`", MOST_DAYS, reader)
}

/// Reads all suppressions that were gathered, and tells of those of rules that there are not. `root` is the tree
/// of all rules, those with mistakes included.
pub(super) fn read_all(gathered: &Gathered, root: &Node, reader: &mut Reader<'_>) -> Vec<Suppression> {
    let lists = SECTIONS.iter().filter_map(|(name, _)| match &root.get(name)?.value {
        Value::List(rules) => Some(rules),
        _ => None,
    });
    let ids = lists.flatten().filter_map(|rule| match &rule.get("id")?.value {
        Value::Text(id) => Some(id.as_str()),
        _ => None,
    });
    let known: Vec<&str> = ids.chain(gathered.disabled.iter().map(|disabled| disabled.id.as_str())).collect();
    let mut suppressions = Vec::new();
    for node in &gathered.suppressions {
        let Some(suppression) = read(node, reader) else { continue };
        if !known.iter().any(|id| glob::matches(&suppression.rule, id)) {
            let at = node.get("rule").map_or(node.at, |rule| rule.at);
            let message =
                format!("there is no rule `{}` whose findings could be suppressed", suppression.rule);
            let help = match nearest(&suppression.rule, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name one of the rulebook's rules".to_owned(),
            };
            reader.problem_with_help(Code::UnknownWord, at, message, help);
        }
        suppressions.push(suppression);
    }
    suppressions
}
