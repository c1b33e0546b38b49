//! Renders `regions.txt`: the partitions and their regions, from botocore's partitions table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::package::Package;

#[derive(Deserialize)]
struct Partitions {
    partitions: Vec<Partition>,
}

#[derive(Deserialize)]
struct Partition {
    id: String,
    regions: BTreeMap<String, IgnoredAny>,
}

/// The text of `regions.txt`.
pub(crate) fn render(botocore: &Package) -> Result<String, String> {
    let table: Partitions = botocore.json("botocore/data/partitions.json")?;
    let mut text = format!(
        "# AWS partitions and their regions, one \"partition region\" a line.\n\
         # Source: PyPI package {} {}, botocore/data/partitions.json (https://github.com/boto/botocore).\n\
         # Licence of the source: {}.\n\
         # The pseudo-regions named like aws-global are left out: no ARN and no request names them.\n\
         # Made by `cargo xtask catalog`; do not edit.\n",
        botocore.name, botocore.version, botocore.licence
    );
    let lines: BTreeSet<(&str, &str)> = table
        .partitions
        .iter()
        .flat_map(|p| p.regions.keys().map(|region| (p.id.as_str(), region.as_str())))
        .filter(|(_, region)| !region.ends_with("-global"))
        .collect();
    if lines.is_empty() {
        return Err("botocore's partitions.json lists no region".to_owned());
    }
    for (partition, region) in lines {
        writeln!(text, "{partition} {region}").map_err(|e| e.to_string())?;
    }
    Ok(text)
}
