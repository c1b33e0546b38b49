//! Reads the page of trust policies.

use serde_json::Value;

/// One trust policy and what must be said of it.
pub(crate) struct Check {
    pub(crate) id: String,
    pub(crate) statement: Value,
    pub(crate) expect: Vec<String>,
    pub(crate) says: Option<String>,
}

/// The blocks of a page with a fence of this kind.
pub(crate) fn blocks<'t>(page: &'t str, fence: &str) -> Vec<&'t str> {
    let start = format!("```{fence}\n");
    let pieces: Vec<&str> = page.split(start.as_str()).skip(1).collect();
    pieces.into_iter().filter_map(|rest| rest.split_once("\n```").map(|(block, _)| block)).collect()
}

/// The lines of a page.
pub(crate) fn checks(page: &str) -> Vec<Check> {
    let lines = blocks(page, "jsonl").into_iter().flat_map(str::lines);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let check = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let known = ["id", "expect", "says", "statement"];
        let fields = line.as_object().expect("an object");
        assert!(fields.keys().all(|key| known.contains(&key.as_str())), "{line}");
        Check {
            id: text(&line["id"]),
            statement: line["statement"].clone(),
            expect: line["expect"].as_array().expect("a list").iter().map(text).collect(),
            says: line.get("says").map(text),
        }
    };
    lines.map(check).collect()
}

/// Each section with a block of lines, and whether it says where its rules come from.
pub(crate) fn sections(page: &str) -> Vec<(&str, bool)> {
    let sections = page.split("\n## ").skip(1);
    let sourced = |section: &str| section.contains("\n*Source: ");
    sections.map(|section| (section.lines().next().unwrap_or_default(), sourced(section))).collect()
}
