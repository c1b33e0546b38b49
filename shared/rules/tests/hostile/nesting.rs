//! Depth. The limit holds in debug builds as well, on the small stack of a test's thread.

use crate::{FINE, refused};

#[test]
fn ten_thousand_levels_are_too_many() {
    let levels = [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("[a, {b: ", "}]"), ("&a [", "]")];
    for (open, close) in levels {
        let deep = format!("{}{}", open.repeat(10_000), close.repeat(10_000));
        for text in [&deep, &format!("version: 1\nguardrails:\n{deep}"), &FINE.replace("'*'", &deep)] {
            let said = refused(text);
            assert!(said.starts_with("r:") && said.len() < 1000, "{open}");
        }
    }
    let indented: String = (0..1000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    assert!(refused(&indented).contains("not YAML"));
}
