//! Suppressions held against findings: what they keep from being an alarm, and what looks wrong with them.

use stanchion_findings::{Facts, Finding, Observation, Suppression};
use stanchion_rules::rulebook::{About, Problem, Standing, day};
use stanchion_rules::{Code, Evaluator, Rulebook, rulebook};

/// What a suppression may say of a finding.
pub fn about(finding: &Finding) -> About<'_> {
    About {
        rule: &finding.rule_id,
        principal: finding.principal.as_deref(),
        account: finding.account_id.as_deref(),
        subject: &finding.subject.id,
        facet: finding.facet.as_deref(),
    }
}

fn about_facts(facts: &Facts) -> About<'_> {
    About {
        rule: &facts.rule_id,
        principal: facts.principal.as_deref(),
        account: facts.account_id.as_deref(),
        subject: &facts.subject.id,
        facet: facts.facet.as_deref(),
    }
}

/// The same observation, with the suppression that is in force for it, if there is one. What is not known is not
/// suppressed.
pub(crate) fn suppressed(evaluator: &Evaluator<'_>, observation: Observation) -> Observation {
    let Observation::Violates(facts) = observation else { return observation };
    match evaluator.rulebook().suppression(about_facts(&facts), evaluator.now()) {
        Some(suppression) => Observation::Suppressed(facts, said(suppression)),
        None => Observation::Violates(facts),
    }
}

fn said(suppression: &rulebook::Suppression) -> Suppression {
    Suppression {
        reason: suppression.reason.clone(),
        owner: suppression.owner.clone(),
        until: suppression.until.to_string(),
        ended: None,
    }
}

/// What is wrong with a rulebook's suppressions at a moment, or looks wrong: those that ended or end too late;
/// with all `findings` that are not resolved, those that fit none of them, or too many.
pub fn doubts(rulebook: &Rulebook, findings: Option<&[Finding]>, now: Option<i128>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for suppression in &rulebook.suppressions {
        let mut doubt = |code, message: String, help: &str| {
            let file = rulebook.sources.get(suppression.source).map_or("", |source| source.name.as_str());
            let (line, column) = (suppression.line, suppression.column);
            let help = Some(help.to_owned());
            problems.push(Problem { code, file: file.to_owned(), line, column, message, help });
        };
        let longest = rulebook.longest_suppression;
        match now.and_then(day).map(|today| suppression.standing(today, longest)) {
            Some(Standing::Ended) => {
                let message = format!("the suppression ended on {}", suppression.until);
                doubt(Code::EndedSuppression, message, "take it out, or decide anew until when");
                continue;
            }
            Some(Standing::TooLong) => {
                let message = format!(
                    "the suppression ends on {}, and {longest} days ahead is the most: it is not in force",
                    suppression.until
                );
                doubt(Code::LongSuppression, message, "end it sooner, or raise `longest_suppression`");
            }
            Some(Standing::InForce) | None => {}
        }
        let Some(findings) = findings else { continue };
        let fits = findings.iter().filter(|finding| suppression.fits(about(finding))).count();
        if fits == 0 {
            let message = "the suppression fits no finding".to_owned();
            doubt(Code::UnusedSuppression, message, "take it out if what it was for is mended");
        } else if fits > usize::try_from(suppression.most()).unwrap_or(usize::MAX) {
            let message =
                format!("the suppression fits {fits} findings, and {} is the most", suppression.most());
            let help = format!("narrow it, or write `findings: {fits}` if so many are meant");
            doubt(Code::WideSuppression, message, &help);
        }
    }
    problems
}

/// The doubts as notes, each in a sentence that says where it is written.
pub fn notes(doubts: &[Problem]) -> impl Iterator<Item = String> {
    doubts.iter().map(|doubt| {
        let help = doubt.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{}{help} at {}:{}", doubt.message, doubt.file, doubt.line)
    })
}
