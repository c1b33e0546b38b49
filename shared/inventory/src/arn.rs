//! ARNs of IAM, whose names come after the *last* slash: users, roles and policies have paths.

/// The parts of an IAM ARN (IAM User Guide, "IAM identifiers"), as
/// `arn:aws:iam::111122223333:role/path/to/Name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IamArn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: &'a str,
    /// Twelve digits; `aws` for what AWS itself owns, such as its managed policies.
    pub account: &'a str,
    /// `user`, `role`, `group`, `policy`, `saml-provider`, ..., or `root`.
    pub kind: &'a str,
    /// The path, with a slash at both ends; `/` if there is none.
    pub path: &'a str,
    /// The name: what follows the last slash; `root` for a root user.
    pub name: &'a str,
}

impl<'a> IamArn<'a> {
    /// Takes an ARN of the `iam` service apart; `None` for anything else.
    pub fn parse(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (Some("arn"), Some(partition), Some("iam"), Some(_), Some(account), Some(resource)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let Some(slash) = resource.find('/') else {
            return Some(Self { partition, account, kind: resource, path: "/", name: resource });
        };
        let (kind, path_and_name) = resource.split_at(slash);
        let (path, name) = path_and_name.split_at(path_and_name.rfind('/')? + 1);
        Some(Self { partition, account, kind, path, name })
    }
}

/// Whether this is the ARN of a policy that AWS manages: it is the same in every account.
pub(crate) fn is_aws_managed(arn: &str) -> bool {
    IamArn::parse(arn).is_some_and(|arn| arn.account == "aws" && arn.kind == "policy")
}

/// Whether this is an account id: twelve digits.
pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splitting at the first slash would look for a role called `path/to/Name`.
    #[test]
    fn the_name_follows_the_last_slash() {
        let arn = IamArn::parse("arn:aws-us-gov:iam::111122223333:role/path/to/Name");
        let arn = arn.expect("an IAM ARN");
        assert_eq!((arn.path, arn.name), ("/path/to/", "Name"));
        assert_eq!((arn.partition, arn.account, arn.kind), ("aws-us-gov", "111122223333", "role"));
    }

    #[test]
    fn without_a_path_it_is_one_slash() {
        let arn = IamArn::parse("arn:aws:iam::111122223333:user/ana").expect("an IAM ARN");
        assert_eq!((arn.path, arn.name), ("/", "ana"));
        let root = IamArn::parse("arn:aws:iam::111122223333:root").expect("an IAM ARN");
        assert_eq!((root.kind, root.name), ("root", "root"));
        assert_eq!(IamArn::parse("arn:aws:sts::111122223333:assumed-role/R/s"), None);
    }

    #[test]
    fn only_policies_of_the_account_called_aws_are_aws_managed() {
        assert!(is_aws_managed("arn:aws-cn:iam::aws:policy/job-function/ViewOnlyAccess"));
        assert!(!is_aws_managed("arn:aws:iam::111122223333:policy/ViewOnlyAccess"));
    }
}
