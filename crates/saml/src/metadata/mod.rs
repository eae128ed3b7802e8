//! Entity descriptors (SAML metadata §2), read and written.
//!
//! This module owns what a partner may say about itself and what of it may be imported; it does not fetch documents, and
//! what we demand of a partner is never taken from what the partner says.

mod read;
mod write;

use jiff::{SignedDuration, Timestamp};
use xmldsig::keys::VerifyingKey;

/// An endpoint: binding and location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Binding URI.
    pub binding: String,
    /// Location URL.
    pub location: String,
    /// ResponseLocation URL, where answers go if elsewhere.
    pub response_location: Option<String>,
    /// index (AssertionConsumerService).
    pub index: Option<u16>,
    /// isDefault (AssertionConsumerService).
    pub is_default: bool,
}

/// One role of an entity: IDPSSODescriptor or SPSSODescriptor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Role {
    /// Certificates (DER) for signatures; one without `use` stands in both lists.
    pub signing: Vec<Vec<u8>>,
    /// Certificates (DER) for encryption.
    pub encryption: Vec<Vec<u8>>,
    /// SingleSignOnService (identity provider).
    pub single_sign_on: Vec<Endpoint>,
    /// SingleLogoutService.
    pub single_logout: Vec<Endpoint>,
    /// AssertionConsumerService (service provider).
    pub assertion_consumer: Vec<Endpoint>,
    /// NameIDFormat.
    pub name_id_formats: Vec<String>,
    /// WantAuthnRequestsSigned (identity provider) or AuthnRequestsSigned (service provider).
    pub requests_signed: bool,
    /// WantAssertionsSigned (service provider).
    pub want_assertions_signed: bool,
}

/// `md:EntityDescriptor`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntityDescriptor {
    /// entityID.
    pub entity_id: String,
    /// validUntil, the earliest of its own and those of the groups around it.
    pub valid_until: Option<Timestamp>,
    /// cacheDuration, the shortest of its own and those of the groups around it.
    pub cache_duration: Option<SignedDuration>,
    /// The identity provider role, if it has one.
    pub identity_provider: Option<Role>,
    /// The service provider role, if it has one.
    pub service_provider: Option<Role>,
}

/// How a document is to be imported.
#[derive(Debug, Clone, Copy)]
pub struct Import<'a> {
    /// Which entity, where a document holds several; none takes the only one.
    pub entity_id: Option<&'a str>,
    /// The keys that the operator pinned, one of which must vouch for the document; empty if none is pinned.
    pub pinned: &'a [VerifyingKey],
    /// Now.
    pub now: Timestamp,
}
