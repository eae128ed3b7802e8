//! Cookies, read and written (RFC 6265).

use crate::http::date::imf_fixdate;
use axum::extract::FromRequestParts;
use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderValue};
use hyper::http::request::Parts;
use jiff::Timestamp;
use std::convert::Infallible;

/// The cookies of a request, in order.
#[derive(Clone, Default)]
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Reads every `Cookie` header. What is not `name=value` is skipped.
    pub fn read(headers: &HeaderMap) -> Self {
        let texts = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let pairs = texts
            .flat_map(|text| text.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        Self(
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// The first value of `name`.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of `name`: a browser sends several when paths or domains overlap.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

impl<S: Sync> FromRequestParts<S> for Cookies {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::read(&parts.headers))
    }
}

/// Names only: values are sessions.
impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// A cookie to set. Attributes stand in the order and spelling in which they are added, because clients of the documented
/// systems match on both.
#[derive(Clone)]
pub struct SetCookie(String);

/// A name or value holds what RFC 6265 §4.1.1 does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cookie")]
pub struct NotCookie;

impl SetCookie {
    /// `name=value`.
    pub fn new(name: &'static str, value: &str) -> Result<Self, NotCookie> {
        if value.bytes().all(is_cookie_octet) {
            Ok(Self(format!("{name}={value}")))
        } else {
            Err(NotCookie)
        }
    }

    /// Appends an attribute as written, such as `path=/adfs` or `HttpOnly`.
    #[must_use]
    pub fn with(mut self, attribute: &'static str) -> Self {
        self.0.push_str("; ");
        self.0.push_str(attribute);
        self
    }

    /// Appends `expires=…`.
    #[must_use]
    pub fn expires(mut self, at: Timestamp) -> Self {
        self.0.push_str("; expires=");
        self.0.push_str(&imf_fixdate(at));
        self
    }

    /// The value of the `Set-Cookie` header.
    pub fn header(self) -> HeaderValue {
        HeaderValue::from_str(&self.0)
            .expect("cookie octets, literals and a date are visible ASCII")
    }
}

/// cookie-octet of RFC 6265 §4.1.1.
fn is_cookie_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_read_from_every_header_in_order() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("MSISAuth=AAE=; sso=true"));
        headers.append(COOKIE, HeaderValue::from_static("MSISAuth=second; broken"));
        let cookies = Cookies::read(&headers);
        assert_eq!(cookies.one("sso"), Some("true"));
        assert_eq!(
            cookies.all("MSISAuth").collect::<Vec<_>>(),
            ["AAE=", "second"]
        );
        assert_eq!(cookies.one("broken"), None);
    }

    #[test]
    fn attributes_keep_their_order_and_spelling() {
        let at: Timestamp = "2018-11-20T22:35:03Z".parse().unwrap();
        let cookie = SetCookie::new("MSISSignoutProtocol", "U2FtbA==")
            .unwrap()
            .expires(at)
            .with("path=/adfs")
            .with("HttpOnly")
            .with("Secure");
        assert_eq!(
            cookie.header(),
            "MSISSignoutProtocol=U2FtbA==; expires=Tue, 20 Nov 2018 22:35:03 GMT; path=/adfs; HttpOnly; Secure"
        );
    }

    #[test]
    fn a_value_cannot_smuggle_an_attribute_or_a_header() {
        assert!(SetCookie::new("a", "b").is_ok());
        for value in [
            "b; Domain=example.com",
            "b\r\nSet-Cookie: c=d",
            "b\0",
            "b c",
            "b\u{85}",
            "b,c",
        ] {
            assert_eq!(
                SetCookie::new("a", value).err(),
                Some(NotCookie),
                "{value:?}"
            );
        }
    }

    proptest::proptest! {
        /// Whatever stands around it, a cookie of ours is found, and its value is what was sent.
        #[test]
        fn no_other_cookie_hides_or_changes_ours(before in "[ -:<-~]{0,40}", after in "[ -~]{0,40}") {
            let mut headers = HeaderMap::new();
            let text = format!("{before}; MSISAuth=AAE=; {after}");
            headers.append(COOKIE, HeaderValue::try_from(text).unwrap());
            let cookies = Cookies::read(&headers);
            proptest::prop_assert!(cookies.all("MSISAuth").any(|value| value == "AAE="));
        }
    }
}
