//! Numbers that fit into no machine word.

use stanchion_rules::Rulebook;

use crate::{FINE, refused};

#[test]
fn versions_are_not_rounded() {
    let versions =
        ["1e400", "1e0", "1.0", "18446744073709551617", "-1", "0x1", "0o1", ".inf", ".nan", "01", "1_0"];
    for version in versions {
        let said = refused(&FINE.replace("version: 1", &format!("version: {version}")));
        assert!(said.contains("(write `version: 1`)"), "{version}: {said}");
    }
}

#[test]
fn account_ids_are_not_numbers() {
    for id in ["111122223333", "99999999999999999999999999", "1e11", "-111122223333"] {
        let said = refused(&FINE.replace("\"111122223333\"", id));
        assert!(said.contains("is a number without quotes"), "{said}");
    }
}

#[test]
fn numbers_in_conditions_are_kept_as_written() {
    for number in ["123456789012345678901234567890", "0.1000000000000000000001", "1e400", "-0", "0x10"] {
        let condition = format!("NumericEquals: {{ s3:max-keys: {number} }}");
        let text = FINE.replace("StringEquals: { aws:RequestedRegion: eu-west-1 }", &condition);
        let rulebook = Rulebook::parse(&text, "r").expect("a rulebook");
        assert_eq!(
            rulebook.guardrails().next().expect("one").1.forbid.statements[0].conditions[0].values,
            [number]
        );
    }
}
