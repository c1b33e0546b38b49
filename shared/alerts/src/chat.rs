//! Cards for Amazon Q Developer in chat applications, formerly AWS Chatbot: its custom notifications (Administrator
//! Guide, "Custom notifications"). Anything of another shape is dropped there, so chat needs a topic of its own.

use serde::Serialize;
use stanchion_findings::{State, Transition, TransitionKind};
use std::collections::BTreeMap;

use crate::group::Alert;
use crate::message::write;
use crate::page::page;
use crate::text::summary;
use crate::words::{self, cut};

/// The lengths that cards keep to, in characters after escaping. The guide names none; these are what Slack
/// shows of a heading and of one block of text.
pub const MAX_TITLE: usize = 150;
/// See [`MAX_TITLE`].
pub const MAX_DESCRIPTION: usize = 3_000;
/// The most next steps and keywords, and the length of each.
const MOST: (usize, usize) = (5, 300);

#[derive(Serialize)]
struct Card {
    version: &'static str,
    source: &'static str,
    id: String,
    content: Content,
    metadata: Metadata,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    text_type: &'static str,
    title: String,
    description: String,
    next_steps: Vec<String>,
    keywords: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    thread_id: String,
    summary: String,
    event_type: String,
    related_resources: Vec<String>,
    additional_context: BTreeMap<&'static str, String>,
}

/// What a card says.
pub(crate) struct Said {
    pub(crate) id: String,
    pub(crate) thread: String,
    /// One line, escaped.
    pub(crate) title: String,
    /// Escaped.
    pub(crate) description: String,
    pub(crate) steps: Vec<String>,
    pub(crate) keywords: Vec<String>,
    pub(crate) event_type: String,
    pub(crate) resources: Vec<String>,
    pub(crate) context: BTreeMap<&'static str, String>,
}

/// The card of an alert, JSON. What opens and what resolves a finding are in one thread.
pub fn card(alert: &Alert) -> String {
    let finding = &alert.first.finding;
    let mut context =
        BTreeMap::from([("severity", alert.severity.to_string()), ("rule", plain(&alert.rule_id))]);
    context.extend(alert.account_id.as_deref().map(|id| ("account", plain(id))));
    context.extend(alert.event_id.as_deref().map(|id| ("event", plain(id))));
    let (title, description) = match alert.only() {
        Some(transition) => one(transition),
        None => many(alert),
    };
    let mut steps = if finding.state == State::Resolved { Vec::new() } else { words::todo(finding) };
    if alert.left_out() > 0 {
        steps.push(format!("List all of them: {}", alert.list_command()));
    }
    let keywords = [Some(alert.severity.to_string()), Some(alert.rule_id.clone()), alert.account_id.clone()];
    write_card(Said {
        id: alert.id.clone(),
        thread: alert.thread.clone(),
        title,
        description,
        steps,
        keywords: keywords.into_iter().flatten().collect(),
        event_type: event_type(alert),
        resources: alert.worst.iter().filter_map(|line| line.principal.clone()).collect(),
        context,
    })
}

/// A card, within what cards may be.
pub(crate) fn write_card(said: Said) -> String {
    let title = limited(&said.title, MAX_TITLE);
    write(&Card {
        version: "1.0",
        source: "custom",
        id: said.id,
        content: Content {
            text_type: "client-markdown",
            description: limited(said.description.trim_end(), MAX_DESCRIPTION),
            next_steps: said.steps.iter().take(MOST.0).map(|step| plain(step)).collect(),
            keywords: said.keywords.iter().map(|word| plain(word)).collect(),
            title: title.clone(),
        },
        metadata: Metadata {
            thread_id: said.thread,
            summary: title,
            event_type: said.event_type,
            related_resources: said.resources.iter().map(|arn| plain(&words::clean(arn))).collect(),
            additional_context: said.context,
        },
    })
}

/// Headings and their lines, as the description of a card.
pub(crate) fn described(sections: &[(&str, Vec<String>)]) -> String {
    let mut description = String::new();
    for (heading, lines) in sections {
        description += &format!("*{heading}*\n");
        for line in lines {
            description += &format!("• {}\n", escaped(line));
        }
    }
    description
}

fn event_type(alert: &Alert) -> String {
    let kinds: Vec<&TransitionKind> = alert.counts.keys().collect();
    match kinds.as_slice() {
        [kind] => format!("finding-{kind}"),
        _ => "findings".to_owned(),
    }
}

fn one(transition: &Transition) -> (String, String) {
    let page = page(&transition.finding, Some(transition.kind));
    // What to do has a place of its own in a card; what the answer rests on is not for a chat.
    let shown = ["What to do", "Taken for granted"];
    let sections = page.sections.into_iter().filter(|section| !shown.contains(&section.heading));
    let sections: Vec<_> = sections.map(|section| (section.heading, section.lines)).collect();
    (escaped(&page.title), described(&sections))
}

fn many(alert: &Alert) -> (String, String) {
    let mut sections = Vec::new();
    if let Some((event, is_cause)) = words::event(&alert.first.finding) {
        let heading = if is_cause { "Who did it" } else { "Seen after" };
        sections.push((heading, vec![format!("{}, by {}", words::did(event), words::by(event))]));
    }
    sections.push(("The worst of them", alert.worst.iter().map(|line| line.text.clone()).collect()));
    let mut description = described(&sections);
    if alert.left_out() > 0 {
        description += &format!("and {} more\n", alert.left_out());
    }
    (escaped(&summary(alert)), description)
}

fn plain(text: &str) -> String {
    limited(&escaped(text), MOST.1)
}

/// A text in which nothing means anything to the chat: Slack's three characters of control as entities, and what
/// begins or ends formatting, or a mention, kept from its word by a space that has no width. Within a word it is
/// none, so that most ARNs and addresses can be copied.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_edge = |character: Option<char>| !character.is_some_and(char::is_alphanumeric);
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '*' | '_' | '~' | '`' | '@' | '[' | ']' => {
                if is_edge(Some(before)) || is_edge(characters.peek().copied()) {
                    escaped.push('\u{200b}');
                }
                escaped.push(character);
            }
            other => escaped.push(other),
        }
        before = character;
    }
    escaped
}

/// An escaped text, cut so that no entity is cut.
fn limited(text: &str, most: usize) -> String {
    let cut = cut(text, most);
    match (cut.rfind('&'), cut.strip_suffix('…')) {
        (Some(at), Some(kept)) if !kept[at..].contains(';') => format!("{}…", &kept[..at]),
        _ => cut,
    }
}
