//! What an event does to an inventory, as far as the event tells.

mod apply;
pub(crate) mod read;
mod undo;

use std::collections::BTreeMap;

use stanchion_inventory::{
    Assignment, Entity, Group, ManagedPolicy, OrganizationPolicy, PermissionSet, Principal, SetPolicy,
};
use stanchion_policy::Policy;

pub use apply::{Applied, apply};
pub use read::Apply;
pub use undo::{Before, undo, undo_effect};

/// What an event does to an inventory.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are what their names and types say")]
pub enum Effect {
    /// Nothing that an inventory holds, as for passwords.
    None,
    /// Something, and the event does not tell what; the text says why.
    Unknown(String),
    /// Attaches a managed policy.
    Attach { to: Entity, policy: String },
    /// Detaches a managed policy.
    Detach { from: Entity, policy: String },
    /// Writes an inline policy, maybe over another.
    PutInline { entity: Entity, name: String, document: Policy },
    /// Deletes an inline policy.
    DeleteInline { entity: Entity, name: String },
    /// Sets or removes a permissions boundary.
    SetBoundary { entity: Entity, policy: Option<String> },
    /// Replaces a role's trust policy.
    SetTrust { account: String, role: String, document: Policy },
    /// Writes tags, maybe over others.
    Tag { entity: Entity, tags: Vec<(String, String)> },
    /// Removes tags.
    Untag { entity: Entity, keys: Vec<String> },
    /// Puts a user into a group.
    JoinGroup { account: String, user: String, group: String },
    /// Takes a user out of a group.
    LeaveGroup { account: String, user: String, group: String },
    /// Puts a role into an instance profile.
    JoinProfile { account: String, role: String, profile: String },
    /// Takes a role out of an instance profile.
    LeaveProfile { account: String, role: String, profile: String },
    /// Makes a user or role.
    CreatePrincipal(Box<Principal>),
    /// Makes a group.
    CreateGroup { account: String, group: Group },
    /// Deletes a user, role or group.
    Delete(Entity),
    /// Gives a user or group another name or path.
    Rename { entity: Entity, name: Option<String>, path: Option<String> },
    /// Makes a managed policy.
    CreatePolicy(ManagedPolicy),
    /// Deletes a managed policy.
    DeletePolicy { arn: String },
    /// Adds a version to a managed policy.
    CreateVersion { arn: String, version: String, document: Policy, default: bool },
    /// Puts another version in force.
    SetDefaultVersion { arn: String, version: String },
    /// Deletes a version that is not in force.
    DeleteVersion { arn: String, version: String },
    /// Attaches a policy of the organization.
    AttachOrganizationPolicy { policy: String, target: String },
    /// Detaches a policy of the organization.
    DetachOrganizationPolicy { policy: String, target: String },
    /// Makes a policy of the organization.
    CreateOrganizationPolicy { id: String, policy: OrganizationPolicy },
    /// Gives a policy of the organization another text.
    UpdateOrganizationPolicy { id: String, content: String },
    /// Deletes a policy of the organization.
    DeleteOrganizationPolicy { id: String },
    /// Enables or disables a policy type.
    SetPolicyType { root: String, kind: String, enabled: bool },
    /// Moves an account.
    MoveAccount { account: String, from: String, to: String },
    /// Adds an account, under the root.
    AddAccount { account: String, name: String },
    /// Takes an account out of the organization.
    RemoveAccount { account: String },
    /// Sets an account's status.
    SetAccountStatus { account: String, status: String },
    /// Writes an account's tags.
    TagAccount { account: String, tags: Vec<(String, String)> },
    /// Removes an account's tags.
    UntagAccount { account: String, keys: Vec<String> },
    /// Makes an OU.
    CreateUnit { id: String, name: String, parent: String },
    /// Deletes an OU.
    DeleteUnit { id: String },
    /// Gives an OU another name.
    RenameUnit { id: String, name: String },
    /// Makes an access key.
    CreateAccessKey { account: String, user: String, key: String },
    /// Sets whether an access key is active.
    SetAccessKey { account: String, user: String, key: String, active: bool },
    /// Deletes an access key.
    DeleteAccessKey { account: String, user: String, key: String },
    /// Makes a permission set.
    CreatePermissionSet(Box<PermissionSet>),
    /// Deletes a permission set.
    DeletePermissionSet { set: String },
    /// Attaches a managed policy to a permission set. Its roles stay until it is provisioned.
    AttachToSet { set: String, policy: SetPolicy },
    /// Detaches a managed policy from a permission set.
    DetachFromSet { set: String, policy: SetPolicy },
    /// Sets or removes a permission set's inline policy.
    SetSetInline { set: String, document: Option<Policy> },
    /// Sets or removes a permission set's boundary.
    SetSetBoundary { set: String, policy: Option<SetPolicy> },
    /// Makes the roles of a permission set what the set says, in one account or in all.
    Provision { set: String, account: Option<String> },
    /// Lets a user or group use a permission set in an account.
    Assign(Assignment),
    /// Takes an assignment back.
    Unassign(Assignment),
    /// Sets (or with `None` switches off) the attributes that become session tags.
    SetAccessControlAttributes { attributes: Option<BTreeMap<String, Vec<String>>> },
    /// Puts a user of the identity store into a group.
    JoinIdentityGroup { membership: String, group: String, user: String },
    /// Ends a membership that is told by its id.
    EndMembership { membership: String },
    /// Takes a user of the identity store out of a group.
    LeaveIdentityGroup { group: String, user: String },
    /// Deletes a group of the identity store: nobody is in it any more.
    DeleteIdentityGroup { group: String },
    /// Deletes a user of the identity store: it is in no group any more.
    DeleteIdentityUser { user: String },
}
