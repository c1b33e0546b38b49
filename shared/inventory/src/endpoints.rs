//! The VPC endpoints of an account, and the policies that say what may go through them.
//!
//! The file holds what `DescribeVpcEndpoints` returns (EC2 API Reference) in each region, one after the other or in one
//! list.

use serde::Deserialize;
use serde_json::value::RawValue;
use stanchion_policy::Policy;

use crate::error::{InventoryError, quoted};
use crate::intern::Interner;
use crate::json;
use crate::organization_file::once;
use crate::shape::{Lists, Paged};

/// A VPC endpoint that a policy can be attached to.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// Its id, `vpce-...`.
    pub id: String,
    /// The VPC that it is in, `vpc-...`; empty: the input does not say.
    pub vpc: String,
    /// What it leads to, as `com.amazonaws.eu-west-1.s3`.
    pub service_name: String,
    /// The region of the service, if the input says: it may be another one than the VPC's.
    pub service_region: Option<String>,
    /// What may go through it.
    pub policy: Policy,
}

/// What is known of an account's endpoints.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoints(Listed);

/// The endpoints, by id; or why the list is not whole.
type Listed = Result<Vec<Endpoint>, String>;

impl Endpoints {
    /// The endpoints, by id.
    ///
    /// # Errors
    /// Why the list is not whole.
    pub fn all(&self) -> Result<&[Endpoint], &str> {
        self.0.as_deref().map_err(String::as_str)
    }
}

/// The types of endpoints that have no policy (PrivateLink Guide, "Control access to VPC endpoints using
/// endpoint policies": those of type interface and gateway have).
const WITHOUT_POLICY: [&str; 3] = ["GatewayLoadBalancer", "Resource", "ServiceNetwork"];

/// The states of endpoints that nothing goes through any more, or that nothing ever will (EC2 API Reference,
/// VpcEndpoint).
const GONE: [&str; 5] = ["deleting", "deleted", "rejected", "failed", "expired"];

/// What may go through an endpoint to which nobody gave a policy (PrivateLink Guide, "Default endpoint policy").
const DEFAULT: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "what `describe-vpc-endpoints` prints")]
struct File<'a> {
    #[serde(borrow)]
    vpc_endpoints: Option<Paged<Entry<'a>>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a VPC endpoint")]
struct Entry<'a> {
    vpc_endpoint_id: String,
    vpc_id: Option<String>,
    service_name: Option<String>,
    service_region: Option<String>,
    vpc_endpoint_type: Option<String>,
    state: Option<String>,
    owner_id: Option<String>,
    #[serde(borrow)]
    policy_document: Option<&'a RawValue>,
}

/// Reads the file.
///
/// # Errors
/// Text that is not JSON of this shape; an endpoint of another account, or one that is there twice.
pub(crate) fn read(
    id: &str,
    text: &str,
    place: &str,
    interner: &mut Interner,
) -> Result<Endpoints, InventoryError> {
    let mut entries = Vec::new();
    for file in json::objects::<File<'_>>(text, place)? {
        let mut lists = Lists::of_file(file.next_token);
        match lists.whole("VpcEndpoints", file.vpc_endpoints) {
            Some(list) => entries.extend(list),
            None => {
                let reason = lists.unknown.remove("VpcEndpoints").unwrap_or_else(|| "missing".to_owned());
                return Ok(Endpoints(Err(format!("`VpcEndpoints` is {reason}"))));
            }
        }
    }
    let foreign = |entry: &&Entry<'_>| entry.owner_id.as_deref().is_some_and(|owner| owner != id);
    if let Some(entry) = entries.iter().find(foreign) {
        let (place, arn) = (place.to_owned(), quoted(&entry.vpc_endpoint_id));
        return Err(InventoryError::WrongAccount { place, arn, account: id.to_owned() });
    }
    let entries = entries.into_iter().map(|entry| (entry.vpc_endpoint_id.clone(), entry));
    let entries = once("VpcEndpoints", entries, place)?.into_values().filter(|entry| entry.has_policy());
    Ok(Endpoints(Ok(entries.map(|entry| endpoint(entry, interner)).collect())))
}

impl Entry<'_> {
    /// Whether something goes through it, of which a policy decides.
    fn has_policy(&self) -> bool {
        let is_one_of = |word: &Option<String>, words: &[&str]| {
            word.as_ref().is_some_and(|word| words.iter().any(|known| word.eq_ignore_ascii_case(known)))
        };
        !is_one_of(&self.vpc_endpoint_type, &WITHOUT_POLICY) && !is_one_of(&self.state, &GONE)
    }
}

fn endpoint(entry: Entry<'_>, interner: &mut Interner) -> Endpoint {
    // An empty text is how some tools write that there is none.
    let given = entry.policy_document.filter(|value| !matches!(value.get(), "null" | "\"\""));
    Endpoint {
        id: entry.vpc_endpoint_id,
        vpc: entry.vpc_id.unwrap_or_default(),
        service_name: entry.service_name.unwrap_or_default(),
        service_region: entry.service_region,
        policy: match given {
            Some(value) => interner.value(value),
            None => interner.text(DEFAULT),
        },
    }
}
