//! The organization tree, its policies, and each account's principals, at one moment; and the
//! answer to one question: which policy layers bind this principal?
//!
//! An [`Inventory`] is read from a directory (or from text) that the AWS CLI fills, is cheap to
//! clone, and can be changed as CloudTrail events say. What the input does not tell is unknown,
//! never empty: [`Inventory::gaps`] lists it, and the layers that depend on it hold a
//! [`Policy::unknown`](stanchion_policy::Policy::unknown).
//!
//! ```
//! use stanchion_inventory::Inventory;
//!
//! let details = r#"{"UserDetailList": [], "GroupDetailList": [], "Policies": [],
//!     "RoleDetailList": [{"RoleName": "Deploy", "RoleId": "AROAEXAMPLE", "Path": "/ci/",
//!         "Arn": "arn:aws:iam::111122223333:role/ci/Deploy",
//!         "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": []}}]}]}"#;
//! let inventory = Inventory::from_parts(None, &[("111122223333", details)])?;
//! let role = inventory.principal("arn:aws:iam::111122223333:role/ci/Deploy").ok_or("no role")?;
//! assert_eq!(&*inventory.layers(role).identity[0].name, "inline:p");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod arn;
mod attached;
mod credentials;
mod details;
mod endpoints;
mod error;
mod find;
mod gaps;
mod identity_center;
mod identity_center_file;
mod intern;
mod inventory;
mod json;
mod last_accessed;
mod layers;
mod mutate;
mod organization;
mod organization_file;
mod overview;
mod shape;
mod table;
mod tag_policy;
mod text;
mod tree;

pub use account::{Account, Entity, EntityKind, Group, ManagedPolicy, Principal, PrincipalKind, ROOT_NAME};
pub use arn::IamArn;
pub use attached::Attachments;
pub use credentials::{AccessKey, CredentialReport, Credentials, Moment};
pub use endpoints::{Endpoint, Endpoints};
pub use error::InventoryError;
pub use find::Unfound;
pub use gaps::Gap;
pub use identity_center::{
    AssignedPrincipal, Assignment, CustomerPolicy, INLINE_POLICY_NAME, IdentityCenter, Membership,
    PermissionSet, SetPolicy,
};
pub use intern::decode_document;
pub use inventory::Inventory;
pub use last_accessed::{LastAccessed, ServiceUse};
pub use mutate::MembershipKey;
pub use organization::{
    FULL_AWS_ACCESS, MemberAccount, Organization, OrganizationPolicy, OrganizationalUnit, RCP,
    RCP_FULL_AWS_ACCESS, Root, SCP, TAG_POLICY,
};
pub use overview::{
    AccountDetail, AccountOverview, Counts, GroupOverview, IdentityCenterOverview, LevelOverview,
    NodeOverview, OrganizationOverview, Overview, PermissionSetOverview, PolicyOverview, PrincipalOverview,
    Totals,
};
pub use tag_policy::{Fit, TagPolicy};
