//! The token of a request: in `Authorization: Bearer`, or in the cookie that `POST /authorize` sets when asked for it.
//!
//! A browser sends a cookie with requests that other pages caused. What a cookie's token changes therefore needs the token's
//! companion, which other pages cannot read: the header `X-Csrf-Token`, or the form parameter `csrfToken`.

use crate::doors::storagegrid::api::{Api, Failure};
use crate::http::authorization::bearer;
use crate::http::{Cookies, SetCookie};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::{AUTHORIZATION, SET_COOKIE};
use hyper::{HeaderMap, StatusCode};

/// The header that carries the companion of a cookie.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";
/// The form parameter that carries it.
pub(super) const CSRF_PARAMETER: &str = "csrfToken";

/// The account that stands for the grid itself.
const GRID: &str = "0";

/// Which half of the API a token opens; each has cookies of its own, so that one browser can be signed in to both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Grid,
    Tenant,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Grid, Self::Tenant];

    /// The side of an account.
    pub(crate) fn of(account: &str) -> Self {
        if account == GRID {
            Self::Grid
        } else {
            Self::Tenant
        }
    }

    /// The cookie with the token.
    pub(super) fn cookie(self) -> &'static str {
        match self {
            Self::Grid => "GridAuthorization",
            Self::Tenant => "AccountAuthorization",
        }
    }

    /// The cookie with its companion, which pages of this host may read.
    fn csrf_cookie(self) -> &'static str {
        match self {
            Self::Grid => "GridCsrfToken",
            Self::Tenant => "AccountCsrfToken",
        }
    }
}

/// How far a cookie travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Only with requests that this host's own pages cause.
    Strict,
    /// Also when a link or a redirect from elsewhere leads here: the redirect that ends a sign-on comes from the provider's
    /// page, and a strict cookie would not be sent along with it.
    Lax,
}

impl Reach {
    fn attribute(self) -> &'static str {
        match self {
            Self::Strict => "SameSite=Strict",
            Self::Lax => "SameSite=Lax",
        }
    }
}

/// A token, and how it came.
pub(crate) struct Credential {
    pub(crate) token: String,
    by_cookie: bool,
}

impl Credential {
    /// The token of a request to `side`.
    pub(super) fn of_side(api: &Api, headers: &HeaderMap, side: Side) -> Result<Self, Failure> {
        Self::among(api, headers, &[side], None)
    }

    /// The token of a request that belongs to no side. Where both cookies came, the companion says which of them is meant.
    pub(super) fn of_any(
        api: &Api,
        headers: &HeaderMap,
        companion: Option<&str>,
    ) -> Result<Self, Failure> {
        Self::among(api, headers, &Side::BOTH, companion)
    }

    fn among(
        api: &Api,
        headers: &HeaderMap,
        sides: &[Side],
        companion: Option<&str>,
    ) -> Result<Self, Failure> {
        Self::presented(headers, sides, companion).ok_or_else(|| api.unauthorized())
    }

    /// The token of a request, none where none or more than one could be meant.
    pub(crate) fn presented(
        headers: &HeaderMap,
        sides: &[Side],
        companion: Option<&str>,
    ) -> Option<Self> {
        // A header that is no good is not made good by a cookie: the client meant the header.
        if headers.contains_key(AUTHORIZATION) {
            return Some(Self {
                token: bearer(headers)?.to_owned(),
                by_cookie: false,
            });
        }
        let cookies = Cookies::read(headers);
        let tokens: Vec<&str> = sides
            .iter()
            .flat_map(|side| cookies.all(side.cookie()))
            .collect();
        let meant = match tokens[..] {
            [only] => only,
            _ => tokens
                .into_iter()
                .find(|token| companion.is_some_and(|companion| belongs(companion, token)))?,
        };
        Some(Self {
            token: meant.to_owned(),
            by_cookie: true,
        })
    }

    /// Whether more than a cookie says so.
    pub(crate) fn vouched(&self, companion: Option<&str>) -> bool {
        !self.by_cookie || companion.is_some_and(|companion| belongs(companion, &self.token))
    }

    /// Whether the request may change anything: a cookie alone may not.
    pub(super) fn may_change(&self, api: &Api, companion: Option<&str>) -> Result<(), Failure> {
        if self.vouched(companion) {
            return Ok(());
        }
        Err(api.failure(
            StatusCode::FORBIDDEN,
            "csrf.token",
            "The CSRF token is missing or does not belong to the session.",
        ))
    }
}

/// Whether a request carries cookies of ours: then its JSON must say that it is JSON, which a form of another site cannot.
pub(super) fn by_browser(headers: &HeaderMap) -> bool {
    let cookies = Cookies::read(headers);
    Side::BOTH.iter().any(|side| {
        cookies.one(side.cookie()).is_some() || cookies.one(side.csrf_cookie()).is_some()
    })
}

/// The companion of a token: whoever knows the token could make it, nobody can make the token from it, and unlike a random
/// value in a cookie a neighbouring host cannot plant one that fits.
pub(super) fn companion(token: &str) -> String {
    let hash = digest(&SHA256, format!("csrf\n{token}").as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

fn belongs(sent: &str, token: &str) -> bool {
    verify_slices_are_equal(sent.as_bytes(), companion(token).as_bytes()).is_ok()
}

/// Sets the cookie with the token, and with it always the companion: without it the cookie could change nothing.
pub(super) fn set_cookies(response: &mut Response, side: Side, token: &str, reach: Reach) {
    let cookie = SetCookie::new(side.cookie(), token).expect("tokens are UUIDs");
    let cookie = cookie.with("Path=/").with("HttpOnly").with("Secure");
    response
        .headers_mut()
        .append(SET_COOKIE, cookie.with(reach.attribute()).header());
    set_companion(response, side, token, reach);
}

/// Sets the companion alone, for a client that keeps the token itself.
pub(super) fn set_companion(response: &mut Response, side: Side, token: &str, reach: Reach) {
    let cookie = SetCookie::new(side.csrf_cookie(), &companion(token)).expect("base64url");
    let cookie = cookie.with("Path=/").with("Secure");
    response
        .headers_mut()
        .append(SET_COOKIE, cookie.with(reach.attribute()).header());
}

/// Removes whichever of our cookies holds `token`, and its companion.
pub(super) fn clear_cookies(response: &mut Response, headers: &HeaderMap, token: &str) {
    let cookies = Cookies::read(headers);
    for side in Side::BOTH {
        if !cookies.all(side.cookie()).any(|value| value == token) {
            continue;
        }
        for name in [side.cookie(), side.csrf_cookie()] {
            let cookie = SetCookie::new(name, "").expect("nothing is a value");
            let gone = cookie.with("Path=/").with("Max-Age=0").with("Secure");
            response.headers_mut().append(SET_COOKIE, gone.header());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_companion_belongs_to_one_token() {
        assert!(belongs(&companion("a"), "a"));
        assert!(!belongs(&companion("a"), "b"));
        assert!(!belongs("", "a"));
        assert!(!belongs("a", "a"));
    }
}
