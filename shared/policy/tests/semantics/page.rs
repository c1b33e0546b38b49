//! Reads a page of rules: sections, the fields that their requests share, and the requests.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The fields of an object, their values as written: a repeated key within one stays repeated.
type Fields = BTreeMap<String, Box<RawValue>>;

/// A page.
pub(crate) struct Page {
    pub(crate) sections: Vec<Section>,
    pub(crate) checks: Vec<Check>,
}

/// A heading of the second level and what follows it.
pub(crate) struct Section {
    pub(crate) title: String,
    /// The number that its title begins with.
    pub(crate) number: Option<u32>,
    /// Whether it says where its rule comes from.
    pub(crate) sourced: bool,
}

/// One request and what must come of it.
pub(crate) struct Check {
    pub(crate) section: String,
    pub(crate) id: String,
    pub(crate) request: String,
    pub(crate) expect: String,
    pub(crate) because_layer: Option<String>,
    pub(crate) says: Option<String>,
}

impl Page {
    /// Reads a page: `json` blocks hold what the requests after them share, up to the next heading
    /// or `json` block; `jsonl` blocks hold the requests.
    pub(crate) fn read(text: &str) -> Self {
        let mut page = Self { sections: Vec::new(), checks: Vec::new() };
        let mut everywhere = Fields::new();
        let mut here = Fields::new();
        for block in blocks(text) {
            match block {
                Block::Heading(title) => {
                    let number = title.split_once('.').and_then(|(number, _)| number.parse().ok());
                    page.sections.push(Section { title: title.to_owned(), number, sourced: false });
                    here = Fields::new();
                }
                Block::Source => {
                    if let Some(section) = page.sections.last_mut() {
                        section.sourced = true;
                    }
                }
                Block::Code { language: "json", text } => {
                    let fields = fields(text);
                    if page.sections.is_empty() { everywhere = fields } else { here = fields }
                }
                Block::Code { language: "jsonl", text } => {
                    let section = page.sections.last().map_or("", |section| section.title.as_str());
                    for line in text.lines() {
                        page.checks.push(Check::read(section, line, [&everywhere, &here]));
                    }
                }
                Block::Code { .. } => {}
            }
        }
        page
    }
}

impl Check {
    fn read(section: &str, line: &str, shared: [&Fields; 2]) -> Self {
        let mut all = Fields::new();
        for (name, value) in shared.into_iter().flatten() {
            all.insert(name.clone(), value.clone());
        }
        all.extend(fields(line));
        let mut text = |name: &str| {
            let value = all.remove(name)?;
            Some(serde_json::from_str::<String>(value.get()).expect("a text"))
        };
        let expect = text("expect").expect("a line says what it expects");
        let (because_layer, says) = (text("because_layer"), text("says"));
        let id = all.get("id").expect("a line has an id").get().trim_matches('"').to_owned();
        let request = serde_json::to_string(&all).expect("fields are JSON");
        Self { section: section.to_owned(), id, request, expect, because_layer, says }
    }
}

fn fields(text: &str) -> Fields {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// What a page consists of, as far as it matters here.
pub(crate) enum Block<'a> {
    /// A heading of the second level.
    Heading(&'a str),
    /// A paragraph that begins with `*Source:`.
    Source,
    /// A fenced block.
    Code {
        /// What stands behind the fence.
        language: &'a str,
        /// What stands between the fences.
        text: &'a str,
    },
}

/// Cuts Markdown into blocks.
pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        rest = after;
        if let Some(language) = line.strip_prefix("```") {
            let (code, after) = rest.split_once("\n```").expect("a fence is closed");
            blocks.push(Block::Code { language, text: code });
            rest = after;
        } else if let Some(title) = line.strip_prefix("## ") {
            blocks.push(Block::Heading(title));
        } else if line.starts_with("*Source:") {
            blocks.push(Block::Source);
        }
    }
    blocks
}
