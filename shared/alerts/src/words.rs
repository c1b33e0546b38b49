//! The parts of a finding in words: who, what can be done, what lets it, who brought it about, what is
//! taken for granted. Every format for people is put together of these.

use stanchion_findings::{
    Because, Ended, EventRef, Finding, Safety, Since, State, SubjectKind, Suppression, Witness,
};
use stanchion_inventory::IamArn;

/// How many characters a value has before its middle is left out.
const VALUE: usize = 300;

/// A value that somebody else wrote, on one line: what would steer a terminal, turn the direction of
/// writing or hide in the text is written out, and what is very long is cut.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if steers(character) {
            clean.extend(character.escape_unicode());
        } else {
            clean.push(character);
        }
    }
    clean
}

/// Controls, separators of lines and paragraphs, and what turns or joins the direction of writing.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

/// At most so many characters, the last of them `…` if there were more.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// A text as a sentence of its own: with a full stop, and with a capital letter unless it begins with a name.
pub fn sentence(text: &str) -> String {
    let mut text = clean(text.trim());
    let first = text.split([' ', ',']).next().unwrap_or_default();
    // Names have dots, colons, digits or capitals in them.
    if first.chars().all(|character| character.is_ascii_lowercase())
        && let Some(letter) = text.get_mut(..1)
    {
        letter.make_ascii_uppercase();
    }
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text } else { text + "." }
}

/// A value as it stands in a sentence.
fn value(text: &str) -> String {
    cut(&clean(text), VALUE)
}

/// Who or what the finding is about, as `role Deploy of account 111122223333`.
pub fn who(finding: &Finding) -> String {
    match (&finding.principal, finding.subject.kind) {
        (Some(arn), _) => person(arn),
        (None, SubjectKind::Ou) => format!("OU {}", value(&finding.subject.id)),
        (None, _) => {
            format!("account {}", value(finding.account_id.as_deref().unwrap_or(&finding.subject.id)))
        }
    }
}

/// Who or what the finding is about, as short as it can be told, as `role Deploy`.
pub fn who_in_short(finding: &Finding) -> String {
    match finding.principal.as_deref().and_then(IamArn::parse) {
        Some(arn) if arn.kind == "root" => "root user".to_owned(),
        Some(arn) => format!("{} {}", arn.kind, value(arn.name)),
        None => who(finding),
    }
}

/// A principal or a caller in words: a user, a role, a root user, a session of a role, or a service.
pub fn person(arn: &str) -> String {
    if let Some(iam) = IamArn::parse(arn) {
        return match iam.kind {
            "root" => format!("the root user of account {}", value(iam.account)),
            kind => format!("{kind} {} of account {}", value(iam.name), value(iam.account)),
        };
    }
    let mut parts = arn.splitn(6, ':').skip(2);
    if let (Some("sts"), Some(_), Some(account), Some(rest)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
        && let Some((role, session)) =
            rest.strip_prefix("assumed-role/").and_then(|rest| rest.rsplit_once('/'))
    {
        let (session, account) = (value(session), value(account));
        return match permission_set(role) {
            Some(name) => format!("{session} with permission set {} in account {account}", value(name)),
            None => format!("{session} in role {} of account {account}", value(role)),
        };
    }
    value(arn)
}

/// The permission set whose role this is: `AWSReservedSSO_`, its name, and sixteen digits (IAM Identity Center User
/// Guide, "Referencing permission sets in resource policies").
fn permission_set(role: &str) -> Option<&str> {
    let (name, digits) = role.strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
    (digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())).then_some(name)
}

/// What the witness does, as `call s3:DeleteBucket, for instance on arn:aws:s3:::example`: the resource is one of
/// those on which it can be done.
pub fn request(witness: &Witness) -> String {
    let action = value(&witness.action);
    if witness.resource == "*" {
        return format!("call {action}");
    }
    format!("call {action}, for instance on {}", value(&witness.resource))
}

/// What must be so for the witness's request, one condition each, as `aws:SecureTransport is true`.
pub fn conditions(witness: &Witness) -> Vec<String> {
    let condition = |(key, values): (&String, &Vec<String>)| {
        let values: Vec<String> = values.iter().map(|text| value(text)).collect();
        match values.as_slice() {
            [] => format!("{} is there", value(key)),
            [one] if one.is_empty() => format!("{} is empty", value(key)),
            values => format!("{} is {}", value(key), values.join(", ")),
        }
    };
    witness.context.iter().map(condition).collect()
}

/// What a policy's statement has to do with it, as `identity policy inline:build, statement 0 (Workers), allows
/// it`. SCPs and their like allow nothing by themselves.
pub fn because(because: &Because) -> String {
    let (layer, verb) = match because.layer.as_str() {
        "identity" => ("identity policy ", "allows it"),
        "resource" if because.policy == "assumed resource policy" => {
            return "the resource's own policy, which is taken for granted, allows it".to_owned();
        }
        // Its name says so.
        "resource" if because.policy.starts_with("trust policy") => ("", "allows it"),
        "resource" => ("resource policy ", "allows it"),
        "boundary" => ("permissions boundary ", "lets it through"),
        "session" => ("session policy ", "lets it through"),
        "scp" => ("SCP ", "lets it through"),
        "rcp" => ("RCP ", "lets it through"),
        "endpoint" => ("endpoint policy ", "lets it through"),
        _ => ("policy ", "allows it"),
    };
    let mut text = format!("{layer}{}", value(&because.policy));
    if let Some(statement) = because.statement {
        text += &format!(", statement {statement}");
    }
    if let Some(sid) = &because.sid {
        text += &format!(" ({})", value(sid));
    }
    format!("{text}, {verb}")
}

/// What somebody did, as `AttachRolePolicy on role Deploy of account 111122223333`.
pub fn did(event: &EventRef) -> String {
    match &event.target {
        Some(target) => format!("{} on {}", value(&event.event_name), value(target)),
        None => value(&event.event_name),
    }
}

/// Who did it, when and from where.
pub fn by(event: &EventRef) -> String {
    let mut text = person(&event.actor);
    if let Some(service) = event.invoked_by.as_deref().filter(|service| *service != event.actor) {
        text += &format!(", through {}", value(service));
    }
    if let Some(at) = &event.at {
        text += &format!(", at {}", value(at));
    }
    if let Some(from) = event.source_ip.as_deref().filter(|from| event.invoked_by.as_deref() != Some(*from)) {
        text += &format!(", from {}", value(from));
    }
    text
}

/// Between when a finding came whose cause is not known, and what was done in between, a sentence each.
pub fn since(finding: &Finding) -> Vec<String> {
    let Some(Since { held_at, found_at, likely }) = &finding.since else { return Vec::new() };
    let mut lines = Vec::new();
    match (held_at, found_at) {
        (Some(held), Some(found)) => {
            lines.push(format!(
                "It came after {}, when the rule still held, and was found at {}.",
                value(held),
                value(found)
            ));
        }
        (None, Some(found)) => {
            lines.push(format!("It was there when it was first looked at, at {}.", value(found)))
        }
        (_, None) => {}
    }
    // The one after which it was seen is told already.
    let told = finding.trigger.as_ref().map(|event| event.event_id.as_str());
    let others = likely.iter().filter(|event| Some(event.event_id.as_str()) != told);
    lines.extend(
        others.map(|event| sentence(&format!("it may have come with {}, by {}", did(event), by(event)))),
    );
    lines
}

/// The event that is to be told of: the one that brought the violation about, or the one after which it was
/// seen or was over. And whether it is the cause.
pub fn event(finding: &Finding) -> Option<(&EventRef, bool)> {
    match (&finding.caused_by, &finding.trigger) {
        (Some(cause), _) if finding.state != State::Resolved => Some((cause, true)),
        (_, Some(trigger)) => Some((trigger, false)),
        (_, None) => None,
    }
}

/// Who answers for a suppressed finding, until when and why, as `team-web, until 2027-03-01: the vendor moves in
/// spring`.
pub fn answered(suppression: &Suppression) -> String {
    let Suppression { reason, owner, until, .. } = suppression;
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}, until {}: {}", value(owner), value(until), value(&reason))
}

/// What keeps the finding from being an alarm, or did, a sentence each; nothing of one that never was suppressed, or
/// is over.
pub fn suppression(finding: &Finding) -> Vec<String> {
    let Some(suppression) = finding.suppression.as_ref().filter(|_| finding.state != State::Resolved) else {
        return Vec::new();
    };
    let (until, owner) = (value(&suppression.until), value(&suppression.owner));
    let (what, answers) = match (finding.state, suppression.ended) {
        (State::Suppressed, _) => (format!("It is no alarm until {until}"), "answers"),
        (_, Some(Ended::Expired)) => {
            (format!("It was suppressed until {until}, and that day has come"), "answered")
        }
        (_, Some(Ended::Withdrawn)) => {
            (format!("It was suppressed until {until}, and the rulebook no longer says so"), "answered")
        }
        (_, None) => {
            (format!("It is suppressed until {until}, which hides nothing that is not known"), "answers")
        }
    };
    let reason = suppression.reason.split_whitespace().collect::<Vec<_>>().join(" ");
    vec![format!("{what}."), sentence(&format!("{owner} {answers} for it: {}", value(&reason)))]
}

/// What an assumption means. Names that are not known are returned as they are.
pub fn assumption(name: &str) -> String {
    let words = match name {
        "catalogue-actions" => "actions and regions are those that are known, and those that policies name",
        "standard-endpoint" => {
            "requests come through AWS's standard endpoints, or VPC endpoints without a policy"
        }
        "key-policy-delegates" => {
            "the KMS key's policy leaves the decision to IAM, as default key policies do"
        }
        "no-session-policy" => "no session policy narrows the session",
        "no-session-tags" => "the session has no tags but the role's own",
        "session-tags" => {
            "whoever assumes the role passes the session tags that its trust policy lets through"
        }
        "no-identity-center-attributes" => "IAM Identity Center passes no attributes as session tags",
        "no-resource-policy" => "no resource's own policy allows or denies it, but for those that are known",
        "own-account-resources" => "the resource is of the principal's own account",
        "refusable-actions" => "calls that no policy can refuse are left out",
        "resource-is-named" => "the request names the resource that it works on",
        "through-a-service" => "an AWS service makes the request for the principal",
        "resource-lets-in" => "where the resource must let the caller in, it does",
        "accounts-exchanged" => "two accounts are compared each with its own resources",
        other => return value(other),
    };
    words.to_owned()
}

/// What to do about what is not known.
const UNDECIDED: &str = "See to it that what is not known can be read; the next evaluation decides.";

/// What to do, in one sentence or some; never nothing.
pub fn todo(finding: &Finding) -> Vec<String> {
    let mut steps = Vec::new();
    if finding.state == State::Resolved {
        return vec!["Nothing: it is over.".to_owned()];
    }
    if let (State::Suppressed, Some(suppression)) = (finding.state, &finding.suppression) {
        let (until, owner) = (value(&suppression.until), value(&suppression.owner));
        let mut steps = vec![format!("Nothing until {until}, when it opens again; ask {owner}.")];
        let remedy =
            finding.remedy.as_deref().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        let remedy = remedy.filter(|text| !text.is_empty());
        steps.extend(remedy.map(|remedy| sentence(&format!("by then: {}", clean(&remedy)))));
        return steps;
    }
    if let Some((event, true)) = event(finding) {
        steps.push(format!("If it was not meant to be, undo {}; ask {}.", did(event), person(&event.actor)));
    }
    let remedy = finding.remedy.as_deref().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let is_undecided = finding.state == State::Indeterminate;
    match remedy.filter(|text| !text.is_empty()) {
        // Of an account that cannot be read, that is all there is to it.
        Some(remedy) if is_undecided && finding.rule_kind != "inventory" => {
            steps.push(UNDECIDED.to_owned());
            steps.push(sentence(&format!("if the rule turns out to be broken: {}", clean(&remedy))));
        }
        Some(remedy) => steps.push(sentence(&remedy)),
        None if is_undecided => steps.push(UNDECIDED.to_owned()),
        None => steps.push("Take away what allows it.".to_owned()),
    }
    steps.extend(fix(finding));
    if finding.state == State::Open {
        steps.push(format!("If it is meant to be, exempt it in the rule {}.", value(&finding.rule_id)));
    }
    steps
}

/// What is known to mend it, and what that takes away besides; `None`: nothing is.
pub fn fix(finding: &Finding) -> Option<String> {
    let fix = finding.fix.as_ref().filter(|_| finding.state == State::Open)?;
    let summary = cut(&clean(&fix.summary), 3 * VALUE);
    let lost: Vec<String> = fix.loses.iter().map(|lost| value(lost)).collect();
    let mut text = match fix.safety {
        Safety::Safe => format!("{summary}: proven to mend it, and to take nothing else away"),
        Safety::Unsafe => format!("{summary}: proven to mend it, but not safe: {}", lost.join("; ")),
    };
    let others: Vec<String> = fix.others.iter().map(|arn| person(arn)).collect();
    if !others.is_empty() {
        text += &format!(". It concerns {} as well", others.join(", "));
    }
    Some(sentence(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_told_in_words() {
        let told = [
            ("arn:aws:iam::111122223333:user/eng/dana", "user dana of account 111122223333"),
            ("arn:aws:iam::111122223333:root", "the root user of account 111122223333"),
            (
                "arn:aws:sts::111122223333:assumed-role/Admin/dana@example.com",
                "dana@example.com in role Admin of account 111122223333",
            ),
            (
                "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Read_Only_0123456789abcdef/dana",
                "dana with permission set Read_Only in account 111122223333",
            ),
            ("cloudformation.amazonaws.com", "cloudformation.amazonaws.com"),
            ("", ""),
        ];
        for (arn, words) in told {
            assert_eq!(person(arn), words);
        }
    }

    #[test]
    fn what_steers_is_written_out_and_what_is_long_is_cut() {
        assert_eq!(value("a\u{202e}b\nc\u{200b}"), r"a\u{202e}b\u{a}c\u{200b}");
        assert_eq!(cut("héllo", 5), "héllo");
        assert_eq!(cut("héllo!", 5), "héll…");
        assert_eq!(value(&"x".repeat(10_000)).chars().count(), VALUE);
    }

    /// The page on formats lists every assumption.
    #[test]
    fn every_assumption_has_words() {
        let page = include_str!("../../../docs/FORMATS.md");
        let table = page.split("| Assumption |").nth(1).expect("the table");
        let names: Vec<&str> = table
            .lines()
            .skip(2)
            .map_while(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name))
            .collect();
        assert!(names.len() > 8, "{names:?}");
        for name in names {
            assert_ne!(assumption(name), name);
        }
    }
}
