//! Authorization details as the tools that talk to AWS write them: all say the same.

mod common;

use common::{DETAILS, EMPTY, MEMBER};
use serde_json::{Map, Value, json};
use stanchion_inventory::{Inventory, InventoryError, Moment};

fn read(text: &str) -> Result<Inventory, InventoryError> {
    Inventory::from_parts(None, &[(MEMBER, text)])
}

fn details() -> Value {
    serde_json::from_str(DETAILS).expect("the fixture is JSON")
}

#[track_caller]
fn assert_same(text: &str) {
    let expected = read(DETAILS).expect("the fixture is read");
    assert_eq!(read(text).unwrap_or_else(|error| panic!("{error}")), expected);
}

/// The same value with every object's members changed; documents are left as they are.
fn members(value: &Value, change: &impl Fn(&str, Value) -> Option<(String, Value)>) -> Value {
    match value {
        Value::Object(object) => {
            let changed = object.iter().filter_map(|(key, value)| {
                let value = if key.ends_with("Document") { value.clone() } else { members(value, change) };
                change(key, value)
            });
            Value::Object(changed.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| members(item, change)).collect(),
        other => other.clone(),
    }
}

fn url_encoded(document: &Value) -> String {
    let text = if let Value::String(text) = document { text.clone() } else { document.to_string() };
    if text.starts_with('%') {
        return text;
    }
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn of_boto3_with_metadata() {
    let mut page = details();
    page["ResponseMetadata"] = json!({"RequestId": "1", "HTTPStatusCode": 200, "RetryAttempts": 0,
        "HTTPHeaders": {"content-type": "text/xml"}});
    assert_same(&page.to_string());
}

/// A date is the same however it is written; what is no date is unknown, and the file is read.
#[test]
fn of_dates_as_text_and_as_numbers() {
    let dated = |date: Value| {
        let mut page = details();
        page["UserDetailList"][0]["CreateDate"] = date.clone();
        page["RoleDetailList"][0]["RoleLastUsed"] = json!({"LastUsedDate": date, "Region": "eu-west-1"});
        let inventory = read(&page.to_string()).expect("the details are read");
        let used = inventory.principals_of(MEMBER).map(|principal| (principal.created, principal.last_used));
        used.filter(|(created, used)| created.is_some() || *used != Moment::Unknown).collect::<Vec<_>>()
    };
    let at = 1_714_557_600_000_000_000;
    let expected = [(None, Moment::At(at)), (Some(at), Moment::Unknown)];
    for date in [json!("2024-05-01T10:00:00+00:00"), json!("2024-05-01 10:00:00+00:00"), json!(1_714_557_600)]
    {
        assert_eq!(dated(date.clone()), expected, "{date}");
    }
    for none in [json!("soon"), json!({"seconds": 1}), json!([])] {
        assert_eq!(dated(none.clone()), [], "{none}");
    }
    let mut page = details();
    page["RoleDetailList"][0]["RoleLastUsed"] = json!("");
    let inventory = read(&page.to_string()).expect("the details are read");
    assert!(inventory.principals_of(MEMBER).any(|principal| principal.last_used == Moment::Never));
}

#[test]
fn of_the_javascript_sdk_with_encoded_documents() {
    let mut page = members(&details(), &|key, value| {
        let value = if key.ends_with("Document") { json!(url_encoded(&value)) } else { value };
        Some((key.to_owned(), value))
    });
    page["$metadata"] = json!({"httpStatusCode": 200, "attempts": 1, "totalRetryDelay": 0});
    assert_same(&page.to_string());
}

/// Go writes a null for everything that is not there.
#[test]
fn of_the_go_sdk_with_nulls() {
    let mut page = details();
    for list in ["UserDetailList", "RoleDetailList", "GroupDetailList"] {
        for entry in page[list].as_array_mut().expect("a list") {
            let entry = entry.as_object_mut().expect("an object");
            let absent = ["GroupList", "InstanceProfileList", "PermissionsBoundary", "Tags", "RoleLastUsed"];
            for member in absent.into_iter().chain(["AttachedManagedPolicies"]) {
                entry.entry(member).or_insert(Value::Null);
            }
        }
    }
    page["Marker"] = Value::Null;
    page["ResultMetadata"] = json!({});
    assert_same(&page.to_string());
}

#[test]
fn of_java_with_small_first_letters() {
    let small = |key: &str| format!("{}{}", key[..1].to_lowercase(), &key[1..]);
    assert_same(&members(&details(), &|key, value| Some((small(key), value))).to_string());
}

#[test]
fn of_what_converters_make_of_the_xml() {
    let lists = |key: &str, value: Value| {
        let value = match value {
            Value::Array(mut items) if items.len() == 1 => json!({"member": items.remove(0)}),
            Value::Array(items) if items.is_empty() && key != "Statement" => json!(""),
            Value::Array(items) => json!({"member": items}),
            Value::Bool(flag) => json!(flag.to_string()),
            other => other,
        };
        Some((key.to_owned(), value))
    };
    let result = members(&details(), &lists);
    let result = json!({"GetAccountAuthorizationDetailsResponse": {
        "@xmlns": "https://iam.amazonaws.com/doc/2010-05-08/",
        "GetAccountAuthorizationDetailsResult": result, "ResponseMetadata": {"RequestId": "1"}}});
    assert_same(&result.to_string());
}

#[test]
fn of_pages_on_lines_in_lists_and_both() {
    let first = DETAILS.replace(r#""IsTruncated": false"#, r#""IsTruncated": true, "Marker": "x""#);
    let first: Value = serde_json::from_str(&first).expect("JSON");
    let last: Value = serde_json::from_str(EMPTY).expect("JSON");
    assert_same(&format!("{first}\n{last}\n"));
    assert_same(&format!("[{first},\n{last}]"));
    assert_same(&format!("[{first}]\n[{last}]"));
    assert_same(&format!("{first} {last} {last}"));
}

/// What follows on pages that nobody fetched is not nothing.
#[test]
fn a_chain_whose_last_page_leads_on_is_incomplete() {
    for end in [
        r#""IsTruncated": true"#,
        r#""IsTruncated": "true""#,
        r#""Marker": "x""#,
        r#""NextToken": "x""#,
        r#""nextToken": "x""#,
        r#""isTruncated": true"#,
    ] {
        let last = EMPTY.replace("\"Policies\"", &format!("{end}, \"Policies\""));
        let inventory = read(&format!("{DETAILS}\n{last}")).expect("read");
        let gaps: Vec<String> = inventory.gaps().iter().map(ToString::to_string).collect();
        for list in ["UserDetailList", "RoleDetailList", "GroupDetailList", "Policies"] {
            assert!(gaps.contains(&format!("{MEMBER}: {list}: the list is truncated")), "{end}: {gaps:?}");
        }
    }
    for end in [r#""IsTruncated": "false", "Marker": """#, r#""NextToken": null"#] {
        let last = EMPTY.replace("\"Policies\"", &format!("{end}, \"Policies\""));
        let inventory = read(&format!("{DETAILS}\n{last}")).expect("read");
        assert!(inventory.account(MEMBER).is_some_and(|account| account.is_complete()), "{end}");
    }
}

#[test]
fn an_entry_on_two_pages_is_one_if_both_say_the_same() {
    assert_same(&format!("{DETAILS}\n{DETAILS}"));
}

#[test]
fn of_entries_that_differ_both_places_are_named() {
    for (from, to, id, list) in [
        (r#""GroupList": ["admins"]"#, r#""GroupList": []"#, "user/staff/ana", "UserDetailList[0]"),
        (
            r#""InstanceProfileName": "deploy""#,
            r#""InstanceProfileName": "x""#,
            "role/ci/prod/Deploy",
            "RoleDetailList[0]",
        ),
        (r#""PolicyName": "extra""#, r#""PolicyName": "other""#, "group/admins", "GroupDetailList[0]"),
        (r#""DefaultVersionId": "v2""#, r#""DefaultVersionId": "v1""#, "policy/Own", "Policies[0]"),
    ] {
        let other = DETAILS.replace(from, to);
        assert_ne!(other, DETAILS, "{from}");
        let error = read(&format!("{DETAILS}\n{other}")).expect_err(from).to_string();
        let told = format!("{id}` is there twice: as `{list}` of page 1 and as `{list}` of page 2");
        assert!(error.contains(&told), "{error}");
    }
}

/// Names are unique whatever the path, so that these are no two users.
#[test]
fn users_of_one_name_under_two_paths_are_refused() {
    let other = DETAILS.replace("user/staff/ana", "user/ana").replace("/staff/", "/");
    let error = read(&format!("{DETAILS}\n{other}")).expect_err("two of them").to_string();
    assert!(error.contains("user/ana` is there twice"), "{error}");
}

/// Pages of the organization that lead on leave their list unknown, and only theirs.
#[test]
fn lists_of_the_organization_that_lead_on_are_unknown() {
    let organization: Value = serde_json::from_str(common::ORGANIZATION).expect("JSON");
    for list in ["Roots", "OrganizationalUnits", "Accounts", "Policies"] {
        let mut paged = organization.clone();
        paged[list] = json!({list: organization[list], "NextToken": "x"});
        let inventory = Inventory::from_parts(Some(&paged.to_string()), &[]).expect("read");
        let gaps: Vec<String> = inventory.gaps().into_iter().map(|gap| gap.message).collect();
        let told = format!("`{list}` is truncated: a `NextToken` is left over");
        assert!(gaps.contains(&told), "{gaps:?}");

        paged[list] = json!({list: organization[list], "NextToken": null});
        let whole = Inventory::from_parts(Some(&paged.to_string()), &[]).expect("read");
        assert_eq!(whole.accounts_under("r-ab12"), common::organization().accounts_under("r-ab12"));
        assert_eq!(whole.scps(MEMBER), common::organization().scps(MEMBER));
    }
    let mut merged = organization;
    merged["NextToken"] = json!("x");
    let inventory = Inventory::from_parts(Some(&merged.to_string()), &[]).expect("read");
    let truncated = inventory.gaps().iter().filter(|gap| gap.message.contains("truncated")).count();
    assert_eq!(truncated, 4, "it may belong to any of them");
}
