//! What is there twice: one of the two would be lost, and nobody could say which.

use stanchion_inventory::Inventory;

use crate::common::{DETAILS, EMPTY, MEMBER, ORGANIZATION};
use crate::{organization_refused, refused};

#[test]
fn a_list_that_is_given_twice_is_refused_by_name_and_place() {
    let text = DETAILS.replacen("\"GroupDetailList\"", "\"UserDetailList\"", 1);
    let error = refused(text);
    assert!(error.to_string().contains("line 12, column 18: `UserDetailList` is given twice"), "{error}");
}

#[test]
fn a_key_that_is_given_twice_is_refused_anywhere() {
    for text in [
        r#"{"Elsewhere": {"a": 1, "b": [{"c": 1, "c": 2}]}}"#,
        // Escapes do not make it another key.
        r#"{"Arn": 1, "\u0041rn": 2}"#,
        r#"[{}, {"": 1, "": 2}]"#,
    ] {
        assert!(refused(text).to_string().contains("is given twice in one object"), "{text}");
    }
    let text = ORGANIZATION.replacen("\"ParentId\"", "\"Id\"", 1);
    assert!(organization_refused(&text).contains("`Id` is given twice in one object"));
}

/// Both spellings of a member are the same member.
#[test]
fn a_member_in_both_spellings_is_refused() {
    let error = refused(r#"{"UserDetailList": [], "userDetailList": []}"#);
    assert!(error.to_string().contains("duplicate field `UserDetailList`"), "{error}");
}

/// SEMANTICS, "Grammar": a repeated element makes a document an error. It is unknown then, and the
/// rest of the file is what it was.
#[test]
fn a_document_with_a_repeated_key_is_unknown() {
    for document in [
        r#"{"Statement": [], "Statement": []}"#.to_owned(),
        serde_json::Value::from(r#"{"Statement": [], "Statement": []}"#).to_string(),
    ] {
        let text = EMPTY.replace(
            "\"RoleDetailList\": []",
            &format!(
                r#""RoleDetailList": [{{"Arn": "arn:aws:iam::111122223333:role/R",
                "AssumeRolePolicyDocument": {document}}}]"#
            ),
        );
        let inventory = Inventory::from_parts(None, &[(MEMBER, &text)]).expect("the rest is read");
        let gaps: Vec<String> = inventory.gaps().iter().map(ToString::to_string).collect();
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert!(gaps[0].contains("`Statement` is given twice"), "{gaps:?}");
    }
}

#[test]
fn an_id_that_is_there_twice_is_refused_with_both_places() {
    for (from, to, told) in [
        (
            "\"Id\": \"111122223333\"",
            "\"Id\": \"999988887777\"",
            "`999988887777` is there twice: as `Accounts[0]` and as `Accounts[1]`",
        ),
        (
            "\"Id\": \"ou-ab12-prod\"",
            "\"Id\": \"ou-ab12-workloads\"",
            "as `OrganizationalUnits[0]` and as `OrganizationalUnits[1]`",
        ),
        ("\"Id\": \"p-tags0001\"", "\"Id\": \"p-noleave01\"", "as `Policies[1]` and as `Policies[2]`"),
    ] {
        let text = ORGANIZATION.replacen(from, to, 1);
        assert_ne!(text, ORGANIZATION);
        let error = organization_refused(&text);
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn an_object_of_many_keys_is_read_in_time() {
    let keys: Vec<String> = (0..200_000).map(|number| format!("\"{number}\": 0")).collect();
    let text = EMPTY.replacen('{', &format!("{{{}, ", keys.join(", ")), 1);
    assert!(Inventory::from_parts(None, &[(MEMBER, &text)]).is_ok());
}
