//! The table on DynamoDB, in the emulator that `STANCHION_E2E_ENDPOINT` says the address of.
//!
//! It has a feature of its own, so that it is never passed over in silence: with it, a missing emulator
//! fails.

#[path = "../../findings/tests/conformance/mod.rs"]
mod conformance;
#[path = "tables/kept.rs"]
mod kept;
#[path = "tables/suite.rs"]
mod suite;

use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    Projection, ProjectionType, ScalarAttributeType,
};
use stanchion_aws::table::layout::{BY_STATE, EXPIRES, ORDER, PK, SCHEMA, SK, STATE};
use stanchion_aws::{Calls, DynamoTable};
use stanchion_hub::{Table, TableError};
use suite::{cause, outcome, role};

async fn config() -> SdkConfig {
    let endpoint =
        std::env::var("STANCHION_E2E_ENDPOINT").expect("STANCHION_E2E_ENDPOINT is the emulator's address");
    aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("111122223333", "test", None, None, "test"))
        .load()
        .await
}

/// A new table as the template makes it, and its name.
async fn new_table(config: &SdkConfig) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("table-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let key = |name: &str, kind| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("key")
    };
    let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let index = GlobalSecondaryIndex::builder()
        .index_name(BY_STATE)
        .key_schema(key(STATE, KeyType::Hash))
        .key_schema(key(ORDER, KeyType::Range))
        .projection(keys_only)
        .build()
        .expect("index");
    let mut call = Client::new(config)
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key(PK, KeyType::Hash))
        .key_schema(key(SK, KeyType::Range))
        .global_secondary_indexes(index);
    for name in [PK, SK, STATE, ORDER] {
        let attribute =
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        call = call.attribute_definitions(attribute.build().expect("attribute"));
    }
    call.send().await.expect("a table");
    name
}

async fn table() -> (DynamoTable, Client, String) {
    let config = config().await;
    let name = new_table(&config).await;
    (DynamoTable::new(&config, &Calls::new(), &name), Client::new(&config), name)
}

#[tokio::test]
async fn it_does_what_every_table_does() {
    suite::conforms(|| async { table().await.0 }).await;
}

#[tokio::test]
async fn it_keeps_findings_as_every_store_does() {
    conformance::conforms(async || kept::Rows(table().await.0)).await;
}

/// What was published is dropped by the table itself, one day.
#[tokio::test]
async fn the_past_expires() {
    let (table, client, name) = table().await;
    let written = outcome("Deploy", &["a"]);
    let row = table.row(&role("Deploy")).await.expect("a row");
    table.commit(&row, &written).await.expect("written");
    table.mark_published(&written.batch.transitions).await.expect("marked");
    let items = client.scan().table_name(&name).send().await.expect("a scan").items.unwrap_or_default();
    let past = items.iter().find(|item| item[PK] == AttributeValue::S("past#111122223333".to_owned()));
    let expires = past.and_then(|item| item.get(EXPIRES)?.as_n().ok()?.parse::<i64>().ok());
    assert!(expires.is_some_and(|seconds| seconds > 1_700_000_000), "{items:?}");
}

/// Lambda's functions are replaced one by one: an old one may meet what a new one wrote.
#[tokio::test]
async fn what_a_newer_version_wrote_is_left_alone() {
    let (table, client, name) = table().await;
    let key = role("Deploy");
    let row = table.raise(&key, Some(("event", &cause("event"))), 10).await.expect("raised");
    client
        .update_item()
        .table_name(&name)
        .key(PK, AttributeValue::S("111122223333".to_owned()))
        .key(SK, AttributeValue::S("role/Deploy#row".to_owned()))
        .update_expression("SET #schema = :newer")
        .expression_attribute_names("#schema", SCHEMA)
        .expression_attribute_values(":newer", AttributeValue::N("2".to_owned()))
        .send()
        .await
        .expect("updated");
    let unreadable = |error: TableError| {
        let TableError::Unreadable { row, reason } = error else { panic!("not {error}") };
        assert_eq!(row, "111122223333/role/Deploy#row");
        assert!(reason.contains("version 2"), "{reason}");
    };
    unreadable(table.row(&key).await.expect_err("newer"));
    unreadable(table.raise(&key, None, 10).await.expect_err("newer"));
    unreadable(table.put_off(&row, 99, 1).await.expect_err("newer"));
    unreadable(table.commit(&row, &outcome("Deploy", &["a"])).await.expect_err("newer"));
    unreadable(table.rows_of("111122223333").await.expect_err("newer"));
}

/// A new release finds what the last one left: these items are of version 1, and stay readable.
#[tokio::test]
async fn items_of_version_1_are_read() {
    let (table, client, name) = table().await;
    let item = |pairs: &[(&str, AttributeValue)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    };
    let (s, n) = (
        |text: &str| AttributeValue::S(text.to_owned()),
        |number: &str| AttributeValue::N(number.to_owned()),
    );
    let empty = || AttributeValue::M(std::collections::HashMap::new());
    let row = item(&[
        (PK, s("111122223333")),
        (SK, s("role/Deploy#row")),
        (SCHEMA, n("1")),
        ("revision", n("4")),
        ("wanted", n("3")),
        ("done", n("2")),
        ("looks", n("2")),
        ("causes", empty()),
        ("causes_dropped", n("1")),
        ("due", n("1700000000000")),
        ("attempts", n("2")),
        ("unseen", s("{\"fp\":5}")),
        ("again", n("1700000000000")),
        ("evaluated", s("digest")),
        ("subjects", empty()),
        (STATE, s("left-over#3")),
        (ORDER, s("00000001700000000000")),
    ]);
    client.put_item().table_name(&name).set_item(Some(row)).send().await.expect("put");
    let row = table.row(&role("Deploy")).await.expect("row");
    assert_eq!((row.wanted, row.done, row.looks, row.attempts, row.causes_dropped), (3, 2, 2, 2, 1));
    assert_eq!((row.again, row.evaluated.as_deref()), (Some(1_700_000_000_000), Some("digest")));
    assert_eq!(row.unseen.get("fp"), Some(&5));
    let left = table.left_over(i64::MAX, None).await.expect("left over");
    assert_eq!(left.entries, [role("Deploy")]);
}
