//! The checks, one file each.

mod account_id;
mod action_without_resource;
mod bucket_arn;
mod covered_statement;
mod duplicate_sid;
mod empty_list;
mod everything_allowed;
mod for_all_values;
mod key_of_no_action;
mod malformed_action;
mod matches_nothing;
mod not_principal;
mod not_with_allow;
mod null_contradiction;
mod operator_type;
mod pass_role_any;
mod principal;
mod private_source_ip;
mod resource_of_no_action;
mod short_arn;
mod unknown_action;
mod unknown_key;
mod unknown_operator;
mod unknown_service;
mod variable_as_text;
mod wildcard_as_text;

use super::Check;

pub(super) const MATCHES_NOTHING: &str = matches_nothing::CHECK.code;

/// Every check, sorted by name.
pub const CHECKS: [Check; 26] = [
    account_id::CHECK,
    action_without_resource::CHECK,
    bucket_arn::CHECK,
    covered_statement::CHECK,
    duplicate_sid::CHECK,
    empty_list::CHECK,
    everything_allowed::CHECK,
    for_all_values::CHECK,
    key_of_no_action::CHECK,
    malformed_action::CHECK,
    matches_nothing::CHECK,
    not_principal::CHECK,
    not_with_allow::CHECK,
    null_contradiction::CHECK,
    operator_type::CHECK,
    pass_role_any::CHECK,
    principal::CHECK,
    private_source_ip::CHECK,
    resource_of_no_action::CHECK,
    short_arn::CHECK,
    unknown_action::CHECK,
    unknown_key::CHECK,
    unknown_operator::CHECK,
    unknown_service::CHECK,
    variable_as_text::CHECK,
    wildcard_as_text::CHECK,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted() {
        assert!(CHECKS.windows(2).all(|pair| pair[0].code < pair[1].code));
    }
}
