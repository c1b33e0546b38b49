//! What a record's header alone tells: most records of a trail are none of ours, and are not read.

use super::scan::{Key, Members, Stop};
use crate::record::HIDDEN;
use crate::table::{self, Row};

/// What a record is at a glance. All but [`Glance::Look`] are records that
/// [`interpret`](crate::interpret) ignores, and that have no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glance {
    /// No event of its service is watched, or not this one.
    Unwatched,
    /// Of a watched service: the call failed.
    Failed,
    /// Of a watched service: it only read, and the table does not have it.
    ReadOnly,
    /// Of a watched service, and known: it lacks the parameters without which it changes nothing.
    Idle,
    /// It has to be looked at, or a glance does not tell.
    Look,
}

/// The members that a glance reads, as they are written.
#[derive(Default)]
pub(super) struct Header<'b> {
    source: Option<&'b [u8]>,
    name: Option<&'b [u8]>,
    error: Option<&'b [u8]>,
    read_only: Option<&'b [u8]>,
    parameters: Option<&'b [u8]>,
    /// What EventBridge puts a record into.
    detail: Option<&'b [u8]>,
    /// A key is written in another way, or is there twice, or the record is inside a text.
    doubtful: bool,
}

impl<'b> Header<'b> {
    /// Takes note of a member.
    pub(super) fn member(&mut self, key: Key<'_>, value: &'b [u8]) {
        let place = match key.written {
            b"eventSource" => &mut self.source,
            b"eventName" => &mut self.name,
            b"errorCode" => &mut self.error,
            b"readOnly" => &mut self.read_only,
            b"requestParameters" => &mut self.parameters,
            b"detail" => &mut self.detail,
            b"CloudTrailEvent" => {
                self.doubtful = true;
                return;
            }
            _ => {
                self.doubtful |= key.escaped;
                return;
            }
        };
        self.doubtful |= place.replace(value).is_some();
    }

    /// What the record is.
    pub(super) fn glance(&self) -> Glance {
        match self.detail {
            _ if self.doubtful => Glance::Look,
            None => self.of_record(),
            // An envelope has none of a record's members; something that has both is neither.
            Some(_) if self.source.is_some() || self.name.is_some() => Glance::Look,
            Some(detail) => of_detail(detail).unwrap_or(Glance::Look),
        }
    }

    fn of_record(&self) -> Glance {
        let Some(source) = self.source.and_then(plain) else { return Glance::Look };
        if table::service(source).is_none() {
            return Glance::Unwatched;
        }
        let Some(name) = self.name.and_then(plain) else { return Glance::Look };
        if !table::may_matter(source, name) {
            return Glance::Unwatched;
        }
        if self.error.and_then(plain).is_some() {
            return Glance::Failed;
        }
        match table::find(source, name) {
            None if self.read_only == Some(b"true") => Glance::ReadOnly,
            Some(Row { only_if: Some(condition), .. }) if self.lacks(condition.parameters) => Glance::Idle,
            _ => Glance::Look,
        }
    }

    /// Whether the request parameters are known to have none of these names.
    fn lacks(&self, names: &[&str]) -> bool {
        match self.parameters {
            None | Some(b"null") => true,
            Some(object) if object.first() == Some(&b'{') => lacks(object, names).unwrap_or(false),
            Some(_) => false,
        }
    }
}

fn lacks(object: &[u8], names: &[&str]) -> Result<bool, Stop> {
    let mut members = Members::of(object, 0);
    while let Some(key) = members.key()? {
        if key.escaped || names.iter().any(|name| name.as_bytes() == key.written) {
            return Ok(false);
        }
        members.value()?;
    }
    Ok(true)
}

fn of_detail(detail: &[u8]) -> Result<Glance, Stop> {
    if detail.first() != Some(&b'{') {
        return Ok(Glance::Look);
    }
    let mut header = Header::default();
    let mut members = Members::of(detail, 0);
    while let Some(key) = members.key()? {
        let value = members.value()?;
        header.member(key, &detail[value]);
    }
    Ok(if header.doubtful || header.detail.is_some() { Glance::Look } else { header.of_record() })
}

/// The text of a string that is written as it is; `None` as well for texts that say nothing.
fn plain(value: &[u8]) -> Option<&str> {
    let text = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let text = std::str::from_utf8(text).ok()?;
    (!text.is_empty() && !text.contains('\\') && text != HIDDEN).then_some(text)
}
