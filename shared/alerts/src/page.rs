//! A finding as a page that one would send to a colleague: what can now happen, who did it, what to do, and
//! what it rests on. The same page is written as plain text and as Markdown.

use stanchion_findings::{EventRef, Finding, State, TransitionKind};
use stanchion_inventory::IamArn;

use crate::words::{self, clean};

/// Where lines of plain text are broken.
const WIDTH: usize = 80;

/// How many conditions a sentence has; further ones have lines of their own.
const IN_A_SENTENCE: usize = 3;

/// How many statements, conditions and unknowns are named before the rest is only counted.
const NAMED: usize = 12;

/// How many lines of a diff are shown.
const CHANGED: usize = 120;

/// The section that the change is shown in.
const TODO: &str = "What to do";

/// A page: a title and some sections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// One line, as `CRITICAL open: Nobody stops CloudTrail`.
    pub title: String,
    /// The sections, what matters most first. None is empty.
    pub sections: Vec<Section>,
    /// The changes of policies that would mend it, as a unified diff.
    pub change: Option<String>,
}

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: &'static str,
    /// Its lines: a sentence or an item each.
    pub lines: Vec<String>,
}

/// The page of a finding; `kind` is what has just happened to it, if that is told.
pub fn page(finding: &Finding, kind: Option<TransitionKind>) -> Page {
    let is_over = finding.state == State::Resolved;
    let allows = if is_over { Vec::new() } else { allows(finding) };
    let assumptions = if is_over { &[] } else { finding.assumptions.as_slice() };
    let sections = [
        facts(finding),
        Section { heading: "Suppressed", lines: words::suppression(finding) },
        Section { heading: if is_over { "How it ended" } else { "Who did it" }, lines: cause(finding) },
        Section { heading: TODO, lines: words::todo(finding) },
        Section { heading: "What allows it", lines: some(allows, "statement") },
        Section {
            heading: "Taken for granted",
            lines: assumptions.iter().map(|name| words::sentence(&words::assumption(name))).collect(),
        },
        Section { heading: "The finding", lines: about(finding) },
    ];
    Page {
        title: title(finding, kind),
        sections: sections.into_iter().filter(|section| !section.lines.is_empty()).collect(),
        change: change(finding),
    }
}

/// The diff of what would mend a finding that is open, line by line as it may be shown.
fn change(finding: &Finding) -> Option<String> {
    let fix = finding.fix.as_ref().filter(|_| finding.state == State::Open)?;
    let lines: Vec<String> = fix.diff.lines().map(clean).collect();
    let more = lines.len().saturating_sub(CHANGED);
    let mut text = lines.into_iter().take(CHANGED).collect::<Vec<_>>().join("\n");
    if more > 0 {
        text += &format!("\n... {more} more lines");
    }
    (!text.is_empty()).then_some(text)
}

/// What allows the witness, a line each.
fn allows(finding: &Finding) -> Vec<String> {
    let arn = finding.principal.as_deref();
    let is_root = arn.and_then(IamArn::parse).is_some_and(|arn| arn.kind == "root");
    let root = is_root && finding.witness.is_some();
    let root = root.then(|| "a root user may do whatever no policy of the organization denies".to_owned());
    // Of an account it is asked what the organization lets through, whatever the account's own policies say.
    let told =
        finding.because.iter().filter(|one| arn.is_some() || ["scp", "rcp"].contains(&one.layer.as_str()));
    root.into_iter().chain(told.map(words::because)).collect()
}

/// What happened, in one line: how bad, who and which rule, as `HIGH opened: role Deploy of account 111122223333
/// breaks "Nobody deletes buckets"`.
pub(crate) fn title(finding: &Finding, kind: Option<TransitionKind>) -> String {
    let word = kind.map_or_else(|| finding.state.to_string(), |kind| kind.to_string());
    let severity = finding.severity.to_string().to_uppercase();
    let (who, rule) = (words::who(finding), clean(&finding.title));
    match finding.state {
        State::Open | State::Suppressed => format!("{severity} {word}: {who} breaks \"{rule}\""),
        State::Indeterminate => format!("{severity} {word}: whether {who} breaks \"{rule}\""),
        State::Resolved => format!("{severity} {word}: {who} keeps to \"{rule}\" again"),
    }
}

/// The first lines of a list, and how many more there are.
fn some(mut lines: Vec<String>, what: &str) -> Vec<String> {
    let more = lines.len().saturating_sub(NAMED);
    if more > 0 {
        lines.truncate(NAMED);
        lines.push(format!("and {more} more {what}{}", if more == 1 { "" } else { "s" }));
    }
    lines
}

fn facts(finding: &Finding) -> Section {
    let heading = match (finding.state, &finding.witness) {
        (State::Open | State::Suppressed, Some(_)) => "What can now happen",
        (State::Open | State::Suppressed, None) => "What is wrong",
        (State::Indeterminate, _) => "What cannot be told",
        (State::Resolved, _) => "What used to be so",
    };
    let mut lines = Vec::new();
    if finding.state == State::Indeterminate {
        lines.push("The rule is neither proven to hold nor proven to be broken.".to_owned());
    }
    lines.extend(sentence(finding));
    if let Some(witness) = &finding.witness {
        let conditions = words::conditions(witness);
        let further =
            conditions.into_iter().skip(IN_A_SENTENCE).map(|condition| format!("and when {condition}"));
        lines.extend(some(further.collect(), "condition"));
        lines.extend(finding.detail.as_deref().map(detail));
    }
    let unknowns = finding.unknowns.iter().map(|unknown| words::sentence(&format!("not known: {unknown}")));
    lines.extend(some(unknowns.collect(), "reason"));
    Section { heading, lines }
}

/// What the finding says, in one sentence; `None` where there is nothing but unknowns.
pub(crate) fn sentence(finding: &Finding) -> Option<String> {
    let who = words::who(finding);
    let Some(witness) = &finding.witness else {
        return finding.detail.as_deref().map(|text| words::sentence(&format!("{who}: {text}")));
    };
    let request = words::request(witness);
    let could = if finding.state == State::Resolved { "could" } else { "can" };
    let sentence = match &finding.principal {
        _ if of_outsiders(finding) => {
            format!("somebody else {could} call {} on {who}", clean(&witness.action))
        }
        Some(_) => format!("{who} {could} {request}"),
        None => format!("in {who}, the organization's policies let somebody {request}"),
    };
    let conditions = words::conditions(witness);
    let told: Vec<&str> = conditions.iter().take(IN_A_SENTENCE).map(String::as_str).collect();
    let when = if told.is_empty() { String::new() } else { format!(", when {}", told.join(" and ")) };
    Some(words::sentence(&format!("{sentence}{when}")))
}

/// What is wrong besides the witness, with a beginning that makes it a sentence.
fn detail(text: &str) -> String {
    let beginning = if text.starts_with("beyond ") { "that is" } else { "in full:" };
    words::sentence(&format!("{beginning} {text}"))
}

/// Whether the witness is not the principal's own request but of those whom its trust policy lets in.
fn of_outsiders(finding: &Finding) -> bool {
    ["third-party", "federation", "service-trust"].contains(&finding.rule_kind.as_str())
        && finding.witness.as_ref().is_some_and(|witness| witness.action.starts_with("sts:"))
}

fn cause(finding: &Finding) -> Vec<String> {
    let told = |event: &EventRef| format!("{}, by {}", words::did(event), words::by(event));
    match (words::event(finding), finding.state) {
        (Some((event, true)), _) => vec![words::sentence(&told(event))],
        (event, State::Resolved) => {
            let end = match event {
                Some((event, _)) => format!("It ended with {}", told(event)),
                None => "Not known: it was over when it was looked for".to_owned(),
            };
            let begin = finding.caused_by.as_ref().map(|event| format!("It had come with {}", told(event)));
            [Some(end), begin].into_iter().flatten().map(|text| words::sentence(&text)).collect()
        }
        (Some((event, false)), _) => {
            let seen = format!("It was seen after {}; that is not known to be its cause", told(event));
            let mut lines = vec!["Not known.".to_owned(), words::sentence(&seen)];
            lines.extend(words::since(finding));
            lines
        }
        (None, _) => {
            let mut lines = vec!["Not known: no change was seen to bring it about.".to_owned()];
            lines.extend(words::since(finding));
            lines
        }
    }
}

fn about(finding: &Finding) -> Vec<String> {
    let facet = finding.facet.as_deref().map(|facet| format!(", as to {}", clean(facet))).unwrap_or_default();
    let mut lines = vec![format!("Rule {} ({}){facet}", clean(&finding.rule_id), clean(&finding.rule_kind))];
    lines.extend(finding.principal.as_deref().map(|arn| format!("Principal {}", clean(arn))));
    if let Some(since) = &finding.first_seen {
        let again = match finding.times_reopened {
            0 => String::new(),
            1 => "; it came back once".to_owned(),
            times => format!("; it came back {times} times"),
        };
        lines.push(format!("First seen {}{again}", clean(since)));
    }
    if let Some((event, _)) = words::event(finding) {
        let issuer = event.session_issuer.as_deref();
        let issuer = issuer.map(|issuer| format!(", session of {}", clean(issuer))).unwrap_or_default();
        lines.push(format!("CloudTrail event {} by {}{issuer}", clean(&event.event_id), clean(&event.actor)));
    }
    lines.push(format!("Id {}", finding.fingerprint));
    lines
}

impl Page {
    /// As plain text: headings in capitals, lines broken where they are long.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", wrapped(&self.title, ""));
        for section in &self.sections {
            text += &format!("\n{}\n", section.heading.to_uppercase());
            for line in &section.lines {
                text += &wrapped(line, "  ");
                text.push('\n');
            }
            for line in self.change_in(section) {
                text += format!("    {line}").trim_end();
                text.push('\n');
            }
        }
        text
    }

    /// The lines of the change, in the section that tells it.
    fn change_in(&self, section: &Section) -> impl Iterator<Item = &str> {
        self.change.as_deref().filter(|_| section.heading == TODO).into_iter().flat_map(str::lines)
    }

    /// As Markdown (CommonMark). What findings say cannot format it.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n", markdown(&self.title));
        for section in &self.sections {
            text += &format!("\n## {}\n\n", section.heading);
            for line in &section.lines {
                text += &format!("- {}\n", markdown(line));
            }
            let change: Vec<&str> = self.change_in(section).collect();
            if !change.is_empty() {
                // Lines of a diff begin with a sign or with JSON: none of them ends the block.
                text += &format!("\n```diff\n{}\n```\n", change.join("\n"));
            }
        }
        text
    }
}

/// A text in which nothing means anything to Markdown.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(
            character,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' | '!' | '$'
        ) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A line broken at spaces, the later ones indented by two more. A word that is too long has a line of its own.
fn wrapped(line: &str, indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut current = indent.to_owned();
    let mut is_begun = false;
    for word in line.split(' ') {
        if is_begun && current.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut current, format!("{indent}  ")));
            is_begun = false;
        }
        if is_begun {
            current.push(' ');
        }
        current += word;
        is_begun = true;
    }
    lines.push(current);
    lines.join("\n")
}
