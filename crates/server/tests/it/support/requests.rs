//! AuthnRequests as relying parties write them, and some that they should not.

use super::GRID;
use saml::bindings::redirect::{Kind, Outgoing, encode_unsigned};

/// The consumer URL that the grid registered.
pub(crate) const ACS: &str = "https://storagegrid.example.com:443/api/saml-response";

/// An AuthnRequest of the grid with `attributes` on its root, such as `ForceAuthn="true"`.
pub(crate) fn xml(attributes: &str) -> String {
    format!(
        r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_request" Version="2.0" IssueInstant="2018-11-06T16:30:23Z" {attributes}><saml:Issuer>https://{GRID}/api/saml-metadata</saml:Issuer></samlp:AuthnRequest>"#
    )
}

/// The same, asking for an answer at `acs`.
pub(crate) fn xml_to(acs: &str) -> String {
    xml(&format!(r#"AssertionConsumerServiceURL="{acs}""#))
}

/// As the query of the redirect binding.
pub(crate) fn query(xml: &str, relay_state: &str) -> String {
    encode_unsigned(Outgoing {
        kind: Kind::Request,
        xml,
        relay_state: Some(relay_state),
    })
}
