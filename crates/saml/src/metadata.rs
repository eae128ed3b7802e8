//! Entity descriptors (SAML metadata §2), read and written.

use crate::error::Refusal;
use jiff::Timestamp;
use xmldsig::keys::{Metadata as MetadataPurpose, SigningKey};

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
    /// validUntil.
    pub valid_until: Option<Timestamp>,
    /// The identity provider role, if it has one.
    pub identity_provider: Option<Role>,
    /// The service provider role, if it has one.
    pub service_provider: Option<Role>,
}

impl EntityDescriptor {
    /// Reads a document under the metadata profile: comments dropped, up to 1 MiB, a missing `use` means both.
    pub fn read(_xml: &[u8]) -> Result<Self, Refusal> {
        todo!()
    }

    /// Writes it, signed if a key is given. `id` is the ID of the document.
    pub fn to_xml(
        &self,
        _id: &str,
        _key: Option<&SigningKey<MetadataPurpose>>,
    ) -> Result<String, xmldsig::build::NotXml> {
        todo!()
    }
}
