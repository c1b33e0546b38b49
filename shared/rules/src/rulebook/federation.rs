//! Federation: whom identity providers may vouch for, provider by provider.

use serde_json::{Value as Json, json};

use super::field::{Field, line, list, object, part};
use super::reader::{Fields, Reader};
use super::rule::{self, Kind, Rule};
use super::third_party::texts;
use super::yaml::{Node, Place, Value};
use crate::code::Code;

/// Who may assume roles through identity providers. Such a rule is about roles alone; what it does not
/// name is not approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Federation {
    /// Providers of OpenID Connect, and what their tokens must say.
    pub oidc: Vec<Oidc>,
    /// SAML providers.
    pub saml: Option<Saml>,
    /// Amazon Cognito identity pools.
    pub cognito: Option<Cognito>,
}

/// A provider of OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oidc {
    /// Its host and path, a pattern.
    pub provider: String,
    /// Patterns of subjects.
    pub subjects: Subjects,
    /// The audiences that will do; none: any.
    pub audiences: Vec<String>,
    /// What its subjects look like: a witness had better be a real one.
    pub usual: Option<String>,
}

/// Whom a provider may vouch for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subjects {
    /// Those that fit one of these patterns.
    Of(Vec<String>),
    /// Service accounts of Kubernetes in any namespace that the trust policy names.
    OfNamedNamespaces,
}

/// SAML providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saml {
    /// Patterns of their names.
    pub providers: Vec<String>,
    /// The audiences that will do; none: any.
    pub audiences: Vec<String>,
}

/// Amazon Cognito identity pools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cognito {
    /// Those that may vouch; none: any that a trust policy names in full.
    pub identity_pools: Vec<String>,
    /// Whether identities may come that nobody has authenticated.
    pub unauthenticated: bool,
}

/// The keys that only rules about federation have.
pub(super) const OWN: [Field; 7] = [
    Field::optional("github", "GitHub Actions: whose workflows may come.", || part("github")),
    Field::optional("gitlab", "GitLab: whose jobs may come.", || part("gitlab")),
    Field::optional("terraform_cloud", "HCP Terraform: whose runs may come.", || part("terraform_cloud")),
    Field::optional("kubernetes", "Service accounts of Amazon EKS clusters.", || part("kubernetes")),
    Field::optional("cognito", "Identities of Amazon Cognito.", || part("cognito")),
    Field::optional("saml", "SAML providers.", || part("saml")),
    Field::optional(
        "oidc",
        "Other providers of OpenID Connect.",
        || json!({"type": "array", "items": part("oidc")}),
    ),
];

fn some() -> Json {
    list(line())
}

const AUDIENCES: Field = Field::optional("audiences", "The audiences that tokens must be for.", some);

const GITHUB: [Field; 3] = [
    Field::required("organizations", "Organizations and users, all of whose repositories may come.", some),
    Field::optional("repositories", "Repositories, as `owner/name`, that may come besides.", some),
    AUDIENCES,
];
const GITLAB: [Field; 3] = [
    Field::required("groups", "Groups and users, all of whose projects may come.", some),
    Field::optional("host", "The host of GitLab; without it `gitlab.com`.", line),
    AUDIENCES,
];
const TERRAFORM: [Field; 2] =
    [Field::required("organizations", "Organizations, all of whose runs may come.", some), AUDIENCES];
const KUBERNETES: [Field; 2] = [
    Field::optional("namespaces", "The namespaces. Without it: any that a trust policy names.", some),
    AUDIENCES,
];
const COGNITO: [Field; 2] = [
    Field::optional(
        "identity_pools",
        "Ids of identity pools. Without it: any that a trust policy names.",
        some,
    ),
    Field::optional(
        "unauthenticated",
        "Whether identities may come that nobody has authenticated.",
        || json!({"type": "boolean"}),
    ),
];
const SAML: [Field; 2] = [
    Field::required("providers", "Names of providers, with `*` and `?`.", some),
    Field::optional("audiences", "The audiences that assertions must be for.", some),
];
const OIDC: [Field; 3] = [
    Field::required(
        "provider",
        "Its host and path, as `app.example.com/oidc`, with `*` and `?`.",
        || json!({"type": "string", "pattern": "^\\S+$", "not": {"pattern": "^https?://"}}),
    ),
    Field::required("subjects", "Subjects, with `*` and `?`.", some),
    AUDIENCES,
];

/// The schemas of the parts, by their names.
pub(super) fn parts() -> [(&'static str, Json); 7] {
    let parts: [(&str, &[Field]); 7] = [
        ("github", &GITHUB),
        ("gitlab", &GITLAB),
        ("terraform_cloud", &TERRAFORM),
        ("kubernetes", &KUBERNETES),
        ("cognito", &COGNITO),
        ("saml", &SAML),
        ("oidc", &OIDC),
    ];
    parts.map(|(name, fields)| (name, Json::Object(object(fields))))
}

/// Reads one rule about federation; also gives the place of its id.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<(Rule, Place)> {
    rule::read(node, "a rule about federation", &OWN, reader, |fields, reader| {
        let mut federation = Federation::default();
        let part = |name: &'static str, keys: &[Field], reader: &mut Reader<'_>| {
            fields.get(name).and_then(|node| reader.fields(node, PART, keys))
        };
        if let Some(part) = part("github", &GITHUB, reader) {
            federation.oidc.extend(github(&part, reader));
        }
        if let Some(part) = part("gitlab", &GITLAB, reader) {
            federation.oidc.extend(gitlab(&part, reader));
        }
        if let Some(part) = part("terraform_cloud", &TERRAFORM, reader) {
            federation.oidc.extend(terraform(&part, reader));
        }
        if let Some(part) = part("kubernetes", &KUBERNETES, reader) {
            federation.oidc.push(kubernetes(&part, reader));
        }
        if let Some(part) = part("cognito", &COGNITO, reader) {
            federation.cognito = Some(cognito(&part, reader));
        }
        if let Some(part) = part("saml", &SAML, reader) {
            let providers = entries(&part, "providers", "list their names", reader);
            let audiences = optional(&part, "audiences", reader).unwrap_or_default();
            federation.saml = providers.map(|providers| Saml { providers, audiences });
        }
        if let Some(node) = fields.get("oidc") {
            federation.oidc.extend(reader.list(node, "oidc", oidc));
        }
        Some(Kind::Federation(federation))
    })
}

const PART: &str = "an identity provider";

fn entries(
    part: &Fields<'_>,
    name: &'static str,
    help: &str,
    reader: &mut Reader<'_>,
) -> Option<Vec<String>> {
    part.required(name, help, reader).map(|node| texts(node, name, reader))
}

fn optional(part: &Fields<'_>, name: &'static str, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    part.get(name).map(|node| texts(node, name, reader))
}

/// GitHub's documentation, "OpenID Connect reference": `repo:OWNER/NAME:...`, and for the official action
/// the audience of STS.
fn github(part: &Fields<'_>, reader: &mut Reader<'_>) -> Option<Oidc> {
    let owners = entries(part, "organizations", "list organizations, as `[example]`", reader);
    let repositories = optional(part, "repositories", reader).unwrap_or_default();
    let audiences = optional(part, "audiences", reader);
    let of_owners = owners?.into_iter().map(|owner| format!("repo:{owner}/*"));
    let named = repositories.into_iter().map(|repository| format!("repo:{repository}:*"));
    Some(Oidc {
        provider: "token.actions.githubusercontent.com".to_owned(),
        subjects: Subjects::Of(of_owners.chain(named).collect()),
        audiences: audiences.unwrap_or_else(|| vec![STS.to_owned()]),
        usual: Some("repo:?*/?*:ref:refs/heads/main".to_owned()),
    })
}

/// GitLab's documentation, "Configure OpenID Connect in AWS": `project_path:GROUP/PROJECT:...`.
fn gitlab(part: &Fields<'_>, reader: &mut Reader<'_>) -> Option<Oidc> {
    let groups = entries(part, "groups", "list groups, as `[example]`", reader);
    let host = part.optional_text("host", reader).unwrap_or_else(|| "gitlab.com".to_owned());
    let audiences = optional(part, "audiences", reader).unwrap_or_default();
    let subjects = groups?.into_iter().map(|group| format!("project_path:{group}/*")).collect();
    Some(Oidc {
        provider: host,
        subjects: Subjects::Of(subjects),
        audiences,
        usual: Some("project_path:?*/?*:ref_type:branch:ref:main".to_owned()),
    })
}

/// HCP Terraform's documentation, "Use dynamic credentials with the AWS provider".
fn terraform(part: &Fields<'_>, reader: &mut Reader<'_>) -> Option<Oidc> {
    let organizations = entries(part, "organizations", "list organizations, as `[example]`", reader);
    let audiences = optional(part, "audiences", reader);
    let subjects = organizations?.into_iter().map(|name| format!("organization:{name}:*")).collect();
    Some(Oidc {
        provider: "app.terraform.io".to_owned(),
        subjects: Subjects::Of(subjects),
        audiences: audiences.unwrap_or_else(|| vec!["aws.workload.identity".to_owned()]),
        usual: Some("organization:?*:project:?*:workspace:?*:run_phase:apply".to_owned()),
    })
}

/// Amazon EKS User Guide, "Assign IAM roles to Kubernetes service accounts".
fn kubernetes(part: &Fields<'_>, reader: &mut Reader<'_>) -> Oidc {
    let namespaces = optional(part, "namespaces", reader);
    let audiences = optional(part, "audiences", reader);
    let within = |name: String| format!("system:serviceaccount:{name}:*");
    Oidc {
        provider: "oidc.eks.*.amazonaws.com*/id/*".to_owned(),
        subjects: namespaces.map_or(Subjects::OfNamedNamespaces, |names| {
            Subjects::Of(names.into_iter().map(within).collect())
        }),
        audiences: audiences.unwrap_or_else(|| vec![STS.to_owned()]),
        usual: Some("system:serviceaccount:?*:?*".to_owned()),
    }
}

const STS: &str = "sts.amazonaws.com";

fn cognito(part: &Fields<'_>, reader: &mut Reader<'_>) -> Cognito {
    let identity_pools = optional(part, "identity_pools", reader).unwrap_or_default();
    let unauthenticated = match part.get("unauthenticated").map(|node| (&node.value, node.at)) {
        None => false,
        Some((Value::Bool(allowed), _)) => *allowed,
        Some((other, at)) => {
            let message = format!("`unauthenticated` must be `true` or `false`, not {}", other.kind());
            reader.problem(Code::WrongType, at, message);
            false
        }
    };
    Cognito { identity_pools, unauthenticated }
}

fn oidc(node: &Node, reader: &mut Reader<'_>) -> Option<Oidc> {
    let fields = reader.fields(node, PART, &OIDC)?;
    let provider = fields.required("provider", "its host and path, as `app.example.com/oidc`", reader);
    let provider = provider.and_then(|node| provider_name(node, reader));
    let subjects = entries(&fields, "subjects", "list subjects, with `*` and `?`", reader);
    let audiences = optional(&fields, "audiences", reader).unwrap_or_default();
    Some(Oidc { provider: provider?, subjects: Subjects::Of(subjects?), audiences, usual: None })
}

/// IAM knows a provider by its URL without the scheme.
fn provider_name(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(node, "`provider`")?;
    let bare = text.trim_start_matches("https://").trim_start_matches("http://");
    if bare == text && !text.contains(char::is_whitespace) {
        return Some(text.to_owned());
    }
    let message = format!("`{text}` is not the name of a provider");
    reader.problem_with_help(Code::Malformed, node.at, message, format!("write `{}`", bare.trim()));
    None
}
