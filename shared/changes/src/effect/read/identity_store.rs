//! Readers of the identity store's events, in the spellings of API, console and SCIM.

use super::{Apply, Effect, reads};
use crate::record::Event;

pub(crate) const JOIN: Apply = reads("puts the user into the group", |event| {
    let (group, user) = (group(event)?, member(event)?);
    // Only the public API tells the membership's id; without it no later event can name it.
    let membership = event.record.response("/membershipId").map(str::to_owned);
    let membership = membership.unwrap_or_else(|| format!("{group}/{user}"));
    Some(Effect::JoinIdentityGroup { membership, group, user })
});

pub(crate) const LEAVE: Apply = reads("takes the user out of the group", |event| {
    if let Some(membership) = event.text("membershipId") {
        return Some(Effect::EndMembership { membership });
    }
    Some(Effect::LeaveIdentityGroup { group: group(event)?, user: member(event)? })
});

pub(crate) const DELETE_GROUP: Apply =
    reads("empties the group", |event| Some(Effect::DeleteIdentityGroup { group: group(event)? }));

pub(crate) const DELETE_USER: Apply = reads("takes the user out of its groups", |event| {
    Some(Effect::DeleteIdentityUser { user: user(event)? })
});

/// A group's id: SCIM calls it `id`.
pub(crate) fn group(event: Event<'_>) -> Option<String> {
    event.text("groupId").or_else(|| event.text("id"))
}

/// A user's id: SCIM calls it `id`.
pub(crate) fn user(event: Event<'_>) -> Option<String> {
    event.text("userId").or_else(|| event.text("id"))
}

/// The id of the user who joins or leaves a group.
fn member(event: Event<'_>) -> Option<String> {
    let places = ["/memberId/userId", "/member/memberId", "/memberId"];
    places.into_iter().find_map(|place| event.record.parameter_at(place)).map(str::to_owned)
}
