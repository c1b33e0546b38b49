//! Gaps in the accounts: whoever reads all messages knows which there are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stanchion_hub::edges::{Gap, Lack};

use crate::common::cloud::World;
use crate::common::truth::MANAGEMENT;
use crate::common::{PAYMENTS, SANDBOX};
use crate::run::{Dice, TheHub};

/// Opens or closes a gap, or lets an account refuse for a while.
pub(crate) fn change(world: &mut World, dice: &mut Dice) {
    let account = *dice.pick(&[PAYMENTS, SANDBOX, MANAGEMENT]);
    let lack = *dice.pick(&[Lack::RuleDisabled, Lack::TrailOff]);
    let region = *dice.pick(&["us-east-1", "eu-west-1"]);
    let gap = Gap { lack, region: Some(region.to_owned()), of: "it".to_owned(), reason: String::new() };
    let gaps = world.gaps.entry(account.to_owned()).or_default();
    match gaps.iter().position(|other| other.is_same(&gap)) {
        Some(at) => drop(gaps.remove(at)),
        None => gaps.push(gap),
    }
}

/// Whether what was told adds up to what lacks, and each message has its own id.
pub(crate) fn check(hub: &TheHub<'_>, exactly_once: bool) -> Result<(), String> {
    let mut messages = BTreeMap::new();
    for arrived in hub.topic.arrived() {
        let (id, body) = (arrived.message.id, arrived.message.body);
        if !id.starts_with("coverage-") {
            continue;
        }
        match messages.get(&id) {
            Some(_) if exactly_once => return Err(format!("{id} was told twice")),
            Some(before) if *before != body => return Err(format!("{id} is the id of two messages")),
            _ => drop(messages.insert(id, body)),
        }
    }
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    // Ids of one account sort as they were told.
    for (id, body) in &messages {
        let body: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
        let account = body["account_id"].as_str().unwrap_or_default();
        for gap in body["gaps"].as_array().ok_or("no gaps")? {
            let gap = (account.to_owned(), format!("{} {}", gap["lack"], gap["region"]));
            let fits = if body["type"] == "coverage-gap" { told.insert(gap) } else { told.remove(&gap) };
            if !fits {
                return Err(format!("{id} does not fit what was told before"));
            }
        }
    }
    let world = hub.cloud.world();
    let name = |gap: &Gap| format!("\"{}\" \"{}\"", gap.lack, gap.region.as_deref().unwrap_or_default());
    let of = |(account, gaps): (&String, &Vec<Gap>)| {
        gaps.iter().map(|gap| (account.clone(), name(gap))).collect::<Vec<_>>()
    };
    let lacking: BTreeSet<(String, String)> = world.gaps.iter().flat_map(of).collect();
    if told == lacking { Ok(()) } else { Err(format!("told were the gaps {told:?}, there are {lacking:?}")) }
}
