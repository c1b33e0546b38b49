//! Policy documents that are too much. The document is unknown, the rest of the file is read.

use stanchion_inventory::Inventory;

use crate::common::{EMPTY, MEMBER};

fn gap(document: &str) -> String {
    let text = EMPTY.replace(
        "\"RoleDetailList\": []",
        &format!(
            r#""RoleDetailList": [{{"Arn": "arn:aws:iam::111122223333:role/R",
            "AssumeRolePolicyDocument": {document}}}]"#
        ),
    );
    let inventory = Inventory::from_parts(None, &[(MEMBER, &text)]).expect("the rest is read");
    let mut gaps = inventory.gaps().into_iter();
    let gap = gaps.next().expect("the document is missing").to_string();
    assert_eq!(gaps.next(), None);
    assert!(gap.starts_with(&format!("{MEMBER}: trust policy of `arn:aws:iam::{MEMBER}:role/R`")), "{gap}");
    gap
}

#[test]
fn ten_megabytes_of_document_are_unknown() {
    let action = "x".repeat(10 << 20);
    let document =
        format!(r#"{{"Statement": {{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}}}"#);
    let gap = gap(&document);
    assert!(gap.contains("the document has 10485"), "{gap}");
    let text = serde_json::Value::from(document).to_string();
    assert!(self::gap(&text).contains("the document has 10485"));
}

#[test]
fn ten_thousand_levels_of_document_are_unknown() {
    let document = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(gap(&document).contains("recursion limit"), "{}", gap(&document));
}

#[test]
fn documents_that_are_no_documents_are_unknown() {
    for document in ["7", "[]", "\"\"", "\"%FF\"", "\"%7B\"", "{}", "\"\\ud800\""] {
        let gap = gap(document);
        assert!(gap.contains("is unreadable"), "{document}: {gap}");
    }
}
