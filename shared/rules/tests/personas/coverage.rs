//! How many personas somebody has.

use stanchion_rules::Rulebook;

use crate::people::{account, role, told};

fn said(matched_by: &str, tag: &str, name: &str) -> Vec<String> {
    let text = format!(
        "version: 1
personas:
  - {{ id: a, title: A, severity: low, match: {{ tags: {{ job: a }} }} }}
  - {{ id: b, title: B, severity: low, match: [{{ names: ['B*'] }}, {{ tags: {{ job: [b, c] }} }}] }}
persona_coverage:
  - {{ id: jobs, title: Jobs, severity: low, matched_by: {matched_by}, scope: {{ principals: [role] }} }}
"
    );
    let rulebook = Rulebook::parse(&text, "test").unwrap_or_else(|error| panic!("{error}"));
    let inventory = account(vec![role(name, ("Job", tag), &[])]);
    told(&rulebook, &inventory, name).into_iter().map(|(_, detail)| detail).collect()
}

#[test]
fn each_number_of_personas_is_told_where_it_is_wrong() {
    let (none, both) = (Some("has no persona"), Some("has the personas a, b"));
    for (matched_by, of_none, of_both) in
        [("at-least-one", none, None), ("at-most-one", None, both), ("exactly-one", none, both)]
    {
        let told = |tag, name| said(matched_by, tag, name).pop();
        assert_eq!(told("x", "X").as_deref(), of_none, "{matched_by}");
        assert_eq!(told("c", "X"), None, "{matched_by}");
        assert_eq!(told("a", "Bob").as_deref(), of_both, "{matched_by}");
    }
}
