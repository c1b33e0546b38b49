//! Account management: every operation that is not read-only (botocore 1.44.5, model `account`
//! 2021-02-01).

use super::ActsOn::NamedOrThisAccount;
use super::{Row, Service, Watched, idle, row};
use crate::effect::read::NOTHING;
use crate::kind::Kind::Guardrail;

/// Account management is global: its events are of us-east-1.
pub(super) const ACCOUNT: Service = Service {
    source: "account.amazonaws.com",
    event_bridge: "aws.account",
    title: "Account management",
    watched: Watched::Whole,
    rows: ROWS,
};

const ROWS: &[Row] = &[
    idle("AcceptPrimaryEmailUpdate"),
    idle("DeleteAlternateContact"),
    row("DisableRegion", NamedOrThisAccount, Guardrail, NOTHING).note("where requests are possible at all"),
    row("EnableRegion", NamedOrThisAccount, Guardrail, NOTHING).note("where requests are possible at all"),
    idle("PutAccountName"),
    idle("PutAlternateContact"),
    idle("PutContactInformation"),
    idle("SendPhoneNumberVerification"),
    idle("StartPrimaryEmailUpdate"),
    idle("VerifyPhoneNumber"),
];
