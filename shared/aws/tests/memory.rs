//! The table in memory: it must be like the one on AWS, since the hub is tested on it.

#[path = "../../findings/tests/conformance/mod.rs"]
mod conformance;
#[path = "tables/kept.rs"]
mod kept;
#[path = "tables/suite.rs"]
mod suite;

use stanchion_hub::memory::{MemoryTable, kind_fates};

#[tokio::test]
async fn it_does_what_every_table_does() {
    suite::conforms(|| async { MemoryTable::new(kind_fates()) }).await;
}

#[tokio::test]
async fn it_keeps_findings_as_every_store_does() {
    conformance::conforms(async || kept::Rows(MemoryTable::new(kind_fates()))).await;
}
