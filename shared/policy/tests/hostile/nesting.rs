//! Depth. The limit holds in debug builds as well, on the small stack of a test's thread.

use stanchion_policy::prove::Verdict;

use crate::{proven, refused, simulated};

#[test]
fn ten_thousand_levels_are_too_many() {
    let levels = [("[", "]"), ("{\"Statement\":", "}"), ("[{\"a\":", "}]"), ("{\"Condition\":[", "]}")];
    for (open, close) in levels {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        assert!(refused(&deep).contains("recursion limit"), "{open}");
        assert!(simulated(&deep).contains("\"error\""), "{open}");
        let without_end = open.repeat(10_000);
        refused(&without_end);
        assert!(simulated(&without_end).contains("\"error\""), "{open}");
        assert!(matches!(proven(&deep), Verdict::Indeterminate(_)));
    }
}

#[test]
fn a_list_of_lists_is_no_list_of_statements() {
    assert_eq!(
        refused(r#"{"Statement": [[{"Effect": "Allow", "Action": "*"}]]}"#),
        "Statement[0]: a statement must be an object, not a list"
    );
    assert_eq!(
        refused(r#"{"Statement": [{"Effect": "Allow", "Action": [["*"]]}]}"#),
        "Statement[0].Action[0]: must be text, not a list"
    );
}
