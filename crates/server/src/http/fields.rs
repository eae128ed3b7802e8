//! Parameters of a query string or a urlencoded form.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// How many parameters a request may have: many times what the documented requests have, little enough to stay cheap.
const MOST: usize = 64;

/// Parameters in order, percent-decoded exactly once.
///
/// A `+` becomes a space, as the form encoding says. Nothing is repaired: a value whose `+` was not encoded holds spaces,
/// and whoever reads it can say so.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

/// Two parameters have the same name (SAML bindings and RFC 6749 §3.1 allow one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a parameter is doubled")]
pub struct Doubled;

/// The text is no list of parameters: not UTF-8 once decoded, or too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a list of parameters")]
pub struct NotFields;

impl Fields {
    /// Decodes `a=1&b=2`.
    pub fn parse(raw: &str) -> Result<Self, NotFields> {
        let mut fields = Self::default();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            fields.add(decode(name)?, decode(value)?)?;
        }
        Ok(fields)
    }

    /// The value of `name`, none if absent.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Doubled> {
        let mut values = self
            .0
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            Err(Doubled)
        } else {
            Ok(first)
        }
    }

    /// Whether any parameter has that name.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    pub(super) fn add(&mut self, name: String, value: String) -> Result<(), NotFields> {
        if self.0.len() == MOST {
            return Err(NotFields);
        }
        self.0.push((name, value));
        Ok(())
    }
}

/// Names only: values are passwords and assertions.
impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

fn decode(text: &str) -> Result<String, NotFields> {
    let spaced = if text.contains('+') {
        Cow::Owned(text.replace('+', " "))
    } else {
        Cow::Borrowed(text)
    };
    let mut bytes = Vec::with_capacity(spaced.len());
    bytes.extend(percent_decode_str(&spaced));
    String::from_utf8(bytes).map_err(|_| NotFields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_exactly_once() {
        let fields =
            Fields::parse("SAMLResponse=PHN%2Bbg%3D%3D&RelayState=%2525+x&empty=&bare").unwrap();
        assert_eq!(fields.one("SAMLResponse"), Ok(Some("PHN+bg==")));
        assert_eq!(fields.one("RelayState"), Ok(Some("%25 x")));
        assert_eq!(fields.one("empty"), Ok(Some("")));
        assert_eq!(fields.one("bare"), Ok(Some("")));
        assert_eq!(fields.one("absent"), Ok(None));
    }

    #[test]
    fn a_doubled_parameter_is_told_apart_from_a_single_one() {
        let fields = Fields::parse("a=1&b=2&%61=3").unwrap();
        assert_eq!(fields.one("b"), Ok(Some("2")));
        assert_eq!(fields.one("a"), Err(Doubled));
    }

    #[test]
    fn what_is_not_encoded_stands_for_itself() {
        for (raw, decoded) in [
            ("", Some("")),
            ("%", Some("%")),
            ("%4", Some("%4")),
            ("%zz", Some("%zz")),
            ("a%2", Some("a%2")),
            ("%2B", Some("+")),
            ("%2b", Some("+")),
            ("+", Some(" ")),
            ("%25%32%42", Some("%2B")),
            ("a%00b", Some("a\0b")),
            ("%C3%A9+%E2%82%AC", Some("é €")),
            ("%%41", Some("%A")),
            ("%4%41", Some("%4A")),
            ("abc%2Fdef%3D%3D", Some("abc/def==")),
            ("%+1", Some("% 1")),
            ("%-1", Some("%-1")),
            ("é%C3", None),
        ] {
            assert_eq!(decode(raw).ok().as_deref(), decoded, "{raw}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert!(Fields::parse("a=%C3%A9").is_ok());
        assert_eq!(Fields::parse("a=%E9"), Err(NotFields));
    }

    #[test]
    fn too_many_parameters_are_refused() {
        assert!(Fields::parse(&"a&".repeat(MOST)).is_ok());
        assert_eq!(Fields::parse(&"a&".repeat(MOST + 1)), Err(NotFields));
    }

    #[test]
    fn values_stay_out_of_debug_output() {
        let shown = format!("{:?}", Fields::parse("Password=hunter2").unwrap());
        assert_eq!(shown, r#"["Password"]"#);
    }
}
