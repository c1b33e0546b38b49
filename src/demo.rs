//! `stanchion demo`: the whole pipeline on a small organization that ships with the program.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use miette::{IntoDiagnostic, Report};
use stanchion_changes::{Interpreter, read_events};
use stanchion_findings::{EmbeddedStore, State, Store};
use stanchion_inventory::Inventory;
use stanchion_pipeline::{Event, Player, baseline, published};
use stanchion_rules::Evaluator;

use crate::exit::Exit;
use crate::input::rulebook;
use crate::render::{self, Written};

#[derive(Args)]
pub(crate) struct Options {
    /// Keep the findings in this file instead of in memory
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

const ORGANIZATION: &str = include_str!("demo/organization.json");
const RULEBOOK: &str = include_str!("demo/rulebook.yaml");
const ACCOUNTS: [(&str, &str); 6] = [
    ("111122223333", include_str!("demo/accounts/111122223333.json")),
    ("222233334444", include_str!("demo/accounts/222233334444.json")),
    ("333344445555", include_str!("demo/accounts/333344445555.json")),
    ("444455556666", include_str!("demo/accounts/444455556666.json")),
    ("555566667777", include_str!("demo/accounts/555566667777.json")),
    ("666677778888", include_str!("demo/accounts/666677778888.json")),
];
const EVENTS: [&str; 13] = [
    include_str!("demo/events/01-administrator-access-for-a-lambda.json"),
    include_str!("demo/events/02-a-call-that-failed.json"),
    include_str!("demo/events/03-an-event-that-aws-did-not-send.json"),
    include_str!("demo/events/04-a-policy-that-changes-no-answer.json"),
    include_str!("demo/events/05-a-developer-joins-a-group.json"),
    include_str!("demo/events/06-a-deny-takes-most-of-it-back.json"),
    include_str!("demo/events/07-a-new-policy-version.json"),
    include_str!("demo/events/08-a-boundary-goes.json"),
    include_str!("demo/events/09-a-role-goes.json"),
    include_str!("demo/events/10-an-operation-that-nobody-knows.json"),
    include_str!("demo/events/11-a-service-control-policy-goes.json"),
    include_str!("demo/events/12-and-comes-back.json"),
    include_str!("demo/events/13-an-account-moves.json"),
];

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let inventory = Inventory::from_parts(Some(ORGANIZATION), &ACCOUNTS).into_diagnostic()?;
    let rulebook = rulebook(RULEBOOK, "demo/rulebook.yaml", None)?;
    let mut store = match &options.store {
        Some(path) => EmbeddedStore::open(path),
        None => EmbeddedStore::in_memory(),
    }
    .into_diagnostic()?;
    let mut out = render::stdout();

    let before = baseline(&Evaluator::new(&rulebook, &inventory, None), &mut store).into_diagnostic()?;
    let unresolved = store.unresolved().into_diagnostic()?;
    let open = unresolved.iter().filter(|finding| finding.state == State::Open).count();
    render::baseline(&mut out, &inventory, &rulebook, &before, open).written()?;
    published(&mut store, &before).into_diagnostic()?;

    let mut events = Vec::new();
    for text in EVENTS {
        events.extend(read_events(text, "demo/events").into_diagnostic()?);
    }
    let count = events.len();
    let mut interpreter = Interpreter::watching(|service| rulebook.watches(service));
    let start = Evaluator::new(&rulebook, &inventory, None);
    // The inventory follows the events; with a real one, it is AWS that has changed.
    let mut player = Player::new(&start);
    let mut told = Vec::new();
    for event in events {
        let event = Event::new(&event, interpreter.interpret(&event));
        let played = player.play(&event.verdict, &mut store).into_diagnostic()?;
        let transitions = played.transitions.clone();
        writeln!(out).written()?;
        render::change(&mut out, &played.report(event)).written()?;
        render::transitions(&mut out, &transitions, &rulebook).written()?;
        published(&mut store, &transitions).into_diagnostic()?;
        told.extend(transitions);
    }
    writeln!(out).written()?;
    render::tally(&mut out, count, &told).written()?;
    out.flush().written()?;
    Ok(Exit::Clean)
}
