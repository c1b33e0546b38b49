//! A suppression as it is written into a rulebook, all else there left as it is.

use serde_json::Value as Json;

use super::suppression::Suppression;

impl Suppression {
    /// The entry in YAML, without the indentation of its list: `- rule: no-root-use`, a line for each key.
    pub fn yaml(&self) -> String {
        let text = |text: &String| Json::from(text.as_str()).to_string();
        let optional =
            |text: &Option<String>| text.as_ref().map(|text| Json::from(text.as_str()).to_string());
        let lines = [
            ("rule", Some(text(&self.rule))),
            ("principal", optional(&self.principal)),
            ("account", optional(&self.account)),
            ("subject", optional(&self.subject)),
            ("facet", optional(&self.facet)),
            ("reason", Some(text(&self.reason))),
            ("owner", Some(text(&self.owner))),
            ("until", Some(self.until.to_string())),
            ("findings", self.findings.map(|findings| findings.to_string())),
        ];
        let lines = lines.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
        let lines = lines.enumerate().map(|(at, (key, value))| {
            let mark = if at == 0 { "-" } else { " " };
            format!("{mark} {key}: {value}\n")
        });
        lines.collect()
    }

    /// A rulebook's text with this suppression as the last of its list, which is made if there is none. Whoever
    /// calls it reads the text again: what is written in another way than is usual may come out as something else.
    ///
    /// # Errors
    /// Why it cannot be written there: the list is not one line for each entry.
    pub fn append(&self, text: &str) -> Result<String, String> {
        let entry = |indent: &str| -> String {
            self.yaml().lines().map(|line| format!("{indent}{line}\n")).collect()
        };
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
            last.push('\n');
        }
        let Some(start) = lines.iter().position(|line| line.starts_with("suppressions:")) else {
            return Ok(format!("{}\nsuppressions:\n{}", lines.concat(), entry("  ")));
        };
        let behind = lines[start]["suppressions:".len()..].trim();
        if !behind.is_empty() && !behind.starts_with('#') {
            return Err(
                "`suppressions` is written on one line: write an entry a line, or add it by hand".to_owned()
            );
        }
        // The next key of the rulebook: what is not indented, and no entry, comment or empty line.
        let is_key = |line: &String| !line.starts_with([' ', '\t', '-', '#', '\n', '\r']);
        let end = lines.iter().skip(start + 1).position(is_key).map_or(lines.len(), |at| start + 1 + at);
        let is_content = |line: &String| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let last = lines[start..end].iter().rposition(is_content).map_or(start, |at| start + at);
        let first = lines[start + 1..end].iter().find(|line| line.trim_start().starts_with('-'));
        let indent = first.map_or("  ", |line| &line[..line.len() - line.trim_start().len()]).to_owned();
        lines.insert(last + 1, entry(&indent));
        Ok(lines.concat())
    }
}
