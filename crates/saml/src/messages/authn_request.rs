//! `samlp:AuthnRequest` (SAML core §3.4.1).

use crate::error::Refusal;
use jiff::Timestamp;
use xmldsig::dom::Element;

/// `samlp:NameIDPolicy`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameIdPolicy {
    /// Format.
    pub format: Option<String>,
    /// SPNameQualifier.
    pub sp_name_qualifier: Option<String>,
    /// AllowCreate.
    pub allow_create: Option<bool>,
}

/// A request to sign somebody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnRequest {
    /// ID.
    pub id: String,
    /// IssueInstant.
    pub issue_instant: Timestamp,
    /// Issuer: entity ID of the service provider.
    pub issuer: String,
    /// Destination.
    pub destination: Option<String>,
    /// AssertionConsumerServiceURL.
    pub acs_url: Option<String>,
    /// AssertionConsumerServiceIndex.
    pub acs_index: Option<u16>,
    /// ProtocolBinding.
    pub protocol_binding: Option<String>,
    /// ForceAuthn.
    pub force_authn: bool,
    /// IsPassive.
    pub is_passive: bool,
    /// NameIDPolicy.
    pub name_id_policy: Option<NameIdPolicy>,
    /// RequestedAuthnContext: class references, of which one must be met.
    pub requested_classes: Vec<String>,
}

impl AuthnRequest {
    /// Reads one. Judges the shape, not whether to obey.
    pub fn read(_root: Element<'_>) -> Result<Self, Refusal> {
        todo!()
    }
    /// Writes it without a signature (the redirect binding signs outside the XML).
    pub fn to_xml(&self) -> Result<String, xmldsig::build::NotXml> {
        todo!()
    }
}
