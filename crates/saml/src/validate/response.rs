//! A posted response (SAML profiles §4.1.4.3): expectations in, a verified assertion or a refusal out.

use super::Finding;
use crate::error::Refusal;
use crate::messages::Assertion;
use jiff::{SignedDuration, Timestamp};
use xmldsig::Verified;
use xmldsig::keys::VerifyingKey;

/// What a service provider expects of a response.
#[derive(Debug, Clone)]
pub struct Expectations<'a> {
    /// Entity ID of the identity provider that was asked.
    pub issuer: &'a str,
    /// Its keys, from configuration.
    pub keys: &'a [VerifyingKey],
    /// Our entity ID.
    pub audience: &'a str,
    /// Our AssertionConsumerService URLs, any of which may stand as Recipient and Destination (with and without `:443`).
    pub acs: &'a [&'a str],
    /// The request this must answer; none accepts an unsolicited response.
    pub in_response_to: Option<&'a str>,
    /// How far clocks may differ.
    pub skew: SignedDuration,
}

/// A response that passed every rule.
#[derive(Debug)]
pub struct Accepted {
    /// The assertion; the only thing in the response that counts.
    pub assertion: Verified<Assertion>,
    /// Until when its ID must be remembered.
    pub remember_until: Timestamp,
}

/// What an unverified response claims about itself: good for finding out whom to ask, for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Issuer of the response, else of its first assertion.
    pub issuer: Option<String>,
    /// InResponseTo of the response.
    pub in_response_to: Option<String>,
}

/// Reads what a response claims.
pub fn claimed(_xml: &[u8]) -> Result<Claimed, Refusal> {
    todo!()
}

/// Judges the response and stops at the first refusal.
pub fn accept(
    _xml: &[u8],
    _expected: &Expectations<'_>,
    _now: Timestamp,
) -> Result<Accepted, Refusal> {
    todo!()
}

/// What a person who explains a response may know of the expectations; what is not known is not judged.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// Entity ID of the identity provider.
    pub issuer: Option<&'a str>,
    /// Its keys.
    pub keys: &'a [VerifyingKey],
    /// Entity ID of the service provider.
    pub audience: Option<&'a str>,
    /// Its consumer URLs.
    pub acs: &'a [&'a str],
    /// The request.
    pub in_response_to: Option<&'a str>,
}

/// Judges every rule. Returns nothing that could be acted on.
pub fn explain(_xml: &[u8], _known: &Known<'_>, _now: Timestamp) -> Vec<Finding> {
    todo!()
}
