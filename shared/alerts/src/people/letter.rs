//! What goes to a topic for people, ready to be sent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanchion_findings::{Severity, Subject, fingerprint};

use super::Piece;
use super::notice::Notice;
use crate::channel::Digest;
use crate::chat::{self, described, escaped, write_card};
use crate::message::write;
use crate::text::{MAX_SMS, MAX_SUBJECT, ascii, email, sms};

/// How long a text is, in bytes. The page of a finding is a tenth of it.
const LONGEST: usize = 16_384;

/// Where letters go: topics of their own, since Amazon Q Developer drops what is no card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum To {
    /// Mail and telephones.
    Text,
    /// Amazon Q Developer in chat applications.
    Chat,
}

/// A message for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The same letter has the same id however often it is sent.
    pub id: String,
    /// Since when it waits, in milliseconds since 1970.
    pub since: i64,
    /// The subject of a mail, at most 100 characters of ASCII; none of a card.
    pub subject: Option<String>,
    /// The text, or the card.
    pub body: String,
    /// The same for telephones, at most 140 characters of ASCII; none of a card.
    pub short: Option<String>,
}

impl Letter {
    /// Of an alert, or of notices.
    pub(super) fn of(piece: &Piece, to: To, now: Timestamp) -> Self {
        match (piece, to) {
            (Piece::Findings(alert), To::Text) => {
                let mail = email(alert);
                Self::text(alert.id.clone(), now, mail.subject, &mail.body, sms(alert))
            }
            (Piece::Findings(alert), To::Chat) => Self::card(alert.id.clone(), now, chat::card(alert)),
            (Piece::Notice(notice), To::Text) => {
                let summary = notice.summary();
                let (subject, short) = (ascii(&summary, MAX_SUBJECT), ascii(&summary, MAX_SMS));
                Self::text(notice.id(), now, subject, &notice.text(), short)
            }
            (Piece::Notice(notice), To::Chat) => Self::card(notice.id(), now, card_of(notice)),
        }
    }

    /// Of what was held back.
    pub(super) fn of_digest(digest: &Digest, to: To, now: Timestamp) -> Self {
        let what = format!("{now} {}", digest.alerts.join(" "));
        let id = format!("digest-{}", fingerprint(1, "digest", &Subject::account("people"), Some(&what)));
        let summary = digest.summary();
        match to {
            To::Text => {
                let (subject, short) = (ascii(&summary, MAX_SUBJECT), ascii(&summary, MAX_SMS));
                Self::text(id, now, subject, &digest.text(), short)
            }
            To::Chat => Self::card(id.clone(), now, card_of_digest(digest, id, &summary)),
        }
    }

    fn text(id: String, now: Timestamp, subject: String, body: &str, short: String) -> Self {
        let mut body = body.to_owned();
        if body.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|&end| body.is_char_boundary(end)).unwrap_or_default();
            body.truncate(end);
            body += "\n(the rest is left out; `stanchion findings show` has it)\n";
        }
        Self { id, since: now.as_millisecond(), subject: Some(subject), body, short: Some(short) }
    }

    fn card(id: String, now: Timestamp, body: String) -> Self {
        Self { id, since: now.as_millisecond(), subject: None, body, short: None }
    }

    /// How large it is as JSON at most: what is escaped doubles.
    pub(super) fn size(&self) -> usize {
        let texts = [self.subject.as_ref(), Some(&self.body), self.short.as_ref()];
        256 + texts.into_iter().flatten().map(|text| 2 * text.len()).sum::<usize>()
    }

    /// As SNS takes it with the message structure `json`, so that telephones get the short text; a card is as it is
    /// (SNS API reference, "Publish").
    pub fn message(&self) -> String {
        match &self.short {
            Some(short) => write(&BTreeMap::from([("default", self.body.as_str()), ("sms", short.as_str())])),
            None => self.body.clone(),
        }
    }
}

fn card_of(notice: &Notice) -> String {
    let worst: Vec<String> = notice.worst.iter().map(|(_, line)| line.clone()).collect();
    let mut description = described(&[("Which", worst)]);
    if notice.left_out() > 0 {
        description += &format!("and {} more\n", notice.left_out());
    }
    write_card(chat::Said {
        id: notice.id(),
        // What begins and what ends a gap.
        thread: format!("notice-{}", notice.kind.replace("-restored", "-gap")),
        title: escaped(&notice.summary()),
        description,
        steps: vec![notice.todo().to_owned()],
        keywords: vec![notice.severity.to_string(), notice.kind.clone()],
        event_type: escaped(&notice.kind),
        resources: Vec::new(),
        context: BTreeMap::from([("severity", notice.severity.to_string())]),
    })
}

fn card_of_digest(digest: &Digest, id: String, summary: &str) -> String {
    let worst: Vec<String> = digest.worst.iter().map(|(_, line)| line.clone()).collect();
    let mut description = described(&[("The worst of them", worst), ("By rule", digest.lines())]);
    if digest.left_out() > 0 {
        description += &format!("{} of them are not named here\n", digest.left_out());
    }
    let severity = digest.worst.first().map_or(Severity::Informational, |(severity, _)| *severity);
    write_card(chat::Said {
        thread: id.clone(),
        id,
        title: escaped(summary),
        description,
        steps: vec!["List all that is open: stanchion findings list".to_owned()],
        keywords: vec![severity.to_string(), "digest".to_owned()],
        event_type: "digest".to_owned(),
        resources: Vec::new(),
        context: BTreeMap::from([("severity", severity.to_string())]),
    })
}
