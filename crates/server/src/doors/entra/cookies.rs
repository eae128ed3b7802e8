//! The cookies of this door, with the names that its clients know.

use crate::http::SetCookie;
use crate::sign_on::Visit;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

/// Tells one browser from another while nobody is signed in.
const BROWSER: &str = "esctx";
/// The session, until the browser closes.
const SESSION: &str = "ESTSAUTH";
/// The session, for whoever stays signed in. How long it really lives is for the rules.
const STAYING: &str = "ESTSAUTHPERSISTENT";
const STAY: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The session of `visit`, if it has one.
pub(super) fn session(visit: &Visit) -> Option<&str> {
    visit
        .cookies
        .one(SESSION)
        .or_else(|| visit.cookies.one(STAYING))
}

/// What tells this browser from another; empty where it has nothing.
pub(super) fn browser(visit: &Visit) -> &str {
    visit.cookies.one(BROWSER).unwrap_or_default()
}

/// A fresh value for [`set_browser`].
pub(super) fn fresh(visit: &Visit) -> String {
    let mut bytes = [0; 18];
    visit.moment.random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Sets what tells the browser from another.
pub(super) fn set_browser(value: &str) -> SetCookie {
    attributes(SetCookie::new(BROWSER, value).expect("we wrote it in base64"))
}

/// Sets the session.
pub(super) fn set_session(value: &str) -> SetCookie {
    attributes(
        SetCookie::new(SESSION, value).expect("sessions are written in the alphabet of cookies"),
    )
}

/// Keeps the session when the browser closes.
pub(super) fn stay(value: &str, now: Timestamp) -> SetCookie {
    let cookie = SetCookie::new(STAYING, value).expect("it came in a cookie");
    attributes(cookie.expires(now + STAY))
}

/// Takes the session away.
pub(super) fn none() -> [SetCookie; 2] {
    [SESSION, STAYING].map(|name| {
        let cookie = SetCookie::new(name, "").expect("the empty value is one");
        attributes(cookie.expires(Timestamp::UNIX_EPOCH))
    })
}

fn attributes(cookie: SetCookie) -> SetCookie {
    cookie
        .with("path=/")
        .with("secure")
        .with("HttpOnly")
        .with("SameSite=None")
}
