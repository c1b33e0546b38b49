//! What people read, and that nobody can write it for them.

use crate::samples::{all, event, facts, fix, opened, reopened, resolved, suppressed, undecided};
use insta::assert_snapshot;
use serde_json::Value;
use stanchion_alerts::text::{MAX_SMS, MAX_SUBJECT, email, sms};
use stanchion_alerts::{Alert, chat, group, page};
use stanchion_findings::{EventRef, Fix, Safety, Severity, Since, Transition};

fn only(transition: &Transition) -> Alert {
    group(std::slice::from_ref(transition)).remove(0)
}

/// One change that opens a finding of each of many roles.
fn many(count: usize) -> Alert {
    let mut transitions: Vec<Transition> =
        (0..count).map(|at| opened(facts(&format!("Role{at:03}")))).collect();
    let worse = opened(stanchion_findings::Facts { severity: Severity::Critical, ..facts("Payroll") });
    transitions.push(worse);
    let [alert] = group(&transitions).try_into().expect("one alert");
    alert
}

#[test]
fn the_page_of_an_open_finding() {
    let transition = opened(facts("Deploy"));
    assert_snapshot!(page(&transition.finding, Some(transition.kind)).text());
}

#[test]
fn the_page_in_markdown() {
    assert_snapshot!(page(&opened(facts("Deploy")).finding, None).markdown());
}

#[test]
fn the_page_of_a_resolved_finding() {
    let transition = resolved(&opened(facts("Deploy")).finding);
    assert_snapshot!(page(&transition.finding, Some(transition.kind)).text());
}

#[test]
fn the_page_of_what_cannot_be_told() {
    assert_snapshot!(page(&undecided("Deploy").finding, None).text());
}

#[test]
fn the_page_of_what_somebody_answers_for_and_of_when_that_is_over() {
    let held = suppressed(facts("Vendor"));
    assert_snapshot!(page(&held.finding, Some(held.kind)).text());
    let back = reopened(&held.finding, "2026-06-01T00:00:05Z");
    let text = page(&back.finding, Some(back.kind)).text();
    let lines = "SUPPRESSED\n  It was suppressed until 2026-06-01, and that day has come.";
    assert!(text.contains(lines), "{text}");
    let sooner = reopened(&held.finding, "2026-05-01T00:00:05Z");
    assert!(page(&sooner.finding, None).text().contains("the rulebook no longer says so"), "{text}");
}

#[test]
fn the_page_of_what_no_change_is_known_to_have_brought_about() {
    let mut finding = opened(facts("Deploy")).finding;
    finding.trigger = finding.caused_by.take();
    finding.since = Some(Since {
        held_at: Some("2026-03-08T02:00:00Z".to_owned()),
        found_at: Some("2026-03-09T02:15:00Z".to_owned()),
        likely: vec![event(), EventRef { event_id: "f00d".to_owned(), ..event() }],
    });
    assert_snapshot!(page(&finding, None).text());
}

#[test]
fn an_email_of_one_and_of_many() {
    let one = email(&only(&opened(facts("Deploy"))));
    assert_snapshot!(one.subject, @r#"HIGH opened: role Deploy of account 222233334444 breaks "Nobody deletes buckets""#);
    let many = email(&many(30));
    assert_snapshot!(format!("{}\n---\n{}", many.subject, many.body));
}

#[test]
fn short_messages() {
    let open = opened(facts("Deploy"));
    let over = resolved(&open.finding);
    let long = opened(facts(&"x".repeat(64)));
    let texts = [
        sms(&only(&open)),
        sms(&only(&over)),
        sms(&only(&undecided("Deploy"))),
        sms(&only(&long)),
        sms(&many(400)),
    ];
    assert_snapshot!(texts.join("\n"));
}

#[test]
fn cards() {
    let card = |alert: &Alert| serde_json::from_str::<Value>(&chat::card(alert)).expect("JSON");
    assert_snapshot!(format!("{:#}", card(&only(&opened(facts("Deploy"))))));
    assert_snapshot!(format!("{:#}", card(&many(30))));
}

#[test]
fn opened_and_resolved_are_in_one_thread() {
    let open = opened(facts("Deploy"));
    let over = only(&resolved(&open.finding));
    assert_eq!(only(&open).thread, over.thread);
    assert_eq!(over.thread, open.finding.fingerprint.as_str());
    assert_eq!(many(3).thread, many(5).thread, "a group's is that of its rule and account");
    assert_ne!(many(3).id, many(5).id);
}

/// A role's name is whatever somebody with `iam:CreateRole` writes, and so are sessions' names and tags.
#[test]
fn nobody_writes_lines_formats_or_mentions() {
    for transition in all() {
        let alert = only(&transition);
        let page = page(&transition.finding, Some(transition.kind));
        for text in [page.text(), page.markdown(), email(&alert).body] {
            assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
            assert!(!text.contains('\u{202e}'), "{text:?}");
        }
        assert!(!page.markdown().contains("<!channel>"), "{}", page.markdown());
        let card: Value = serde_json::from_str(&chat::card(&alert)).expect("JSON");
        assert!(!card.to_string().contains("<!channel>"), "{card:#}");
    }
}

#[test]
fn limits_are_kept_by_whatever_is_told() {
    let mut alerts: Vec<Alert> = all().iter().map(only).collect();
    let mut large = facts(&"漢".repeat(3_000));
    large.title = "&".repeat(2_000);
    large.detail = Some("<".repeat(20_000));
    large.unknowns = vec!["u".repeat(5_000); 100];
    alerts.push(only(&opened(large)));
    alerts.push(many(400));
    for alert in &alerts {
        let (email, sms) = (email(alert), sms(alert));
        assert!(email.subject.len() <= MAX_SUBJECT && email.subject.is_ascii(), "{}", email.subject);
        assert!(!email.subject.contains('\n') && !email.subject.starts_with(' '), "{}", email.subject);
        assert!(sms.len() <= MAX_SMS && sms.is_ascii() && !sms.contains('\n'), "{sms}");
        let card: Value = serde_json::from_str(&chat::card(alert)).expect("JSON");
        assert_eq!((&card["version"], &card["source"]), (&"1.0".into(), &"custom".into()));
        let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
        assert!((1..=chat::MAX_TITLE).contains(&length(&card["content"]["title"])), "{card:#}");
        assert!((1..=chat::MAX_DESCRIPTION).contains(&length(&card["content"]["description"])), "{card:#}");
        assert!(chat::card(alert).len() < 65_536, "{}", chat::card(alert).len());
        // No entity is cut in two.
        let title = card["content"]["title"].as_str().expect("text");
        assert!(title.split('&').skip(1).all(|rest| rest.contains(';')), "{title}");
    }
}

/// The page on alerts shows what is sent.
#[test]
fn the_page_on_alerts_is_right() {
    let page = include_str!("../../../../docs/ALERTS.md");
    let block = |name: &str| {
        let start = format!("```text {name}\n");
        let block = page.split(&start).nth(1).and_then(|rest| rest.split_once("\n```"));
        block.map(|(block, _)| block).unwrap_or_else(|| panic!("a block of {name}"))
    };
    let open = opened(facts("Deploy"));
    let texts = [sms(&only(&open)), sms(&only(&resolved(&open.finding)))];
    assert_eq!(block("sms"), texts.join("\n"));
    assert_eq!(block("email"), email(&many(30)).body.trim_end());
}

#[test]
fn a_fix_is_told_where_it_is_said_what_to_do() {
    let mut finding = opened(facts("Deploy")).finding;
    finding.fix = Some(fix());
    let told = page(&finding, None);
    let (text, markdown) = (told.text(), told.markdown());
    let todo =
        text.split("WHAT TO DO").nth(1).and_then(|rest| rest.split("WHAT ALLOWS IT").next()).expect("it");
    assert!(todo.contains("proven to mend it, and to take nothing else away."), "{todo}");
    assert!(todo.contains("    -b\n") && todo.contains(r"     a\u{1b}"), "{todo}");
    assert!(markdown.contains("```diff\n--- inline policy app of role Deploy\n"), "{markdown}");

    let loses = vec!["role Deploy of account 222233334444 can no longer call s3:GetObject".to_owned()];
    let others = vec!["arn:aws:iam::222233334444:user/ana".to_owned()];
    finding.fix = Some(Fix { safety: Safety::Unsafe, loses, others, ..fix() });
    let text = page(&finding, None).text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains(
            "but not safe: role Deploy of account 222233334444 can no longer call s3:GetObject. It \
        concerns user ana of account 222233334444 as well."
        ),
        "{text}"
    );

    let over = resolved(&finding).finding;
    assert_eq!((over.fix.as_ref(), page(&over, None).change), (None, None));
}
