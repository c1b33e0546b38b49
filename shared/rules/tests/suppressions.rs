//! Suppressions: whom they fit, when they are in force, and how they are written.

use stanchion_rules::Rulebook;
use stanchion_rules::rulebook::{About, Standing, Suppression, day};

const RULES: &str = "\
version: 1
# What must not be.
guardrails:
  - { id: trails-stay, title: T, severity: low, forbid: [{ Action: cloudtrail:StopLogging }] }
  - { id: trails-are-kept, title: T, severity: low, forbid: [{ Action: cloudtrail:DeleteTrail }] }
";

fn entry(more: &str) -> String {
    format!("{RULES}suppressions:\n  - {{ {more}, reason: R, owner: O, until: 2027-03-01 }}\n")
}

fn rulebook(text: &str) -> Rulebook {
    Rulebook::parse(text, "rules.yaml").unwrap_or_else(|error| panic!("{error}"))
}

fn mistakes(text: &str) -> String {
    Rulebook::parse(text, "rules.yaml").expect_err("a mistake").to_string()
}

fn nanoseconds(moment: &str) -> Option<i128> {
    moment.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_nanosecond)
}

const DEPLOY: About<'_> = About {
    rule: "trails-stay",
    principal: Some("arn:aws:iam::111122223333:role/ci/Deploy"),
    account: Some("111122223333"),
    subject: "AROAEXAMPLE1",
    facet: Some("s3"),
};

/// What was evaluated by it needs no evaluation by a program that knows suppressions: its digest is what it was.
#[test]
fn a_rulebook_without_any_means_what_it_meant() {
    let rulebook = rulebook(RULES);
    assert_eq!((rulebook.suppressions.len(), rulebook.longest_suppression), (0, 366));
    assert_eq!(rulebook.digest, "2f996999ad8d829e42114c23abfffd8757601ade9239fd9a505e8347532fd4d4");
}

#[test]
fn all_that_it_says_must_fit() {
    let fits = |more: &str| rulebook(&entry(more)).suppressions[0].fits(DEPLOY);
    for more in [
        "rule: trails-stay, principal: 'arn:aws:iam::*:role/*/Deploy'",
        "rule: 'trails-*', account: '111122223333'",
        "rule: '*', subject: AROA*",
        "rule: trails-stay, subject: AROAEXAMPLE1, facet: s3",
    ] {
        assert!(fits(more), "{more}");
    }
    for more in [
        "rule: trails-are-kept, account: '111122223333'",
        "rule: trails-stay, principal: 'arn:aws:iam::*:role/Deploy?'",
        "rule: trails-stay, account: '444455556666', subject: AROAEXAMPLE1",
        "rule: trails-stay, subject: AROA",
        "rule: trails-stay, subject: AROA*, facet: S3",
    ] {
        assert!(!fits(more), "{more}");
    }
    let of_account = About { principal: None, facet: None, subject: "111122223333", ..DEPLOY };
    let fits = |more: &str| rulebook(&entry(more)).suppressions[0].fits(of_account);
    assert!(fits("rule: trails-stay, account: '111122223333'"), "an account's own findings too");
    assert!(!fits("rule: trails-stay, principal: '*:*:*:*:*:*'".replace("'*:", "'arn:").as_str()));
    assert!(!fits("rule: trails-stay, account: '111122223333', facet: s3"));
}

#[test]
fn it_is_in_force_until_its_day_begins_and_no_sooner_than_a_year_before() {
    let rulebook = rulebook(&entry("rule: trails-stay, account: '111122223333'"));
    let in_force = |moment: &str| rulebook.suppression(DEPLOY, nanoseconds(moment)).is_some();
    assert!(in_force("2027-02-28T23:59:59Z") && in_force("2026-02-28T00:00:00Z"));
    assert!(!in_force("2027-03-01T00:00:00Z"), "its day has come");
    assert!(!in_force("2026-02-27T23:59:59Z"), "it is more than 366 days ahead");
    assert!(rulebook.suppression(DEPLOY, None).is_none(), "nothing is in force at no moment");
    let longer = entry("rule: trails-stay, account: '111122223333'") + "longest_suppression: 500\n";
    let longer = self::rulebook(&longer);
    assert!(longer.suppression(DEPLOY, nanoseconds("2026-02-27T00:00:00Z")).is_some());
    let suppression = &rulebook.suppressions[0];
    let today = |moment| day(nanoseconds(moment).expect("a moment")).expect("a day");
    assert_eq!(suppression.standing(today("2027-03-01T00:00:00Z"), 366), Standing::Ended);
    assert_eq!(suppression.standing(today("2020-01-01T00:00:00Z"), 366), Standing::TooLong);
    assert_eq!(Some(suppression.ends()), nanoseconds("2027-03-01T00:00:00Z"));
}

#[test]
fn of_several_the_one_that_ends_last_is_told() {
    let text = entry("rule: trails-stay, account: '111122223333'")
        + "  - { rule: '*', subject: '*', reason: Longer, owner: P, until: 2027-06-01 }\n";
    let rulebook = rulebook(&text);
    let told = |moment: &str| rulebook.suppression(DEPLOY, nanoseconds(moment)).map(|own| own.reason.clone());
    assert_eq!(told("2027-01-01T00:00:00Z").as_deref(), Some("Longer"));
    assert_eq!(told("2026-05-01T00:00:00Z").as_deref(), Some("R"), "the other is too far ahead");
}

#[test]
fn mistakes_are_told_where_they_are() {
    let told = mistakes(&entry("rule: trail-stay, account: '111122223333'"));
    assert!(
        told.contains("rules.yaml:7:13: there is no rule `trail-stay`")
            && told.contains("did you mean `trails-stay`?"),
        "{told}"
    );
    let told = mistakes(&entry("rule: '*'"));
    assert!(
        told.contains("rules.yaml:7:5: a suppression says whose findings it is about (add `principal`"),
        "{told}"
    );
    let told = mistakes(&format!("{RULES}suppressions: [{{ rule: trails-stay, subject: a }}]\n"));
    for key in ["reason", "owner", "until"] {
        assert!(told.contains(&format!("a suppression needs the key `{key}`")), "{told}");
    }
}

#[test]
fn those_of_files_that_are_extended_count_and_the_longest_is_the_rulebooks_own() {
    let team = entry("rule: trails-stay, subject: AROA*");
    let own = "version: 1\nextends: [file:team.yaml]\nsuppressions:\n\
               - { rule: trails-*, account: '111122223333', reason: R, owner: O, until: 2027-01-01 }\n";
    let read = |team: String| {
        let mut load = |_: &str| Ok(team.clone());
        Rulebook::parse_with(own, "rules.yaml", &mut load)
    };
    let rulebook = read(team.clone()).expect("a rulebook");
    let places: Vec<(&str, usize)> = rulebook
        .suppressions
        .iter()
        .map(|own| (rulebook.sources[own.source].name.as_str(), own.line))
        .collect();
    assert_eq!(places, [("team.yaml", 7), ("rules.yaml", 4)]);
    let told = read(team + "longest_suppression: 9\n").expect_err("a mistake").to_string();
    assert!(
        told.contains("team.yaml:8:1: how long suppressions may last is for the rulebook itself"),
        "{told}"
    );
}

fn another() -> Suppression {
    let text = entry("rule: trails-are-kept, subject: AROAEXAMPLE2, facet: \"a: 'b' # c\"");
    let reason = "Moves in spring: \"really\"\n# see 4711";
    Suppression { reason: reason.to_owned(), ..rulebook(&text).suppressions[0].clone() }
}

/// Whatever else is written stays as it is, to the letter.
#[test]
fn one_more_is_written_behind_the_others() {
    let one = entry("rule: trails-stay, account: '111122223333'");
    let flat = one.replace("  - {", "- {");
    let noted = one.clone() + "  # The last of them.\n\n# Another list.\npersonas: []\n";
    for text in [
        RULES.to_owned(),
        RULES.trim_end().to_owned(),
        format!("{RULES}suppressions:\n"),
        format!("{RULES}suppressions: # none yet\n\npersonas:\n"),
        one,
        flat,
        noted,
    ] {
        let added = another();
        let written = added.append(&text).expect("written");
        let (before, after) = (rulebook(&text), rulebook(&written));
        assert_eq!(after.rules, before.rules, "{written}");
        assert_eq!(after.suppressions.len(), before.suppressions.len() + 1, "{written}");
        let last = after.suppressions.last().expect("one");
        let placed = Suppression { source: 0, line: last.line, column: last.column, ..added };
        assert_eq!(last, &placed, "{written}");
        let gone: Vec<&str> = text.lines().filter(|line| !written.contains(line)).collect();
        assert!(gone.is_empty(), "{gone:?}");
    }
    let one_line = format!("{RULES}suppressions: []\n");
    assert!(another().append(&one_line).expect_err("no place").contains("on one line"));
}
