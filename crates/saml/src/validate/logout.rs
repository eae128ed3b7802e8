//! LogoutRequest and LogoutResponse (SAML profiles §4.4.4): always signed, always addressed, always from the session's other party.

use crate::bindings::redirect::Redirected;
use crate::error::Refusal;
use crate::messages::{LogoutRequest, LogoutResponse};
use jiff::{SignedDuration, Timestamp};
use xmldsig::keys::VerifyingKey;

/// What is expected of a logout message.
#[derive(Debug, Clone)]
pub struct Expectations<'a> {
    /// Entity ID of the sender.
    pub issuer: &'a str,
    /// Its keys.
    pub keys: &'a [VerifyingKey],
    /// Our URLs for it.
    pub destinations: &'a [&'a str],
    /// How far clocks may differ.
    pub skew: SignedDuration,
}

/// Judges a LogoutRequest that came by redirect.
pub fn accept_request(
    _came: &Redirected,
    _expected: &Expectations<'_>,
    _now: Timestamp,
) -> Result<LogoutRequest, Refusal> {
    todo!()
}

/// Judges a LogoutResponse that came by redirect.
pub fn accept_response(
    _came: &Redirected,
    _expected: &Expectations<'_>,
    _in_response_to: &str,
    _now: Timestamp,
) -> Result<LogoutResponse, Refusal> {
    todo!()
}
