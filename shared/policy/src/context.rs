//! The condition keys of a request.

use std::hash::BuildHasher;
use std::ops::Range;

use rustc_hash::FxBuildHasher;

/// The values of one context key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextValue {
    /// The key as it was given.
    pub key: String,
    /// Its values; none: the key is present and empty.
    pub values: Vec<String>,
    /// Whether the key was given twice, in different case: which one IAM reads is contested
    /// (IAM User Guide, "aws:ResourceTag").
    pub contested: bool,
}

/// The context keys of a request. Key names ignore case.
///
/// The text of all keys and values is in one place: a decision reads most of it, and reads nothing
/// else of a request as often.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The hashes of the names: a lookup reads these alone until one is the same.
    hashes: Vec<u64>,
    entries: Vec<Entry>,
    text: String,
}

/// One key: its text is its name, as given, and then its values.
#[derive(Clone, Debug)]
struct Entry {
    name: Range<usize>,
    /// Where the values end.
    end: usize,
    /// Where each value ends; not given if there is just one.
    ends: Option<Box<[usize]>>,
    contested: bool,
}

/// A condition key's name in lower case, ready to be looked up in any [`Context`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyName {
    hash: u64,
    name: Box<str>,
}

/// A key that a context has.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    context: &'a Context,
    entry: &'a Entry,
}

impl KeyName {
    /// The name of this key, given in any case.
    pub(crate) fn new(key: &str) -> Self {
        in_lower_case(key, |name| Self { hash: hash(name), name: name.into() })
    }

    /// The name, in lower case.
    pub(crate) fn as_str(&self) -> &str {
        &self.name
    }
}

/// Does something with a name in lower case; short names are not put on the heap for it.
fn in_lower_case<R>(name: &str, then: impl FnOnce(&str) -> R) -> R {
    let mut short = [0; 64];
    let lower = short.get_mut(..name.len()).and_then(|short| {
        short.copy_from_slice(name.as_bytes());
        short.make_ascii_lowercase();
        std::str::from_utf8(short).ok()
    });
    match lower {
        Some(lower) => then(lower),
        None => then(&name.to_ascii_lowercase()),
    }
}

fn hash(lower_key: &str) -> u64 {
    FxBuildHasher.hash_one(lower_key)
}

impl<'a> Found<'a> {
    /// The key as it was given.
    pub(crate) fn key(self) -> &'a str {
        self.context.text(self.entry.name.clone())
    }

    /// Whether it was given twice, in different case.
    pub(crate) fn contested(self) -> bool {
        self.entry.contested
    }

    /// How many values it has.
    pub(crate) fn count(self) -> usize {
        self.entry.ends.as_ref().map_or(1, |ends| ends.len())
    }

    /// Its value, if it has just one.
    pub(crate) fn single(self) -> Option<&'a str> {
        let value = self.entry.name.end..self.entry.end;
        self.entry.ends.is_none().then(|| self.context.text(value))
    }

    /// Its values.
    pub(crate) fn values(self) -> impl Iterator<Item = &'a str> {
        let single = std::slice::from_ref(&self.entry.end);
        let ends = self.entry.ends.as_deref().unwrap_or(single);
        let starts = std::iter::once(&self.entry.name.end).chain(ends);
        starts.zip(ends).map(|(start, end)| self.context.text(*start..*end))
    }

    fn value(self) -> ContextValue {
        ContextValue {
            key: self.key().to_owned(),
            values: self.values().map(str::to_owned).collect(),
            contested: self.contested(),
        }
    }
}

impl Context {
    /// No keys at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key's values.
    pub fn insert(&mut self, key: &str, values: Vec<String>) {
        self.set(key, &values);
    }

    /// Sets a key's values.
    pub(crate) fn set(&mut self, key: &str, values: &[String]) {
        in_lower_case(key, |name| {
            let hash = hash(name);
            match self.place(hash, name) {
                Some(at) => {
                    let contested = self.text(self.entries[at].name.clone()) != key;
                    self.entries[at] = self.entry(key, values, contested);
                }
                None => self.add(hash, key, values),
            }
        });
    }

    /// Sets a key to one value unless it is there already.
    pub fn derive(&mut self, key: &str, value: impl AsRef<str>) {
        in_lower_case(key, |name| {
            let hash = hash(name);
            if self.place(hash, name).is_none() {
                self.add(hash, key, &[value]);
            }
        });
    }

    /// The same keys, with room for some more.
    pub(crate) fn with_room(&self, keys: usize) -> Self {
        // About what the text of a key and its value takes.
        const LENGTH: usize = 64;
        let mut all = Self {
            hashes: Vec::with_capacity(self.hashes.len() + keys),
            entries: Vec::with_capacity(self.entries.len() + keys),
            text: String::with_capacity(self.text.len() + LENGTH * keys),
        };
        all.hashes.extend_from_slice(&self.hashes);
        all.entries.extend_from_slice(&self.entries);
        all.text.push_str(&self.text);
        all
    }

    /// Whether there are no keys.
    pub(crate) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether a key, given in lower case, is there.
    pub(crate) fn has(&self, lower_key: &str) -> bool {
        !self.is_empty() && self.spelled(lower_key).is_some()
    }

    /// How a key, given in lower case, is spelled here.
    pub(crate) fn spelled(&self, lower_key: &str) -> Option<&str> {
        self.found(hash(lower_key), lower_key).map(Found::key)
    }

    /// The entry of a key, given in lower case.
    pub fn get(&self, lower_key: &str) -> Option<ContextValue> {
        self.found(hash(lower_key), lower_key).map(Found::value)
    }

    /// The first value of a key, given in lower case.
    pub fn first(&self, lower_key: &str) -> Option<&str> {
        self.found(hash(lower_key), lower_key)?.values().next()
    }

    /// All keys, sorted by their lower-case name.
    pub fn iter(&self) -> impl Iterator<Item = ContextValue> {
        let mut all: Vec<ContextValue> =
            self.entries.iter().map(|entry| Found { context: self, entry }.value()).collect();
        all.sort_by_cached_key(|entry| entry.key.to_ascii_lowercase());
        all.into_iter()
    }

    /// A key, if it is there.
    pub(crate) fn find(&self, key: &KeyName) -> Option<Found<'_>> {
        self.found(key.hash, &key.name)
    }

    fn found(&self, hash: u64, lower_key: &str) -> Option<Found<'_>> {
        let entry = self.entries.get(self.place(hash, lower_key)?)?;
        Some(Found { context: self, entry })
    }

    fn place(&self, hash: u64, lower_key: &str) -> Option<usize> {
        // Two names of one hash are next to impossible, but callers choose the names of tags.
        let alike = self.hashes.iter().zip(&self.entries).enumerate().filter(|(_, (own, _))| **own == hash);
        let mut named = alike.map(|(at, (_, entry))| (at, self.text(entry.name.clone())));
        named.find(|(_, name)| name.eq_ignore_ascii_case(lower_key)).map(|(at, _)| at)
    }

    fn add(&mut self, hash: u64, key: &str, values: &[impl AsRef<str>]) {
        let entry = self.entry(key, values, false);
        self.hashes.push(hash);
        self.entries.push(entry);
    }

    /// Writes a key and its values behind all others.
    fn entry(&mut self, key: &str, values: &[impl AsRef<str>], contested: bool) -> Entry {
        let start = self.text.len();
        self.text.push_str(key);
        let name = start..self.text.len();
        let mut write = |value: &str| {
            self.text.push_str(value);
            self.text.len()
        };
        let ends = match values {
            [value] => {
                write(value.as_ref());
                None
            }
            values => Some(values.iter().map(|value| write(value.as_ref())).collect()),
        };
        Entry { name, end: self.text.len(), ends, contested }
    }

    fn text(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }
}

impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Context {}

#[cfg(test)]
mod tests {
    use super::*;

    fn several(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn keys_are_found_whatever_their_case() {
        let mut context = Context::new();
        context.insert("aws:TagKeys", several(&["a", "", "b"]));
        context.insert("aws:SourceIp", several(&["10.0.0.1"]));
        context.insert("aws:CalledVia", several(&[]));
        let values = |key| context.get(key).map(|entry| entry.values);
        assert_eq!(values("aws:tagkeys"), Some(several(&["a", "", "b"])));
        assert_eq!(values("aws:sourceip"), Some(several(&["10.0.0.1"])));
        assert_eq!(values("aws:calledvia"), Some(vec![]));
        assert_eq!(values("aws:username"), None);
        let single = |key| context.find(&KeyName::new(key)).and_then(Found::single);
        assert_eq!(single("aws:SOURCEIP"), Some("10.0.0.1"));
        assert_eq!((single("aws:TagKeys"), single("aws:CalledVia")), (None, None));
        assert_eq!((context.first("aws:tagkeys"), context.first("aws:calledvia")), (Some("a"), None));
    }

    #[test]
    fn a_key_in_two_spellings_is_contested() {
        let mut context = Context::new();
        context.insert("aws:ResourceTag/Team", several(&["a"]));
        context.insert("aws:ResourceTag/Team", several(&["b"]));
        let entry = |context: &Context| context.get("aws:resourcetag/team").expect("the key");
        assert!(!entry(&context).contested);
        context.insert("aws:ResourceTag/team", several(&["c"]));
        assert!(entry(&context).contested);
        assert_eq!(entry(&context).values, ["c"]);
        context.derive("aws:resourcetag/TEAM", "d");
        assert_eq!(entry(&context).values, ["c"]);
    }

    #[test]
    fn order_does_not_matter() {
        let (mut one, mut other) = (Context::new(), Context::new());
        for key in ["b:B", "a:A", "c:C"] {
            one.insert(key, several(&[key]));
        }
        for key in ["c:C", "a:A", "b:B"] {
            other.insert(key, several(&["other"]));
            assert_ne!(one, other);
            other.insert(key, several(&[key]));
        }
        assert_eq!(one, other);
        assert_eq!(one.iter().map(|entry| entry.key).collect::<Vec<_>>(), ["a:A", "b:B", "c:C"]);
    }
}
