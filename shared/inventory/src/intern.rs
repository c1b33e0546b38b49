//! Policy documents as inputs spell them, each text parsed once.

use std::borrow::Cow;
use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;
use stanchion_policy::Policy;

/// The largest document that is read, in bytes. IAM takes 10,240 characters, white space not counted
/// (IAM User Guide, "IAM and AWS STS quotas"); Organizations takes as many.
const LARGEST: usize = 1 << 17;

/// Policies by their text, so that identical documents share one parse and one compilation.
#[derive(Default)]
pub(crate) struct Interner(HashMap<String, Policy>);

impl Interner {
    /// The policy of this text. Text that is not a policy gives an unknown policy.
    pub(crate) fn text(&mut self, text: &str) -> Policy {
        if text.len() > LARGEST {
            let bytes = text.len();
            return Policy::unknown(format!("the document has {bytes} bytes; IAM takes none of that size"));
        }
        if let Some(policy) = self.0.get(text) {
            return policy.clone();
        }
        let policy = Policy::parse(text);
        self.0.insert(text.to_owned(), policy.clone());
        policy
    }

    /// The policy of a JSON value: an object, or a string that holds one.
    pub(crate) fn value(&mut self, value: &RawValue) -> Policy {
        match document_text(value) {
            Ok(text) => self.text(&text),
            Err(reason) => Policy::unknown(reason),
        }
    }

    /// The policy of a value that may be missing; `what` names it in the reason.
    pub(crate) fn optional(&mut self, value: Option<&RawValue>, what: &str) -> Policy {
        match value {
            Some(value) => self.value(value),
            None => Policy::unknown(format!("{what} is not in the input")),
        }
    }
}

/// The text of a document that is written as an object or as a string. The object's own text is
/// kept, because parsing it into a map would hide repeated keys, which the grammar refuses.
pub(crate) fn document_text(value: &RawValue) -> Result<Cow<'_, str>, String> {
    let raw = value.get();
    if !raw.starts_with('"') {
        return Ok(Cow::Borrowed(raw));
    }
    let text: String = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    decode_document(&text).map(|text| Cow::Owned(text.into_owned()))
}

/// The JSON text of a policy document that AWS may have URL-encoded (IAM API Reference,
/// `GetRolePolicy`: "the document is URL-encoded compliant with RFC 3986"). Text that begins with
/// a brace is plain JSON: a percent sign in it is the policy's own.
///
/// # Errors
/// Encoded bytes that are not UTF-8.
pub fn decode_document(text: &str) -> Result<Cow<'_, str>, String> {
    if text.trim_start().starts_with('{') {
        return Ok(Cow::Borrowed(text));
    }
    percent_decode_str(text)
        .decode_utf8()
        .map_err(|error| format!("the URL-encoded document is not UTF-8: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("JSON")
    }

    #[test]
    fn an_object_plain_text_and_url_encoded_text_are_the_same_policy() {
        let mut interner = Interner::default();
        let object = interner.value(&raw(r#"{"Statement":[]}"#));
        let text = interner.value(&raw(r#""{\"Statement\":[]}""#));
        let encoded = interner.value(&raw(r#""%7B%22Statement%22%3A%5B%5D%7D""#));
        assert!(object.document().is_ok());
        assert!(object.same(&text) && object.same(&encoded));
    }

    /// `%20` inside a plain document is part of a pattern, not an encoded space.
    #[test]
    fn a_plain_document_is_not_decoded() {
        let text = r#"{"Resource":"arn:aws:s3:::b/a%20b"}"#;
        assert_eq!(decode_document(text).expect("plain"), text);
    }

    #[test]
    fn what_is_not_a_policy_is_unknown_and_says_why() {
        let policy = Interner::default().value(&raw(r#""no policy""#));
        assert!(policy.document().is_err_and(|reason| reason.contains("JSON")));
    }
}
