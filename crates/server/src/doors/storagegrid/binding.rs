//! The cookie that ties a sign-on to the browser in which it began, and to where that browser wanted to go.

use crate::http::{Cookies, SetCookie, way_back};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::HeaderMap;
use hyper::header::HeaderValue;
use jiff::Timestamp;

/// The prefix keeps neighbouring hosts from planting one (RFC 6265bis §4.1.3.2).
const NAME: &str = "__Host-SsoRequest";
/// The longest way back that is remembered.
const LONGEST: usize = 2048;

/// Sets it. The provider's page posts the response from its own site, so it must travel from there too.
pub(super) fn set(binding: &str, back: Option<&str>, until: Timestamp) -> HeaderValue {
    let back = URL_SAFE_NO_PAD.encode(back.unwrap_or_default());
    let cookie = SetCookie::new(NAME, &format!("{binding}.{back}")).expect("base64url and a dot");
    let cookie = cookie.expires(until).with("Path=/").with("HttpOnly");
    cookie.with("Secure").with("SameSite=None").header()
}

/// Removes it.
pub(super) fn clear() -> HeaderValue {
    let cookie = SetCookie::new(NAME, "").expect("nothing is a value");
    let cookie = cookie.with("Max-Age=0").with("Path=/").with("HttpOnly");
    cookie.with("Secure").with("SameSite=None").header()
}

/// What the browser shows: bindings, each with its way back.
pub(super) fn read(headers: &HeaderMap) -> Vec<(String, Option<String>)> {
    let cookies = Cookies::read(headers);
    let parted = cookies.all(NAME).filter_map(|value| value.split_once('.'));
    parted
        .map(|(binding, back)| {
            let back = URL_SAFE_NO_PAD.decode(back).ok();
            let back = back.and_then(|back| String::from_utf8(back).ok());
            (binding.to_owned(), back.filter(|back| leads_home(back)))
        })
        .collect()
}

/// Whether a way back may be taken.
pub(super) fn leads_home(back: &str) -> bool {
    way_back::leads_home(back, LONGEST)
}
