//! Lists and flags as the tools that talk to AWS write them.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};

/// A list. Converters from the API's XML write `{"member": [...]}`, one entry without the list, and
/// an empty text for an empty list.
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData)).map(Self)
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        if text.trim().is_empty() {
            Ok(Vec::new())
        } else {
            Err(E::invalid_type(Unexpected::Str(text), &self))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(entries)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Vec<T>, A::Error> {
        match object.next_key::<String>()?.as_deref() {
            Some("member") => {}
            _ => return Err(A::Error::invalid_type(Unexpected::Map, &self)),
        }
        let Entries(entries) = object.next_value()?;
        match object.next_key::<String>()? {
            None => Ok(entries),
            Some(other) => Err(A::Error::custom(format_args!("`{other}` does not belong beside `member`"))),
        }
    }
}

/// What `member` holds: a list, or the one entry.
struct Entries<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntriesVisitor(PhantomData)).map(Self)
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry, or a list of entries")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        T::deserialize(serde::de::value::StrDeserializer::new(text)).map(|entry| vec![entry])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
        ListVisitor(PhantomData).visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Vec<T>, A::Error> {
        T::deserialize(serde::de::value::MapAccessDeserializer::new(object)).map(|entry| vec![entry])
    }
}

/// `true` or `false`; converters from XML write them as text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor).map(Self)
    }
}

struct FlagVisitor;

impl Visitor<'_> for FlagVisitor {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true` or `false`")
    }

    fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(E::invalid_value(Unexpected::Str(other), &self)),
        }
    }
}

/// Why a list that has more pages than the input is not known.
pub(crate) const TRUNCATED: &str = "truncated: a `NextToken` is left over";

/// A list of the organization or of Identity Center: the list itself, or a page that the API
/// returned around it.
pub(crate) enum Paged<T> {
    /// All of it.
    Whole(Vec<T>),
    /// A page after which others follow: what the list holds is unknown.
    Truncated,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Paged<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PagedVisitor(PhantomData))
    }
}

/// The lists that files hold, under the API's names.
const LISTS: [&str; 9] = [
    "AccountAssignments",
    "Accounts",
    "GroupMemberships",
    "Groups",
    "Instances",
    "OrganizationalUnits",
    "PermissionSets",
    "Policies",
    "Roots",
];

struct PagedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PagedVisitor<T> {
    type Value = Paged<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or a page with a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Paged<T>, A::Error> {
        ListVisitor(PhantomData).visit_seq(list).map(Paged::Whole)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut page: A) -> Result<Paged<T>, A::Error> {
        let mut list: Option<Vec<T>> = None;
        let mut truncated = false;
        while let Some(key) = page.next_key::<String>()? {
            if key == "NextToken" {
                truncated = is_left_over(page.next_value::<Option<String>>()?.as_deref());
            } else if LISTS.contains(&key.as_str()) {
                list = Some(page.next_value()?);
            } else {
                page.next_value::<IgnoredAny>()?;
            }
        }
        match list {
            Some(_) if truncated => Ok(Paged::Truncated),
            Some(list) => Ok(Paged::Whole(list)),
            None => Err(A::Error::invalid_type(Unexpected::Map, &self)),
        }
    }
}

/// Whether a `NextToken` or `Marker` leads on. Some tools write one that is null or empty.
pub(crate) fn is_left_over(token: Option<&str>) -> bool {
    token.is_some_and(|token| !token.is_empty())
}

/// Whether each list of a file is whole: what is not is told by name.
pub(crate) struct Lists {
    /// Whether a token at the top of the file says that some list, or any, goes on.
    pub(crate) all_truncated: bool,
    /// Why each list that is not known is not, unless it is just missing.
    pub(crate) unknown: BTreeMap<&'static str, String>,
}

impl Lists {
    /// Lists of a file with this token at its top: it may belong to any of them.
    pub(crate) fn of_file(next_token: Option<String>) -> Self {
        Self { all_truncated: is_left_over(next_token.as_deref()), unknown: BTreeMap::new() }
    }

    /// The list of this name if all of it is known.
    pub(crate) fn whole<T>(&mut self, name: &'static str, list: Option<Paged<T>>) -> Option<Vec<T>> {
        match list? {
            Paged::Whole(list) if !self.all_truncated => Some(list),
            Paged::Whole(_) | Paged::Truncated => {
                self.unknown.insert(name, TRUNCATED.to_owned());
                None
            }
        }
    }
}
