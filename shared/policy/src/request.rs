//! A request: who asks for which action on which resource, and the context keys that IAM sees.

use thiserror::Error;

use crate::catalogue::{self, ActionId};
pub use crate::context::{Context, ContextValue};

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// As it was named: an ARN, a service principal, or `anonymous`.
    pub name: String,
    /// What kind of caller that is.
    pub kind: CallerKind,
    /// Its partition (`aws`, `aws-cn`, ...); empty for services and anonymous callers.
    pub partition: String,
    /// The account it belongs to; empty for services and anonymous callers.
    pub account: String,
}

/// The kinds of caller that IAM tells apart (IAM User Guide, "AWS JSON policy elements: Principal").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// An IAM user; `name` is without its path.
    User {
        /// The user's name.
        name: String,
    },
    /// An IAM role, in a session whose name is not said; `role` is without its path.
    Role {
        /// The role's name.
        role: String,
    },
    /// A session of a role.
    Session {
        /// The role's name; session ARNs do not carry its path.
        role: String,
        /// The session's name.
        session: String,
    },
    /// A session of `sts:GetFederationToken`.
    FederatedUser {
        /// The name that the caller chose.
        name: String,
    },
    /// An account's root user.
    Root,
    /// A session of `sts:AssumeRoot`.
    AssumedRoot,
    /// Somebody that an identity provider vouches for.
    Federated,
    /// An AWS service.
    Service,
    /// Nobody in particular: an unsigned request.
    Anonymous,
}

/// Why something is not a request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The principal cannot be read.
    #[error(
        "`{0}` is not a principal: give the ARN of a user, role, session or root user, a service as \
         `ec2.amazonaws.com`, or `anonymous`"
    )]
    Principal(String),
    /// The action has no service prefix or is a pattern.
    #[error("`{0}` is not an action: write it as `s3:GetObject`")]
    Action(String),
}

/// Web identity providers that are named by their domain rather than by an ARN.
pub(crate) const DOMAIN_PROVIDERS: [&str; 4] =
    ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];

impl Caller {
    /// Reads a principal.
    ///
    /// # Errors
    /// [`RequestError::Principal`] for anything but the forms that [`CallerKind`] lists.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        let bad = || RequestError::Principal(text.to_owned());
        let of = |kind, partition: &str, account: &str| Self {
            name: text.to_owned(),
            kind,
            partition: partition.to_owned(),
            account: account.to_owned(),
        };
        if text.eq_ignore_ascii_case("anonymous") || text == "*" {
            return Ok(of(CallerKind::Anonymous, "", ""));
        }
        if DOMAIN_PROVIDERS.contains(&text) {
            return Ok(of(CallerKind::Federated, "", ""));
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, _, account, resource] = parts.as_slice() else {
            let service = text.contains('.') && !text.contains([':', '/', ' ', '*']);
            return if service { Ok(of(CallerKind::Service, "", "")) } else { Err(bad()) };
        };
        if !is_account(account) {
            return Err(bad());
        }
        let (what, rest) = resource.split_once('/').unwrap_or((resource, ""));
        // Names come after the last slash; what lies between is a path.
        let name = rest.rsplit('/').next().unwrap_or_default().to_owned();
        let kind = match (*service, what) {
            ("iam", "root") if rest.is_empty() => CallerKind::Root,
            ("iam", "user") if !name.is_empty() => CallerKind::User { name },
            ("iam", "role") if !name.is_empty() => CallerKind::Role { role: name },
            ("iam", "saml-provider" | "oidc-provider") if !rest.is_empty() => CallerKind::Federated,
            ("sts", "assumed-role") => match rest.split_once('/') {
                Some((role, session)) if !role.is_empty() && !session.is_empty() => {
                    CallerKind::Session { role: role.to_owned(), session: session.to_owned() }
                }
                _ => return Err(bad()),
            },
            ("sts", "federated-user") if !rest.is_empty() => {
                CallerKind::FederatedUser { name: rest.to_owned() }
            }
            ("sts", "assumed-root") => CallerKind::AssumedRoot,
            _ => return Err(bad()),
        };
        Ok(of(kind, partition, account))
    }

    /// The name of the role that the caller is a session of, if it is one.
    pub fn role(&self) -> Option<&str> {
        match &self.kind {
            CallerKind::Role { role } | CallerKind::Session { role, .. } => Some(role),
            _ => None,
        }
    }

    /// The value of `aws:PrincipalArn`, as far as the caller's name tells it: for a session it is
    /// the *role's* ARN (IAM User Guide, "AWS global condition context keys").
    pub fn principal_arn(&self) -> Option<String> {
        Some(match &self.kind {
            CallerKind::Session { role, .. } => {
                format!("arn:{}:iam::{}:role/{role}", self.partition, self.account)
            }
            CallerKind::AssumedRoot => format!("arn:{}:iam::{}:root", self.partition, self.account),
            CallerKind::Federated | CallerKind::Service | CallerKind::Anonymous => return None,
            _ => self.name.clone(),
        })
    }
}

/// One request, with every key that IAM derives from its principal and resource filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub caller: Caller,
    /// The action as given.
    pub action: String,
    /// The action in lower case: actions ignore case.
    pub action_lower: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// The account that owns the resource; empty if nothing tells.
    pub resource_account: String,
    /// The context keys.
    pub context: Context,
    /// The action as the catalogue has it, if it has it.
    pub(crate) listed: Option<ActionId>,
    /// How long the service prefix of `action_lower` is.
    service_length: usize,
}

impl Request {
    /// Makes a request. `resource_account` defaults to the account in the ARN, else the caller's
    /// (ARNs of S3 buckets and of some other resources carry none).
    ///
    /// # Errors
    /// [`RequestError::Action`] if `action` is not `service:Name`.
    pub fn new(
        caller: Caller,
        action: &str,
        resource: &str,
        resource_account: Option<&str>,
        mut context: Context,
    ) -> Result<Self, RequestError> {
        let service_length = match action.split_once(':') {
            Some((service, name))
                if !service.is_empty() && !name.is_empty() && !action.contains(['*', '?', ' ', ',']) =>
            {
                service.len()
            }
            _ => return Err(RequestError::Action(action.to_owned())),
        };
        let arn_account = resource.split(':').nth(4).filter(|a| is_account(a));
        let resource_account = resource_account.or(arn_account).unwrap_or(&caller.account).to_owned();
        let action_lower = action.to_ascii_lowercase();
        derive(&mut context, &caller, &action_lower, &resource_account);
        Ok(Self {
            caller,
            action: action.to_owned(),
            listed: catalogue::find(&action_lower),
            service_length,
            action_lower,
            resource: resource.to_owned(),
            resource_account,
            context,
        })
    }

    /// The service prefix of the action, in lower case.
    pub fn service(&self) -> &str {
        self.action_lower.get(..self.service_length).unwrap_or_default()
    }

    /// The action's name in lower case, without the service.
    pub(crate) fn action_name(&self) -> &str {
        self.action_lower.get(self.service_length + 1..).unwrap_or_default()
    }

    /// Whether caller and resource belong to one account.
    pub fn same_account(&self) -> bool {
        !self.caller.account.is_empty() && self.caller.account == self.resource_account
    }
}

/// Twelve digits. `arn:aws:iam::aws:policy/...` has an account field, but no account.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Keys that depend on the caller and the resource alone (IAM User Guide, "AWS global condition
/// context keys" and "Principal key values").
fn derive(context: &mut Context, caller: &Caller, action: &str, resource_account: &str) {
    if let Some(arn) = caller.principal_arn() {
        context.derive("aws:PrincipalArn", arn);
    }
    if !caller.account.is_empty() {
        context.derive("aws:PrincipalAccount", caller.account.as_str());
    }
    // In signed requests only.
    if !matches!(caller.kind, CallerKind::Anonymous | CallerKind::Federated) {
        let service = caller.kind == CallerKind::Service;
        context.derive("aws:PrincipalIsAWSService", if service { "true" } else { "false" });
    }
    match &caller.kind {
        CallerKind::User { name } => {
            context.derive("aws:PrincipalType", "User");
            context.derive("aws:username", name.as_str());
        }
        CallerKind::Role { .. } | CallerKind::Session { .. } => {
            context.derive("aws:PrincipalType", "AssumedRole");
        }
        CallerKind::FederatedUser { name } => {
            context.derive("aws:PrincipalType", "FederatedUser");
            context.derive("aws:userid", format!("{}:{name}", caller.account));
        }
        CallerKind::Root | CallerKind::AssumedRoot => {
            if caller.kind == CallerKind::AssumedRoot {
                context.derive("aws:AssumedRoot", "true");
            }
            context.derive("aws:PrincipalType", "Account");
            context.derive("aws:userid", caller.account.as_str());
        }
        CallerKind::Service => context.derive("aws:PrincipalServiceName", caller.name.as_str()),
        CallerKind::Anonymous => {
            context.derive("aws:PrincipalType", "Anonymous");
            context.derive("aws:PrincipalAccount", "anonymous");
            context.derive("aws:userid", "anonymous");
        }
        CallerKind::Federated => {}
    }
    if !resource_account.is_empty() {
        context.derive("aws:ResourceAccount", resource_account);
        if action.starts_with("s3:") {
            context.derive("s3:ResourceAccount", resource_account);
        }
    }
}
