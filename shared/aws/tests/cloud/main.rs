//! Reading AWS, against answers that were written down after the API references. What emulators have is
//! tested against them as well; this is what they lack: boundaries and pages of authorization details,
//! Identity Center, throttling, refusals, sessions of the wrong account, lists that are cut short.

mod account;
mod collecting;
mod credentials;
mod identity_center;
mod organization;
mod outpost;
mod permissions;
mod principal;
mod recorded;
mod sessions;
