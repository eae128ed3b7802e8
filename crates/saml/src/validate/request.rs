//! An AuthnRequest as the identity provider judges it (SAML profiles §4.1.4.1).

use crate::bindings::redirect::Redirected;
use crate::error::Refusal;
use crate::messages::AuthnRequest;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::keys::VerifyingKey;

/// What the identity provider knows of a service provider.
#[derive(Debug, Clone)]
pub struct Partner<'a> {
    /// Entity ID.
    pub entity_id: &'a str,
    /// Registered AssertionConsumerService URLs with their index; the first is the default.
    pub acs: &'a [(u16, &'a str)],
    /// Its keys.
    pub keys: &'a [VerifyingKey],
    /// Whether its requests must be signed.
    pub must_sign: bool,
    /// The algorithm to take where `SigAlg` is missing.
    pub default_algorithm: Option<SignatureAlgorithm>,
}

/// A request that may be obeyed.
#[derive(Debug, Clone)]
pub struct Obeyed {
    /// The request.
    pub request: AuthnRequest,
    /// Where the response goes: always a registered URL.
    pub acs: String,
    /// Whether a signature was verified.
    pub signed: bool,
}

/// How the request came.
pub enum Came<'a> {
    /// By redirect, decoded.
    Redirect(&'a Redirected),
    /// By POST: the bytes of the message.
    Post(&'a [u8]),
}

/// Judges a request addressed to `destination` (any of our URLs for it).
pub fn accept(
    _came: &Came<'_>,
    _partner: &Partner<'_>,
    _destinations: &[&str],
) -> Result<Obeyed, Refusal> {
    todo!()
}
