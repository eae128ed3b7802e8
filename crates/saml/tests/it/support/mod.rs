//! What the tests build messages from. It writes XML by hand, because it must be able to write what the crate never would.

pub(crate) mod collection;
pub(crate) mod keys;
pub(crate) mod pair;
pub(crate) mod response;
pub(crate) mod signing;

use jiff::Timestamp;

/// The moment at which every test takes place.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

/// `seconds` after (before, if negative) [`now`].
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() + seconds).expect("a time")
}

/// [`at`], as SAML writes it.
pub(crate) fn instant(seconds: i64) -> String {
    saml::time::format(at(seconds))
}
