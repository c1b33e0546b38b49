//! JSON as inventories hold it: read strictly. A key that an object repeats is an error, wherever
//! it is, since one of its values would be lost.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::error::InventoryError;

/// Members that hold policy documents. These are read by the policy grammar: what is wrong with one
/// makes it unknown, and leaves the rest of the file as it is.
const DOCUMENTS: [&str; 9] = [
    "AssumeRolePolicyDocument",
    "Content",
    "Document",
    "InlinePolicy",
    "PolicyDocument",
    "assumeRolePolicyDocument",
    "document",
    "inlinePolicy",
    "policyDocument",
];

/// Reads a text that holds one object.
///
/// # Errors
/// Text that is blank, no JSON, or of another shape; a repeated key.
pub(crate) fn object<'a, T: Deserialize<'a>>(text: &'a str, place: &str) -> Result<T, InventoryError> {
    let text = checked(text, place)?;
    let json = |error| InventoryError::json(place, &error);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let OneObject(value) = OneObject::deserialize(&mut deserializer).map_err(json)?;
    deserializer.end().map_err(json)?;
    Ok(value)
}

/// Reads a text that holds objects, one after another or in lists.
///
/// # Errors
/// As [`object`].
pub(crate) fn objects<'a, T: Deserialize<'a>>(text: &'a str, place: &str) -> Result<Vec<T>, InventoryError> {
    let text = checked(text, place)?;
    let mut all = Vec::new();
    for values in serde_json::Deserializer::from_str(text).into_iter::<OneOrMore<T>>() {
        all.extend(values.map_err(|error| InventoryError::json(place, &error))?.0);
    }
    Ok(all)
}

/// The text without a byte order mark, once all its objects are known to have each key once.
fn checked<'a>(text: &'a str, place: &str) -> Result<&'a str, InventoryError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().is_empty() {
        return Err(InventoryError::Blank { place: place.to_owned() });
    }
    for value in serde_json::Deserializer::from_str(text).into_iter::<Unique>() {
        value.map_err(|error| InventoryError::json(place, &error))?;
    }
    Ok(text)
}

/// Any value, each of whose objects has each key once. Nothing of it is kept.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self, A::Error> {
        let mut seen: BTreeSet<Cow<'de, str>> = BTreeSet::new();
        while let Some(key) = object.next_key_seed(Key)? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format_args!("`{key}` is given twice in one object")));
            }
            if DOCUMENTS.contains(&&*key) {
                object.next_value::<IgnoredAny>()?;
            } else {
                object.next_value::<Self>()?;
            }
        }
        Ok(self)
    }
}

/// A key, borrowed where the text spells it without escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// An object. A derived reader alone would take a list of its members' values as well.
struct OneObject<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneObject<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let objects = deserializer.deserialize_any(Objects { lists: false, of: PhantomData })?;
        objects.into_iter().next().map(Self).ok_or_else(|| D::Error::custom("no object"))
    }
}

/// An object, or a list of objects.
struct OneOrMore<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Objects { lists: true, of: PhantomData }).map(Self)
    }
}

struct Objects<T> {
    lists: bool,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Objects<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.lists { "an object, or a list of objects" } else { "an object" })
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Vec<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|value| vec![value])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        if !self.lists {
            return Err(A::Error::invalid_type(serde::de::Unexpected::Seq, &self));
        }
        let mut objects = Vec::new();
        while let Some(OneObject(object)) = list.next_element()? {
            objects.push(object);
        }
        Ok(objects)
    }
}
