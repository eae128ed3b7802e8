//! Responses and assertions, built and signed (SAML profiles §4.1.4.2). IDs and times are arguments.

use crate::messages::{Attribute, NameId, Status};
use jiff::Timestamp;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::build::NotXml;
use xmldsig::keys::{Assertions, SigningKey};

/// What to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The assertion only (AD FS, PingFederate, Entra).
    Assertion,
    /// The response only.
    Response,
    /// Both.
    Both,
}

/// How prefixes look: two families are known to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefixes {
    /// `samlp:` on the response, `saml:` on the assertion.
    Short,
    /// `saml2p:` and `saml2:`, as OpenSAML writes (HORACIUS).
    OpenSaml,
}

/// A successful response to issue.
#[derive(Debug, Clone)]
pub struct Grant<'a> {
    /// Response ID.
    pub response_id: &'a str,
    /// Assertion ID.
    pub assertion_id: &'a str,
    /// Entity ID of the identity provider.
    pub issuer: &'a str,
    /// AssertionConsumerService URL: Destination and Recipient.
    pub acs: &'a str,
    /// Entity ID of the service provider: Audience.
    pub audience: &'a str,
    /// ID of the request, none when unsolicited.
    pub in_response_to: Option<&'a str>,
    /// Subject.
    pub name_id: &'a NameId,
    /// SessionIndex.
    pub session_index: &'a str,
    /// When the person proved who they are.
    pub authn_instant: Timestamp,
    /// AuthnContextClassRef.
    pub class_ref: &'a str,
    /// When the session at the identity provider ends, if said.
    pub session_not_on_or_after: Option<Timestamp>,
    /// Attributes.
    pub attributes: &'a [Attribute],
    /// Now.
    pub now: Timestamp,
    /// How long the response may travel; at most five minutes.
    pub valid_for: jiff::SignedDuration,
}

/// How to write it.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// What to sign.
    pub signed: Signed,
    /// With which algorithm.
    pub algorithm: SignatureAlgorithm,
    /// Prefix family.
    pub prefixes: Prefixes,
    /// The key.
    pub key: &'a SigningKey<Assertions>,
}

/// The signed response as XML.
pub fn response(_grant: &Grant<'_>, _form: Form<'_>) -> Result<String, NotXml> {
    todo!()
}

/// A response that refuses: unsigned on purpose, because an error needs no vouching and must not lend a signature.
pub fn refusal(
    _response_id: &str,
    _issuer: &str,
    _acs: &str,
    _in_response_to: Option<&str>,
    _status: &Status,
    _now: Timestamp,
) -> Result<String, NotXml> {
    todo!()
}
