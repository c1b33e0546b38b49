//! From messages to what people get: each message is counted in one letter of each channel, whatever comes twice, is
//! killed or stands still on the way.

use std::collections::{BTreeMap, BTreeSet};

use crate::samples::{all, facts, opened};
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use stanchion_alerts::channel::{Policy, Quiet};
use stanchion_alerts::message;
use stanchion_alerts::people::{Incoming, Letter, Settings, State, To, step};
use stanchion_changes::Meta;
use stanchion_findings::{EventRef, Facts, Observation, Occasion, Severity, Transition, transition};

/// The largest item of a table is 400 KB.
const SMALL: usize = 360_000;

fn settings(always: Severity, most: usize) -> Settings {
    let policy = Policy { always, most, window: 3_600, quiet: None };
    Settings { policy, settle: 60_000, longest: 300_000, channels: vec![To::Text, To::Chat] }
}

fn noon() -> Timestamp {
    "2026-03-09T12:00:00Z".parse().expect("a time")
}

/// A finding of a role that a change opened.
fn by(change: &str, facts: Facts) -> Transition {
    let event = EventRef {
        event_id: change.to_owned(),
        event_name: "DetachPolicy".to_owned(),
        actor: "arn:aws:iam::111122223333:user/dana".to_owned(),
        ..EventRef::default()
    };
    let occasion = Occasion { trigger: Some(event.clone()), caused_by: Some(event), ..Occasion::default() };
    transition(None, Observation::Violates(facts), &occasion).transition.expect("opened")
}

fn read(body: &str) -> Incoming {
    Incoming::read(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

fn told(transition: &Transition) -> Incoming {
    read(&message::finding(transition).body)
}

fn unknown(id: &str) -> Incoming {
    read(&message::unknown_event(&Meta { event_id: id.to_owned(), ..Meta::default() }).body)
}

/// Four hundred findings of one rule in one account, of one change.
fn four_hundred() -> Vec<Incoming> {
    (0..400).map(|at| told(&by("one change", facts(&format!("Role{at:03}"))))).collect()
}

/// How many messages a letter of text is about.
fn counted(letter: &Letter) -> usize {
    let numbers =
        |text: &str| -> usize { text.split([' ', ',']).filter_map(|word| word.parse::<usize>().ok()).sum() };
    let first = letter.body.lines().next().unwrap_or_default();
    if letter.id.starts_with("digest-") {
        let lines = letter.body.lines().skip_while(|line| *line != "BY RULE").skip(1);
        let lines = lines.take_while(|line| !line.is_empty());
        return lines.map(|line| numbers(line.rsplit(':').next().unwrap_or_default())).sum();
    }
    if letter.id.starts_with("group-") {
        return numbers(first.split(':').next().unwrap_or_default());
    }
    if letter.id.starts_with("notice-") { numbers(first) } else { 1 }
}

/// Sends what is to be sent; it is known to be out.
fn send(state: &mut State, out: &mut BTreeMap<(To, String), Letter>) {
    for to in [To::Text, To::Chat] {
        let letters = state.letters(to).to_vec();
        state.strike_out(to, &letters.iter().map(|letter| letter.id.clone()).collect());
        out.extend(letters.into_iter().map(|letter| ((to, letter.id.clone()), letter)));
    }
}

/// What is out when nothing more comes.
fn at_rest(settings: &Settings, state: &mut State, mut now: Timestamp) -> BTreeMap<(To, String), Letter> {
    let mut out = BTreeMap::new();
    // A day: a digest an hour, whatever is held.
    for _ in 0..48 {
        loop {
            *state = step(settings, state, &[], now);
            if !state.has_letters() {
                break;
            }
            send(state, &mut out);
        }
        now += 30.minutes();
    }
    assert_eq!(step(settings, state, &[], now), *state, "nothing is left to do");
    out
}

fn texts(out: &BTreeMap<(To, String), Letter>) -> Vec<&Letter> {
    out.iter().filter(|((to, _), _)| *to == To::Text).map(|(_, letter)| letter).collect()
}

#[test]
fn one_change_that_opens_four_hundred_over_two_minutes_is_one_alert() {
    let settings = settings(Severity::Critical, 20);
    let (mut state, mut now) = (State::default(), noon());
    for some in four_hundred().chunks(40) {
        state = step(&settings, &state, some, now);
        assert!(!state.has_letters(), "too early");
        now += 12.seconds();
    }
    state = step(&settings, &state, &[], now + 40.seconds());
    assert!(!state.has_letters(), "more may come");
    state = step(&settings, &state, &[], now + 60.seconds());
    let [mail] = state.letters(To::Text) else { panic!("one: {:?}", state.letters(To::Text)) };
    assert_eq!(counted(mail), 400);
    assert!(mail.body.contains("and 390 more"), "{}", mail.body);
    let subject = mail.subject.as_deref();
    assert_eq!(subject, Some("HIGH 400 opened: \"Nobody deletes buckets\" in account 222233334444"));
    let [card] = state.letters(To::Chat) else { panic!("one card") };
    assert_eq!(card.id, mail.id);
    assert!(card.body.contains("\"source\":\"custom\""), "{}", card.body);
    let message: serde_json::Value = serde_json::from_str(&mail.message()).expect("JSON");
    assert_eq!(message["default"], mail.body.as_str());
    assert!(message["sms"].as_str().is_some_and(|text| text.len() <= 140), "{message}");
}

#[test]
fn what_never_becomes_quiet_is_told_all_the_same() {
    let settings = settings(Severity::Critical, 20);
    let (mut state, mut now) = (State::default(), noon());
    for one in &four_hundred()[..10] {
        state = step(&settings, &state, std::slice::from_ref(one), now);
        now += 30.seconds();
    }
    assert!(!state.has_letters());
    state = step(&settings, &state, &[], noon() + 300.seconds());
    assert_eq!(state.letters(To::Text).iter().map(counted).collect::<Vec<_>>(), [10]);
}

/// SNS, SQS and a hub that was killed deliver twice.
#[test]
fn what_comes_twice_counts_once() {
    let settings = settings(Severity::Critical, 20);
    let messages = four_hundred();
    let mut twice: Vec<Incoming> = messages.iter().rev().cloned().collect();
    twice.extend(messages.iter().cloned());
    let once = step(&settings, &State::default(), &messages, noon());
    let mut again = step(&settings, &step(&settings, &State::default(), &twice, noon()), &twice, noon());
    let letters =
        |state: &State| step(&settings, state, &[], noon() + 60.seconds()).letters(To::Text).to_vec();
    assert_eq!(letters(&again), letters(&once), "whatever the order");
    let out = at_rest(&settings, &mut again, noon() + 60.seconds());
    again = step(&settings, &again, &twice, noon() + 25.hours());
    assert_eq!(
        texts(&at_rest(&settings, &mut again, noon() + 26.hours())),
        [] as [&Letter; 0],
        "a day later"
    );
    assert_eq!(texts(&out).len(), 1);
}

#[test]
fn forty_groups_at_once_are_forty_alerts() {
    let settings = settings(Severity::Low, 20);
    let mut messages = Vec::new();
    for account in 0..20 {
        for rule in ["buckets-stay", "trails-stay"] {
            for role in 0..12 {
                let account_id = Some(format!("{account:012}"));
                let facts =
                    Facts { rule_id: rule.to_owned(), account_id, ..facts(&format!("Role{role}a{account}")) };
                messages.push(told(&by("one change", facts)));
            }
        }
    }
    let mut state = State::default();
    for some in messages.chunks(10) {
        state = step(&settings, &state, some, noon());
    }
    let out = at_rest(&settings, &mut state, noon());
    let counts: Vec<usize> = texts(&out).into_iter().map(counted).collect();
    assert_eq!(counts, [12; 40]);
}

#[test]
fn beyond_the_rate_there_is_a_digest_and_what_is_bad_comes_at_once() {
    let settings = settings(Severity::Critical, 2);
    let facts =
        |rule: usize, severity| Facts { rule_id: format!("rule-{rule}"), severity, ..facts("Deploy") };
    let mut messages: Vec<Incoming> =
        (0..5).map(|rule| told(&opened(facts(rule, Severity::Medium)))).collect();
    messages.push(told(&opened(facts(9, Severity::Critical))));
    let state = step(&settings, &State::default(), &messages, noon());
    let mut state = step(&settings, &state, &[], noon() + 1.minute());
    assert_eq!(state.letters(To::Text).len(), 3);
    assert!(state.letters(To::Text)[0].body.starts_with("CRITICAL"), "the worst first");
    let mut out = BTreeMap::new();
    send(&mut state, &mut out);
    let early = step(&settings, &state, &[], noon() + 60.minutes());
    assert!(!early.has_letters(), "the digest waits for the rate");
    let due = step(&settings, &state, &[], noon() + 61.minutes());
    let [digest] = due.letters(To::Text) else { panic!("a digest") };
    assert_eq!((counted(digest), digest.id.starts_with("digest-")), (3, true));
    insta::assert_snapshot!(digest.body);
    let card: serde_json::Value = serde_json::from_str(&due.letters(To::Chat)[0].body).expect("JSON");
    insta::assert_snapshot!(format!("{card:#}"));
}

#[test]
fn at_night_what_is_not_bad_waits_for_the_morning() {
    let quiet = Quiet::parse("22:00", "07:00", "UTC0", Severity::High).expect("readable");
    let day = settings(Severity::Critical, 20);
    let settings = Settings { policy: Policy { quiet: Some(quiet), ..day.policy.clone() }, ..day };
    let night: Timestamp = "2026-03-09T23:00:00Z".parse().expect("a time");
    let medium = told(&opened(Facts { severity: Severity::Medium, ..facts("Deploy") }));
    let high = told(&opened(Facts { rule_id: "another".to_owned(), ..facts("Deploy") }));
    let mut state = step(&settings, &State::default(), &[medium, high], night);
    state = step(&settings, &state, &[], night + 1.minute());
    let mut out = BTreeMap::new();
    send(&mut state, &mut out);
    assert_eq!(texts(&out).len(), 1);
    state = step(&settings, &state, &[], night + 7.hours());
    assert!(!state.has_letters());
    state = step(&settings, &state, &[], night + 8.hours());
    assert_eq!(state.letters(To::Text).iter().map(counted).collect::<Vec<_>>(), [1]);
}

/// Whatever programs are told of Stanchion itself, people can read.
#[test]
fn what_is_no_finding_is_told_in_words() {
    let gap = |lack: &str, of: &str| json!({ "lack": lack, "region": "us-east-1", "of": of, "reason": "it is \u{202e}not there" });
    let coverage = |kind: &str, account: &str, id: u32| {
        let gaps = [
            gap("rule-missing", "stanchion-changes"),
            gap("trail-off", "arn:aws:cloudtrail:us-east-1:111122223333:trail/all"),
        ];
        json!({ "schema_version": 1, "type": kind, "id": format!("coverage-{account}-{id:06}"), "account_id": account, "gaps": gaps, "left": 2 })
    };
    let refused = json!({ "schema_version": 1, "type": "rulebook-refused", "id": "rulebook-1", "edition": "v7", "reasons": ["rulebook.yaml:3:1: what is `alow`?"] });
    let unused = json!({ "schema_version": 1, "type": "suppression-unused", "id": "suppression-1-5", "rule": "buckets-stay", "principal": "arn:aws:iam::222233334444:role/Old", "account": null, "subject": null, "facet": null, "reason": "being moved", "owner": "storage team", "until": "2026-12-01", "unused_since": "2026-10-01T00:00:00Z" });
    let another = json!({ "schema_version": 1, "type": "from-tomorrow", "id": "x", "more": true });
    let mut incoming: Vec<Incoming> = [
        coverage("coverage-gap", "111122223333", 1),
        coverage("coverage-gap", "222233334444", 1),
        coverage("coverage-restored", "111122223333", 2),
        refused,
        unused,
        another,
    ]
    .iter()
    .map(|body| read(&body.to_string()))
    .collect();
    incoming.push(read(&message::baseline("222233334444", &all()).body));
    incoming.push(read(&message::baseline("333344445555", &all()[..3]).body));
    let event = Meta {
        event_id: "e-1".to_owned(),
        event_name: "ShareRole".to_owned(),
        event_source: "iam.amazonaws.com".to_owned(),
        event_time: "2026-03-09T11:00:00Z".to_owned(),
        account: "111122223333".to_owned(),
    };
    incoming.push(read(&message::unknown_event(&event).body));
    let settings = settings(Severity::Critical, 20);
    let state = step(&settings, &State::default(), &incoming, noon());
    let state = step(&settings, &state, &[], noon() + 1.minute());
    let texts: Vec<String> = state
        .letters(To::Text)
        .iter()
        .map(|letter| {
            format!(
                "{}\n{}\n\n{}",
                letter.subject.as_deref().unwrap_or_default(),
                letter.short.as_deref().unwrap_or_default(),
                letter.body
            )
        })
        .collect();
    insta::assert_snapshot!(texts.join("\n=====\n\n"));
    for letter in state.letters(To::Chat) {
        let card: serde_json::Value = serde_json::from_str(&letter.body).expect("JSON");
        assert_eq!((&card["version"], &card["source"]), (&"1.0".into(), &"custom".into()));
        assert!(!letter.body.contains('\u{202e}'), "{card:#}");
    }
    assert_eq!(state.letters(To::Chat).len(), texts.len());
}

#[test]
fn what_is_no_message_is_refused_and_what_is_newer_too() {
    for (body, word) in [
        ("hello", "no message of the topic"),
        (r#"{"type": "finding"}"#, "`schema_version`"),
        (r#"{"schema_version": 1, "type": "finding", "id": "x"}"#, "`transition`"),
        (r#"{"schema_version": 2, "type": "finding", "id": "x"}"#, "deploy a newer version"),
    ] {
        let error = Incoming::read(body).expect_err(body);
        assert!(error.contains(word), "{error}");
    }
}

/// A small generator of numbers (splitmix64): the same seed is the same day.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(most).expect("small")).expect("small")
    }
}

/// A day on which everything goes wrong: each message is in one letter of text, and each channel has as many.
#[test]
fn nothing_is_lost_and_nothing_told_twice() {
    for seed in 0..60 {
        let mut random = Random(seed);
        let settings = settings(
            [Severity::Informational, Severity::High, Severity::Critical][random.below(3)],
            random.below(4),
        );
        let many = 1 + random.below(150);
        let mut pool: Vec<Incoming> = (0..many)
            .map(|at| {
                let severity = Severity::ALL[random.below(5)];
                let rule_id = format!("rule-{}", random.below(3));
                let account_id = Some(format!("{:012}", random.below(4)));
                let facts = Facts { severity, rule_id, account_id, ..facts(&format!("Role{at}")) };
                told(&by(&format!("change-{}", random.below(3)), facts))
            })
            .collect();
        pool.extend((0..random.below(20)).map(|at| unknown(&format!("e-{at}"))));
        let total = pool.len();
        let mut out: BTreeMap<(To, String), Letter> = BTreeMap::new();
        let (mut state, mut now) = (State::default(), noon());
        let mut sent: Vec<Incoming> = Vec::new();
        let (mut dead_text, mut dead_chat) = (false, false);
        while !pool.is_empty() {
            let mut some = Vec::new();
            for _ in 0..random.below(40) {
                if pool.is_empty() {
                    break;
                }
                let at = random.below(pool.len());
                some.push(pool.swap_remove(at));
            }
            // What came before comes again.
            for _ in 0..random.below(5) {
                if !sent.is_empty() {
                    some.push(sent[random.below(sent.len())].clone());
                }
            }
            sent.extend(some.iter().cloned());
            let next = step(&settings, &state, &some, now);
            // Killed before it was written: all of it comes again.
            state = if random.below(5) == 0 { step(&settings, &state, &some, now) } else { next };
            if random.below(10) == 0 {
                (dead_text, dead_chat) = (random.below(2) == 0, random.below(2) == 0);
            }
            for (to, is_dead) in [(To::Text, dead_text), (To::Chat, dead_chat)] {
                let letters = state.letters(to).to_vec();
                if is_dead {
                    continue;
                }
                let out_now: BTreeSet<String> = letters.iter().map(|letter| letter.id.clone()).collect();
                for letter in letters {
                    let before = out.insert((to, letter.id.clone()), letter.clone());
                    assert!(
                        before.is_none_or(|before| before == letter),
                        "seed {seed}: another under one id"
                    );
                }
                // Killed before it was struck out: the same letters go out again.
                if random.below(4) > 0 {
                    state.strike_out(to, &out_now);
                }
            }
            now += i64::try_from(random.below(120)).expect("small").seconds();
        }
        out.extend(at_rest(&settings, &mut state, now));
        let told: usize = texts(&out).into_iter().map(counted).sum();
        assert_eq!(told, total, "seed {seed}");
        assert!(out.keys().any(|(to, _)| *to == To::Chat), "seed {seed}");
    }
}

/// However much comes, and however large it is, and though no topic takes anything.
#[test]
fn the_state_stays_small() {
    let settings = settings(Severity::Low, 20);
    let mut state = State::default();
    let (mut total, mut now) = (0, noon());
    for at in 0..150 {
        let mut large = facts(&format!("{}{at}", "漢\"<".repeat(300)));
        large.rule_id = format!("{}-{at}", "r".repeat(200));
        large.title = "&".repeat(3_000);
        large.detail = Some("<".repeat(20_000));
        large.unknowns = vec!["\u{1}".repeat(1_000); 20];
        let messages = [told(&by(&format!("change-{at}"), large)), unknown(&"e".repeat(at + 1))];
        state = step(&settings, &state, &messages, now);
        total += 2;
        now += 2.seconds();
        let size = serde_json::to_string(&state).expect("JSON").len();
        assert!(size < SMALL, "{size} after {at}");
    }
    let out = at_rest(&settings, &mut state, now);
    assert_eq!(texts(&out).into_iter().map(counted).sum::<usize>(), total, "what did not fit is counted");
}

/// A chat that was deleted does not keep mails back.
#[test]
fn a_topic_that_takes_nothing_does_not_stop_the_other() {
    let settings = settings(Severity::Low, 1_000);
    let (mut state, mut now) = (State::default(), noon());
    let (mut out, mut late) = (0, 0);
    for at in 0..200 {
        let message = told(&by(&format!("change-{at}"), facts(&format!("Role{at}"))));
        state = step(&settings, &state, &[message], now);
        let ids: BTreeSet<String> = state.letters(To::Text).iter().map(|letter| letter.id.clone()).collect();
        out += ids.len();
        late = late.max(at - out.min(at));
        state.strike_out(To::Text, &ids);
        now += 30.seconds();
    }
    assert!(out > 195, "{out}");
    assert!(late < 15, "those that wait for the chat until it is known to be gone: {late}");
}

#[test]
fn the_state_is_stored_and_read_again() {
    let settings = settings(Severity::Critical, 1);
    let state = step(&settings, &State::default(), &four_hundred()[..20], noon());
    let state = step(&settings, &state, &[unknown("e")], noon() + 1.minute());
    let state = step(&settings, &state, &[unknown("f")], noon() + 3.minutes());
    let text = serde_json::to_string(&state).expect("JSON");
    assert_eq!(serde_json::from_str::<State>(&text).expect("readable"), state);
}

/// Every write of the table costs by its size.
#[test]
fn what_is_over_is_forgotten_after_days() {
    let settings = settings(Severity::Critical, 20);
    let mut state = step(&settings, &State::default(), &four_hundred(), noon());
    at_rest(&settings, &mut state, noon());
    let size = |state: &State| serde_json::to_string(state).expect("JSON").len();
    let day = step(&settings, &state, &[], noon() + 48.hours());
    assert!(size(&day) > 400 * 12, "what comes again is known: {}", size(&day));
    let week = step(&settings, &state, &[], noon() + 168.hours());
    assert!(size(&week) < 300, "{}", size(&week));
}
