//! Every sample under `events/`: what it is taken for, what it is about, and whom it affects.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::organization;
use stanchion_changes::table::{IAM, TABLE};
use stanchion_changes::{Ignored, Kind, Verdict, affected, interpret, read_events};

const NOBODY: &[&str] = &[];
const DEPLOY: &[&str] = &["111122223333:role/ci/Deploy"];
const STAFF: &[&str] = &["111122223333:role/Staff"];
const ANA: &[&str] = &["111122223333:user/staff/ana"];
const BEN: &[&str] = &["111122223333:user/ben"];
const SANDBOX: &[&str] = &["444455556666:root"];
const PRODUCTION: &[&str] = &[
    "111122223333:role/Staff",
    "111122223333:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport",
    "111122223333:role/ci/Deploy",
    "111122223333:root",
    "111122223333:user/ben",
    "111122223333:user/staff/ana",
];
const MEMBERS: &[&str] = &[
    "111122223333:role/Staff",
    "111122223333:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport",
    "111122223333:role/ci/Deploy",
    "111122223333:root",
    "111122223333:user/ben",
    "111122223333:user/staff/ana",
    "444455556666:root",
];

/// File, kind (or the reason why it is ignored), target, affected principals. ARNs lack their
/// first part, which is the same for all.
#[rustfmt::skip]
const CASES: &[(&str, &str, &str, &[&str])] = &[
    ("iam.AttachRolePolicy", "permission", "role Deploy", DEPLOY),
    ("iam.DetachRolePolicy", "permission", "role Deploy", DEPLOY),
    ("iam.PutRolePolicy", "permission", "role Deploy", DEPLOY),
    ("iam.DeleteRolePolicy", "permission", "role Deploy", DEPLOY),
    ("iam.AddRoleToInstanceProfile", "permission", "role Deploy", DEPLOY),
    ("iam.RemoveRoleFromInstanceProfile", "permission", "role Deploy", DEPLOY),
    ("iam.PutRolePermissionsBoundary", "boundary", "role Deploy", DEPLOY),
    ("iam.DeleteRolePermissionsBoundary", "boundary", "role Deploy", DEPLOY),
    ("iam.UpdateAssumeRolePolicy", "trust", "role Deploy", DEPLOY),
    ("iam.TagRole", "tag", "role Deploy", DEPLOY),
    ("iam.UntagRole", "tag", "role Deploy", DEPLOY),
    ("iam.CreateRole", "permission", "role Vendor", &["111122223333:role/vendors/Vendor"]),
    ("iam.CreateServiceLinkedRole", "permission", "role AWSServiceRoleForAutoScaling", &["111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"]),
    ("iam.AcquireRole", "unknown", "role Acquired", &["111122223333:role/Acquired"]),
    ("iam.DeleteRole", "permission", "role Retired", &["111122223333:role/Retired"]),
    ("iam.DeleteServiceLinkedRole", "permission", "role AWSServiceRoleForSupport", &["111122223333:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport"]),
    ("iam.DetachUserPolicy", "permission", "user ana", ANA),
    ("iam.PutUserPolicy", "permission", "user ana", ANA),
    ("iam.DeleteUserPolicy", "permission", "user ana", ANA),
    ("iam.RemoveUserFromGroup", "permission", "user ana", ANA),
    ("iam.AttachUserPolicy", "permission", "user ben", BEN),
    ("iam.AddUserToGroup", "permission", "user ben", BEN),
    ("iam.DeleteUser", "permission", "user ben", BEN),
    ("iam.CreateUser", "permission", "user cy", &["111122223333:user/staff/cy"]),
    ("iam.UpdateUser", "rename", "user ben", BEN),
    ("iam.PutUserPermissionsBoundary", "boundary", "user ana", ANA),
    ("iam.DeleteUserPermissionsBoundary", "boundary", "user ben", BEN),
    ("iam.TagUser", "tag", "user ana", ANA),
    ("iam.UntagUser", "tag", "user ana", ANA),
    ("iam.AttachGroupPolicy", "permission", "group admins", ANA),
    ("iam.DetachGroupPolicy", "permission", "group admins", ANA),
    ("iam.PutGroupPolicy", "permission", "group admins", ANA),
    ("iam.DeleteGroupPolicy", "permission", "group admins", ANA),
    ("iam.UpdateGroup", "rename", "group admins", ANA),
    ("iam.CreateGroup", "no-effect", "", NOBODY),
    ("iam.DeleteGroup", "no-effect", "", NOBODY),
    ("iam.CreatePolicy", "no-effect", "", NOBODY),
    ("iam.DeletePolicy", "no-effect", "", NOBODY),
    ("iam.DeletePolicyVersion", "no-effect", "", NOBODY),
    ("iam.CreatePolicyVersion", "permission", "policy 111122223333:policy/Own", &["111122223333:user/ben", "111122223333:user/staff/ana"]),
    ("iam.SetDefaultPolicyVersion", "permission", "policy 111122223333:policy/Own", &["111122223333:user/ben", "111122223333:user/staff/ana"]),
    ("iam.TagPolicy", "tag", "account 111122223333", PRODUCTION),
    ("iam.UntagPolicy", "tag", "account 111122223333", PRODUCTION),
    ("iam.CreateAccessKey", "credential", "user ana", ANA),
    ("iam.ChangePassword", "credential", "user ana", ANA),
    ("iam.EnableMFADevice", "credential", "user ana", ANA),
    ("iam.DeactivateMFADevice", "credential", "user ana", ANA),
    ("iam.ResyncMFADevice", "credential", "user ana", ANA),
    ("iam.DeleteAccessKey", "credential", "the root user", &["111122223333:root"]),
    ("iam.UpdateAccessKey", "credential", "user ben", BEN),
    ("iam.CreateLoginProfile", "credential", "user ben", BEN),
    ("iam.UpdateLoginProfile", "credential", "user ben", BEN),
    ("iam.DeleteLoginProfile", "credential", "user ben", BEN),
    ("iam.CreateServiceSpecificCredential", "credential", "user ben", BEN),
    ("iam.UpdateServiceSpecificCredential", "credential", "user ben", BEN),
    ("iam.ResetServiceSpecificCredential", "credential", "user ben", BEN),
    ("iam.DeleteServiceSpecificCredential", "credential", "user ben", BEN),
    ("iam.UploadSSHPublicKey", "credential", "user ben", BEN),
    ("iam.UpdateSSHPublicKey", "credential", "user ben", BEN),
    ("iam.DeleteSSHPublicKey", "credential", "user ben", BEN),
    ("iam.UploadSigningCertificate", "credential", "user ben", BEN),
    ("iam.UpdateSigningCertificate", "credential", "user ben", BEN),
    ("iam.DeleteSigningCertificate", "credential", "user ben", BEN),
    ("iam.CreateSAMLProvider", "trust", "identity provider 111122223333:saml-provider/Corporate", STAFF),
    ("iam.UpdateSAMLProvider", "trust", "identity provider 111122223333:saml-provider/Corporate", STAFF),
    ("iam.DeleteSAMLProvider", "trust", "identity provider 111122223333:saml-provider/Corporate", STAFF),
    ("iam.TagSAMLProvider", "tag", "identity provider 111122223333:saml-provider/Corporate", STAFF),
    ("iam.UntagSAMLProvider", "tag", "identity provider 111122223333:saml-provider/Corporate", STAFF),
    ("iam.CreateOpenIDConnectProvider", "trust", "identity provider 111122223333:oidc-provider/ci.example.com", DEPLOY),
    ("iam.DeleteOpenIDConnectProvider", "trust", "identity provider 111122223333:oidc-provider/ci.example.com", DEPLOY),
    ("iam.AddClientIDToOpenIDConnectProvider", "trust", "identity provider 111122223333:oidc-provider/ci.example.com", DEPLOY),
    ("iam.RemoveClientIDFromOpenIDConnectProvider", "trust", "identity provider 111122223333:oidc-provider/ci.example.com", DEPLOY),
    ("iam.UpdateOpenIDConnectProviderThumbprint", "trust", "identity provider 111122223333:oidc-provider/ci.example.com", DEPLOY),
    ("iam.TagOpenIDConnectProvider", "tag", "identity provider 111122223333:oidc-provider/ci.example.com", DEPLOY),
    ("iam.UntagOpenIDConnectProvider", "tag", "identity provider 111122223333:oidc-provider/ci.example.com", DEPLOY),
    ("iam.EnableOutboundWebIdentityFederation", "trust", "account 111122223333", PRODUCTION),
    ("iam.DisableOutboundWebIdentityFederation", "trust", "account 111122223333", PRODUCTION),
    ("iam.PutAccountProperties", "unknown", "account 111122223333", PRODUCTION),
    ("iam.AcceptDelegationRequest", "delegation", "account 111122223333", PRODUCTION),
    ("iam.SendDelegationToken", "delegation", "account 111122223333", PRODUCTION),
    ("iam.EnableOrganizationsRootCredentialsManagement", "root-access", "the root users of member accounts", &["111122223333:root", "444455556666:root"]),
    ("iam.DisableOrganizationsRootCredentialsManagement", "root-access", "the root users of member accounts", &["111122223333:root", "444455556666:root"]),
    ("iam.EnableOrganizationsRootSessions", "root-access", "the root users of member accounts", &["111122223333:root", "444455556666:root"]),
    ("iam.DisableOrganizationsRootSessions", "root-access", "the root users of member accounts", &["111122223333:root", "444455556666:root"]),
    ("organizations.AttachPolicy", "guardrail", "p-noleave01 on ou-ab12-workloads", PRODUCTION),
    ("organizations.DetachPolicy", "guardrail", "p-noleave01 on ou-ab12-workloads", PRODUCTION),
    ("organizations.UpdatePolicy", "guardrail", "policy p-noleave01", PRODUCTION),
    ("organizations.MoveAccount", "guardrail", "account 111122223333", PRODUCTION),
    ("organizations.EnablePolicyType", "guardrail", "r-ab12", MEMBERS),
    ("organizations.DisablePolicyType", "guardrail", "r-ab12", MEMBERS),
    ("organizations.CreateOrganization", "guardrail", "the organization", MEMBERS),
    ("organizations.DeleteOrganization", "guardrail", "the organization", MEMBERS),
    ("organizations.EnableAllFeatures", "guardrail", "the organization", MEMBERS),
    ("organizations.EnableAWSServiceAccess", "delegation", "the organization", MEMBERS),
    ("organizations.DisableAWSServiceAccess", "delegation", "the organization", MEMBERS),
    ("organizations.PutResourcePolicy", "delegation", "the organization", MEMBERS),
    ("organizations.DeleteResourcePolicy", "delegation", "the organization", MEMBERS),
    ("organizations.RegisterDelegatedAdministrator", "delegation", "account 444455556666", SANDBOX),
    ("organizations.DeregisterDelegatedAdministrator", "delegation", "account 444455556666", SANDBOX),
    ("organizations.CloseAccount", "guardrail", "account 444455556666", SANDBOX),
    ("organizations.CloseAccountResult", "guardrail", "account 444455556666", SANDBOX),
    ("organizations.LeaveOrganization", "guardrail", "account 444455556666", SANDBOX),
    ("organizations.RemoveAccountFromOrganization", "guardrail", "account 444455556666", SANDBOX),
    ("organizations.CreateAccount", "guardrail", "an account that is being created", NOBODY),
    ("organizations.CreateGovCloudAccount", "guardrail", "an account that is being created", NOBODY),
    ("organizations.CreateAccountResult", "guardrail", "account 777788889999", NOBODY),
    ("organizations.AcceptHandshake", "guardrail", "account 777788889999", NOBODY),
    ("organizations.TagResource", "tag", "111122223333", PRODUCTION),
    ("organizations.UntagResource", "tag", "111122223333", PRODUCTION),
    ("organizations.CreateOrganizationalUnit", "no-effect", "", NOBODY),
    ("organizations.UpdateOrganizationalUnit", "no-effect", "", NOBODY),
    ("organizations.DeleteOrganizationalUnit", "no-effect", "", NOBODY),
    ("organizations.CreatePolicy", "no-effect", "", NOBODY),
    ("organizations.DeletePolicy", "no-effect", "", NOBODY),
];

fn events() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// The samples of the sources that this table is about, by file name without `.json`.
fn files() -> BTreeSet<String> {
    let entries = fs::read_dir(events()).expect("the samples");
    let name = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("an ASCII name");
        let name = name.strip_suffix(".json")?;
        (name.starts_with("iam.") || name.starts_with("organizations.")).then(|| name.to_owned())
    };
    entries.filter_map(|entry| name(entry.expect("an entry"))).collect()
}

fn verdict(name: &str) -> Verdict {
    let path = events().join(format!("{name}.json"));
    let text = fs::read_to_string(&path).expect("a sample");
    let events = read_events(&text, name).expect("JSON");
    assert_eq!(events.len(), 1, "{name}");
    assert!(events[0].envelope.is_some(), "{name}: as EventBridge delivers it");
    interpret(&events[0])
}

#[test]
fn each_sample_is_what_it_should_be() {
    let inventory = organization();
    for (name, kind, target, principals) in CASES {
        match verdict(name) {
            Verdict::Change(change) => {
                let source = change.event_source.strip_suffix(".amazonaws.com");
                let source = source.expect("a service of AWS");
                assert_eq!(format!("{source}.{}", change.event_name), *name);
                assert_eq!(change.kind.as_str(), *kind, "{name}");
                let said = change.target.to_string().replace("arn:aws:iam::", "");
                let said = said.replace(" of account 111122223333", "");
                assert_eq!(said, *target, "{name}");
                let found = affected(&change, &inventory).principals;
                let found: Vec<_> =
                    found.iter().filter_map(|arn| arn.strip_prefix("arn:aws:iam::")).collect();
                assert_eq!(found, *principals, "{name}");
                assert!(!change.actor.arn.is_empty(), "{name}");
            }
            Verdict::Ignored(ignored) => {
                assert_eq!(ignored.reason.to_string(), *kind, "{name}");
                assert_eq!(ignored.reason, Ignored::NoEffect, "{name}");
            }
        }
    }
}

/// A sample that no row expects would be a test that tests nothing.
#[test]
fn every_sample_has_its_row_and_every_change_its_sample() {
    let rows: BTreeSet<_> = CASES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(rows, files());
    for row in TABLE.iter().filter(|row| row.kind != Kind::None) {
        let service = if row.source == IAM { "iam" } else { "organizations" };
        let name = format!("{service}.{}", row.name);
        assert!(rows.contains(&name), "{name} has no sample");
    }
}

#[test]
fn event_ids_are_distinct() {
    let ids: BTreeSet<_> = CASES
        .iter()
        .map(|(name, ..)| match verdict(name) {
            Verdict::Change(change) => change.event_id,
            Verdict::Ignored(ignored) => ignored.meta.event_id,
        })
        .collect();
    assert_eq!(ids.len(), CASES.len());
}
