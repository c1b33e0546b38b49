//! An account of service roles, as IAM answers: each with a trust policy, an inline policy of its own, one of
//! some hundred managed policies and tags; every twentieth is an administrator.

use std::fmt::Write as _;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::bench::corpus::documents::{ACCOUNT, identity, project};

/// How many entries a page of authorization details has.
const PAGE: usize = 1000;
/// How many managed policies the account has.
const POLICIES: usize = 200;
/// One role of so many has all permissions.
const ADMINISTRATORS: usize = 20;
/// How long an inline policy and a managed one are, in characters.
const INLINE: usize = 1000;
const MANAGED: usize = 2000;

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}"#;

/// An account of so many roles.
pub(super) struct Account {
    pub(super) roles: usize,
}

/// The name of a role.
pub(super) fn name(number: usize) -> String {
    format!("{}-service-{number:04}", project(number % POLICIES))
}

/// What a call of IAM asks for.
pub(super) struct Asked<'a> {
    pub(super) action: &'a str,
    pub(super) marker: Option<&'a str>,
    pub(super) role: Option<&'a str>,
    pub(super) policy: Option<&'a str>,
}

impl Account {
    /// What is inside the `Result` of an answer of IAM; `None`: that is never asked.
    pub(super) fn answer(&self, asked: &Asked<'_>) -> Option<String> {
        // The number is at the end of a role's name.
        let role = asked.role.and_then(|name| name.rsplit_once('-')?.1.parse::<usize>().ok());
        let policy = asked.policy.map(|arn| {
            let number = arn.rsplit_once("policy/").and_then(|(_, name)| name.strip_prefix("shared-"));
            number.and_then(|number| number.parse().ok())
        });
        Some(match asked.action {
            "GetAccountAuthorizationDetails" => {
                self.page(asked.marker.and_then(|marker| marker.parse().ok()).unwrap_or(0))
            }
            "GetRole" => format!("<Role>{}</Role>", itself(role?)),
            "ListRoles" => "<IsTruncated>false</IsTruncated><Roles/>".to_owned(),
            "ListRolePolicies" => {
                "<IsTruncated>false</IsTruncated><PolicyNames><member>own</member></PolicyNames>".to_owned()
            }
            "GetRolePolicy" => format!("<RoleName>{}</RoleName>{}", name(role?), inline(role?)),
            "ListAttachedRolePolicies" => format!("<IsTruncated>false</IsTruncated>{}", attached(role?)),
            "GetPolicy" => format!("<Policy>{}</Policy>", managed(policy?)),
            "GetPolicyVersion" => format!("<PolicyVersion>{}</PolicyVersion>", version(policy?)),
            _ => return None,
        })
    }

    /// A page of roles; the last one has the managed policies, too.
    fn page(&self, page: usize) -> String {
        let first = page * PAGE;
        let end = (first + PAGE).min(self.roles);
        let mut text = String::from("<UserDetailList/><GroupDetailList/><RoleDetailList>");
        for role in first..end {
            let _ = write!(
                text,
                "<member>{}<InstanceProfileList/><RolePolicyList><member>{}</member></RolePolicyList>{}</member>",
                itself(role),
                inline(role),
                attached(role).replace("AttachedPolicies>", "AttachedManagedPolicies>")
            );
        }
        text.push_str("</RoleDetailList><Policies>");
        if end < self.roles {
            let _ = write!(text, "</Policies><IsTruncated>true</IsTruncated><Marker>{}</Marker>", page + 1);
            return text;
        }
        for policy in (0..POLICIES).map(Some).chain([None]) {
            let _ = write!(
                text,
                "<member>{}<PolicyVersionList><member>{}</member></PolicyVersionList></member>",
                managed(policy),
                version(policy)
            );
        }
        text.push_str("</Policies><IsTruncated>false</IsTruncated>");
        text
    }
}

fn itself(role: usize) -> String {
    let name = name(role);
    format!(
        "<Path>/</Path><RoleName>{name}</RoleName><RoleId>AROA{role:016}</RoleId>\
         <Arn>arn:aws:iam::{ACCOUNT}:role/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument>\
         <Tags><member><Key>project</Key><Value>{}</Value></member>\
         <member><Key>cost-center</Key><Value>{role}</Value></member>\
         <member><Key>owner</Key><Value>platform@example.com</Value></member></Tags>",
        encoded(TRUST),
        project(role % POLICIES)
    )
}

fn inline(role: usize) -> String {
    let document = identity(role, role as u64, INLINE);
    format!("<PolicyName>own</PolicyName><PolicyDocument>{}</PolicyDocument>", encoded(&document))
}

fn attached(role: usize) -> String {
    let shared = role % POLICIES;
    let mut text = format!(
        "<AttachedPolicies><member><PolicyName>shared-{shared}</PolicyName>\
         <PolicyArn>arn:aws:iam::{ACCOUNT}:policy/shared-{shared}</PolicyArn></member>"
    );
    if role.is_multiple_of(ADMINISTRATORS) {
        let _ = write!(
            text,
            "<member><PolicyName>AdministratorAccess</PolicyName><PolicyArn>{ADMINISTRATOR}</PolicyArn></member>"
        );
    }
    text.push_str("</AttachedPolicies>");
    text
}

/// A managed policy; `None`: AWS's own.
fn managed(policy: Option<usize>) -> String {
    let (name, id, arn) = match policy {
        Some(policy) => {
            let name = format!("shared-{policy}");
            (name.clone(), format!("ANPA{policy:016}"), format!("arn:aws:iam::{ACCOUNT}:policy/{name}"))
        }
        None => ("AdministratorAccess".into(), "ANPAAWSAWSAWSAWSAWSA".into(), ADMINISTRATOR.into()),
    };
    format!(
        "<PolicyName>{name}</PolicyName><PolicyId>{id}</PolicyId><Arn>{arn}</Arn><Path>/</Path>\
         <DefaultVersionId>v1</DefaultVersionId><AttachmentCount>1</AttachmentCount>"
    )
}

fn version(policy: Option<usize>) -> String {
    let document = match policy {
        Some(policy) => identity(policy, policy as u64, MANAGED),
        None => EVERYTHING.to_owned(),
    };
    format!(
        "<VersionId>v1</VersionId><IsDefaultVersion>true</IsDefaultVersion><Document>{}</Document>",
        encoded(&document)
    )
}

/// IAM gives documents URL-encoded.
fn encoded(document: &str) -> String {
    utf8_percent_encode(document, NON_ALPHANUMERIC).to_string()
}
