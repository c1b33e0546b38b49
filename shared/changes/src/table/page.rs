//! The table as a page for people: `docs/EVENTS.md`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Row, SERVICES, Service, Watched};
use crate::kind::Kind;

const HEAD: &str = "\
# Events

Every event that Stanchion knows, made from its table by `cargo xtask events`; do not edit. Events of
other services are ignored as `unwatched-source`.

*What changes* is the kind of change, as [FORMATS.md](FORMATS.md) explains it; events without one change
no permission and are ignored as `no-effect`. *Acts on* says whose permissions are looked at again. *Applied*
is what the event by itself does to an inventory, as with `--apply`; where it says *not told*, the
event does not tell enough, and the inventory is out of date afterwards.
";

/// The page, as Markdown.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut services = SERVICES;
    services.sort_by_key(|service| service.title);
    for service in services {
        // Writing to a `String` does not fail.
        let _ = section(&mut page, service);
    }
    page
}

fn section(page: &mut String, service: &Service) -> std::fmt::Result {
    let Service { source, event_bridge, title, .. } = service;
    write!(page, "\n## {title}\n\n`{source}`, from EventBridge as `{event_bridge}`. ")?;
    match service.watched {
        Watched::Whole => {
            page.push_str("An event that changes something and is not here is reported as `unknown-event`.\n")
        }
        Watched::Part => page.push_str("Other events are ignored as `not-watched`.\n"),
        Watched::Ruled(prefix) => writeln!(
            page,
            "Watched where a guardrail forbids an action of `{prefix}`; \
             all else is ignored as `not-watched`."
        )?,
    }
    let (changes, idle): (Vec<&Row>, Vec<&Row>) =
        service.rows.iter().partition(|row| row.kind != Kind::None || !row.apply.words().is_empty());
    page.push_str("\n| event | what changes | acts on | applied | note |\n|---|---|---|---|---|\n");
    for row in changes {
        line(page, row)?;
    }
    let mut by_note: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in idle {
        by_note.entry(row.note).or_default().push(format!("`{}`", row.name));
    }
    for (note, names) in by_note {
        let why = if note.is_empty() { String::new() } else { format!(" ({note})") };
        writeln!(page, "\nNo effect{why}: {}.", names.join(", "))?;
    }
    Ok(())
}

fn line(page: &mut String, row: &Row) -> std::fmt::Result {
    let (kind, acts_on) = match row.kind {
        Kind::None => ("", ""),
        kind => (kind.as_str(), row.acts_on.words()),
    };
    let words = row.apply.words();
    let applied = if row.apply.is_unknown() { format!("*not told*: {words}") } else { words.to_owned() };
    let only_if = row.only_if.map(|condition| format!("only if {}", condition.words));
    let notes: Vec<&str> =
        only_if.as_deref().into_iter().chain([row.note]).filter(|note| !note.is_empty()).collect();
    writeln!(page, "| `{}` | {kind} | {acts_on} | {applied} | {} |", row.name, notes.join("; "))
}
