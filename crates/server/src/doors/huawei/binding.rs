//! The cookie that ties a sign-on to the browser in which it began.

use crate::http::{Cookies, SetCookie};
use axum::http::HeaderMap;
use axum::http::header::HeaderValue;
use jiff::Timestamp;

/// The prefix keeps neighbouring hosts from planting one (RFC 6265bis §4.1.3.2).
const NAME: &str = "__Host-FederationRequest";

/// Sets it. The provider's page posts the response from its own site, so it must travel from there too.
pub(super) fn set(binding: &str, until: Timestamp) -> HeaderValue {
    let cookie = SetCookie::new(NAME, binding).expect("a binding is base64url");
    attributes(cookie.expires(until)).header()
}

/// Removes it.
pub(super) fn clear() -> HeaderValue {
    let cookie = SetCookie::new(NAME, "").expect("nothing is a value");
    attributes(cookie.with("Max-Age=0")).header()
}

/// The bindings that the browser shows.
pub(super) fn shown(headers: &HeaderMap) -> Vec<String> {
    let cookies = Cookies::read(headers);
    cookies.all(NAME).map(str::to_owned).collect()
}

fn attributes(cookie: SetCookie) -> SetCookie {
    cookie
        .with("Path=/")
        .with("HttpOnly")
        .with("Secure")
        .with("SameSite=None")
}
