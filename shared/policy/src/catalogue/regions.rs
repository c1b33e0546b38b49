//! AWS partitions and their regions, from `data/regions.txt`, which names its source and licence.

use super::tables;

/// All partitions, sorted: `aws`, `aws-cn` and so on.
pub fn partitions() -> impl ExactSizeIterator<Item = &'static str> {
    tables::PARTITIONS.iter().map(|(partition, _)| *partition)
}

/// The regions of one partition, sorted; empty if the partition is unknown.
#[must_use]
pub fn regions(partition: &str) -> &'static [&'static str] {
    let index = tables::PARTITIONS.binary_search_by(|(known, _)| (*known).cmp(partition));
    index.ok().and_then(|index| tables::PARTITIONS.get(index)).map_or(&[], |(_, regions)| regions)
}
