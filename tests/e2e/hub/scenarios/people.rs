//! What people got of a policy's new version: one alert, where programs got a message for each of its principals.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::principals::WORKERS;
use crate::world::World;
use crate::{deploy, wait};

/// Comes after the scenario `policy`, whose findings were told one by one.
pub(crate) async fn run(world: &World) {
    let (mut texts, mut cards) = (Vec::new(), Vec::new());
    let alert = format!("{} opened: ", WORKERS + 2);
    let is_it = |text: &&String| text.contains(&alert);
    wait::until("people are told", async || {
        // A schedule does it once a minute.
        deploy::invoke(&world.place, world.stack.output("TellFunction"), &json!({}));
        texts.extend(world.people.texts().await);
        cards.extend(world.chat.texts().await);
        (texts.iter().any(|text| is_it(&text)) && cards.iter().any(|text| is_it(&text))).then_some(())
    })
    .await;
    let of: Vec<&String> = texts.iter().filter(is_it).collect();
    let [text] = of.as_slice() else { panic!("one alert: {of:#?}") };
    let command = "stanchion findings list --rule snapshots-stay-ours";
    for part in ["CreatePolicyVersion on", "and 32 more", command] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let first = "that was there already, at the first evaluation";
    assert!(texts.iter().any(|text| text.contains(first)), "{texts:#?}");
    let mut ids = BTreeSet::new();
    for card in &cards {
        let card: Value = serde_json::from_str(card).unwrap_or_else(|error| panic!("{error}: {card}"));
        assert_eq!((&card["version"], &card["source"]), (&"1.0".into(), &"custom".into()), "{card:#}");
        assert!(ids.insert(card["id"].to_string()), "twice: {card:#}");
    }
}
