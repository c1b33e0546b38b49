//! Alerts as plain text: subjects and bodies of emails, and short messages.

use stanchion_findings::{Severity, State, Transition, TransitionKind};

use crate::group::Alert;
use crate::page::{page, sentence};
use crate::words::{self, clean, cut};

/// The longest subject of an email (SNS API reference, "Publish": up to 100 characters, ASCII, no line ends).
pub const MAX_SUBJECT: usize = 100;

/// The longest short message that is sent in one part (SNS Developer Guide, "Mobile text messaging": 140
/// bytes).
pub const MAX_SMS: usize = 140;

/// An email.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// At most [`MAX_SUBJECT`] characters of ASCII.
    pub subject: String,
    /// The body.
    pub body: String,
}

/// The email of an alert. What it is about is said in full where it is one finding; of more, the worst are
/// named.
pub fn email(alert: &Alert) -> Email {
    match alert.only() {
        Some(transition) => {
            let page = page(&transition.finding, Some(transition.kind));
            Email { subject: ascii(&page.title, MAX_SUBJECT), body: page.text() }
        }
        None => Email { subject: ascii(&summary(alert), MAX_SUBJECT), body: many(alert) },
    }
}

fn capital(severity: Severity) -> String {
    severity.to_string().to_uppercase()
}

/// One line on an alert of several findings.
pub(crate) fn summary(alert: &Alert) -> String {
    let title = clean(&alert.first.finding.title);
    let account =
        alert.account_id.as_deref().map(|id| format!(" in account {}", clean(id))).unwrap_or_default();
    format!("{} {}: \"{title}\"{account}", capital(alert.severity), alert.counted())
}

/// What one finding of several says, in one line.
pub(crate) fn line(transition: &Transition) -> String {
    let finding = &transition.finding;
    let said = sentence(finding).unwrap_or_else(|| {
        let why = finding.unknowns.first().map(|why| format!(": {}", clean(why))).unwrap_or_default();
        format!("{} cannot be decided{why}", words::who(finding))
    });
    format!("{} {}: {}", finding.severity, transition.kind, cut(&said, 240))
}

fn many(alert: &Alert) -> String {
    let mut text = format!("{}\n", summary(alert));
    let first = &alert.first.finding;
    if let Some((event, is_cause)) = words::event(first) {
        let (did, by) = (words::did(event), words::by(event));
        let heading = if is_cause { "WHO DID IT" } else { "SEEN AFTER" };
        text += &format!("\n{heading}\n  {did}, by {by}.\n  CloudTrail event {}\n", clean(&event.event_id));
    }
    text += "\nTHE WORST OF THEM\n";
    for line in &alert.worst {
        text += &format!("  {}\n", line.text);
    }
    if alert.left_out() > 0 {
        text += &format!("  and {} more\n", alert.left_out());
    }
    if first.state != State::Resolved {
        text += "\nWHAT TO DO\n";
        for step in words::todo(first) {
            text += &format!("  {step}\n");
        }
    }
    text + &format!("\nALL OF THEM\n  {}\n", alert.list_command())
}

/// The short message of an alert: at most [`MAX_SMS`] characters of ASCII. What does not fit is left out, the
/// least important first: who made the change, then what can be done.
pub fn sms(alert: &Alert) -> String {
    let Some(transition) = alert.only() else {
        let id = alert.event_id.as_deref().map(|id| format!(" event {}", cut(id, 8))).unwrap_or_default();
        let account = alert.account_id.as_deref().unwrap_or("-");
        let worst = capital(alert.severity);
        return ascii(&format!("{worst} {}: {} in {account}{id}", alert.rule_id, alert.counted()), MAX_SMS);
    };
    let finding = &transition.finding;
    let id = cut(finding.fingerprint.as_str(), 9).replace('…', "");
    let who = cut(&words::who_in_short(finding), 40);
    let account = finding.account_id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
    let begin = format!("{} {}", capital(finding.severity), transition.kind);
    let witness = finding.witness.as_ref().filter(|_| transition.kind != TransitionKind::Resolved);
    let can = witness.map(|witness| format!(" can {}", witness.action)).unwrap_or_default();
    let by = words::event(finding);
    let by = by.map(|(event, _)| format!(", {} by {}", event.event_name, short_actor(&event.actor)));
    let by = by.unwrap_or_default();
    let texts = [
        format!("{begin}: {who}{account}{can}{by}. {} {id}", finding.rule_id),
        format!("{begin}: {who}{account}{can}. {} {id}", finding.rule_id),
        format!("{begin}: {who}{account}. {} {id}", finding.rule_id),
    ];
    let fits = texts.iter().find(|text| text.chars().count() <= MAX_SMS);
    ascii(fits.or(texts.last()).map_or("", String::as_str), MAX_SMS)
}

/// The last part of an ARN: a user's name, the name of a session.
fn short_actor(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

/// ASCII alone, at most so many characters; what is no ASCII is written as `?`.
pub(crate) fn ascii(text: &str, most: usize) -> String {
    let plain = |character: char| match character {
        '…' => '~',
        ' ' => ' ',
        other if other.is_ascii_graphic() => other,
        _ => '?',
    };
    let plain: String = text.chars().map(plain).collect();
    if plain.len() <= most { plain } else { format!("{}...", &plain[..most - 3]) }
}
